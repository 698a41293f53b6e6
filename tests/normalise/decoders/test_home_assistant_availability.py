"""Availability by Home Assistant's discovery: section 6, rule 5."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.model import Status
from tests.normalise.decoders.home_assistant_house import DEVICE, discover, entry, read, said, values
from tests.normalise.rig import Rig, message

ONLINE = [("homeassistant/plug-1", Status.ONLINE)]
OFFLINE = [("homeassistant/plug-1", Status.OFFLINE)]
BOTH = [{"topic": "x/a"}, {"t": "x/b", "pl_avail": 1, "pl_not_avail": 0}]


def house(**members: Any) -> Rig:
    rig = Rig()
    discover(rig, "sensor/s", stat_t="x/s", dev=DEVICE, **members)
    return rig


@pytest.mark.parametrize(
    "members",
    [
        {"avty_t": "x/a"},
        {"availability_topic": "~/a", "~": "x"},
        {"avty": {"t": "x/a"}},
        {"availability": [{"topic": "~/a"}], "~": "x"},
        {"avty": ["x/a", {"topic": "x/a"}, {}]},
    ],
)
def test_a_topic_of_availability_tells_whether_its_device_is_there(members: dict[str, Any]) -> None:
    rig = house(**members)
    assert said(rig, "x/a", "online") == ONLINE
    assert said(rig, "x/a", "online") == ONLINE
    assert said(rig, "x/a", "offline") == OFFLINE
    assert said(rig, "x/a", "perhaps") == []
    assert said(rig, "x/a", "") == []
    assert said(rig, "x/a", {"state": "online"}) == []
    assert rig.rejected == {}


def test_the_words_and_the_template_are_those_of_the_entry() -> None:
    rig = house(avty_t="x/a", avty_tpl="{{ value_json.link }}", pl_avail="up", pl_not_avail="down")
    assert said(rig, "x/a", {"link": "up"}) == ONLINE
    assert said(rig, "x/a", {"link": "down"}) == OFFLINE
    assert said(rig, "x/a", {"link": "online"}) == []
    assert said(rig, "x/a", {"other": "up"}) == []


def test_each_topic_of_a_list_has_its_own_words_and_template() -> None:
    rig = house(avty=[{"t": "x/a"}], val_tpl="{{ value_json.t }}", pl_avail="up", topic="x/other")
    assert said(rig, "x/a", "online") == ONLINE
    assert said(rig, "x/a", "up") == []


def test_a_template_may_make_the_word() -> None:
    rig = house(avty_t="x/a", avty_tpl="{{ 'online' if value_json.rssi > -80 else 'offline' }}")
    assert said(rig, "x/a", {"rssi": -60}) == ONLINE
    assert said(rig, "x/a", {"rssi": -90}) == OFFLINE
    assert said(rig, "x/a", "broken") == []


def test_the_latest_word_counts_unless_the_entry_says_otherwise() -> None:
    for mode in ({}, {"avty_mode": "latest"}, {"avty_mode": "never heard of"}):
        rig = house(avty=BOTH, **mode)
        assert said(rig, "x/a", "offline") == OFFLINE
        assert said(rig, "x/b", "1") == ONLINE
        assert said(rig, "x/a", "offline") == OFFLINE


def test_all_must_agree_where_the_entry_says_so() -> None:
    rig = house(avty=BOTH, avty_mode="all")
    assert said(rig, "x/a", "online") == []  # the other has not spoken yet
    assert said(rig, "x/b", "1") == ONLINE
    assert said(rig, "x/a", "offline") == OFFLINE
    assert said(rig, "x/b", "1") == OFFLINE
    assert said(rig, "x/a", "online") == ONLINE


def test_any_is_enough_where_the_entry_says_so() -> None:
    rig = house(avty=BOTH, availability_mode="any")
    assert said(rig, "x/a", "offline") == OFFLINE
    assert said(rig, "x/b", "1") == ONLINE
    assert said(rig, "x/a", "offline") == ONLINE
    assert said(rig, "x/b", "0") == OFFLINE


def test_what_another_ecosystem_hears_is_not_waited_for() -> None:
    rig = house(avty=[{"t": "zigbee2mqtt/bridge/state"}, {"t": "x/b"}], avty_mode="all")
    assert said(rig, "x/b", "online") == ONLINE
    assert said(rig, "zigbee2mqtt/bridge/state", "online") == [("zigbee2mqtt/bridge", Status.ONLINE)]


def test_the_components_of_a_device_share_its_availability_unless_they_have_their_own() -> None:
    rig = Rig()
    components = {"a": {"p": "sensor", "stat_t": "x/s"}, "b": {"p": "sensor", "stat_t": "x/t", "avty_t": "x/b"}}
    discover(rig, "device/d", dev=DEVICE, cmps=components, avty_t="x/a", pl_avail="yes", pl_not_avail="no")
    assert said(rig, "x/a", "yes") == ONLINE
    assert said(rig, "x/b", "no") == []
    assert said(rig, "x/b", "offline") == OFFLINE


def test_a_gateway_speaks_for_all_that_are_behind_it() -> None:
    rig = Rig()
    for name in ("a", "b"):
        for metric in ("t", "h"):
            discover(rig, f"sensor/{name}{metric}", stat_t=f"gw/{name}/{metric}", avty_t="gw/lwt", dev={"ids": name})
    assert said(rig, "gw/lwt", "offline") == [
        ("homeassistant/a", Status.OFFLINE),
        ("homeassistant/b", Status.OFFLINE),
    ]


def test_an_entry_that_comes_after_the_word_is_told_at_once_and_alone() -> None:
    rig = Rig()
    rig.batch(message("gw/lwt", "online", retain=True))
    for name in ("a", "b"):
        batch = rig.batch(entry(f"sensor/{name}", {"stat_t": f"gw/{name}", "avty_t": "gw/lwt", "dev": {"ids": name}}))
        assert [(one.device.id, one.status) for one in batch.statuses] == [(f"homeassistant/{name}", Status.ONLINE)]
    assert rig.catalogue.devices.keys() >= {"homeassistant/a", "homeassistant/b"}


def test_what_only_takes_commands_is_no_device_for_its_availability() -> None:
    rig = Rig()
    discover(rig, "button/b", cmd_t="x/c", avty_t="x/a/status", dev=DEVICE)
    assert said(rig, "x/a/status", "online") == [("x/a", Status.ONLINE)]
    assert set(rig.catalogue.devices) == {"x/a"}


def test_an_entry_that_is_taken_back_leaves_the_topic_to_the_general_rules() -> None:
    rig = house(avty_t="x/available")
    assert said(rig, "x/available", "online") == ONLINE
    rig.batch(entry("sensor/s", None))
    assert said(rig, "x/available", "online") == [("x", Status.ONLINE)]


def test_a_state_may_be_the_availability_too() -> None:
    rig = Rig()
    discover(rig, "binary_sensor/link", stat_t="x/lwt", avty_t="x/lwt", pl_on="online", pl_off="offline", dev=DEVICE)
    for word, status in (("online", Status.ONLINE), ("offline", Status.OFFLINE), ("online", Status.ONLINE)):
        batch = rig.batch(message("x/lwt", word))
        assert [row.value for row in rig.rows(batch)] == [status is Status.ONLINE]
        assert [one.status for one in batch.statuses] == [status]


def test_the_status_is_that_of_the_device_whose_values_are_read() -> None:
    rig = Rig()
    discover(rig, "sensor/n", stat_t="n/sensor/t/state", avty_t="n/status", dev=DEVICE)
    assert said(rig, "n/status", "online") == [("esphome/n", Status.ONLINE)]
    assert values(rig, "n/sensor/t/state", "21") == {"t": 21}
    assert said(rig, "n/status", "offline") == [("esphome/n", Status.OFFLINE)]
    assert set(rig.catalogue.devices) == {"esphome/n"}


def test_the_status_of_another_ecosystems_device_waits_for_its_first_value() -> None:
    rig = Rig()
    discover(rig, "sensor/n", stat_t="tele/plug/SENSOR", avty_t="plug/there", pl_avail="yes", dev=DEVICE)
    assert said(rig, "plug/there", "yes") == []
    batch = rig.batch(message("tele/plug/SENSOR", '{"A": 1}'))
    assert [(one.device.id, one.status) for one in batch.statuses] == [("tasmota/plug", Status.ONLINE)]
    assert said(rig, "plug/there", "offline") == [("tasmota/plug", Status.OFFLINE)]
    assert read(rig, "tele/plug/SENSOR", {"A": 2}) == [("tasmota/plug", "a", 2, None)]
    assert set(rig.catalogue.devices) == {"tasmota/plug"}


def test_a_trial_tells_the_status_and_remembers_nothing() -> None:
    rig = house(avty=BOTH, avty_mode="all")
    assert rig.normaliser.decode("x/b", b"0").statuses[0].status is Status.OFFLINE
    assert said(rig, "x/a", "online") == []


def test_a_topic_of_another_ecosystem_may_tell_whether_a_device_is_there() -> None:
    rig = house(avty_t="tele/plug/POWER", pl_avail="ON", pl_not_avail="OFF")
    for word, status in (("ON", Status.ONLINE), ("OFF", Status.OFFLINE), ("ON", Status.ONLINE)):
        batch = rig.batch(message("tele/plug/POWER", word))
        assert [(one.device.id, one.status) for one in batch.statuses] == [("homeassistant/plug-1", status)]
        assert [(row.device, row.value) for row in rig.rows(batch)] == [("tasmota/plug", word == "ON")]


def test_the_word_of_its_own_ecosystem_counts_more_than_what_discovery_makes_of_it() -> None:
    rig = house(avty_t="tele/plug/LWT", pl_avail="Online", pl_not_avail="Offline")
    assert said(rig, "tele/plug/LWT", "Online") == [("tasmota/plug", Status.ONLINE)]


def test_a_trial_names_the_device_whose_status_another_decoder_tells() -> None:
    rig = house(avty_t="tele/plug/POWER", pl_avail="ON", pl_not_avail="OFF")
    trial = rig.normaliser.decode("tele/plug/POWER", b"OFF")
    assert [(one.device, one.status) for one in trial.statuses] == [("homeassistant/plug-1", Status.OFFLINE)]
