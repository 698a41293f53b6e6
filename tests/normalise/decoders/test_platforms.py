"""ThingsBoard, AWS IoT and Azure IoT Hub: section 2."""

from __future__ import annotations

import json

import pytest

from hub.core.model import Status
from tests.normalise.rig import NOW_US, Rig, message

TIME_S = 1_766_499_000


def test_thingsboard_devices_are_the_session_itself() -> None:
    rig = Rig()
    rows = rig.feed("v1/devices/me/attributes", '{"fw": "1.2"}')
    assert [(row.device, row.metric, row.value) for row in rows] == [("thingsboard/me", "fw", 1.2)]
    rows = rig.feed("v1/devices/me/telemetry", json.dumps([{"ts": TIME_S * 1000, "values": {"t": 1}}]))
    assert [(row.metric, row.time_us) for row in rows] == [("t", TIME_S * 1_000_000)]


def test_a_thingsboard_gateway_speaks_for_its_devices() -> None:
    rig = Rig()
    document = {"Device A": [{"ts": TIME_S * 1000, "values": {"t": 1}}, {"t": 2}], "B": {"fw": "x"}, "C": 5}
    rows = rig.feed("v1/gateway/telemetry", json.dumps(document))
    assert [(row.device, row.metric, row.value) for row in rows] == [
        ("thingsboard/Device A", "t", 1),
        ("thingsboard/Device A", "t", 2),
        ("thingsboard/B", "fw", "x"),
    ]
    assert rig.rejected == {"unexpected_shape": 1}


def test_a_thingsboard_gateway_has_the_bounds_of_one_message_for_all_its_devices() -> None:
    rig = Rig()
    assert len(rig.feed("v1/gateway/telemetry", json.dumps({f"d{n}": {"t": n} for n in range(10_500)}))) == 10_000
    assert rig.feed("v1/gateway/attributes", json.dumps({f"d{n}": n for n in range(40_001)})) == []
    assert rig.rejected == {"too_many": 2}


def test_a_thingsboard_gateway_is_told_once_how_many_devices_have_no_document() -> None:
    rig = Rig()
    rig.feed("v1/gateway/telemetry", '{"\\ud800": 1, "B": "x", "C": {"t": 1}}')
    assert rig.rejected == {"unexpected_shape": 1}
    assert "2 of 3" in rig.normaliser.quarantine.recent()[0].detail


def test_thingsboard_gateways_connect_and_disconnect_devices() -> None:
    rig = Rig()
    batch = rig.batch(
        message("v1/gateway/connect", '{"device": "A"}'),
        message("v1/gateway/disconnect", '{"device": "A"}'),
        message("v1/gateway/disconnect", '{"device": ""}'),
        message("v1/gateway/disconnect", "A"),
    )
    assert [(change.device.id, change.status) for change in batch.statuses] == [
        ("thingsboard/A", Status.ONLINE),
        ("thingsboard/A", Status.OFFLINE),
    ]
    assert rig.rejected == {"unexpected_shape": 2}


@pytest.mark.parametrize(
    "topic",
    [
        "v1/devices/me/rpc/request/1",
        "v1/devices/me/attributes/response/1",
        "v1/devices/me/attributes/request/1",
        "v1/gateway/rpc",
        "v1/gateway/attributes/response",
        "$aws/things/t/jobs/notify",
        "$aws/rules/x",
        "$aws/things/t/shadow/update/rejected",
        "$aws/things/t/shadow/delete/accepted",
        "$aws/things/t/shadow/update/delta",
        "devices/t/messages/devicebound/x",
        "$iothub/methods/POST/reboot",
        "$iothub/twin/res/200/",
        "$iothub/twin/PATCH/properties/desired/",
        "telemetry-hub/hub-1/status",
    ],
)
def test_requests_wishes_and_the_hubs_own_topics_tell_nothing(topic: str) -> None:
    rig = Rig()
    batch = rig.batch(message(topic, '{"state": {"reported": {"a": 1}}, "device": "x"}'), message(topic, "online"))
    assert not batch
    assert rig.rejected == {}


@pytest.mark.parametrize("topic", ["v1/devices/me/telemetry", "v1/gateway/telemetry", "$aws/things/t/shadow/update"])
def test_a_platform_topic_with_something_else_in_it_is_quarantined(topic: str) -> None:
    rig = Rig()
    assert rig.feed(topic, "21.5") == []
    assert rig.feed(topic, "{broken") == []
    assert rig.feed(topic, "") == []
    assert rig.rejected == {"unexpected_shape": 1, "broken_json": 1}


def test_an_aws_shadow_is_a_device_and_each_value_has_its_own_time() -> None:
    rig = Rig()
    document = {
        "state": {"reported": {"a": 1, "b": {"c": [2, 3]}, "d": 4, "e": 5}, "desired": {"a": 9}},
        "metadata": {
            "reported": {
                "a": {"timestamp": TIME_S},
                "b": {"c": [{"timestamp": TIME_S + 1}, {"timestamp": TIME_S + 2}]},
                "e": {"timestamp": 12345},
            },
        },
        "timestamp": TIME_S + 9,
    }
    rows = rig.feed("$aws/things/pump/shadow/name/config/update/accepted", json.dumps(document))
    assert {row.device for row in rows} == {"aws/pump/config"}
    assert {row.metric: row.time_us // 1_000_000 - TIME_S for row in rows} == {
        "a": 0,
        "b.c.0": 1,
        "b.c.1": 2,
        "d": 9,
        "e": 9,
    }


@pytest.mark.parametrize("kind", ["get/accepted", "update"])
def test_an_aws_shadow_without_times_has_the_receive_time(kind: str) -> None:
    rows = Rig().feed(f"$aws/things/pump/shadow/{kind}", '{"state": {"reported": {"a": "on", "ts": 5}}}')
    assert [(row.device, row.metric, row.value, row.time_us) for row in rows] == [
        ("aws/pump", "a", True, NOW_US),
        ("aws/pump", "ts", 5, NOW_US),
    ]


def test_aws_documents_tell_the_current_state() -> None:
    document = {
        "previous": {"state": {"reported": {"a": 1}}},
        "current": {"state": {"reported": {"a": 2}}, "metadata": {"reported": {"a": {"timestamp": TIME_S}}}},
        "timestamp": TIME_S + 5,
    }
    rows = Rig().feed("$aws/things/pump/shadow/update/documents", json.dumps(document))
    assert [(row.value, row.time_us) for row in rows] == [(2, TIME_S * 1_000_000)]


@pytest.mark.parametrize("document", [{}, {"state": None}, {"state": {"reported": None}}, {"state": 5}, {"current": 1}])
def test_an_aws_shadow_without_reported_state_tells_nothing(document: dict[str, object]) -> None:
    rig = Rig()
    for kind in ("update", "update/documents"):
        assert rig.feed(f"$aws/things/pump/shadow/{kind}", json.dumps(document)) == []
    assert rig.rejected == {}


def test_azure_messages_are_read_by_the_content_type_of_their_topic() -> None:
    rig = Rig()
    topic = "devices/t1/messages/events/$.ct=application%2Fjson&$.ce=utf-8"
    assert [(row.device, row.metric) for row in rig.feed(topic, '{"t": 1}')] == [("azure/t1", "t")]
    assert rig.feed(topic, "broken") == []
    assert rig.rejected == {"broken_json": 1}
    assert rig.values("devices/t1/messages/events/", "21.5 °C") == {"value": 21.5}


def test_azure_twins_report_properties() -> None:
    rows = Rig().feed("$iothub/twin/PATCH/properties/reported/?$rid=7", '{"batteryLevel": 55}')
    assert [(row.device, row.metric, row.value) for row in rows] == [("azure/me", "battery_level", 55)]
