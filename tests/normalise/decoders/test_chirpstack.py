"""ChirpStack v3 and v4: section 11."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from hub.core.model import Status
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import NOW_US, Rig, message

DEVICE = "application/ae32a0b1-4f7d-4c2a-9f0e-2f8f0b9a1c11/device/24e124136b502217"
OWN = "chirpstack/ae32a0b1-4f7d-4c2a-9f0e-2f8f0b9a1c11/24e124136b502217"
TIME = "2025-03-01T10:00:00.5+00:00"
INFO = {
    "tenantName": "Acme",
    "applicationName": "Cold rooms",
    "deviceProfileName": "Milesight EM300-TH",
    "deviceName": "Freezer 3",
    "tags": {"site": "north", "odd": 5},
}


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def event(**members: Any) -> str:
    return json.dumps({"time": TIME, "deviceInfo": INFO, **members})


def test_the_object_of_an_uplink_is_flattened_and_its_times_are_ordinary_values() -> None:
    decoded = {"tempC": -18.5, "door": {"state": "closed", "on": True}, "time": 1_700_000_000, "date": "today"}
    rows = Rig().feed(f"{DEVICE}/event/up", event(object=decoded))
    assert {(row.device, row.unit, row.time_us) for row in rows} == {(OWN, None, us(TIME))}
    assert {row.metric: row.value for row in rows} == {
        "temp_c": -18.5,
        "door.state": "closed",
        "door.on": True,
        "time": 1_700_000_000,
        "date": "today",
    }


def test_early_versions_have_shorter_topics_and_their_object_as_a_text() -> None:
    rig = Rig()
    heard = [{"rssi": -110, "loRaSNR": -3.2, "time": "2021-01-01T00:00:05Z"}]
    payload = json.dumps({"objectJSON": '{"a": [1, 2]}', "rxInfo": heard, "publishedAt": "2021-01-01T00:00:06Z"})
    rows = rig.feed("application/2/device/a840414d6182e088/rx", payload)
    assert {(row.metric, row.value, row.time_us) for row in rows} == {
        (metric, value, us("2021-01-01T00:00:05Z"))
        for metric, value in (("a.0", 1), ("a.1", 2), ("link.rssi", -110), ("link.snr", -3.2))
    }
    rows = rig.feed("application/2/device/x/up", '{"object": {"a": 1}, "publishedAt": "2021-01-01T00:00:06Z"}')
    assert [row.time_us for row in rows] == [us("2021-01-01T00:00:06Z")]
    assert [row.time_us for row in rig.feed("application/2/device/x/up", '{"object": {"a": 1}}')] == [NOW_US]


@pytest.mark.parametrize("text", ["", "  ", "null", "5", '"x"'])
def test_an_object_text_without_an_object_leaves_the_link(text: str) -> None:
    rig = Rig()
    assert rig.values(f"{DEVICE}/event/up", event(objectJSON=text, rxInfo=[{"rssi": -50}])) == {"link.rssi": -50}
    assert rig.rejected == {}


def test_a_broken_object_text_is_told_and_leaves_the_link() -> None:
    rig = Rig()
    assert rig.values(f"{DEVICE}/event/up", event(objectJSON='{"a":', rxInfo=[{"rssi": -50}])) == {"link.rssi": -50}
    assert rig.rejected == {"broken_json": 1}
    assert rig.normaliser.quarantine.recent()[0].detail.startswith("objectJSON: ")


def test_a_status_tells_the_margin_and_the_battery() -> None:
    rig = Rig()
    rows = rig.feed(f"{DEVICE}/event/status", event(margin=-7, batteryLevel=55.5, externalPowerSource=False))
    assert [(row.metric, row.value, row.unit, row.time_us) for row in rows] == [
        ("margin", -7, "dB", us(TIME)),
        ("battery_level", 55.5, "%", us(TIME)),
        ("external_power_source", False, None, us(TIME)),
    ]
    unavailable = event(margin=1, batteryLevel=0, batteryLevelUnavailable=True)
    assert rig.values("application/2/device/x/status", unavailable) == {"margin": 1}
    assert rig.values("application/2/device/x/status", event(margin=True, batteryLevel="5")) == {}


@pytest.mark.parametrize("topic", [f"{DEVICE}/event/join", "application/1/device/d/join"])
def test_a_join_says_that_the_device_is_online(topic: str) -> None:
    rig = Rig()
    batch = rig.batch(message(topic, event(devAddr="00189440")))
    assert [(said.status, said.reason) for said in batch.statuses] == [(Status.ONLINE, "join")]
    assert not rig.batch(message(topic, "")).statuses
    assert not batch.readings


def test_a_location_is_a_position() -> None:
    place = {"latitude": 37.3, "longitude": -8.8, "altitude": 2, "source": "GPS", "accuracy": 12}
    rows = Rig().feed(f"{DEVICE}/event/location", event(location=place))
    assert [(row.metric, row.value, row.unit) for row in rows] == [
        ("location.latitude", 37.3, "°"),
        ("location.longitude", -8.8, "°"),
        ("location.altitude", 2, "m"),
        ("location.source", "GPS", None),
        ("location.accuracy", 12, "m"),
    ]


@pytest.mark.parametrize(
    "end", ["event/ack", "event/txack", "event/log", "event/integration", "command/down", "ack", "error", "tx"]
)
def test_acknowledgements_logs_and_commands_tell_nothing(end: str) -> None:
    rig = Rig()
    assert not rig.batch(message(f"{DEVICE}/{end}", event(object={"a": 1}, margin=3)))
    assert rig.rejected == {}


def test_names_and_tags_are_what_people_read_about_the_device() -> None:
    rig = Rig()
    rig.feed(f"{DEVICE}/event/up", event(object={"a": 1}))
    device = rig.catalogue.devices[OWN]
    assert (device.name, device.place, device.model) == ("Freezer 3", "Cold rooms", "Milesight EM300-TH")
    assert device.info == {"site": "north"}
    early = json.dumps({"applicationName": "app", "deviceName": "ldds75", "object": {"a": 1}})
    rig.feed("application/2/device/a840414d6182e088/event/up", early)
    assert rig.catalogue.devices["chirpstack/2/a840414d6182e088"].name == "ldds75"


@pytest.mark.parametrize("topic", ["eu868/gateway/0016c001f153a14c/state/conn", "gateway/gw-1/state/conn"])
def test_gateways_say_whether_they_are_connected(topic: str) -> None:
    rig = Rig()
    online, offline = (message(topic, f'{{"gatewayId": "x", "state": "{word}"}}') for word in ("ONLINE", "OFFLINE"))
    device = f"chirpstack/gateway/{topic.split('/')[-3]}"
    assert [(said.device.id, said.status) for said in rig.batch(online, offline).statuses] == [
        (device, Status.ONLINE),
        (device, Status.OFFLINE),
    ]


def test_the_statistics_of_a_gateway_are_readings_of_it() -> None:
    rig = Rig()
    counts = {"rxPacketsReceived": 14, "txPacketsPerStatus": {"OK": 2}, "location": {"latitude": 1.5}}
    payload = json.dumps({"gatewayId": "0016c001f153a14c", "time": TIME, "metadata": {"region": "eu868"}, **counts})
    rows = rig.feed("eu868/gateway/0016c001f153a14c/event/stats", payload)
    assert {(row.device, row.time_us) for row in rows} == {("chirpstack/gateway/0016c001f153a14c", us(TIME))}
    assert {row.metric: (row.value, row.unit) for row in rows} == {
        "rx_packets_received": (14, None),
        "tx_packets_per_status.ok": (2, None),
        "location.latitude": (1.5, "°"),
    }
    assert not rig.batch(message("eu868/gateway/0016c001f153a14c/event/stats", b"\x0a\xff\x08"))
    assert not rig.batch(message("eu868/gateway/0016c001f153a14c/event/up", b"\x0a\xff\x08"))
    assert rig.rejected == {}


def test_protobuf_is_told_with_what_to_do_about_it() -> None:
    rig = Rig()
    for payload in (b"\x0a\x24\xff\xfe", b"\x0a\x04text", b"[1]"):
        assert not rig.batch(message(f"{DEVICE}/event/up", payload))
    assert rig.rejected == {"unexpected_shape": 3}
    assert "json = true" in rig.normaliser.quarantine.recent()[0].detail
    rig.feed(f"{DEVICE}/event/up", '{"a":')
    assert rig.rejected["broken_json"] == 1


@pytest.mark.parametrize(
    "topic",
    ["application/x/device/d/temperature", "application/x/device/d", "application/x", "x/gateway/y/event/stats"],
)
def test_other_topics_are_somebody_elses(topic: str) -> None:
    rig = Rig()
    rig.feed(topic, '{"a": 1}')
    assert {device.source for device in rig.catalogue.devices.values()} == {"json"}


def test_it_can_be_switched_off_and_moved() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"chirpstack"})))
    assert "object.a" in rig.values(f"{DEVICE}/event/up", event(object={"a": 1}))
    rig = Rig(options=NormaliseOptions(bases={"chirpstack": ("lora/application",)}))
    assert [row.device for row in rig.feed(f"lora/{DEVICE}/event/up", '{"object": {"a": 1}}')] == [OWN]
