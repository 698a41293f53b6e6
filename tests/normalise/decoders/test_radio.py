"""Radio gateways: section 13, OpenMQTTGateway, Ruuvi Gateway, rtl_433, Meshtastic."""

from __future__ import annotations

import json

import pytest

from hub.core.model import Status
from hub.normalise.decoders import ruuvi
from hub.normalise.flatten import MAX_REJECTIONS
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import NOW_US, Rig, message

TIME_S = 1_766_499_000
TAG = "ruuvi/AA:BB:CC:DD:EE:01/CB:B8:33:4C:88:4F"


def said(rig: Rig, topic: str, payload: str) -> list[tuple[str, Status | None]]:
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload)).statuses]


def units(rig: Rig, topic: str, document: dict[str, object]) -> dict[str, tuple[object, str | None]]:
    return {row.metric: (row.value, row.unit) for row in rig.feed(topic, json.dumps(document))}


def test_a_bluetooth_sensor_is_the_device_with_units_by_key_and_by_neighbour() -> None:
    rig = Rig()
    document = {
        "id": "A4:C1:38:01:02:03",
        "name": "Grill",
        "brand": "Inkbird",
        "model": "IBT-2X",
        "tempc": 21,
        "tempc2": 84.5,
        "vol": 3,
        "volu": "m3",
        "time": 5,
        "rssi": -60,
        "lone_u": "x",
    }
    for _ in range(3):
        assert units(rig, "site/cellar/gw/BTtoMQTT/A4C138010203", document) == {
            "tempc": (21, "°C"),
            "tempc2": (84.5, "°C"),
            "vol": (3, "m³"),
            "time": (5, None),
            "rssi": (-60, "dBm"),
            "lone_u": ("x", None),
        }
    device = rig.catalogue.devices["openmqttgateway/A4C138010203"]
    assert (device.name, device.model) == ("Grill", "Inkbird IBT-2X")
    assert rig.general == 3  # units beside values are looked at each time


def test_the_unit_of_a_scale_is_not_that_of_its_signal() -> None:
    document = {"id": "x", "unit": "kg", "weight": 60.5, "rssi": -70}
    assert units(Rig(), "home/gw/BTtoMQTT/x", document) == {"weight": (60.5, "kg"), "rssi": (-70, "dBm")}


def test_a_gateways_will_is_told_from_that_of_anybody_else() -> None:
    rig = Rig()
    assert said(rig, "home/OMG_ESP32/LWT", "online") == [("openmqttgateway/OMG_ESP32", Status.ONLINE)]
    assert said(rig, "home/attic/LWT", "online") == [("home/attic", Status.ONLINE)]
    assert said(rig, "home/attic/BTtoMQTT/AA", '{"rssi": -1}') == [("openmqttgateway/attic", Status.ONLINE)]
    assert said(rig, "home/attic/LWT", "offline") == [("openmqttgateway/attic", Status.OFFLINE)]
    assert said(rig, "home/x/LWT", "") == []
    assert rig.feed("home/x/commands/MQTTtoBT/config", "{}") == []
    assert units(rig, "home/attic/SYStoMQTT", {"uptime": 5, "ssid": "5"}) == {
        "uptime": (5, "s"),
        "ssid": ("5", None),
    }
    assert rig.rejected == {}


def test_documents_where_a_gateway_would_have_its_will_are_of_whoever_sent_them() -> None:
    rig = Rig()
    assert said(rig, "home/pump/LWT", '{"state": "online"}') == [("home/pump", Status.ONLINE)]
    assert units(rig, "home/pump/LWT", {"reason": "reset"}) == {"reason": ("reset", None)}
    assert {device.source for device in rig.catalogue.devices.values()} == {"json"}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            "0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F",
            (24.3, 53.49, 100_044, 0.004, -0.004, 1.036, 2.977, 4, 66, 205),
        ),
        (
            "057FFFFFFEFFFE7FFF7FFF7FFFFFDEFEFFFECBB8334C884F",
            (163.835, 163.835, 115_534, 32.767, 32.767, 32.767, 3.646, 20, 254, 65_534),
        ),
        (
            "058001000000008001800180010000000000CBB8334C884F",
            (-163.835, 0, 50_000, -32.767, -32.767, -32.767, 1.6, -40, 0, 0),
        ),
        ("058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF", ()),
    ],
)
def test_raw_ruuvi_data_is_decoded_as_the_specifications_test_vectors_say(
    payload: str, expected: tuple[float, ...]
) -> None:
    found = ruuvi.readings(f"0201061BFF9904{payload}")
    assert list(found.values()) == pytest.approx(list(expected))
    rows = Rig().feed(TAG, json.dumps({"rssi": -70, "ts": TIME_S, "data": f"0201061BFF9904{payload}"}))
    assert {row.metric: row.value for row in rows} == {"rssi": -70, **found}
    assert {row.time_us for row in rows} == {TIME_S * 1_000_000}


@pytest.mark.parametrize(
    "raw", ["", "zz", "0", "02", "1BFF4C000512", "0201061BFF990405", "0201061BFF990403" + "0" * 60]
)
def test_what_is_no_advertisement_of_format_5_is_no_reading(raw: str) -> None:
    assert Rig().values(TAG, json.dumps({"rssi": -70, "data": raw})) == {"rssi": -70}


def test_what_a_gateway_decoded_is_not_decoded_again() -> None:
    rig = Rig()
    raw = "0201061BFF99040512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"
    for _ in range(2):
        found = units(rig, TAG, {"data": raw, "dataFormat": 5, "temperature": 1, "accelX": 0.5, "PM10": 2, "rssi": -1})
        assert found == {"temperature": (1, "°C"), "accel_x": (0.5, "g"), "pm10": (2, "µg/m³"), "rssi": (-1, "dBm")}
    assert rig.values(TAG, json.dumps({"data": raw, "rssi": -1}))["movement_counter"] == 66


def test_other_topics_under_ruuvi_are_plain() -> None:
    assert [row.device for row in Rig().feed("ruuvi/sauna/temperature", "80")] == ["plain/ruuvi/sauna"]
    assert said(Rig(), "ruuvi/gw/gw_status", '{"state": "online"}') == [("ruuvi/gw", Status.ONLINE)]


def test_an_rtl_433_event_names_its_sensor_and_its_units() -> None:
    rig = Rig()
    document = {
        "time": "2025-12-23T14:00:00Z",
        "model": "Acurite-Tower",
        "id": 7,
        "channel": "A",
        "temperature_1_F": 70.1,
        "humidity_2": 40,
        "wind_max_km_h": 12,
        "rain_in": 0.2,
        "channel_a": 1,
        "codes": ["ab", "cd"],
        "nothing": None,
        "mic": "CRC",
    }
    for _ in range(2):
        assert units(rig, "rtl_433/pi/events", document) == {
            "temperature_1_f": (70.1, "°F"),
            "humidity_2": (40, "%"),
            "wind_max_km_h": (12, "km/h"),
            "rain_in": (0.2, "in"),
            "channel_a": (1, None),
            "codes.0": ("ab", None),
            "codes.1": ("cd", None),
        }
    assert list(rig.catalogue.devices) == ["rtl_433/Acurite-Tower/A/7"]
    assert units(rig, "house/rtl_433", {"model": "X", "id": 1, "power_W": 5}) == {"power_w": (5, "W")}
    assert "rtl_433/X/1" in rig.catalogue.devices


def test_an_rtl_433_event_with_ever_so_many_long_arrays_is_refused_in_few_words() -> None:
    rig = Rig()
    arrays = {f"k{place}": [0] * 257 for place in range(300)}
    assert rig.values("rtl_433/pi/events", json.dumps({"model": "X", "power_W": 5, **arrays})) == {"power_w": 5}
    assert rig.rejected == {"array_too_long": MAX_REJECTIONS}


def test_rtl_433_topics_with_one_value_have_the_unit_of_their_key() -> None:
    rig = Rig()
    for _ in range(2):
        rows = rig.feed("rtl_433/pi/devices/Oregon-X/1/pressure_hPa", "1001.5")
        assert [(row.device, row.metric, row.unit) for row in rows] == [
            ("rtl_433/Oregon-X/1", "pressure_h_pa", "hPa"),
        ]
    for key in ("time", "id", "mic", "freq1"):
        assert rig.feed(f"rtl_433/pi/devices/Oregon-X/1/{key}", "3") == []
    assert said(rig, "a/rtl_433/pi/availability", "online") == [("rtl_433/pi", Status.ONLINE)]
    assert rig.feed("rtl_433/pi/events", '{"time": 1}') == []
    assert rig.rejected == {"unexpected_shape": 1}


def mesh(kind: str, payload: object, **more: object) -> str:
    return json.dumps({"from": -1, "type": kind, "payload": payload, "timestamp": TIME_S, **more})


def test_a_node_of_the_mesh_is_the_device() -> None:
    rig = Rig()
    topic = "msh/EU_868/DE/2/json/LongFast/!12345678"
    rows = rig.feed(topic, mesh("position", {"latitude_i": 525200000, "time": 0, "sats_in_view": 9}, snr=-3.5))
    assert [(row.device, row.metric, row.value, row.unit) for row in rows] == [
        ("meshtastic/!ffffffff", "sats_in_view", 9, None),
        ("meshtastic/!ffffffff", "latitude", 52.52, "°"),
        ("meshtastic/!ffffffff", "snr", -3.5, "dB"),
    ]
    assert {row.time_us for row in rows} == {TIME_S * 1_000_000}
    assert rig.values(topic, mesh("text", "hello")) == {"text": "hello"}
    assert rig.feed(topic, mesh("nodeinfo", {"longname": "Hill"})) == []
    assert rig.catalogue.devices["meshtastic/!ffffffff"].name == "Hill"
    assert rig.feed(topic, '{"from": "x"}') == []
    assert rig.rejected == {"unexpected_shape": 1}


def test_an_array_of_objects_under_a_key_has_indexes_whoever_sends_it() -> None:
    rig = Rig()
    neighbours = {"neighbors": [{"node_id": 12, "snr": 3.5}, {"node_id": 13, "snr": -2}]}
    assert rig.values("msh/US/2/json/LongFast/!1", mesh("neighborinfo", neighbours)) == {
        "neighbors.0.node_id": 12,
        "neighbors.0.snr": 3.5,
        "neighbors.1.node_id": 13,
        "neighbors.1.snr": -2,
    }
    rows = rig.values("rtl_433/pi/events", '{"model": "X", "rows": [{"len": 25}, {"len": 30}], "codes": ["{25}ab"]}')
    assert rows == {"rows.0.len": 25, "rows.1.len": 30, "codes.0": "{25}ab"}


def test_protocol_buffers_of_the_mesh_are_no_error() -> None:
    rig = Rig()
    for topic in ("msh/US/2/e/LongFast/!1", "msh/2/c/LongFast/!1", "msh/2/map/"):
        assert rig.feed(topic, b"\x0a\xff\x00") == []
    assert said(rig, "msh/US/2/stat/!1", "offline") == [("meshtastic/!1", Status.OFFLINE)]
    assert rig.rejected == {}


def test_bases_are_moved_and_decoders_switched_off() -> None:
    rig = Rig(NormaliseOptions(bases={"meshtastic": ("mesh", "net/two")}))
    assert rig.feed("mesh/2/json/a/!1", mesh("text", "x"))[0].device == "meshtastic/!ffffffff"
    assert rig.feed("net/two/2/json/a/!1", mesh("text", "x"))[0].device == "meshtastic/net/two/!ffffffff"
    assert rig.feed("msh/2/json/a/!1", mesh("text", "x"))[0].device == "msh/2/json/a/!1"
    off = Rig(NormaliseOptions(off=frozenset({"ruuvi"})))
    assert [(row.device, row.time_us) for row in off.feed(TAG, '{"rssi": -1}')] == [(TAG, NOW_US)]


def test_a_key_is_a_unit_only_beside_its_value() -> None:
    rig = Rig()
    topic = "home/OpenMQTTGateway/BTtoMQTT/A4C138000001"
    for _ in range(2):
        assert rig.values(topic, '{"weight": 71.5}') == {"weight": 71.5}
        assert rig.values(topic, '{"weightu": "kg"}') == {"weightu": "kg"}
        assert units(rig, topic, {"weight": 72.5, "weightu": "kg"}) == {"weight": (72.5, "kg")}


def test_the_firmware_of_a_gateway_is_told_with_it_and_that_of_others_stays_a_reading() -> None:
    rig = Rig()
    assert rig.feed("home/OMG_ESP32/version", "v1.8.0") == []
    assert rig.catalogue.devices["openmqttgateway/OMG_ESP32"].info == {"firmware": "v1.8.0"}
    assert rig.values("home/attic/version", "v1.8.1", retain=True) == {"version": "v1.8.1"}
    rig.feed("home/attic/BTtoMQTT/A4C138000001", '{"tempc": 21.5}')
    assert rig.catalogue.devices["openmqttgateway/attic"].info == {"firmware": "v1.8.1"}
    assert rig.feed("home/OMG_ESP32/version", "") == []
    assert rig.feed("home/OMG_ESP32/version", b"\xff\xfe") == []
    assert rig.rejected == {"not_text": 1}
