from __future__ import annotations

import asyncio

import pytest

from hub.config import HttpSettings
from hub.core.errors import PortInUse, Unusable
from hub.serving import WebServer, is_loopback, listen
from tests.gateway.stand import Stand


def test_a_port_in_use_and_an_address_of_nobody_are_one_sentence_each() -> None:
    with listen("127.0.0.1", 0, key="http.port") as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortInUse) as caught:
            listen("127.0.0.1", port, key="http.port")
        assert str(port) in str(caught.value)
    for host in ("192.0.2.1", "no such host", "x" * 70 + ".example", "a..b"):
        with pytest.raises(Unusable) as unusable:
            listen(host, 0, key="http.port")
        assert unusable.value.key in ("http.host", "http.port")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("::", False),
        ("hub.example", False),
    ],
)
def test_only_this_machine_reaches_a_loopback_address(
    host: str,
    loopback: bool,  # noqa: FBT001 - a case of the table
) -> None:
    assert is_loopback(host) is loopback


async def test_a_server_that_ends_by_itself_says_so_and_one_that_is_stopped_does_not() -> None:
    stand = Stand()
    with listen("127.0.0.1", 0, key="http.port") as listener:
        server = WebServer(stand.app, listener=listener, settings=HttpSettings())
        server._server.should_exit = True
        with pytest.raises(RuntimeError, match="by itself"):
            async with asyncio.timeout(10):
                await server.run()
    with listen("127.0.0.1", 0, key="http.port") as listener:
        server = WebServer(stand.app, listener=listener, settings=HttpSettings())
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(server.run(), name="web server")
            await server.started()
            server.stop()
