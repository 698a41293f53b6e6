"""The Things Stack v3: section 10."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from hub.core.model import Status
from hub.normalise.flatten import MAX_PLACES, MAX_READINGS
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import NOW_US, Rig, message

UP = "v3/farm@acme/devices/barn-7/up"
RECEIVED = "2025-11-07T08:52:14.742127657Z"


def uplink(decoded: Any = None, **others: Any) -> str:
    """An uplink as the network sends it."""
    body = {"f_port": 2, "frm_payload": "AQ==", "received_at": RECEIVED, "decoded_payload": decoded, **others}
    ids = {"device_id": "barn-7", "application_ids": {"application_id": "farm"}, "dev_eui": "0025CA00000017C2"}
    return json.dumps({"end_device_ids": ids, "received_at": "2025-11-07T08:52:15Z", "uplink_message": body})


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def test_a_decoded_payload_is_flattened_and_its_units_are_unknown() -> None:
    decoded = {"Battery Status": "Good", "Temperature": 21.83, "ports": [{"count": 3}, {"count": 4}], "open": "on"}
    rows = Rig().feed(UP, uplink(decoded))
    assert {(row.device, row.unit, row.time_us // 1000) for row in rows} == {
        ("ttn/farm/barn-7", None, us(RECEIVED) // 1000)
    }
    assert {row.metric: row.value for row in rows} == {
        "battery_status": "Good",
        "temperature": 21.83,
        "ports.0.count": 3,
        "ports.1.count": 4,
        "open": True,
    }


def test_a_decoded_value_with_its_unit_is_one_reading() -> None:
    rows = Rig().feed(UP, uplink({"soil": {"value": 31.5, "unit": "C"}, "depth": 20}))
    assert [(row.metric, row.value, row.unit) for row in rows] == [("soil", 31.5, "°C"), ("depth", 20, None)]


def test_keys_of_a_decoded_payload_that_are_called_time_are_ordinary_values() -> None:
    rows = Rig().feed(UP, uplink({"time": 1_700_000_000, "date": "2024-01-01"}))
    assert {(row.metric, row.value, row.time_us) for row in rows} == {
        ("time", 1_700_000_000, us(RECEIVED)),
        ("date", "2024-01-01", us(RECEIVED)),
    }


def test_normalised_measurements_have_units_and_may_have_their_own_time() -> None:
    earlier = "2025-11-07T08:40:00Z"
    normalised = [
        {
            "air": {"temperature": 20.5, "relativeHumidity": 61, "pressure": 1004, "co2": 700, "lightIntensity": 900},
            "soil": {"depth": 20, "moisture": 12, "temperature": 9, "ec": 0.4, "pH": 6.5, "n": 1, "p": 2, "k": 3},
            "wind": {"speed": 4.5, "direction": 270},
            "rain": {"intensity": 1.5, "cumulative": 12},
            "water": {"leak": False, "temperature": {"min": 3, "max": 5}},
            "metering": {"water": {"total": 1234}},
            "position": {"latitude": 52.1, "longitude": 4.4},
            "action": {"motion": {"detected": True, "count": 7}, "contactState": "open"},
            "battery": 3.6,
        },
        {"time": earlier, "air": {"temperature": 19.5}},
        {"time": "0001-01-01T00:00:00Z", "battery": 3.5},
    ]
    rows = Rig().feed(UP, uplink(None, normalized_payload=normalised))
    assert {row.metric: row.unit for row in rows} == {
        "air.temperature": "°C",
        "air.relative_humidity": "%",
        "air.pressure": "hPa",
        "air.co2": "ppm",
        "air.light_intensity": "lx",
        "soil.depth": "cm",
        "soil.moisture": "%",
        "soil.temperature": "°C",
        "soil.ec": "dS/m",
        "soil.p_h": None,
        "soil.n": "ppm",
        "soil.p": "ppm",
        "soil.k": "ppm",
        "wind.speed": "m/s",
        "wind.direction": "°",
        "rain.intensity": "mm/h",
        "rain.cumulative": "mm",
        "water.leak": None,
        "water.temperature.min": "°C",
        "water.temperature.max": "°C",
        "metering.water.total": "L",
        "position.latitude": "°",
        "position.longitude": "°",
        "action.motion.detected": None,
        "action.motion.count": None,
        "action.contact_state": None,
        "battery": "V",
    }
    times_us = [(row.value, row.time_us) for row in rows if row.metric in ("air.temperature", "battery")]
    assert times_us == [(20.5, us(RECEIVED)), (3.6, us(RECEIVED)), (19.5, us(earlier)), (3.5, us(RECEIVED))]


def test_a_normalised_value_replaces_the_decoded_one_of_its_name() -> None:
    rows = Rig().feed(UP, uplink({"battery": 98, "x": 1}, normalized_payload=[{"battery": 3.6}]))
    assert [(row.metric, row.value, row.unit) for row in rows] == [("x", 1, None), ("battery", 3.6, "V")]


def test_the_link_is_that_of_the_gateway_that_heard_the_device_best() -> None:
    heard = [{"rssi": -101, "snr": -4}, {"snr": 9}, "odd", {"rssi": -74.5, "snr": 6.2}, {"rssi": -90, "snr": 11}]
    rows = Rig().feed(UP, uplink(None, rx_metadata=heard))
    assert [(row.metric, row.value, row.unit) for row in rows] == [
        ("link.rssi", -74.5, "dBm"),
        ("link.snr", 6.2, "dB"),
    ]
    assert Rig().values(UP, uplink(None, rx_metadata=[{"snr": 9, "rssi": True}])) == {"link.snr": 9}


def test_the_time_is_the_first_that_was_ever_set() -> None:
    rig = Rig()
    unset, heard = "0001-01-01T00:00:00Z", [{"rssi": -50, "time": "2025-11-07T08:00:00Z"}]
    one = json.loads(uplink({"a": 1}, received_at=unset, rx_metadata=heard))
    rows = rig.feed(UP, json.dumps(one))
    assert {row.time_us for row in rows} == {us("2025-11-07T08:52:15Z")}
    one["received_at"] = None
    assert {row.time_us for row in rig.feed(UP, json.dumps(one))} == {us("2025-11-07T08:00:00Z")}
    one["uplink_message"]["rx_metadata"] = []
    assert {row.time_us for row in rig.feed(UP, json.dumps(one))} == {NOW_US}


def test_the_topic_names_the_device_of_a_message_that_does_not() -> None:
    rig = Rig()
    body = {"uplink_message": {"decoded_payload": {"a": 1}}, "end_device_ids": {"application_ids": {}, "device_id": 5}}
    assert [row.device for row in rig.feed(UP, json.dumps(body))] == ["ttn/farm/barn-7"]
    assert [row.device for row in rig.feed("v3/farm/devices/x/up", json.dumps(body))] == ["ttn/farm/x"]


def test_a_join_says_that_the_device_is_online() -> None:
    rig = Rig()
    batch = rig.batch(message("v3/farm@acme/devices/barn-7/join", '{"join_accept": {"session_key_id": "AW=="}}'))
    assert [(said.device.id, said.status, said.reason) for said in batch.statuses] == [
        ("ttn/farm/barn-7", Status.ONLINE, "join")
    ]
    assert not rig.batch(message("v3/farm@acme/devices/barn-7/join", "", retain=True)).statuses


def test_a_solved_location_is_a_position() -> None:
    solved = {"service": "s", "location": {"latitude": 1.5, "altitude": 3, "accuracy": 20, "source": "SOURCE_GPS"}}
    rows = Rig().feed("v3/a/devices/d/location/solved", json.dumps({"location_solved": solved}))
    assert [(row.metric, row.value, row.unit) for row in rows] == [
        ("location.latitude", 1.5, "°"),
        ("location.altitude", 3, "m"),
        ("location.accuracy", 20, "m"),
        ("location.source", "SOURCE_GPS", None),
    ]


@pytest.mark.parametrize("event", ["down/queued", "down/sent", "down/failed", "down/replace", "service/data"])
def test_downlinks_and_service_data_tell_nothing(event: str) -> None:
    rig = Rig()
    assert not rig.batch(message(f"v3/a@t/devices/d/{event}", uplink({"a": 1})))
    assert rig.rejected == {}


@pytest.mark.parametrize("topic", ["v3/a/devices/d", "v3/a/gateways/d/up", "v4/a/devices/d/up", "x/v3/a/devices/d/up"])
def test_other_topics_are_somebody_elses(topic: str) -> None:
    rig = Rig()
    rig.feed(topic, '{"a": 1}')
    assert "ttn" not in {device.source for device in rig.catalogue.devices.values()}


def test_model_versions_and_attributes_are_what_people_read_about_the_device() -> None:
    rig = Rig()
    versions = {"brand_id": "milesight-iot", "model_id": "em300-th", "firmware_version": "1.2", "band_id": "EU_863_870"}
    for _ in range(2):
        rig.feed(UP, uplink({"a": 1}, version_ids=versions, attributes={"house": "north", "n": 5, "bad": "a\nb"}))
    device = rig.catalogue.devices["ttn/farm/barn-7"]
    assert device.model == "milesight-iot em300-th"
    assert device.info == {"dev_eui": "0025CA00000017C2", "firmware_version": "1.2", "house": "north"}
    rig.feed(UP, uplink({"a": 1}, version_ids={**versions, "firmware_version": "1.3"}))
    assert device.info["firmware_version"] == "1.3"


@pytest.mark.parametrize("event", ["up", "join", "location/solved"])
def test_what_is_no_object_is_quarantined(event: str) -> None:
    rig = Rig()
    for payload in ("21.5", "[1]", "{broken"):
        assert not rig.batch(message(f"v3/a/devices/d/{event}", payload))
    assert rig.rejected == {"unexpected_shape": 2, "broken_json": 1}
    assert not rig.batch(message(f"v3/a/devices/d/{event}", ""))
    assert sum(rig.rejected.values()) == 3


def test_an_uplink_without_an_uplink_is_told_to_the_operator() -> None:
    rig = Rig()
    rig.feed(UP, '{"end_device_ids": {}}')
    rig.feed("v3/a/devices/d/location/solved", '{"location_solved": []}')
    assert rig.rejected == {"unexpected_shape": 2}


def test_it_can_be_switched_off() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"ttn"})))
    assert "uplink_message.decoded_payload.a" in rig.values(UP, uplink({"a": 1}))


def test_a_bridge_may_put_levels_before_the_topic() -> None:
    rig = Rig(options=NormaliseOptions(bases={"ttn": ("v3", "site/v3")}))
    assert [row.device for row in rig.feed(f"site/{UP}", uplink({"a": 1}))] == ["ttn/site/v3/farm/barn-7"]
    assert [row.device for row in rig.feed(UP, uplink({"a": 1}))] == ["ttn/farm/barn-7"]


def test_a_large_payload_is_bounded() -> None:
    rig = Rig()
    assert len(rig.feed(UP, uplink([{"a": n} for n in range(10_500)]))) == 10_000
    assert rig.rejected == {"too_many": 1}


def test_decoded_and_normalised_values_are_counted_together() -> None:
    rig = Rig()
    decoded, normalised = [{"a": n} for n in range(6000)], [{"b": n} for n in range(6000)]
    assert len(rig.feed(UP, uplink(decoded, normalized_payload=normalised))) == MAX_READINGS
    assert rig.rejected == {"too_many": 1}


def test_measurements_without_a_value_are_counted_too() -> None:
    rig = Rig()
    empty: list[dict[str, int]] = [{}] * MAX_PLACES
    assert "b" in {row.metric for row in rig.feed(UP, uplink(normalized_payload=[*empty[2:], {"b": 1}]))}
    assert rig.rejected == {}
    assert rig.feed(UP, uplink(normalized_payload=[*empty, {"b": 1}])) == []
    assert rig.rejected == {"too_many": 1}
