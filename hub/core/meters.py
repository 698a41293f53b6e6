"""Counters and gauges of the hub itself: plain integers, read by ``/metrics`` and ``/api/v1/status``.

Counting costs one attribute write; nothing here locks, labels or formats on the hot path. A stage makes its counters
once from the :class:`Meters` it is given and keeps them as attributes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(slots=True)
class Counter:
    """A number that only grows. Count with ``counter.n += 1``."""

    name: str
    help: str
    label: str = ""
    value: str = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number that is asked for when somebody looks."""

    name: str
    help: str
    read: Callable[[], float]


@dataclass(slots=True)
class Latency:
    """The last samples of a duration, for its quantiles.

    Args:
        name: the metric's name, with its unit.
        help: what it measures.
        keep: how many samples are kept; the oldest goes.
    """

    name: str
    help: str
    keep: int = 1024
    samples: list[float] = field(default_factory=list)
    total: int = 0
    sum: float = 0.0

    def note(self, seconds: float) -> None:
        """Take one sample.

        Args:
            seconds: the duration, at least 0.
        """
        if len(self.samples) < self.keep:
            self.samples.append(seconds)
        else:
            self.samples[self.total % self.keep] = seconds
        self.total += 1
        self.sum += seconds

    def quantile(self, q: float) -> float | None:
        """Return a quantile of the kept samples in seconds, None without samples.

        Args:
            q: 0…1.
        """
        if not self.samples:
            return None
        ordered = sorted(self.samples)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


@dataclass(slots=True)
class Meters:
    """Everything that is counted, in the order it was made."""

    counters: dict[tuple[str, str], Counter] = field(default_factory=dict)
    gauges: dict[str, Gauge] = field(default_factory=dict)
    latencies: dict[str, Latency] = field(default_factory=dict)

    def counter(self, name: str, help_text: str, *, label: str = "", value: str = "") -> Counter:
        """Return the counter of this name and label value, made at the first call.

        Args:
            name: Prometheus name without the prefix ``hub_`` and the suffix ``_total``.
            help_text: one sentence.
            label: the label's name, empty without labels.
            value: the label's value, from a closed set.
        """
        found = self.counters.get((name, value))
        if found is None:
            found = self.counters[name, value] = Counter(name, help_text, label, value)
        return found

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Register a gauge; a later one of the same name replaces it.

        Args:
            name: Prometheus name without the prefix ``hub_``.
            help_text: one sentence.
            read: called when somebody looks; must be quick.
        """
        self.gauges[name] = Gauge(name, help_text, read)

    def latency(self, name: str, help_text: str) -> Latency:
        """Return the latency of this name, made at the first call.

        Args:
            name: Prometheus name without the prefix ``hub_``, ending in ``_seconds``.
            help_text: one sentence.
        """
        found = self.latencies.get(name)
        if found is None:
            found = self.latencies[name] = Latency(name, help_text)
        return found

    def by_label(self, name: str) -> Iterator[tuple[str, int]]:
        """Yield (label value, count) of all counters of one name.

        Args:
            name: as given to :meth:`counter`.
        """
        return ((counter.value, counter.n) for (key, _), counter in self.counters.items() if key == name)
