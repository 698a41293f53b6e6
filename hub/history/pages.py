"""Pages: all readings of a series in a span, one page after the other, each reading once.

Readings that have the same time may fall on two pages; the next page begins at that time, and leaves out as many as
were given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.history.model import Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hub.history.model import Sample, SeriesRow
    from hub.history.window import History


async def pages(history: History, series: SeriesRow, span: Span, *, limit: int) -> AsyncIterator[list[Sample]]:
    """Yield the readings of a series in pages, oldest first; what comes meanwhile after the page at hand is in it.

    Args:
        history: answers.
        series: whose.
        span: when.
        limit: most readings of a page.

    Raises:
        StoreError: the store cannot be read now.
    """
    start_us, given = span.start_us, 0
    while True:
        window = await history.readings(series, Span(start_us, span.end_us), limit=limit + given)
        if len(window.samples) > given:
            yield window.samples[given:]
        if window.more_us is None:
            return
        start_us, given = window.more_us, same_time(window.samples)


def same_time(samples: Sequence[Sample]) -> int:
    """Return how many of the last samples have the time of the last one.

    Args:
        samples: in order of time.
    """
    count = 0
    for sample in reversed(samples):
        if sample.time_us != samples[-1].time_us:
            break
        count += 1
    return count
