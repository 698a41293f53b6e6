"""Signals that flow: levels with their day, sun, followers of other metrics, counters, batteries.

Each kind is two classes: what a scenario says about it (checked by pydantic), and the running signal made from that.
"""

import math
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from simulators.noise import Noise

DAY_S = 86_400.0
HOUR_S = 3_600.0

Value = bool | int | float | str | None
Hour = Annotated[float, Field(ge=0, le=24)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


@dataclass(slots=True)
class Moment:
    """What a signal may look at when it is asked for its value."""

    elapsed_s: float
    """Since the fleet began, in simulated time."""
    day_s: float
    """The simulated time of day, 0 to 86,400."""
    step_s: float
    """Since the device was last asked; 0 the first time."""
    values: dict[str, Value] = field(default_factory=dict)
    """What the device's metrics before this one are, and what they say besides, such as `pressure:rising`."""

    def number(self, name: str) -> float:
        """Another metric as a number: booleans are 0 and 1, anything else that is no number 0.

        Args:
            name: A metric, or what one says besides.
        """
        value = self.values.get(name)
        return float(value) if isinstance(value, bool | int | float) else 0.0


class Signal(Protocol):
    """A running signal."""

    def at(self, moment: Moment) -> Value:
        """Its value at a moment; moments only go forward.

        Args:
            moment: When, and what else the device measures then.
        """
        ...


class SignalSpec(BaseModel):
    """What every metric may say, whatever its signal."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    unit: str | None = Field(default=None, min_length=1)
    decimals: int = Field(default=1, ge=0, le=6)
    every_s: Positive | None = None
    """Published only so often; without it in every message of the device."""
    minimum: float | None = Field(default=None, alias="min")
    maximum: float | None = Field(default=None, alias="max")

    def start(self, name: str, random: Random) -> Signal:
        """The running signal.

        Args:
            name: The metric's name.
            random: The signal's own source of randomness.
        """
        raise NotImplementedError

    def says(self, name: str) -> set[str]:
        """What other metrics of the device may refer to.

        Args:
            name: The metric's name.
        """
        return {name}

    def refers(self) -> str | None:
        """The metric this one depends on, if any."""
        return None

    def bounded(self, value: float) -> float:
        """A value brought into the metric's range.

        Args:
            value: Any number.
        """
        if self.minimum is not None:
            value = max(self.minimum, value)
        return value if self.maximum is None else min(self.maximum, value)


class ConstantSpec(SignalSpec):
    """A value that never changes: a set-point, a rating, a name."""

    signal: Literal["constant"]
    value: bool | int | float | str

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Constant(self.value)


class LevelSpec(SignalSpec):
    """A level with a daily cycle, noise and wear: temperatures, humidity, vibration, voltages."""

    signal: Literal["level"]
    level: float
    daily: float = 0
    """Amplitude of the daily cycle; reached at `peak_hour`."""
    peak_hour: Hour = 15
    noise: NotNegative = 0
    """Standard deviation."""
    noise_s: Positive = 60
    """How long the noise remembers."""
    wear_per_day: float = 0
    """How much the level moves in a day of running."""
    spread: NotNegative = 0
    """By how much devices of one kind differ at most."""

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Level(self, random)


class SolarSpec(SignalSpec):
    """What the sun gives between sunrise and sunset, with clouds: irradiance, power of a PV array."""

    signal: Literal["solar"]
    peak: Positive
    sunrise_hour: Hour = 6
    sunset_hour: Hour = 20
    clouds: float = Field(default=0.3, ge=0, le=1)
    """What share of the sun the thickest clouds take."""

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Solar(self, random)


class FollowSpec(SignalSpec):
    """A quantity that follows another metric of the device: power with load, return with supply temperature."""

    signal: Literal["follow"]
    of: str
    scale: float = 1
    offset: float = 0
    lag_s: NotNegative = 0
    """How slowly it follows (time constant)."""
    noise: NotNegative = 0
    noise_s: Positive = 30

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Follow(self, random)

    def refers(self) -> str | None:
        """The metric this one depends on."""
        return self.of


class CounterSpec(SignalSpec):
    """A total that only grows: energy of power, volume of flow, or by itself."""

    signal: Literal["counter"]
    of: str | None = None
    """What is counted; without it 1, so that `per_s` alone is the rate."""
    per_s: Positive
    """How much one unit of `of` adds in a second: 1/3600 for kWh from kW."""
    start_at: NotNegative = 0
    spread: float = Field(default=0.3, ge=0, le=1)
    """Which part of `start_at` a device may begin short of it, so that devices of one kind differ."""
    resets_daily: bool = False

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Counter(self, random)

    def refers(self) -> str | None:
        """The metric this one depends on, if any."""
        return self.of


class BatterySpec(SignalSpec):
    """A battery's charge in percent: it goes down, and is changed at 4 %."""

    signal: Literal["battery"]
    start_at: float = Field(default=90, gt=4, le=100)
    per_day: NotNegative = 0.5
    spread: float = Field(default=20, ge=0, le=90)
    """By how many percent a device may begin lower, so that devices of one kind differ."""

    def start(self, name: str, random: Random) -> Signal:  # noqa: ARG002  # the same for all kinds
        """The running signal."""
        return _Battery(self, random)


class _Constant:
    __slots__ = ("_value",)

    def __init__(self, value: Value) -> None:
        self._value = value

    def at(self, moment: Moment) -> Value:  # noqa: ARG002  # the same for all kinds
        return self._value


class _Level:
    __slots__ = ("_level", "_noise", "_spec")

    def __init__(self, spec: LevelSpec, random: Random) -> None:
        self._spec = spec
        self._level = spec.level + random.uniform(-spec.spread, spec.spread)
        self._noise = Noise(random, spec.noise, spec.noise_s)

    def at(self, moment: Moment) -> Value:
        spec = self._spec
        turn = (moment.day_s - spec.peak_hour * HOUR_S) / DAY_S
        value = self._level + spec.daily * math.cos(2 * math.pi * turn)
        value += spec.wear_per_day * moment.elapsed_s / DAY_S
        return spec.bounded(value + self._noise.at(moment.step_s))


class _Solar:
    __slots__ = ("_clouds", "_spec")

    def __init__(self, spec: SolarSpec, random: Random) -> None:
        self._spec = spec
        self._clouds = Noise(random, 1.0, 240)

    def at(self, moment: Moment) -> Value:
        spec = self._spec
        clouds = spec.clouds / (1 + math.exp(-2 * self._clouds.at(moment.step_s)))
        daylight_s = (spec.sunset_hour - spec.sunrise_hour) * HOUR_S
        since_s = moment.day_s - spec.sunrise_hour * HOUR_S
        if not 0 < since_s < daylight_s:
            return spec.bounded(0.0)
        return spec.bounded(spec.peak * math.sin(math.pi * since_s / daylight_s) ** 1.3 * (1 - clouds))


class _Follow:
    __slots__ = ("_noise", "_spec", "_value")

    def __init__(self, spec: FollowSpec, random: Random) -> None:
        self._spec = spec
        self._noise = Noise(random, spec.noise, spec.noise_s)
        self._value: float | None = None

    def at(self, moment: Moment) -> Value:
        spec = self._spec
        aim = spec.offset + spec.scale * moment.number(spec.of)
        if self._value is None or not spec.lag_s:
            self._value = aim
        else:
            self._value += (aim - self._value) * (1 - math.exp(-moment.step_s / spec.lag_s))
        return spec.bounded(self._value + self._noise.at(moment.step_s))


class _Counter:
    __slots__ = ("_day", "_spec", "_total")

    def __init__(self, spec: CounterSpec, random: Random) -> None:
        self._spec = spec
        self._total = spec.start_at * (1 - random.uniform(0, spec.spread))
        self._day: int | None = None

    def at(self, moment: Moment) -> Value:
        spec = self._spec
        rate = max(0.0, moment.number(spec.of)) if spec.of else 1.0
        self._total += rate * spec.per_s * moment.step_s
        day = round((moment.elapsed_s - moment.day_s) / DAY_S)
        if spec.resets_daily and self._day is not None and day != self._day:
            self._total = 0.0
        self._day = day
        return spec.bounded(self._total)


class _Battery:
    __slots__ = ("_spec", "_used")

    def __init__(self, spec: BatterySpec, random: Random) -> None:
        self._spec = spec
        self._used = 100 - spec.start_at + random.uniform(0, spec.spread)

    def at(self, moment: Moment) -> Value:
        spec = self._spec
        used = self._used + spec.per_day * moment.elapsed_s / DAY_S
        return spec.bounded(100 - used % 96)
