"""What goes wrong around a hub: brokers that die or refuse, ports that are taken, signals under load."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import sys
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from tests.e2e.test_devices import wait_for_feed
from tests.support.hub import spawn
from tests.support.sockets import live

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.hub import StartHub
    from tests.support.services import StartMosquitto


@contextlib.asynccontextmanager
async def load(url: str, *, rate: int) -> AsyncIterator[None]:
    """Publish from the load generator meanwhile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "load", "--url", url, "--rate", str(rate), "--seconds", "60", "--qos", "1",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def test_a_broker_that_dies_and_comes_back_is_said_and_nothing_is_told_twice(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto(persistence=True)
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    async with live(hub.base) as client:
        await client.send("subscribe", id=1, devices=["d"], mode="every", interval_ms=0)
        await client.until("snapshot")
        async with aiomqtt.Client(broker.host, broker.port) as device:
            await device.publish("d", b'{"n": 1}', qos=1, retain=True)
            await client.value("d", "n", 1)
        await asyncio.to_thread(broker.stop)
        down = await client.until(lambda frame: frame["type"] == "feed" and not frame["up"])
        assert down["reason"]
        await asyncio.to_thread(broker.start)
        await client.until(lambda frame: frame["type"] == "feed" and frame["up"])
        async with aiomqtt.Client(broker.host, broker.port) as device:
            await device.publish("d", b'{"n": 2}', qos=1)
            await client.value("d", "n", 2)
        assert [value for _, _, value in client.values()] == [1, 2]


async def test_a_broker_killed_under_load_does_no_harm(mosquitto: StartMosquitto, start_hub: StartHub) -> None:
    broker = mosquitto(persistence=True, max_inflight_messages=1000)
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    async with live(hub.base) as client:
        await client.send("subscribe", id=1, devices=["#"], interval_ms=100)
        await client.until("snapshot")
        for _ in range(2):
            async with load(broker.url, rate=2000):
                await client.until("data")
                await asyncio.to_thread(broker.kill)
                await client.until(lambda frame: frame["type"] == "feed" and not frame["up"])
            await asyncio.to_thread(broker.start)
            await client.until(lambda frame: frame["type"] == "feed" and frame["up"])
        async with aiomqtt.Client(broker.host, broker.port) as device:
            await device.publish("after", b'{"n": 1}', qos=1)
            await client.value("after", "n", 1)


async def test_a_refused_session_says_why_and_the_dashboard_is_there_all_the_same(
    mosquitto: StartMosquitto, start_hub: StartHub, tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    broker = mosquitto("allow_anonymous false", f"password_file {passwords}")
    hub = start_hub(mqtt__url=f"mqtt://nobody:wrong@{broker.host}:{broker.port}")
    feed = await wait_for_feed(hub.base, up=False)
    assert re.search("password|allow", feed["reason"], re.IGNORECASE), feed["reason"]
    assert "wrong" not in "\n".join(hub.lines)


async def test_a_hub_that_is_stopped_under_load_says_goodbye_and_ends_well(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto(max_inflight_messages=1000)
    hub = start_hub(mqtt__url=broker.url)
    await wait_for_feed(hub.base)
    async with live(hub.base) as client, load(broker.url, rate=5000):
        await client.send("subscribe", id=1, devices=["#"], mode="every", interval_ms=0)
        await client.until("data")
        hub.terminate()
        async with asyncio.timeout(5):
            bye = await client.until("bye")
            assert (bye["code"], bye["reconnect"]) == (3001, True)
            assert await asyncio.to_thread(hub.wait) == 0
    assert not [line for line in hub.lines if "Traceback" in line or "ERROR" in line]


async def test_a_stopped_hub_with_a_stalled_client_ends_within_five_seconds(start_hub: StartHub) -> None:
    hub = start_hub()
    reader, writer = await asyncio.open_connection(*hub.base.removeprefix("http://").split(":"))
    writer.write(b"GET /api/v1/latest HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    await writer.drain()
    hub.terminate()
    async with asyncio.timeout(5.5):
        assert await asyncio.to_thread(hub.wait) == 0
    writer.close()
    del reader


def said(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return a command's exit code and what it said."""
    text, _ = process.communicate(timeout=30)
    return process.returncode, text


def test_a_port_in_use_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = said(spawn(tmp_path, {"http.port": str(port)}))
    assert code == 2
    assert text.splitlines()[-1] == (
        f"127.0.0.1:{port} is in use by another program; stop it or set http.port to a free port."
    )
    assert "Traceback" not in text


def test_a_broker_port_in_use_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = said(spawn(tmp_path, {"broker.port": str(port)}))
    assert code == 2
    assert "broker.port" in text.splitlines()[-1]
    assert "Traceback" not in text


def test_a_second_hub_on_the_same_data_is_one_sentence_and_exit_2(start_hub: StartHub) -> None:
    hub = start_hub()
    code, text = said(spawn(hub.folder, {}))
    assert code == 2
    assert f"the hub with process id {hub.pid}" in text.splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        ("[mqtt]\nqos = 2\n", "hub.toml: mqtt.qos:"),
        ("[mqtt]\nquality = 1\n", "hub.toml: mqtt.quality: there is no such setting"),
        ('[mqtt]\ntopics = ["a/#", "a/b"]\n', "hub.toml: mqtt.topics:"),
        ("[mqtt\n", "TOML"),
        ('[http]\ncertificate = "nowhere.pem"\nprivate_key = "nowhere.pem"\n', "certificate"),
        ('[[source]]\ntopic = "a/#/b"\n', "source"),
    ],
)
def test_a_mistake_in_the_settings_is_named_and_exit_2(tmp_path: Path, content: str, mistake: str) -> None:
    (tmp_path / "hub.toml").write_text(content)
    code, text = said(spawn(tmp_path, {}))
    assert code == 2, text
    assert mistake in text, text
    assert "Traceback" not in text


def test_a_missing_configuration_is_one_sentence(tmp_path: Path) -> None:
    code, text = said(spawn(tmp_path, {}, "run", "--config", "nowhere.toml"))
    assert code == 2
    assert "cannot be read" in text


def test_config_check_names_every_mistake_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('[mqtt]\nqos = 2\n[http]\nport = "x"\n')
    code, text = said(spawn(tmp_path, {"bogus.key": "1"}, "config", "check"))
    assert code == 1
    assert "mqtt.qos" in text
    assert "HUB_BOGUS__KEY" in text


def test_config_show_masks_secrets_and_names_origins(tmp_path: Path) -> None:
    code, text = said(spawn(tmp_path, {"mqtt.url": "mqtt://me:hush-hush@host:1883"}, "config", "show"))
    assert code == 0
    assert "hush-hush" not in text
    assert "HUB_MQTT__URL" in text


def test_decode_shows_what_a_payload_becomes(tmp_path: Path) -> None:
    payload = tmp_path / "payload"
    payload.write_bytes(b'{"temperature": 21.5, "unit": "C"}')
    code, text = said(spawn(tmp_path, {}, "decode", "room/freezer", str(payload)))
    assert code == 0
    assert "room/freezer · temperature = 21.5 °C" in text
