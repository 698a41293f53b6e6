"""The live protocol over real sockets: the real server, the real sessions; only the broker is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
import websockets

from tests.support.sockets import live

if TYPE_CHECKING:
    from tests.gateway.stand import Stand


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
