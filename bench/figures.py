"""Figures: what a round measured, the medians of several rounds, and whether they keep what was promised."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bound(Enum):
    """Which side of its limit a figure has to keep to."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Args:
        key: its name in the JSON.
        title: its name for people.
        unit: what it is counted in.
        bound: the side to keep to.
        limit: the promise, in the unit; with ``of_peer`` a multiple of the peer's figure.
        of_peer: True if the promise is a ratio to a peer.
    """

    key: str
    title: str
    unit: str
    bound: Bound
    limit: float
    of_peer: bool = False

    def keeps(self, value: float) -> bool:
        """Return True if a value keeps the promise.

        Args:
            value: in the unit, or the ratio.
        """
        return value >= self.limit if self.bound is Bound.AT_LEAST else value <= self.limit


class Sample(NamedTuple):
    """What one round found for one figure."""

    ours: float
    peer: float | None = None
    limited_by: str = ""
    """Who else was at its limit: then a rate below the promise says nothing of the hub."""


class Spread(NamedTuple):
    """Several rounds in three numbers."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """A figure after all rounds.

    Args:
        figure: what was measured.
        samples: one a round, at least one.
    """

    figure: Figure
    samples: Sequence[Sample]

    @property
    def ours(self) -> Spread:
        """The hub's values."""
        return spread([sample.ours for sample in self.samples])

    @property
    def peer(self) -> Spread | None:
        """The peer's values; None without one."""
        values = [sample.peer for sample in self.samples if sample.peer is not None]
        return spread(values) if values else None

    @property
    def ratio(self) -> Spread | None:
        """Ours to the peer's, round by round; None without a peer."""
        values = [sample.ours / sample.peer for sample in self.samples if sample.peer]
        return spread(values) if values else None

    @property
    def limited_by(self) -> str:
        """Who was at its limit in every round that missed the promise; empty if the hub was, or none missed it."""
        missing = [sample.limited_by for sample in self.samples if not self.figure.keeps(sample.ours)]
        return missing[0] if missing and all(missing) and not self.figure.of_peer else ""

    @property
    def met(self) -> bool:
        """True if the median keeps the promise."""
        if self.figure.of_peer:
            ratio = self.ratio
            return ratio is not None and self.figure.keeps(ratio.median)
        return self.figure.keeps(self.ours.median)


@dataclass(slots=True)
class Round:
    """What one round of a row found.

    Args:
        samples: by a figure's key.
        facts: what else is worth keeping in the JSON: rates offered, cores' shares, counts.
    """

    samples: dict[str, Sample] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)


def spread(values: Sequence[float]) -> Spread:
    """Return the median, least and most of values.

    Args:
        values: at least one.
    """
    return Spread(median(values), min(values), max(values))
