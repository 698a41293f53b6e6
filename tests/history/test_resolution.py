from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.history.model import SECOND_US, STEPS_S, Span
from hub.history.resolution import resolution

DAY_US = 86_400 * SECOND_US
spans = st.builds(
    lambda start_us, length_us: Span(start_us, start_us + length_us),
    st.integers(10**15, 2 * 10**15),
    st.integers(1, 400 * DAY_US),
)


@given(spans, st.integers(1, 10_000), st.sampled_from([0, 15 * 10**14, 3 * 10**15]))
def test_buckets_are_whole_cover_the_span_and_are_not_more_than_asked(
    span: Span, points: int, raw_from_us: int
) -> None:
    found = resolution(span, points, raw_from_us=raw_from_us)
    start_us, end_us = found.span
    assert start_us <= span.start_us < span.end_us <= end_us
    assert start_us % found.width_us == end_us % found.width_us == 0
    assert (end_us - start_us) // found.width_us <= max(points, 2)
    assert found.step_s in (0, *STEPS_S)
    if found.step_s:
        assert found.width_us % (found.step_s * SECOND_US) == 0


def test_the_coarsest_kept_buckets_that_fit_are_taken() -> None:
    month = Span(0, 30 * DAY_US)
    assert resolution(month, 1000, raw_from_us=0)[1:] == (3000 * SECOND_US, 600)
    assert resolution(month, 100, raw_from_us=0)[1:] == (8 * 3600 * SECOND_US, 3600)
    assert resolution(Span(0, 1000 * SECOND_US), 1000, raw_from_us=0)[1:] == (SECOND_US, 0)


def test_where_readings_are_not_kept_any_more_buckets_of_a_minute_are_the_finest() -> None:
    assert resolution(Span(0, 60 * SECOND_US), 1000, raw_from_us=1)[1:] == (60 * SECOND_US, 60)
