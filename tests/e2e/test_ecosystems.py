"""One of each ecosystem on real brokers: every decoder reads them, nothing is refused, wills are believed."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt
import httpx
import pytest

from hub.core.model import Rejection
from hub.normalise.decoders.builtin import BUILTIN
from hub.normalise.decoders.sparkplug_wire import parse
from simulators.dialects.sparkplug_payload import BOOLEAN, metric, payload
from tests.support.hub import spawn
from tests.support.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.hub import HubProcess, StartHub
    from tests.support.services import StartMosquitto

CONFIGURED = {"aws", "cayenne_lpp"}
"""Read only where the configuration says so."""
PLAIN = {"openevse"}
"""Its chargers are plain devices; it only says whether they are there."""
WITH_WILL = {
    "chirpstack/gateway/0016c001f153a14c",
    "ems_esp/ems-esp",
    "esphome/greenhouse",
    "frigate/frigate",
    "homeassistant/garage",
    "homeassistant/wine_cellar",
    "homie/hot-water",
    "homie/office-thermostat",
    "meshtastic/!7efeee00",
    "opendtu/dtu",
    "home/garage/openevse-5f3a",
    "openmqttgateway/OpenMQTTGateway_hall",
    "owntracks/van/phone",
    "rtl_433/receiver",
    "ruuvi/E2:6B:11:0C:5A:90",
    "shelly/shelly1pm-A4CF1240",
    "shelly/shellyplusplugs-80646fd1a210",
    "sparkplug/Bottling/Line 2",
    "sparkplug/Bottling/Line 2/Filler 1",
    "tasmota/workshop-plug-1",
    "valetudo/rocky",
    "zigbee2mqtt/bridge",
    "zwave/_CLIENTS/ZWAVE_GATEWAY-home",
}
"""Who says by a last will that it is gone; of a Sparkplug node its devices, too."""
COUNTED = 8
"""Messages of an edge node that are looked at in each of its lives: its births, and some data."""


@contextmanager
def _fleet(scenario: str, url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "simulators", "run", scenario, "--url", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def _broker_of(hub: HubProcess) -> str:
    found = re.search(r"broker (mqtt://[^ )]+)", "\n".join(hub.lines))
    assert found
    return found[1]


async def _devices(base: str, enough: Callable[[dict[str, dict[str, Any]]], bool]) -> dict[str, dict[str, Any]]:
    """Return the devices by id once there is enough of them."""
    async with httpx.AsyncClient(base_url=base) as http, asyncio.timeout(30):
        while True:
            answer = (await http.get("/api/v1/devices", params={"limit": 1000})).json()
            devices = {device["device"]: device for device in answer["devices"]}
            if enough(devices):
                return devices
            await asyncio.sleep(0.1)


def _sources(devices: dict[str, dict[str, Any]]) -> set[str]:
    return {device["source"] for device in devices.values() if device["metrics"]}


async def _units(base: str, series: set[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
    """Return the units of these series once all of them have a good reading."""
    async with httpx.AsyncClient(base_url=base) as http, asyncio.timeout(45):
        while True:
            readings = (await http.get("/api/v1/latest", params={"limit": 5000})).json()["readings"]
            good = {(row["device"], row["metric"]): row["unit"] for row in readings if row["quality"] == "good"}
            if series <= good.keys():
                return {key: good[key] for key in series}
            await asyncio.sleep(0.2)


async def _quarantine(base: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=base) as http:
        topics: list[dict[str, Any]] = (await http.get("/api/v1/quarantine")).json()["topics"]
        return topics


@pytest.mark.parametrize(("how", "silent"), [(signal.SIGKILL, set()), (signal.SIGTERM, {"owntracks/van/phone"})])
async def test_every_ecosystem_is_read_and_believed_when_it_says_that_it_is_gone(
    start_hub: StartHub, how: signal.Signals, silent: set[str]
) -> None:
    hub = start_hub()
    expected = set(BUILTIN) - CONFIGURED - PLAIN
    with _fleet("ecosystems", _broker_of(hub)) as fleet:
        devices = await _devices(hub.base, lambda found: expected <= _sources(found) and found.keys() >= WITH_WILL)
        assert {name: devices[name]["status"] for name in WITH_WILL} == dict.fromkeys(WITH_WILL, "online")
        assert await _quarantine(hub.base) == []
        fleet.send_signal(how)
        fleet.wait()
        gone = WITH_WILL - silent
        devices = await _devices(hub.base, lambda found: all(found[name]["status"] == "offline" for name in gone))
    assert devices["sparkplug/Bottling/Line 2"]["status_reason"] == "death"
    assert {devices[name]["status"] for name in silent} <= {"online"}
    assert await _quarantine(hub.base) == []


async def test_the_demo_has_one_of_each_and_only_its_faults_in_quarantine(tmp_path: Path) -> None:
    process = spawn(tmp_path, {}, "demo", "--no-browser", "--port", "0")
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        base = next(found[1] for line in lines if (found := re.search(r"dashboard is at (http://\S+)", line)))
        expected = set(BUILTIN) - {"aws"} - PLAIN
        devices = await _devices(base, lambda found: expected <= _sources(found))
        assert {"campus/roof/pv-2", "plant-north/utilities/chiller-1"} <= devices.keys()
        assert {entry["topic"] for entry in await _quarantine(base)} <= {"plant-north/line-4/robot-2"}
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


async def test_what_is_read_only_when_told_is_read_when_told(mosquitto: StartMosquitto, start_hub: StartHub) -> None:
    broker = mosquitto()
    hub = start_hub(
        mqtt__url=broker.url,
        mqtt__topics='["#", "$aws/#"]',
        decoders__forced='{"lpp/#": "cayenne_lpp"}',
    )
    with _fleet("configured", broker.url):
        devices = await _devices(hub.base, lambda found: len(found) == 4)
    assert _sources(devices) == CONFIGURED
    assert devices["aws/vertical-farm-1"]["metrics"] == 2
    assert await _quarantine(hub.base) == []


async def test_an_edge_node_is_born_again_for_a_hub_that_comes_later(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto()
    node = "sparkplug/Bottling/Line 2"
    async with aiomqtt.Client(broker.host, broker.port) as other:
        await other.subscribe("spBv1.0/Bottling/NBIRTH/+")
        with _fleet("ecosystems", broker.url):
            await anext(aiter(other.messages))
            hub = start_hub(mqtt__url=broker.url)
            fillers = {f"{node}/Filler 1", f"{node}/Filler 2"}
            devices = await _devices(
                hub.base, lambda found: all(found.get(name, {}).get("metrics") == 7 for name in fillers)
            )
    assert devices[f"{node}/Filler 1"]["status_reason"] == "birth"
    assert await _quarantine(hub.base) == []


async def test_a_hub_that_comes_later_reads_them_by_what_they_left_with_the_broker(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto()
    units = {
        ("zigbee2mqtt/hall/climate-1", "voltage"): "mV",
        ("homie/office-thermostat", "climate.temperature"): "°C",
        ("homie/hot-water", "tank.heating"): "kW",
        ("esphome/greenhouse", "soil_moisture"): "%",
        ("homeassistant/garage", "battery_mv"): "V",
        ("homeassistant/wine_cellar", "water"): "L",
    }
    async with aiomqtt.Client(broker.host, broker.port) as other:
        await other.subscribe("wine-cellar/state")
        with _fleet("ecosystems", broker.url):
            await anext(aiter(other.messages))
            hub = start_hub(mqtt__url=broker.url)
            assert await _units(hub.base, set(units)) == units
    assert await _quarantine(hub.base) == []


async def test_an_edge_node_counts_its_messages_from_each_birth(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    rebirth = payload(metric("Node Control/Rebirth", BOOLEAN, boolean=True))
    async with asyncio.timeout(30), aiomqtt.Client(broker.host, broker.port) as host:
        await host.subscribe("spBv1.0/#")
        with _fleet("ecosystems", broker.url):
            lives: list[list[tuple[str, int]]] = []
            async for heard in host.messages:
                kind = heard.topic.value.split("/")[2]
                if kind[1:] not in ("BIRTH", "DATA"):
                    continue
                told = parse(heard.payload)
                assert not isinstance(told, Rejection)
                if kind == "NBIRTH":
                    lives.append([])
                lives[-1].append((kind, told.seq))
                if len(lives[-1]) == COUNTED:
                    if len(lives) > 1:
                        break
                    await host.publish("spBv1.0/Bottling/NCMD/Line 2", rebirth)
    for life in lives:
        assert [kind for kind, _ in life[:3]] == ["NBIRTH", "DBIRTH", "DBIRTH"]
        assert [number for _, number in life] == list(range(len(life)))
