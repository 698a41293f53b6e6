"""Tasmota: topics, kinds of messages, times: section 3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.core.model import Status
from hub.normalise.options import NormaliseOptions
from tests.normalise.decoders.tasmota_house import read, said
from tests.normalise.rig import NOW_US, Rig, message

TIME_S = 1_766_499_000
TIME = "2025-12-23T14:10:00Z"


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("tele/plug/SENSOR", "plug"),
        ("stat/plug/RESULT", "plug"),
        ("tele/attic/left/fan/STATE", "attic/left/fan"),
        ("tele/plug/sensor", "plug"),
        ("plug/tele/SENSOR", "plug"),
        ("site/attic/plug/stat/RESULT", "site/attic/plug"),
        ("lights/tele/lamp/STATE", "lights/lamp"),
        ("Big House/stat/Lamp 1/RESULT", "Big House/Lamp 1"),
    ],
)
def test_the_levels_beside_the_prefix_are_the_device(topic: str, device: str) -> None:
    assert read(Rig(), topic, {"Counter": 5}) == [(device, "counter", 5, None)]


@pytest.mark.parametrize(
    "topic", ["tele/SENSOR", "tele//SENSOR", "stat", "msh/2/stat/!7a3b", "a/stat/b", "a/tele/b/c", "x/tele/y/OTHER"]
)
def test_other_topics_are_left_to_others(topic: str) -> None:
    assert [row.device for row in Rig().feed(topic, '{"a": 1}') if row.device.startswith("tasmota/")] == []


@pytest.mark.parametrize("topic", ["cmnd/plug/POWER", "cmnd/plug/Backlog", "plug/cmnd/power", "lights/cmnd/lamp/Color"])
def test_commands_tell_nothing(topic: str) -> None:
    rig = Rig()
    assert not rig.batch(message(topic, "TOGGLE"), message(topic, '{"a": 1}'), message(topic, ""))
    assert rig.rejected == {}


def test_the_will_is_the_status_of_the_device() -> None:
    rig = Rig()
    assert said(rig, "tele/plug/LWT", "Online", retain=True) == [("tasmota/plug", Status.ONLINE)]
    assert said(rig, "hall/plug/tele/LWT", "Offline") == [("tasmota/hall/plug", Status.OFFLINE)]
    assert said(rig, "tele/plug/LWT", "") == []
    assert said(rig, "tele/plug/LWT", "perhaps") == []


@pytest.mark.parametrize("kind", ["INFO1", "INFO2", "INFO3", "STATUS", "STATUS0", "STATUS1", "STATUS7", "STATUS13"])
def test_configuration_is_no_reading(kind: str) -> None:
    rig = Rig()
    for payload in ('{"StatusPRM": {"BootCount": 3}}', "text", "", "[1]", '{"Info3": {"BootCount": 9}}'):
        assert rig.feed(f"stat/plug/{kind}", payload) == []
    assert rig.rejected == {}


@pytest.mark.parametrize(("kind", "wrapper"), [("STATUS8", "StatusSNS"), ("STATUS10", "StatusSNS")])
def test_a_sensor_status_is_read_like_telemetry(kind: str, wrapper: str) -> None:
    document = {"Time": f"{TIME}", "BMP280": {"Temperature": 70.1, "Pressure": 29.9}}
    named = {"TempUnit": "F", "PressureUnit": "inHg"}
    status, telemetry = Rig(), Rig()
    rows = status.feed(f"stat/x/{kind}", json.dumps({wrapper: document | named}))
    assert [row[:5] for row in rows] == [
        row[:5] for row in telemetry.feed("tele/x/SENSOR", json.dumps(document | named))
    ]
    assert [(row.metric, row.unit) for row in rows] == [("bmp280.temperature", "°F"), ("bmp280.pressure", "inHg")]


def test_a_state_status_is_read_like_the_state() -> None:
    rows = read(Rig(), "stat/x/STATUS11", {"StatusSTS": {"UptimeSec": 9, "POWER1": "ON", "Wifi": {"Signal": -60}}})
    assert rows == [("x", "uptime_sec", 9, "s"), ("x", "power1", True, None), ("x", "wifi.signal", -60, "dBm")]


def test_a_status_is_planned_and_its_units_are_those_that_it_names() -> None:
    rig = Rig()
    for unit, symbol in (("C", "°C"), ("C", "°C"), ("F", "°F")):
        document = {"StatusSNS": {"Time": TIME, "ENERGY": {"Total": 5}, "ESP32": {"Temperature": 41}, "TempUnit": unit}}
        rows = rig.feed("stat/x/STATUS10", json.dumps(document))
        assert [(row.metric, row.unit, row.time_us) for row in rows] == [
            ("energy.total", "kWh", TIME_S * 1_000_000),
            ("esp32.temperature", symbol, TIME_S * 1_000_000),
        ]
    assert rig.general == 2


def test_a_status_without_the_usual_object_is_read_nevertheless() -> None:
    rig = Rig()
    for _ in range(2):
        assert read(rig, "stat/x/STATUS10", {"ENERGY": {"Total": 5}}) == [("x", "energy.total", 5, "kWh")]
    both = {"StatusSNS": {"A": 1}, "ENERGY": {"Total": 6}, "StatusSTS": {"B": 2}}
    for _ in range(2):
        assert read(rig, "stat/x/STATUS10", both) == [("x", "a", 1, None), ("x", "b", 2, None)]


def test_a_status_that_is_no_object_is_quarantined() -> None:
    rig = Rig()
    assert rig.feed("stat/x/STATUS10", "[1, 2]") == []
    assert rig.feed("stat/x/STATUS10", "{broken") == []
    assert rig.rejected == {"unexpected_shape": 1, "broken_json": 1}


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("stat/plug/POWER2", "ON", ("plug", "power2", True)),
        ("stat/plug/SWITCH1", "HOLD", ("plug", "switch1", "HOLD")),
        ("stat/plug/POWER", '{"POWER": "OFF"}', ("plug", "power", False)),
        ("stat/plug/RESULT", '{"POWER1": "1"}', ("plug", "power1", 1)),
        ("stat/plug/BUTTON1", '{"ACTION": "DOUBLE"}', ("plug", "action", "DOUBLE")),
        ("tele/plug/UPTIME", "12.5", ("plug", "uptime", 12.5)),
    ],
)
def test_the_kind_names_a_value_that_stands_alone(topic: str, payload: str, expected: tuple[str, str, object]) -> None:
    assert read(Rig(), topic, payload) == [(*expected, None)]


@pytest.mark.parametrize(
    ("times", "time_us"),
    [
        ({"Epoch": TIME_S}, TIME_S * 1_000_000),
        ({"Time": "2020-01-01T00:00:00+00:00", "Epoch": TIME_S}, TIME_S * 1_000_000),
        ({"Time": TIME_S}, TIME_S * 1_000_000),
        ({"Time": TIME_S * 1000 + 250}, TIME_S * 1_000_000 + 250_000),
        ({"Time": "2025-12-23T15:10:00+01:00"}, TIME_S * 1_000_000),
        ({"Time": "2025-12-23T15:10:00+01:00", "Epoch": "soon"}, TIME_S * 1_000_000),
        ({"Time": "2025-12-23T15:10:00"}, NOW_US),
        ({"Time": "2018.02.04 23:17:01"}, NOW_US),
        ({"Time": "1970-01-01T00:00:09+00:00", "Epoch": 9}, NOW_US),
        ({"Time": None, "Epoch": [1]}, NOW_US),
        ({}, NOW_US),
    ],
)
def test_the_epoch_is_the_time_else_a_time_with_an_offset(times: dict[str, Any], time_us: int) -> None:
    rig = Rig()
    for _ in range(3):
        rows = rig.feed("tele/x/SENSOR", json.dumps({**times, "A": {"B": 1}}))
        assert [(row.metric, row.value, row.time_us) for row in rows] == [("a.b", 1, time_us)]


def test_the_time_of_a_timer_is_a_value() -> None:
    assert read(Rig(), "stat/x/RESULT", {"Timer1": {"Time": "06:00", "Window": 0}}) == [
        ("x", "timer1.time", "06:00", None),
        ("x", "timer1.window", 0, None),
    ]


def test_a_document_with_two_times_is_planned() -> None:
    rig = Rig()
    for second in range(3):
        payload = {"Time": "2025-12-23T15:10:00", "Epoch": TIME_S + second, "A": second}
        rows = rig.feed("tele/x/SENSOR", json.dumps(payload))
        assert [(row.value, row.time_us) for row in rows] == [(second, (TIME_S + second) * 1_000_000)]
    assert rig.general == 1


def test_switched_off_its_topics_are_read_by_the_general_rules() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"tasmota"})))
    assert [row.device for row in rig.feed("tele/plug/SENSOR", '{"a": 1}')] == ["tele/plug"]
