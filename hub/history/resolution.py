"""Resolution: how wide the buckets of an answer are, and what they are made of.

Buckets of an answer are whole multiples of kept buckets, so each is exact; what is asked for as a number of points is
therefore an upper bound. The coarsest kept buckets that fit are the cheapest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hub.history.model import SECOND_US, STEPS_S, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_READINGS_KEPT_AS: Final = STEPS_S[1]
"""The finest kept buckets that outlive the readings, in seconds."""


class Resolution(NamedTuple):
    """How a span is answered.

    Args:
        span: the one asked for, widened to whole buckets.
        width_us: of a bucket.
        step_s: of the kept buckets it is made of, 0 if of the readings.
    """

    span: Span
    width_us: int
    step_s: int


def resolution(span: Span, points: int, *, raw_from_us: int) -> Resolution:
    """Return the finest resolution that answers a span in at most so many buckets.

    Args:
        span: not empty.
        points: most buckets, at least 1.
        raw_from_us: readings older than this are not kept any more.
    """
    least_us = -(-(span.end_us - span.start_us) // points)
    while True:
        found = _whole(span, least_us, raw_from_us)
        if (found.span.end_us - found.span.start_us) // found.width_us <= points or points == 1:
            return found
        least_us = found.width_us + 1


def _whole(span: Span, least_us: int, raw_from_us: int) -> Resolution:
    """Return the resolution of the narrowest buckets that are not narrower than asked."""
    fitting = [step_s for step_s in STEPS_S if step_s * SECOND_US <= least_us]
    if span.start_us < raw_from_us:
        fitting = [step_s for step_s in fitting if step_s >= _READINGS_KEPT_AS] or [_READINGS_KEPT_AS]
    step_s = fitting[-1] if fitting else 0
    step_us = step_s * SECOND_US or next(width for width in _widths() if width >= least_us)
    width_us = max(1, -(-least_us // step_us)) * step_us
    start_us = span.start_us // width_us * width_us
    end_us = -(-span.end_us // width_us) * width_us
    return Resolution(Span(start_us, end_us), width_us, step_s)


def _widths() -> Iterator[int]:
    """Yield widths that people like to read, from a microsecond up."""
    decade = 1
    while True:
        yield from (decade, 2 * decade, 5 * decade)
        decade *= 10
