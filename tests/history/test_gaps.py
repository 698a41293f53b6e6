from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.history.gaps import gaps, holes
from hub.history.model import Outage, StatusRow


def test_holes_lie_between_what_is_known_and_at_both_ends() -> None:
    assert holes([(10, 20), (20, 30), (50, 60)], start_us=0, end_us=100) == [(0, 10), (30, 50), (60, 100)]
    assert holes([(10, 20)], start_us=None, end_us=15) == []
    assert holes([], start_us=5, end_us=9) == [(5, 9)]


def test_a_silence_within_the_rhythm_is_no_gap() -> None:
    assert gaps([(0, 10)], limit_us=10, outages=[Outage("hub", 2, 8)], statuses=[]) == []


def test_a_series_without_a_rhythm_has_only_the_gaps_that_the_hub_caused() -> None:
    assert gaps([(0, 100)], limit_us=None, outages=[Outage("mqtt", 20, 30)], statuses=[]) == [(20, 30, "feed_lost")]


def test_a_long_silence_with_a_short_outage_in_it_is_the_devices_own() -> None:
    found = gaps([(0, 1000)], limit_us=10, outages=[Outage("hub", 500, 505)], statuses=[])
    assert found == [(0, 500, "silent"), (500, 505, "hub_down"), (505, 1000, "silent")]


def test_the_moments_around_an_outage_belong_to_it() -> None:
    assert gaps([(0, 100)], limit_us=10, outages=[Outage("hub", 5, 95)], statuses=[]) == [(0, 95, "hub_down")]


def test_a_device_that_said_it_goes_is_offline_and_not_silent() -> None:
    statuses = [StatusRow("d", -5, "online", "birth"), StatusRow("d", 20, "offline", "will")]
    assert gaps([(0, 100)], limit_us=10, outages=[], statuses=statuses) == [(0, 100, "offline")]


@given(
    st.lists(st.integers(0, 500), max_size=6, unique=True).map(sorted),
    st.lists(st.tuples(st.sampled_from(["hub", "mqtt", "store"]), st.integers(0, 500), st.integers(1, 80)), max_size=4),
    st.one_of(st.none(), st.integers(0, 60)),
)
def test_gaps_are_in_order_do_not_overlap_and_lie_in_the_holes(
    times: list[int], down: list[tuple[str, int, int]], limit_us: int | None
) -> None:
    empty = holes([(time, time) for time in times], start_us=0, end_us=600)
    outages = [Outage(source, start, start + length) for source, start, length in down]
    found = gaps(empty, limit_us=limit_us, outages=outages, statuses=[])
    assert all(gap.from_us < gap.to_us for gap in found)
    assert all(before.to_us <= after.from_us for before, after in pairwise(found))
    for gap in found:
        assert any(start <= gap.from_us and gap.to_us <= end for start, end in empty)
