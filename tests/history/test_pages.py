"""Pages: every reading of a series once, whatever falls on the same time, and whatever is settled meanwhile."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.history.model import Span
from hub.history.pages import pages
from tests.history.rig import rig

READINGS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=40, unique=True)


@settings(max_examples=25, deadline=None)
@given(READINGS, st.integers(1, 7), st.lists(st.booleans(), min_size=40, max_size=40))
def test_pages_give_each_reading_once_in_order_of_time(
    readings: list[tuple[int, int]], limit: int, settled: list[bool]
) -> None:
    async def collect(folder: Path) -> list[tuple[int, object]]:
        async with rig(folder) as hub:
            for (time_us, value), settle in zip(readings, settled, strict=False):
                hub.take(hub.reading("m", time_us, value))
                if settle:
                    await hub.commit()
                    await hub.writer.settle()
            found: list[tuple[int, object]] = []
            async for page in pages(hub.history, hub.row("m"), Span(0, 10), limit=limit):
                assert len(page) <= limit
                found += [(sample.time_us, sample.value) for sample in page]
                await hub.commit()
                await hub.writer.settle()
            return found

    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(collect(Path(folder)))
    assert sorted(found) == sorted(readings)
    assert [time_us for time_us, _ in found] == sorted(time_us for time_us, _ in readings)
