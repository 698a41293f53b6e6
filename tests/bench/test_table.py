"""The table is aligned Markdown that says what was promised and whether it was kept."""

from __future__ import annotations

import json

import pytest

from bench.figures import Bound, Figure, Outcome, Sample, Spread
from bench.table import HEAD, disturbance, number, record, several, table

RATIO = Figure("path", "The path", "messages/s", Bound.AT_LEAST, 25, of_peer=True)
TIME = Figure("time", "Time", "ms", Bound.AT_MOST, 20)
OUTCOMES = [
    Outcome(RATIO, [Sample(80_000, 2_000), Sample(90_000, 3_000)]),
    Outcome(TIME, [Sample(21.04)]),
    Outcome(Figure("rate", "Rate", "messages/s", Bound.AT_LEAST, 60_000), [Sample(50_000, limited_by="the broker")]),
]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (3.456, "3.46"), (34.56, "34.6"), (345.6, "346"), (117_084.7, "117,085"), (-12.34, "-12.3")],
)
def test_numbers_have_three_digits_or_thousands_set_apart(value: float, text: str) -> None:
    assert number(value) == text


def test_one_round_has_no_range_and_several_have_one() -> None:
    assert several(Spread(5, 5, 5), "ms") == "5.00 ms"
    assert several(Spread(5, 4, 6), "ms") == "5.00 ms (4.00 to 6.00)"
    assert several(None) == ""


def test_every_line_of_the_table_has_the_same_columns_at_the_same_places() -> None:
    lines = table(OUTCOMES).splitlines()
    assert len(lines) == 2 + len(OUTCOMES)
    places = {tuple(at for at, sign in enumerate(line) if sign == "|") for line in lines}
    assert len(places) == 1
    assert len(places.pop()) == len(HEAD) + 1


def test_the_last_column_says_whether_the_promise_was_kept() -> None:
    cells = [line.strip("| ").split("|")[-1].strip() for line in table(OUTCOMES).splitlines()[2:]]
    assert cells == ["yes", "NO", "as far as the broker went"]


def test_the_worst_wait_for_a_core_is_found_however_deep_it_stands() -> None:
    facts = [{"hub_waited_for_its_core": 0.05, "x": 1}, {"storm": {"hub_waited_for_its_core": 0.3}, "rates": [9]}]
    assert disturbance(facts) == 0.3
    assert disturbance([{"hub_core_share": 0.9}]) == 0


def test_the_json_holds_every_round_and_the_verdict() -> None:
    found = json.loads(json.dumps([record(outcome) for outcome in OUTCOMES]))
    assert [one["met"] for one in found] == [True, False, False]
    assert found[0]["ratio"] == {"median": 35.0, "least": 30.0, "most": 40.0}
    assert [one["ours"] for one in found[0]["rounds"]] == [80_000, 90_000]
    assert found[2]["limited_by"] == "the broker"
