"""What devices publish, good and bad, through a real broker and a real hub to a real client."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import aiomqtt
import httpx
import pytest

from tests.support.sockets import live

if TYPE_CHECKING:
    from tests.support.hub import StartHub
    from tests.support.services import StartMosquitto

POISON: list[tuple[str, bytes, str | None]] = [
    ("bad/random", os.urandom(400) + b"\xff\xc0", "not_text"),
    ("bad/json", b'{"temperature": 21.5', "broken_json"),
    ("bad/deep", b"[" * 10_000 + b"]" * 10_000, None),
    ("bad/nan", b'{"a": NaN, "b": Infinity, "c": 1e999, "ok": 1}', None),
    ("bad/huge", b'{"big": ' + b"9" * 400 + b', "ok": 1}', None),
    ("bad/surrogate", b'{"text": "\\ud800", "ok": 1}', None),
    ("bad/long", b'{"text": "' + b"x" * 1_000_000 + b'", "ok": 1}', None),
    ("bad/large", b"x" * 1_100_000, "too_large"),
    ("bad/empty", b"", None),
    ("bad/null", b"null", None),
    ("bad/nul", b'{"text": "a\\u0000b", "ok": 1}', None),
    ("bad/many", b'{"a": [' + b",".join(b"1" for _ in range(20_000)) + b"]}", None),
]


async def test_a_device_shows_up_by_itself_within_a_second(mosquitto: StartMosquitto, start_hub: StartHub) -> None:
    broker = mosquitto()
    hub = start_hub(mqtt__url=broker.url)
    async with live(hub.base) as client, aiomqtt.Client(broker.host, broker.port) as device:
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
        await client.until("snapshot")
        await wait_for_feed(hub.base)
        await device.publish("shed/freezer", b'{"temperature": -18.5, "door": "closed"}', qos=1)
        await client.value("shed/freezer", "temperature", -18.5)
        assert ("shed/freezer", "door", "closed") in client.values()


async def wait_for_feed(base: str, *, up: bool = True) -> dict[str, Any]:
    """Wait until the hub says that its link is so; return the feed."""
    async with httpx.AsyncClient(base_url=base) as http, asyncio.timeout(30):
        while True:
            feeds = (await http.get("/api/v1/status")).json()["feeds"]
            found: dict[str, Any] | None = next((feed for feed in feeds if feed["source"] == "mqtt"), None)
            if found is not None and found["up"] is up and found["reason"] != "connecting":
                return found
            await asyncio.sleep(0.05)


async def test_no_payload_hurts_the_next_and_what_was_not_read_is_in_quarantine(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto()
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    async with (
        live(hub.base) as client,
        aiomqtt.Client(broker.host, broker.port) as device,
        httpx.AsyncClient(base_url=hub.base) as http,
    ):
        await client.send("subscribe", id=1, devices=["#"], mode="every", interval_ms=0)
        await client.until("snapshot")
        for number, (topic, payload, _) in enumerate(POISON):
            await device.publish(topic, payload, qos=1)
            await device.publish("good", f'{{"number": {number}}}', qos=1)
            await client.value("good", "number", number)
        told = client.values()
        assert [value for device_id, metric, value in told if metric == "number"] == list(range(len(POISON)))
        for name in ("bad/nan", "bad/huge", "bad/surrogate", "bad/long", "bad/nul"):
            assert (name, "ok", 1) in told, name
        quarantine = (await http.get("/api/v1/quarantine")).json()
        reasons = {entry["topic"]: entry["reason"] for entry in quarantine["topics"]}
        for topic, _, reason in POISON:
            if reason is not None:
                assert reasons[topic] == reason
        assert "bad/deep" in reasons
        assert (await http.get("/healthz")).status_code == 200


async def test_a_type_that_changes_is_told_as_it_is(mosquitto: StartMosquitto, start_hub: StartHub) -> None:
    broker = mosquitto()
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    async with live(hub.base) as client, aiomqtt.Client(broker.host, broker.port) as device:
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
        await client.until("snapshot")
        for value, text in ((21, b"21"), (21.5, b"21.5"), ("broken", b'"broken"'), (22, b"22")):
            await device.publish("d", b'{"t": ' + text + b"}", qos=1)
            await client.value("d", "t", value)
        kinds = [row[4] for frame in client.frames if frame["type"] == "series" for row in frame["add"]]
        assert kinds == ["integer", "float", "mixed"]


async def test_a_retained_value_is_doubtful_and_no_sign_of_life(mosquitto: StartMosquitto, start_hub: StartHub) -> None:
    broker = mosquitto()
    async with aiomqtt.Client(broker.host, broker.port) as device:
        await device.publish("old/freezer", b'{"t": 1}', qos=1, retain=True)
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    async with live(hub.base) as client:
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
        page = await client.until(
            lambda frame: frame["type"] in ("snapshot", "data") and any(row[2] == 1 for row in frame["rows"])
        )
        assert page["rows"][0][3] == "uncertain:retained"
    async with httpx.AsyncClient(base_url=hub.base) as http:
        device_answer = (await http.get("/api/v1/device", params={"device": "old/freezer"})).json()
        assert device_answer["device"]["status"] == "unknown"


@pytest.mark.parametrize("qos", [0, 1])
async def test_everything_that_is_published_is_told_once_and_in_order(
    mosquitto: StartMosquitto, start_hub: StartHub, qos: int
) -> None:
    broker = mosquitto("max_queued_messages 100000", max_inflight_messages=1000)
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    count = 3000
    async with live(hub.base) as client, aiomqtt.Client(broker.host, broker.port) as device:
        await client.send("subscribe", id=1, devices=["#"], mode="every", interval_ms=0)
        await client.until("snapshot")
        for number in range(count):
            await device.publish("d", f'{{"n": {number}}}', qos=qos)
        await client.value("d", "n", count - 1)
        assert [value for _, _, value in client.values()] == list(range(count))
