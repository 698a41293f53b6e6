"""Columns: a window of history in columns of equal length, as answers and frames of the live protocol tell it."""

from __future__ import annotations

import math
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hub.gateway.rows import converted
from hub.history.model import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.core.conversion import Conversion
    from hub.core.model import Value
    from hub.history.model import Sample
    from hub.history.window import Window

Cells: TypeAlias = "dict[str, Callable[[Any], Any]]"
"""Columns by name, each with what a row has in it."""

OF_BUCKETS: Final = {"minmax": ("min", "max", "mean", "last", "count"), "mean": ("mean",), "last": ("last",)}
"""What is given of buckets, by the aggregate that was asked for, besides their time."""
_NUMBERS: Final = ("integer", "float")


def columns_of(
    window: Window, aggregate: str, conversion: Conversion | None, *, told: Callable[[int], Any]
) -> tuple[str, Sequence[Bucket | Sample], Cells]:
    """Return what a window is given as, its rows, and its columns: of buckets, or of readings and changes.

    Args:
        window: of one series.
        aggregate: that was asked for.
        conversion: into the units that were asked for.
        told: writes a time.
    """
    if window.width_us or (aggregate in OF_BUCKETS and window.series.datatype in _NUMBERS):
        buckets = window.buckets if window.width_us else [_alone(sample) for sample in window.samples]
        names = OF_BUCKETS.get(aggregate, OF_BUCKETS["minmax"])
        cells: Cells = {"time": lambda bucket: told(bucket.start_us)}
        cells |= {name: _column(name, conversion) for name in names}
        return (aggregate if aggregate in OF_BUCKETS else "minmax"), buckets, cells
    kind = "raw" if aggregate == "raw" or window.series.datatype == "mixed" else "states"
    cells = {
        "time": lambda sample: told(sample.time_us),
        "value": lambda sample: converted(sample.value, conversion),
        "quality": lambda sample: sample.quality or "good",
    }
    return kind, window.samples, cells


def _column(name: str, conversion: Conversion | None) -> Callable[[Bucket], Value | None]:
    """Return what tells a column of a bucket."""
    if name == "mean":
        return partial(_mean, conversion=conversion)
    read: Callable[[Bucket], Value] = attrgetter("n" if name == "count" else name)
    if conversion is None or name == "count":
        return read
    return lambda bucket: converted(read(bucket), conversion)


def _mean(bucket: Bucket, conversion: Conversion | None) -> Value | None:
    """Return the mean of a bucket, None where the sum is beyond every float."""
    mean = bucket.sum / bucket.n
    return converted(mean, conversion) if math.isfinite(mean) else None


def _alone(sample: Sample) -> Bucket:
    """Return a single number as the bucket it would be alone in."""
    value = sample.value
    assert not isinstance(value, str)  # noqa: S101 - of a series of numbers
    return Bucket(sample.time_us, 1, value, value, value, value)
