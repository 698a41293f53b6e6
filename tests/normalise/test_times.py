from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalise.times import EARLIEST_US, UNSET, absolute, best, first, parse

NOON_US = 1_688_212_800_000_000
"""2023-07-01T12:00:00Z."""
HOUR_US = 3_600_000_000


@pytest.mark.parametrize(
    "value",
    [
        1_688_212_800,
        1_688_212_800.0,
        1_688_212_800_000,
        1_688_212_800_000_000,
        1_688_212_800_000_000_000,
        "1688212800",
        " 1688212800000 ",
        "1688212800.0",
        "2023-07-01T12:00:00Z",
        "2023-07-01T12:00:00.000Z",
        "2023-07-01t12:00:00z",
        "2023-07-01 12:00:00+00:00",
        "2023-07-01T14:00:00+0200",
        "2023-07-01T13:00:00+01",
        "2023-07-01T06:30:00-05:30",
        "2023-07-01 12:00:00 UTC",
        "2023-07-01T12:00Z",
        "2023-07-01T12:00:00,000Z",
        "2023-07-01T11:59:60Z",
    ],
)
def test_a_full_time_is_recognised(value: object) -> None:
    assert parse(value) == NOON_US


@pytest.mark.parametrize(
    ("value", "fraction_us"),
    [("2023-07-01T12:00:00.5Z", 500_000), ("2023-07-01T12:00:00.123456789Z", 123_456), (1_688_212_800.25, 250_000)],
)
def test_fractions_count_down_to_the_microsecond(value: object, fraction_us: int) -> None:
    assert parse(value) == NOON_US + fraction_us


@pytest.mark.parametrize(
    "value",
    [0, 37, 12345, 946_684_799, -5, -1.7e15, "0", "1970-01-01T00:00:00Z", "1999-12-31 23:59:59"],
)
def test_a_clock_that_was_never_set_is_a_time_that_nobody_knows(value: object) -> None:
    assert parse(value) == UNSET


@pytest.mark.parametrize(
    ("value", "fraction_us"), [("2023-07-01 12:00:00", 0), ("2023-07-01T12:00:00.5", 500_000), ("2023-07-01T12:00", 0)]
)
def test_a_local_time_waits_for_somebody_who_knows_the_zone(value: object, fraction_us: int) -> None:
    local_us = parse(value)
    assert local_us == -(NOON_US + fraction_us)
    assert absolute(local_us, None, NOON_US) == UNSET
    assert absolute(local_us, UTC, NOON_US) == NOON_US + fraction_us
    assert absolute(local_us, ZoneInfo("Europe/Amsterdam"), NOON_US) == NOON_US + fraction_us - 2 * HOUR_US


@pytest.mark.parametrize(("received", "moment"), [("00:31", "00:30"), ("01:31", "01:30"), ("00:59", "00:30")])
def test_an_hour_that_clocks_show_twice_is_the_nearer_one(received: str, moment: str) -> None:
    local_us, near_us = parse("2023-10-29 02:30:00"), parse(f"2023-10-29T{received}:00Z")
    assert local_us is not None
    assert near_us is not None
    assert absolute(local_us, ZoneInfo("Europe/Amsterdam"), near_us) == parse(f"2023-10-29T{moment}:00Z")


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - what a clock shows
    st.sampled_from(["America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
def test_a_clock_of_the_zone_shows_the_local_time_at_its_moment(shown: datetime, name: str) -> None:
    zone, local_us = ZoneInfo(name), parse(shown.isoformat())
    assert local_us is not None
    moment_us = absolute(local_us, zone, 0)
    there = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment_us)).astimezone(zone)
    skipped = shown.replace(tzinfo=zone, fold=0).utcoffset() != shown.replace(tzinfo=zone, fold=1).utcoffset()
    assert there.replace(tzinfo=None) == shown or skipped


def test_the_best_time_is_the_first_absolute_one_then_the_first_local_one() -> None:
    local_us, other_us = -NOON_US, -NOON_US - 1
    assert best([None, UNSET, local_us, NOON_US, NOON_US + 1]) == NOON_US
    assert best([UNSET, other_us, local_us]) == other_us
    assert best([None, UNSET]) is None
    assert first("never", "2023-07-01 12:00:00", 1_688_212_800) == NOON_US


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "12:00:00",
        "2023-07-01",
        "2023-13-01T12:00:00Z",
        "2023-02-30T12:00:00Z",
        "2023-07-01T25:00:00Z",
        "2023-07-01T12:00:00+99:99",
        "0000-01-01T00:00:00Z",
        "yesterday",
        "1,688,212,800",
        "12 h",
        float("nan"),
        float("inf"),
        10**30,
        {"a": 1},
        [1],
    ],
)
def test_anything_else_is_an_ordinary_value(value: object) -> None:
    assert parse(value) is None


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn below
    st.integers(-14 * 60, 14 * 60),
)
def test_an_iso_time_means_the_instant_that_python_says(moment: datetime, offset_min: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    assert parse(aware.isoformat()) == (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(st.integers(EARLIEST_US, 4_102_444_800_000_000))
def test_the_magnitude_of_a_number_tells_its_unit(moment_us: int) -> None:
    assert parse(moment_us) == moment_us
    assert parse(moment_us // 1000) == moment_us // 1000 * 1000
    assert parse(moment_us // 1_000_000) == moment_us // 1_000_000 * 1_000_000
    assert parse(moment_us * 1000) == moment_us


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_nothing_raises_and_a_time_is_never_before_2000(value: object) -> None:
    moment_us = parse(value)
    assert moment_us is None or moment_us == UNSET or moment_us >= EARLIEST_US
