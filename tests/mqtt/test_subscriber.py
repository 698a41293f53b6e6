"""The subscriber against brokers that misbehave: versions, refusals, hang-ups."""

from __future__ import annotations

import asyncio

import pytest

from hub.mqtt import subscriber as subscriber_module
from tests.mqtt.hubs import good, running_hub, until
from tests.support.broker import free_port
from tests.support.fake_broker import FakeBroker, Packet, Visit


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are short here; what they really are has a test of its own."""
    monkeypatch.setattr(subscriber_module, "LEAST_PAUSE_S", 0.01)
    monkeypatch.setattr(subscriber_module, "MOST_PAUSE_S", 0.02)


async def test_the_feed_is_up_once_a_subscription_is_granted_and_not_before() -> None:
    granted = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        await granted.wait()
        await visit.grant(1, version_5=True)
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        first = await hub.feed(lambda _: True)
        assert (first.up, first.reason, first.address) == (False, "connecting", broker.url.removeprefix("mqtt://"))
        assert not hub.subscriber.first_subscription.is_set()
        granted.set()
        await hub.up()
        await hub.subscriber.first_subscription.wait()


def fields_of(connect: Packet) -> tuple[int, bytes]:
    """Give a CONNECT's flags and everything after the keepalive."""
    return connect.body[7], connect.body[10:]


async def test_a_session_of_mqtt_5_is_kept_bounded_and_without_aliases() -> None:
    async with FakeBroker(good) as broker, running_hub(broker.url, session_expiry_s=300, receive_maximum=55) as hub:
        await hub.up()
        flags, rest = fields_of(broker.visits[0].got[0])
        assert not flags & 0x02, "clean start"
        assert flags & 0x04, "will"
        assert flags & 0x20, "retained will"
        properties, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        assert b"\x11" + (300).to_bytes(4, "big") in properties
        assert b"\x21" + (55).to_bytes(2, "big") in properties
        assert b"\x22\x00\x00" in properties
        assert b"telemetry-hub/hub-test/status" in rest
        assert b"\x00\x07offline" in rest


async def test_no_session_expiry_is_a_clean_session() -> None:
    async def script(visit: Visit) -> None:
        await visit.accept(version_5=False)
        await visit.grant(1, version_5=False)
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url, session_expiry_s=0, version="3.1.1") as hub:
        await hub.up()
        assert fields_of(broker.visits[0].got[0])[0] & 0x02


@pytest.mark.parametrize(
    "refusal",
    [b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x01", b"\x20\x02\x00\x84", b""],
    ids=["mqtt-5-code", "mqtt-3-code", "malformed", "hang-up"],
)
async def test_a_broker_that_refuses_mqtt_5_gets_3_1_1_and_that_is_remembered(refusal: bytes) -> None:
    async def script(visit: Visit) -> None:
        connect = await visit.expect(0x10)
        if visit.version(connect) == 5:
            await visit.send(refusal)
            return
        await visit.send(b"\x20\x02\x00\x00")
        await visit.grant(1, version_5=False)
        if visit.number == 1:
            return
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        await hub.up()
        await hub.down()
        await hub.up()
        assert [visit.version(visit.got[0]) for visit in broker.visits] == [5, 4, 4]


async def test_a_broker_that_hangs_up_on_both_versions_is_tried_with_both_in_turn() -> None:
    async def script(visit: Visit) -> None:
        connect = await visit.expect(0x10)
        if visit.number < 4:
            return
        assert visit.version(connect) == 5
        await visit.send(b"\x20\x03\x00\x00\x00")
        await visit.grant(1, version_5=True)
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        assert (await hub.down()).reason == "the broker hung up before it answered"
        await hub.up()
        assert [visit.version(visit.got[0]) for visit in broker.visits] == [5, 4, 5, 4, 5]


async def test_a_version_that_worked_is_not_doubted_because_a_restarting_broker_hangs_up() -> None:
    async def script(visit: Visit) -> None:
        if visit.number == 1:
            await visit.expect(0x10)
            return
        await visit.accept(version_5=True)
        await visit.grant(1, version_5=True)
        if visit.number == 2:
            await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        await hub.up()
        await hub.down()
        await hub.up()
        assert [visit.version(visit.got[0]) for visit in broker.visits] == [5, 5, 5]


@pytest.mark.parametrize(
    ("version", "refusal", "words"),
    [
        ("5", b"\x20\x03\x00\x86\x00", "the broker does not accept the user name or password"),
        ("5", b"\x20\x03\x00\x87\x00", "the broker does not allow this client"),
        ("5", b"\x20\x03\x00\x88\x00", "the broker is not available"),
        ("5", b"\x20\x03\x00\x84\x00", "the broker does not speak this version of MQTT"),
        ("3.1.1", b"\x20\x02\x00\x04", "the broker does not accept the user name or password"),
        ("3.1.1", b"\x20\x02\x00\x05", "the broker does not allow this client"),
        ("3.1.1", b"\x20\x02\x00\x02", "the broker does not accept the client id"),
    ],
)
async def test_a_refused_session_is_told_in_words(version: str, refusal: bytes, words: str) -> None:
    async def script(visit: Visit) -> None:
        await visit.expect(0x10)
        await visit.send(refusal)
        await visit.receive()

    async with FakeBroker(script) as broker, running_hub(broker.url, version=version) as hub:
        assert (await hub.down()).reason == words
        assert not hub.subscriber.first_subscription.is_set()


async def test_a_port_where_nothing_listens_is_told_and_tried_again() -> None:
    async with running_hub(f"mqtt://127.0.0.1:{free_port()}") as hub:
        assert (await hub.down()).reason == "connection refused"
        await until(lambda: hub.count("mqtt_failures") >= 3)
        feed = hub.feeds.get("mqtt")
        assert feed is not None
        assert feed.tries >= 2


async def test_a_name_that_does_not_resolve_is_told() -> None:
    async with running_hub("mqtt://no-such-host.invalid") as hub:
        assert (await hub.down()).reason.startswith("the name cannot be resolved")


async def test_a_goodbye_of_the_broker_is_told_in_words() -> None:
    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        await visit.grant(1, version_5=True)
        await visit.expect(0x30)
        await visit.send(b"\xe0\x02\x8e\x00")
        await asyncio.sleep(10)

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        await hub.up()
        assert (await hub.down()).reason == "another client connected with the same client id"


async def test_rubbish_from_the_broker_ends_the_link_and_is_told() -> None:
    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        await visit.grant(1, version_5=True)
        await visit.send(b"\x30\xff\xff\xff\xff\xff")
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        await hub.up()
        assert (await hub.down()).reason == "the broker sent something that is not MQTT"
