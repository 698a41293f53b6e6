"""OpenDTU, AhoyDTU and Victron: section 13."""

from __future__ import annotations

import json

import pytest

from hub.core.model import Status
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import Rig, message


def read(rig: Rig, topic: str, payload: str) -> list[tuple[str, str, object, str | None]]:
    return [(row.device, row.metric, row.value, row.unit) for row in rig.feed(topic, payload)]


def said(rig: Rig, topic: str, payload: str) -> list[tuple[str, Status | None]]:
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload)).statuses]


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("solar/114180220001/2/irradiation", "12.5", ("114180220001", "2.irradiation", 12.5, "%")),
        ("solar/114180220001/0/yieldtotal", "812.4", ("114180220001", "0.yieldtotal", 812.4, "kWh")),
        ("solar/114180220001/0/reactivepower", "-3", ("114180220001", "0.reactivepower", -3, "var")),
        ("solar/114180220001/status/producing", "0", ("114180220001", "status.producing", 0, None)),
        ("solar/114180220001/name", "Roof", ("114180220001", "name", "Roof", None)),
        ("solar/dtu/99/uptime", "12", ("dtu", "99.uptime", 12, "s")),
        ("solar/dtu/199980112233/ip", "10.0.0.5", ("dtu/199980112233", "ip", "10.0.0.5", None)),
    ],
)
def test_opendtu_says_serial_and_value(topic: str, payload: str, expected: tuple[str, str, object, str | None]) -> None:
    rig = Rig()
    device, metric, value, unit = expected
    for _ in range(2):
        assert read(rig, topic, payload) == [(f"opendtu/{device}", metric, value, unit)]


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("inverter/Roof/ch2/U_DC", "38.9", ("Roof", "ch2.u_dc", 38.9, "V")),
        ("inverter/Roof/ch0/PF_AC", "95.8", ("Roof", "ch0.pf_ac", 95.8, None)),
        ("inverter/Roof/ch0/Efficiency", "95.1", ("Roof", "ch0.efficiency", 95.1, "%")),
        ("inverter/Roof/ack_pwr_limit", "true", ("Roof", "ack_pwr_limit", True, None)),
        ("inverter/total/P_AC", "71", ("total", "p_ac", 71, "W")),
        ("inverter/wifi_rssi", "-75", ("inverter", "wifi_rssi", -75, "dBm")),
        ("inverter/ip_addr", "10.0.0.6", ("inverter", "ip_addr", "10.0.0.6", None)),
    ],
)
def test_ahoydtu_says_name_and_value(topic: str, payload: str, expected: tuple[str, str, object, str | None]) -> None:
    device, metric, value, unit = expected
    assert read(Rig(), topic, payload) == [(f"ahoydtu/{device}", metric, value, unit)]


def test_status_codes_of_ahoydtu_are_numbers_and_its_will_is_a_status() -> None:
    rig = Rig()
    for topic in ("inverter/Roof/available", "inverter/status"):
        assert [row[2] for row in read(rig, topic, "1")] == [1]
    assert said(rig, "inverter/mqtt", "disconnected") == [("ahoydtu/inverter", Status.OFFLINE)]
    assert said(rig, "inverter/mqtt", "not connected") == [("ahoydtu/inverter", Status.OFFLINE)]
    assert said(rig, "solar/dtu/status", "offline") == [("opendtu/dtu", Status.OFFLINE)]


@pytest.mark.parametrize("topic", ["inverter/ctrl/limit/0", "inverter/setup/set_time", "solar/114180220001/cmd/power"])
def test_commands_to_inverters_tell_nothing(topic: str) -> None:
    assert read(Rig(), topic, "70") == []


@pytest.mark.parametrize("topic", ["inverter/garage/power", "inverter/data", "solar/roof/power", "solar/battery"])
def test_other_peoples_solar_topics_stay_theirs(topic: str) -> None:
    assert [row[0] for row in read(Rig(), topic, '{"p": 5}')] == [topic.removesuffix("/data")]


def test_another_base_and_two_bases() -> None:
    rig = Rig(NormaliseOptions(bases={"opendtu": ("pv/dtu", "solar")}))
    assert read(rig, "pv/dtu/114180220001/0/power", "5")[0][0] == "opendtu/114180220001"
    assert read(rig, "solar/114180220001/0/power", "5")[0][0] == "opendtu/solar/114180220001"
    off = Rig(NormaliseOptions(off=frozenset({"opendtu"})))
    assert read(off, "solar/114180220001/0/power", "5")[0][0] == "solar/114180220001/0"


VENUS = "N/c0619ab1cab1/battery/258"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("Soc", 87.5, [("soc", 87.5, "%")]),
        ("Dc/0/Temperature", "21", [("dc.0.temperature", 21, "°C")]),
        ("Serial", "0123", [("serial", "0123", None)]),
        ("Serial", "123", [("serial", "123", None)]),
        ("Mode", "on", [("mode", "on", None)]),
        ("Ac/Energy/Forward", 5, [("ac.energy.forward", 5, None)]),
        ("Cells/Voltage", [3.3, None], [("cells.voltage.0", 3.3, "V")]),
        ("Info", {"A": 1}, [("info.a", 1, None)]),
        ("Soc", None, []),
        ("Soc", "", []),
        ("Soc", [], []),
        ("Alarm", False, [("alarm", False, None)]),
    ],
)
def test_a_dbus_path_is_a_metric(path: str, value: object, expected: list[tuple[str, object, str | None]]) -> None:
    rig = Rig()
    for _ in range(3):
        found = read(rig, f"{VENUS}/{path}", json.dumps({"min": 0, "max": None, "value": value}))
        assert found == [("victron/c0619ab1cab1/battery/258", *row) for row in expected]
    assert rig.rejected == {}


def test_a_service_that_goes_takes_its_values_back() -> None:
    rig = Rig()
    rig.feed(f"{VENUS}/Soc", '{"value": 5}')
    assert said(rig, f"{VENUS}/Soc", "") == [("victron/c0619ab1cab1/battery/258", Status.OFFLINE)]


@pytest.mark.parametrize(
    "topic",
    [
        "R/c0619ab1cab1/keepalive",
        "R/c0619ab1cab1/system/0/Serial",
        "W/c0619ab1cab1/settings/0/Settings/X",
        "N/c0619ab1cab1/keepalive",
        "N/c0619ab1cab1/heartbeat",
        "N/c0619ab1cab1/full_publish_completed",
    ],
)
def test_requests_and_the_portals_own_topics_tell_nothing(topic: str) -> None:
    rig = Rig()
    assert read(rig, topic, '{"value": 5}') == []
    assert rig.rejected == {}


def test_bounds_without_a_value_tell_nothing_whatever_came_before() -> None:
    rig = Rig()
    for payload in ("{}", '{"min": 1}', '{"value": 5, "min": 0}', "{}", '{"max": 2}'):
        assert len(rig.feed(f"{VENUS}/Soc", payload)) == payload.count("value")
    assert rig.rejected == {}


def test_venus_topics_with_something_else_in_them_are_quarantined() -> None:
    rig = Rig()
    for payload in ("5", "[5]", '{"x": 5}', "{", json.dumps({"value": list(range(300))})):
        assert read(rig, f"{VENUS}/Soc", payload) == []
    assert rig.rejected == {"unexpected_shape": 3, "broken_json": 1, "array_too_long": 1}
    assert read(rig, "N/a/b", "5")[0][0] == "N/a"


def test_an_inverter_is_called_as_its_owner_calls_it_also_after_another_name() -> None:
    rig = Rig()
    for name in ("Roof 1", "Roof 1", "Shed"):
        assert rig.values("solar/114180220001/name", name) == {"name": name}
        assert rig.catalogue.devices["opendtu/114180220001"].name == name
    assert rig.rejected == {}
