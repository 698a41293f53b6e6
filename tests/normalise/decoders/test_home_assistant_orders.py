"""Entries of Home Assistant's discovery that come late, change, come again or are taken back."""

from __future__ import annotations

import json
from itertools import islice, permutations

import pytest

from tests.normalise.decoders.home_assistant_house import DEVICE, discover, entry, read
from tests.normalise.rig import Rig, message

ABOUT = {"ids": ["plug-1"], "mf": "Acme", "mdl": "Plug", "name": "Kettle"}
ENTRIES = [
    entry("sensor/t", {"stat_t": "x/y/state", "val_tpl": "{{ value_json.t }}", "unit_of_meas": "°C", "dev": ABOUT}),
    entry(
        "sensor/p", {"stat_t": "x/y/state", "val_tpl": "{{ value_json.p / 10 }}", "unit_of_meas": "hPa", "dev": ABOUT}
    ),
    entry("switch/r", {"stat_t": "x/relay", "pl_on": "closed", "pl_off": "open", "avty_t": "x/lwt", "dev": ABOUT}),
]
STATES = [
    message("x/y/state", '{"t": 21, "p": 10132, "h": 40}', retain=True),
    message("x/relay", "closed", retain=True),
    message("x/lwt", "online", retain=True),
]


def test_retained_messages_in_any_order_give_the_same() -> None:
    outcomes: set[tuple[str, tuple[str, str], str | None, str | None, frozenset[str]]] = set()
    for order in islice(permutations([*ENTRIES, *STATES]), 0, None, 7):
        rig = Rig()
        statuses = [
            (said.device.id, said.status)
            for one in order
            for said in rig.batch(one).statuses
            if said.status is not None
        ]
        gone = rig.normaliser.mistaken()
        lost = set() if gone is None else {device.id for device in gone.removed_devices}
        found = sorted(
            (series.device.id, series.metric, repr(series.value), series.unit or "")
            for series in rig.catalogue.series.values()
            if gone is None or series not in gone.removed_series
        )
        device = rig.catalogue.devices["homeassistant/plug-1"]
        outcomes.add(
            (json.dumps(found), statuses[-1], device.name, device.model, frozenset(rig.catalogue.devices) - lost)
        )
    assert len(outcomes) == 1
    told, status, *_ = outcomes.pop()
    assert json.loads(told) == [
        ["homeassistant/plug-1", "h", "40", ""],
        ["homeassistant/plug-1", "p", "1013.2", "hPa"],
        ["homeassistant/plug-1", "r", "True", ""],
        ["homeassistant/plug-1", "t", "21", "°C"],
    ]
    assert status == ("homeassistant/plug-1", "online")


def test_the_same_entry_again_changes_nothing() -> None:
    rig = Rig()
    first = entry("sensor/t", {"stat_t": "a/b", "unit_of_meas": "W", "dev": DEVICE})
    rig.batch(first)
    read(rig, "a/b", "5")
    assert not rig.batch(first)
    read(rig, "a/b", "6")
    assert rig.general == 3


def test_a_unit_that_comes_later_holds_for_the_last_value_too() -> None:
    rig = Rig()
    assert read(rig, "zigbee2mqtt/d", {"flow": 5}) == [("zigbee2mqtt/d", "flow", 5, None)]
    rig.batch(entry("sensor/f", {"stat_t": "zigbee2mqtt/d", "val_tpl": "{{ value_json.flow }}", "unit_of_meas": "L/h"}))
    assert rig.series("zigbee2mqtt/d", "flow").unit == "L/h"


@pytest.mark.parametrize("payload", ["", "{}"])
def test_an_entry_that_is_taken_back_leaves_its_topic_to_the_general_rules(payload: str) -> None:
    rig = Rig()
    discover(rig, "sensor/t", stat_t="a/b", cmd_t="a/c", dev=DEVICE)
    assert read(rig, "a/b", "5") == [("homeassistant/plug-1", "t", 5, None)]
    assert read(rig, "a/c", "5") == []
    assert not rig.batch(message("homeassistant/sensor/t/config", payload, retain=True))
    assert read(rig, "a/b", "5") == [("a", "b", 5, None)]
    assert read(rig, "a/c", "5") == [("a", "c", 5, None)]


def test_an_entry_that_names_another_device_does_not_move_what_was_read() -> None:
    rig = Rig()
    discover(rig, "sensor/t", stat_t="a/b", dev=DEVICE)
    read(rig, "a/b", "5")
    rig.batch(entry("sensor/t", {"stat_t": "a/b", "dev": {"ids": "other"}}))
    assert set(rig.catalogue.devices) == {"homeassistant/plug-1"}
    assert read(rig, "a/b", "6") == [("homeassistant/other", "t", 6, None)]


def test_a_trial_remembers_no_entry() -> None:
    rig = Rig()
    trial = rig.normaliser.decode("homeassistant/sensor/t/config", b'{"stat_t": "a/b", "dev": {"ids": "x"}}')
    assert (trial.decoder, trial.readings, trial.undecoded) == ("homeassistant", (), None)
    assert [row[0] for row in read(rig, "a/b", "5")] == ["a"]


@pytest.mark.parametrize("key", ["migrate_discovery", "migr_discvry"])
def test_an_entry_holds_until_it_is_told_anew_as_a_part_of_its_device(key: str) -> None:
    rig = Rig()
    discover(rig, "sensor/t", stat_t="a/b", dev=DEVICE)
    rig.batch(entry("sensor/t", {key: True}))
    assert read(rig, "a/b", "5") == [("homeassistant/plug-1", "t", 5, None)]
    rig.batch(entry("device/d", {"dev": DEVICE, "cmps": {"t": {"p": "sensor", "stat_t": "a/b"}}}))
    rig.batch(entry("sensor/t", None))
    assert read(rig, "a/b", "6") == [("homeassistant/plug-1", "t", 6, None)]


def test_a_fault_of_an_entry_is_told_once_however_often_it_comes() -> None:
    rig = Rig()
    for _ in range(3):
        discover(rig, "sensor/t", stat_t="a/b", val_tpl="{{ now() }}", dev=DEVICE)
    assert rig.rejected == {"bad_template": 1}
