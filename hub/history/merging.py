"""Merging: what is settled and what is still in memory become one list of samples, changes or buckets."""

from __future__ import annotations

from bisect import bisect_right

from hub.core.model import same
from hub.history.model import Bucket, Sample


def merged(found: list[Sample], rows: list[Sample]) -> list[Sample]:
    """Return samples of both lists in order of time.

    Args:
        found: in order of time.
        rows: likewise; of one time they come after the others.
    """
    if not rows:
        return found
    if not found or found[-1].time_us <= rows[0].time_us:
        return found + rows
    return sorted(found + rows, key=lambda sample: sample.time_us)


def changes(samples: list[Sample], before: Sample | None) -> list[Sample]:
    """Return the samples that differ from the one before.

    Args:
        samples: in order of time.
        before: the one before the first of them, None if there is none.
    """
    found: list[Sample] = []
    last = before
    for sample in samples:
        if last is None or not same(sample.value, last.value):
            found.append(sample)
            last = sample
    return found


def with_numbers(buckets: list[Bucket], rows: list[Sample], settled: list[Sample], width_us: int) -> list[Bucket]:
    """Return buckets that stand for more numbers.

    Args:
        buckets: of what is settled.
        rows: what is not; what is no usable number is left out.
        settled: from the first of the rows to the end of the last one's bucket, in order of time: it says whether a row
            is the newest of its bucket.
        width_us: of a bucket.
    """
    by_start = {bucket.start_us: bucket for bucket in buckets}
    times = [sample.time_us for sample in settled if _is_usable(sample)]
    for sample in filter(_is_usable, rows):
        number: float = sample.value  # type: ignore[assignment]  # it is one
        start_us = sample.time_us - sample.time_us % width_us
        old = by_start.get(start_us)
        if old is None:
            by_start[start_us] = Bucket(start_us, 1, number, number, number, number)
            continue
        later = bisect_right(times, sample.time_us)
        is_newest = later == len(times) or times[later] >= start_us + width_us
        last = number if is_newest else old.last
        by_start[start_us] = Bucket(
            start_us, old.n + 1, min(old.min, number), max(old.max, number), old.sum + number, last
        )
    return [by_start[start_us] for start_us in sorted(by_start)]


def _is_usable(sample: Sample) -> bool:
    """Return True for a number that is not bad."""
    return type(sample.value) in (int, float) and not (sample.quality or "").startswith("bad")
