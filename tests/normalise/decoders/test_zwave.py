"""Z-Wave JS UI: section 13."""

from __future__ import annotations

import json

import pytest

from hub.core.model import Status
from tests.normalise.rig import Rig, message

TIME_MS = 1_766_499_000_000


@pytest.mark.parametrize(
    ("topic", "device", "metric"),
    [
        ("zwave/8/49/0/Air temperature", "8", "49.0.air_temperature"),
        ("zwave/hall/up/8/112/0/3", "hall/up/8", "112.0.3"),
        ("zwave/hall/Dimmer/38/0/currentValue", "hall/Dimmer", "38.0.current_value"),
        ("zwave/Dimmer/112/0/3", "Dimmer", "112.0.3"),
        (
            "zwave/hall/Dimmer/switch_multilevel/endpoint_1/currentValue",
            "hall/Dimmer",
            "switch_multilevel.endpoint_1.current_value",
        ),
        ("zwave/nodeID_8/meter/value/66049", "nodeID_8", "meter.value.66049"),
        ("zwave/hall/8/lastActive", "hall/8", "last_active"),
        ("zwave/hall/Dimmer/level", "hall/Dimmer", "level"),
    ],
)
def test_the_node_is_the_device_and_the_rest_the_metric(topic: str, device: str, metric: str) -> None:
    rig = Rig()
    for payload in ("21.5", json.dumps({"time": TIME_MS, "value": 21.5}), json.dumps({"time": TIME_MS, "value": 21.5})):
        assert [(row.device, row.metric, row.value) for row in rig.feed(topic, payload)] == [
            (f"zwave/{device}", metric, 21.5)
        ]


def test_a_value_id_has_unit_and_time() -> None:
    rig = Rig()
    document = {"id": "49-0-x", "nodeId": 8, "commandClass": 49, "property": "x", "states": [{"value": 1}]}
    for unit, value in (("°C", 20), ("°C", 21), ("°F", 70), (None, 5)):
        text = json.dumps({**document, "unit": unit, "value": value, "lastUpdate": TIME_MS})
        rows = rig.feed("zwave/8/49/0/x", text)
        assert [(row.value, row.time_us) for row in rows] == [(value, TIME_MS * 1000)]
        assert unit is None or rows[0].unit == unit
    assert rig.feed("zwave/8/49/0/x", json.dumps({**document, "lastUpdate": TIME_MS})) == []
    assert rig.rejected == {}


def test_a_unit_that_was_not_told_before_is_seen() -> None:
    rig = Rig()
    document = {"nodeId": 8, "commandClass": 50, "property": "value"}
    for unit in (None, None, "W"):
        rows = rig.feed("zwave/8/50/0/value/66049", json.dumps({**document, "value": 20, "unit": unit}))
        assert [(row.value, row.unit) for row in rows] == [(20, unit)]


def test_whose_a_value_is_is_no_reading_with_the_value_or_without() -> None:
    rig = Rig()
    document = {"time": TIME_MS, "nodeName": "Dimmer", "nodeLocation": "hall"}
    for _ in range(3):
        assert rig.values("zwave/hall/8/38/0/x", json.dumps({**document, "value": 5})) == {"38.0.x": 5}
    assert rig.general == 1
    assert rig.feed("zwave/hall/8/38/0/x", json.dumps(document)) == []
    assert Rig().feed("zwave/hall/8/38/0/x", json.dumps(document)) == []


def test_what_stands_beside_a_value_is_a_value_where_there_is_none() -> None:
    rig = Rig()
    for _ in range(2):
        assert rig.values("zwave/8/51/0/x", '{"value": 1, "red": 3}') == {"51.0.x": 1}
        assert rig.values("zwave/8/51/0/x", '{"red": 3}') == {"51.0.x.red": 3}


def test_values_that_are_objects_are_taken_apart() -> None:
    rig = Rig()
    assert rig.values("zwave/8/51/0/currentColor", '{"time": 5, "value": {"red": 1, "blue": 2}}') == {
        "51.0.current_color.red": 1,
        "51.0.current_color.blue": 2,
    }
    assert rig.values("zwave/8/51/0/list", '{"value": [7]}') == {"51.0.list.0": 7}
    assert rig.values("zwave/8/51/0/duration", '{"red": 3}') == {"51.0.duration.red": 3}


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ('{"time": 1, "value": true, "status": "Alive"}', Status.ONLINE),
        ('{"value": false}', Status.OFFLINE),
        ("true", Status.ONLINE),
        ("Dead", Status.OFFLINE),
    ],
)
def test_a_node_says_whether_it_is_there(payload: str, status: Status) -> None:
    topics = {
        "zwave/hall/8/status": "zwave/hall/8",
        "zwave/_CLIENTS/ZWAVE_GATEWAY-x/status": "zwave/_CLIENTS/ZWAVE_GATEWAY-x",
    }
    for topic, device in topics.items():
        batch = Rig().batch(message(topic, payload))
        assert [(change.device.id, change.status) for change in batch.statuses] == [(device, status)]
        assert batch.readings == []


@pytest.mark.parametrize(
    "topic",
    [
        "zwave/8/38/0/targetValue/set",
        "zwave/_CLIENTS/ZWAVE_GATEWAY-x/api/getNodes",
        "zwave/_EVENTS_/g/node/x",
        "zwave/8/nodeinfo",
    ],
)
def test_commands_the_interface_and_events_tell_nothing(topic: str) -> None:
    rig = Rig()
    assert rig.feed(topic, '{"value": 5}') == []
    assert rig.rejected == {}
