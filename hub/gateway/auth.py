"""Access: who may use the hub, on every request before it reaches a route.

A path is guarded unless it is named here as public, so a new route is guarded by itself. A live WebSocket may come
without a token: its ``hello`` brings one.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from hub.core.errors import RequestError
from hub.gateway.problems import Refused, of_error
from hub.gateway.sessions import Sessions
from hub.gateway.tokens import LOCAL, Identity, Tokens

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from hub.core.clock import Clock
    from hub.core.meters import Meters
    from hub.gateway.deps import GatewayOptions

_GUARDED = ("/api/", "/metrics")
_PUBLIC = frozenset(("/api/v1/session", "/api/openapi.json", "/api/asyncapi.json", "/api/docs", "/api/docs.css"))
_SCOPE_KEY = "hub.identity"

BURST = 10
"""Wrong tokens an address may send at once; then one per :data:`REFILL_S`."""
REFILL_S = 6.0
_ADDRESSES = 10_000


def is_guarded(path: str) -> bool:
    """Return True if a path needs a token where the hub needs one.

    Args:
        path: as in the URL.
    """
    return path.startswith(_GUARDED) and path not in _PUBLIC


def identity_of(scope: Scope) -> Identity | None:
    """Return who a connection belongs to; None for a live WebSocket whose ``hello`` has to say it.

    Args:
        scope: as the route got it.
    """
    found: Identity | None = scope.get(_SCOPE_KEY)
    return found


class Throttle:
    """Slows down who guesses: a bucket of wrong tokens per address; bound 10,000 addresses, the oldest goes.

    Args:
        clock: refills the buckets.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Return how long an address must wait before its next token is looked at; 0 if it need not.

        Args:
            address: of the client.
        """
        missing = 1.0 - self._level(address)
        return missing * REFILL_S if missing > 0 else 0.0

    def note(self, address: str) -> None:
        """Take a wrong token out of an address's bucket.

        Args:
            address: of the client.
        """
        self._buckets[address] = (self._level(address) - 1.0, self._clock.steady_s())
        self._buckets.move_to_end(address)
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)

    def _level(self, address: str) -> float:
        """Return how many wrong tokens an address may send now."""
        level, since_s = self._buckets.get(address, (float(BURST), 0.0))
        return min(float(BURST), level + (self._clock.steady_s() - since_s) / REFILL_S)


class Access:
    """Says who a token or a cookie stands for.

    Args:
        options: mode, hashes, session key.
        clock: dates sessions, refills buckets.
        meters: counts wrong tokens.
    """

    def __init__(self, options: GatewayOptions, *, clock: Clock, meters: Meters) -> None:
        self.open = options.open
        self._tokens = Tokens(options.token_hashes)
        self._throttle = Throttle(clock=clock)
        self._wrong = meters.counter("auth_failures", "Wrong tokens that were sent.")
        self.sessions = Sessions(key=options.session_key, hashes=self._tokens.ids, clock=clock, secure=options.secure)

    async def check_token(self, token: str, address: str) -> Identity:
        """Return who a token stands for.

        Args:
            token: as it was sent, in a header, a ``hello`` or a login; never in a URL.
            address: of the client, whose wrong tokens are counted.

        Raises:
            RequestError: if it is not valid, or the address has sent too many that were not.
        """
        if self.open:
            return LOCAL
        found = self._tokens.cached(token)
        if found is not None:
            return found
        wait_s = self._throttle.wait_s(address)
        if wait_s:
            message = "Too many wrong tokens came from this address; wait and try again."
            raise Refused("too_many_failures", message, 429, {"Retry-After": str(math.ceil(wait_s))})
        found = await self._tokens.verify(token)
        if found is None:
            self._throttle.note(address)
            self._wrong.n += 1
            message = "The token is not valid, or was revoked; hub token create makes one."
            raise Refused("bad_token", message, 401, {"WWW-Authenticate": 'Bearer realm="hub", error="invalid_token"'})
        return found

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Return who a request or handshake comes from, None if it shows neither token nor cookie.

        Args:
            connection: its headers and address.

        Raises:
            RequestError: as :meth:`check_token`.
        """
        if self.open:
            return LOCAL
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer" and token.strip():
            return await self.check_token(token.strip(), address_of(connection))
        cookie = connection.cookies.get(self.sessions.cookie, "")
        return self.sessions.check(cookie) if cookie else None


def address_of(connection: HTTPConnection) -> str:
    """Return the address that a connection comes from.

    Args:
        connection: any request or handshake.
    """
    return connection.client.host if connection.client else ""


class AccessMiddleware:
    """Lets in who may use the hub.

    Args:
        app: what is behind it.
        access: says who is who.
    """

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or handshake on, or refuse it."""
        if scope["type"] == "lifespan" or not is_guarded(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            identity = await self._access.identify(connection)
            if identity is None and scope["type"] != "websocket":
                message = "This hub needs a token: Authorization: Bearer …, or sign in at the dashboard."
                raise Refused("no_token", message, 401, {"WWW-Authenticate": 'Bearer realm="hub"'})
        except RequestError as error:
            await of_error(error)(scope, receive, send)
            return
        await self._app({**scope, _SCOPE_KEY: identity}, receive, send)
