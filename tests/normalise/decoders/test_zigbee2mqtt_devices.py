"""What a Zigbee2MQTT bridge tells about its devices: section 4."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.core.model import Status
from hub.normalise.decoders import zigbee2mqtt
from hub.normalise.options import NormaliseOptions
from tests.normalise.decoders.zigbee2mqtt_home import read, said, units
from tests.normalise.rig import Rig, message


def numeric(name: str, unit: str | None = None) -> dict[str, Any]:
    exposed = {"access": 1, "name": name, "property": name, "type": "numeric"}
    return exposed if unit is None else exposed | {"unit": unit}


def listed(name: str, *exposes: dict[str, Any], **device: object) -> dict[str, Any]:
    definition = {"model": "ZG-1", "vendor": "HOBEIAN", "description": "Sensor", "exposes": list(exposes)}
    return {"friendly_name": name, "ieee_address": "0xa4c1", "type": "EndDevice", "definition": definition} | device


def describe(rig: Rig, *devices: object, base: str = "zigbee2mqtt") -> None:
    rows = rig.feed(f"{base}/bridge/devices", json.dumps(devices), retain=True)
    assert [row.metric for row in rows if row.device.endswith("bridge")] == []


def test_the_bridge_tells_the_units_of_properties_and_of_features_within_them() -> None:
    rig = Rig()
    climate = {"type": "climate", "features": [numeric("local_temperature", "°F"), numeric("valve", "%")]}
    schedule = {
        "type": "list",
        "property": "schedule",
        "item_type": {"type": "composite", "features": [numeric("minutes", "min")]},
    }
    motor = {"type": "composite", "property": "motor", "features": [numeric("speed", "rpm"), numeric("position", "mm")]}
    describe(rig, listed("trv", climate, schedule, motor, numeric("voltage", "mV"), numeric("position", "%")))
    payload = {
        "local_temperature": 70,
        "valve": 5,
        "schedule": [{"minutes": 30}],
        "motor": {"speed": 9, "position": 7},
        "voltage": 2900,
        "position": 50,
        "limits": {"speed": 10},
        "humidity": 40,
    }
    assert units(rig, "trv", payload) == {
        "local_temperature": "°F",
        "valve": "%",
        "schedule.0.minutes": "min",
        "motor.speed": "rpm",
        "motor.position": "mm",
        "voltage": "mV",
        "position": "%",
        "limits.speed": "rpm",
        "humidity": "%",
    }
    assert units(rig, "trv/voltage", "2900") == {"voltage": "mV"}
    assert units(rig, "trv/motor-speed", "9") == {"motor_speed": "rpm"}
    assert units(rig, "other", {"voltage": 3}) == {"voltage": None}


@pytest.mark.parametrize("described_first", [True, False])
def test_a_number_that_the_bridge_describes_without_a_unit_has_the_usual_one(*, described_first: bool) -> None:
    rig = Rig()
    payload = {"illuminance": 15_000, "humidity": 40, "level": 7, "fan_temperature": 30}
    described = listed("s", *map(numeric, payload))
    if not described_first:
        read(rig, "s", payload)
    describe(rig, described)
    assert units(rig, "s", payload) == {"illuminance": "lx", "humidity": "%", "level": None, "fan_temperature": "°C"}


@pytest.mark.parametrize("described_first", [True, False])
def test_a_property_without_a_unit_does_not_take_that_of_another_with_its_name(*, described_first: bool) -> None:
    rig = Rig()
    positions = {"motor": numeric("position", "mm"), "blind": numeric("position", "cm")}
    parts = [
        {"type": "composite", "property": name, "features": [numeric("speed"), position]}
        for name, position in positions.items()
    ]
    payload = {"motor": {"speed": 9, "position": 7}, "blind": {"speed": 8, "position": 6}, "position": 50}
    if not described_first:
        read(rig, "s", payload)
    describe(rig, listed("s", numeric("speed", "rpm"), *parts))
    assert units(rig, "s", payload | {"speed": 5}) == {
        "motor.speed": None,
        "motor.position": "mm",
        "blind.speed": None,
        "blind.position": "cm",
        "position": "%",
        "speed": "rpm",
    }


def test_a_description_that_comes_after_the_state_explains_it() -> None:
    rig = Rig()
    assert units(rig, "button", {"voltage": 2990}) == {"voltage": None}
    rig.feed("zigbee2mqtt/button/voltage", "2990")
    rig.feed("zigbee2mqtt/plug", '{"power": 5}')
    describe(rig, listed("button", numeric("voltage", "mV")), listed("plug", numeric("power", "W")))
    assert rig.series("zigbee2mqtt/button", "voltage").unit == "mV"
    assert units(rig, "button", {"voltage": 2991}) == {"voltage": "mV"}
    assert units(rig, "button/voltage", "2992") == {"voltage": "mV"}


@pytest.mark.parametrize("described_first", [True, False])
def test_retained_messages_in_any_order_give_the_same(*, described_first: bool) -> None:
    rig = Rig()
    devices = json.dumps([listed("s", numeric("voltage", "V"))])
    messages = [
        message("zigbee2mqtt/bridge/devices", devices, retain=True),
        message("zigbee2mqtt/s", '{"voltage": 3}', retain=True),
    ]
    rig.batch(*(messages if described_first else reversed(messages)))
    series = rig.series("zigbee2mqtt/s", "voltage")
    assert (series.value, series.unit, series.quality) == (3, "V", "uncertain:retained")


def test_the_same_description_again_explains_nothing_anew() -> None:
    rig = Rig()
    describe(rig, listed("s", numeric("voltage", "V")))
    rig.feed("zigbee2mqtt/s", '{"voltage": 3}')
    batch = rig.batch(message("zigbee2mqtt/bridge/devices", json.dumps([listed("s", numeric("voltage", "V"))])))
    assert batch.readings == []
    general = rig.general
    rig.feed("zigbee2mqtt/s", '{"voltage": 4}')
    assert rig.general == general


def test_a_device_that_left_or_was_renamed_has_the_usual_units_again() -> None:
    rig = Rig()
    describe(rig, listed("old", numeric("energy", "Wh")))
    assert units(rig, "old", {"energy": 5}) == {"energy": "Wh"}
    describe(rig, listed("new", numeric("energy", "Wh")))
    assert units(rig, "new", {"energy": 5}) == {"energy": "Wh"}
    assert units(rig, "old", {"energy": 6}) == {"energy": "kWh"}


def test_people_see_names_makers_and_models() -> None:
    rig = Rig()
    described = listed("Hall/PIR", power_source="Battery", model_id="TS0202", manufacturer="_TZ3000", description=None)
    own = listed("lamp", description="Over the table")
    unsupported = {"friendly_name": "odd", "definition": None, "supported": False}
    coordinator = {"friendly_name": "Coordinator", "type": "Coordinator", "definition": None}
    describe(rig, described, own, unsupported, coordinator, 5, {"friendly_name": ""}, {"friendly_name": [1]})
    assert sorted(rig.catalogue.devices) == ["zigbee2mqtt/Hall/PIR", "zigbee2mqtt/lamp", "zigbee2mqtt/odd"]
    device = rig.catalogue.devices["zigbee2mqtt/Hall/PIR"]
    assert (device.name, device.model) == ("Hall/PIR", "HOBEIAN ZG-1")
    assert device.info == {
        "description": "Sensor",
        "ieee_address": "0xa4c1",
        "role": "EndDevice",
        "power_source": "Battery",
        "manufacturer": "_TZ3000",
        "model_id": "TS0202",
    }
    assert rig.catalogue.devices["zigbee2mqtt/lamp"].info["description"] == "Over the table"
    assert rig.rejected == {}


def test_the_bridge_tells_its_version() -> None:
    rig = Rig()
    info = {"version": "2.1.0", "coordinator": {"type": "EmberZNet", "ieee_address": "0x1"}, "config": {"a": 1}}
    assert rig.feed("zigbee2mqtt/bridge/info", json.dumps(info), retain=True) == []
    assert rig.catalogue.devices["zigbee2mqtt/bridge"].info == {
        "firmware": "2.1.0",
        "coordinator": "EmberZNet",
        "ieee_address": "0x1",
    }


def test_descriptions_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zigbee2mqtt, "MAX_DEVICES", 2)
    rig = Rig()
    for _ in range(2):
        describe(rig, *(listed(name, numeric("voltage", "mV")) for name in "abc"))
    assert rig.rejected == {"limit": 2}
    assert [units(rig, name, {"voltage": 1})["voltage"] for name in "abc"] == ["mV", "mV", None]


def test_a_bridge_that_sends_something_else_is_quarantined() -> None:
    rig = Rig()
    for payload in ('{"a": 1}', "word", "[{", "", "{}", "null"):
        rig.feed("zigbee2mqtt/bridge/devices", payload, retain=True)
    assert rig.rejected == {"unexpected_shape": 3, "broken_json": 1}


def test_a_trial_remembers_nothing() -> None:
    rig = Rig()
    rig.normaliser.decode("zigbee2mqtt/bridge/devices", json.dumps([listed("s", numeric("voltage", "V"))]).encode())
    assert units(rig, "s", {"voltage": 1}) == {"voltage": None}


def test_another_base_topic_has_devices_and_descriptions_of_its_own() -> None:
    rig = Rig(options=NormaliseOptions(bases={"zigbee2mqtt": ("zigbee2mqtt", "site/z2m")}))
    describe(rig, listed("s", numeric("voltage", "mV")), base="site/z2m")
    rows = rig.feed("site/z2m/s", '{"voltage": 1}') + rig.feed("zigbee2mqtt/s", '{"voltage": 1}')
    assert [(row.device, row.unit) for row in rows] == [
        ("zigbee2mqtt/site/z2m/s", "mV"),
        ("zigbee2mqtt/s", None),
    ]
    assert said(rig, "site/z2m/bridge/state", "online") == [("zigbee2mqtt/site/z2m/bridge", Status.ONLINE)]
    assert said(rig, "site/z2m/s/availability", "online") == [("zigbee2mqtt/site/z2m/s", Status.ONLINE)]
    moved = Rig(options=NormaliseOptions(bases={"zigbee2mqtt": ("zb",)}))
    assert [row.device for row in moved.feed("zb/s", '{"a": 1}')] == ["zigbee2mqtt/s"]
    assert [row.device for row in moved.feed("zigbee2mqtt/s", '{"a": 1}')] == ["plain/zigbee2mqtt/s"]


def test_exposes_nested_without_end_are_read_to_a_depth_only() -> None:
    rig = Rig()
    exposed: dict[str, Any] = numeric("deep", "W")
    for _ in range(200):
        exposed = {"type": "light", "features": [exposed]}
    describe(rig, listed("s", exposed, *(numeric(f"p{number}", "W") for number in range(5000))))
    assert units(rig, "s", {"deep": 1, "p0": 1, "p4999": 1}) == {"deep": None, "p0": "W", "p4999": None}
