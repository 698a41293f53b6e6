"""The past: how everything was at a moment, and what happened after it, for many series and devices at once.

What is settled and what is still in memory are one answer, complete when it is given, as in :mod:`hub.history.window`:
what is in memory is noted before the store is asked, for it may be settled and let go of meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from hub.history.model import Outage, Sample, Span, identity
from hub.history.store import Answer
from hub.history.unsettled import Unsettled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from hub.core.model import Value
    from hub.history.model import Record, StatusRow
    from hub.history.store import SliceRow, Store
    from hub.history.writer import HistoryWriter

T = TypeVar("T")
U = TypeVar("U")

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
        wanted, ordered = set(keys), list(keys)
        noted = await self._look(found, wanted, time_us, after=0)
        for start in range(0, len(ordered), MOMENT_KEYS):
            part, whole = ordered[start : start + MOMENT_KEYS], False
            while not whole:
                settled, upto = await self._store.moment(part, time_us)
                whole = self._writer.let_go <= max(upto, noted)
                _add_settled(found, settled)
                noted = await self._look(found, wanted, time_us, after=noted)
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
        settled, records = await self._whole(
            lambda after: self._unsettled.touching(span, after=after), lambda: self._settled(keys, span, limit)
        )
        rows, end_us = settled.found
        held = await self._rows(records, set(keys), Span(span.start_us, end_us), after=settled.upto)
        if held:
            known = {_identity(row) for row in rows}
            rows += [row for row in held if _identity(row) not in known]
            rows.sort(key=_TIME)
        return _cut(rows, end_us, limit)

    async def statuses(self, devices: list[str], time_us: int) -> dict[str, StatusRow]:
        """Return the newest status of each device before a time; those without one are left out.

        Args:
            devices: their ids.
            time_us: the time.
        """
        settled, held = await self._whole(
            partial(self._unsettled.statuses, set(devices), Span(0, time_us)),
            lambda: self._store.moment_statuses(devices, time_us),
        )
        found = {row.device: row for row in settled.found}
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
        settled, held = await self._whole(
            partial(self._unsettled.statuses, set(devices), span),
            lambda: self._store.slice_statuses(devices, span, limit=limit),
        )
        rows, end_us = settled.found, span.end_us
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

    def rest(self) -> None:
        """Keep nothing of what is in memory; the next question notes it anew."""
        self._unsettled = Unsettled(self._writer)

    async def _whole(
        self, look: Callable[[int], list[T]], ask: Callable[[], Awaitable[Answer[U]]]
    ) -> tuple[Answer[U], list[T]]:
        """Return what the store answers, and what is in memory: all of what it does not take into account.

        What came after the first look, and was settled and let go of before the second, may be missing in both: then
        all is asked again.

        Args:
            look: returns what is in memory, of records after one.
            ask: the store.
        """
        while True:
            newest = self._unsettled.newest
            held = look(0)
            answer = await ask()
            held += look(newest)
            if self._writer.let_go <= max(answer.upto, newest):
                return answer, held

    async def _settled(self, keys: list[int], span: Span, limit: int) -> Answer[tuple[list[SliceRow], int]]:
        """Return what is settled of a slice, whole times only, and up to when it is complete."""
        while True:
            rows, upto = await self._store.slice(keys, span, limit=limit)
            if len(rows) < limit:
                return Answer((rows, span.end_us), upto)
            end_us = rows[-1][0]
            if rows[0][0] < end_us:
                return Answer((rows[: bisect_left(rows, (end_us,))], end_us), upto)
            limit *= 4

    async def _look(self, found: dict[int, Sample], wanted: set[int], time_us: int, *, after: int) -> int:
        """Let the readings of records after one replace older ones; return the number of the newest record."""
        newest = self._unsettled.newest
        end_s = time.monotonic() + STEP_S
        for record in self._unsettled.touching(Span(0, time_us), after=after):
            _keep_newest(found, record, wanted, time_us)
            if time.monotonic() > end_s:
                await asyncio.sleep(0)
                end_s = time.monotonic() + STEP_S
        return newest

    async def _rows(self, records: list[Record], keys: set[int], span: Span, *, after: int) -> list[SliceRow]:
        """Return the readings of records after one, each once."""
        found: dict[tuple[int, tuple[int, bool, Value]], SliceRow] = {}
        end_s = time.monotonic() + STEP_S
        for record in records:
            if record.seq <= after:
                continue
            for key, time_us, value, quality, _, _ in record.readings:
                if span.start_us <= time_us < span.end_us and key in keys:
                    row = (time_us, key, value, quality)
                    found.setdefault(_identity(row), row)
            if time.monotonic() > end_s:
                await asyncio.sleep(0)
                end_s = time.monotonic() + STEP_S
        return sorted(found.values(), key=itemgetter(0, 1))


def _identity(row: SliceRow) -> tuple[int, tuple[int, bool, Value]]:
    """Return what rows have in common if they are the same reading."""
    time_us, key, value, _ = row
    return key, identity(time_us, value)


def _add_settled(found: dict[int, Sample], settled: dict[int, Sample]) -> None:
    """Let settled readings replace older ones; of two of one time the one told last is in the records."""
    for key, sample in settled.items():
        if key not in found or found[key].time_us < sample.time_us:
            found[key] = sample


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
