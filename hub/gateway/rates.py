"""Rates: how fast the hub's counters grow, as the status page shows it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.core.clock import Clock
    from hub.core.meters import Counter, Meters

WINDOW_S = 10
"""Over how long rates are averaged, as the live protocol's latency is."""


class Rates:
    """How fast the counters grow, from samples taken once a second.

    Args:
        meters: whose counters.
        clock: measures the interval.
    """

    def __init__(self, *, meters: Meters, clock: Clock) -> None:
        self._meters = meters
        self._clock = clock
        self._samples: deque[tuple[float, dict[tuple[str, str], int]]] = deque(maxlen=WINDOW_S + 1)

    async def run(self) -> None:
        """Take a sample every second until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(1)

    def sample(self) -> None:
        """Note every counter's total."""
        totals = {key: counter.n for key, counter in self._meters.counters.items()}
        self._samples.append((self._clock.steady_s(), totals))

    def per_s(self, counter: Counter) -> float | None:
        """Return how fast a counter grew in the window, None before there are samples.

        Args:
            counter: one of the meters'.
        """
        if not self._samples:
            return None
        since_s, totals = self._samples[0]
        elapsed_s = self._clock.steady_s() - since_s
        if elapsed_s <= 0:
            return None
        return round((counter.n - totals.get((counter.name, counter.value), 0)) / elapsed_s, 3)
