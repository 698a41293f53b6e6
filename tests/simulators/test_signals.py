"""Signals look like what they stand for and stay where physics leaves them."""

import itertools
import math
import statistics
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from simulators.noise import MAX_SIGMA, Noise
from simulators.scenario import Metric
from simulators.signals import DAY_S, Moment, Value
from tests.simulators.stage import seeded

SPEC: TypeAdapter[Metric] = TypeAdapter(Metric)
STEPS = st.lists(st.floats(0, 7200), min_size=1, max_size=40)


def _course(
    spec: dict[str, Any], steps_s: list[float], *, seed: int = 1, also: dict[str, Value] | None = None
) -> list[Value]:
    signal = SPEC.validate_python(spec).start("it", seeded(seed))
    elapsed_s, values = 0.0, []
    for step_s in [0.0, *steps_s]:
        elapsed_s += step_s
        values.append(signal.at(Moment(elapsed_s, elapsed_s % DAY_S, step_s, dict(also or {}))))
    return values


def _numbers(values: list[Value]) -> list[float]:
    assert all(isinstance(value, int | float) for value in values)
    return [float(value) for value in values if isinstance(value, int | float)]


@settings(deadline=None)
@given(
    level=st.floats(-50, 50), noise=st.floats(0, 20), daily=st.floats(-30, 30), wear=st.floats(-100, 100), steps=STEPS
)
def test_a_level_never_leaves_its_range(
    level: float, noise: float, daily: float, wear: float, steps: list[float]
) -> None:
    spec = {
        "signal": "level",
        "level": level,
        "noise": noise,
        "daily": daily,
        "wear_per_day": wear,
        "min": -20,
        "max": 40,
    }
    assert all(-20 <= value <= 40 for value in _numbers(_course(spec, steps)))


@settings(deadline=None)
@given(setpoint=st.floats(-30, 200), band=st.floats(0.1, 5), drift=st.sampled_from([-3, -0.2, 0.2, 3]), steps=STEPS)
def test_a_controlled_quantity_stays_near_its_set_point(
    setpoint: float, band: float, drift: float, steps: list[float]
) -> None:
    spec = {"signal": "control", "setpoint": setpoint, "band": band, "drift_per_min": drift, "pull_per_min": 1}
    assert all(abs(value - setpoint) <= 1.5 * band + 1e-9 for value in _numbers(_course(spec, steps)))


@settings(deadline=None)
@given(steps=STEPS, seed=st.integers(0, 1000))
def test_a_sawtooth_stays_between_its_ends(steps: list[float], seed: int) -> None:
    spec = {"signal": "sawtooth", "low": 7.0, "high": 7.6, "rise_s": 30, "fall_s": 50}
    assert all(7.0 <= value <= 7.6 for value in _numbers(_course(spec, steps, seed=seed)))


@settings(deadline=None)
@given(steps=STEPS, power=st.floats(-10, 500))
def test_a_counter_never_goes_back(steps: list[float], power: float) -> None:
    values = _numbers(_course({"signal": "counter", "of": "power", "per_s": 1 / 3600}, steps, also={"power": power}))
    assert all(earlier <= later for earlier, later in itertools.pairwise(values))


@settings(deadline=None)
@given(steps=STEPS, start_at=st.floats(5, 100))
def test_a_battery_stays_between_0_and_100_percent(steps: list[float], start_at: float) -> None:
    values = _numbers(_course({"signal": "battery", "start_at": start_at, "per_day": 50}, steps))
    assert all(0 <= value <= 100 for value in values)


@settings(deadline=None)
@given(steps=STEPS, clouds=st.floats(0, 1))
def test_the_sun_gives_nothing_at_night_and_never_more_than_its_peak(steps: list[float], clouds: float) -> None:
    values = _numbers(_course({"signal": "solar", "peak": 20, "clouds": clouds}, steps))
    assert all(0 <= value <= 20 for value in values)
    midnight = _numbers(_course({"signal": "solar", "peak": 20, "clouds": clouds}, [DAY_S]))
    assert midnight == [0, 0]


def test_energy_is_the_integral_of_power() -> None:
    values = _numbers(_course({"signal": "counter", "of": "power", "per_s": 1 / 3600}, [60] * 60, also={"power": 12}))
    assert values[-1] == pytest.approx(12)


def test_a_counter_that_resets_daily_begins_anew_at_midnight() -> None:
    spec = {"signal": "counter", "per_s": 1, "resets_daily": True}
    assert _numbers(_course(spec, [DAY_S - 10, 20, 10])) == [0, DAY_S - 10, 0, 10]


def test_a_daily_cycle_is_highest_at_its_hour() -> None:
    spec = {"signal": "level", "level": 20, "daily": 5, "peak_hour": 15}
    values = _numbers(_course(spec, [3600] * 23))
    assert values.index(max(values)) == 15
    assert max(values) == pytest.approx(25)
    assert values.index(min(values)) == 3


def test_wear_moves_the_level_day_by_day() -> None:
    values = _numbers(_course({"signal": "level", "level": 2, "wear_per_day": 0.5}, [DAY_S, DAY_S]))
    assert values == pytest.approx([2, 2.5, 3])


def test_a_follower_lags_behind_what_it_follows() -> None:
    signal = SPEC.validate_python({"signal": "follow", "of": "load", "scale": 2, "lag_s": 10}).start("it", seeded(1))
    values = [signal.at(Moment(0, 0, 0, {"load": 0})), signal.at(Moment(10, 10, 10, {"load": 1}))]
    assert values == [0, pytest.approx(2 * (1 - math.exp(-1)))]


def test_hysteresis_switches_only_at_the_bands_ends() -> None:
    signal = SPEC.validate_python(
        {"signal": "control", "setpoint": 7, "band": 0.5, "drift_per_min": 1, "pull_per_min": 1}
    ).start("t", seeded(1))
    turns, was = [], None
    for second in range(1200):
        moment = Moment(second, second, 1 if second else 0)
        value = signal.at(moment)
        assert isinstance(value, float)
        if was is not None and moment.values["t:on"] != was:
            turns.append(value)
        was = moment.values["t:on"]
    assert len(turns) >= 8
    assert all(abs(abs(value - 7) - 0.5) < 0.05 for value in turns)


def test_a_door_is_open_for_about_its_share_of_time_and_rests_at_night() -> None:
    spec = {"signal": "toggle", "on_s": 30, "off_s": 270, "quiet_at_night": True}
    values = _course(spec, [10] * 8639)
    day = [bool(value) for index, value in enumerate(values) if 7 <= index / 360 < 22]
    night = [bool(value) for index, value in enumerate(values) if index / 360 < 6]
    assert 0.05 < statistics.fmean(day) < 0.2
    assert statistics.fmean(night) < 0.05


def test_states_follow_each_other_in_turn() -> None:
    values = _course({"signal": "states", "states": ["a", "b", "c"], "dwell_s": [50, 20, 20]}, [1] * 600)
    changes = [later for earlier, later in itertools.pairwise(values) if later != earlier]
    assert len(changes) > 10
    assert all("abca".index(str(b)) == ("abc".index(str(a)) + 1) % 3 for a, b in itertools.pairwise(changes))


def test_words_name_what_they_stand_for() -> None:
    spec = {"signal": "words", "of": "on", "words": ["Standby", "Loaded"]}
    assert _course(spec, [], also={"on": False}) == ["Standby"]
    assert _course(spec, [], also={"on": True}) == ["Loaded"]
    assert _course(spec, [], also={"on": 99}) == ["Loaded"]


def test_noise_has_its_deviation_and_its_memory() -> None:
    noise = Noise(seeded(3), 2.0, 30)
    values = [noise.at(1) for _ in range(40_000)]
    assert statistics.pstdev(values) == pytest.approx(2.0, rel=0.2)
    assert statistics.correlation(values[:-1], values[1:]) > 0.7
    assert max(map(abs, values)) <= 2.0 * MAX_SIGMA


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_same_seed_gives_the_same_course(seed: int) -> None:
    spec = {"signal": "level", "level": 20, "noise": 1, "spread": 4}
    assert _course(spec, [1] * 20, seed=seed) == _course(spec, [1] * 20, seed=seed)
    assert _course(spec, [1] * 20, seed=seed) != _course(spec, [1] * 20, seed=seed + 1)


@pytest.mark.parametrize(
    "spec",
    [
        {"signal": "level"},
        {"signal": "level", "level": math.nan},
        {"signal": "sawtooth", "low": 2, "high": 1, "rise_s": 1, "fall_s": 1},
        {"signal": "control", "setpoint": 1, "band": 1, "drift_per_min": 0, "pull_per_min": 1},
        {"signal": "states", "states": ["a", "b"], "dwell_s": [1]},
        {"signal": "battery", "start_at": 101},
        {"signal": "what"},
    ],
)
def test_a_signal_that_makes_no_sense_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SPEC.validate_python(spec)
