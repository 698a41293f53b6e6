"""The past of many series: settled and unsettled readings are one, in the order of time, each once."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from hub.history.model import Span
from hub.history.past import Past
from tests.history.rig import rig

if TYPE_CHECKING:
    from pathlib import Path

    from hub.history.store import SliceRow
    from tests.history.rig import Rig

SECOND = 1_000_000


async def everything(past: Past, keys: list[int], span: Span, limit: int) -> list[SliceRow]:
    """Return all readings of a span, slice after slice."""
    found: list[SliceRow] = []
    at_us = span.start_us
    while at_us < span.end_us:
        rows, end_us = await past.slice(keys, Span(at_us, span.end_us), limit=limit)
        assert end_us > at_us, "a slice goes on"
        assert all(at_us <= row[0] < end_us for row in rows)
        found += rows
        at_us = end_us
    return found


async def fill(rig: Rig, *, seed: int) -> list[SliceRow]:
    """Publish readings of three series, some late and some twice, with settlings in between."""
    chance = random.Random(seed)  # noqa: S311 - repeated on purpose
    start = rig.clock.now_us()
    kept: set[tuple[int, int, object]] = set()
    for second in range(200):
        rig.clock.advance(1)
        late = chance.choice((0, 0, 0, 5, 90, 1200)) * SECOND
        at_us = max(start, rig.clock.now_us() - late)
        for name in chance.sample(("a", "b", "c"), chance.randint(1, 3)):
            readings = [rig.reading(name, at_us, float(second))] * chance.choice((1, 1, 2))
            rig.take(*readings)
            kept.add((at_us, readings[0][0], float(second)))
        if chance.random() < 0.05:
            await rig.commit()
        if chance.random() < 0.03:
            await rig.writer.settle()
    return sorted((at_us, key, value, None) for at_us, key, value in kept)  # type: ignore[misc]  # floats


@pytest.mark.parametrize("seed", range(4))
async def test_slices_hold_each_reading_once_in_the_order_of_time(tmp_path: Path, seed: int) -> None:
    async with rig(tmp_path) as hub:
        start = hub.clock.now_us()
        kept = await fill(hub, seed=seed)
        past = Past(store=hub.store, writer=hub.writer)
        keys = [hub.series(name).key for name in ("a", "b", "c")]
        for limit in (1, 7, 10_000):
            found = await everything(past, keys, Span(start, hub.clock.now_us() + 1), limit)
            assert [row[0] for row in found] == sorted(row[0] for row in found)
            assert sorted(found) == kept
        await hub.commit()
        await hub.writer.settle()
        assert sorted(await everything(past, keys, Span(start, hub.clock.now_us() + 1), 50)) == kept
        one = await everything(past, keys[:1], Span(start, hub.clock.now_us() + 1), 50)
        assert one == [row for row in kept if row[1] == keys[0]]


@pytest.mark.parametrize("seed", range(4))
async def test_a_moment_is_the_newest_reading_before_it(tmp_path: Path, seed: int) -> None:
    async with rig(tmp_path) as hub:
        start = hub.clock.now_us()
        kept = await fill(hub, seed=seed)
        past = Past(store=hub.store, writer=hub.writer)
        keys = [hub.series(name).key for name in ("a", "b", "c")]
        for second in range(0, 220, 13):
            moment_us = start + second * SECOND
            found = await past.moment(keys, moment_us)
            newest = {key: at_us for at_us, key, _, _ in kept if at_us < moment_us}
            assert {key: sample.time_us for key, sample in found.items()} == newest
