"""``/api/v1/live``: the handshake of the live protocol, after which the socket belongs to its session.

References:
    RFC 6455 §4; RFC 7692 §7.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from hub.gateway.auth import address_of, identity_of
from hub.gateway.protocol import SUBPROTOCOL, Code
from hub.gateway.session import Session
from hub.gateway.transport import handshake_of

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from hub.gateway.clients import Clients
    from hub.gateway.connection import Connection

_DEFLATE = b"permessage-deflate; server_no_context_takeover; client_no_context_takeover"
_FULL_WINDOW = 15


class LiveRoute:
    """Accepts live clients and hands each to a session.

    Args:
        clients: all of them.
        compress: True to agree to permessage-deflate where a client offers it.
    """

    def __init__(self, clients: Clients, *, compress: bool) -> None:
        self._clients = clients
        self._compress = compress

    async def serve(self, websocket: WebSocket) -> None:
        """Accept or refuse one handshake; returns at once in either case."""
        offered = websocket.scope["subprotocols"]
        if offered and SUBPROTOCOL not in offered:
            text = f"This hub speaks {SUBPROTOCOL}, not {', '.join(offered)[:200]}."
            await websocket.send_denial_response(PlainTextResponse(text, status_code=400))
            return
        deflate = self._compress and agrees_to_deflate(websocket.headers.getlist("sec-websocket-extensions"))
        headers = [(b"sec-websocket-extensions", _DEFLATE)] if deflate else []
        await websocket.accept(subprotocol=SUBPROTOCOL if offered else None, headers=headers)
        identity, address = identity_of(websocket.scope), address_of(websocket)

        def make(connection: Connection) -> Session:
            return Session(self._clients, connection, identity=identity, address=address)

        full = self._clients.full
        handshake = handshake_of(websocket.scope)
        session = handshake.hand_over(deflate=deflate, make=make).session
        if self._clients.stopping:
            session.end(Code.SHUTTING_DOWN, "The hub is stopping.")
        elif full:
            session.end(Code.LIMIT, "This hub has as many clients as it may; try another, or later.")
        elif not session.closed:
            self._clients.add(session)


def agrees_to_deflate(offers: list[str]) -> bool:
    """Return True if one of a client's offers can be accepted as it is.

    An offer that limits the server's window is declined: a shared frame is compressed once, for everybody.

    Args:
        offers: the values of ``Sec-WebSocket-Extensions``.
    """
    for offer in ",".join(offers).split(","):
        name, *parameters = [part.strip() for part in offer.split(";")]
        if name != "permessage-deflate":
            continue
        limits = [
            part.partition("=")[2].strip('" ') for part in parameters if part.startswith("server_max_window_bits")
        ]
        if all(limit == str(_FULL_WINDOW) for limit in limits):
            return True
    return False
