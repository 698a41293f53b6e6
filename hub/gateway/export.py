"""Exports: all readings of many series, streamed page by page; nothing is built in memory.

An export reads one page at a time, so questions of dashboards come in between. A client that takes nothing stops it;
one that is gone ends it.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from hub.core.errors import StoreError
from hub.core.select import Selection, is_exact
from hub.gateway.export_formats import FORMATS
from hub.gateway.history import history_of, span_of, store_down
from hub.gateway.pace import Pace, chosen, in_order
from hub.gateway.problems import Refused
from hub.history.pages import pages
from hub.history.recording import series_row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from hub.core.meters import Meters
    from hub.gateway.export_formats import Format
    from hub.gateway.parts import Parts
    from hub.gateway.queries import ExportQuery
    from hub.history.model import Sample, SeriesRow, Span
    from hub.history.window import History

MOST_EXPORTS: Final = 4
"""At a time; policy when full: the newcomer is refused, and comes again."""
PAGE_ROWS: Final = 1_000
RETRY_S: Final = 10
_WILD: Final = frozenset("*?")


class Exports:
    """Counts the exports that are under way.

    Args:
        meters: counts them.
    """

    def __init__(self, meters: Meters) -> None:
        self.running = 0
        self.rows = meters.counter("exported_readings", "Readings that were exported.")
        meters.gauge("exports", "Exports under way.", lambda: self.running)


async def export_readings(parts: Parts, query: ExportQuery, request: Request) -> Response:
    """Return all readings of a selection in a span, series after series, each oldest first.

    Args:
        parts: the gateway's.
        query: what, when and how.
        request: the request.

    Raises:
        RequestError: no history is kept, the store cannot be read now, too many exports are under way, or the package
            that writes the format is not installed.
    """
    history = history_of(parts)
    span = span_of(query.start, query.end, parts.deps.clock.now_us())
    if parts.exports.running >= MOST_EXPORTS:
        message = f"{MOST_EXPORTS} exports are under way, which is all this hub does at a time."
        raise Refused("too_busy", message, 503, {"Retry-After": str(RETRY_S)})
    written = FORMATS[query.format]()
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="readings.{written.extension}"',
        "X-Accel-Buffering": "no",
    }
    if request.method == "HEAD":
        return Response(headers=headers, media_type=written.media_type)
    readings = _readings(parts, query, history, span)
    parts.exports.running += 1
    try:
        first = await anext(readings, None)
    except BaseException as error:
        parts.exports.running -= 1
        if isinstance(error, StoreError):
            raise store_down(error) from error
        raise
    chunks = _chunks(parts.exports, written, first, readings)
    return _Streamed(parts.exports, chunks, headers=headers, media_type=written.media_type)


class _Streamed(StreamingResponse):
    """An export under way."""

    def __init__(
        self, exports: Exports, chunks: AsyncIterator[bytes], *, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(chunks, headers=headers, media_type=media_type)
        self._exports = exports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until all is sent or the client is gone."""
        try:
            with suppress(ClientDisconnect):
                await super().__call__(scope, receive, send)
        finally:
            self._exports.running -= 1


async def _chunks(
    exports: Exports,
    written: Format,
    first: tuple[SeriesRow, list[Sample]] | None,
    readings: AsyncIterator[tuple[SeriesRow, list[Sample]]],
) -> AsyncIterator[bytes]:
    """Yield the bytes of an export."""
    yield written.head()
    page = first
    while page is not None:
        exports.rows.n += len(page[1])
        yield await written.add(*page)
        page = await anext(readings, None)
    yield await written.tail()


async def _readings(
    parts: Parts, query: ExportQuery, history: History, span: Span
) -> AsyncIterator[tuple[SeriesRow, list[Sample]]]:
    """Yield pages of readings, series after series."""
    async for series in _series(parts, query, history):
        async for page in pages(history, series, span, limit=PAGE_ROWS):
            yield series, page


async def _series(parts: Parts, query: ExportQuery, history: History) -> AsyncIterator[SeriesRow]:
    """Yield the series of a selection: those of the catalogue, and those it has forgotten that are named in full."""
    catalogue, pace = parts.deps.catalogue, Pace(parts.deps.clock)
    metrics = query.metrics or ["*"]
    wants = Selection.of((), metrics).wants_metric
    for device in await in_order(await chosen(catalogue, query.devices, pace), "", pace):
        for metric in sorted(device.series):
            series = device.series.get(metric)
            if series is not None and wants(metric):
                yield series_row(series)
        if pace.due:
            await pace.rest()
    devices = filter(is_exact, query.devices)
    names = (metric for metric in metrics if not _WILD & set(metric))
    for device_id, metric in product(devices, names):
        known = catalogue.devices.get(device_id)
        if known is not None and metric in known.series:
            continue
        row = await history.store.find((device_id, metric))
        if row is not None:
            yield row
