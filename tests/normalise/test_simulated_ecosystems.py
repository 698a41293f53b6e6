"""The simulated devices of each ecosystem are read as that ecosystem's."""

from __future__ import annotations

import pytest

from hub.core.clock import ManualClock
from hub.normalise.decoders.builtin import BUILTIN
from hub.normalise.options import NormaliseOptions
from simulators.library import load_scenario
from tests.normalise.rig import Rig, message
from tests.simulators.stage import START_US, Stage

DEVICES = {
    "tasmota/workshop-plug-1": ("energy.power", "W"),
    "tasmota/cellar-climate": ("bme280.pressure", "hPa"),
    "tasmota/attic-bridge/0x4A6E": ("temperature", "°C"),
    "zigbee2mqtt/hall/climate-2": ("voltage", "mV"),
    "zigbee2mqtt/hall/lamp": ("energy", "kWh"),
    "shelly/shellyplusplugs-80646fd1a210": ("switch.0.apower", "W"),
    "shelly/shelly1pm-A4CF1240": ("relay.0.energy", "W·min"),
    "homeassistant/garage": ("battery_mv", "V"),
    "homeassistant/wine_cellar": ("water", "L"),
    "esphome/greenhouse": ("soil_moisture", "%"),
    "homie/office-thermostat": ("climate.temperature", "°C"),
    "homie/hot-water": ("tank.heating", "kW"),
    "valetudo/rocky": ("battery_state_attribute.level", "%"),
    "frigate/front_door": ("person", None),
    "zwave/Living_Room/TV_plug": ("meter.endpoint_0.value.66049", None),
    "ems_esp/boiler": ("curflowtemp", None),
    "ems_esp/thermostat": ("hc1.currtemp", None),
    "victron/c0619ab1a2b3/battery/256": ("soc", "%"),
    "victron/c0619ab1a2b3/solarcharger/279": ("yield.power", "W"),
    "opendtu/116180204377": ("0.power", "W"),
    "opendtu/dtu": ("rssi", "dBm"),
    "ahoydtu/HM-600": ("ch0.p_ac", "W"),
    "ahoydtu/inverter": ("uptime", "s"),
    "home/garage/openevse-5f3a": ("wh", None),
    "glow/1A2B3C4D5E6F": ("electricitymeter.energy.import.cumulative", "kWh"),
    "dsmr/dsmr": ("electricity_delivered_1", "kWh"),
    "openmqttgateway/A4C138001211": ("tempc", "°C"),
    "ruuvi/F4:1D:22:8B:07:10": ("pressure", "Pa"),
    "ruuvi/F4:1D:22:8B:07:11": ("pressure", "Pa"),
    "rtl_433/Fineoffset-WH65B/147": ("temperature_c", "°C"),
    "rtl_433/Schrader/3/8A31C2": ("temperature_c", "°C"),
    "owntracks/van/phone": ("lat", "°"),
    "ttn/vineyard/probe-row-2": ("soil.moisture", "%"),
    "chirpstack/17c82e96-be03-4f38-aef3-f83d48582d97/70b3d52c00011410": ("margin", "dB"),
    "chirpstack/2/a840414d6182e088": ("link.rssi", "dBm"),
    "meshtastic/!7d528614": ("barometric_pressure", "hPa"),
    "sparkplug/Bottling/Line 2": ("cpu.load", "%"),
    "sparkplug/Bottling/Line 2/Filler 2": ("filling.valve_pressure", "bar"),
    "senml/urn:dev:mac:0024befffe804810": ("humidity", "%"),
    "senml/urn:dev:ow:10e2073a01080610": ("level", "m"),
    "influx/kiln-hall": ("kiln.temperature", None),
    "influx/edge-1.plant": ("cpu.usage_idle", None),
    "thingsboard/Lathe 2": ("coolant.temperature", None),
    "aws/vertical-farm-1": ("moisture", None),
    "lpp/orchard-node-1": ("analog_in_3", None),
    "azure/meeting-room-1": ("humidity", None),
    "waterworks/inlet/meter": ("volume", None),
    "ferry/engine-room/main-engine": ("rpm", None),
    "quarry/mill-1": ("power", "kW"),
}

PLAIN = {"openevse"}
"""Their devices are plain ones; they only say whether these are there."""


@pytest.fixture(scope="module")
def rig() -> Rig:
    rig = Rig(clock=ManualClock(START_US + 70_000_000), options=NormaliseOptions(forced=(("lpp/#", "cayenne_lpp"),)))
    for scenario in ("ecosystems", "configured"):
        for said in Stage(load_scenario(scenario)).play(70, turn_s=0.5).said():
            rig.batch(message(said.topic, said.payload))
    return rig


@pytest.mark.parametrize("device", DEVICES)
def test_a_simulated_device_is_read_as_its_ecosystem_says(rig: Rig, device: str) -> None:
    metric, unit = DEVICES[device]
    assert rig.series(device, metric).unit == unit
    assert rig.series(device, metric).value is not None


def test_nothing_that_they_say_is_refused(rig: Rig) -> None:
    assert rig.rejected == {}


def test_every_decoder_reads_one_of_them(rig: Rig) -> None:
    sources = {device.source for device in rig.catalogue.devices.values()}
    assert set(BUILTIN) - PLAIN <= sources
