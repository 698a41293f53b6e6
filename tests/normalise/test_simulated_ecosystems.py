"""The simulated devices of each ecosystem are read as that ecosystem's."""

from __future__ import annotations

import pytest

from hub.core.clock import ManualClock
from simulators.library import load_scenario
from tests.normalise.rig import Rig, message
from tests.simulators.stage import START_US, Stage

DEVICES = {
    "tasmota/workshop-plug-1": ("energy.power", "W"),
    "zigbee2mqtt/hall/climate-2": ("temperature", "°C"),
    "shelly/shellyplusplugs-80646fd1a210": ("switch.0.apower", "W"),
    "esphome/greenhouse": ("soil_moisture", None),
    "homie/office-thermostat": ("climate.temperature", None),
    "openmqttgateway/A4C138001211": ("tempc", "°C"),
    "ruuvi/F4:1D:22:8B:07:10": ("pressure", "Pa"),
    "rtl_433/Fineoffset-WH65B/147": ("temperature_c", "°C"),
    "owntracks/van/phone": ("lat", "°"),
    "victron/c0619ab1a2b3/battery/256": ("soc", "%"),
    "opendtu/116180204377": ("0.power", "W"),
    "ttn/vineyard/probe-row-2": ("soil_moisture", None),
    "chirpstack/7f2b5a40/70b3d52c00011410": ("open", None),
}


@pytest.fixture(scope="module")
def rig() -> Rig:
    rig = Rig(clock=ManualClock(START_US + 70_000_000))
    for said in Stage(load_scenario("ecosystems")).play(70, turn_s=0.5).said():
        rig.batch(message(said.topic, said.payload))
    return rig


@pytest.mark.parametrize("device", DEVICES)
def test_a_simulated_device_is_read_as_its_ecosystem_says(rig: Rig, device: str) -> None:
    metric, unit = DEVICES[device]
    assert rig.series(device, metric).unit == unit
    assert rig.series(device, metric).value is not None


def test_none_of_them_is_read_as_plain_or_refused(rig: Rig) -> None:
    assert rig.rejected == {}
    assert {device.source for device in rig.catalogue.devices.values()} == {name.split("/")[0] for name in DEVICES}
