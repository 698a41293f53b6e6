"""Devices behind a bridge are there only if it is."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from hub.core.model import Status
from hub.normalise.decoders import bridges
from tests.normalise.rig import Rig, message

ONLINE, OFFLINE = Status.ONLINE, Status.OFFLINE
LAMP, PLUG, SENSOR = "zigbee2mqtt/lamp", "zigbee2mqtt/plug", "zigbee2mqtt/hall/sensor"
DEVICES = json.dumps([{"friendly_name": name, "type": "Router"} for name in ("lamp", "plug", "hall/sensor")])


def say(rig: Rig, topic: str, payload: str) -> dict[str, Status | None]:
    """What follows for whom."""
    return {change.device.id: change.status for change in rig.batch(message(topic, payload)).statuses}


RETAINED = (
    ("zigbee2mqtt/bridge/state", "offline"),
    ("zigbee2mqtt/bridge/devices", DEVICES),
    ("zigbee2mqtt/lamp/availability", "online"),
)


@pytest.mark.parametrize("order", list(permutations(RETAINED)))
def test_devices_of_a_lost_bridge_are_offline_whatever_came_first(order: tuple[tuple[str, str], ...]) -> None:
    rig = Rig()
    said: dict[str, Status | None] = {}
    for topic, payload in order:
        said |= say(rig, topic, payload)
    assert said == dict.fromkeys((LAMP, PLUG, SENSOR, "zigbee2mqtt/bridge"), OFFLINE)


def test_when_the_bridge_is_back_what_devices_said_themselves_counts_again() -> None:
    rig = Rig()
    say(rig, "zigbee2mqtt/bridge/devices", DEVICES)
    say(rig, "zigbee2mqtt/lamp/availability", "online")
    say(rig, "zigbee2mqtt/plug/availability", "offline")
    assert set(say(rig, "zigbee2mqtt/bridge/state", "offline").values()) == {OFFLINE}
    assert say(rig, "zigbee2mqtt/plug/availability", "online") == {PLUG: OFFLINE}
    assert say(rig, "zigbee2mqtt/bridge/state", "online") == {
        "zigbee2mqtt/bridge": ONLINE,
        LAMP: ONLINE,
        PLUG: ONLINE,
    }
    assert say(rig, "zigbee2mqtt/bridge/state", "online") == {"zigbee2mqtt/bridge": ONLINE}


def test_the_reason_names_the_bridge() -> None:
    rig = Rig()
    rig.batch(message("zigbee2mqtt/bridge/devices", DEVICES))
    batch = rig.batch(message("zigbee2mqtt/bridge/state", "offline"))
    reasons = {change.device.id: change.reason for change in batch.statuses}
    assert reasons == {"zigbee2mqtt/bridge": "availability", **dict.fromkeys((LAMP, PLUG, SENSOR), "bridge")}


def test_each_base_topic_has_its_own_bridge() -> None:
    rig = Rig()
    say(rig, "zwave/8/status", "true")
    say(rig, "zwave/9/status", "Dead")
    assert say(rig, "zigbee2mqtt/bridge/state", "offline") == {"zigbee2mqtt/bridge": OFFLINE}
    client = "zwave/_CLIENTS/ZWAVE_GATEWAY-x"
    assert say(rig, f"{client}/status", '{"value": false}') == {
        client: OFFLINE,
        "zwave/8": OFFLINE,
        "zwave/9": OFFLINE,
    }
    assert say(rig, f"{client}/status", '{"value": true}') == {client: ONLINE, "zwave/8": ONLINE, "zwave/9": OFFLINE}


def test_the_last_word_of_a_bridge_that_was_renamed_says_nothing_about_its_devices() -> None:
    rig = Rig()
    say(rig, "zwave/8/status", "true")
    say(rig, "zwave/_CLIENTS/ZWAVE_GATEWAY-new/status", "true")
    old = "zwave/_CLIENTS/ZWAVE_GATEWAY-old"
    assert say(rig, f"{old}/status", "false") == {old: OFFLINE}
    assert say(rig, "zwave/_CLIENTS/ZWAVE_GATEWAY-new/status", "false")["zwave/8"] is OFFLINE


def test_a_trial_turns_nothing() -> None:
    rig = Rig()
    say(rig, "zigbee2mqtt/lamp/availability", "online")
    trial = rig.normaliser.decode("zigbee2mqtt/bridge/state", b"offline")
    assert [status.device for status in trial.statuses] == ["zigbee2mqtt/bridge"]
    rig.normaliser.decode("zigbee2mqtt/plug/availability", b"online")
    assert set(say(rig, "zigbee2mqtt/bridge/state", "offline")) == {"zigbee2mqtt/bridge", LAMP}


def test_devices_beyond_the_bound_say_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridges, "MAX_DEVICES", 2)
    monkeypatch.setattr(bridges, "MAX_NAMES", 1)
    rig = Rig()
    for name in ("one", "two", "three"):
        say(rig, f"zigbee2mqtt/{name}/availability", "online")
    say(rig, "zigbee2mqtt/bridge/devices", DEVICES)
    said = say(rig, "zigbee2mqtt/bridge/state", "offline")
    assert set(said) == {"zigbee2mqtt/bridge", "zigbee2mqtt/one", "zigbee2mqtt/two"}
