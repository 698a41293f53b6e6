"""Connections the simulated devices open: none is left behind."""

import asyncio
from random import Random

from simulators.address import parse_address
from simulators.link import Link, Manners, connect
from simulators.readout import Message
from simulators.wire import Hello, Packet, split_packets

HOST = "127.0.0.1"


async def test_a_connect_that_is_cancelled_while_the_broker_says_nothing_leaves_no_connection() -> None:
    greeted, gone = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        greeted.set()
        try:
            while await reader.read(1024):
                pass
        except ConnectionResetError:
            pass
        finally:
            gone.set()
            writer.close()

    async with (
        asyncio.timeout(10),
        await asyncio.start_server(silent, HOST, 0) as server,
        asyncio.TaskGroup() as group,
    ):
        port = server.sockets[0].getsockname()[1]
        hello = Hello(client_id="hall")
        connecting = group.create_task(connect(parse_address(f"mqtt://{HOST}:{port}"), hello), name="connecting")
        await greeted.wait()
        connecting.cancel()
        await gone.wait()
    assert connecting.cancelled()


class _Greeter:
    """Says two words as soon as its link is up."""

    link: Link

    def link_up(self, name: str) -> None:
        for word in (b"here", b"well"):
            self.link.publish(Message(name.encode(), word, qos=1))

    def link_down(self, name: str, reason: str) -> None: ...

    def link_heard(self, name: str, topic: str, payload: bytes) -> None: ...


async def test_what_is_said_while_a_subscription_is_under_way_has_identifiers_of_its_own() -> None:
    heard: list[Packet] = []
    enough = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer = bytearray()
        writer.write(b"\x20\x02\x00\x00")
        while data := await reader.read(1024):
            buffer += data
            heard.extend(split_packets(buffer))
            if len(heard) == 4:
                enough.set()
        writer.close()

    owner = _Greeter()
    async with (
        asyncio.timeout(10),
        await asyncio.start_server(mute, HOST, 0) as server,
        asyncio.TaskGroup() as group,
    ):
        address = parse_address(f"mqtt://{HOST}:{server.sockets[0].getsockname()[1]}")
        manners = Manners(lambda: Hello(client_id="hall"), ("hall/#",))
        owner.link = Link("hall", address, manners, owner=owner, jitter=Random(1))  # noqa: S311  # no secret
        running = group.create_task(owner.link.run(), name="link")
        await enough.wait()
        running.cancel()
    _, subscribe, *publishes = heard
    numbers = [subscribe.body[:2], *(packet.body[6:8] for packet in publishes)]
    assert [packet.kind for packet in heard] == [1, 8, 3, 3]
    assert [int.from_bytes(number, "big") for number in numbers] == [65_535, 1, 2]
