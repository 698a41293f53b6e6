"""What a store does, the same for both."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import pytest

from hub.core.raw import Flown
from hub.history.model import SECOND_US, Bucket, Outage, Record, Sample, Span, StatusRow
from tests.history.stores import DAY_US, DEVICE, EVER, T0, Bench, numbers, pages, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEN_US = 10 * SECOND_US


async def test_a_new_store_knows_nothing(place: Callable[[], Path | str]) -> None:
    bench = Bench(place())
    restored = await bench.open()
    assert (restored.seq, restored.greatest_key, restored.devices, restored.series) == (0, 0, [], [])
    assert (restored.seen_us, restored.clean, restored.fault, restored.flown) == (0, True, "", [])
    assert (await bench.samples(), await bench.store.size_bytes() > 0) == ([], True)
    await bench.close()
    await bench.close()


async def test_a_record_committed_again_changes_nothing(bench: Bench) -> None:
    first = await bench.put((1, 0, 1.5), (1, 1, 2.5), series=[numbers(1)])
    await bench.store.commit([first])
    await bench.settle()
    await bench.store.commit([first])
    second = await bench.put((1, 0, 1.5), (1, 2, 3.5))
    await bench.store.commit([first, second])
    await bench.settle()
    assert await bench.told() == [(0, "float", 1.5), (1, "float", 2.5), (2, "float", 3.5)]
    found = await bench.store.buckets(1, Span(T0, T0 + TEN_US), width_us=TEN_US, step_s=10)
    assert found.found == [Bucket(T0, 3, 1.5, 3.5, 7.5, 3.5)]


async def test_another_value_at_the_same_time_is_another_reading(bench: Bench) -> None:
    await bench.put((1, 0, 1.0), (1, 0, 2.0), (1, 0, 1.0), series=[numbers(1)])
    await bench.settle()
    await bench.put((1, 0, 3.0), (1, 0, 2.0), (1, 0, 3.0))
    await bench.settle()
    assert await bench.told() == [(0, "float", 1.0), (0, "float", 2.0), (0, "float", 3.0)]


async def test_true_one_and_the_text_one_are_kept_apart(bench: Bench) -> None:
    await bench.put((1, 0, True), (1, 0, 1), (1, 0, "1"), (1, 0, False), (1, 0, 0), (1, 0, "true"), series=[texts(1)])
    await bench.settle()
    assert [kind for _, kind, _ in await bench.told()] == ["bool", "int", "str", "bool", "int", "str"]
    assert [value for _, _, value in await bench.told()] == [True, 1, "1", False, 0, "true"]


async def test_an_integer_equals_the_float_of_its_size(bench: Bench) -> None:
    await bench.put((1, 0, 1), (1, 0, 1.0), series=[numbers(1)])
    await bench.settle()
    await bench.put((1, 0, 1.0))
    await bench.settle()
    assert await bench.told() == [(0, "int", 1)]


@pytest.mark.parametrize(
    "text", ["", "\\", "\\N", "\\.", "a\tb", "line\nline\r\n", "'\"{}[],", "🙂é\u2028", "NULL", "x" * 5_000, "\x01\x7f"]
)
async def test_text_comes_back_as_it_was(bench: Bench, text: str) -> None:
    await bench.put((1, 0, text, "uncertain:a\tb"), series=[texts(1)])
    await bench.settle()
    await bench.put((1, 0, text))
    await bench.settle()
    assert await bench.samples() == [Sample(T0, text, "uncertain:a\tb")]


async def test_integers_of_64_bits_are_exact(bench: Bench) -> None:
    values = [2**63 - 1, -(2**63), 2**53 + 1, 2**53, -(2**53) - 1, 0]
    await bench.put(*((1, 0, value) for value in values), series=[numbers(1)])
    await bench.settle()
    assert [value for _, _, value in await bench.told()] == values


async def test_floats_are_exact(bench: Bench) -> None:
    values = [0.1, 1e308, 5e-324, -1.5e-300, 123456789.123456789, 1 / 3]
    await bench.put(*((1, 0, value) for value in values), series=[numbers(1)])
    await bench.settle()
    assert [value for _, _, value in await bench.told()] == values


async def test_bad_numbers_are_kept_but_are_not_in_buckets(bench: Bench) -> None:
    await bench.put(
        (1, 0, 1.0), (1, 1, 99.0, "bad:sensor"), (1, 2, 3.0, "uncertain:x"), (1, 3, True), series=[numbers(1)]
    )
    await bench.settle()
    span = Span(T0, T0 + TEN_US)
    for step_s in (10, 0):
        found = (await bench.store.buckets(1, span, width_us=TEN_US, step_s=step_s)).found
        assert found == [Bucket(T0, 2, 1.0, 3.0, 4.0, 3.0)]
    assert [sample.quality for sample in await bench.samples()] == [None, "bad:sensor", "uncertain:x", None]


async def test_buckets_of_every_width_take_in_late_readings(bench: Bench) -> None:
    await bench.put(*((1, second * SECOND_US, float(second)) for second in range(0, 7_200, 7)), series=[numbers(1)])
    await bench.settle()
    await bench.put((1, 5 * SECOND_US, 1000.0), (1, 3_599 * SECOND_US, -5.0), (1, 7_199 * SECOND_US, 4.0))
    await bench.settle()
    values = {second: float(second) for second in range(0, 7_200, 7)} | {5: 1000.0, 3_599: -5.0, 7_199: 4.0}
    for width_s, step_s in ((10, 10), (30, 10), (60, 60), (600, 600), (3_600, 3_600), (3_600, 60), (86_400, 86_400)):
        span = Span(T0, T0 + DAY_US)
        found = (await bench.store.buckets(1, span, width_us=width_s * SECOND_US, step_s=step_s)).found
        expected: dict[int, list[float]] = {}
        for second in sorted(values):
            expected.setdefault(second // width_s, []).append(values[second])
        assert found == [
            Bucket(T0 + number * width_s * SECOND_US, len(had), min(had), max(had), sum(had), had[-1])
            for number, had in expected.items()
        ]


async def test_states_are_the_readings_that_differ_late_ones_included(bench: Bench) -> None:
    rows = [(1, number * 20 * SECOND_US, value) for number, value in enumerate(("a", "a", "b", "b", "a"))]
    await bench.put(*rows, series=[texts(1)])
    await bench.settle()

    async def states() -> list[tuple[int, object]]:
        answer = await bench.store.states(1, EVER, limit=100)
        return [((at_us - T0) // SECOND_US, value) for at_us, value, _ in answer.found]

    assert await states() == [(0, "a"), (40, "b"), (80, "a")]
    await bench.put((1, 50 * SECOND_US, "a"), (1, 10 * SECOND_US, "a"), (1, 70 * SECOND_US, "b"))
    await bench.settle()
    assert await states() == [(0, "a"), (40, "b"), (50, "a"), (60, "b"), (80, "a")]
    await bench.put((1, -SECOND_US, "a"))
    await bench.settle()
    assert await states() == [(-1, "a"), (40, "b"), (50, "a"), (60, "b"), (80, "a")]
    limited = await bench.store.states(1, Span(T0, T0 + 60 * SECOND_US), limit=1)
    assert [value for _, value, _ in limited.found] == ["b"]


async def test_before_and_moment_are_the_newest_reading_before_a_time(bench: Bench) -> None:
    await bench.put((1, 0, 1.0), (1, 10, 2.0), (1, 10, 3.0), (2, 5, "x"), series=[numbers(1), texts(2), numbers(3)])
    await bench.settle()
    assert [(await bench.store.before(1, T0 + at_us)).found for at_us in (0, 1, 10, 11)] == [
        None,
        Sample(T0, 1.0),
        Sample(T0, 1.0),
        Sample(T0 + 10, 3.0),
    ]
    answer = await bench.store.moment([1, 2, 3], T0 + 6)
    assert (answer.found, answer.upto) == ({1: Sample(T0, 1.0), 2: Sample(T0 + 5, "x")}, bench.seq)


async def test_spans_are_half_open_and_limits_give_the_oldest(bench: Bench) -> None:
    await bench.put(*((1, second, float(second)) for second in range(5)), series=[numbers(1)])
    await bench.settle()
    span = Span(T0 + 1, T0 + 4)
    assert [value for _, value, _ in await bench.samples(span=span)] == [1.0, 2.0, 3.0]
    assert [value for _, value, _ in await bench.samples(span=span, limit=2)] == [1.0, 2.0]
    assert [(await bench.store.count(1, span, limit=limit)).found for limit in (2, 10)] == [2, 3]


async def test_an_export_gives_every_reading_page_after_page(bench: Bench) -> None:
    rows = [(1, number // 2, float(number)) for number in range(10_001)]
    await bench.put(*rows, (2, 0, "x"), series=[numbers(1), texts(2), numbers(3)])
    await bench.settle()
    found = await pages(bench.store.all_samples([1, 2, 3], EVER))
    assert [value for _, value, _ in found[1]] == [value for _, _, value in rows]
    assert (found[2], 3 in found) == ([Sample(T0, "x")], False)


async def test_a_slice_is_ordered_by_time_then_series(bench: Bench) -> None:
    await bench.put((2, 5, True, "bad:x"), (1, 5, 2), (1, 0, 1.5), (3, 6, "x"), series=[numbers(1), texts(2), texts(3)])
    await bench.settle()
    answer = await bench.store.slice([1, 2], Span(T0, T0 + 6), limit=10)
    assert answer.found == [(T0, 1, 1.5, None), (T0 + 5, 1, 2, None), (T0 + 5, 2, True, "bad:x")]
    assert len((await bench.store.slice([1, 2, 3], EVER, limit=2)).found) == 2


async def test_statuses_are_told_with_the_one_before(bench: Bench) -> None:
    rows = [StatusRow("d", T0 + at_us, status, "x\ty") for at_us, status in ((0, "online"), (10, None), (20, "online"))]
    await bench.tell(*rows, StatusRow("e", T0 + 5, "offline", "will"))
    await bench.settle()
    assert await bench.store.statuses("d", Span(T0 + 15, T0 + 30)) == rows[1:]
    assert await bench.store.statuses("d", Span(T0 - 5, T0 + 1)) == rows[:1]
    sliced = await bench.store.slice_statuses(["d", "e"], Span(T0, T0 + 11), limit=10)
    assert [row.time_us - T0 for row in sliced.found] == [0, 5, 10]
    newest = await bench.store.moment_statuses(["d", "e", "f"], T0 + 20)
    assert sorted(newest.found) == [rows[1], StatusRow("e", T0 + 5, "offline", "will")]


async def test_outages_that_touch_a_span_are_told(bench: Bench) -> None:
    bench.seq += 1
    outages = [Outage("hub", T0, T0 + 10), Outage("mqtt", T0 + 20, T0 + 30)]
    await bench.store.commit([Record(bench.seq, T0, outages=outages)])
    await bench.settle()
    assert await bench.store.outages(Span(T0 + 9, T0 + 21)) == outages
    assert await bench.store.outages(Span(T0 + 10, T0 + 20)) == []


@pytest.mark.parametrize("cleanly", [True, False])
async def test_what_was_committed_is_there_after_the_end(bench: Bench, *, cleanly: bool) -> None:
    flown = Flown(T0, array("H", [7]).tobytes(), array("I", [9]).tobytes(), b"")
    await bench.store.commit(
        [bench.record((1, 0, 1.0), (1, 1, 2.0, "bad:x"), series=[numbers(1), texts(2)], flown=[flown])]
    )
    await bench.settle()
    await bench.put((1, 2, 3.0), (2, 0, "x"))
    restored = await (bench.reopen() if cleanly else bench.kill())
    assert (restored.seq, restored.greatest_key, restored.clean) == (2, 2, cleanly)
    assert restored.series == [(numbers(1), Sample(T0 + 2, 3.0)), (texts(2), Sample(T0, "x"))]
    assert (restored.devices, restored.flown) == ([DEVICE], [flown])
    assert restored.seen_us >= T0
    assert [value for _, _, value in await bench.told()] == [1.0, 2.0, 3.0]


async def test_a_forgotten_series_that_comes_back_goes_on_where_it_was(bench: Bench) -> None:
    await bench.put((1, 0, 1.0), series=[numbers(1, "temp")])
    bench.seq += 1
    await bench.store.commit([Record(bench.seq, T0, forgotten=[numbers(1, "temp")])])
    await bench.settle()
    restored = await bench.reopen()
    assert (restored.series, restored.devices, restored.greatest_key) == ([], [], 1)
    assert await bench.store.find(("plant/d", "temp")) == numbers(1, "temp")
    await bench.put((5, 1, 2.0), (6, 1, 9.0), series=[numbers(5, "temp"), numbers(6, "other")])
    await bench.settle()
    assert [value for _, _, value in await bench.told(5)] == [1.0, 2.0]
    assert [value for _, _, value in await bench.told(6)] == [9.0]
    sliced = await bench.store.slice([5, 6], EVER, limit=10)
    assert [row[1] for row in sliced.found] == [5, 5, 6]
    assert set((await bench.store.moment([5, 6], T0 + 9)).found) == {5, 6}
    assert set(await pages(bench.store.all_samples([5], EVER))) == {5}
    restored = await bench.reopen()
    assert [row.key for row, _ in restored.series] == [1, 6]
    assert await bench.store.find(("plant/d", "nothing")) is None


async def test_a_series_that_comes_back_under_another_key_goes_on_where_it_was(bench: Bench) -> None:
    await bench.put((1, 0, 1.0), series=[numbers(1, "temp")])
    await bench.reopen()
    await bench.put((5, 1, 2.0), series=[numbers(5, "temp")])
    await bench.settle()
    assert [value for _, _, value in await bench.told(5)] == [1.0, 2.0]
    assert [row.key for row, _ in (await bench.reopen()).series] == [1]


async def test_a_series_may_change_what_is_said_about_it(bench: Bench) -> None:
    await bench.put((1, 0, 1.0), series=[numbers(1)])
    changed = numbers(1)._replace(unit="K", cadence_us=5, name="Ofen\t1")
    await bench.put(series=[changed])
    await bench.settle()
    assert await bench.store.find(("plant/d", "m1")) == changed


async def test_a_hub_that_is_killed_right_after_settling_still_knows_when_it_was_alive(bench: Bench) -> None:
    await bench.put((1, 0, 1.0), series=[numbers(1)])
    await bench.settle()
    assert (await bench.kill()).seen_us == T0 + bench.seq


async def test_a_store_of_a_newer_hub_is_refused(place: Callable[[], Path | str]) -> None:
    import apsw
    import psycopg

    from hub.core.errors import Unusable

    bench = Bench(place())
    await bench.open()
    await bench.close()
    if isinstance(bench.place, str):
        with psycopg.connect(bench.place) as connection:
            connection.execute("UPDATE meta SET value = 99 WHERE key = 'version'")
    else:
        file = apsw.Connection(str(bench.place / "history.db"))
        file.execute("PRAGMA user_version = 99")
        file.close()
    with pytest.raises(Unusable, match="newer hub: its schema is version 99"):
        await bench.open()
