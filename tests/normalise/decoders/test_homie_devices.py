"""Homie 4 and 5: what devices say of themselves and of each other, and how much of it is kept."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from hub.core.model import Status
from hub.normalise.decoders import homie, homie_devices
from hub.normalise.decoders.homie import Homie
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import Rig, message

ONLINE, OFFLINE = Status.ONLINE, Status.OFFLINE


def statuses(rig: Rig, topic: str, payload: str | bytes) -> list[tuple[str, Status | None]]:
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload, retain=True)).statuses]


def description(properties: dict[str, Any], **more: Any) -> str:
    return json.dumps({"homie": "5.0", "version": 1, "nodes": {"n": {"properties": properties}}, **more})


@pytest.mark.parametrize(
    ("word", "status"),
    [("init", ONLINE), ("sleeping", ONLINE), ("alert", ONLINE), ("disconnected", OFFLINE), ("lost", OFFLINE)],
)
@pytest.mark.parametrize("base", ["homie", "homie/5", "hotel/5"])
def test_a_device_says_its_state(base: str, word: str, status: Status) -> None:
    rig = Rig()
    assert statuses(rig, f"{base}/lift/$state", word) == [("homie/lift", status)]
    assert statuses(rig, f"{base}/lift/$state", "") == []
    assert statuses(rig, f"{base}/lift/$state", "dancing") == []


def test_homie_2_devices_say_whether_they_are_online() -> None:
    rig = Rig()
    assert statuses(rig, "homie/lift/$online", "true") == [("homie/lift", ONLINE)]
    assert statuses(rig, "homie/lift/$online", "false") == [("homie/lift", OFFLINE)]


FAMILY = (
    ("homie/5/bridge/$state", "lost"),
    ("homie/5/lamp/$state", "ready"),
    ("homie/5/lamp/$description", description({}, root="bridge", parent="relay")),
)


@pytest.mark.parametrize("order", list(permutations(FAMILY)))
def test_a_lost_root_takes_its_children_offline_in_any_order_and_gives_them_back(
    order: tuple[tuple[str, str], ...],
) -> None:
    rig = Rig()
    said = [change for topic, payload in order for change in statuses(rig, topic, payload)]
    assert dict(said) == {"homie/bridge": OFFLINE, "homie/lamp": OFFLINE}
    assert statuses(rig, "homie/5/lamp/$state", "ready") == [("homie/lamp", OFFLINE)]
    assert statuses(rig, "homie/5/bridge/$state", "init") == [("homie/bridge", ONLINE), ("homie/lamp", ONLINE)]
    assert statuses(rig, "homie/5/bridge/$state", "ready") == [("homie/bridge", ONLINE)]
    assert statuses(rig, "homie/5/bridge/$state", "disconnected") == [("homie/bridge", OFFLINE)]
    assert statuses(rig, "other/5/bridge/$state", "lost") == [("homie/bridge", OFFLINE)]


def test_a_removed_device_is_forgotten_and_no_longer_its_roots_child() -> None:
    decoder = Homie()
    rig = Rig(decoders=[decoder])
    rig.feed("homie/5/lamp/$description", description({"p": {"datatype": "enum"}}, root="bridge"))
    assert decoder.devices.kept == (2, 1)
    rig.feed("homie/5/lamp/$state", "")
    assert statuses(rig, "homie/5/bridge/$state", "lost") == [("homie/bridge", OFFLINE)]
    rig.feed("homie/5/bridge/$state", "")
    assert decoder.devices.kept == (0, 0)


def test_values_of_a_removed_device_are_no_longer_read_by_its_description() -> None:
    rig = Rig()
    rig.feed("homie/5/lamp/$description", description({"p": {"datatype": "string"}}))
    assert rig.values("homie/5/lamp/n/p", "7") == {"n.p": "7"}
    batch = rig.batch(message("homie/5/lamp/$state", ""))
    assert not batch.readings
    assert rig.values("homie/5/lamp/n/p", "7") == {"n.p": 7}


def test_a_device_that_moves_to_another_root_leaves_the_old_one() -> None:
    rig = Rig()
    for root in ("one", "two"):
        rig.feed("homie/5/lamp/$description", description({}, root=root))
    assert statuses(rig, "homie/5/one/$state", "lost") == [("homie/one", OFFLINE)]
    assert statuses(rig, "homie/5/two/$state", "lost") == [("homie/two", OFFLINE), ("homie/lamp", OFFLINE)]


def test_statistics_are_readings_with_their_units() -> None:
    rig = Rig()
    told = {"uptime": "s", "interval": "s", "signal": "%", "cputemp": "°C", "cpuload": "%", "battery": "%"}
    for name, unit in {**told, "freeheap": "B", "supply": "V", "mood": None}.items():
        (row,) = rig.feed(f"homie/d/$stats/{name}", "48")
        assert (row.device, row.metric, row.value, row.unit) == ("homie/d", f"stats.{name}", 48, unit)


def test_attributes_describe_the_device() -> None:
    rig = Rig()
    for end, text in {"$name": "Oven", "$mac": "AA:BB", "$localip": "10.0.0.7", "$fw/version": "1.2"}.items():
        rig.feed(f"homie/oven/{end}", text)
    device = rig.catalogue.devices["homie/oven"]
    assert (device.name, device.info) == ("Oven", {"mac": "AA:BB", "ip": "10.0.0.7", "firmware_version": "1.2"})
    rig.feed("homie/5/hob/$description", description({}, name="Hob", type="com.example.hob"))
    hob = rig.catalogue.devices["homie/hob"]
    assert (hob.name, hob.info) == ("Hob", {"homie": "5.0", "type": "com.example.hob"})


def test_a_trial_remembers_nothing() -> None:
    decoder = Homie()
    rig = Rig(decoders=[decoder])
    tried = rig.normaliser.decode("a/5/d/$state", b"ready")
    assert [said.status for said in tried.statuses] == [ONLINE]
    rig.normaliser.decode("a/5/d/$description", description({"p": {"datatype": "enum"}}).encode())
    rig.normaliser.decode("homie/d/n/p/$datatype", b"enum")
    assert decoder.devices.kept == (0, 0)
    assert [row.device for row in rig.feed("a/5/d/n/p", "1")] == ["a/5/d/n"]


def test_what_is_kept_is_bounded_and_what_is_not_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homie_devices, "MAX_DEVICES", 2)
    monkeypatch.setattr(homie_devices, "MAX_DEVICE_PROPERTIES", 2)
    monkeypatch.setattr(homie_devices, "MAX_PROPERTIES", 3)
    monkeypatch.setattr(homie, "MAX_DOMAINS", 1)
    decoder = Homie()
    rig = Rig(decoders=[decoder])
    many = {name: {"datatype": "enum"} for name in "abc"}
    rig.feed("homie/5/one/$description", description(many))
    assert (decoder.devices.kept, rig.rejected) == ((1, 2), {"limit": 1})
    rig.feed("homie/two/n/a/$datatype", "enum")
    rig.feed("homie/two/n/b/$datatype", "enum")
    assert (decoder.devices.kept, rig.rejected) == ((2, 3), {"limit": 2})
    assert statuses(rig, "homie/three/$state", "ready") == [("homie/three", ONLINE)]
    rig.feed("homie/three/n/a/$unit", "W")
    rig.feed("homie/5/three/$description", description(many))
    assert (decoder.devices.kept, rig.rejected) == ((2, 3), {"limit": 5})
    rig.feed("homie/two/n/a/$datatype", "")
    rig.feed("homie/5/one/$description", "")
    assert decoder.devices.kept == (2, 0)
    assert [row.device for row in rig.feed("x/5/d/n/p", "1")] == ["x/5/d/n"]


def test_domains_are_kept_up_to_a_bound_and_those_beyond_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homie, "MAX_DOMAINS", 1)
    rig = Rig()
    for domain in ("homie", "x", "x", "y"):
        rig.feed(f"{domain}/5/d/$state", "ready")
    assert rig.rejected == {"limit": 1}
    rig.feed("y/5/d/$description", description({"p": {"datatype": "enum"}}))
    assert rig.rejected == {"limit": 2}
    assert [row.device for row in rig.feed("homie/5/d/n/p", "1")] == ["homie/d"]
    assert [row.device for row in rig.feed("x/5/d/n/p", "1")] == ["homie/d"]
    assert [row.device for row in rig.feed("y/5/d/n/p", "1")] == ["y/5/d/n"]


@pytest.mark.parametrize("base", ["site/things/", "site/things/5/"])
def test_a_base_of_several_levels_makes_no_domain_of_the_first(base: str) -> None:
    rig = Rig(options=NormaliseOptions(bases={"homie": ("site/things",)}))
    assert statuses(rig, f"{base}d/$state", "ready") == [("homie/d", ONLINE)]
    assert [row.device for row in rig.feed("site/5/hall/lamp/power", "1")] == ["site/5/hall/lamp"]
