"""The MQTT stage against a real Mosquitto, on both event loops and all transports."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hub.mqtt import subscriber as subscriber_module
from hub.mqtt.stock import StockReader
from hub.mqtt.verification import reader_class
from tests.mqtt.hubs import Hub, running_hub
from tests.mqtt.wire import packet, publish, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.core.raw import RawMessage
    from tests.support.broker import Mosquitto
    from tests.support.services import StartMosquitto

pytestmark = pytest.mark.service("mosquitto")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriber_module, "LEAST_PAUSE_S", 0.05)
    monkeypatch.setattr(subscriber_module, "MOST_PAUSE_S", 0.1)


@asynccontextmanager
async def device(broker: Mosquitto, **options: Any) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(broker.host, broker.port, **options) as client:
        yield client


async def flood(broker: Mosquitto, count: int, *, qos: int, start: int = 0) -> None:
    """Publish numbered messages as fast as the broker takes them, and wait until it has them all."""
    reader, writer = await asyncio.open_connection(broker.host, broker.port)
    writer.write(packet(0x10, text(b"MQTT") + b"\x04\x02\x00\x00" + text(b"")))
    for n in range(start, start + count):
        writer.write(publish(b"plant/pump", str(n).encode(), flags=qos << 1, packet_id=n - start + 1))
    writer.write(b"\xc0\x00")
    await writer.drain()
    await reader.readexactly(4 + 4 * count * qos + 2)
    writer.close()
    await writer.wait_closed()


def payloads(messages: list[RawMessage]) -> list[int]:
    return [int(message.payload) for message in messages]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_messages_arrive_whole_in_order_and_once(mosquitto: StartMosquitto, version: str) -> None:
    broker = mosquitto()
    async with running_hub(broker.url, version=version) as hub:
        await hub.up()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood(broker, 3000, qos=1))
            got = await hub.messages(3000)
        assert payloads(got) == list(range(3000))
        assert {message.flags for message in got} == {2}
        times = [batch.received_us + n for batch in hub.batches for n in range(len(batch.messages))]
        assert all(early < late for early, late in pairwise(times))


@pytest.mark.parametrize("transport", ["mqtts", "ws"])
async def test_tls_and_websocket_carry_the_same(mosquitto: StartMosquitto, transport: str) -> None:
    broker = mosquitto(tls=transport == "mqtts", websockets=transport == "ws")
    url, ca_file = (broker.tls_url, str(broker.ca_file)) if transport == "mqtts" else (broker.ws_url, "")
    big = bytes(range(256)) * (4096 if transport == "mqtts" else 273)  # Mosquitto sends a WebSocket 50 kB/s of a frame
    async with running_hub(url, ca_file=ca_file) as hub:
        await hub.up()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood(broker, 500, qos=1))
            assert payloads(await hub.messages(500)) == list(range(500))
        async with device(broker) as client:
            await client.publish("big", big, qos=1)
            await client.publish("small", b"1", qos=0)
        messages = await hub.messages(2)
        assert [message.topic for message in messages] == [b"big", b"small"]
        assert messages[0].payload == big


async def test_a_certificate_that_is_not_trusted_is_told(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(tls=True)
    async with running_hub(broker.tls_url) as hub:
        assert (await hub.down()).reason.startswith("the broker's certificate is not trusted")


async def test_tls_to_a_plain_port_is_told(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    async with running_hub(broker.url.replace("mqtt://", "mqtts://")) as hub:
        assert "connection" in (await hub.down()).reason


async def test_websocket_to_a_plain_port_is_told(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    async with running_hub(broker.url.replace("mqtt://", "ws://")) as hub:
        assert (await hub.down()).reason


async def test_wrong_credentials_are_told_in_words(mosquitto: StartMosquitto) -> None:
    broker = mosquitto("allow_anonymous false")
    for version in ("5", "3.1.1"):
        async with running_hub(broker.url, version=version) as hub:
            assert (await hub.down()).reason == "the broker does not allow this client"


async def test_a_megabyte_is_taken_and_more_is_skipped_and_reported(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    whole, more = b"x" * 1_048_576, b"y" * 3_000_000
    async with running_hub(broker.url) as hub, device(broker) as client:
        await hub.up()
        for qos in (0, 1):
            await client.publish("whole", whole, qos=qos)
            await client.publish("more", more, qos=qos)
            await client.publish("next", b"1", qos=qos)
        got = await hub.messages(6)
    assert [(message.topic, len(message.payload), message.skipped_bytes) for message in got] == [
        (b"whole", 1_048_576, 0),
        (b"more", 0, 3_000_000),
        (b"next", 1, 0),
    ] * 2


async def test_a_content_type_comes_with_its_message(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "application/cbor"
    async with running_hub(broker.url) as hub, device(broker, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await hub.up()
        await client.publish("plain", b"1")
        await client.publish("typed", b"2", properties=properties)
        got = await hub.messages(2)
    assert [(message.topic, message.content_type) for message in got] == [
        (b"plain", ""),
        (b"typed", "application/cbor"),
    ]


async def test_retained_messages_come_again_at_each_reconnect_with_their_flag(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(persistence=True)
    async with device(broker) as client:
        await client.publish("plant/limit", b"80", qos=1, retain=True)
    async with running_hub(broker.url) as hub:
        for _ in range(2):
            await hub.up()
            (message,) = await hub.messages(1)
            assert (message.topic, message.payload, message.flags & 1) == (b"plant/limit", b"80", 1)
            await asyncio.to_thread(broker.restart)
            await hub.down()


async def test_a_broker_killed_under_load_and_restarted_loses_and_doubles_nothing_that_it_acknowledged(
    mosquitto: StartMosquitto,
) -> None:
    broker = mosquitto(persistence=True)
    async with running_hub(broker.url) as hub:
        await hub.up()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood(broker, 300, qos=1))
            first = await hub.messages(300)
        await asyncio.to_thread(broker.kill)
        assert (await hub.down()).reason == "the connection was lost"
        await asyncio.to_thread(broker.start)
        await hub.up()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood(broker, 300, qos=1, start=300))
            second: list[int] = []
            while not second or second[-1] != 599:
                second += payloads(await hub.messages(1))
    assert payloads(first) == list(range(300))
    # A killed broker has saved a state of up to a second ago and delivers from there: what the hub knows is left out.
    assert [n for n in second if n >= 300] == list(range(300, 600))


async def test_what_was_not_acknowledged_when_the_hub_died_is_delivered_to_the_next_one(
    mosquitto: StartMosquitto,
) -> None:
    broker = mosquitto()
    async with running_hub(broker.url, receive_maximum=50) as hub:
        await hub.up()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood(broker, 200, qos=1))
            seen = await hub.messages(40, acknowledge=False)
    assert payloads(seen) == list(range(len(seen)))
    assert len(seen) <= 50, "the receive maximum"
    async with running_hub(broker.url, receive_maximum=50) as heir:
        await heir.up()
        got = await heir.messages(200)
    assert payloads(got) == list(range(200))
    assert got[0].flags & 8, "DUP"


async def take_over(broker: Mosquitto, client_id: bytes) -> None:
    """Take a session over, so that the broker cuts its connection; acknowledge nothing that the broker sends again."""
    reader, writer = await asyncio.open_connection(broker.host, broker.port)
    body = b"\x00\x04MQTT\x04\x00\x00\x3c" + len(client_id).to_bytes(2, "big") + client_id
    writer.write(bytes((0x10, len(body))) + body)
    async with asyncio.timeout(5):
        assert (await reader.readexactly(4))[0] == 0x20, "CONNACK"
    writer.close()


async def test_a_link_that_breaks_before_the_acknowledgement_is_redelivered_and_published_once(
    mosquitto: StartMosquitto,
) -> None:
    broker = mosquitto()
    async with running_hub(broker.url) as hub:
        await hub.up()
        async with device(broker) as client:
            await client.publish("plant/pump", b"1", qos=1)
            assert payloads(await hub.messages(1, acknowledge=False)) == [1]
            await take_over(broker, b"hub-test")
            await hub.down()
            await hub.up()
            await client.publish("plant/pump", b"2", qos=1)
            assert payloads(await hub.messages(1)) == [2]
        assert hub.count("redelivered", "acknowledged_only") >= 1


async def test_the_receive_maximum_bounds_what_is_on_the_way(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    async with running_hub(broker.url, receive_maximum=10) as hub:
        await hub.up()
        await flood(broker, 100, qos=1)
        await hub.messages(5, acknowledge=False)
        while hub.intake.take(1000) is not None:
            pass
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await hub.intake.ready()
        assert hub.count("messages_received") <= 12


async def test_a_taken_session_and_the_status_topic_show_where_the_hub_is(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    async with device(broker) as client:
        await client.subscribe("telemetry-hub/#")
        said = aiter(client.messages)
        async with running_hub(broker.url) as hub:
            await hub.up()
            assert (await anext(said)).payload == b"online"
        assert (await anext(said)).payload == b"offline"


DENYING = {
    "defaultACLAccess": {
        "publishClientSend": True,
        "publishClientReceive": True,
        "subscribe": False,
        "unsubscribe": True,
    },
    "clients": [],
    "groups": [{"groupname": "all", "roles": [{"rolename": "some"}]}],
    "roles": [{"rolename": "some", "acls": [{"acltype": "subscribePattern", "topic": "open/#", "allow": True}]}],
    "anonymousGroup": "all",
}


async def test_a_topic_that_mosquitto_denies_is_named(
    mosquitto: StartMosquitto, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rules = tmp_path_factory.mktemp("rules") / "security.json"
    rules.write_text(json.dumps(DENYING))
    plugin = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"
    broker = mosquitto(f"plugin {plugin}", f"plugin_opt_config_file {rules}")
    for version in ("5", "3.1.1"):
        async with running_hub(broker.url, version=version, topics=("open/#", "closed/#")) as hub:
            await hub.up()
            assert hub.subscriber.denied == ("closed/#",)
            async with device(broker) as client:
                await client.publish("open/x", b"1")
            assert payloads(await hub.messages(1)) == [1]
        async with running_hub(broker.url, version=version, topics=("closed/#",)) as hub:
            assert (await hub.down()).reason == "the broker denies the topic closed/#"


async def test_an_unverified_paho_is_read_with_the_stock_reader_and_that_is_said(
    mosquitto: StartMosquitto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subscriber_module, "reader_class", lambda: reader_class("9.9.9"))
    broker = mosquitto()
    async with running_hub(broker.url) as hub:
        await hub.up()
        assert hub.subscriber._reader_class is StockReader
        assert hub.meters.gauges["mqtt_stock_reader"].read() == 1
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(flood(broker, 500, qos=1))
            assert payloads(await hub.messages(500)) == list(range(500))
        await asyncio.to_thread(broker.restart)
        await hub.down()
        await hub.up()
    assert caplog.text.count("slow way: paho-mqtt 9.9.9 is not one of the releases") == 1


async def test_two_hubs_with_the_same_client_id_say_so(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    async with running_hub(broker.url) as first:
        await first.up()
        async with running_hub(broker.url) as second:
            await second.up()
            told = await first.feed(lambda feed: feed.reason.endswith("does another client use the same client id?"))
            assert not told.up


async def test_a_start_and_stop_many_times_leaves_no_task_behind(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(websockets=True)
    for url in (broker.url, broker.ws_url) * 5:
        async with running_hub(url) as hub:
            await hub.up()
    assert len(asyncio.all_tasks()) == 1
    assert isinstance(hub, Hub)
