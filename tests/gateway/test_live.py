"""The live protocol over real sockets: the real server, the real sessions; only the broker is missing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import websockets
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode

from hub.config import HttpSettings
from hub.gateway.clients import HEARTBEAT_S
from hub.gateway.connection import Connection
from hub.gateway.deps import AuthMode, GatewayOptions
from hub.gateway.tokens import new_token
from hub.gateway.websocket import agrees_to_deflate
from hub.serving import WebServer, listen
from tests.gateway.stand import Stand
from tests.support.sockets import live, raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def served(stand: Stand) -> AsyncIterator[str]:
    """Serve a stand as the hub does; give its address."""
    with listen("127.0.0.1", 0, key="http.port") as listener:
        server = WebServer(stand.app, listener=listener, settings=HttpSettings())
        async with asyncio.TaskGroup() as group:
            group.create_task(server.run(), name="server")
            clients = group.create_task(stand.clients.run(), name="clients")
            await server.started()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                stand.clients.stop()
                server.stop()
                clients.cancel()


@pytest.fixture
async def base(stand: Stand) -> AsyncIterator[str]:
    async with served(stand) as address:
        yield address


async def test_a_client_is_welcomed_told_the_feeds_and_then_what_it_asks_for(stand: Stand, base: str) -> None:
    stand.feeds.say("mqtt", up=True, address="broker:1883")
    async with live(base) as client:
        feed = await client.next()
        assert (feed["type"], feed["source"], feed["up"]) == ("feed", "mqtt", True)
        await client.send("subscribe", id=1, devices=["sites/a/#"], metrics=["temperature"], interval_ms=0)
        answer = await client.next()
        assert (answer["type"], answer["id"], answer["series"], answer["resumed"]) == ("subscribed", 1, 2, False)
        await client.until("snapshot")
        stand.hears("sites/a/pump-2", {"temperature": 99})
        await client.value("sites/a/pump-2", "temperature", 99)
        kinds = [frame["type"] for frame in client.frames]
        assert kinds == ["welcome", "feed", "subscribed", "devices", "series", "status", "snapshot", "data"]


async def test_every_frame_is_a_text_of_the_agreed_subprotocol(base: str) -> None:
    async with live(base) as client:
        assert client.socket.subprotocol == "hub.v1.json"
    async with live(base, subprotocols=None) as client:
        assert client.socket.subprotocol is None


async def test_an_unknown_subprotocol_is_refused_with_400(base: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with live(base, subprotocols=["hub.v9"]):
            pass
    assert caught.value.response.status_code == 400


async def test_a_foreign_origin_is_refused(base: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with live(base, origin="https://evil.example"):
            pass
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ({"type": "nonsense"}, "unknown_type", "type"),
        ({"type": "ping", "n": 1, "extra": 2}, "unknown_field", "extra"),
        ({"type": "ping"}, "bad_field", "n"),
        ({"type": "subscribe", "id": 1}, "bad_field", "devices"),
        ({"type": "subscribe", "id": 1, "devices": ["a/#/b"]}, "bad_filter", "devices.0"),
        ({"type": "subscribe", "id": 1, "devices": ["a"], "metrics": [""]}, "bad_glob", "metrics.0"),
        ({"type": "subscribe", "id": 1, "devices": ["a"] * 257}, "bad_field", "devices"),
        ({"type": "subscribe", "id": 1, "devices": ["a"], "interval_ms": -1}, "bad_field", "interval_ms"),
        ({"type": "subscribe", "id": 1, "devices": ["a"], "mode": "some"}, "bad_field", "mode"),
        ({"type": "hello"}, "unexpected_hello", ""),
        ([1, 2], "bad_message", ""),
    ],
)
async def test_a_mistake_is_answered_with_what_is_wrong_and_the_connection_stays(
    base: str, message: Any, code: str, field: str
) -> None:
    async with live(base) as client:
        await client.socket.send(orjson.dumps(message), text=True)
        error = await client.until("error")
        assert (error["code"], error.get("field", "")) == (code, field)
        assert error["message"].endswith(".")
        await client.send("ping", n="still here")
        assert (await client.until("pong"))["n"] == "still here"


async def test_the_sixty_fifth_subscription_is_refused_and_replacing_one_is_not(base: str) -> None:
    async with live(base) as client:
        for number in range(64):
            await client.send("subscribe", id=number, devices=[f"d/{number}"])
        await client.send("subscribe", id=64, devices=["d"])
        error = await client.until("error")
        assert (error["code"], error["id"]) == ("too_many_subscriptions", 64)
        await client.send("subscribe", id=3, devices=["other"])
        await client.until(lambda frame: frame["type"] == "subscribed" and frame["id"] == 3)


async def test_two_ids_of_an_equal_selection_share_a_channel_whose_frames_come_once(stand: Stand, base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id="a", devices=["sites/#"], interval_ms=0)
        first = await client.until("subscribed")
        await client.until("snapshot")
        await client.send("subscribe", id="b", devices=["sites/#"], interval_ms=0)
        second = await client.until("subscribed")
        await client.until("snapshot")
        assert first["channel"] == second["channel"]
        stand.hears("sites/b/tank", {"level": 1})
        await client.value("sites/b/tank", "level", 1)
        await client.send("unsubscribe", id="a")
        stand.hears("sites/b/tank", {"level": 2})
        await client.value("sites/b/tank", "level", 2)
        await client.send("unsubscribe", id="b")
        await client.send("unsubscribe", id="unknown")
        await client.send("ping", n=1)
        await client.until("pong")
        assert [value for _, metric, value in client.values() if metric == "level"] == [1, 2]
        assert stand.meters.gauges["channels"].read() == 0


async def test_a_replaced_subscription_says_nothing_more_of_the_old_selection(stand: Stand, base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id=1, devices=["sites/a/#"], interval_ms=0)
        await client.until("snapshot")
        await client.send("subscribe", id=1, devices=["sites/b/#"], interval_ms=0)
        channel = (await client.until("subscribed"))["channel"]
        await client.until("snapshot")
        stand.hears("sites/a/pump-1", {"temperature": 1})
        stand.hears("sites/b/tank", {"level": 2})
        data = await client.until("data")
        assert data["channel"] == channel
        assert client.values() == [("sites/b/tank", "level", 2)]


async def test_a_hidden_tab_stands_still_and_catches_up_when_it_returns(stand: Stand, base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
        await client.until("snapshot")
        await client.send("pause")
        await client.send("ping", n=1)
        await client.until("pong")
        for level in range(10):
            stand.hears("sites/b/tank", {"level": level})
        stand.feeds.say("mqtt", up=False, reason="gone")
        assert (await client.next())["type"] == "feed"
        await client.send("resume")
        page = await client.until("snapshot")
        assert [row[2] for row in page["rows"]] == [9]
        stand.hears("sites/b/tank", {"level": 11})
        await client.value("sites/b/tank", "level", 11)


async def test_a_position_resumes_on_another_connection(stand: Stand, base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
        since = (await client.until("snapshot"))["position"]
    stand.hears("sites/b/tank", {"level": 5})
    async with live(base) as client:
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0, since=since)
        assert (await client.until("subscribed"))["resumed"] is True
        assert [row[2] for row in (await client.until("snapshot"))["rows"]] == [5]


async def test_an_every_subscription_that_cannot_resume_says_what_is_missing(base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id=1, devices=["#"], mode="every", since="other:7")
        assert (await client.until("subscribed"))["resumed"] is False
        gap = await client.until("gap")
        assert (gap["reason"], gap["missed"]) == ("restart", None)
        await client.until("snapshot")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (WireFrame(Opcode.TEXT, b"{nope").serialize(mask=True), 1007),
        (WireFrame(Opcode.TEXT, b'"\xff"').serialize(mask=True), 1007),
        (WireFrame(Opcode.TEXT, b" " * 65_537).serialize(mask=True), 1009),
        (WireFrame(Opcode.BINARY, b"{}").serialize(mask=True), 1003),
        (WireFrame(Opcode.TEXT, b"{}").serialize(mask=False), 1002),
        (WireFrame(Opcode.TEXT, b'{"type":"ping","n":1}').serialize(mask=True), 3501),
        (WireFrame(Opcode.TEXT, b'{"type":"what"}').serialize(mask=True), 3501),
        (b"\xff\xff\xff\xff", 1002),
    ],
)
async def test_what_cannot_be_a_conversation_is_closed_with_its_code(
    stand: Stand, base: str, data: bytes, code: int
) -> None:
    async with raw(base) as client:
        client.send(data)
        assert await client.closed_with() == code
    assert await people(stand, 0)


async def people(stand: Stand, count: int) -> bool:
    """Wait until there are just so many sessions."""
    async with asyncio.timeout(10):
        while stand.clients.clients != count:  # noqa: ASYNC110 - sessions come and go by callbacks of sockets
            await asyncio.sleep(0.01)
    return True


async def test_a_flood_is_answered_once_and_reading_pauses_until_it_is_over(stand: Stand, base: str) -> None:
    async with live(base) as client:
        for number in range(400):
            await client.send("ping", n=number)
        error = await client.until("error")
        assert error["code"] == "rate_limited"
        stand.clock.advance(10)
        stand.clients.sweep()
        await client.send("ping", n="later")
        await client.until(lambda frame: frame.get("n") == "later")
        assert sum(frame["type"] == "error" for frame in client.frames) <= 2


async def test_no_hello_within_ten_seconds_closes(stand: Stand, base: str) -> None:
    async with live(base, hello=False) as client:
        assert await people(stand, 1)
        stand.clock.advance(10.5)
        stand.clients.sweep()
        bye = await client.until("bye")
        assert (bye["code"], bye["reconnect"]) == (3010, True)
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await client.next()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 3010


async def test_heartbeats_come_and_a_peer_that_answers_nothing_is_closed(stand: Stand, base: str) -> None:
    async with raw(base) as silent, live(base) as client:
        silent.send_text(b'{"type":"hello"}')
        for _ in range(HEARTBEAT_S):
            stand.clients.sweep()
        assert (await client.until("heartbeat"))["now"] == stand.clock.now_us() // 1000
        stand.clock.advance(51)
        await client.send("ping", n=1)
        await client.until("pong")
        for _ in range(HEARTBEAT_S):
            stand.clients.sweep()
        assert await silent.closed_with() == 3012
        await client.send("ping", n=2)
        await client.until(lambda frame: frame.get("n") == 2)


async def test_a_peer_that_takes_nothing_is_behind_then_closed_and_nobody_else_notices(stand: Stand, base: str) -> None:
    text = {f"t{number}": "x" * 4000 for number in range(8)}
    async with raw(base, receive_bytes=4096) as stalled, live(base) as client:
        for each in (stalled.send_text,):
            each(b'{"type":"hello"}')
            each(b'{"type":"subscribe","id":1,"devices":["#"],"interval_ms":0}')
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
        await client.until("snapshot")
        number = 0
        async with asyncio.timeout(30):
            while not stand.clients.lagging:
                number += 1
                stand.hears("big", {**text, "number": number})
                await client.value("big", "number", number)
        stand.hears("big", {**text, "number": -1})
        await client.value("big", "number", -1)
        for _ in range(5):
            stand.clock.advance(20)
            await client.send("ping", n=number)
            await client.until("pong")
            for _ in range(HEARTBEAT_S):
                for session in stand.clients.all():
                    session.heard_s = stand.clock.steady_s()
                stand.clients.sweep()
        assert await people(stand, 1)
        await client.send("ping", n=0)
        await client.until("pong")
        assert not any(frame["type"] == "lag" for frame in client.frames)


async def test_a_client_that_was_slow_gets_the_newest_and_is_told_how_much_was_merged(stand: Stand, base: str) -> None:
    text = {f"t{number}": "x" * 4000 for number in range(8)}
    async with live(base) as fast, live(base, max_queue=1) as slow:
        for client in (fast, slow):
            await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
            await client.until("snapshot")
        number = 0
        async with asyncio.timeout(30):
            while not stand.clients.lagging:
                number += 1
                stand.hears("big", {**text, "number": number})
                await fast.value("big", "number", number)
        for _ in range(50):
            number += 1
            stand.hears("big", {**text, "number": number})
        await slow.value("big", "number", number)
        over = await slow.until(lambda frame: frame["type"] == "lag" and not frame["behind"])
        assert over["conflated"] > 100
        assert next(frame for frame in slow.frames if frame["type"] == "lag")["behind"] is True


async def test_stopping_sends_everybody_away_to_come_back(stand: Stand) -> None:
    async with served(stand) as address, live(address) as client:
        stand.clients.stop()
        bye = await client.until("bye")
        assert (bye["code"], bye["reconnect"]) == (3001, True)
        assert bye["after_ms"][0] < bye["after_ms"][1]


async def test_a_hub_that_is_full_says_so_and_lets_nobody_in(stand: Stand, base: str) -> None:
    object.__setattr__(stand.clients.greeting, "max_clients", 1)
    async with live(base):
        async with live(base, hello=False) as client:
            bye = await client.until("bye")
            assert (bye["code"], bye["reconnect"]) == (3510, False)
        assert stand.clients.clients == 1


async def test_a_token_lets_in_a_wrong_one_does_not_and_none_is_told_so() -> None:
    token, digest = new_token()
    stand = Stand(GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(digest,)))
    async with served(stand) as address:
        async with live(address, hello=False) as client:
            await client.send("hello", token=token)
            await client.send("subscribe", id=1, devices=["#"])
            welcome = await client.next()
            assert (welcome["type"], welcome["role"]) == ("welcome", "admin")
        for hello in ({"token": "hub_wrong"}, {}):
            async with live(address, hello=False) as client:
                await client.send("hello", **hello)
                bye = await client.until("bye")
                assert (bye["code"], bye["reconnect"]) == (3500, False)


async def test_compression_is_agreed_where_it_is_on_and_inflates_to_the_same() -> None:
    stand = Stand(GatewayOptions(compress=True))
    for number in range(200):
        stand.hears(f"d/{number}", {"value": number})
    async with served(stand) as address, live(address, compression="deflate") as client:
        assert "permessage-deflate" in client.socket.response.headers["Sec-WebSocket-Extensions"]  # type: ignore[union-attr]
        await client.send("subscribe", id=1, devices=["#"])
        page = await client.until("snapshot")
        assert len(page["rows"]) == 200


@pytest.mark.parametrize(
    ("offers", "agreed"),
    [
        ([], False),
        (["permessage-deflate"], True),
        (["permessage-deflate; client_max_window_bits"], True),
        (["permessage-deflate; server_max_window_bits=12"], False),
        (["permessage-deflate; server_max_window_bits=12, permessage-deflate"], True),
        (["x-webkit-deflate-frame"], False),
    ],
)
def test_an_offer_that_limits_the_window_is_declined(offers: list[str], agreed: bool) -> None:  # noqa: FBT001 - a parameter
    assert agrees_to_deflate(offers) is agreed


async def test_nothing_is_left_of_a_client_that_went_away(stand: Stand, base: str) -> None:
    for _ in range(5):
        async with live(base) as client:
            await client.send("subscribe", id=1, devices=["#"])
            await client.until("snapshot")
    assert await people(stand, 0)
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, Connection) and not thing._closing]
    assert stand.meters.gauges["channels"].read() == 0
