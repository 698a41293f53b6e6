"""Figures keep or miss promises by their median; ratios are made round by round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Bound, Figure, Outcome, Sample, Spread, spread

FAST = Figure("fast", "Fast", "messages/s", Bound.AT_LEAST, 100)
CHEAP = Figure("cheap", "Cheap", "µs", Bound.AT_MOST, 12)
FASTER = Figure("faster", "Faster", "messages/s", Bound.AT_LEAST, 5, of_peer=True)


def test_the_median_counts_and_not_the_best_round() -> None:
    assert Outcome(FAST, [Sample(90), Sample(101), Sample(400)]).met
    assert not Outcome(FAST, [Sample(90), Sample(99), Sample(400)]).met
    assert not Outcome(CHEAP, [Sample(1), Sample(12.1), Sample(13)]).met


def test_a_promise_that_is_just_reached_is_kept() -> None:
    assert Outcome(FAST, [Sample(100)]).met
    assert Outcome(CHEAP, [Sample(12)]).met


def test_a_ratio_compares_the_two_of_one_round() -> None:
    outcome = Outcome(FASTER, [Sample(100, 10), Sample(50, 10), Sample(600, 100)])
    assert outcome.ratio == Spread(6, 5, 10)
    assert outcome.peer == Spread(10, 10, 100)
    assert outcome.met


def test_a_ratio_without_a_peer_is_not_met() -> None:
    outcome = Outcome(FASTER, [Sample(1e9)])
    assert outcome.ratio is None
    assert not outcome.met


def test_a_peer_that_did_nothing_gives_no_ratio() -> None:
    assert Outcome(FASTER, [Sample(1e9, 0)]).ratio is None


@pytest.mark.parametrize(
    ("samples", "who"),
    [
        ([Sample(10, limited_by="broker"), Sample(20, limited_by="broker")], "broker"),
        ([Sample(10, limited_by="broker"), Sample(20)], ""),
        ([Sample(200, limited_by="broker"), Sample(300)], ""),
    ],
    ids=["in all rounds", "in one round of two", "though it was kept"],
)
def test_somebody_else_is_the_limit_only_if_it_was_in_every_round_that_missed(samples: list[Sample], who: str) -> None:
    assert Outcome(FAST, samples).limited_by == who


def test_a_ratio_is_never_excused() -> None:
    assert Outcome(FASTER, [Sample(1, 10, limited_by="broker")]).limited_by == ""


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_a_spread_holds_its_median(values: list[float]) -> None:
    found = spread(values)
    assert found.least <= found.median <= found.most
    assert (found.least, found.most) == (min(values), max(values))
