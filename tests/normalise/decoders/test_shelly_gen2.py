"""Shelly Gen2 and later: section 5."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.core.model import Status
from tests.normalise.rig import NOW_US, Rig, message

TS = NOW_US / 1_000_000 - 60.5


def statuses(rig: Rig, topic: str, payload: str | bytes) -> list[tuple[str, Status | None]]:
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload, retain=True)).statuses]


def units(rig: Rig, topic: str, payload: str) -> dict[str, str | None]:
    return {row.metric: row.unit for row in rig.feed(topic, payload)}


def notify(method: str = "NotifyStatus", /, **params: Any) -> str:
    return json.dumps({"src": "shellypro4pm-1", "dst": "p/events", "method": method, "params": {"ts": TS, **params}})


@pytest.mark.parametrize("prefix", ["shellypro4pm-f008d1d8b8b8", "Home/Boiler room", "shellies/boiler"])
def test_gen2_the_prefix_is_the_device_whatever_it_is(prefix: str) -> None:
    rig = Rig()
    (row,) = rig.feed(f"{prefix}/status/switch:3", '{"id": 3, "output": true}')
    assert (row.device, row.metric, row.value) == (f"shelly/{prefix}", "switch.3.output", True)
    (row,) = rig.feed(f"{prefix}/events/rpc", notify(**{"switch:3": {"id": 3, "apower": 5}}))
    assert (row.device, row.metric, row.unit) == (f"shelly/{prefix}", "switch.3.apower", "W")
    assert statuses(rig, f"{prefix}/online", "false") == [(f"shelly/{prefix}", Status.OFFLINE)]
    assert rig.feed(f"{prefix}/rpc", '{"x": 1}') == []
    assert rig.feed(f"{prefix}/command", "status_update") == []


def test_gen2_a_prefix_becomes_known_after_it_said_that_it_is_there() -> None:
    rig = Rig()
    assert statuses(rig, "den/lamp/online", "true") == [("den/lamp", Status.ONLINE)]
    batch = rig.batch(message("den/lamp/status/light:0", '{"brightness": 50}'))
    assert [(change.device.id, change.status) for change in batch.statuses] == [("shelly/den/lamp", Status.ONLINE)]
    assert statuses(rig, "den/lamp/online", "false") == [("shelly/den/lamp", Status.OFFLINE)]


def test_gen2_units_of_a_status_are_those_of_the_documentation() -> None:
    rig = Rig()
    assert units(rig, "p/status/em:0", '{"b_aprt_power": 1, "n_current": 2, "c_pf": 1, "total_act_power": 3}') == {
        "em.0.b_aprt_power": "VA",
        "em.0.n_current": "A",
        "em.0.c_pf": None,
        "em.0.total_act_power": "W",
    }
    data = '{"id": 0, "a_total_act_energy": 1, "a_total_act_ret_energy": 2, "total_act": 3, "total_act_ret": 4}'
    assert set(units(rig, "p/status/emdata:0", data).values()) == {"Wh"}
    assert units(
        rig, "p/status/devicepower:0", '{"battery": {"V": 5.9, "percent": 90}, "external": {"present": true}}'
    ) == {
        "devicepower.0.battery.v": "V",
        "devicepower.0.battery.percent": "%",
        "devicepower.0.external.present": None,
    }
    assert units(rig, "p/status/humidity:0", '{"id": 0, "rh": 41.5}') == {"humidity.0.rh": "%"}
    assert units(rig, "p/status/illuminance:0", '{"lux": 5, "illumination": "dark"}') == {
        "illuminance.0.lux": "lx",
        "illuminance.0.illumination": None,
    }
    assert units(rig, "p/status/wifi", '{"sta_ip": "10.0.0.9", "rssi": -60}') == {
        "wifi.sta_ip": None,
        "wifi.rssi": "dBm",
    }
    assert units(rig, "p/status/voltmeter:100", '{"voltage": 3.1, "xvoltage": 17}') == {
        "voltmeter.100.voltage": "V",
        "voltmeter.100.xvoltage": None,
    }
    counts = '{"counts": {"total": 9, "by_minute": [1], "minute_ts": 1700000000}, "freq": 2.5}'
    assert units(rig, "p/status/input:2", counts) == {
        "input.2.counts.total": None,
        "input.2.counts.by_minute.0": None,
        "input.2.freq": "Hz",
    }
    cover = (
        '{"state": "open", "current_pos": 40, "aenergy": {"total": 5}, "ret_aenergy": {"total": 1, "by_minute": [2]}}'
    )
    assert units(rig, "p/status/cover:0", cover) == {
        "cover.0.state": None,
        "cover.0.current_pos": "%",
        "cover.0.aenergy.total": "Wh",
        "cover.0.ret_aenergy.total": "Wh",
        "cover.0.ret_aenergy.by_minute.0": "mWh",
    }


def test_gen2_the_system_dates_its_own_status_and_identifies_its_device() -> None:
    rig = Rig()
    system = {
        "mac": "F008D1D8B8B8",
        "time": "14:25",
        "unixtime": NOW_US // 1_000_000 - 30,
        "uptime": 99,
        "ram_free": 1000,
        "fs_size": 2000,
        "available_updates": {"stable": {"version": "1.4.4"}},
        "wakeup_period": 600,
    }
    for _ in range(2):
        rows = rig.feed("p/status/sys", json.dumps(system))
        assert {(row.metric, row.value, row.unit, row.time_us) for row in rows} == {
            ("sys.uptime", 99, "s", NOW_US - 30_000_000),
            ("sys.ram_free", 1000, "B", NOW_US - 30_000_000),
            ("sys.fs_size", 2000, "B", NOW_US - 30_000_000),
            ("sys.available_updates.stable.version", "1.4.4", None, NOW_US - 30_000_000),
            ("sys.wakeup_period", 600, "s", NOW_US - 30_000_000),
        }
    assert rig.general == 1
    assert rig.catalogue.devices["shelly/p"].info == {"mac": "F008D1D8B8B8"}


@pytest.mark.parametrize("unset", [None, "soon", 0])
def test_gen2_the_system_has_the_receive_time_until_its_clock_is_set(unset: object) -> None:
    rig = Rig()
    for unixtime, age_us in ((unset, 0), (unset, 0), (NOW_US // 1_000_000 - 30, 30_000_000), (unset, 0)):
        rows = rig.feed("p/status/sys", json.dumps({"mac": "X", "time": None, "unixtime": unixtime, "uptime": 3}))
        assert [(row.metric, row.time_us) for row in rows] == [("sys.uptime", NOW_US - age_us)]


def test_gen2_notifications_tell_of_all_components_at_their_time_and_are_planned() -> None:
    rig = Rig()
    components = {
        "sys": {"mac": "A", "time": "1:00", "unixtime": 1_600_000_000, "uptime": 5},
        "em1:1": {"id": 1, "act_power": -5.5, "errors": []},
        "wifi": {"status": "got ip"},
        "temperature:100": {"id": 100, "tC": None},
    }
    for method in ("NotifyStatus", "NotifyStatus", "NotifyStatus", "NotifyFullStatus"):
        rows = rig.feed("p/events/rpc", notify(method, **components))
        assert [(row.device, row.metric, row.value, row.time_us) for row in rows] == [
            ("shelly/p", "sys.uptime", 5, NOW_US - 60_500_000),
            ("shelly/p", "em1.1.act_power", -5.5, NOW_US - 60_500_000),
            ("shelly/p", "wifi.status", "got ip", NOW_US - 60_500_000),
        ]
    assert rig.general == 2


@pytest.mark.parametrize("ts", [None, "soon", 1.61])
def test_gen2_a_clock_that_was_never_set_is_no_time(ts: object) -> None:
    rig = Rig()
    for _ in range(2):
        rows = rig.feed("p/events/rpc", notify(ts=ts, cloud={"connected": True}))
        assert [(row.metric, row.value, row.time_us) for row in rows] == [("cloud.connected", True, NOW_US)]


def test_gen2_each_event_is_a_reading_of_its_component_at_its_time() -> None:
    rig = Rig()
    rig.feed("p/events/rpc", notify(cloud={"connected": True}))
    events = [
        {"component": "input:0", "id": 0, "event": "double_push", "ts": TS - 1},
        {"component": "sys", "event": "config_changed", "restart_required": False, "cfg_rev": 11},
        {"component": 5, "event": "x"},
        "odd",
    ]
    rows = rig.feed("p/events/rpc", notify("NotifyEvent", events=events))
    assert [(row.metric, row.value, row.time_us) for row in rows] == [
        ("input.0.event", "double_push", NOW_US - 61_500_000),
        ("sys.event", "config_changed", NOW_US - 60_500_000),
    ]
    assert rig.rejected == {"unexpected_shape": 2}


@pytest.mark.parametrize("params", [None, 5, [], "x"])
@pytest.mark.parametrize("method", ["NotifyStatus", "NotifyFullStatus", "NotifyEvent"])
def test_gen2_a_notification_without_what_it_tells_is_undecodable(method: str, params: object) -> None:
    rig = Rig()
    assert rig.feed("p/events/rpc", json.dumps({"method": method, "params": params})) == []
    assert rig.rejected == {"unexpected_shape": 1}


def test_gen2_other_frames_tell_nothing() -> None:
    rig = Rig()
    methods: tuple[Any, ...] = ("Switch.Set", None, {}, [])
    for method in methods:
        assert rig.feed("p/events/rpc", json.dumps({"method": method, "params": {"ts": 1, "a:0": {"b": 1}}})) == []
    assert rig.rejected == {}
