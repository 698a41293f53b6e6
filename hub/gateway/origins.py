"""Origins: other people's web pages get nothing from the hub, however their visitors' browsers are tricked.

A request that names a foreign ``Origin`` is refused, whatever it asks. A hub that is open because it listens on
loopback also insists on a loopback name in ``Host``: a page whose own name was re-bound to 127.0.0.1 has a foreign
one.

References:
    RFC 6454; RFC 6455 §10.2; the Fetch standard's CORS protocol.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from hub.gateway.deps import AuthMode
from hub.gateway.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hub.gateway.deps import GatewayOptions

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
_EXPOSED = "ETag, Retry-After"


def is_same_origin(origin: str, host: str) -> bool:
    """Return True if an ``Origin`` is the site that ``Host`` names.

    The scheme is not compared: behind a proxy that ends TLS the hub does not know the one the browser used.

    Args:
        origin: the header, ``scheme://host[:port]`` or ``null``.
        host: the header, ``host[:port]``.
    """
    try:
        site, own = urlsplit(origin), urlsplit(f"//{host}")
        default = _DEFAULT_PORTS.get(site.scheme)
        if default is None or not site.hostname or not own.hostname:
            return False
        same = (site.hostname, site.port or default) == (own.hostname, own.port or default)
    except ValueError:
        return False
    return same


def is_loopback_name(host: str) -> bool:
    """Return True if a ``Host`` names this machine itself.

    Args:
        host: the header, ``host[:port]``.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class OriginMiddleware:
    """Refuses foreign origins and, on an open loopback hub, foreign names; answers browsers of allowed origins.

    Args:
        app: what is behind it.
        options: the allowed origins, the mode.
    """

    def __init__(self, app: ASGIApp, *, options: GatewayOptions) -> None:
        self._app = app
        self._origins = frozenset(origin.rstrip("/").casefold() for origin in options.allowed_origins)
        self._hosts = frozenset(urlsplit(origin).netloc for origin in self._origins)
        self._by_name = options.open and options.loopback and options.auth_mode is AuthMode.AUTO

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or handshake on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin, host = headers.get("origin", ""), headers.get("host", "")
        listed = origin.casefold() in self._origins
        refusal = self._refusal(origin, host, listed=listed)
        if refusal is not None:
            await refusal(scope, receive, send)
        elif not listed or scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            preflight = {"Access-Control-Allow-Origin": origin, "Vary": "Origin", **_ALLOWED}
            await Response(status_code=204, headers=preflight)(scope, receive, send)
        else:
            await self._app(scope, receive, _sharing(send, origin))

    def _refusal(self, origin: str, host: str, *, listed: bool) -> Response | None:
        """Return why a request may not pass, None if it may."""
        if self._by_name and host and not is_loopback_name(host) and host.casefold() not in self._hosts:
            detail = (
                f"This hub is open to its own machine only and does not answer to the name {host[:200]!r}. Use"
                " http://localhost, or add the address people use to http.allowed_origins."
            )
            return problem("foreign_host", detail, status=403)
        if origin and not listed and not is_same_origin(origin, host):
            detail = (
                f"Pages of {origin[:200]!r} may not use this hub. If they should, add that origin to"
                " http.allowed_origins."
            )
            return problem("foreign_origin", detail, status=403)
        return None


def _sharing(send: Send, origin: str) -> Send:
    """Return a ``send`` that lets pages of an origin read the answer."""

    async def sharing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = _EXPOSED
            headers.add_vary_header("Origin")
        await send(message)

    return sharing
