"""Scrape: the latest numeric readings as OpenMetrics gauges, so that Prometheus can scrape devices through the hub.

Stale and bad readings are left out, for that is how Prometheus learns that a series has ended. Readings carry no
timestamps: with them Prometheus would not notice an end. Booleans are 1 and 0.

References:
    OpenMetrics 1.0 (escaping, the ``# EOF`` line); Prometheus, "Staleness".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from hub.core.model import Status
from hub.core.select import Selection
from hub.gateway.pace import Pace, chosen
from hub.gateway.rows import conversion_of, converted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from hub.core.model import Device, Series
    from hub.gateway.parts import Parts
    from hub.gateway.queries import ScrapeQuery

MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_LINES_A_CHUNK = 500
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HEAD_READINGS = b"# TYPE hub_reading gauge\n# HELP hub_reading Latest reading of a series, unless stale or bad.\n"
_HEAD_DEVICES = (
    b"# TYPE hub_device_online gauge\n# HELP hub_device_online 1 if a device is online, 0 if it is offline.\n"
)


async def show_readings(parts: Parts, query: ScrapeQuery, request: Request) -> StreamingResponse:
    """Return the latest numeric readings of a selection.

    Args:
        parts: the gateway's.
        query: which devices and metrics.
        request: the request.
    """
    del request
    pace = Pace(parts.deps.clock)
    devices = await chosen(parts.deps.catalogue, query.devices, pace)
    wanted = Selection.of((), query.metrics or ("*",))
    body = _chunks(devices, wanted, query.units, pace)
    return StreamingResponse(body, headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"})


async def _chunks(devices: list[Device], wanted: Selection, units: str | None, pace: Pace) -> AsyncIterator[bytes]:
    """Yield the exposition in slices; the loop runs between them, and a slow scraper holds up nobody."""
    yield _HEAD_READINGS
    lines: list[str] = []
    for device in devices:
        for series in list(device.series.values()):
            if wanted.wants_metric(series.metric):
                lines.extend(_reading(series, units))
            if len(lines) >= _LINES_A_CHUNK:
                yield "".join(lines).encode()
                lines = []
            if pace.due:
                await pace.rest()
    yield "".join(lines).encode() + _HEAD_DEVICES
    for start in range(0, len(devices), _LINES_A_CHUNK):
        yield "".join(_online(device) for device in devices[start : start + _LINES_A_CHUNK]).encode()
        await pace.rest()
    yield b"# EOF\n"


def _reading(series: Series, units: str | None) -> list[str]:
    """Return the line of a series, none if its latest reading is not to be scraped."""
    conversion = conversion_of(series, units)
    value, quality = converted(series.value, conversion), series.shown_quality
    if value is None or isinstance(value, str) or (quality is not None and not quality.startswith("uncertain")):
        return []
    symbol = series.unit if conversion is None else conversion.unit
    unit = f',unit="{escaped(symbol)}"' if symbol else ""
    labels = f'device="{escaped(series.device.id)}",metric="{escaped(series.metric)}"{unit}'
    return [f"hub_reading{{{labels}}} {int(value) if isinstance(value, bool) else value!r}\n"]


def _online(device: Device) -> str:
    """Return the line of a device, empty if nobody knows."""
    if device.status is Status.UNKNOWN:
        return ""
    return f'hub_device_online{{device="{escaped(device.id)}"}} {int(device.status is Status.ONLINE)}\n'


def escaped(text: str) -> str:
    """Return a text as it stands in a label's value.

    Args:
        text: any text.
    """
    return text.translate(_ESCAPES)
