"""Clocks: the hub never asks the machine for the time anywhere else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells wall-clock time for people and data, and steady time for durations."""

    def now_us(self) -> int:
        """Return Unix time in whole microseconds UTC; it may be stepped by the machine's owner."""

    def steady_s(self) -> float:
        """Return seconds that never go back, of no known origin."""


class SystemClock:
    """The machine's own clocks."""

    __slots__ = ()

    def now_us(self) -> int:
        """Return the machine's Unix time in whole microseconds UTC."""
        return time.time_ns() // 1000

    def steady_s(self) -> float:
        """Return the machine's monotonic time in seconds."""
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that moves only when told to, for tests and replays.

    Args:
        us: Unix time in microseconds UTC.
        steady: steady time in seconds.
    """

    us: int = 1_766_500_000_000_000
    steady: float = 1000.0

    def now_us(self) -> int:
        """Return the time that was set last."""
        return self.us

    def steady_s(self) -> float:
        """Return the steady time that was reached by advancing."""
        return self.steady

    def advance(self, seconds: float) -> None:
        """Move both clocks forward.

        Args:
            seconds: by how much, at least 0.
        """
        self.us += round(seconds * 1_000_000)
        self.steady += seconds

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an owner or a time server would; steady time stays.

        Args:
            seconds: by how much; negative sets it back.
        """
        self.us += round(seconds * 1_000_000)
