"""The in-process log: a bounded ring of batches, each with its position."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from hub.core.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.meters import Meters

_COMPACT = 1024
"""Batches dropped from the front before the list is moved: keeps dropping O(1) and reading by index."""


_GONE = Batch(0)
"""Stands where a dropped batch was, so that its readings are let go at once."""


class LocalLog:
    """Keeps the newest batches, by age and by number of readings, whichever comes first.

    A plain list is enough: one process appends, everything reads between two appends, nothing waits.

    Args:
        meters: told what is held.
        retention_s: batches older than this go; policy: oldest first.
        retention_readings: most readings held; policy: oldest first. The newest batch always stays.
        epoch: identifies the log; drawn at random if not given.
    """

    def __init__(
        self, *, meters: Meters, retention_s: float = 300, retention_readings: int = 300_000, epoch: str = ""
    ) -> None:
        self.epoch = epoch or secrets.token_hex(4)
        self.seq = 0
        self._retention_us = round(retention_s * 1_000_000)
        self._retention_readings = retention_readings
        self._batches: list[Batch] = []
        self._gone = 0
        self._readings = 0
        meters.gauge("log_readings", "Readings that the log holds.", lambda: self._readings)
        meters.gauge("log_batches", "Batches that the log holds.", lambda: len(self._batches) - self._gone)
        meters.gauge("log_position", "Number of the last batch in the log.", lambda: self.seq)

    @property
    def first_seq(self) -> int:
        """Number of the oldest batch held; ``seq + 1`` if none is."""
        return self.seq + 1 - (len(self._batches) - self._gone)

    def append(self, batch: Batch) -> int:
        """Give a batch the next position, keep it, drop what is too old or too much.

        Args:
            batch: not appended yet.
        """
        self.seq += 1
        batch.seq = self.seq
        self._batches.append(batch)
        self._readings += len(batch.readings)
        self._trim(batch.time_us - self._retention_us)
        return self.seq

    def since(self, seq: int) -> Iterator[Batch]:
        """Yield the held batches after a position, oldest first. Do not append while iterating.

        Args:
            seq: a position of this log.
        """
        for index in range(max(self._gone, self._gone + seq + 1 - self.first_seq), len(self._batches)):
            yield self._batches[index]

    def _trim(self, oldest_us: int) -> None:
        """Drop from the front what is over a bound, but never the newest batch."""
        batches, gone, last = self._batches, self._gone, len(self._batches) - 1
        while gone < last and (batches[gone].time_us < oldest_us or self._readings > self._retention_readings):
            self._readings -= len(batches[gone].readings)
            batches[gone] = _GONE
            gone += 1
        if gone > _COMPACT and gone * 2 > len(batches):
            del batches[:gone]
            gone = 0
        self._gone = gone
