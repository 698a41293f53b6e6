"""Zigbee2MQTT: section 4."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Status
from hub.normalise.options import NormaliseOptions
from tests.normalise.corpus import broken, documents, lines_of, read_twice
from tests.normalise.decoders.zigbee2mqtt_home import read, said, units
from tests.normalise.rig import NOW_US, Rig, message

TIME_US = 1_766_499_000_000_000
LINES = lines_of("zigbee2mqtt")


def test_the_friendly_name_is_the_device_whatever_its_levels() -> None:
    payload = {"occupancy": True, "mode": "ON", "color": {"hue": 5}, "update": {"state": "idle"}}
    assert read(Rig(), "First Floor/Hall/PIR 1", payload) == [
        ("First Floor/Hall/PIR 1", "occupancy", True, None),
        ("First Floor/Hall/PIR 1", "mode", "ON", None),
        ("First Floor/Hall/PIR 1", "color.hue", 5, None),
        ("First Floor/Hall/PIR 1", "update.state", "idle", None),
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("hall/lamp/brightness", "120", ("hall/lamp", "brightness", 120, None)),
        ("lamp/state", "OFF", ("lamp", "state", False, None)),
        ("lamp/action", "on", ("lamp", "action", "on", None)),
        ("lamp/color", "100,50,10", ("lamp", "color", "100,50,10", None)),
        ("lamp/color-x", "0.25", ("lamp", "color_x", 0.25, None)),
        ("sensor/temperature", "21.5", ("sensor", "temperature", 21.5, "°C")),
        ("sensor/temperature", '"21.5"', ("sensor", "temperature", 21.5, "°C")),
        ("sensor/illuminance", "[5]", ("sensor", "illuminance.0", 5, "lx")),
        ("alone", "5", ("alone", "value", 5, None)),
    ],
)
def test_what_is_no_object_is_a_property_of_the_device_before_it(
    topic: str, payload: str, expected: tuple[str, str, object, str | None]
) -> None:
    assert read(Rig(), topic, payload) == [expected]


@pytest.mark.parametrize("topic", ["lamp/last_seen", "lamp/device-friendlyName", "lamp/device-model"])
def test_times_and_metadata_that_have_a_topic_of_their_own_are_no_readings(topic: str) -> None:
    rig = Rig()
    assert read(rig, topic, "2025-12-23T14:10:00Z") == []
    assert read(rig, topic, "") == []
    assert rig.rejected == {}


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("hall/lamp/availability", '{"state": "online"}', ("hall/lamp", Status.ONLINE)),
        ("lamp/availability", "offline", ("lamp", Status.OFFLINE)),
        ("bridge/state", "online", ("bridge", Status.ONLINE)),
        ("bridge/state", '{"state": "offline"}', ("bridge", Status.OFFLINE)),
    ],
)
def test_devices_and_the_bridge_have_a_status(topic: str, payload: str, expected: tuple[str, Status]) -> None:
    device, status = expected
    assert said(Rig(), f"zigbee2mqtt/{topic}", payload) == [(f"zigbee2mqtt/{device}", status)]


@pytest.mark.parametrize("payload", ["", "perhaps", '{"state": 5}', "[]", '{"other": "online"}'])
def test_an_availability_that_says_nothing_is_no_status_and_no_reading(payload: str) -> None:
    rig = Rig()
    assert not rig.batch(message("zigbee2mqtt/lamp/availability", payload))
    assert not rig.batch(message("zigbee2mqtt/bridge/state", payload))
    assert rig.rejected == {}


@pytest.mark.parametrize(
    "topic",
    [
        "bridge",
        "bridge/groups",
        "bridge/event",
        "bridge/logging",
        "bridge/extensions",
        "bridge/config/devices",
        "bridge/request/permit_join",
        "bridge/response/device/remove",
        "lamp/set",
        "lamp/get",
        "hall/lamp/set/state",
        "lamp/left/get",
        "lamp/get/brightness",
    ],
)
def test_commands_and_other_topics_of_the_bridge_tell_nothing(topic: str) -> None:
    rig = Rig()
    name = f"zigbee2mqtt/{topic}"
    assert not rig.batch(message(name, '{"state": "online", "value": 5}'), message(name, "5"), message(name, ""))
    assert rig.rejected == {}


@pytest.mark.parametrize(
    ("last_seen", "time_us"),
    [
        ("2025-12-23T14:10:00.000Z", TIME_US),
        ("2025-12-23T15:10:00+01:00", TIME_US),
        (TIME_US // 1000, TIME_US),
        ("2025-12-23T15:10:00", NOW_US),
        ("N/A", NOW_US),
        (None, NOW_US),
        ([], NOW_US),
    ],
)
def test_last_seen_is_the_time_and_never_a_reading(last_seen: object, time_us: int) -> None:
    rig = Rig()
    for _ in range(3):
        rows = rig.feed(
            "zigbee2mqtt/s", json.dumps({"co2": 600, "last_seen": last_seen, "date": "2020-01-01T00:00:00Z"})
        )
        assert [(row.metric, row.unit, row.time_us) for row in rows] == [
            ("co2", "ppm", time_us),
            ("date", None, time_us),
        ]


def test_states_are_planned_with_the_time_and_without_the_metadata() -> None:
    rig = Rig()
    for second in range(3):
        payload = {
            "device": {"friendlyName": "s", "model": second},
            "temperature": second,
            "last_seen": TIME_US // 1000 + second,
        }
        rows = rig.feed("zigbee2mqtt/s", json.dumps(payload))
        assert [(row.metric, row.value, row.time_us) for row in rows] == [
            ("temperature", second, TIME_US + second * 1000)
        ]
    assert rig.general == 1


def test_properties_have_the_usual_units_while_the_bridge_tells_none() -> None:
    payload = {
        "device_temperature": 1,
        "occupied_heating_setpoint": 1,
        "soil_moisture": 1,
        "position": 1,
        "tilt": 1,
        "illuminance_lux": 1,
        "illuminance": 1,
        "power": 1,
        "energy": 1,
        "current": 1,
        "co2": 1,
        "pm25": 1,
        "pm10": 1,
        "color_temp": 1,
        "elapsed": 1,
        "pi_heating_demand": 1,
        "voltage": 1,
        "brightness": 1,
        "temperature_calibration": 1,
        "battery": "90",
        "humidity": "high",
    }
    assert list(units(Rig(), "x", payload).values()) == [
        *("°C", "°C", "%", "%", "%", "lx", "lx", "W", "kWh", "A", "ppm", "µg/m³", "µg/m³", "mired", "ms", "%"),
        *(None, None, None, "%", None),
    ]


def test_switched_off_its_topics_are_read_by_the_general_rules() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"zigbee2mqtt"})))
    assert [row.device for row in rig.feed("zigbee2mqtt/s", '{"a": 1}')] == ["zigbee2mqtt/s"]
    assert [row.unit for row in rig.feed("zigbee2mqtt/s", '{"temperature": 1}')] == [None]


JSON = documents(
    *("friendly_name", "definition", "exposes", "features", "item_type", "property", "unit", "type"),
    *("device", "last_seen", "temperature", "state", "value"),
    leaf="numeric",
    max_leaves=12,
)
TOPICS = sorted({line["topic"] for line in LINES} | {"zigbee2mqtt/bridge/info"})


def fed(topic: str, *payloads: bytes) -> None:
    """Feed each payload, after the bridge has said the same of its devices."""
    rig = Rig()
    for payload in payloads:
        rig.batch(message("zigbee2mqtt/bridge/devices", payload))
        read_twice(rig, topic, payload)


@settings(deadline=None)
@given(topic=st.sampled_from(TOPICS), payload=st.binary(max_size=64), document=JSON, devices=st.lists(JSON, max_size=3))
def test_nothing_that_is_sent_makes_it_fail(
    topic: str, payload: bytes, document: object, devices: list[object]
) -> None:
    fed(topic, payload, json.dumps(document).encode(), json.dumps(devices).encode())


@settings(deadline=None)
@given(topic=st.sampled_from(TOPICS), payloads=broken(LINES))
def test_real_messages_that_are_broken_or_changed_do_not_make_it_fail(
    topic: str, payloads: tuple[bytes, bytes]
) -> None:
    fed(topic, *payloads)
