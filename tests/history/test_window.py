from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.clock import ManualClock
from hub.history.model import Span
from tests.history.rig import Asked, Rig, rig

if TYPE_CHECKING:
    from hub.core.model import Value

SECOND_US = 1_000_000
T0 = 1_766_400_000 * SECOND_US
DAY_US = 86_400 * SECOND_US


def at(second: float) -> int:
    return T0 + round(second * SECOND_US)


async def test_few_readings_are_told_as_they_are_settled_or_not(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        hub.take(hub.reading("d:x", at(0), 1.0), hub.reading("d:x", at(1), 2.0))
        await hub.commit()
        await hub.writer.settle()
        hub.take(hub.reading("d:x", at(2), 3.0))
        await hub.commit()
        hub.take(hub.reading("d:x", at(3), 4.0))
        window = await hub.history.window(hub.row("d:x"), Span(at(1), at(10)), points=100)
        assert [(sample.time_us, sample.value) for sample in window.samples] == [(at(1), 2), (at(2), 3), (at(3), 4)]
        assert window.previous is not None
        assert window.previous.value == 1
        assert (window.seq, window.width_us) == (hub.log.seq, 0)


async def test_many_readings_are_told_in_exact_buckets_with_what_is_not_settled(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        for second in range(3600):
            hub.take(hub.reading("d:x", at(second), float(second)))
            if second == 3000:
                await hub.commit()
                await hub.writer.settle()
        window = await hub.history.window(hub.row("d:x"), Span(at(0), at(3600)), points=100)
        assert (window.step_s, window.width_us) == (10, 40 * SECOND_US)
        assert sum(bucket.n for bucket in window.buckets) == 3600
        for bucket in window.buckets:
            first = (bucket.start_us - T0) // SECOND_US
            assert (bucket.min, bucket.max, bucket.last) == (first, first + 39, first + 39)
            assert bucket.sum == sum(range(first, first + 40))


async def test_a_reading_that_is_delivered_again_counts_once_whether_it_is_settled_or_not(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        hub.take(hub.reading("d:x", at(0), 1.0))
        await hub.commit()
        await hub.writer.settle()
        hub.take(hub.reading("d:x", at(0), 1.0), hub.reading("d:x", at(0), 2.0), hub.reading("d:x", at(0), 2.0))
        window = await hub.history.window(hub.row("d:x"), Span(at(0), at(1)), points=100)
        assert [sample.value for sample in window.samples] == [1, 2]
        await hub.commit()
        await hub.writer.settle()
        window = await hub.history.window(hub.row("d:x"), Span(at(0), at(1)), points=100)
        assert [sample.value for sample in window.samples] == [1, 2]


async def test_states_are_told_where_they_change(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        for second, value in enumerate([True, True, False, False, True]):
            hub.take(hub.reading("d:door", at(second), value))
        await hub.commit()
        await hub.writer.settle()
        hub.take(hub.reading("d:door", at(5), True))
        hub.take(hub.reading("d:door", at(6), False))
        window = await hub.history.window(hub.row("d:door"), Span(at(0), at(10)), points=100)
        changes = [(sample.time_us, sample.value) for sample in window.samples]
        assert changes == [(at(0), True), (at(2), False), (at(4), True), (at(6), False)]


async def test_states_of_numbers_are_their_changes_too_page_by_page(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        for second, value in enumerate([1.0, 1.0, 2.0, 2.0, 2.0, 3.0]):
            hub.take(hub.reading("d:x", at(second), value))
        await hub.commit()
        await hub.writer.settle()
        window = await hub.history.window(hub.row("d:x"), Span(at(0), at(9)), points=4, aggregate="states")
        assert [sample.value for sample in window.samples] == [1, 2]
        assert window.more_us == at(3)
        rest = await hub.history.window(hub.row("d:x"), Span(at(3) + 1, at(9)), points=4, aggregate="states")
        assert [sample.value for sample in rest.samples] == [3]


async def test_a_late_reading_changes_the_states_around_it(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        hub.take(hub.reading("d:mode", at(0), "auto"), hub.reading("d:mode", at(100), "auto"))
        await hub.commit()
        await hub.writer.settle()
        hub.take(hub.reading("d:mode", at(50), "off"))
        await hub.commit()
        await hub.writer.settle()
        window = await hub.history.window(hub.row("d:mode"), Span(at(0), at(200)), points=10)
        changes = [(sample.time_us, sample.value) for sample in window.samples]
        assert changes == [(at(0), "auto"), (at(50), "off"), (at(100), "auto")]


async def test_a_silence_says_whose_fault_it_is(tmp_path: Path) -> None:
    clock = ManualClock(us=at(0))
    async with rig(tmp_path, clock=clock) as hub:
        series = hub.series("d:x")
        series.cadence_us, series.expiry_us = SECOND_US, 5 * SECOND_US
        hub.take(hub.reading("d:x", at(0), 1.0))
        clock.advance(20)
        hub.take(hub.reading("d:x", at(20), 1.0))
        hub.feeds.say("mqtt", up=False, reason="gone")
        clock.advance(30)
        hub.feeds.say("mqtt", up=True)
        hub.take(hub.reading("d:x", at(50), 1.0))
        await hub.commit()
        await hub.writer.settle()
        clock.advance(10)
        window = await hub.history.window(hub.row("d:x"), Span(at(0), at(1000)), points=100)
        assert window.gaps == [
            (at(0), at(20), "silent"),
            (at(20), at(50), "feed_lost"),
            (at(50), at(60), "silent"),
        ]


async def test_a_hub_that_was_away_says_so_where_its_readings_would_be(tmp_path: Path) -> None:
    clock = ManualClock(us=at(0))
    async with rig(tmp_path, clock=clock) as hub:
        series = hub.series("d:x")
        series.cadence_us, series.expiry_us = SECOND_US, 5 * SECOND_US
        hub.take(hub.reading("d:x", at(0), 1.0))
        await hub.commit()
        clock.advance(1)
    clock.advance(3600)
    async with rig(tmp_path, clock=clock) as hub:
        row, newest = hub.restored.series[0]
        assert newest is not None
        hub.take()
        batch = hub.reading("d:y", at(3601), 1.0)
        hub.take((row.key, *batch[1:]))
        await hub.commit()
        await hub.writer.settle()
        window = await hub.history.window(row, Span(at(0), at(3602)), points=100)
        assert [(gap.reason, gap.from_us, gap.to_us) for gap in window.gaps] == [("hub_down", at(0), at(3601))]


values = st.one_of(
    st.booleans(), st.integers(-5, 5), st.floats(-5, 5).map(lambda value: round(value, 2)), st.text("ab", max_size=2)
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.lists(st.tuples(st.integers(0, 400), values), min_size=1, max_size=8)),
        st.tuples(st.just("commit"), st.none()),
        st.tuples(st.just("settle"), st.none()),
    ),
    max_size=12,
)


def oracle(taken: list[tuple[int, Value]]) -> list[tuple[int, Value]]:
    """Return each (time, value) once, in order of time and, of one time, of arrival."""
    seen: dict[tuple[int, bool, Value], None] = {}
    for time_us, value in taken:
        seen.setdefault((time_us, isinstance(value, bool), value), None)
    return sorted(((time_us, value) for time_us, _, value in seen), key=lambda row: row[0])


@given(steps)
@settings(max_examples=25, deadline=None)
async def test_a_window_is_what_was_taken_whatever_is_settled(steps: list[tuple[str, list[tuple[int, Value]]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with rig(Path(folder)) as hub:
            taken: list[tuple[int, Value]] = []
            for step, rows in steps:
                if step == "take":
                    taken += [(at(second), value) for second, value in rows]
                    hub.take(*(hub.reading("d:x", at(second), value) for second, value in rows), receipt=Asked())
                elif step == "commit":
                    await hub.commit()
                else:
                    await hub.writer.settle()
            await agrees(hub, oracle(taken))


async def agrees(hub: Rig, expected: list[tuple[int, Value]]) -> None:
    """Check all kinds of windows of a series against what was taken."""
    row = hub.row("d:x") if expected else None
    if row is None:
        return
    span = Span(at(0), at(401))
    raw = await hub.history.window(row, span, points=1000, aggregate="raw")
    assert [(sample.time_us, type(sample.value), sample.value) for sample in raw.samples] == [
        (time_us, type(value), value) for time_us, value in expected
    ]
    numbers = [(time_us, value) for time_us, value in expected if type(value) in (int, float)]
    buckets = await hub.store.buckets(row.key, Span(at(0), at(400)), width_us=20 * SECOND_US, step_s=10)
    await hub.commit()
    await hub.writer.settle()
    buckets = await hub.store.buckets(row.key, Span(at(0), at(420)), width_us=20 * SECOND_US, step_s=10)
    for bucket in buckets.found:
        inside = [value for time_us, value in numbers if 0 <= time_us - bucket.start_us < 20 * SECOND_US]
        assert (bucket.n, bucket.min, bucket.max) == (len(inside), min(inside), max(inside))
        assert bucket.last == inside[-1]
    assert sum(bucket.n for bucket in buckets.found) == len(numbers)


async def test_what_is_not_settled_changes_no_answer_by_being_settled(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        states = [("A", 10), ("A", 15), ("B", 20)]
        hub.take(*(hub.reading("d:mode", at(second), value) for value, second in states))
        hub.take(*(hub.reading("d:x", at(second), float(second)) for second in range(12_000)))
        await hub.commit()
        await hub.writer.settle()
        hub.take(hub.reading("d:mode", at(12), "C"), hub.reading("d:x", at(5.5), -1.0))
        hub.take(hub.reading("d:x", at(0), 0.0), hub.reading("d:x", at(11_999), 11_999.0))
        before = [
            await hub.history.window(hub.row(name), Span(at(0), at(12_000)), points=50) for name in ("d:mode", "d:x")
        ]
        await hub.commit()
        await hub.writer.settle()
        after = [
            await hub.history.window(hub.row(name), Span(at(0), at(12_000)), points=50) for name in ("d:mode", "d:x")
        ]
        assert [one.samples for one in before] == [one.samples for one in after]
        assert [one.buckets for one in before] == [one.buckets for one in after]
        assert sum(bucket.n for bucket in after[1].buckets) == 12_001
