"""Frigate, Glow, DSMR-reader, EMS-ESP, Valetudo and OpenEVSE: section 13."""

from __future__ import annotations

import json

import pytest

from hub.core.model import Status
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import NOW_US, Rig, message

TIME_US = 1_766_499_000_000_000
TIME = "2025-12-23T14:10:00Z"


def read(rig: Rig, topic: str, payload: str) -> list[tuple[str, str, object, str | None]]:
    return [(row.device, row.metric, row.value, row.unit) for row in rig.feed(topic, payload)]


def said(rig: Rig, topic: str, payload: str) -> list[tuple[str, Status | None]]:
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload)).statuses]


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("frigate/yard/dog", "2", ("yard", "dog", 2)),
        ("frigate/yard/motion", "ON", ("yard", "motion", True)),
        ("frigate/yard/person/active", "0", ("yard", "person.active", 0)),
        ("frigate/yard/motion_threshold/state", "30", ("yard", "motion_threshold", 30)),
        ("frigate/yard/birdseye_mode/state", "ON", ("yard", "birdseye_mode", "ON")),
        ("frigate/notifications/state", "OFF", ("frigate", "notifications", False)),
    ],
)
def test_a_camera_is_a_device(topic: str, payload: str, expected: tuple[str, str, object]) -> None:
    device, metric, value = expected
    assert read(Rig(), topic, payload) == [(f"frigate/{device}", metric, value, None)]


@pytest.mark.parametrize(
    "topic",
    ["frigate/events", "frigate/stats", "frigate/reviews", "frigate/yard/dog/snapshot", "frigate/yard/detect/set"],
)
def test_events_pictures_and_commands_of_frigate_tell_nothing(topic: str) -> None:
    rig = Rig()
    assert rig.feed(topic, b"\xff\xd8\xff") == []
    assert rig.feed(topic, '{"a": 1}') == []
    assert rig.rejected == {}


def test_a_time_inside_a_glow_document_counts_for_all_of_it() -> None:
    rig = Rig()
    document = {"gasmeter": {"timestamp": TIME, "energy": {"day": 1.5, "units": "kWh"}}, "han": {"rssi": -60}}
    for _ in range(2):
        rows = rig.feed("glow/AABB/SENSOR/gasmeter", json.dumps(document))
        assert [(row.metric, row.unit, row.time_us) for row in rows] == [
            ("gasmeter.energy.day", "kWh", TIME_US),
            ("han.rssi", "dBm", TIME_US),
        ]
    assert [row.time_us for row in rig.feed("glow/AABB/STATE", '{"han": {"lqi": 5}}')] == [NOW_US]


def test_a_glow_time_that_was_never_set_gives_way_to_another_one_whatever_came_before() -> None:
    rig = Rig()
    for moment in (TIME, TIME, "1970-01-01T00:00:00Z"):
        document = {"gasmeter": {"timestamp": moment, "day": 1}, "electricitymeter": {"timestamp": TIME, "day": 2}}
        assert {row.time_us for row in rig.feed("glow/AABB/STATE", json.dumps(document))} == {TIME_US}


def test_a_glow_object_keeps_its_own_time_beside_that_of_the_message() -> None:
    rig = Rig()
    document = {
        "rssi": -60,
        "gasmeter": {"timestamp": TIME, "day": 1},
        "electricitymeter": {"timestamp": TIME_US // 1_000_000 - 60, "day": 2},
    }
    for _ in range(4):
        rows = rig.feed("glow/AABB/STATE", json.dumps(document))
        assert [(row.metric, row.time_us) for row in rows] == [
            ("rssi", TIME_US),
            ("gasmeter.day", TIME_US),
            ("electricitymeter.day", TIME_US - 60_000_000),
        ]


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("dsmr/reading/electricity_delivered_2", "14.25", ("electricity_delivered_2", 14.25, "kWh")),
        ("dsmr/reading/phase_currently_returned_l3", "0.1", ("phase_currently_returned_l3", 0.1, "kW")),
        ("dsmr/reading/extra_device_delivered", "8.5", ("extra_device_delivered", 8.5, "m³")),
        ("dsmr/consumption/gas/delivered", "8.5", ("gas.delivered", 8.5, "m³")),
    ],
)
def test_a_meter_is_one_device(topic: str, payload: str, expected: tuple[str, object, str]) -> None:
    assert read(Rig(), topic, payload) == [("dsmr/dsmr", *expected)]


def test_times_and_ids_of_a_meter_are_no_readings() -> None:
    rig = Rig()
    for key in ("id", "timestamp", "extra_device_timestamp"):
        assert read(rig, f"dsmr/reading/{key}", "5") == []
    assert read(rig, "dsmr/consumption/gas/read_at", TIME) == []
    rows = rig.feed("dsmr/json", json.dumps({"id": 1, "timestamp": TIME, "x_delivered_1": "001.5"}))
    assert [(row.metric, row.value, row.time_us) for row in rows] == [("x_delivered_1", 1.5, TIME_US)]


def test_documents_under_a_name_of_their_topic_are_read_by_a_plan() -> None:
    rig = Rig()
    for counted in (1, 1, 1):
        rows = rig.feed("dsmr/consumption/gas", json.dumps({"read_at": TIME, "delivered": "6573.284", "tariff": "low"}))
        assert [(row.metric, row.value, row.unit, row.time_us) for row in rows] == [
            ("gas.delivered", 6573.284, "m³", TIME_US),
            ("gas.tariff", "low", None, TIME_US),
        ]
        assert rig.general == counted
    for _ in range(2):
        assert read(
            rig, "ems-esp/thermostat_data_hc1", '{"seltemp": 21, "party": {"on": 3}, "no": [], "null": null}'
        ) == [
            ("ems_esp/thermostat", "hc1.seltemp", 21, None),
            ("ems_esp/thermostat", "hc1.party.on", 3, None),
        ]
        assert rig.general == 2


def test_a_part_of_the_heating_is_a_device() -> None:
    rig = Rig()
    assert read(rig, "ems-esp/heatpump_data", '{"mode": "off", "x": "on"}') == [
        ("ems_esp/heatpump", "mode", "off", None),
        ("ems_esp/heatpump", "x", True, None),
    ]
    assert read(rig, "house/ems-esp/thermostat_data_hc1", '{"seltemp": 21}') == [
        ("ems_esp/thermostat", "hc1.seltemp", 21, None)
    ]
    assert read(rig, "ems-esp/heartbeat", '{"rssi": -50}') == [("ems_esp/ems-esp", "rssi", -50, None)]
    assert read(rig, "ems-esp/boiler/outdoortemp", "5.5") == [("ems_esp/boiler", "outdoortemp", 5.5, None)]
    assert read(rig, "ems-esp/thermostat/hc1", '{"cmd": "seltemp", "data": 20}') == []
    assert read(rig, "ems-esp/thermostat", '{"cmd": "temp", "data": 22}') == []
    assert said(rig, "house/ems-esp/status", "offline") == [("ems_esp/ems-esp", Status.OFFLINE)]


@pytest.mark.parametrize(
    ("path", "payload", "expected"),
    [
        ("CurrentStatisticsCapability/area", "630000", [("current_statistics_capability.area", 630000, "cm²")]),
        ("StatusStateAttribute/status", "docked", [("status_state_attribute.status", "docked", None)]),
        ("FanSpeedControlCapability/preset", "off", [("fan_speed_control_capability.preset", "off", None)]),
        ("MapData/segments", '{"16": "Hall"}', [("map_data.segments.16", "Hall", None)]),
        ("SpeakerVolumeControlCapability/value", "80", [("speaker_volume_control_capability.value", 80, "%")]),
        ("MapData/map-data", "\ufffd", []),
        ("MapData/map-data-hass", "x", []),
        ("BatteryStateAttribute/level/$unit", "%", []),
        ("$homie", "4.0", []),
        ("LocateCapability/locate/set", "PERFORM", []),
    ],
)
def test_a_robot_is_a_device(path: str, payload: str, expected: list[tuple[str, object, str | None]]) -> None:
    rig = Rig()
    assert read(rig, f"valetudo/bot/{path}", payload) == [("valetudo/bot", *row) for row in expected]
    assert rig.rejected == {}


@pytest.mark.parametrize(("word", "status"), [("ready", Status.ONLINE), ("disconnected", Status.OFFLINE)])
def test_a_robots_state_is_its_status(word: str, status: Status) -> None:
    rig = Rig()
    assert said(rig, "valetudo/bot/$state", word) == [("valetudo/bot", status)]
    rig.feed("valetudo/bot/$name", "Dusty")
    assert rig.catalogue.devices["valetudo/bot"].name == "Dusty"


def test_a_charger_is_the_device_of_the_values_under_the_topic_that_it_names() -> None:
    rig = Rig()
    announced = {"state": "disconnected", "id": "c4", "name": "Carport", "mqtt": "emon/evse"}
    assert said(rig, "openevse/announce/c4", json.dumps(announced)) == [("emon/evse", Status.OFFLINE)]
    assert read(rig, "emon/evse/amp", "16")[0][0] == "emon/evse"
    assert rig.catalogue.devices["emon/evse"].name == "Carport"
    assert said(rig, "openevse/announce/c4", '{"state": "connected"}') == []
    assert rig.rejected == {"unexpected_shape": 1}


@pytest.mark.parametrize("name", ["frigate", "glow", "dsmr", "valetudo", "ems_esp"])
def test_each_is_switched_off_and_moved_by_itself(name: str) -> None:
    topics = {
        "frigate": ("{}/yard/dog", "yard"),
        "glow": ("{}/mac/STATE", "mac"),
        "dsmr": ("{}/json", "dsmr"),
        "valetudo": ("{}/bot/A/b", "bot"),
        "ems_esp": ("{}/boiler_data", "boiler"),
    }
    template, device = topics[name]
    moved = Rig(NormaliseOptions(bases={name: ("site/x",)}))
    assert [row.device for row in moved.feed(template.format("site/x"), '{"v": 1}')] == [f"{name}/{device}"]
    off = Rig(NormaliseOptions(off=frozenset({name}), bases={name: ("site/x",)}))
    assert not off.feed(template.format("site/x"), '{"v": 1}')[0].device.startswith(name)


def test_levels_without_a_letter_or_digit_name_no_metric() -> None:
    rig = Rig()
    assert read(rig, "valetudo/bot/-/-", "5") == [("valetudo/bot", "value", 5, None)]
    assert rig.rejected == {}
