"""Signals that switch: controllers with hysteresis, compressors, doors, operating states and the words for them."""

from random import Random
from typing import Literal, Self

from pydantic import Field, model_validator

from simulators.noise import Noise
from simulators.signals import DAY_S, HOUR_S, Moment, NotNegative, Positive, Signal, SignalSpec, Value

MAX_STEPS = 200
"""A long gap is gone through in so many steps, not more."""
NIGHT_HOURS = (6, 22)
"""Outside these hours what is quiet at night rests."""
NIGHT_FACTOR = 20.0


class ControlSpec(SignalSpec):
    """A quantity held by switching something on and off around a set-point; says `<name>:on` besides.

    Left alone it drifts by `drift_per_min`; the plant pulls it the other way by `pull_per_min` once it is `band` beyond
    the set-point, until it is `band` on the other side.
    """

    signal: Literal["control"]
    setpoint: float
    band: Positive
    drift_per_min: float
    pull_per_min: Positive
    noise: NotNegative = 0

    @model_validator(mode="after")
    def _drifts(self) -> Self:
        if not self.drift_per_min:
            message = "drift_per_min must not be 0: something has to need the control"
            raise ValueError(message)
        return self

    def start(self, name: str, random: Random) -> Signal:
        """The running signal."""
        return _Control(self, name, random)

    def says(self, name: str) -> set[str]:
        """The value, and whether the plant is on."""
        return {name, f"{name}:on"}


class SawtoothSpec(SignalSpec):
    """A quantity pumped up and used up in turn, as a compressor's tank pressure; says `<name>:rising` besides."""

    signal: Literal["sawtooth"]
    low: float
    high: float
    rise_s: Positive
    fall_s: Positive
    noise: NotNegative = 0

    @model_validator(mode="after")
    def _upright(self) -> Self:
        if self.low >= self.high:
            message = "low must be below high"
            raise ValueError(message)
        return self

    def start(self, name: str, random: Random) -> Signal:
        """The running signal."""
        return _Sawtooth(self, name, random)

    def says(self, name: str) -> set[str]:
        """The value, and whether it is being pumped up."""
        return {name, f"{name}:rising"}


class ToggleSpec(SignalSpec):
    """A contact or motion: true and false for random times around their means."""

    signal: Literal["toggle"]
    on_s: Positive
    off_s: Positive
    quiet_at_night: bool = False

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Toggle(self, random)


class StatesSpec(SignalSpec):
    """A state machine's name of its state: the states in turn, each for about its time; says `<name>:index` besides."""

    signal: Literal["states"]
    states: list[str] = Field(min_length=2)
    dwell_s: list[Positive]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.states) != len(self.dwell_s):
            message = f"dwell_s must have one time for each of the {len(self.states)} states"
            raise ValueError(message)
        return self

    def start(self, name: str, random: Random) -> Signal:
        """The running signal."""
        return _States(self, name, random)

    def says(self, name: str) -> set[str]:
        """The state's name, and its number from 0."""
        return {name, f"{name}:index"}


class WordsSpec(SignalSpec):
    """Words for another metric: the first one for 0 and false, the next for 1 and true, and so on."""

    signal: Literal["words"]
    of: str
    words: list[str] = Field(min_length=2)

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Words(self)

    def refers(self) -> str | None:
        """The metric this one depends on."""
        return self.of


class _Control:
    __slots__ = ("_name", "_noise", "_on", "_spec", "_value")

    def __init__(self, spec: ControlSpec, name: str, random: Random) -> None:
        self._spec = spec
        self._name = name
        self._value = spec.setpoint + random.uniform(-spec.band, spec.band)
        self._on = random.random() < 0.5  # noqa: PLR2004  # heads or tails
        self._noise = Noise(random, spec.noise, 20)

    def at(self, moment: Moment) -> Value:
        step_s = max(1.0, moment.step_s / MAX_STEPS)
        left_s = moment.step_s
        while left_s > 0:
            self._move(min(step_s, left_s))
            left_s -= step_s
        moment.values[f"{self._name}:on"] = self._on
        return self._spec.bounded(self._value + self._noise.at(moment.step_s))

    def _move(self, step_s: float) -> None:
        spec = self._spec
        away = 1.0 if spec.drift_per_min > 0 else -1.0
        rate = -away * spec.pull_per_min if self._on else spec.drift_per_min
        error = (self._value - spec.setpoint) + rate * step_s / 60
        if error * away > spec.band:
            self._on = True
        elif error * away < -spec.band:
            self._on = False
        self._value = spec.setpoint + max(-1.5 * spec.band, min(1.5 * spec.band, error))


class _Sawtooth:
    __slots__ = ("_name", "_noise", "_pace", "_phase_s", "_spec")

    def __init__(self, spec: SawtoothSpec, name: str, random: Random) -> None:
        self._spec = spec
        self._name = name
        self._phase_s = random.uniform(0, spec.rise_s + spec.fall_s)
        self._noise = Noise(random, spec.noise, 5)
        self._pace = Noise(random, 0.08, spec.rise_s + spec.fall_s)

    def at(self, moment: Moment) -> Value:
        spec = self._spec
        self._phase_s += moment.step_s * (1 + self._pace.at(moment.step_s))
        self._phase_s %= spec.rise_s + spec.fall_s
        rising = self._phase_s < spec.rise_s
        share = self._phase_s / spec.rise_s if rising else 1 - (self._phase_s - spec.rise_s) / spec.fall_s
        moment.values[f"{self._name}:rising"] = rising
        return spec.bounded(spec.low + (spec.high - spec.low) * share + self._noise.at(moment.step_s))


class _Toggle:
    __slots__ = ("_on", "_random", "_spec", "_switch_s")

    def __init__(self, spec: ToggleSpec, random: Random) -> None:
        self._spec = spec
        self._random = random
        self._on = random.random() < spec.on_s / (spec.on_s + spec.off_s)
        self._switch_s: float | None = None

    def at(self, moment: Moment) -> Value:
        if self._switch_s is None:
            self._switch_s = moment.elapsed_s + self._dwell_s(moment) * self._random.random()
        for _ in range(MAX_STEPS):
            if self._switch_s > moment.elapsed_s:
                break
            self._on = not self._on
            self._switch_s += self._dwell_s(moment)
        return self._on

    def _dwell_s(self, moment: Moment) -> float:
        spec = self._spec
        mean_s = spec.on_s if self._on else spec.off_s
        hour = moment.day_s % DAY_S / HOUR_S
        if spec.quiet_at_night and not self._on and not NIGHT_HOURS[0] <= hour < NIGHT_HOURS[1]:
            mean_s *= NIGHT_FACTOR
        return mean_s * max(0.05, self._random.expovariate(1))


class _States:
    __slots__ = ("_index", "_name", "_random", "_spec", "_switch_s")

    def __init__(self, spec: StatesSpec, name: str, random: Random) -> None:
        self._spec = spec
        self._name = name
        self._random = random
        self._index = random.choices(range(len(spec.states)), spec.dwell_s)[0]
        self._switch_s = self._dwell_s() * random.random()

    def at(self, moment: Moment) -> Value:
        for _ in range(MAX_STEPS):
            if self._switch_s > moment.elapsed_s:
                break
            self._index = (self._index + 1) % len(self._spec.states)
            self._switch_s += self._dwell_s()
        moment.values[f"{self._name}:index"] = self._index
        return self._spec.states[self._index]

    def _dwell_s(self) -> float:
        return self._spec.dwell_s[self._index] * self._random.uniform(0.5, 1.5)


class _Words:
    __slots__ = ("_spec",)

    def __init__(self, spec: WordsSpec) -> None:
        self._spec = spec

    def at(self, moment: Moment) -> Value:
        words = self._spec.words
        return words[max(0, min(len(words) - 1, round(moment.number(self._spec.of))))]
