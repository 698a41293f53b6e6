"""Zigbee devices behind a Tasmota bridge: section 3."""

from __future__ import annotations

import json

import pytest

from tests.normalise.decoders.tasmota_house import read
from tests.normalise.rig import Rig

TIME_S = 1_766_499_000
TIME = "2025-12-23T14:10:00Z"


def test_a_zigbee_device_behind_a_bridge_is_a_device() -> None:
    rig = Rig()
    received = {
        "0x8F20": {
            "Device": "0x8F20",
            "Name": "Attic",
            "Voltage": 2.995,
            "Battery": 98,
            "Temperature": 21.01,
            "Pressure": 1004.04,
            "PressureUnit": "hPa",
            "Illuminance": 12,
            "Power": 1,
            "LinkQuality": 88,
        },
        "0x4773": {"Humidity": 40, "Pressure": 990, "Power": True, "0006!01": ""},
    }
    for _ in range(2):
        assert read(rig, "tele/bridge/SENSOR", {"ZbReceived": received}) == [
            ("bridge/0x8F20", "voltage", 2.995, "V"),
            ("bridge/0x8F20", "battery", 98, "%"),
            ("bridge/0x8F20", "temperature", 21.01, "°C"),
            ("bridge/0x8F20", "pressure", 1004.04, "hPa"),
            ("bridge/0x8F20", "illuminance", 12, "lx"),
            ("bridge/0x8F20", "power", 1, None),
            ("bridge/0x8F20", "link_quality", 88, None),
            ("bridge/0x4773", "humidity", 40, "%"),
            ("bridge/0x4773", "pressure", 990, "hPa"),
            ("bridge/0x4773", "power", True, None),
        ]
    assert rig.general == 1
    device = rig.catalogue.devices["tasmota/bridge/0x8F20"]
    assert (device.name, device.info) == ("Attic", {"address": "0x8F20"})


def test_a_zigbee_device_that_is_renamed_has_its_new_name() -> None:
    rig = Rig()
    for name in ("Attic", "Attic", "Cellar"):
        rig.feed("tele/bridge/SENSOR", json.dumps({"ZbReceived": {"0x1": {"Name": name, "Humidity": 40}}}))
    assert rig.catalogue.devices["tasmota/bridge/0x1"].name == "Cellar"
    assert rig.general == 2


def test_the_bridges_own_values_and_its_time_stand_beside_those_of_its_devices() -> None:
    rig = Rig()
    payload = {"Time": TIME, "Heap": 5, "ZbReceived": {"0x1": {"Humidity": 40}}, "ESP32": {"Temperature": 41}}
    for _ in range(2):
        rows = rig.feed("tele/b/SENSOR", json.dumps(payload | {"TempUnit": "C"}))
        assert {(row.device, row.metric): row.time_us for row in rows} == {
            ("tasmota/b", "heap"): TIME_S * 1_000_000,
            ("tasmota/b", "esp32.temperature"): TIME_S * 1_000_000,
            ("tasmota/b/0x1", "humidity"): TIME_S * 1_000_000,
        }
    assert rig.general == 1


@pytest.mark.parametrize(
    ("topic", "payload", "device"),
    [
        ("tele/b/SENSOR", {"ZbReceived": {"Attic": {"Device": "0x1", "Humidity": 40}}}, "b/Attic"),
        ("tele/b/RESULT", {"ZbReceived": {"0x1": {"Humidity": 40}}}, "b/0x1"),
        ("tele/b/ZbReceived", {"0x1": {"Device": "0x1", "Humidity": 40}}, "b/0x1"),
        ("b/tele/ZbReceived", {"0x1": {"Humidity": 40}}, "b/0x1"),
        ("tele/b/Attic/ZbReceived", {"Device": "0x1", "Humidity": 40}, "b/Attic"),
        ("tele/b/Attic/SENSOR", {"ZbReceived": {"Device": "0x1", "Humidity": 40}}, "b/Attic"),
    ],
)
def test_a_bridge_may_name_its_devices_in_other_places(topic: str, payload: object, device: str) -> None:
    rig = Rig()
    for _ in range(2):
        assert read(rig, topic, payload) == [(device, "humidity", 40, "%")]


def test_values_behind_those_of_the_zigbee_device_come_after_them_by_the_plan_and_without() -> None:
    rig = Rig()
    payload = {"A": 1, "ZbReceived": {"Power": 1, "B": 2}, "B": 3, "C": {"D": 4}}
    expected = [("bridge", metric, value) for metric, value in (("a", 1), ("power", 1), ("b", 2), ("b", 3), ("c.d", 4))]
    for _ in range(3):
        assert [row[:3] for row in read(rig, "tele/bridge/RESULT", payload)] == expected
    assert rig.general == 1


def test_statuses_in_one_message_are_read_in_its_order_by_the_plan_and_without() -> None:
    rig = Rig()
    payload = {"StatusSTS": {"A": 1, "ZbReceived": {}}, "StatusSNS": {"ZbReceived": {"E": 1}, "A": 2}}
    for _ in range(3):
        rows = read(rig, "stat/bridge/STATUS10", payload)
        assert [row[:3] for row in rows] == [("bridge", "a", 1), ("bridge", "e", 1), ("bridge", "a", 2)]
