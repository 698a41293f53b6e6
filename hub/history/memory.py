"""Held records: what is committed but not settled, by series, as a question needs it.

Records are indexed when somebody asks for the first time, and in slices, so that a quarter of a million readings do not
hold up the loop.
"""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING, Final

from hub.history.model import Sample, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.core.model import Value
    from hub.history.model import Record, Span

SLICE_S: Final = 0.002
"""Longest indexing without a rest."""


class Held:
    """The records of a moment.

    Args:
        records: in order.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = list(records)

    @property
    def seq(self) -> int:
        """Number of the newest of them, 0 if there is none."""
        return max((record.seq for record in self._records[-1:]), default=0)

    def slices(self) -> Iterator[None]:
        """Index the records, a slice at a step."""
        end_s = time.monotonic() + SLICE_S
        for record in self._records:
            record.rows_of(0)
            if time.monotonic() > end_s:
                yield
                end_s = time.monotonic() + SLICE_S

    def rows(self, later: Iterable[Record], key: int, span: Span, *, after: int) -> list[Sample]:
        """Return the readings of a series in a span, in order of time, each once.

        Args:
            later: records that came since.
            key: the series.
            span: when.
            after: records up to this number are left out.
        """
        found: dict[tuple[int, bool, Value], Sample] = {}
        new = (record for record in (*self._records, *later) if record.seq > after)
        for _, time_us, value, quality, _, _ in chain.from_iterable(record.rows_of(key) for record in new):
            if span.start_us <= time_us < span.end_us:
                found.setdefault(identity(time_us, value), Sample(time_us, value, quality))
        return sorted(found.values(), key=lambda sample: sample.time_us)
