"""What a store keeps for how long, the same for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.history.model import SECOND_US, STEPS_S, Bucket, Sample, Span, StatusRow
from tests.history.stores import DAY_US, T0, Bench, numbers, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEN_US = 10 * SECOND_US


async def test_retention_drops_what_is_old_and_keeps_buckets_and_states(place: Callable[[], Path | str]) -> None:
    bench = Bench(place(), raw_us=2 * DAY_US, rollup_us=30 * DAY_US)
    await bench.open()
    rows = [(1, day * DAY_US + second * SECOND_US, float(day)) for day in range(6) for second in range(0, 300, 30)]
    await bench.put(*rows, *((2, row[1], f"s{row[2]}") for row in rows), series=[numbers(1), texts(2)])
    await bench.tell(StatusRow("plant/d", T0, "online", "x"))
    await bench.settle()
    assert await bench.tidy(T0 + 5 * DAY_US + DAY_US // 2) > 0
    assert bench.store.raw_from_us == T0 + 3 * DAY_US
    assert {value for _, _, value in await bench.told()} == {3.0, 4.0, 5.0}
    whole = Span(T0, T0 + 6 * DAY_US)
    minutes = (await bench.store.buckets(1, whole, width_us=60 * SECOND_US, step_s=60)).found
    assert (len(minutes), sum(bucket.n for bucket in minutes)) == (30, 60)
    finest = (await bench.store.buckets(1, whole, width_us=TEN_US, step_s=10)).found
    assert {bucket.min for bucket in finest} == {3.0, 4.0, 5.0}
    assert [value for _, value, _ in (await bench.store.states(2, whole, limit=99)).found] == [
        f"s{day}.0" for day in range(6)
    ]
    assert (await bench.store.before(2, T0 + DAY_US)).found == Sample(T0, "s0.0")
    older = (await bench.store.before(1, T0 + DAY_US)).found
    assert older is not None
    assert (older.value, T0 <= older.time_us < T0 + DAY_US) == (0.0, True)
    await bench.reopen()
    assert bench.store.raw_from_us == T0 + 3 * DAY_US
    assert await bench.tidy(T0 + 40 * DAY_US) > 0
    assert (await bench.store.buckets(1, whole, width_us=DAY_US, step_s=86_400)).found == []
    assert (await bench.store.states(2, whole, limit=99)).found == []
    assert await bench.store.statuses("plant/d", whole) == []
    await bench.close()


async def test_beyond_its_size_the_oldest_day_goes_first(place: Callable[[], Path | str]) -> None:
    bench = Bench(place(), raw_us=30 * DAY_US, max_bytes=10_000)
    await bench.open()
    rows = [(1, day * DAY_US + second * SECOND_US, float(second)) for day in range(3) for second in range(3_000)]
    await bench.put(*rows, series=[numbers(1)])
    await bench.settle()
    assert await bench.tidy(T0 + 3 * DAY_US) >= 3_000
    assert bench.store.raw_from_us == T0 + DAY_US
    assert min(await bench.told())[0] == DAY_US
    await bench.close()


async def test_what_is_older_than_what_is_kept_changes_no_bucket(place: Callable[[], Path | str]) -> None:
    bench = Bench(place(), raw_us=DAY_US)
    await bench.open()
    await bench.put(*((1, second * SECOND_US, 1.0) for second in range(3600)), series=[numbers(1)])
    await bench.put(*((2, second * 60 * SECOND_US, f"{second // 20}") for second in range(60)), series=[texts(2)])
    await bench.settle()
    day = Span(T0, T0 + DAY_US)

    async def kept() -> list[object]:
        asked = [(60, 60), (3_600, 600), (86_400, 86_400)]
        found = [await bench.store.buckets(1, day, width_us=w * SECOND_US, step_s=step_s) for w, step_s in asked]
        return [*(one.found for one in found), (await bench.store.states(2, day, limit=99)).found]

    before = await kept()
    await bench.put((1, 5 * SECOND_US, 9.0), (2, SECOND_US, "taken in time"))
    await bench.tidy(T0 + 3 * DAY_US)
    assert await kept() == before
    await bench.settle()
    assert await kept() == before
    await bench.put((1, 7 * SECOND_US, 9.0), (2, SECOND_US, "too late"), (1, 3 * DAY_US, 2.0))
    assert await kept() == before
    await bench.settle()
    assert await kept() == before
    assert await bench.told() == [(3 * DAY_US, "float", 2.0)]
    await bench.close()


async def test_no_bucket_goes_before_the_readings_it_is_made_of(place: Callable[[], Path | str]) -> None:
    bench = Bench(place(), raw_us=30 * DAY_US, rollup_us=DAY_US)
    await bench.open()
    await bench.put((1, 0, 1.0), (1, 30 * SECOND_US, 2.0), (2, 0, "on"), series=[numbers(1), texts(2)])
    await bench.settle()
    await bench.tidy(T0 + 9 * DAY_US)
    await bench.put((1, 60 * SECOND_US, 3.0))
    await bench.settle()
    day = Span(T0, T0 + DAY_US)
    for step_s in STEPS_S:
        found = await bench.store.buckets(1, day, width_us=DAY_US, step_s=step_s)
        assert found.found == [Bucket(T0, 3, 1.0, 3.0, 6.0, 3.0)]
    assert (await bench.store.states(2, day, limit=9)).found == [Sample(T0, "on")]
    await bench.close()


async def test_beyond_its_size_within_a_day_what_comes_now_is_still_taken(place: Callable[[], Path | str]) -> None:
    now_us = 10 * 3_600 * SECOND_US
    bench = Bench(place(), max_bytes=50_000)
    await bench.open()
    await bench.put(*((1, now_us - number * SECOND_US, 1.0) for number in range(9_000)), series=[numbers(1)])
    await bench.settle()
    await bench.tidy(T0 + now_us)
    assert bench.store.raw_from_us <= T0 + now_us
    await bench.put((1, now_us, 7.0))
    await bench.settle()
    assert (now_us, "float", 7.0) in await bench.told()
    await bench.close()
