"""Both stores beside a plain-Python oracle: whatever comes in whatever order, they answer the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.history.model import SECOND_US, STEPS_S, Bucket, Sample, Span
from tests.history.stores import DAY_US, T0, Bench, Row, numbers, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hub.core.model import Value
    from hub.history.model import Record

Kept: TypeAlias = "tuple[int, Value, str | None]"

NUMBERS, TEXTS = (1, 2), (3, 4)
RAW_US = 2 * DAY_US
WHOLE = Span(T0 - 10 * DAY_US, T0 + 20 * DAY_US)

times = st.one_of(
    st.integers(0, 40).map(lambda step: step * 4 * SECOND_US),
    st.integers(0, 3 * 86_400).map(lambda second: second * SECOND_US),
    st.integers(0, 50),
)
quality = st.sampled_from([None, None, None, "uncertain:x", "bad:y", "bad"])
# Numbers whose sums are exact in any order, so that answers can be compared for equality.
number = st.one_of(st.integers(-(2**20), 2**20), st.integers(-40, 40).map(lambda n: n / 8), st.booleans())
text = st.one_of(
    st.sampled_from(["on", "off"]),
    st.booleans(),
    st.integers(0, 1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
)
row: st.SearchStrategy[Row] = st.one_of(
    st.tuples(st.sampled_from(NUMBERS), times, number, quality),
    st.tuples(st.sampled_from(TEXTS), times, text, quality),
)
step = st.one_of(
    st.lists(row, min_size=1, max_size=25),
    st.sampled_from(["settle", "again", "reopen", "kill", "tidy", "day"]),
)


class Oracle:
    """What a store ought to hold."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, list[Kept]]] = {key: {} for key in (*NUMBERS, *TEXTS)}
        self.raw_from_us = 0
        self.now_us = T0 + DAY_US

    def put(self, row: Row) -> None:
        key, at_us, value = row[:3]
        time_us = T0 + at_us
        had = self.rows[key].setdefault(time_us, [])
        if not any(isinstance(old, bool) is isinstance(value, bool) and old == value for _, old, _ in had):
            had.append((time_us, value, row[3] if len(row) > 3 else None))

    def all(self, key: int) -> list[Kept]:
        """Return everything that ever came in."""
        return [kept for time_us in sorted(self.rows[key]) for kept in self.rows[key][time_us]]

    def samples(self, key: int) -> list[Sample]:
        return [Sample(*kept) for kept in self.all(key) if kept[0] >= self.raw_from_us]

    def buckets(self, key: int, width_us: int, from_us: int) -> list[Bucket]:
        found: dict[int, list[float]] = {}
        for time_us, value, how in self.all(key):
            if time_us >= from_us and not isinstance(value, bool | str) and not (how or "").startswith("bad"):
                found.setdefault(time_us // width_us * width_us, []).append(value)
        return [Bucket(start, len(had), min(had), max(had), sum(had), had[-1]) for start, had in found.items()]

    def states(self, key: int) -> list[Sample]:
        found: list[Sample] = []
        for kept in self.all(key):
            last = found[-1].value if found else None
            if last is None or isinstance(last, bool) is not isinstance(kept[1], bool) or last != kept[1]:
                found.append(Sample(*kept))
        return found


async def check(bench: Bench, oracle: Oracle) -> None:
    """Compare what can be asked."""
    store = bench.store
    assert store.raw_from_us == oracle.raw_from_us
    for key in (*NUMBERS, *TEXTS):
        expected = oracle.samples(key)
        assert await bench.samples(key, WHOLE) == expected
        assert [type(sample.value) for sample in await bench.samples(key, WHOLE)] == [type(s.value) for s in expected]
        assert (await store.count(key, WHOLE, limit=20)).found == min(20, len(expected))
        for time_us in (T0 + 10 * SECOND_US, oracle.raw_from_us + DAY_US, WHOLE.end_us):
            earlier = [sample for sample in expected if sample.time_us < time_us]
            if earlier:
                assert (await store.before(key, time_us)).found == earlier[-1]
    for key in NUMBERS:
        for step_s, factor in ((STEPS_S[0], 1), (STEPS_S[0], 3), (60, 1), (600, 2), (3_600, 1), (86_400, 1)):
            width_us = step_s * SECOND_US * factor
            span = Span(WHOLE.start_us // width_us * width_us, WHOLE.end_us // width_us * width_us)
            answer = await store.buckets(key, span, width_us=width_us, step_s=step_s)
            assert answer.upto == bench.seq
            from_us = oracle.raw_from_us if step_s == STEPS_S[0] else 0
            assert answer.found == oracle.buckets(key, width_us, from_us), (step_s, factor)
        raw = await store.buckets(key, WHOLE, width_us=1_000_000, step_s=0)
        assert raw.found == oracle.buckets(key, 1_000_000, oracle.raw_from_us)
    for key in TEXTS:
        assert (await store.states(key, WHOLE, limit=1_000)).found == oracle.states(key)
    sliced = await store.slice([*TEXTS, *NUMBERS], WHOLE, limit=10_000)
    assert sorted(sliced.found, key=lambda row: row[:2]) == sliced.found
    assert len(sliced.found) == sum(len(oracle.samples(key)) for key in (*NUMBERS, *TEXTS))


async def do(bench: Bench, oracle: Oracle, doing: list[Row] | str, last: Record) -> Record:
    """Do a step to the store and the oracle; return the newest record."""
    match doing:
        case "settle":
            await bench.settle()
        case "again":
            await bench.store.commit([last])
        case "reopen":
            await bench.reopen()
        case "kill":
            assert not (await bench.kill()).clean
        case "day":
            oracle.now_us += DAY_US
        case "tidy":
            await bench.settle()
            oracle.raw_from_us = max(oracle.raw_from_us, (oracle.now_us - RAW_US) // DAY_US * DAY_US)
            bench.store._tidied_us = 0  # type: ignore[attr-defined]  # a round may begin at once
            await bench.tidy(oracle.now_us)
        case list():
            for each in doing:
                if T0 + each[1] >= oracle.raw_from_us:  # what is older is not taken any more
                    oracle.put(each)
            return await bench.put(*doing)
    return last


async def run(place: Path | str, steps: list[list[Row] | str]) -> None:
    bench, oracle = Bench(place, raw_us=RAW_US), Oracle()
    await bench.open()
    last = await bench.put(series=[*map(numbers, NUMBERS), *map(texts, TEXTS)])
    try:
        for number, doing in enumerate(steps):
            last = await do(bench, oracle, doing, last)
            if steps[number + 1 : number + 2] == ["kill"]:
                continue  # so that what a killed process left is not always settled
            if bench.settles_for_answers:
                await bench.settle()
            await check(bench, oracle)
    finally:
        await bench.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=1, max_size=8))
def test_a_store_answers_as_the_oracle_does(place: Callable[[], Path | str], steps: list[list[Row] | str]) -> None:
    asyncio.run(run(place(), steps))
