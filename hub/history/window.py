"""Windows: any span of a series at any resolution, with nothing missing up to a position of the log.

What the store has settled and what is still in memory are one answer: the store says up to which record it has read,
and the later ones are added here. Nothing waits between that and taking the position.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

from hub.history.gaps import Gap, gaps, holes
from hub.history.memory import Held
from hub.history.merging import changes, merged, with_numbers
from hub.history.model import Bucket, Outage, Sample, Span, identity
from hub.history.resolution import resolution
from hub.history.store import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from hub.core.batch import Log
    from hub.core.clock import Clock
    from hub.history.model import SeriesRow, StatusRow
    from hub.history.store import Store
    from hub.history.writer import HistoryWriter

T = TypeVar("T")

Aggregate: TypeAlias = Literal["minmax", "raw", "states"]

MOST_POINTS: Final = 10_000
_NUMBERS: Final = ("integer", "float", "mixed")
_STATES: Final = ("boolean", "string", "mixed")


@dataclass(slots=True)
class Window:
    """A span of one series.

    Args:
        series: the series.
        span: what the answer is about.
        buckets: numbers in buckets, oldest first; empty where there are :attr:`samples`.
        samples: single readings, or changes of state, oldest first.
        previous: the newest reading before the span.
        gaps: where readings are missing, and why.
        width_us: of a bucket; 0 where there are samples.
        step_s: of the kept buckets that it was made of; 0: of the readings themselves.
        more_us: time after which more samples follow that were left out; None if there are none.
        seq: position of the log up to which it is complete.
        at_seam: called when that position is taken.
    """

    series: SeriesRow
    span: Span
    buckets: list[Bucket] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    previous: Sample | None = None
    gaps: list[Gap] = field(default_factory=list)
    width_us: int = 0
    step_s: int = 0
    more_us: int | None = None
    seq: int = 0
    at_seam: Callable[[], None] | None = None

    def take_position(self, seq: int) -> None:
        """Note up to where it is complete, and tell whoever has to know at that moment.

        Args:
            seq: the log's position now.
        """
        self.seq = seq
        if self.at_seam is not None:
            self.at_seam()


class History:
    """Answers questions about what was.

    Args:
        store: what is settled.
        writer: what is not.
        log: gives answers their position.
        clock: says until when readings may be expected.
    """

    def __init__(self, *, store: Store, writer: HistoryWriter, log: Log, clock: Clock) -> None:
        self.store = store
        self._writer = writer
        self._log = log
        self._clock = clock

    @property
    def writer(self) -> HistoryWriter:
        """What is written, and what waits for that."""
        return self._writer

    async def window(
        self,
        series: SeriesRow,
        span: Span,
        *,
        points: int,
        aggregate: Aggregate = "minmax",
        at_seam: Callable[[], None] | None = None,
    ) -> Window:
        """Return a span of a series: all its readings if they are few enough, else buckets, or changes of state.

        Args:
            series: as the catalogue or :meth:`hub.history.store.Store.find` knows it.
            span: not empty.
            points: most points of the answer, 1…:data:`MOST_POINTS`.
            aggregate: ``minmax``: as above; ``raw``: the oldest readings; ``states``: the oldest changes of value.
            at_seam: called once, when the position is taken up to which it is complete; nothing waits in between.

        Raises:
            StoreError: the store cannot be read now.
        """
        window = Window(series, span, at_seam=at_seam)
        numbers = aggregate == "states" and series.datatype not in _STATES  # changes are kept of what is no number
        if not numbers and (aggregate == "states" or (aggregate == "minmax" and series.datatype not in _NUMBERS)):
            await self._fill_states(window, points)
        elif numbers or aggregate == "raw" or await self._is_sparse(series.key, span, points):
            await self._fill_samples(window, points)
        else:
            await self._fill_buckets(window, points)
        window.previous = await self.before(series.key, window.span.start_us)
        if numbers:
            window.samples = changes(window.samples, window.previous)
        window.gaps = await self._gaps(window)
        return window

    async def readings(self, series: SeriesRow, span: Span, *, limit: int) -> Window:
        """Return the oldest readings of a span, and nothing else of its window; see :mod:`hub.history.pages`.

        Args:
            series: as :meth:`window` takes it.
            span: not empty.
            limit: most readings.

        Raises:
            StoreError: the store cannot be read now.
        """
        window = Window(series, span)
        await self._fill_samples(window, limit)
        return window

    async def before(self, key: int, time_us: int) -> Sample | None:
        """Return the newest reading of a series before a time, None if there is none.

        Args:
            key: the series.
            time_us: the time.
        """
        found, rows, _ = await self._whole(lambda: self.store.before(key, time_us), key, Span(0, time_us))
        newest = max(rows, key=lambda sample: sample.time_us, default=None)
        if found is None or newest is None:
            return found or newest
        return newest if newest.time_us >= found.time_us else found

    async def _is_sparse(self, key: int, span: Span, points: int) -> bool:
        """Return True if all readings of a span are kept, and few enough."""
        if span.start_us < self.store.raw_from_us:
            return False
        count, rows, _ = await self._whole(lambda: self.store.count(key, span, limit=points + 1), key, span)
        return count + len(rows) <= points

    async def _fill_samples(self, window: Window, points: int) -> None:
        """Take the oldest readings."""
        span, key = window.span, window.series.key
        found, rows, _ = await self._whole(lambda: self.store.samples(key, span, limit=points + 1), key, span)
        self._take(window, merged(found, rows), points, cut=len(found) > points)

    async def _fill_states(self, window: Window, points: int) -> None:
        """Take the oldest readings that differ from the one before; around late ones they are found anew."""
        span, key = window.span, window.series.key

        def ask() -> Awaitable[Answer[list[Sample]]]:
            return self.store.states(key, span, limit=points + 1)

        found, rows, _ = await self._whole(ask, key, span)
        cut = len(found) > points
        while rows and not (cut and found[-1].time_us < rows[0].time_us):
            first_us = rows[0].time_us
            before = await self.before(key, first_us)
            tail = Span(first_us, span.end_us)
            settled, rows, _ = await self._whole(partial(self.store.samples, key, tail, limit=MOST_POINTS), key, span)
            if rows and rows[0].time_us == first_us:
                changed = changes(merged(settled, rows), before)
                if len(settled) == MOST_POINTS:
                    cut = True
                    changed = [one for one in changed if one.time_us <= settled[-1].time_us]
                found = [one for one in found if one.time_us < first_us] + changed
                break
            found, rows, _ = await self._whole(ask, key, span)  # something came before it, or all is settled by now
            cut = len(found) > points
        self._take(window, found, points, cut=cut)

    def _take(self, window: Window, found: list[Sample], points: int, *, cut: bool) -> None:
        window.samples = found[:points]
        window.take_position(self._log.seq)
        if cut or len(found) > points:
            window.more_us = window.samples[-1].time_us

    async def _fill_buckets(self, window: Window, points: int) -> None:
        """Take buckets."""
        key = window.series.key
        span, width_us, step_s = resolution(window.span, points, raw_from_us=self.store.raw_from_us)

        def ask() -> Awaitable[Answer[list[Bucket]]]:
            return self.store.buckets(key, span, width_us=width_us, step_s=step_s)

        found, rows, settled = await self._whole(ask, key, span, width_us=width_us)
        window.span, window.width_us, window.step_s = span, width_us, step_s
        window.buckets = with_numbers(found, rows, settled, width_us)
        window.take_position(self._log.seq)

    async def _gaps(self, window: Window) -> list[Gap]:
        """Return where a window misses readings."""
        span, width_us, now_us = window.span, window.width_us, self._clock.now_us()
        known: Iterable[tuple[int, int]] = (
            [(bucket.start_us, bucket.start_us + width_us) for bucket in window.buckets]
            if window.buckets
            else [(sample.time_us, sample.time_us) for sample in window.samples]
        )
        if window.series.datatype in _STATES and not window.buckets:
            return []  # what is told there are changes: a state lasts, however long nothing is said
        end_us = min(span.end_us, now_us, window.more_us or now_us)
        start_us = None if window.previous is None else span.start_us
        empty = holes(known, start_us=start_us, end_us=end_us)
        if not empty:
            return []
        touched = Span(empty[0][0], empty[-1][1])
        outages = await self.store.outages(touched)
        outages += [Outage(source, since_us, now_us) for source, since_us in self._writer.down_since().items()]
        statuses = await self.statuses(window.series.device, touched)
        rule = self._writer.recorder.deadbands.rule_for(window.series.device, window.series.metric)
        return gaps(
            empty,
            limit_us=window.series.expiry_us,
            outages=outages,
            statuses=statuses,
            filtered_us=rule.longest_us if rule else 0,
        )

    async def statuses(self, device: str, span: Span) -> list[StatusRow]:
        """Return the statuses of a device in a span and the last one before it, oldest first.

        Args:
            device: its id.
            span: when.
        """
        held = [row for record in self._writer.unsettled(0) for row in record.statuses if row.device == device]
        settled = await self.store.statuses(device, span)
        found = {row.time_us: row for row in (*settled, *held) if row.time_us < span.end_us}
        rows = [found[time_us] for time_us in sorted(found)]
        before = [row for row in rows if row.time_us < span.start_us]
        return [*before[-1:], *rows[len(before) :]]

    async def _whole(
        self, ask: Callable[[], Awaitable[Answer[T]]], key: int, span: Span, *, width_us: int = 1
    ) -> tuple[T, list[Sample], list[Sample]]:
        """Return what the store answers, and the readings of the span that it does not know of yet, in order of time.

        What is in memory is noted before the store is asked, because it may be settled and let go of meanwhile; what
        came after that and is gone already was missed by both, and all is asked again.

        Returns:
            The answer; the readings; and what is settled from the first of them to the end of the last one's bucket.
        """
        while True:
            held = Held(self._writer.unsettled(0))
            for _ in held.slices():
                await asyncio.sleep(0)
            answer = await ask()
            rows = held.rows(self._writer.unsettled(held.seq), key, span, after=answer.upto)
            settled = Answer[list[Sample]]([], answer.upto)
            if rows:
                until_us = (rows[-1].time_us // width_us + 1) * width_us
                first_us = rows[0].time_us
                settled = await self._settled_in(Span(first_us, until_us), key)
                if settled.upto != answer.upto:
                    continue  # what was settled between the two is in the second answer, and not in the first
                same = {identity(sample.time_us, sample.value) for sample in settled.found}
                rows = held.rows(self._writer.unsettled(held.seq), key, span, after=answer.upto)
                if rows[0].time_us < first_us:
                    continue  # late ones came meanwhile
                rows = [row for row in rows if identity(row.time_us, row.value) not in same]
            if self._writer.let_go <= max(answer.upto, held.seq):
                return answer.found, rows, settled.found

    async def _settled_in(self, span: Span, key: int) -> Answer[list[Sample]]:
        """Return all that is settled of a series in a span; up to -1 if something was settled in between."""
        found: list[Sample] = []
        start_us, first_upto = span.start_us, None
        while True:
            page, upto = await self.store.samples(key, Span(start_us, span.end_us), limit=MOST_POINTS)
            first_upto = upto if first_upto is None else first_upto
            if upto != first_upto:
                return Answer(found, -1)
            if len(page) < MOST_POINTS:
                return Answer(found + page, upto)
            start_us = page[-1].time_us  # the readings of this time go on with the next page
            found += [one for one in page if one.time_us < start_us] or page
            start_us += page[0].time_us == start_us
