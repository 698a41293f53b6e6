"""A fleet is decided by its seed, speaks soon after it connects, keeps its cadence and stays plausible."""

import itertools
import json
from collections import Counter

import pytest

from simulators.device import Device
from simulators.fleet import CATCH_UP_S, FIRST_WORD_S, Cut, Fleet, Mend, Publish
from simulators.formats import Format
from simulators.library import built_in_names, load_scenario
from simulators.readout import Message
from tests.simulators.stage import START_US, Stage, scenario_of

PAIR = """
title = "Two probes"
starts_at = "12:00"
[profile.probe]
every_s = 2
[profile.probe.metrics]
temperature = { signal = "level", level = 20, noise = 1 }
battery = { signal = "battery", every_s = 30 }
[[devices]]
profile = "probe"
id = "hall/probe-{n}"
count = 2
"""

RANGES = {
    "°C": (-45, 300),
    "%": (0, 100),
    "bar": (0, 300),
    "kW": (0, 500),
    "W": (0, 6000),
    "V": (2, 260),
    "°": (-180, 180),
    "A": (0, 700),
    "Hz": (49.5, 50.5),
    "hPa": (940, 1060),
    "ppm": (400, 3000),
    "dBm": (-130, -30),
    "m/s": (0, 40),
    "mm/s": (0, 20),
    "m³/h": (0, 50),
    "rpm": (0, 1600),
    "lx": (0, 120_000),
    "Pa": (0, 700),
    "kWh": (0, 1e8),
    "m³": (0, 1e8),
    "s": (0, 1e9),
}


@pytest.mark.parametrize("name", built_in_names())
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(name: str) -> None:
    scenario = load_scenario(name)
    courses = [Stage(scenario, seed=seed, devices=40).play(30, 0.5).actions for seed in (7, 7, 8)]
    assert courses[0] == courses[1]
    assert courses[0] != courses[2]


def test_how_often_the_fleet_is_asked_does_not_change_what_it_says() -> None:
    often, seldom = Stage(scenario_of(PAIR)).play(60, 0.01), Stage(scenario_of(PAIR)).play(60, 0.7)
    assert [said.payload for said in often.said()] == [said.payload for said in seldom.said()]


def test_everyone_has_said_everything_half_a_second_after_connecting() -> None:
    stage = Stage(load_scenario("demo")).play(FIRST_WORD_S)
    heard = {said.topic for said in stage.said()}
    for device in _readable(stage.fleet):
        topic = device.profile.topic.replace("{id}", device.id)
        if device.profile.format is Format.JSON:
            document = next(said for said in stage.said() if said.topic == topic).document
            assert len(document) >= len({name.split(".")[0] for name in device.profile.metrics})
        else:
            assert {f"{topic}/{metric}" for metric in device.profile.metrics} <= heard


def _readable(fleet: Fleet) -> list[Device]:
    return [device for device in fleet.devices if device.profile.format in (Format.JSON, Format.PLAIN)]


def test_a_device_keeps_its_cadence_and_a_seldom_metric_its_own() -> None:
    said = Stage(scenario_of(PAIR)).play(120).said("hall/probe-1")
    gaps = [later.at_s - earlier.at_s for earlier, later in itertools.pairwise(said)]
    assert all(1.8 <= gap <= 2.2 for gap in gaps)
    with_battery = [one.at_s for one in said if "battery" in one.document]
    assert all(28 <= later - earlier <= 33 for earlier, later in itertools.pairwise(with_battery))


def test_a_lost_link_silences_its_devices_and_a_new_one_makes_them_say_everything() -> None:
    stage = Stage(scenario_of(PAIR)).play(10)
    stage.fleet.disconnected("gateway-hall")
    before = len(stage.play(10).said())
    assert all(said.at_s <= 10 for said in stage.said())
    stage.fleet.connected("gateway-hall", stage.now_s)
    again = stage.play(FIRST_WORD_S).said()[before:]
    assert Counter(said.topic for said in again) == {"hall/probe-1": 1, "hall/probe-2": 1}
    assert all("battery" in said.document for said in again)


def test_a_machine_that_slept_does_not_make_up_for_it() -> None:
    stage = Stage(scenario_of(PAIR)).play(10)
    stage.fleet.step(stage.now_s + 3600, START_US)
    due_s = stage.fleet.due_s
    assert due_s is not None
    assert due_s > stage.now_s + 3600
    late = Stage(scenario_of(PAIR)).play(10)
    made_up = late.fleet.step(late.now_s + CATCH_UP_S - 1, START_US)
    assert len(made_up) >= 2


def test_more_devices_are_further_ones_of_each_kind_and_fewer_some_of_each() -> None:
    scenario = load_scenario("demo")
    more = [device.id for device in Fleet(scenario, seed=1, day_s=0, devices=200).devices]
    assert len(more) == len(set(more)) == 200
    assert "campus/roof/air-handler-2" in more
    fewer = Fleet(scenario, seed=1, day_s=0, devices=len(scenario.devices)).devices
    assert len(fewer) == len(scenario.devices)
    assert len({(device.profile.format, *sorted(device.profile.metrics)) for device in fewer}) > 60


def test_devices_with_a_will_have_their_own_link_and_others_share_one_a_place() -> None:
    fleet = Fleet(load_scenario("demo"), seed=1, day_s=0)
    wills = {link.name: fleet.will(link.name, START_US) for link in fleet.links}
    assert wills["campus/roof/pv-2"] == Message(b"campus/roof/pv-2/status", b"offline", 1, retain=True)
    shared = {f"gateway-{place}" for place in ("plant-north", "harbour", "campus", "field", "home")}
    assert shared <= set(wills)
    assert all(wills[name] is None for name in shared)


GATEWAY = """
title = "Two sensors of one gateway"
[profile.sensor]
format = "openmqttgateway"
[profile.sensor.metrics]
tempc = { signal = "level", level = 20 }
[[devices]]
profile = "sensor"
id = "hall/A4C13800000{n}"
count = 2
[[faults]]
kind = "offline"
devices = "hall/A4C138000001"
after_s = 10
for_s = 30
[[faults]]
kind = "offline"
devices = "hall/A4C138000002"
after_s = 20
for_s = 5
"""


def test_a_link_that_several_share_stays_cut_until_no_fault_breaks_it() -> None:
    stage = Stage(scenario_of(GATEWAY)).play(60)
    edges = [(round(at_s), type(action)) for at_s, action in stage.actions if isinstance(action, Cut | Mend)]
    assert edges == [(10, Cut), (40, Mend)]


def test_the_demo_is_light_enough_for_an_embedded_broker() -> None:
    stage = Stage(load_scenario("demo")).play(20)
    said = [one for one in stage.said() if one.at_s > 1]
    assert 100 <= len(stage.fleet.devices) <= 120
    assert 10 <= len(said) / 19 <= 100
    assert len(said) / 19 == pytest.approx(stage.fleet.rate_hz, rel=0.15)


@pytest.mark.parametrize("name", ["demo", "plant", "storm"])
def test_values_with_a_unit_stay_physical_for_two_days(name: str) -> None:
    scenario = load_scenario(name).model_copy(update={"faults": []})
    fleet = Fleet(scenario, seed=5, day_s=0, devices=max(60, len(scenario.devices)))
    checked = 0
    for device in _readable(fleet):
        for minutes in range(0, 2 * 24 * 60, 23):
            for saying in device.say(minutes * 60, START_US):
                checked += _check(saying.message.payload, device.id)
    assert checked > 4_000


def _check(payload: bytes, device: str) -> int:
    readings: list[tuple[float, str]] = []
    if payload.startswith(b"{"):
        values = [value for value in json.loads(payload).values() if isinstance(value, dict) and "unit" in value]
        readings += [(float(value["value"]), str(value["unit"])) for value in values]
    else:
        number, _, unit = payload.decode().partition(" ")
        readings += [(float(number), unit)] if unit else []
    for value, unit in readings:
        low, high = RANGES[unit]
        assert low <= value <= high, f"{device}: {value} {unit}"
    return len(readings)


def test_the_wall_moves_and_its_switches_switch() -> None:
    stage = Stage(load_scenario("demo")).play(150, 0.5)
    for topic, metric in (
        ("plant-north/utilities/compressor-a", "pressure"),
        ("plant-north/utilities/chiller-1", "supply_temperature"),
        ("campus/roof/pv-1", "power"),
    ):
        values = {str(said.document.get(metric)) for said in stage.said(topic) if said.topic == topic}
        assert len(values) > 5, topic
    states = {said.document["state"] for said in stage.said("plant-north/utilities/compressor-a")}
    assert states == {"Loaded", "Unloaded"}


def test_links_of_one_place_are_told_apart_in_what_they_publish() -> None:
    stage = Stage(load_scenario("demo")).play(3)
    for _, action in stage.actions:
        assert isinstance(action, Publish)
        place = action.message.topic.decode().split("/")[0]
        if place in ("plant-north", "harbour", "campus", "field"):
            assert action.link.removeprefix("gateway-").split("/")[0] == place
