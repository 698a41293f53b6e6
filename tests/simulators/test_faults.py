"""Every fault can be seen from outside, at the device it is for and only while its window is open."""

import itertools
import json
from collections.abc import Iterable
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.faults import Dropout, Fault, bad_topics, break_payload
from simulators.fleet import Cut, Mend
from simulators.library import load_scenario
from tests.simulators.stage import START_US, Said, Stage, scenario_of, seeded

MINUTE_S = 60.0


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(load_scenario("faults")).play(2 * MINUTE_S)


def _in(said: Iterable[Said], start_s: float, end_s: float) -> list[Said]:
    return [one for one in said if start_s <= one.at_s % MINUTE_S < end_s]


def _temperature(said: Said) -> Any:
    reading = said.document["temperature"]
    return reading["value"] if isinstance(reading, dict) else reading


def test_the_faults_scenario_has_every_kind() -> None:
    kinds = {get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(get_args(Fault)[0])}
    assert {fault.kind for fault in load_scenario("faults").faults} == kinds


def test_a_sound_device_is_sound(stage: Stage) -> None:
    said = stage.said("faults/sound")
    assert 110 <= len(said) <= 130
    assert all(38 < _temperature(one) < 42 for one in said)
    assert all(abs(one.document["ts"] * 1000 - START_US - one.at_s * 1e6) < 100_000 for one in said)


def test_a_dropout_is_silence_in_its_windows_only(stage: Stage) -> None:
    said = stage.said("faults/dropout")
    assert _in(said, 15, 35) == []
    assert len(_in(said, 36, 60)) > 40


def test_offline_cuts_the_link_and_mends_it(stage: Stage) -> None:
    cuts = [(at_s, action) for at_s, action in stage.actions if isinstance(action, Cut | Mend)]
    assert [type(action) for _, action in cuts] == [Cut, Mend, Cut, Mend]
    assert {action.link for _, action in cuts} == {"faults/offline"}
    assert [at_s for at_s, _ in cuts] == pytest.approx([10, 25, 70, 85], abs=0.06)
    assert _in(stage.said("faults/offline"), 10.06, 25) == []


def test_a_burst_is_many_times_the_cadence(stage: Stage) -> None:
    said = stage.said("faults/burst")
    assert len(_in(said, 11, 15)) == pytest.approx(2 * 4 * 50, rel=0.15)
    assert len(_in(said, 20, 60)) == pytest.approx(2 * 40, rel=0.1)


@pytest.mark.parametrize(("device", "ahead_s"), [("clock-ahead", 3600), ("clock-behind", -90)])
def test_a_wrong_clock_shows_in_timestamps(stage: Stage, device: str, ahead_s: float) -> None:
    for one in stage.said(f"faults/{device}"):
        skew_s = (one.document["ts"] * 1000 - START_US) / 1e6 - one.at_s
        wrong = 5.06 <= one.at_s % MINUTE_S < 35
        right = one.at_s % MINUTE_S < 5 or one.at_s % MINUTE_S >= 35.06
        assert not wrong or skew_s == pytest.approx(ahead_s, abs=0.1)
        assert not right or skew_s == pytest.approx(0, abs=0.1)


def test_a_drift_grows_and_ends(stage: Stage) -> None:
    said = stage.said("faults/drift")
    assert all(_temperature(one) > 48 for one in _in(said, 35, 45))
    assert all(_temperature(one) < 42 for one in _in(said, 46, 60))


def test_a_stuck_device_repeats_itself(stage: Stage) -> None:
    said = [one for one in stage.said("faults/stuck") if one.at_s < MINUTE_S]
    assert len({_temperature(one) for one in _in(said, 5.1, 45)}) == 1
    assert len({_temperature(one) for one in _in(said, 45.1, 60)}) > 5


def test_null_is_null_or_unavailable(stage: Stage) -> None:
    assert all(_temperature(one) is None for one in _in(stage.said("faults/null"), 5.1, 25))
    plain = _in(stage.said("faults/null-plain"), 5.1, 25)
    assert len(plain) > 60
    assert {one.payload for one in plain} == {b"unavailable"}


def test_what_is_no_number_comes_in_all_three_forms(stage: Stage) -> None:
    text = b"".join(one.payload for one in _in(stage.said("faults/nan"), 5.1, 25))
    assert all(word in text for word in (b"NaN", b" Infinity", b"-Infinity"))
    plain = {one.payload.split()[0] for one in _in(stage.said("faults/nan-plain"), 5.1, 25)}
    assert {b"nan", b"inf", b"-inf"} <= plain


def test_a_wrong_type_is_text_for_numbers_and_a_number_for_text(stage: Stage) -> None:
    for one in _in(stage.said("faults/type"), 5.1, 25):
        assert _temperature(one) == "ERR 42"
        assert one.document["state"] == -1


def test_duplicates_are_the_same_bytes_twice(stage: Stage) -> None:
    said = stage.said("faults/duplicate")
    doubles = sum(earlier.payload == later.payload for earlier, later in itertools.pairwise(said))
    assert 30 <= doubles <= 90


def test_late_messages_come_after_newer_ones_with_their_own_time(stage: Stage) -> None:
    said = stage.said("faults/late")
    times = [one.document["ts"] for one in said]
    late = [
        one for one, newest in zip(said, itertools.accumulate(times, max), strict=True) if one.document["ts"] < newest
    ]
    assert 15 <= len(late) <= 60
    for one in late:
        assert START_US / 1e6 + one.at_s - one.document["ts"] / 1000 == pytest.approx(5, abs=0.1)


def test_malformed_payloads_cannot_be_read_as_json(stage: Stage) -> None:
    broken = 0
    for one in stage.said("faults/malformed"):
        try:
            json.loads(one.payload.decode())
        except ValueError:
            broken += 1
    assert 25 <= broken <= 75
    assert any(b"\xff" in one.payload or b"\xc3\x28" in one.payload for one in stage.said("faults/malformed-plain"))


def test_bad_topics_go_apart_and_leave_the_sound_message_alone(stage: Stage) -> None:
    apart = stage.said(apart=True)
    assert {one.topic.split("/")[-1] for one in apart} >= {"", "#", "\ufffd\ufffd"}
    assert 110 <= len([one for one in stage.said("faults/topic") if one.topic == "faults/topic"]) <= 130


@settings(deadline=None)
@given(payload=st.binary(max_size=200), seed=st.integers(0, 1000))
def test_a_broken_payload_is_never_sound(payload: bytes, seed: int) -> None:
    sound = json.dumps({"text": payload.hex(), "n": 1}).encode()
    with pytest.raises(ValueError):  # noqa: PT011  # UnicodeDecodeError and JSONDecodeError alike
        json.loads(break_payload(sound, seeded(seed)).decode())


def test_bad_topics_are_all_different_from_the_sound_one() -> None:
    topics = bad_topics(b"a/b")
    assert len(set(topics)) == len(topics) == 7
    assert b"a/b" not in topics


@settings(deadline=None)
@given(
    after_s=st.integers(0, 50),
    for_s=st.integers(1, 50),
    extra_s=st.integers(1, 50),
    at_s=st.floats(0, 1000),
)
def test_between_two_edges_a_window_is_open_or_closed_throughout(
    after_s: int, for_s: int, extra_s: int, at_s: float
) -> None:
    fault = Dropout(kind="dropout", after_s=after_s, for_s=for_s, every_s=for_s + extra_s)
    edge_s = fault.edge_after(at_s)
    assert edge_s is not None
    assert edge_s > at_s
    now = fault.window(at_s)
    between_s = (at_s + edge_s) / 2
    assert fault.window(between_s if between_s < edge_s else at_s) == now  # no float may lie between them
    assert (fault.window(edge_s + 1e-6) is None) != (now is None)


def test_a_fault_without_end_has_one_edge_and_stays() -> None:
    fault = Dropout(kind="dropout", after_s=5)
    assert fault.edge_after(0) == 5
    assert fault.edge_after(5) is None
    assert fault.window(4.9) is None
    assert fault.window(1e9) == 0


def test_a_probability_decides_whole_windows_by_the_seed() -> None:
    text = """
title = "Half"
[profile.probe]
every_s = 1
[profile.probe.metrics]
temperature = { signal = "level", level = 20 }
[[devices]]
profile = "probe"
id = "hall/probe-{n}"
count = 30
[[faults]]
kind = "dropout"
after_s = 10
for_s = 10
probability = 0.5
"""
    scenario = scenario_of(text)
    quiet = []
    for seed in (1, 2):
        said = [one for one in Stage(scenario, seed=seed).play(20, 0.2).said() if 10.2 < one.at_s < 19.9]
        quiet.append({f"hall/probe-{n}" for n in range(1, 31)} - {one.topic for one in said})
    assert all(5 <= len(devices) <= 25 for devices in quiet)
    assert quiet[0] != quiet[1]


def test_a_share_picks_some_devices_for_good() -> None:
    scenario = load_scenario("storm")
    share = next(fault.share for fault in scenario.faults if fault.kind == "offline")
    cut = {action.link for _, action in Stage(scenario).play(25, 0.5).actions if isinstance(action, Cut)}
    assert len(cut) / 200 == pytest.approx(share, abs=0.12)


def test_the_demos_faults_show_within_two_minutes() -> None:
    stage = Stage(load_scenario("demo")).play(120, 0.2)
    tank = stage.said("plant-north/utilities/condensate-tank")
    assert any(
        later.at_s - earlier.at_s > 60 for earlier, later in itertools.pairwise([*tank, tank[0]._replace(at_s=170)])
    )
    assert any(isinstance(action, Cut) and action.link == "campus/roof/pv-2" for _, action in stage.actions)
    carrier = stage.said("harbour/yard/straddle-carrier-1")
    assert any(one.document["ts"] / 1000 - START_US / 1e6 - one.at_s > 60 for one in carrier)
    robot = stage.said("plant-north/line-4/robot-2")
    assert any(_unreadable(one.payload) for one in robot)


def _unreadable(payload: bytes) -> bool:
    try:
        json.loads(payload.decode())
    except ValueError:
        return True
    return False
