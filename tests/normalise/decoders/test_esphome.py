"""ESPHome's nodes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Status
from hub.normalise.decoders.esphome import MAX_NODES, EspHome
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import Rig, message


def rows(rig: Rig, topic: str, payload: str | bytes) -> list[tuple[str, str, object]]:
    return [(row.device, row.metric, row.value) for row in rig.feed(topic, payload)]


def test_a_value_has_its_own_topic() -> None:
    rig = Rig()
    topic = "greenhouse/sensor/soil_moisture/state"
    assert rows(rig, topic, "41.5") == [("esphome/greenhouse", "soil_moisture", 41.5)]
    assert rows(rig, topic, "41.7") == [("esphome/greenhouse", "soil_moisture", 41.7)]
    assert rig.general == 1
    assert rows(rig, topic, "nan") == []


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("pond/switch/pump/state", "ON", [("esphome/pond", "pump", True)]),
        ("pond/climate/heater/mode/state", "heat", [("esphome/pond", "heater.mode", "heat")]),
        ("pond/climate/heater/action/state", "off", [("esphome/pond", "heater.action", "off")]),
        ("site/pond/text_sensor/wifi_info/state", "cellar", [("esphome/site/pond", "wifi_info", "cellar")]),
        ("pond/sensor/Water Level/state", "3", [("esphome/pond", "water_level", 3)]),
    ],
)
def test_node_object_and_part_name_device_and_metric(
    topic: str, payload: str, expected: list[tuple[str, str, object]]
) -> None:
    assert rows(Rig(), topic, payload) == expected


def test_a_light_tells_a_document() -> None:
    payload = json.dumps({"state": "OFF", "brightness": 10, "color": {"r": 1}})
    assert rows(Rig(), "hall/light/lamp/state", payload) == [
        ("esphome/hall", "lamp.state", False),
        ("esphome/hall", "lamp.brightness", 10),
        ("esphome/hall", "lamp.color.r", 1),
    ]


@pytest.mark.parametrize(
    "topic", ["hall/sensor/state", "sensor/lamp/state", "hall/sensor/a/b/c/state", "homeassistant/sensor/x/state"]
)
def test_what_only_looks_similar_is_somebody_elses(topic: str) -> None:
    rig = Rig()
    rig.feed(topic, "1")
    assert all(device.source != "esphome" for device in rig.catalogue.devices.values())


def test_a_status_that_came_before_the_first_value_counts_for_the_node() -> None:
    rig = Rig()
    rig.batch(message("pond/status", "online", retain=True))
    batch = rig.batch(message("pond/sensor/level/state", "3"))
    assert [(said.device.id, said.status) for said in batch.statuses] == [("esphome/pond", Status.ONLINE)]
    batch = rig.batch(message("pond/status", "offline"))
    assert [(said.device.id, said.status) for said in batch.statuses] == [("esphome/pond", Status.OFFLINE)]


def test_a_log_tells_nothing_and_another_debug_topic_does() -> None:
    rig = Rig()
    assert rows(rig, "pond/debug", "\x1b[0;36m[D][sensor:094]: 'Level': Sending state 3.0") == []
    assert rows(rig, "pond/debug", "[W][wifi:001]: no link") == []
    assert rows(rig, "press/debug", "17") == [("press", "debug", 17)]
    assert rows(rig, "press/debug", '{"load": 3}') == [("press/debug", "load", 3)]
    assert {device.source for device in rig.catalogue.devices.values()} == {"plain", "json"}
    assert rig.rejected == {}


def test_a_node_that_announces_itself_has_a_model() -> None:
    rig = Rig()
    entry = {"name": "pond", "platform": "ESP32", "board": "esp32dev", "version": "2024.6.0", "mac": 5}
    assert rows(rig, "esphome/discover/pond", json.dumps(entry)) == []
    device = rig.catalogue.devices["esphome/pond"]
    assert (device.model, device.info) == ("ESP32 esp32dev", {"firmware": "2024.6.0"})
    assert rows(rig, "esphome/discover/pond", "[1]") == []
    assert rig.rejected == {"unexpected_shape": 1}


def test_it_can_be_switched_off() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"esphome"})))
    assert rows(rig, "pond/sensor/level/state", "3")[0][0] == "pond/sensor/level"


def test_nodes_are_bounded() -> None:
    decoder = EspHome()
    rig = Rig(decoders=[decoder])
    for start in range(0, MAX_NODES + 100, 100):
        rig.batch(*(message(f"n{number}/sensor/x/state", "1") for number in range(start, start + 100)))
    assert decoder.kept == MAX_NODES


@given(
    payload=st.binary(max_size=60) | st.text(max_size=30).map(str.encode),
    last=st.sampled_from(["state", "status", "debug"]),
)
def test_nothing_that_a_node_sends_raises(payload: bytes, last: str) -> None:
    rig = Rig()
    for topic in (f"pond/light/lamp/{last}", f"pond/{last}", "esphome/discover/pond"):
        rig.batch(message(topic, payload), message(topic, payload))
    assert "decoder_fault" not in rig.rejected
