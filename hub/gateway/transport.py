"""The server's WebSocket protocol: a stock handshake, then the connection is handed over to a live session.

uvicorn parses the request, Starlette routes it (authentication, Origin, limits). Once the route has accepted, it takes
the socket away from the web server's protocol object, which ends together with its task: a live session is no ASGI
task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hub.gateway.connection import connect

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from starlette.types import Scope

    from hub.gateway.connection import Connection
    from hub.gateway.session import Session

MAX_HEAD_BYTES = 65_536
"""Longest request line and headers; browsers and proxies send a few KiB."""

_EXTENSION = "hub.handshake"


class _Gone:
    """Stands where the transport was, for what the server still does to a handshake that is over."""

    def close(self) -> None:
        """Close nothing: the socket belongs to the session now."""


class RequestProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with a bound on the head of a request, and no cycle left behind by a WebSocket's."""

    head_bytes = 0
    """What came of a head that is not complete yet; -1 while there is none."""

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self.head_bytes = max(self.head_bytes, 0)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self.head_bytes = -1
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take bytes; close the connection whose head does not end (RFC 6585 §5)."""
        super().data_received(data)
        if self.head_bytes >= 0:
            self.head_bytes += len(data)
            if self.head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n")
                self.transport.close()

    def handle_websocket_upgrade(self) -> None:
        """Hand the request over to the WebSocket protocol."""
        super().handle_websocket_upgrade()
        del self.parser


class HandshakeProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which can hand its socket over after accepting."""

    async def run_asgi(self) -> None:
        """Run the application with a way to take the socket."""
        extensions = cast("dict[str, Any]", self.scope["extensions"])
        extensions[_EXTENSION] = self
        try:
            await super().run_asgi()
        finally:
            # Without these two the handshake is a cycle, and a reconnect storm ends in a long garbage collection.
            del extensions[_EXTENSION]
            self.conn.parser.close()

    def hand_over(self, *, deflate: bool, make: Callable[[Connection], Session]) -> Connection:
        """Give the socket to a live session. Bytes sent before the answer, which RFC 6455 forbids, are lost.

        Args:
            deflate: True if permessage-deflate was agreed.
            make: makes the session of its connection.
        """
        transport = self.transport
        self.connections.discard(self)
        self.transport = cast("asyncio.Transport", _Gone())
        connection = connect(transport, deflate=deflate, connected=cast("set[object]", self.connections), make=make)
        if self.read_paused:
            self.read_paused = False
            transport.resume_reading()
        return connection


def handshake_of(scope: Scope) -> HandshakeProtocol:
    """Return the protocol of a WebSocket that was accepted.

    Args:
        scope: the route's.

    Raises:
        RuntimeError: if the server was started without ``ws=HandshakeProtocol``.
    """
    found = scope["extensions"].get(_EXTENSION)
    if not isinstance(found, HandshakeProtocol):
        message = "The live protocol needs the server to run with ws=HandshakeProtocol."
        raise RuntimeError(message)  # noqa: TRY004 - a mistake of composition, not of a type
    return found
