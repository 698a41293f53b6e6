"""The past of many series: settled and unsettled readings are one, in the order of time, each once."""

from __future__ import annotations

import random
import tempfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.batch import Batch, StatusChange
from hub.core.model import Status
from hub.history.model import Span, identity
from hub.history.past import Past
from tests.history.rig import rig

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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


MOST = 8
"""Readings and statuses have the seconds 0…7, so many have the same."""
QUESTIONS = ("slice", "moment", "slice_statuses", "moment_statuses")


class Step(NamedTuple):
    """What happens to the hub at some moment."""

    readings: list[tuple[str, int, bool | float]]
    statuses: list[int]
    commit: bool
    settle: bool


STEPS = st.lists(
    st.builds(
        Step,
        st.lists(
            st.tuples(st.sampled_from("abc"), st.integers(0, MOST - 1), st.sampled_from([1, 1.0, True, 2])), max_size=3
        ),
        st.lists(st.integers(0, MOST - 1), max_size=1),
        st.booleans(),
        st.booleans(),
    ),
    max_size=24,
)

Told: TypeAlias = "set[tuple[int, tuple[int, bool, Any]]]"


class Meanwhile:
    """Lets things happen to a hub before its store looks for an answer, and again before the answer comes."""

    def __init__(self, hub: Rig, steps: list[Step]) -> None:
        self.hub = hub
        self.steps = deque(steps)
        self.start = hub.clock.now_us()
        self.readings: Told = set()
        self.statuses: set[int] = set()
        for name in "abc":
            hub.series(name)
        for name in QUESTIONS:
            setattr(hub.store, name, self.around(getattr(hub.store, name)))

    def around(self, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(*args: Any, **more: Any) -> Any:
            await self.step()
            answer = await ask(*args, **more)
            await self.step()
            return answer

        return asked

    async def step(self) -> None:
        """Let the next thing happen."""
        if not self.steps:
            return
        hub, step = self.hub, self.steps.popleft()
        readings = [hub.reading(name, self.start + second * SECOND, value) for name, second, value in step.readings]
        changes = [
            StatusChange(hub.catalogue.devices["d"], Status.ONLINE, self.start + second * SECOND, "data", said=False)
            for second in step.statuses
        ]
        hub.take(*readings)
        hub.writer.take(Batch(hub.clock.now_us(), statuses=changes), [])
        self.readings |= {(key, identity(at_us, value)) for key, at_us, value, *_ in readings}
        self.statuses |= {self.start + second * SECOND for second in step.statuses}
        if step.commit:
            await hub.commit()
        if step.settle:
            await hub.writer.settle()


@settings(max_examples=80, deadline=None)
@given(steps=STEPS, limit=st.integers(1, 5), before=st.integers(0, 8))
async def test_nothing_is_lost_or_told_twice_whatever_happens_while_it_is_asked(
    steps: list[Step], limit: int, before: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with rig(Path(folder)) as hub:
            meanwhile = Meanwhile(hub, steps)
            past = Past(store=hub.store, writer=hub.writer)
            keys = [hub.series(name).key for name in "abc"]
            for _ in range(before):
                await meanwhile.step()
            at_us, end_us = meanwhile.start, meanwhile.start + MOST * SECOND
            while at_us < end_us:
                rows, upto_us = await past.slice(keys, Span(at_us, end_us), limit=limit)
                told = [(key, identity(time_us, value)) for time_us, key, value, _ in rows]
                assert len(told) == len(set(told))
                assert set(told) == {one for one in meanwhile.readings if at_us <= one[1][0] < upto_us}
                at_us = upto_us
                found = await past.moment(keys, at_us)
                newest = {key: time_us for key, (time_us, _, _) in sorted(meanwhile.readings) if time_us < at_us}
                assert {key: sample.time_us for key, sample in found.items()} == newest
                changes, _ = await past.changes(["d"], Span(meanwhile.start, at_us), limit=100)
                assert [row.time_us for row in changes] == sorted(one for one in meanwhile.statuses if one < at_us)
                last = await past.statuses(["d"], at_us)
                said = [time_us for time_us in meanwhile.statuses if time_us < at_us]
                assert [row.time_us for row in last.values()] == ([max(said)] if said else [])
