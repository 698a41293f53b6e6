"""Connections the simulated devices open: none is left behind."""

import asyncio

from simulators.address import parse_address
from simulators.link import connect
from simulators.wire import Hello

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
