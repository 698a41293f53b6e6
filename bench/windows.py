"""Windows: how fast any span of history comes, beside the same question over the readings themselves in the same file.

A month of one series at 1 Hz and a week of twenty more are written through the store as the hub does it. Each question
is asked as the gateway asks it, several times, and the median counts.
"""

from __future__ import annotations

import asyncio
import math
import time
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.figures import Bound, Figure, Round, Sample
from bench.setting import Row, Setting
from hub.core.catalogue import Catalogue
from hub.core.clock import SystemClock
from hub.core.feed import Feeds
from hub.core.meters import Meters
from hub.history.model import SECOND_US, Record, SeriesRow, Span
from hub.history.resolution import resolution
from hub.history.sqlite.reading import Reader
from hub.history.sqlite.store import SqliteStore
from hub.history.window import History
from hub.history.writer import HistoryWriter
from hub.log.local import LocalLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.model import Reading

DAY_S: Final = 86_400
MONTH_S: Final = 30 * DAY_S
WEEK_S: Final = 7 * DAY_S
POINTS: Final = 1_000
PAGE_SERIES: Final = 20
PAGE_CADENCE_S: Final = 10
TIMES: Final = 15
_GROUP: Final = 100_000
END_US: Final = 1_790_000_000 * SECOND_US // (DAY_S * SECOND_US) * (DAY_S * SECOND_US)


def _series(key: int) -> SeriesRow:
    return SeriesRow(key, f"plant/device-{key}", "temperature", "°C", "float", None, None, SECOND_US, 30 * SECOND_US)


def _records() -> Iterator[Record]:
    """Yield a month of one series and a week of the others, a hundred thousand readings a record."""
    yield Record(1, END_US, series=[_series(key) for key in range(1, PAGE_SERIES + 2)])
    seq = 1
    for key in range(1, PAGE_SERIES + 2):
        cadence_s = 1 if key == 1 else PAGE_CADENCE_S
        count = (MONTH_S if key == 1 else WEEK_S) // cadence_s
        for first in range(0, count, _GROUP):
            seq += 1
            numbers = range(first, min(count, first + _GROUP))
            times = ((number, END_US - (count - number) * cadence_s * SECOND_US) for number in numbers)
            rows: list[Reading] = [
                (key, at_us, round(20 + 5 * math.sin(number / 900), 3), None, at_us, 0) for number, at_us in times
            ]
            yield Record(seq, END_US, readings=rows)


async def _measure(setting: Setting) -> Round:
    store = SqliteStore(setting.folder, fsync=False)
    meters, clock = Meters(), SystemClock()
    restored = await store.open()
    for record in _records():
        await store.commit([record])
        await store.settle()
    writer = HistoryWriter(
        store=store,
        catalogue=Catalogue(clock=clock, meters=meters),
        feeds=Feeds(clock=clock),
        clock=clock,
        meters=meters,
        restored=restored,
    )
    history = History(store=store, writer=writer, log=LocalLog(meters=meters), clock=clock)
    month = Span(END_US - MONTH_S * SECOND_US, END_US)
    week = Span(END_US - WEEK_S * SECOND_US, END_US)
    month_s, page_s = [], []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        window = await history.window(_series(1), month, points=POINTS)
        month_s.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
        for key in range(2, PAGE_SERIES + 2):
            await history.window(_series(key), week, points=POINTS)
        page_s.append(time.perf_counter() - began_s)
    raw_s = _raw(setting, month)
    await store.close(now_us=END_US)
    return Round(
        samples={
            "window_month": Sample(median(month_s) * 1000),
            "window_ratio": Sample(median(month_s) * 1000, raw_s * 1000),
            "window_page": Sample(median(page_s) * 1000),
        },
        facts={
            "points": len(window.buckets),
            "width_s": window.width_us / SECOND_US,
            "step_s": window.step_s,
            "readings": sum(bucket.n for bucket in window.buckets),
        },
    )


def _raw(setting: Setting, span: Span) -> float:
    """Return the seconds that the same buckets take from the readings themselves."""
    reader = Reader(setting.folder / "history.db")
    found = resolution(span, POINTS, raw_from_us=0)
    took_s = []
    for _ in range(3):
        began_s = time.perf_counter()
        reader.buckets(1, found.span, width_us=found.width_us, step_s=0)
        took_s.append(time.perf_counter() - began_s)
    reader.close()
    return median(took_s)


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where.
    """
    return asyncio.run(_measure(setting))


ROWS = (
    Row(
        "windows",
        "windows of history: 30 days at 1 Hz, a week of 20 series",
        (
            Figure("window_month", "30 days at 1 Hz, 1,000 points min/max", "ms", Bound.AT_MOST, 30),
            Figure(
                "window_ratio", "the same, beside raw rows in the same file", "ms", Bound.AT_MOST, 0.05, of_peer=True
            ),
            Figure("window_page", "a week × 20 series, 1,000 points each", "ms", Bound.AT_MOST, 150),
        ),
        measure,
    ),
)
