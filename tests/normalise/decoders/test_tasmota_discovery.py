"""What Tasmota devices tell about themselves, and where they publish: section 3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.core.model import Status
from hub.normalise.decoders import tasmota_about
from tests.normalise.decoders.tasmota_house import read, said
from tests.normalise.rig import Rig, message

ENTRY = {
    "ip": "10.0.0.7",
    "dn": "Kitchen plug",
    "fn": ["Plug", None],
    "hn": "plug-7",
    "mac": "A4CF12000007",
    "md": "Nous A1T",
    "ofln": "Weg",
    "onln": "Da",
    "sw": "14.2.0",
    "t": "plug7",
    "ft": "flat/%prefix%/%topic%/",
    "tp": ["cmd", "state", "sensors"],
}


def test_devices_tell_their_name_model_and_address() -> None:
    rig = Rig()
    rig.feed("tele/plug/INFO1", '{"Info1": {"Module": "Nous A1T", "Version": "14.2.0(release)", "FallbackTopic": "x"}}')
    rig.feed("stat/plug/STATUS", '{"Status": {"Module": 1, "DeviceName": "", "FriendlyName": ["Boiler", "B"]}}')
    rig.feed("stat/plug/STATUS5", '{"StatusNET": {"Hostname": "plug-7", "IPAddress": "10.0.0.7", "Mac": ["x"]}}')
    device = rig.catalogue.devices["tasmota/plug"]
    assert (device.name, device.model) == ("Boiler", "Nous A1T")
    assert device.info == {"firmware": "14.2.0(release)", "hostname": "plug-7", "ip_address": "10.0.0.7"}


def test_a_discovery_entry_tells_about_the_device_and_is_no_reading() -> None:
    rig = Rig()
    entry = ENTRY | {"ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"]}
    assert rig.feed("tasmota/discovery/A4CF12000007/config", json.dumps(entry), retain=True) == []
    assert rig.feed("tasmota/discovery/A4CF12000007/sensors", '{"sn": {"ANALOG": {"A0": 5}}}', retain=True) == []
    device = rig.catalogue.devices["tasmota/plug7"]
    assert (device.name, device.model, device.info["firmware"]) == ("Kitchen plug", "Nous A1T", "14.2.0")
    assert rig.rejected == {}


def test_a_discovery_entry_says_where_its_device_publishes() -> None:
    rig = Rig()
    rig.feed("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY), retain=True)
    assert read(rig, "flat/sensors/plug7/SENSOR", {"ENERGY": {"Power": 5}}) == [("flat/plug7", "energy.power", 5, "W")]
    assert read(rig, "flat/state/plug7/POWER", "ON") == [("flat/plug7", "power", True, None)]
    assert said(rig, "flat/sensors/plug7/LWT", "Weg") == [("tasmota/flat/plug7", Status.OFFLINE)]
    assert said(rig, "flat/sensors/plug7/LWT", "Da") == [("tasmota/flat/plug7", Status.ONLINE)]
    assert rig.feed("flat/cmd/plug7/POWER", "TOGGLE") == []


def test_messages_that_came_before_the_discovery_entry_are_read_by_it() -> None:
    rig = Rig()
    rig.batch(
        message("flat/sensors/plug7/LWT", "Da", retain=True), message("flat/state/plug7/POWER", "ON", retain=True)
    )
    batch = rig.batch(message("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY), retain=True))
    assert [(change.device.id, change.status) for change in batch.statuses] == [("tasmota/flat/plug7", Status.ONLINE)]
    assert [(row.device, row.metric, row.value) for row in rig.rows(batch)] == [("tasmota/flat/plug7", "power", True)]
    assert not rig.batch(message("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY), retain=True)).statuses


def test_words_of_a_will_that_is_not_in_english_come_with_the_discovery_entry() -> None:
    rig = Rig()
    assert said(rig, "tele/plug7/LWT", "Weg", retain=True) == []
    entry = ENTRY | {"ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"]}
    batch = rig.batch(message("tasmota/discovery/A4CF12000007/config", json.dumps(entry), retain=True))
    assert [(change.device.id, change.status) for change in batch.statuses] == [("tasmota/plug7", Status.OFFLINE)]


def test_the_last_words_of_a_device_that_moved_are_not_said_again_at_its_old_topics() -> None:
    rig = Rig()
    rig.feed("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY), retain=True)
    assert read(rig, "flat/state/plug7/POWER", "ON") == [("flat/plug7", "power", True, None)]
    moved = message("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY | {"ft": "hall/%prefix%/%topic%/"}))
    assert not rig.batch(moved).readings
    assert read(rig, "hall/state/plug7/POWER", "OFF") == [("hall/plug7", "power", False, None)]


def test_a_discovery_entry_that_is_taken_back_is_forgotten() -> None:
    rig = Rig()
    rig.feed("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY), retain=True)
    rig.feed("tasmota/discovery/A4CF12000007/config", "", retain=True)
    assert [row.device for row in rig.feed("flat/sensors/plug7/SENSOR", '{"a": 1}')] == ["flat/sensors/plug7"]


CONFIG = "tasmota/discovery/A4CF12000007/config"
OTHER = "tasmota/discovery/A4CF12000008/config"
SENSOR = "flat/sensors/plug7/SENSOR"


def device_of(rig: Rig, topic: str) -> list[str]:
    return [row.device for row in rig.feed(topic, '{"a": 1}')]


@pytest.mark.parametrize("entry", ["", json.dumps(ENTRY | {"t": "plug8"})])
def test_topics_that_a_device_left_are_no_longer_read_as_its_own(entry: str) -> None:
    rig = Rig()
    rig.feed(CONFIG, json.dumps(ENTRY), retain=True)
    assert device_of(rig, SENSOR) == ["tasmota/flat/plug7"]
    assert rig.feed("flat/cmd/plug7/POWER", "TOGGLE") == []
    rig.feed(CONFIG, entry, retain=True)
    assert device_of(rig, SENSOR) == ["flat/sensors/plug7"]
    assert [row.value for row in rig.feed("flat/cmd/plug7/POWER", "TOGGLE")] == ["TOGGLE"]


def test_topics_of_commands_that_came_before_the_discovery_entry_tell_nothing_from_then_on() -> None:
    rig = Rig()
    rig.feed("flat/cmd/plug7/POWER", "TOGGLE")
    rig.feed(CONFIG, json.dumps(ENTRY), retain=True)
    assert rig.feed("flat/cmd/plug7/POWER", "TOGGLE") == []


def test_words_of_a_will_that_its_owner_changed_back_say_nothing_any_more() -> None:
    rig = Rig()
    usual = ENTRY | {"ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"]}
    rig.feed(CONFIG, json.dumps(usual), retain=True)
    assert said(rig, "tele/plug7/LWT", "Weg") == [("tasmota/plug7", Status.OFFLINE)]
    rig.feed(CONFIG, json.dumps(usual | {"onln": "Online", "ofln": "Offline"}), retain=True)
    assert said(rig, "tele/plug7/LWT", "Weg") == []
    assert said(rig, "tele/plug7/LWT", "Offline") == [("tasmota/plug7", Status.OFFLINE)]


@pytest.mark.parametrize(("left", "staying"), [(CONFIG, OTHER), (OTHER, CONFIG)])
def test_topics_that_two_devices_announced_stay_with_the_one_that_is_left(left: str, staying: str) -> None:
    rig = Rig()
    rig.feed(CONFIG, json.dumps(ENTRY), retain=True)
    rig.feed(OTHER, json.dumps(ENTRY | {"mac": "A4CF12000008", "ofln": "Fort"}), retain=True)
    assert said(rig, "flat/sensors/plug7/LWT", "Fort") == [("tasmota/flat/plug7", Status.OFFLINE)]
    rig.feed(left, "", retain=True)
    assert device_of(rig, SENSOR) == ["tasmota/flat/plug7"]
    assert rig.feed("flat/cmd/plug7/POWER", "TOGGLE") == []
    word = "Fort" if staying == OTHER else "Weg"
    assert said(rig, "flat/sensors/plug7/LWT", word) == [("tasmota/flat/plug7", Status.OFFLINE)]
    rig.feed(staying, "", retain=True)
    assert device_of(rig, SENSOR) == ["flat/sensors/plug7"]


def test_a_trial_remembers_no_discovery_entry() -> None:
    rig = Rig()
    rig.normaliser.decode("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY).encode())
    assert [row.device for row in rig.feed("flat/sensors/plug7/SENSOR", '{"a": 1}')] == ["flat/sensors/plug7"]


@pytest.mark.parametrize(
    "changed",
    [
        {"ft": 5},
        {"ft": "%topic%/"},
        {"ft": "%prefix%/"},
        {"ft": "%prefix%/" + "x" * 300},
        {"tp": ["a", "b"]},
        {"tp": ["a", "b", "b"]},
        {"tp": None},
        {"t": ""},
        {"t": 7},
    ],
)
def test_a_discovery_entry_that_says_nothing_of_use_changes_nothing(changed: dict[str, Any]) -> None:
    rig = Rig()
    entry = {"ft": "%prefix%/%topic%/", "t": "x"} if changed == {"ft": "%prefix%/"} else {}
    rig.feed("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY | entry | changed), retain=True)
    assert list(rig.catalogue.devices) == []
    assert rig.rejected == {}


def test_discovery_entries_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasmota_about, "MAX_ENTRIES", 2)
    rig = Rig()
    for number in range(3):
        entry = ENTRY | {"mac": f"A4CF1200000{number}", "t": f"plug{number}"}
        rig.feed(f"tasmota/discovery/A4CF1200000{number}/config", json.dumps(entry), retain=True)
    assert rig.rejected == {"limit": 1}
    assert [row.device for row in rig.feed("flat/sensors/plug1/SENSOR", '{"a": 1}')] == ["tasmota/flat/plug1"]
    assert [row.device for row in rig.feed("flat/sensors/plug2/SENSOR", '{"a": 1}')] == ["flat/sensors/plug2"]
