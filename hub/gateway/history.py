"""History over HTTP: any window of a series, with its gaps, complete up to a position."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hub.core.batch import Position
from hub.core.errors import RequestError, StoreError
from hub.gateway import cursor
from hub.gateway.catalogue import find_device
from hub.gateway.endpoint import joined
from hub.gateway.instants import dumps, instant
from hub.gateway.moments import HELP, moment_us
from hub.gateway.pace import Pace
from hub.gateway.problems import BadRequest, FieldError, Refused
from hub.gateway.rows import conversion_of, converted, datatype_of
from hub.history.model import Bucket, Span
from hub.history.pages import same_time
from hub.history.recording import series_row
from hub.history.window import MOST_POINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from hub.core.conversion import Conversion
    from hub.core.model import Value
    from hub.gateway.parts import Parts
    from hub.gateway.queries import HistoryQuery
    from hub.history.model import Sample, SeriesRow
    from hub.history.window import Aggregate, History, Window

_Cells: TypeAlias = "dict[str, Callable[[Any], Any]]"
"""Columns by name, each with what a row has in it."""
_SLICE_ROWS: Final = 250
RETRY_S: Final = 5
_LONGEST: Final = 18
"""Digits of a cursor's numbers, which fit into 64 bits."""
_COLUMNS: Final = {"minmax": ("min", "max", "mean", "last", "count"), "mean": ("mean",), "last": ("last",)}


async def show_history(parts: Parts, query: HistoryQuery, request: Request) -> Response:
    """Return a window of a series.

    Args:
        parts: the gateway's.
        query: which.
        request: the request.

    Raises:
        RequestError: if there is no such series or window, if no history is kept, or the store cannot be read now.
    """
    del request
    history = history_of(parts)
    now_us = parts.deps.clock.now_us()
    span, given = _from_cursor(query, span_of(query.start, query.end, now_us))
    aggregate: Aggregate = "minmax" if query.aggregate in _COLUMNS else query.aggregate  # type: ignore[assignment]  # the others
    try:
        series = await find_series(parts, history, query.device, query.metric)
        window = await history.window(series, span, points=query.points + given, aggregate=aggregate)
    except StoreError as error:
        raise store_down(error) from error
    following = None
    if window.more_us is not None:
        following = cursor.encode(str(window.more_us), str(same_time(window.samples)))
    del window.samples[:given]
    conversion = conversion_of(series, query.units)
    given_as, rows, cells = _columns(window, query.aggregate, conversion)
    head = {
        "position": str(Position(parts.deps.log.epoch, window.seq)),
        "now": instant(now_us),
        "device": series.device,
        "metric": series.metric,
        "unit": series.unit if conversion is None else conversion.unit,
        "datatype": datatype_of(series, conversion),
        "start": instant(max(1, window.span.start_us)),
        "end": instant(window.span.end_us),
        "resolution": {"width_ms": window.width_us / 1000, "step_ms": window.step_s * 1000},
        "previous": None if window.previous is None else _reading(window.previous, conversion),
        "gaps": [{"from": instant(gap.from_us), "to": instant(gap.to_us), "reason": gap.reason} for gap in window.gaps],
        "next": following,
        "aggregate": given_as,
    }
    return joined(await _spelled(head, rows, cells, Pace(parts.deps.clock)))


def history_of(parts: Parts) -> History:
    """Return what answers questions about the past.

    Args:
        parts: the gateway's.

    Raises:
        RequestError: no history is kept.
    """
    history = parts.deps.history
    if history is None:
        message = "This hub keeps no history: its setting history.url is none."
        raise RequestError("no_history", message, status=404)
    return history


def store_down(error: StoreError) -> Refused:
    """Return what is answered while the store cannot be read.

    Args:
        error: why.
    """
    message = f"History cannot be read now: {error.reason}. Try again in {RETRY_S} s."
    return Refused("store_down", message, 503, {"Retry-After": str(RETRY_S)})


async def find_series(parts: Parts, history: History, device: str, metric: str) -> SeriesRow:
    """Return a series by name, also one that the catalogue has forgotten.

    Args:
        parts: the gateway's.
        history: knows all there ever were.
        device: its device's id.
        metric: its metric.

    Raises:
        RequestError: there never was one; names close ones.
        StoreError: the store cannot be read now.
    """
    known = parts.deps.catalogue.devices.get(device)
    series = None if known is None else known.series.get(metric)
    if series is not None:
        return series_row(series)
    row = await history.store.find((device, metric))
    if row is not None:
        return row
    find_device(parts.deps.catalogue, device)
    message = f"The device has, and had, no metric {metric[:200]!r}; GET /api/v1/device lists what it has."
    raise RequestError("unknown_metric", message, field="metric", status=404)


def span_of(start: str, end: str, now_us: int) -> Span:
    """Return the span between two times.

    Args:
        start: as a request names it.
        end: likewise.
        now_us: what they may be relative to.

    Raises:
        RequestError: one is no time, or the end is not after the start.
    """
    errors = []
    ends = {}
    for field, text in (("start", start), ("end", end)):
        found = moment_us(text, now_us)
        if found is None:
            errors.append(FieldError(field=field, message=f"is no time: give {HELP}"))
        ends[field] = found or 0
    if not errors and ends["end"] <= ends["start"]:
        errors.append(FieldError(field="end", message="is not after the start"))
    if errors:
        raise BadRequest(errors)
    return Span(ends["start"], ends["end"])


def _from_cursor(query: HistoryQuery, span: Span) -> tuple[Span, int]:
    """Return the rest of a span, and how many readings of its first time an earlier page has given."""
    if query.cursor is None:
        return span, 0
    told = cursor.decode(query.cursor, 2)
    if told is None or not all(part.isdecimal() and len(part) <= _LONGEST for part in told):
        raise BadRequest([FieldError(field="cursor", message="is not one this endpoint has given")])
    start_us, given = int(told[0]), int(told[1])
    if not span.start_us <= start_us < span.end_us or given > MOST_POINTS:
        raise BadRequest([FieldError(field="cursor", message="is not of this span")])
    return Span(start_us, span.end_us), given


def _reading(sample: Sample, conversion: Conversion | None) -> dict[str, Any]:
    return {
        "time": instant(max(1, sample.time_us)),
        "value": converted(sample.value, conversion),
        "quality": sample.quality or "good",
    }


def _columns(
    window: Window, aggregate: str, conversion: Conversion | None
) -> tuple[str, Sequence[Bucket | Sample], _Cells]:
    """Return what a window is given as, its rows, and its columns: of buckets, or of readings and changes."""
    if window.width_us or (aggregate in _COLUMNS and window.series.datatype in ("integer", "float")):
        buckets = window.buckets if window.width_us else [single(sample) for sample in window.samples]
        cells: _Cells = {"time": lambda bucket: instant(max(1, bucket.start_us))}
        for name in _COLUMNS.get(aggregate, _COLUMNS["minmax"]):
            cells[name] = partial(_cell, column=name, conversion=conversion)
        return (aggregate if aggregate in _COLUMNS else "minmax"), buckets, cells
    kind = "raw" if aggregate == "raw" or window.series.datatype == "mixed" else "states"
    cells = {
        "time": lambda sample: instant(max(1, sample.time_us)),
        "value": lambda sample: converted(sample.value, conversion),
        "quality": lambda sample: sample.quality or "good",
    }
    return kind, window.samples, cells


async def _spelled(head: dict[str, Any], rows: Sequence[Bucket | Sample], cells: _Cells, pace: Pace) -> list[bytes]:
    """Return an answer's JSON, made in slices with the loop running between: the head's fields, then the columns."""
    chunks = [dumps(head)[:-1]]
    for name, cell in cells.items():
        chunks.append(b',"%s":[' % name.encode())
        for start in range(0, len(rows), _SLICE_ROWS):
            chunks.append(b"," if start else b"")
            chunks.append(dumps([cell(row) for row in rows[start : start + _SLICE_ROWS]])[1:-1])
            await pace.rest()
        chunks.append(b"]")
    chunks.append(b"}")
    return chunks


def _cell(bucket: Bucket, *, column: str, conversion: Conversion | None) -> Value | None:
    """Return what a bucket has in a column."""
    match column:
        case "count":
            return bucket.n
        case "mean":
            return mean_of(bucket, conversion)
        case _:
            return converted(getattr(bucket, column), conversion)


def mean_of(bucket: Bucket, conversion: Conversion | None) -> Value | None:
    """Return the mean of a bucket, None where the sum is beyond every float.

    Args:
        bucket: any.
        conversion: into the units that were asked for.
    """
    mean = bucket.sum / bucket.n
    return converted(mean, conversion) if math.isfinite(mean) else None


def single(sample: Sample) -> Bucket:
    """Return a single number as the bucket it would be alone in.

    Args:
        sample: of a series of numbers.
    """
    value = sample.value
    assert not isinstance(value, str)  # noqa: S101 - of a series of numbers
    return Bucket(sample.time_us, 1, value, value, value, value)
