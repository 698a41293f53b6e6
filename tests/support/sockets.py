"""Live clients over real sockets: a friendly one, and a raw one that breaks rules."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from typing import TYPE_CHECKING, Any

import orjson
import websockets
from websockets.frames import Frame, Opcode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TIMEOUT_S = 20.0


class LiveClient:
    """A client of the live protocol that keeps what it was told.

    Args:
        socket: an open connection.
    """

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.series: dict[int, tuple[str, str]] = {}

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(orjson.dumps({"type": kind, **fields}), text=True)

    async def next(self) -> dict[str, Any]:
        """Return the next frame."""
        async with asyncio.timeout(TIMEOUT_S):
            frame: dict[str, Any] = orjson.loads(await self.socket.recv())
        self.frames.append(frame)
        if frame["type"] == "series":
            self.series.update({row[0]: (row[1], row[2]) for row in frame["add"]})
        return frame

    async def until(self, wanted: str | Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first frame of a type, or that fits."""
        fits = wanted if callable(wanted) else (lambda frame: frame["type"] == wanted)
        while True:
            frame = await self.next()
            if fits(frame):
                return frame

    def values(self) -> list[tuple[str, str, Any]]:
        """Return all that ``data`` frames told, as (device, metric, value), in order."""
        return [
            (*self.series[row[0]], row[2]) for frame in self.frames if frame["type"] == "data" for row in frame["rows"]
        ]

    async def value(self, device: str, metric: str, value: Any) -> None:
        """Wait until a value is told."""

        def tells(frame: dict[str, Any]) -> bool:
            rows = frame["rows"] if frame["type"] in ("data", "snapshot") else []
            return any(self.series[row[0]] == (device, metric) and row[2] == value for row in rows)

        await self.until(tells)


@contextlib.asynccontextmanager
async def live(base: str, *, hello: bool = True, **options: Any) -> AsyncIterator[LiveClient]:
    """Connect to a hub at ``http://host:port``."""
    url = base.replace("http", "ws", 1) + "/api/v1/live"
    offered: Any = options.pop("subprotocols", ["hub.v1.json"])
    options.setdefault("close_timeout", 1)
    async with websockets.connect(
        url, subprotocols=offered, max_size=None, compression=options.pop("compression", None), **options
    ) as socket:
        client = LiveClient(socket)
        if hello:
            await client.send("hello", client="test")
            await client.until("welcome")
        yield client


class RawClient:
    """A WebSocket after its handshake, for bytes no library would send."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def send_text(self, text: bytes) -> None:
        self.send(Frame(Opcode.TEXT, text).serialize(mask=True))

    async def closed_with(self) -> int | None:
        """Read to the end; return the code of the Close frame, None without one."""
        code = None
        async with asyncio.timeout(TIMEOUT_S):
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    first, size = await self.reader.readexactly(2)
                    if size == 126:
                        size = int.from_bytes(await self.reader.readexactly(2), "big")
                    elif size == 127:
                        size = int.from_bytes(await self.reader.readexactly(8), "big")
                    payload = await self.reader.readexactly(size)
                    if first & 0x0F == Opcode.CLOSE:
                        code = int.from_bytes(payload[:2], "big")
                        self.send(Frame(Opcode.CLOSE, payload[:2]).serialize(mask=True))
        return code


@contextlib.asynccontextmanager
async def raw(base: str, *, receive_bytes: int = 0) -> AsyncIterator[RawClient]:
    """Connect and do the handshake by hand."""
    host, _, port = base.removeprefix("http://").partition(":")
    import socket

    sock = socket.socket()
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096 if receive_bytes else 1 << 20)
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /api/v1/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    writer.write(request.encode())
    async with asyncio.timeout(TIMEOUT_S):
        answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101"), answer
    try:
        yield RawClient(reader, writer)
    finally:
        writer.close()
