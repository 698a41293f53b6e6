"""History over HTTP: any window of a series, with its gaps, complete up to a position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.core.batch import Position
from hub.core.errors import RequestError, StoreError
from hub.gateway import cursor
from hub.gateway.catalogue import find_device
from hub.gateway.columns import OF_BUCKETS, columns_of
from hub.gateway.endpoint import joined
from hub.gateway.instants import clamped, instant
from hub.gateway.moments import HELP, moment_us
from hub.gateway.pace import Pace
from hub.gateway.problems import BadRequest, FieldError, Refused
from hub.gateway.rows import conversion_of, converted, datatype_of
from hub.gateway.spelling import spelled_columns
from hub.history.model import Span
from hub.history.pages import same_time
from hub.history.recording import series_row
from hub.history.window import MOST_POINTS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from hub.core.conversion import Conversion
    from hub.gateway.parts import Parts
    from hub.gateway.queries import HistoryQuery
    from hub.history.model import Sample, SeriesRow
    from hub.history.window import Aggregate, History

RETRY_S: Final = 5
_LONGEST: Final = 18
"""Digits of a cursor's numbers, which fit into 64 bits."""


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
    aggregate: Aggregate = "minmax" if query.aggregate in OF_BUCKETS else query.aggregate  # type: ignore[assignment]  # the others
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
    given_as, rows, cells = columns_of(window, query.aggregate, conversion, told=clamped)
    head = {
        "position": str(Position(parts.deps.log.epoch, window.seq)),
        "now": instant(now_us),
        "device": series.device,
        "metric": series.metric,
        "unit": series.unit if conversion is None else conversion.unit,
        "datatype": datatype_of(series, conversion),
        "start": clamped(window.span.start_us),
        "end": instant(window.span.end_us),
        "resolution": {"width_ms": window.width_us / 1000, "step_ms": window.step_s * 1000},
        "previous": None if window.previous is None else _reading(window.previous, conversion),
        "gaps": [{"from": instant(gap.from_us), "to": instant(gap.to_us), "reason": gap.reason} for gap in window.gaps],
        "next": following,
        "aggregate": given_as,
    }
    return joined(await spelled_columns(head, rows, cells, Pace(parts.deps.clock)))


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
        "time": clamped(sample.time_us),
        "value": converted(sample.value, conversion),
        "quality": sample.quality or "good",
    }
