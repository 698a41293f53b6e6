"""A broker that does exactly what a test tells it, byte by byte: refuse, hang up, fall silent, deny topics."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HOST = "127.0.0.1"


class Packet(NamedTuple):
    """One packet that a client sent: its first byte, and what follows the remaining length."""

    first: int
    body: bytes

    @property
    def kind(self) -> int:
        """The packet's type without its flags."""
        return self.first & 0xF0


class Visit:
    """One connection of a client, for the script of a test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self._reader = reader
        self._writer = writer
        self.number = number
        """0 for the first connection."""
        self.got: list[Packet] = []

    async def receive(self) -> Packet:
        """Give the client's next packet."""
        first = (await self._reader.readexactly(1))[0]
        size = shift = 0
        while True:
            byte = (await self._reader.readexactly(1))[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        self.got.append(Packet(first, await self._reader.readexactly(size)))
        return self.got[-1]

    async def expect(self, kind: int) -> Packet:
        """Give the client's next packet of a type; answer pings meanwhile."""
        while (packet := await self.receive()).kind != kind:
            if packet.kind == 0xC0:
                await self.send(b"\xd0\x00")
        return packet

    async def send(self, data: bytes) -> None:
        """Send bytes to the client."""
        self._writer.write(data)
        await self._writer.drain()

    async def accept(self, *, version_5: bool, session_present: bool = False) -> Packet:
        """Take CONNECT and accept it."""
        connect = await self.expect(0x10)
        flags = bytes([session_present])
        await self.send(b"\x20" + (b"\x03" + flags + b"\x00\x00" if version_5 else b"\x02" + flags + b"\x00"))
        return connect

    async def grant(self, *codes: int, version_5: bool) -> Packet:
        """Take SUBSCRIBE and answer it with a code for each topic."""
        subscribe = await self.expect(0x80)
        body = subscribe.body[:2] + (b"\x00" if version_5 else b"") + bytes(codes)
        await self.send(b"\x90" + bytes([len(body)]) + body)
        return subscribe

    async def serve(self) -> None:
        """Acknowledge what is published and answer pings, until the client leaves."""
        while (packet := await self.receive()).kind != 0xE0:
            if packet.kind == 0xC0:
                await self.send(b"\xd0\x00")
            elif packet.first & 0xF6 == 0x32:
                start = 2 + int.from_bytes(packet.body[:2], "big")
                await self.send(b"\x40\x02" + packet.body[start : start + 2])

    def hang_up(self) -> None:
        """End the connection."""
        self._writer.close()

    @staticmethod
    def version(connect: Packet) -> int:
        """Give the protocol version of a CONNECT: 4 is 3.1.1, 5 is 5."""
        return connect.body[6]


class FakeBroker:
    """Runs a script for each connection; ``async with`` it."""

    def __init__(self, script: Callable[[Visit], Awaitable[None]]) -> None:
        self._script = script
        self._server: asyncio.Server | None = None
        self._running: set[asyncio.Task[None]] = set()
        self.visits: list[Visit] = []
        self.faults: list[BaseException] = []

    @property
    def url(self) -> str:
        """Where clients connect."""
        assert self._server is not None
        return f"mqtt://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._visited, HOST, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._running):
            task.cancel()
        while self._running:
            await asyncio.wait(self._running)
        assert self.faults == []

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        visit = Visit(reader, writer, len(self.visits))
        self.visits.append(visit)
        try:
            await self._script(visit)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001 - told to the test when it leaves
            self.faults.append(error)
        finally:
            writer.transport.abort()
            self._running.discard(task)
