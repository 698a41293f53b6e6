from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket

from hub.gateway.transport import HandshakeProtocol, RequestProtocol
from tests.gateway.served import people
from tests.support.sockets import live

if TYPE_CHECKING:
    from tests.gateway.stand import Stand


async def test_a_handshake_leaves_no_cycle_for_the_garbage_collector(stand: Stand, base: str) -> None:
    gc.collect()
    gc.disable()
    try:
        async with live(base):
            assert await people(stand, 1)
            left = [
                thing
                for thing in gc.get_objects()
                if isinstance(thing, HandshakeProtocol | RequestProtocol | WebSocket)
            ]
            assert not left
    finally:
        gc.enable()


async def test_a_head_without_end_is_refused_and_ordinary_ones_are_not(base: str) -> None:
    host, _, port = base.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    async with asyncio.timeout(10):
        for _ in range(100):
            writer.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 431 ")
    writer.close()
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(10):
        for _ in range(200):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + b"x" * 1000 + b"\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            while (await reader.readline()).strip():
                pass
            await reader.readexactly(len(b'{"status":"ok"}'))
    writer.close()
