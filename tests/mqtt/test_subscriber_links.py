"""The subscriber's links: denied topics, silence, breaks, pauses, stopping."""

from __future__ import annotations

import asyncio
import random

import pytest

from hub.core.clock import SystemClock
from hub.core.errors import Unusable
from hub.mqtt import link as link_module
from hub.mqtt import subscriber as subscriber_module
from hub.mqtt.link import Link
from hub.mqtt.options import SubscriberOptions
from tests.mqtt.hubs import Hub, address_of, good, running_hub, until
from tests.mqtt.wire import publish
from tests.support.fake_broker import FakeBroker, Visit


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are short here; what they really are has a test of its own."""
    monkeypatch.setattr(subscriber_module, "LEAST_PAUSE_S", 0.01)
    monkeypatch.setattr(subscriber_module, "MOST_PAUSE_S", 0.02)


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
            clock=SystemClock(),
        )
        await link.open()
        link.drop()
        link.drop()
        await link.close()
        assert not link.acknowledge([1])
