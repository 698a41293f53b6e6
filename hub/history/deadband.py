"""Deadbands: readings that hardly differ from the one kept before are left out of history (exception reporting).

What is left out is live like everything else. Whoever holds the last kept value until the next one is never wrong by
more than the band, and never for longer than :attr:`Deadband.longest_us` without a reading, for readings that come in
order; late ones are all kept. Off unless a rule says so.

References:
    OPC UA Part 4 §7.22.2 (AbsoluteDeadband); PI System, exception reporting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.core.model import Reading, Series
    from hub.core.select import Selection


@dataclass(frozen=True, slots=True)
class Deadband:
    """A rule.

    Args:
        selection: the series it is for.
        band: a number is left out if it differs from the last kept one by no more than this, in the series' unit; ≥ 0.
        longest_us: a reading is kept after so long in any case.
    """

    selection: Selection
    band: float
    longest_us: int


@dataclass(slots=True)
class _Kept:
    """The last kept reading of a series."""

    rule: Deadband
    time_us: int
    value: float
    quality: str | None


class Deadbands:
    """Leaves out what the rules allow to leave out; remembers one reading a series that a rule is for.

    Args:
        rules: the first that fits a series is the one.
        series: the catalogue's, by key.
    """

    def __init__(self, rules: Sequence[Deadband], series: Mapping[int, Series]) -> None:
        self._rules = tuple(rules)
        self._series = series
        self._kept: dict[int, _Kept | None] = {}

    def __bool__(self) -> bool:
        """Return True if there is any rule."""
        return bool(self._rules)

    def rule_for(self, device: str, metric: str) -> Deadband | None:
        """Return the rule for a series, None if all its readings are kept.

        Args:
            device: its device's id.
            metric: its metric.
        """
        fitting = (
            rule for rule in self._rules if rule.selection.wants_device(device) and rule.selection.wants_metric(metric)
        )
        return next(fitting, None)

    def kept(self, readings: list[Reading]) -> list[Reading]:
        """Return the readings that are kept, in order.

        Args:
            readings: of one batch.
        """
        return [reading for reading in readings if self._keeps(reading)]

    def forget(self, key: int) -> None:
        """Forget a series that left the catalogue.

        Args:
            key: its key.
        """
        self._kept.pop(key, None)

    def _keeps(self, reading: Reading) -> bool:
        """Return True if a reading has to be kept; then it is the one that the next ones are compared with."""
        key, time_us, value, quality, _, _ = reading
        if key in self._kept:
            last = self._kept[key]
            if last is None:
                return True
        else:
            series = self._series.get(key)
            rule = None if series is None else self.rule_for(series.device.id, series.metric)
            if rule is None:
                self._kept[key] = None
                return True
            last = self._kept[key] = _Kept(rule, -1, 0.0, None)
        if type(value) not in (int, float):
            last.time_us = -1  # whoever holds the last kept value holds this one now
            return True
        number = float(value)
        near = abs(number - last.value) <= last.rule.band and quality == last.quality
        if last.time_us >= 0 and (time_us < last.time_us or (near and time_us < last.time_us + last.rule.longest_us)):
            return time_us < last.time_us  # a late one is kept: what came after it was not compared with it
        last.time_us, last.value, last.quality = time_us, number, quality
        return True
