"""The past: how everything was at a moment, and what happened after it, for many series and devices at once.

What is settled and what is still in memory are one answer, as in :mod:`hub.history.window`: what is in memory is noted
before the store is asked, for it may be settled and let go of meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.history.model import Outage, Sample, Span
from hub.history.unsettled import Unsettled

if TYPE_CHECKING:
    from collections.abc import Collection

    from hub.history.model import Record, StatusRow
    from hub.history.store import SliceRow, Store
    from hub.history.writer import HistoryWriter

STEP_S: Final = 0.001
"""Longest look through what is in memory without a rest."""
MOMENT_KEYS: Final = 500
"""Series asked for at once, so that other questions come in between."""
_TIME: Final = itemgetter(0)


class Slice(NamedTuple):
    """What happened in a span.

    Args:
        rows: readings in the order of time.
        end_us: it is complete up to here; the end of the span that was asked for, or earlier.
    """

    rows: list[SliceRow]
    end_us: int


class Past:
    """Answers how it was.

    Args:
        store: what is settled.
        writer: what is not.
    """

    def __init__(self, *, store: Store, writer: HistoryWriter) -> None:
        self._store = store
        self._writer = writer
        self._unsettled = Unsettled(writer)

    async def moment(self, keys: Collection[int], time_us: int) -> dict[int, Sample]:
        """Return the newest reading of each series before a time; those without one are left out.

        Args:
            keys: the series.
            time_us: the time.

        Raises:
            StoreError: the store cannot be read now.
        """
        found: dict[int, Sample] = {}
        wanted, ordered, noted = set(keys), list(keys), 0
        for start in range(0, len(ordered) or 1, MOMENT_KEYS):
            await self._look(found, self._unsettled.touching(Span(0, time_us), after=noted), wanted, time_us)
            noted = self._unsettled.newest
            answer = await self._store.moment(ordered[start : start + MOMENT_KEYS], time_us)
            for key, sample in answer.found.items():
                held = found.get(key)
                if held is None or held.time_us < sample.time_us:
                    found[key] = sample
        return found

    async def slice(self, keys: list[int], span: Span, *, limit: int) -> Slice:
        """Return the readings of a span in the order of time, or of its beginning if they are too many.

        Args:
            keys: the series.
            span: not empty.
            limit: most readings, but where more than that have one time: those are given together.

        Raises:
            StoreError: the store cannot be read now.
        """
        noted, newest = self._unsettled.touching(span), self._unsettled.newest
        rows, upto = await self._store.slice(keys, span, limit=limit)
        end_us = span.end_us
        while len(rows) == limit:
            end_us = rows[-1][0]
            if rows[0][0] < end_us:
                del rows[bisect_left(rows, (end_us,)) :]
                break
            limit *= 4
            end_us = span.end_us
            rows, upto = await self._store.slice(keys, span, limit=limit)
        noted += self._unsettled.touching(span, after=newest)
        self._unsettled.forget(upto)
        held = await self._rows(noted, set(keys), Span(span.start_us, end_us), after=upto)
        if held:
            known = {(time_us, key, type(value), value) for time_us, key, value, _ in rows}
            rows += [row for row in held if (row[0], row[1], type(row[2]), row[2]) not in known]
            rows.sort(key=_TIME)
        return _cut(rows, end_us, limit)

    async def statuses(self, devices: list[str], time_us: int) -> dict[str, StatusRow]:
        """Return the newest status of each device before a time; those without one are left out.

        Args:
            devices: their ids.
            time_us: the time.
        """
        held = self._unsettled.statuses(set(devices), Span(0, time_us))
        answer = await self._store.moment_statuses(devices, time_us)
        found = {row.device: row for row in answer.found}
        for row in held:
            if row.device not in found or found[row.device].time_us <= row.time_us:
                found[row.device] = row
        return found

    async def changes(self, devices: list[str], span: Span, *, limit: int) -> tuple[list[StatusRow], int]:
        """Return the statuses of a span in the order of time, and up to when they are complete.

        Args:
            devices: their ids.
            span: not empty.
            limit: most statuses that are settled; those in memory come on top.
        """
        held = self._unsettled.statuses(set(devices), span)
        rows = (await self._store.slice_statuses(devices, span, limit=limit)).found
        end_us = span.end_us
        if len(rows) == limit and rows[0].time_us < rows[-1].time_us:
            end_us = rows[-1].time_us
        known = {(row.device, row.time_us): row for row in (*rows, *held) if row.time_us < end_us}
        return sorted(known.values(), key=lambda row: row.time_us), end_us

    async def outages(self, span: Span, now_us: int) -> list[Outage]:
        """Return the times of a span in which nothing could be recorded, oldest first.

        Args:
            span: when.
            now_us: until when what is down now has lasted.
        """
        lasting = [Outage(source, since_us, now_us) for source, since_us in self._writer.down_since().items()]
        found = await self._store.outages(span)
        return found + [outage for outage in lasting if outage.from_us < span.end_us]

    async def _look(self, found: dict[int, Sample], records: list[Record], wanted: set[int], time_us: int) -> None:
        """Let the readings of records before a time replace older ones."""
        end_s = time.monotonic() + STEP_S
        for record in records:
            _keep_newest(found, record, wanted, time_us)
            if time.monotonic() > end_s:
                await asyncio.sleep(0)
                end_s = time.monotonic() + STEP_S

    async def _rows(self, records: list[Record], keys: set[int], span: Span, *, after: int) -> list[SliceRow]:
        """Return the readings of records after one, each once."""
        found: dict[tuple[int, int, type, object], SliceRow] = {}
        end_s = time.monotonic() + STEP_S
        for record in records:
            if record.seq <= after:
                continue
            for key, time_us, value, quality, _, _ in record.readings:
                if span.start_us <= time_us < span.end_us and key in keys:
                    found.setdefault((time_us, key, type(value), value), (time_us, key, value, quality))
            if time.monotonic() > end_s:
                await asyncio.sleep(0)
                end_s = time.monotonic() + STEP_S
        return sorted(found.values(), key=itemgetter(0, 1))


def _keep_newest(found: dict[int, Sample], record: Record, wanted: set[int], time_us: int) -> None:
    """Let a record's readings before a time replace older ones."""
    for key, at_us, value, quality, _, _ in record.readings:
        if at_us < time_us and key in wanted and (key not in found or found[key].time_us <= at_us):
            found[key] = Sample(at_us, value, quality)


def _cut(rows: list[SliceRow], end_us: int, limit: int) -> Slice:
    """Return what of the rows is to be given: whole times, and not many more than ``limit`` readings."""
    if len(rows) <= limit:
        return Slice(rows, end_us)
    cut = bisect_left(rows, (rows[limit][0],)) or bisect_left(rows, (rows[0][0] + 1,))
    if cut == len(rows):
        return Slice(rows, end_us)
    return Slice(rows[:cut], rows[cut][0])
