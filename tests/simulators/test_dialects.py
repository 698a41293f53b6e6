"""Each ecosystem's devices speak as real ones do: at birth, of their values, when asked, and by their last will."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import cbor2
import msgpack
import pytest

from simulators.dialects.dialect import Member, Now
from simulators.dialects.known import DIALECTS
from simulators.fleet import Fleet
from simulators.formats import LEAST_LEVELS, OWN, WITH_WILL, Format
from simulators.library import load_scenario
from simulators.readout import Message
from simulators.scenario import Profile
from simulators.signals import CounterSpec, Value
from tests.simulators.stage import START_US, Stage

DAY_S = 86_400


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return Fleet(load_scenario("ecosystems"), seed=3, day_s=0)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(load_scenario("ecosystems")).play(70, 0.5)


def _said(stage: Stage, topic: str) -> list[Any]:
    documents = [json.loads(said.payload) for said in stage.said(topic) if said.topic == topic]
    assert documents, topic
    return documents


def _retained(stage: Stage) -> Iterator[tuple[str, bool]]:
    for _, action in stage.actions:
        message = getattr(action, "message", None)
        if isinstance(message, Message):
            yield message.topic.decode(), message.retain


def test_every_format_has_a_dialect_and_a_device_that_speaks_it() -> None:
    assert set(DIALECTS) == set(Format)
    scenarios = [load_scenario(name) for name in ("demo", "configured")]
    spoken = {scenario.profile_of(group).format for scenario in scenarios for group in scenario.devices}
    assert spoken == set(Format)


def test_who_leaves_a_will_is_who_is_said_to(fleet: Fleet) -> None:
    for device in fleet.devices:
        will = device.dialect.will(START_US)
        assert (will is not None) == (device.profile.format in WITH_WILL), device.id
        assert device.profile.has_will == (will is not None)


def test_whoever_stops_properly_says_what_its_will_would_have_said(fleet: Fleet) -> None:
    silent = {Format.OWNTRACKS}
    for device in fleet.devices:
        if device.profile.has_will and device.profile.format not in silent:
            topics = {message.topic for message in device.dialect.leave(START_US)}
            will = device.dialect.will(START_US)
            assert will is not None
            assert will.topic in topics


def test_gateways_have_one_connection_for_all_they_hear(fleet: Fleet) -> None:
    links = {link.name for link in fleet.links}
    assert {"zigbee2mqtt", "sparkplug/Bottling/Line 2", "ruuvi/E2:6B:11:0C:5A:90", "victron/c0619ab1a2b3"} <= links
    assert {"tasmota/workshop-plug-1", "tasmota/workshop-plug-2"} <= links
    assert len(links) == len(fleet.links) < len(fleet.devices)


def test_totals_only_grow_and_everything_stays_in_its_range_for_two_days(fleet: Fleet) -> None:
    totals = 0
    for device in fleet.devices:
        course = [device.read(minutes * 60) for minutes in range(0, 2 * 24 * 60, 23)]
        for name, metric in device.profile.metrics.items():
            numbers = [value for values in course if isinstance(value := values[name], int | float)]
            assert [metric.bounded(number) for number in numbers] == numbers, f"{device.id} {name}"
            if isinstance(metric, CounterSpec):
                falls = sum(later < earlier for earlier, later in pairwise(numbers))
                assert falls <= (2 if metric.resets_daily else 0), f"{device.id} {name}"
                totals += 1
    assert totals > 20


def test_what_is_retained_is_what_real_devices_retain(stage: Stage) -> None:
    retained = dict(_retained(stage))
    for topic in (
        "tele/workshop-plug-1/LWT",
        "zigbee2mqtt/bridge/devices",
        "zigbee2mqtt/hall/lamp/availability",
        "shellyplusplugs-80646fd1a210/online",
        "homeassistant/sensor/garage/temperature/config",
        "greenhouse/sensor/air_temperature/state",
        "homie/office-thermostat/climate/temperature",
        "homie/5/hot-water/$description",
        "owntracks/van/phone",
        "solar/116180204377/0/power",
        "openevse/announce/5f3a",
        "zwave/Living_Room/TV_plug/switch_binary/endpoint_0/currentValue",
    ):
        assert retained[topic], topic
    for topic in (
        "tele/workshop-plug-1/SENSOR",
        "zigbee2mqtt/hall/lamp",
        "shellyplusplugs-80646fd1a210/events/rpc",
        "garage/state",
        "spBv1.0/Bottling/NBIRTH/Line 2",
        "v3/vineyard@ttn/devices/probe-row-1/up",
        "frigate/front_door/person",
    ):
        assert not retained[topic], topic


def test_tasmota_says_local_times_units_beside_sensors_and_what_was_switched(stage: Stage) -> None:
    sensor = _said(stage, "tele/cellar-climate/SENSOR")[0]
    assert sensor["Time"] == "2023-11-14T22:13:20"
    assert (sensor["TempUnit"], sensor["PressureUnit"]) == ("C", "hPa")
    assert {said.payload for said in stage.said("stat/workshop-plug-1/POWER")} <= {b"ON", b"OFF"}
    assert set(_said(stage, "tele/workshop-plug-1/STATE")[0]) == {"Time", "UptimeSec", "Wifi", "POWER"}


def test_zigbee2mqtt_describes_what_its_devices_expose(stage: Stage) -> None:
    devices = {device["friendly_name"]: device for device in _said(stage, "zigbee2mqtt/bridge/devices")[0]}
    exposes = {expose["property"]: expose for expose in devices["hall/lamp"]["definition"]["exposes"]}
    assert exposes["power"]["unit"] == "W"
    assert (exposes["state"]["value_on"], exposes["state"]["type"]) == ("ON", "binary")
    assert {state["state"] for state in _said(stage, "zigbee2mqtt/hall/lamp")} <= {"ON", "OFF"}


def test_a_shelly_tells_all_at_first_and_then_what_was_measured(stage: Stage) -> None:
    whole = _said(stage, "shellyplusplugs-80646fd1a210/status/switch:0")[0]
    assert {"id", "output", "apower", "voltage", "current", "aenergy", "temperature"} == set(whole)
    assert whole["temperature"]["tF"] == pytest.approx(whole["temperature"]["tC"] * 1.8 + 32, abs=0.06)
    notices = _said(stage, "shellyplusplugs-80646fd1a210/events/rpc")
    times = [notice["params"]["ts"] for notice in notices]
    assert times == sorted(times)
    assert times[0] == pytest.approx(START_US / 1e6, abs=1)


def test_home_assistant_is_told_each_entity_with_the_way_to_its_value(stage: Stage) -> None:
    battery = _said(stage, "homeassistant/sensor/garage/battery/config")[0]
    assert battery["val_tpl"] == "{{ (value_json.battery_mv | float / 1000) | round(2) }}"
    assert battery["stat_t"].replace("~", battery["~"]) == "garage/state"
    assert 11_000 <= _said(stage, "garage/state")[0]["battery_mv"] <= 14_400
    door = _said(stage, "homeassistant/binary_sensor/garage/door/config")[0]
    assert {state["door"] for state in _said(stage, "garage/state")} <= {door["pl_on"], door["pl_off"]}
    whole = _said(stage, "homeassistant/device/wine_cellar/config")[0]
    assert set(whole["components"]) == set(_said(stage, "wine-cellar/state")[0])


def test_homie_is_ready_only_once_it_has_described_itself(stage: Stage) -> None:
    for root in ("homie/office-thermostat", "homie/5/hot-water", "valetudo/rocky"):
        said = stage.said(root)
        states = [one.payload for one in said if one.topic == f"{root}/$state"]
        assert states == [b"init", b"ready"]
        ready = next(at for at, one in enumerate(said) if one.payload == b"ready")
        assert any("$description" in one.topic or "$nodes" in one.topic for one in said[:ready])
        assert not any("$" not in one.topic for one in said[:ready])


def test_senml_sends_at_once_and_then_in_packs_whose_times_add_up(stage: Stage) -> None:
    packs = _said(stage, "senml/0024befffe804810")
    assert [len(pack) for pack in packs[:2]] == [3, 9]
    assert packs[1][0]["bn"] == "urn:dev:mac:0024befffe804810:"
    moments = [packs[1][0]["bt"] + record.get("t", 0) for record in packs[1]]
    assert moments == sorted(moments)
    assert 9 < moments[-1] - moments[0] < 11
    small = next(said for said in stage.said("senml/cbor") if said.topic.endswith("10e2073a01080610"))
    first = cbor2.loads(small.payload)[0]
    assert (first[-2], first[0], first[1]) == ("urn:dev:ow:10e2073a01080610:", "level", "m")


def test_lorawan_uplinks_count_and_are_decoded_and_normalised(stage: Stage) -> None:
    uplinks = _said(stage, "v3/vineyard@ttn/devices/probe-row-1/up")
    assert [uplink["uplink_message"]["f_cnt"] for uplink in uplinks] == list(range(1, len(uplinks) + 1))
    message = uplinks[0]["uplink_message"]
    assert message["normalized_payload"][0]["soil"]["moisture"] == message["decoded_payload"]["soil_moisture"]
    assert message["rx_metadata"][0]["rssi"] < message["rx_metadata"][1]["rssi"]
    old = _said(stage, "application/2/device/a840414d6182e088/event/up")[0]
    assert set(json.loads(old["objectJSON"])) == {"volume", "flow", "temperature"}


def test_line_protocol_has_types_and_nanoseconds(stage: Stage) -> None:
    line = next(said.payload.decode() for said in stage.said("influx/kiln-hall"))
    kiln, draught = line.splitlines()
    assert kiln.startswith("kiln,device=kiln-hall temperature=9")
    assert ",burner=0i,door_closed=" in kiln or ",burner=100i,door_closed=" in kiln
    assert len(draught.rpartition(" ")[2]) == 19


def test_packed_documents_are_the_ones_that_json_would_be(stage: Stage) -> None:
    engine = msgpack.unpackb(stage.said("ferry/engine-room/main-engine")[0].payload)
    assert set(engine) == {"rpm", "oil_pressure", "exhaust_temperature"}
    meter = cbor2.loads(stage.said("waterworks/inlet/meter")[0].payload)
    assert set(meter) == {"ts", "flow", "volume"}


def test_a_gx_device_answers_a_keepalive_with_everything(fleet: Fleet) -> None:
    link = next(link for link in fleet.links if link.name == "victron/c0619ab1a2b3")
    assert link.filters == ("R/c0619ab1a2b3/keepalive",)
    said = fleet.heard(link.name, link.filters[0], b"", elapsed_s=3 * DAY_S, wall_us=START_US)
    topics = [message.topic.decode() for message in said]
    assert topics[-1] == "N/c0619ab1a2b3/full_publish_completed"
    assert {"N/c0619ab1a2b3/battery/256/Soc", "N/c0619ab1a2b3/solarcharger/279/Yield/Power"} <= set(topics)


def test_a_device_can_have_any_id_that_has_levels_enough() -> None:
    profiles = load_scenario("ecosystems").profile | load_scenario("configured").profile
    for name, profile in profiles.items():
        _plays(profile, ["spare", "spare/2", "spare/2/3/4"], name)


def _plays(profile: Profile, ids: list[str], name: str) -> None:
    for device in ids:
        if device.count("/") + 1 < LEAST_LEVELS.get(profile.format, 1):
            continue
        values: dict[str, Value] = dict.fromkeys(profile.metrics, 1)
        dialect = DIALECTS[profile.format]([Member(device, profile)], Random(1))  # noqa: S311  # no secret
        now = Now(START_US, {device: values}.__getitem__)
        said = [*dialect.greet(now), *dialect.say(dialect.members[0], values, START_US)]
        assert said, name
        assert all(message.topic for message in said)


@pytest.mark.parametrize("kind", ["nan", "type", "null", "drift", "stuck", "malformed", "duplicate", "late", "clock"])
def test_every_fault_can_befall_every_ecosystem(tmp_path: Path, kind: str) -> None:
    own = {"drift": "per_min = 1e9", "clock": "ahead_s = -90", "malformed": "probability = 1"}.get(kind, "")
    ill = f'title = "All ill"\ninclude = ["ecosystems", "configured"]\n[[faults]]\nkind = "{kind}"\n{own}\n'
    path = tmp_path / "ill.toml"
    path.write_text(ill + _ONE_MORE)
    stage = Stage(load_scenario(str(path))).play(65, 1)
    assert len(stage.said()) > 500


_ONE_MORE = """
[profile.probe]
[profile.probe.metrics]
temperature = { signal = "level", level = 20 }
[[devices]]
profile = "probe"
id = "hall/probe"
"""


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e300, 1e300, "ERR 42", None, True, -1])
def test_a_value_that_no_device_measures_hurts_no_dialect(value: Value) -> None:
    profiles = load_scenario("ecosystems").profile | load_scenario("configured").profile
    for profile in profiles.values():
        values: dict[str, Value] = dict.fromkeys(profile.metrics, value)
        dialect = DIALECTS[profile.format]([Member("spare/2/3", profile)], Random(1))  # noqa: S311  # no secret
        now = Now(START_US, {"spare/2/3": values}.__getitem__)
        said = [*dialect.greet(now), *dialect.say(dialect.members[0], values, START_US)]
        assert all(isinstance(message.payload, bytes) for message in said)


def test_own_formats_are_no_ecosystem() -> None:
    assert not OWN & WITH_WILL
