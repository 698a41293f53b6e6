"""The embedded broker: who may connect, what the hub gets, and that stopping leaves nothing open."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt
import argon2
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hub.core.errors import PortInUse, StartError, Unusable
from hub.core.meters import Meters
from hub.mqtt import broker as broker_module
from hub.mqtt import greeting as greeting_module
from hub.mqtt import subscriber as subscriber_module
from hub.mqtt.broker import BrokerOptions, EmbeddedBroker
from hub.mqtt.options import SubscriberOptions
from tests.mqtt.hubs import Hub, address_of
from tests.mqtt.wire import packet, text
from tests.support.certificates import make_certificates
from tests.support.services import service_or_skip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriber_module, "LEAST_PAUSE_S", 0.05)
    monkeypatch.setattr(subscriber_module, "MOST_PAUSE_S", 0.1)


@asynccontextmanager
async def hub_at(broker: EmbeddedBroker, **options: Any) -> AsyncIterator[Hub]:
    """Run the MQTT stage at the embedded broker, as the hub does."""
    hub = Hub(broker.options(SubscriberOptions(address_of("mqtt://nowhere"), "hub-test", **options)))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(hub.subscriber.run(), name="subscriber")
        try:
            await hub.up()
            yield hub
        finally:
            running.cancel()


def embedded(**options: Any) -> EmbeddedBroker:
    return EmbeddedBroker(options=BrokerOptions(port=0, **options), meters=Meters())


async def test_what_devices_publish_arrives_once_and_in_order() -> None:
    async with embedded() as broker, hub_at(broker) as hub, aiomqtt.Client(HOST, broker.port) as device:
        for n in range(100):
            await device.publish("plant/pump", str(n), qos=n % 2)
        got = await hub.messages(100)
        assert [int(message.payload) for message in got] == list(range(100))


async def test_the_hub_subscribes_with_a_clean_session_of_qos_0_and_mqtt_3_1_1() -> None:
    async with embedded() as broker:
        options = broker.options(SubscriberOptions(address_of("mqtt://nowhere"), "hub-test"))
        assert (options.version, options.qos, options.session_expiry_s) == ("3.1.1", 0, 0)
        assert (options.address.host, options.address.port) == (HOST, broker.port)


async def test_a_client_that_takes_the_hubs_name_does_not_make_it_deaf() -> None:
    async with embedded() as broker, hub_at(broker) as hub:
        assert broker.options(SubscriberOptions(address_of("mqtt://nowhere"), "hub-test")).status_topic == (
            "telemetry-hub/hub-test/status"
        )
        async with aiomqtt.Client(HOST, broker.port, identifier="hub-test") as namesake:
            await namesake.publish("a/b", b"1", qos=1)
        assert [message.topic for message in await hub.messages(1)] == [b"a/b"]


async def test_clients_of_mqtt_5_are_refused_in_a_way_that_they_understand_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 60
    async with embedded() as broker:
        for given in (None, properties, properties):
            with pytest.raises(aiomqtt.MqttError, match="Unsupported protocol version"):
                async with aiomqtt.Client(HOST, broker.port, protocol=aiomqtt.ProtocolVersion.V5, properties=given):
                    pass
        assert broker._refused.n == 3
    assert caplog.text.count("speaks 3.1.1 only") == 1


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"\x10",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10\xff\xff\xff\xff\xff",
        b"\x10\x0c\xff\xff",
        b"\x10\x0c\x00\x04MQTT",
        b"\x10\x02\x00\x04",
        b"\xe0\x00",
    ],
)
async def test_a_client_that_begins_with_rubbish_is_let_go_and_others_go_on(begin: bytes) -> None:
    async with embedded() as broker:
        reader, writer = await asyncio.open_connection(HOST, broker.port)
        writer.write(begin)
        writer.write_eof()
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(5):
                await reader.read()
        writer.close()
        async with aiomqtt.Client(HOST, broker.port) as device:
            await device.publish("a", b"1", qos=1)


async def test_a_client_that_greets_byte_by_byte_is_understood() -> None:
    async with embedded() as broker:
        reader, writer = await asyncio.open_connection(HOST, broker.port)
        for byte in packet(0x10, text(b"MQTT") + b"\x04\x02\x00\x00" + text(b"slow")):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
        writer.close()
        await writer.wait_closed()


async def test_a_client_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greeting_module, "GREETING_TIMEOUT_S", 0.05)
    async with embedded() as broker:
        reader, writer = await asyncio.open_connection(HOST, broker.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_a_hub_that_asks_for_mqtt_5_falls_back() -> None:
    async with embedded() as broker:
        hub = Hub(SubscriberOptions(address_of(f"mqtt://{HOST}:{broker.port}"), "hub-test"))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(hub.subscriber.run(), name="subscriber")
            await hub.up()
            assert not hub.subscriber._version_5
            running.cancel()


async def test_a_retained_message_goes_to_whom_it_was_subscribed_by_and_to_nobody_else() -> None:
    async with embedded() as broker, hub_at(broker):
        async with aiomqtt.Client(HOST, broker.port) as device:
            await device.publish("plant/limit", b"80", qos=1, retain=True)
        async with aiomqtt.Client(HOST, broker.port) as other:
            await other.subscribe("other/#")
            await other.publish("other/x", b"1", qos=1)
            first = await anext(aiter(other.messages))
            assert str(first.topic) == "other/x"
        async with aiomqtt.Client(HOST, broker.port) as reader:
            await reader.subscribe("plant/#")
            assert (await anext(aiter(reader.messages))).payload == b"80"


async def test_a_taken_port_is_one_sentence() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"{HOST}:{port} is in use .* broker.port"):
            async with EmbeddedBroker(options=BrokerOptions(port=port), meters=Meters()):
                pass


async def test_an_address_that_is_not_here_is_one_sentence(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    with pytest.raises(Unusable, match="address"):
        async with embedded(host="203.0.113.9", password_file=passwords):
            pass


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.7", "broker.example"])  # noqa: S104 - refused
async def test_anonymous_clients_are_let_in_only_on_loopback(host: str) -> None:
    with pytest.raises(StartError, match=r"set broker\.password_file"):
        async with embedded(host=host):
            pass


async def test_a_client_needs_its_password_and_the_hub_has_its_own(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    quick_hash = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("secret")
    passwords.write_text(f"ann:{quick_hash}\n")
    async with embedded(host="0.0.0.0", password_file=passwords) as broker, hub_at(broker) as hub:  # noqa: S104 - with a password
        for user, password in ((None, None), ("ann", "wrong"), ("eve", "secret")):
            with pytest.raises(aiomqtt.MqttError, match="Not authorized"):
                async with aiomqtt.Client(HOST, broker.port, username=user, password=password):
                    pass
        async with aiomqtt.Client(HOST, broker.port, username="ann", password="secret") as device:
            await device.publish("a", b"1", qos=1)
        assert [message.topic for message in await hub.messages(1)] == [b"a"]


async def test_the_access_list_holds_for_publishing_and_subscribing(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic write in/#\ntopic read out/#\n")
    async with embedded(acl_file=acl) as broker, hub_at(broker) as hub:
        async with aiomqtt.Client(HOST, broker.port) as device:
            await device.publish("secret/x", b"0", qos=1)
            await device.publish("in/x", b"1", qos=1)
            assert [code.value for code in await device.subscribe([("in/#", 0), ("out/#", 0)])] == [128, 0]  # type: ignore[union-attr]
        assert [message.topic for message in await hub.messages(1)] == [b"in/x"]


async def test_the_access_list_holds_for_wills(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic write in/#\n")
    async with embedded(acl_file=acl) as broker, hub_at(broker) as hub:
        for topic in (b"secret/x", b"in/x"):
            reader, writer = await asyncio.open_connection(HOST, broker.port)
            will = text(topic) + text(b"gone")
            writer.write(packet(0x10, text(b"MQTT") + b"\x04\x06\x00\x00" + text(b"d" + topic[:1]) + will))
            assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
            writer.close()
            await writer.wait_closed()
        assert [message.topic for message in await hub.messages(1)] == [b"in/x"]


async def test_tls_is_served_on_a_port_of_its_own(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, service_or_skip("openssl"))
    with socket.create_server((HOST, 0)) as probe:
        free = probe.getsockname()[1]
    secured = {"tls_port": free, "certificate": made.certificate, "private_key": made.private_key}
    async with embedded(**secured) as broker, hub_at(broker) as hub:
        assert broker.tls_port == free
        trust = ssl.create_default_context(cafile=made.ca_file)
        async with aiomqtt.Client(HOST, free, tls_context=trust) as device:
            await device.publish("a", b"1", qos=1)
        assert [message.topic for message in await hub.messages(1)] == [b"a"]


@pytest.mark.parametrize("missing", ["certificate", "private_key", "both"])
async def test_a_certificate_that_cannot_be_used_is_one_sentence(tmp_path: Path, missing: str) -> None:
    files = {"certificate": tmp_path / "c", "private_key": tmp_path / "k"}
    given = files if missing == "both" else {key: path for key, path in files.items() if key != missing}
    with pytest.raises(StartError, match="certificate"):
        async with embedded(tls_port=1, **given):
            pass


async def test_stopping_with_clients_of_all_kinds_leaves_no_task_and_no_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = embedded()
    async with broker:
        _, silent = await asyncio.open_connection(HOST, broker.port)
        _, rubbish = await asyncio.open_connection(HOST, broker.port)
        rubbish.write(b"GET / HTTP/1.1\r\n\r\n")
        client = aiomqtt.Client(HOST, broker.port, identifier="lives", clean_session=False)
        await client.__aenter__()
        await client.subscribe("#", qos=1)
        async with aiomqtt.Client(HOST, broker.port) as device:
            await asyncio.sleep(0)
            for n in range(50):
                await device.publish("a", str(n), qos=1)
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 4
    for writer in (silent, rubbish):
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    with pytest.raises(aiomqtt.MqttError):
        await client._disconnected
    if client._misc_task is not None:
        await asyncio.wait([client._misc_task])
    assert len(asyncio.all_tasks()) == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_broker_can_be_left_before_anybody_came_and_started_again() -> None:
    for _ in range(2):
        async with embedded() as broker:
            assert broker.port


async def test_a_hub_comes_back_to_a_broker_that_was_restarted() -> None:
    first = embedded()
    async with first, hub_at(first) as hub:
        await first._stop()
        assert (await hub.down()).reason in ("the connection was lost", "connection refused")
        options = BrokerOptions(port=first.port)
        second = EmbeddedBroker(options=options, meters=Meters())
        second._owner = first._owner
        async with second, aiomqtt.Client(HOST, second.port) as device:
            await hub.up()
            await device.publish("a", b"1")
            assert len(await hub.messages(1)) == 1


async def test_too_many_messages_are_warned_of_once_and_mosquitto_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broker_module, "LOOK_EVERY_S", 0.01)
    broker = embedded()
    looked = 0

    async def sleep(_seconds: float) -> None:
        nonlocal looked
        looked += 1
        broker._received.n += 40 if looked <= 5 else 1
        if looked > 8:
            raise asyncio.CancelledError

    monkeypatch.setattr("hub.mqtt.broker.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await broker.run()
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "4000 messages/s" in warnings[0]
    assert "Mosquitto" in warnings[0]
