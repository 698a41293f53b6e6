"""The catalogue over HTTP: devices, one device, series, and the latest readings, page by page."""

from __future__ import annotations

import difflib
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from hub.core.batch import Position
from hub.core.errors import RequestError
from hub.core.select import Selection
from hub.gateway import cursor, search
from hub.gateway.endpoint import joined
from hub.gateway.instants import instant
from hub.gateway.pace import Pace, chosen, in_order
from hub.gateway.rows import device_row, has_value, latest_row, series_row
from hub.gateway.spelling import spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from hub.core.catalogue import Catalogue
    from hub.core.model import Device, Series
    from hub.gateway.parts import Parts
    from hub.gateway.queries import DeviceQuery, DevicesQuery, LatestQuery, SeriesQuery

_SIBLINGS = 150
_COMPARED = 40
_LOOKED_AT = 20_000
_metric = attrgetter("metric")


async def list_devices(parts: Parts, query: DevicesQuery, request: Request) -> Response:
    """Return the devices of a query, by id.

    Args:
        parts: the gateway's.
        query: what is wanted.
        request: the request.
    """
    del request
    deps = parts.deps
    (after,) = _start(query.cursor, 1)
    pace = Pace(deps.clock)
    now_us = deps.clock.now_us()
    wanted = search.parse(query.q)
    devices = await in_order(await chosen(deps.catalogue, query.devices, pace), after, pace)
    rows: list[dict[str, Any]] = []
    following = None
    for device in devices:
        if pace.due:
            await pace.rest()
        if device.id == after or (query.status and device.status not in query.status):
            continue
        if device.id not in deps.catalogue.devices or not wanted.matches_device(device, now_us):
            continue
        if len(rows) == query.limit:
            following = cursor.encode(rows[-1]["device"])
            break
        rows.append(device_row(device))
    head = {"now": instant(now_us), "next": following}
    return joined(await spelled(head, "devices", rows, pace))


async def show_device(parts: Parts, query: DeviceQuery, request: Request) -> Response:
    """Return one device with its series.

    Args:
        parts: the gateway's.
        query: which.
        request: the request.

    Raises:
        RequestError: if there is no such device; names close ones.
    """
    del request
    deps = parts.deps
    device = find_device(deps.catalogue, query.device)
    pace = Pace(deps.clock)
    head = {
        "position": str(Position(deps.log.epoch, deps.log.seq)),
        "now": instant(deps.clock.now_us()),
        "device": device_row(device),
    }
    rows = []
    for series in sorted(device.series.values(), key=_metric):
        rows.append(series_row(series, units=query.units))
        if pace.due:
            await pace.rest()
    return joined(await spelled(head, "series", rows, pace))


async def list_series(parts: Parts, query: SeriesQuery, request: Request) -> Response:
    """Return the series of a query, by device and metric.

    Args:
        parts: the gateway's.
        query: what is wanted.
        request: the request.
    """
    del request
    deps = parts.deps
    now_us = deps.clock.now_us()
    wanted = search.parse(query.q)
    pace = Pace(deps.clock)

    def matching(device: Device) -> Callable[[Series], bool]:
        return wanted.within(device, now_us)

    rows, following = await _page(deps.catalogue, query, pace, matching, partial(series_row, units=query.units))
    return joined(await spelled({"now": instant(now_us), "next": following}, "series", rows, pace))


async def list_latest(parts: Parts, query: LatestQuery, request: Request) -> Response:
    """Return the latest readings of a selection, by device and metric; 304 if nothing changed since.

    Args:
        parts: the gateway's.
        query: what is wanted.
        request: the request.
    """
    deps = parts.deps
    position = str(Position(deps.log.epoch, deps.log.seq))
    headers = {"ETag": f'W/"{position}"', "Cache-Control": "no-cache"}
    if _knows(request, position):
        return Response(status_code=304, headers=headers)
    now_us = deps.clock.now_us()
    pace = Pace(deps.clock)
    row = partial(latest_row, units=query.units)
    rows, following = await _page(deps.catalogue, query, pace, lambda _: has_value, row)
    head = {"position": position, "now": instant(now_us), "next": following}
    return joined(await spelled(head, "readings", rows, pace), headers=headers)


def find_device(catalogue: Catalogue, device_id: str) -> Device:
    """Return a device by its id.

    Args:
        catalogue: where it is.
        device_id: its id.

    Raises:
        RequestError: if there is none; names close ones.
    """
    device = catalogue.devices.get(device_id)
    if device is not None:
        return device
    close = _close_ids(catalogue, device_id)
    hint = f" Close: {', '.join(close)}." if close else " GET /api/v1/devices lists all."
    message = f"There is no device {device_id[:200]!r}.{hint}"
    raise RequestError("unknown_device", message, field="device", status=404)


def _close_ids(catalogue: Catalogue, device_id: str) -> list[str]:
    """Return up to three ids that somebody may have meant: of the same place, or with the same last level."""
    place, _, last = device_id.rpartition("/")
    siblings: dict[str, str] = {}
    if not any(mark in device_id for mark in "+#"):
        for device in islice(catalogue.tree.match(f"{place}/+" if place else "+"), _SIBLINGS):
            siblings.setdefault(device.id.rpartition("/")[2][:_COMPARED].casefold(), device.id)
    # Only what differs is compared: the cost grows with the square of the length.
    close = difflib.get_close_matches(last[:_COMPARED].casefold(), siblings, n=3, cutoff=0.6)
    named = [siblings[text] for text in close]
    ending = "/" + last
    same = (known for known in islice(catalogue.devices, _LOOKED_AT) if known.endswith(ending))
    return [*named, *(known for known in islice(same, 3) if known not in named)][:3]


async def _page(
    catalogue: Catalogue,
    query: SeriesQuery | LatestQuery,
    pace: Pace,
    matching: Callable[[Device], Callable[[Series], bool]],
    row: Callable[[Series], dict[str, Any]],
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of rows and the cursor of the next; rows are made as they are found, between two rests."""
    after = _start(query.cursor, 2)
    wants = Selection.of((), query.metrics or ("*",)).wants_metric
    rows: list[dict[str, Any]] = []
    for device in await in_order(await chosen(catalogue, query.devices, pace), after[0], pace):
        matches = matching(device)
        for series in _series_after(device, after):
            if pace.due:
                await pace.rest()
            if series.removed or not wants(series.metric) or not matches(series):
                continue
            if len(rows) == query.limit:
                return rows, cursor.encode(rows[-1]["device"], rows[-1]["metric"])
            rows.append(row(series))
    return rows, None


def _series_after(device: Device, after: tuple[str, ...]) -> list[Series]:
    """Return the series of a device after a place, in order."""
    ordered = sorted(device.series.values(), key=_metric)
    if device.id != after[0]:
        return ordered
    return [series for series in ordered if series.metric > after[1]]


def _start(text: str | None, parts: int) -> tuple[str, ...]:
    """Return the sort key after which a page begins."""
    if text is None:
        return ("",) * parts
    found = cursor.decode(text, parts)
    if found is None:
        raise RequestError("bad_parameter", "is not one this endpoint has given", field="cursor")
    return found


def _knows(request: Request, position: str) -> bool:
    """Return True if a request's ``If-None-Match`` names a position (RFC 9110 §13.1.2, weak comparison)."""
    tags = request.headers.get("if-none-match", "")
    return tags.strip() == "*" or any(tag.strip().removeprefix("W/") == f'"{position}"' for tag in tags.split(","))
