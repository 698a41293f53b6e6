from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
import uvicorn

from hub.core.model import Status
from hub.gateway.deps import AuthMode, GatewayOptions
from hub.gateway.protocol import BUFFER_HIGH_BYTES
from hub.gateway.sse import EventSink
from hub.gateway.tokens import new_token
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, MutableMapping


@contextlib.asynccontextmanager
async def serving(stand: Stand) -> AsyncIterator[str]:
    """Serve a stand on a free port; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            stand.app, log_level="error", lifespan="on", ws="none", timeout_graceful_shutdown=1, proxy_headers=False
        )
        server = uvicorn.Server(config)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]), name="server")
            while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
                await asyncio.sleep(0.005)
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                stand.clients.stop()
                server.should_exit = True


class Events:
    """Reads events of a stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self.last_id = ""

    async def next(self) -> tuple[str, dict[str, Any]]:
        """Return the next event's name and data; checks that the data names its type."""
        name, data = "", b""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line == "" and data:
                    found = orjson.loads(data)
                    assert found["type"] == name
                    return name, found
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data = value.encode()
                elif field == "id":
                    self.last_id = value
        raise EOFError

    async def until(self, wanted: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the events up to the first of a name."""
        found = [await self.next()]
        while found[-1][0] != wanted:
            found.append(await self.next())
        return found


@contextlib.asynccontextmanager
async def events(base: str, headers: dict[str, str] | None = None, **params: Any) -> AsyncIterator[Events]:
    async with (
        httpx.AsyncClient(base_url=base, timeout=10) as client,
        client.stream("GET", "/api/v1/events", params=params, headers=headers) as answer,
    ):
        yield Events(answer)


async def gone(stand: Stand) -> None:
    """Wait until the hub has noticed that all clients are gone."""
    async with asyncio.timeout(10):
        while stand.clients.clients:  # noqa: ASYNC110 - a bound wait for the other side's close
            await asyncio.sleep(0.005)


async def test_a_stream_begins_like_a_websocket_and_goes_on_with_data(stand: Stand) -> None:
    stand.feeds.say("mqtt", up=True)
    stand.say("sites/a/pump-1", Status.ONLINE)
    async with (
        serving(stand) as base,
        events(base, devices="sites/a/#", metrics="temperature", interval_ms=0) as stream,
    ):
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.answer.headers["x-accel-buffering"] == "no"
        assert stream.answer.headers["cache-control"] == "no-store"
        begin = await stream.until("snapshot")
        names = [name for name, _ in begin]
        assert names == ["welcome", "feed", "subscribed", "devices", "series", "status", "snapshot"]
        assert begin[0][1]["user"] == "local"
        assert begin[2][1]["resumed"] is False
        assert [row[2] for row in begin[-1][1]["rows"]] == [71.2, 70.1]
        assert stream.last_id == begin[-1][1]["position"] == "k3f9:4"
        stand.hears("sites/a/pump-2", {"temperature": 69.5})
        name, data = await stream.next()
        assert name == "data"
        assert data["rows"][0][2] == 69.5
        assert stream.last_id == "k3f9:5"


async def test_a_stream_resumes_after_the_last_event_it_has(stand: Stand) -> None:
    async with serving(stand) as base:
        async with events(base, metrics="temperature") as stream:
            await stream.until("snapshot")
            last = stream.last_id
        await gone(stand)
        stand.hears("sites/a/pump-2", {"temperature": 80})
        async with events(base, {"Last-Event-ID": last}, metrics="temperature") as stream:
            begin = await stream.until("snapshot")
            assert begin[1][1]["resumed"] is True
            assert [row[2] for row in begin[-1][1]["rows"]] == [80]


async def test_a_stream_can_begin_where_latest_ended(stand: Stand) -> None:
    async with serving(stand) as base, httpx.AsyncClient(base_url=base) as http:
        position = (await http.get("/api/v1/latest")).json()["position"]
        stand.hears("sites/b/tank", {"level": 64})
        async with events(base, since=position) as stream:
            begin = await stream.until("snapshot")
            assert begin[1][1]["resumed"] is True
            assert [row[2] for row in begin[-1][1]["rows"]] == [64]


async def test_an_id_of_another_hub_gives_a_full_snapshot(stand: Stand) -> None:
    async with serving(stand) as base, events(base, {"Last-Event-ID": "gone:99"}, metrics="temperature") as stream:
        begin = await stream.until("snapshot")
        assert begin[1][1]["resumed"] is False
        assert len(begin[-1][1]["rows"]) == 2


async def test_every_mode_gives_every_reading(stand: Stand) -> None:
    async with serving(stand) as base, events(base, devices="sites/b/+", mode="every", interval_ms=0) as stream:
        await stream.until("snapshot")
        for level in range(3):
            stand.hears("sites/b/tank", {"level": level})
        values: list[Any] = []
        while len(values) < 3:
            name, data = await stream.next()
            if name == "data":
                values += [row[2] for row in data["rows"]]
        assert values == [0, 1, 2]


async def test_devices_without_readings_can_be_followed(stand: Stand) -> None:
    async with serving(stand) as base, events(base, metrics="") as stream:
        begin = await stream.until("snapshot")
        assert begin[-1][1]["rows"] == []
        assert len(next(frame for name, frame in begin if name == "devices")["add"]) == 3


async def test_a_heartbeat_says_how_often_it_comes(stand: Stand) -> None:
    async with serving(stand) as base, events(base) as stream:
        await stream.until("snapshot")
        for _ in range(20):
            stand.clients.sweep()
        name, frame = await stream.next()
        assert name == "heartbeat"
        assert frame["every_ms"] == 20_000


async def test_a_client_that_cannot_answer_is_not_closed_for_its_silence(stand: Stand) -> None:
    async with serving(stand) as base, events(base) as stream:
        await stream.until("snapshot")
        stand.clock.advance(500)
        for _ in range(20):
            stand.clients.sweep()
        assert (await stream.next())[0] == "heartbeat"
        assert stand.clients.clients == 1


async def test_a_stopping_hub_says_goodbye_and_ends_the_stream(stand: Stand) -> None:
    async with serving(stand) as base, events(base) as stream:
        await stream.until("snapshot")
        stand.clients.stop()
        name, frame = await stream.next()
        assert name == "bye"
        assert frame["reconnect"] is True
        with pytest.raises(EOFError):
            await stream.next()
        await gone(stand)


async def test_a_client_that_hangs_up_leaves_nothing_behind(stand: Stand) -> None:
    async with serving(stand) as base:
        async with events(base) as stream:
            await stream.until("snapshot")
            assert stand.clients.clients == 1
        await gone(stand)
        assert stand.meters.gauges["channels"].read() == 0
        async with httpx.AsyncClient(base_url=base) as http:
            clients = (await http.get("/api/v1/status")).json()["clients"]
        assert clients == {"live": 0, "events": 0, "lagging": 0}


WIDE = tuple(f"m{number:04}" for number in range(400))
ONE_STEP_BYTES = len(WIDE) * 400


@contextlib.asynccontextmanager
async def lazy_client(stand: Stand, base: str) -> AsyncIterator[asyncio.StreamReader]:
    """Connect a client of a wide device that takes nothing until it is read from."""
    stand.hears("wide", dict.fromkeys(WIDE, "x" * 320))
    host, _, port = base.removeprefix("http://").partition(":")
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.setblocking(False)
    await asyncio.get_running_loop().sock_connect(small, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=small, limit=4096)
    try:
        writer.write(b"GET /api/v1/events?interval_ms=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await writer.drain()
        yield reader
    finally:
        writer.close()
        await gone(stand)


async def fill(stand: Stand) -> None:
    """Publish until the only client has taken nothing for a while; its buffer stays bounded all the time."""
    rounds_stalled = 0
    async with asyncio.timeout(60):
        while rounds_stalled < 20:
            stand.hears("wide", dict.fromkeys(WIDE, f"{stand.log.seq:0320}"))
            await asyncio.sleep(0)
            stalled = [session for session in stand.clients.all() if session.stalled]
            rounds_stalled = rounds_stalled + 1 if stalled else 0
            assert all(session._sink.buffered_bytes() <= BUFFER_HIGH_BYTES + ONE_STEP_BYTES for session in stalled)


async def test_a_stalled_client_is_not_kicked_and_gets_the_newest_values_when_it_takes_again(stand: Stand) -> None:
    async with serving(stand) as base, lazy_client(stand, base) as reader:
        await fill(stand)
        assert stand.clients.lagging == 1
        stand.hears("wide", {WIDE[-1]: "the last"})
        seen = b""
        async with asyncio.timeout(60):
            while b'"the last"' not in seen or b'"behind":false' not in seen:
                seen = seen[-100_000:] + await reader.read(65_536)
        assert stand.clients.lagging == 0


async def test_a_client_that_takes_nothing_for_a_minute_is_let_go(stand: Stand) -> None:
    async with serving(stand) as base, lazy_client(stand, base):
        await fill(stand)
        for _ in range(20):
            stand.clients.sweep()
        stand.clock.advance(61)
        for _ in range(20):
            stand.clients.sweep()
        await gone(stand)


async def test_one_stream_too_many_is_refused() -> None:
    crowded = Stand(options=GatewayOptions(sse_clients=1))
    crowded.hears("a/b", {"c": 1})
    async with serving(crowded) as base, events(base) as first:
        await first.until("snapshot")
        async with events(base) as second:
            assert second.answer.status_code == 503
            assert second.answer.headers["retry-after"] == "5"
            problem = orjson.loads(await second.answer.aread())
        assert problem["type"] == "/api/docs#too_many_clients"
    assert crowded.clients.clients == 0


async def test_a_stream_needs_a_token_where_the_hub_does() -> None:
    token, digest = new_token()
    locked = Stand(options=GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(digest,)))
    async with serving(locked) as base:
        async with events(base) as stream:
            assert stream.answer.status_code == 401
        async with events(base, {"Authorization": f"Bearer {token}"}) as stream:
            name, welcome = await stream.next()
            assert name == "welcome"
            assert welcome["user"].startswith("token ")


async def test_a_stream_closed_before_it_is_sent_says_goodbye_all_the_same() -> None:
    sink = EventSink(epoch="k3f9")
    sink.write(b"event: bye\n\n")
    sink.close(3001, "stopping")
    sink.write(b"too late")
    sent: list[bytes] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["body"])

    assert await sink.pump(send)
    assert b"".join(sent).endswith(b"event: bye\n\n")
    sink.close(3001, "twice is once")


async def test_a_socket_that_fails_ends_the_stream() -> None:
    sink = EventSink(epoch="k3f9")

    async def send(message: MutableMapping[str, Any]) -> None:
        raise BrokenPipeError(str(message["type"]))

    assert not await sink.pump(send)
    sink.close(0, "")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"devices": "a/#/b"}, "devices"),
        ({"mode": "some"}, "mode"),
        ({"interval_ms": "70000"}, "interval_ms"),
        ({"since": "yesterday"}, "since"),
        ({"metrics": ["a", ""]}, "metrics"),
        ({"summary": "true"}, "summary"),
    ],
)
async def test_a_subscription_that_is_not_valid_is_a_problem_not_a_stream(
    stand: Stand, http: httpx.AsyncClient, params: dict[str, Any], field: str
) -> None:
    answer = await http.get("/api/v1/events", params=params)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert stand.clients.clients == 0
