"""A live WebSocket after its handshake: socket events are calls on the session, frames are writes on the transport.

This is the whole of what an idle client costs besides the kernel: no task, no queue, no timer, no request headers, no
protocol object of the web server.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, cast

from hub.gateway.inbound import Inbound, Op, Violation
from hub.gateway.protocol import BUFFER_HIGH_BYTES, BUFFER_LOW_BYTES, MAX_MESSAGE_BYTES
from hub.live.frame import websocket_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.gateway.session import Session
    from hub.live.frame import Frame

CLOSE_S = 2.0
"""How long a peer may take to answer a close before the connection is cut."""
UNSENT_BYTES = 131_072
"""TCP_NOTSENT_LOWAT: beyond this the kernel stops taking, so the hub conflates instead of the kernel ageing frames."""
_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
_PING = b"\x89\x00"
_MAX_REASON_BYTES = 123


class Connection(asyncio.Protocol):
    """The transport of one live session.

    Args:
        transport: the handshake's transport, taken over.
        deflate: True if permessage-deflate was agreed.
        connected: the server's own set of connections, so that it can end this one too.
    """

    __slots__ = ("_closing", "_connected", "_deflate", "_inbound", "_transport", "session")

    session: Session
    """Set by whoever makes the session, before anything arrives."""

    def __init__(self, transport: asyncio.Transport, *, deflate: bool, connected: set[object]) -> None:
        self._transport = transport
        self._deflate = deflate
        self._inbound = Inbound(max_bytes=MAX_MESSAGE_BYTES, deflate=deflate)
        self._connected = connected
        self._closing = False
        connected.add(self)
        transport.set_write_buffer_limits(high=BUFFER_HIGH_BYTES, low=BUFFER_LOW_BYTES)
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, UNSENT_BYTES)

    # As the event loop sees it.

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client."""
        session = self.session
        session.heard_s = session.clients.clock.steady_s()
        if self._closing and session.closed:
            self._await_close(data)
            return
        try:
            for op, payload in self._inbound.feed(data):
                session.count()
                self._take(op, payload)
                if session.held or self._closing:
                    break  # the rest waits in the inbound buffer
        except Violation as violation:
            self.close(violation.code, violation.reason)

    def _take(self, op: Op, payload: bytes) -> None:
        """Take one message or control frame."""
        match op:
            case Op.TEXT:
                self.session.received(payload)
            case Op.PING:
                self._put(websocket_header(len(payload), first=0x8A) + payload)
            case Op.CLOSE:
                self._closed_by_peer(payload)
            case Op.BINARY:
                raise Violation(1003, "Binary messages are not spoken here.")
            case _:
                pass

    def eof_received(self) -> bool:
        """The client will send no more; nor will the hub."""
        return False

    def pause_writing(self) -> None:
        """The buffer is over its high mark."""
        self.session.pause_writing()

    def resume_writing(self) -> None:
        """The buffer is under its low mark."""
        self.session.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, for whatever reason."""
        del exc
        self._closing = True
        self._connected.discard(self)
        self.session.gone()

    def shutdown(self) -> None:
        """End with the server."""
        self.close(1012, "The server is stopping.")

    # As its session sees it (hub.gateway.session.Sink).

    @property
    def family(self) -> str:
        """Compressed and plain connections send different bytes."""
        return "deflated" if self._deflate else "plain"

    @property
    def put(self) -> Callable[[bytes], object]:
        """The transport's own write."""
        return self._transport.write

    def form(self, frame: Frame) -> bytes:
        """Return the frame's bytes for this connection."""
        return frame.deflated if self._deflate else frame.websocket

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport."""
        if not self._closing:
            self._transport.write(data)

    def buffered_bytes(self) -> int:
        """Return how much waits in the transport."""
        return self._transport.get_write_buffer_size()

    def ping(self) -> None:
        """Send a Ping; the peer's Pong counts as a sign of life."""
        self.write(_PING)

    def pause_reading(self) -> None:
        """Take nothing more from the client."""
        if not self._closing:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on taking from the client, what came before it was paused first."""
        if not self._closing:
            self._transport.resume_reading()
            self.data_received(b"")

    def close(self, code: int, reason: str) -> None:
        """Send a Close; cut the connection if the peer does not answer it in time, or takes nothing anyway.

        Args:
            code: RFC 6455 §7.4 or the live protocol's own.
            reason: cut to what fits.
        """
        if self._closing:
            return
        text = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore").encode()
        payload = struct.pack("!H", code) + text
        self._put(websocket_header(len(payload), first=0x88) + payload)
        self._closing = True
        self.session.ended()
        self._transport.resume_reading()
        asyncio.get_running_loop().call_later(CLOSE_S, self._transport.abort)

    def _put(self, data: bytes) -> None:
        if not self._closing and not self._transport.is_closing():
            self._transport.write(data)

    def _closed_by_peer(self, payload: bytes) -> None:
        """Answer a Close with the same code, and end."""
        code = payload[:2]
        self._put(websocket_header(len(code), first=0x88) + code)
        self._closing = True
        self.session.ended()
        self._transport.close()

    def _await_close(self, data: bytes) -> None:
        """After the hub's own Close only the peer's matters."""
        try:
            if any(op is Op.CLOSE for op, _ in self._inbound.feed(data)):
                self._transport.close()
        except Violation:
            self._transport.abort()


def connect(
    transport: asyncio.Transport, *, deflate: bool, connected: set[object], make: Callable[[Connection], Session]
) -> Connection:
    """Take a transport over from the handshake and return its connection, with its session.

    Args:
        transport: the handshake's.
        deflate: True if permessage-deflate was agreed.
        connected: the server's set of connections.
        make: makes the session.
    """
    connection = Connection(transport, deflate=deflate, connected=connected)
    connection.session = make(connection)
    transport.set_protocol(cast("asyncio.BaseProtocol", connection))
    return connection
