"""The subscriber against brokers that misbehave: refusals, hang-ups, silence, denied topics."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from hub.core.errors import Unusable
from hub.mqtt import link as link_module
from hub.mqtt import subscriber as subscriber_module
from hub.mqtt.link import Link
from hub.mqtt.options import SubscriberOptions
from tests.mqtt.hubs import Hub, address_of, running_hub
from tests.mqtt.wire import publish
from tests.support.broker import free_port
from tests.support.fake_broker import FakeBroker, Packet, Visit

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are short here; what they really are has a test of its own."""
    monkeypatch.setattr(subscriber_module, "LEAST_PAUSE_S", 0.01)
    monkeypatch.setattr(subscriber_module, "MOST_PAUSE_S", 0.02)


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


async def good(visit: Visit) -> None:
    connect = await visit.accept(version_5=True)
    assert visit.version(connect) == 5
    await visit.grant(1, version_5=True)
    await visit.serve()


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


async def test_a_denied_topic_is_named_and_the_others_work(caplog: pytest.LogCaptureFixture) -> None:
    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        await visit.grant(1, 0x87, version_5=True)
        await visit.send(publish(b"a/x", b"1", properties=b"\x00"))
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url, topics=("a/#", "b/#")) as hub:
        await hub.up()
        assert [message.topic for message in await hub.messages(1)] == [b"a/x"]
        assert hub.subscriber.denied == ("b/#",)
        assert hub.meters.gauges["mqtt_denied_topics"].read() == 1
    assert "the broker denies the topic b/#" in caplog.text


async def test_a_broker_that_denies_every_topic_is_down_with_the_topics_named() -> None:
    async def script(visit: Visit) -> None:
        await visit.accept(version_5=False)
        await visit.grant(0x80, 0x80, version_5=False)
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url, topics=("a", "b"), version="3.1.1") as hub:
        assert (await hub.down()).reason == "the broker denies topics a, b"
        assert not hub.subscriber.first_subscription.is_set()


async def test_a_link_that_breaks_before_the_subscription_is_answered_is_tried_again_at_once() -> None:
    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        if visit.number == 0:
            await visit.expect(0x80)
            return
        await visit.grant(1, version_5=True)
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        async with asyncio.timeout(3):
            await hub.up()
        assert len(broker.visits) == 2


async def test_a_silent_broker_is_asked_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "KEEPALIVE_S", 1)
    monkeypatch.setattr(link_module, "TICK_S", 0.05)
    silent = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        await visit.grant(1, version_5=True)
        if visit.number == 0:
            while (await visit.receive()).kind != 0xC0:
                pass
            silent.set()
            await asyncio.sleep(30)
        await visit.serve()

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        await hub.up()
        await silent.wait()
        assert (await hub.down()).reason == "the broker is silent"
        await hub.up()


async def test_a_broker_that_does_not_answer_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "ANSWER_TIMEOUT_S", 0.05)

    async def script(visit: Visit) -> None:
        await visit.receive()
        await asyncio.sleep(30)

    async with FakeBroker(script) as broker, running_hub(broker.url) as hub:
        assert (await hub.down()).reason == "the broker does not answer"


async def test_the_hub_says_online_when_it_is_subscribed_and_offline_when_it_stops() -> None:
    async with FakeBroker(good) as broker, running_hub(broker.url) as hub:
        await hub.up()
        await until(lambda: any(packet.kind == 0x30 for packet in broker.visits[0].got))
    said = [packet for packet in broker.visits[0].got if packet.kind == 0x30]
    assert [packet.body.split(b"status")[1][3:] for packet in said] == [b"online", b"offline"]
    assert all(packet.first & 1 for packet in said), "retained"
    assert broker.visits[0].got[-1].kind == 0xE0


async def test_stopping_ends_within_a_second_even_if_the_broker_takes_nothing() -> None:
    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        await visit.grant(1, version_5=True)
        await asyncio.sleep(30)

    async with FakeBroker(script) as broker:
        async with running_hub(broker.url) as hub:
            await hub.up()
            started = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - started < 2


@pytest.mark.parametrize("url", ["mqtt://127.0.0.1:{}", "ws://127.0.0.1:{}", "mqtts://127.0.0.1:{}"])
async def test_cancelling_while_connecting_leaves_nothing_behind(url: str) -> None:
    arrived = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running_hub(url.format(port)):
        await arrived.wait()
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 1
    server.close()
    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks()} - {  # type: ignore[union-attr]
        "test_cancelling_while_connecting_leaves_nothing_behind"
    }
    assert not any("hub" in name or "Subscriber" in name for name in left)


async def test_a_paused_link_reads_nothing_and_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "KEEPALIVE_S", 1)
    monkeypatch.setattr(link_module, "TICK_S", 0.05)
    many = b"".join(publish(b"t", str(n).encode(), flags=2, packet_id=n, properties=b"\x00") for n in range(1, 50_001))
    pinged = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.accept(version_5=True)
        await visit.grant(1, version_5=True)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(visit.send(many))
            while True:
                packet = await visit.receive()
                if packet.kind == 0xC0 and len(visit.got) > 4:
                    pinged.set()

    async with FakeBroker(script) as broker, running_hub(broker.url, queue_messages=5000) as hub:
        await hub.up()
        await pinged.wait()
        held = len(hub.intake)
        assert 5000 < held < 45_000
        feed = hub.feeds.get("mqtt")
        assert feed is not None
        assert feed.up
        got = await hub.messages(50_000)
        assert [int(message.payload) for message in got] == list(range(1, 50_001))
        assert hub.count("intake_pauses") >= 1
        assert hub.count("messages_dropped") == 0


@pytest.fixture
def rolls() -> Hub:
    async def make() -> Hub:
        return Hub(SubscriberOptions(address_of("mqtt://127.0.0.1"), "hub-test"))

    return asyncio.run(make())


def test_pauses_are_random_and_their_bound_doubles_up_to_half_a_minute(
    rolls: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber_module, "LEAST_PAUSE_S", 0.5)
    monkeypatch.setattr(subscriber_module, "MOST_PAUSE_S", 30.0)
    rolls.subscriber._jitter = random.Random(1)  # noqa: S311 - the same at each run
    for tries, most_s in [(0, 1), (1, 2), (2, 4), (5, 30), (1000, 30)]:
        pauses = [rolls.subscriber.pause_s(tries) for _ in range(300)]
        assert min(pauses) >= 0.5
        assert max(pauses) <= most_s
        assert max(pauses) > 0.9 * most_s
        assert len(set(pauses)) > 250


async def test_a_fault_while_looking_after_keepalive_ends_the_link_and_not_the_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_module, "TICK_S", 0.02)
    async with FakeBroker(good) as broker, running_hub(broker.url) as hub:
        await hub.up()

        def fail(_self: object) -> int:
            raise ValueError("something new")

        with monkeypatch.context() as patch:
            patch.setattr(hub.subscriber._reader_class, "loop_misc", fail)
            assert (await hub.down()).reason == "something new"
        await hub.up()


async def test_an_authority_that_cannot_be_read_is_told_before_anything_runs() -> None:
    options = SubscriberOptions(address_of("mqtts://127.0.0.1"), "hub-test", ca_file="/nowhere/ca.pem")
    with pytest.raises(Unusable, match=r"/nowhere/ca\.pem"):
        Hub(options)


async def test_a_link_may_be_dropped_twice_and_closed_after() -> None:
    async with FakeBroker(good) as broker:
        hub = Hub(SubscriberOptions(address_of(broker.url), "hub-test"))
        link = Link(
            hub.subscriber._options,
            version_5=True,
            reader_class=hub.subscriber._reader_class,
            tls=None,
            intake=hub.intake,
        )
        await link.open()
        link.drop()
        link.drop()
        await link.close()
        assert not link.acknowledge([1])
