"""One device: its signals, asked when it is due, and the faults that change what it says."""

import math
from dataclasses import dataclass, replace
from random import Random

from simulators.dialects.dialect import Dialect, Member
from simulators.dialects.wording import Values
from simulators.faults import (
    BadTopic,
    Burst,
    ClockSkew,
    Drift,
    Dropout,
    Duplicate,
    Fault,
    FaultState,
    Late,
    Malformed,
    NotANumber,
    Null,
    Offline,
    Stuck,
    WrongType,
    bad_topics,
    break_payload,
)
from simulators.readout import Message, rounded
from simulators.signals import DAY_S, Moment, Value

JITTER = 0.04
"""Real devices are never quite on time: a cadence varies by this share."""

_NOT_NUMBERS = (math.nan, math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class Saying:
    """A message of a device, and how it is to be sent."""

    message: Message
    delay_s: float = 0
    """Held back for so long."""
    apart: bool = False
    """On a connection of its own, which the broker may close."""


class Device:
    """A device of the fleet; asked for its sayings whenever it is due."""

    def __init__(self, member: Member, dialect: Dialect, faults: list[Fault], *, seed: int, day_s: float) -> None:
        """Make the device as the seed wants it.

        Args:
            member: Its id, and what it measures.
            dialect: How it says it.
            faults: All faults of the scenario; the device picks its own.
            seed: The fleet's seed.
            day_s: The time of day at which the fleet begins, in seconds.
        """
        device_id, profile = member
        key = f"{seed}/{device_id}"
        self.id = device_id
        self.profile = profile
        self.dialect = dialect
        self._member = member
        self.random = Random(key)
        self._day_s = day_s
        self._signals = {name: metric.start(name, Random(f"{key}/{name}")) for name, metric in profile.metrics.items()}
        self._faults = [
            FaultState(fault, f"{key}/fault-{index}")
            for index, fault in enumerate(faults)
            if fault.matches(device_id) and Random(f"{key}/share-{index}").random() < fault.share
        ]
        self._asked_s: float | None = None
        self._due_s: dict[str, float] = {}
        self._stuck: dict[str, Value] = {}
        self._turn = 0

    def silent(self, elapsed_s: float) -> bool:
        """Whether a fault keeps it from saying anything.

        Args:
            elapsed_s: Since the fleet began.
        """
        return any(isinstance(fault.spec, Dropout) and fault.active(elapsed_s) for fault in self._faults) or self.cut(
            elapsed_s
        )

    def cut(self, elapsed_s: float) -> bool:
        """Whether a fault has broken its connection.

        Args:
            elapsed_s: Since the fleet began.
        """
        return self.profile.has_will and any(
            isinstance(fault.spec, Offline) and fault.active(elapsed_s) for fault in self._faults
        )

    def next_edge_s(self, elapsed_s: float) -> float | None:
        """When its connection may next break or come back by a fault.

        Args:
            elapsed_s: Since the fleet began.
        """
        edges = [
            edge
            for fault in self._faults
            if self.profile.has_will and isinstance(fault.spec, Offline)
            if (edge := fault.spec.edge_after(elapsed_s)) is not None
        ]
        return min(edges, default=None)

    def interval_s(self, elapsed_s: float) -> float:
        """How long until it is due again.

        Args:
            elapsed_s: Since the fleet began.
        """
        factor = 1.0
        for fault in self._faults:
            if isinstance(fault.spec, Burst) and fault.active(elapsed_s):
                factor *= fault.spec.factor
        return self.profile.every_s * self.random.uniform(1 - JITTER, 1 + JITTER) / factor

    def forget_cadence(self) -> None:
        """Say every metric with the next message, as a device does that has just connected."""
        self._due_s.clear()

    def say(self, elapsed_s: float, wall_us: int) -> list[Saying]:
        """What it says now, with its faults applied.

        Args:
            elapsed_s: Since the fleet began, in simulated time; never less than the last time.
            wall_us: The true time, µs since 1970, for timestamps.
        """
        values = self._measure(elapsed_s)
        if self.silent(elapsed_s):
            return []
        self._turn += 1
        due = self._read_out(values, [name for name in self._signals if self._is_due(name, elapsed_s)], elapsed_s)
        if not due:
            return []
        ahead_s = sum(
            fault.spec.ahead_s
            for fault in self._faults
            if isinstance(fault.spec, ClockSkew) and fault.active(elapsed_s)
        )
        messages = self.dialect.say(self._member, due, wall_us + round(ahead_s * 1_000_000))
        return [saying for message in messages for saying in self._damaged(message, elapsed_s)]

    def read(self, elapsed_s: float) -> Values:
        """All its present values, for whoever tells everything at once.

        Args:
            elapsed_s: Since the fleet began; never less than the last time.
        """
        return self._read_out(self._measure(elapsed_s), list(self._signals), elapsed_s)

    def _read_out(self, values: Values, names: list[str], elapsed_s: float) -> Values:
        metrics = self.profile.metrics
        return {name: rounded(self._falsified(name, values[name], elapsed_s), metrics[name]) for name in names}

    def _measure(self, elapsed_s: float) -> dict[str, Value]:
        step_s = 0.0 if self._asked_s is None else max(0.0, elapsed_s - self._asked_s)
        self._asked_s = elapsed_s
        moment = Moment(elapsed_s, (self._day_s + elapsed_s) % DAY_S, step_s)
        for name, signal in self._signals.items():
            moment.values[name] = signal.at(moment)
        return moment.values

    def _is_due(self, name: str, elapsed_s: float) -> bool:
        every_s = self.profile.metrics[name].every_s
        if every_s is None:
            return True
        if elapsed_s < self._due_s.get(name, 0.0):
            return False
        self._due_s[name] = elapsed_s + every_s * (1 - JITTER)
        return True

    def _falsified(self, name: str, value: Value, elapsed_s: float) -> Value:
        stuck = False
        for fault in self._faults:
            spec = fault.spec
            if not isinstance(spec, Drift | Stuck | Null | NotANumber | WrongType) or not spec.touches(name):
                continue
            if not fault.active(elapsed_s):
                continue
            match spec:
                case Drift():
                    value = _drifted(value, spec, elapsed_s)
                case Stuck():
                    stuck = True
                    value = self._stuck.setdefault(name, value)
                case Null():
                    value = None
                case NotANumber():
                    value = _NOT_NUMBERS[self._turn % 3] if _is_number(value) else value
                case WrongType():
                    value = -1 if isinstance(value, str) else "ERR 42"
        if not stuck:
            self._stuck.pop(name, None)
        return value

    def _damaged(self, message: Message, elapsed_s: float) -> list[Saying]:
        sayings = [Saying(message)]
        for fault in self._faults:
            spec = fault.spec
            if not isinstance(spec, Duplicate | Late | Malformed | BadTopic) or not fault.strikes(elapsed_s):
                continue
            first = sayings[0]
            match spec:
                case Duplicate():
                    sayings.append(first)
                case Late():
                    sayings[0] = replace(first, delay_s=spec.by_s)
                case Malformed():
                    broken = break_payload(message.payload, fault.random)
                    sayings[0] = replace(first, message=replace(message, payload=broken))
                case BadTopic():
                    topic = fault.random.choice(bad_topics(message.topic))
                    sayings.append(Saying(replace(message, topic=topic, retain=False), apart=True))
        return sayings


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _drifted(value: Value, spec: Drift, elapsed_s: float) -> Value:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    opened_s = spec.after_s
    if spec.every_s:
        opened_s += (elapsed_s - spec.after_s) // spec.every_s * spec.every_s
    return float(value) + spec.per_min * (elapsed_s - opened_s) / 60
