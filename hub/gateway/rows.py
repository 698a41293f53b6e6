"""Rows: devices, series and readings as the HTTP API tells them; plain dicts, for there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.gateway.instants import instant

if TYPE_CHECKING:
    from hub.core.model import Device, Series

MICROSECONDS = 1_000_000


def seconds(us: int | None) -> float | None:
    """Return a duration in seconds.

    Args:
        us: in microseconds, None if unknown.
    """
    return None if us is None else us / MICROSECONDS


def last_seen_us(device: Device) -> int:
    """Return when a device was last heard live, 0 if never.

    Args:
        device: any device.
    """
    return max((series.heard_us for series in device.series.values()), default=0)


def place_of(device: Device) -> str | None:
    """Return where a device is: a friendly place, else its id without the last level.

    Args:
        device: any device.
    """
    return device.place or device.id.rpartition("/")[0] or None


def device_row(device: Device) -> dict[str, Any]:
    """Return a device as :class:`hub.gateway.answers.DeviceRow` has it.

    Args:
        device: any device.
    """
    return {
        "device": device.id,
        "source": device.source,
        "name": device.name,
        "place": place_of(device),
        "model": device.model,
        "status": device.status,
        "status_since": instant(device.status_us),
        "status_reason": device.status_reason,
        "last_seen": instant(last_seen_us(device)),
        "info": device.info,
        "metrics": len(device.series),
    }


def has_value(series: Series) -> bool:
    """Return True if a series has a latest reading.

    Args:
        series: any series.
    """
    return series.value is not None and series.time_us >= 0


def reading_row(series: Series) -> dict[str, Any] | None:
    """Return a latest reading as :class:`hub.gateway.answers.LatestReading` has it, None while there is none.

    Args:
        series: any series.
    """
    if not has_value(series):
        return None
    return {
        "value": series.value,
        "time": instant(max(series.time_us, 1)),
        "received": instant(max(series.received_us, 1)),
        "quality": series.stale or series.quality or "good",
    }


def series_row(series: Series) -> dict[str, Any]:
    """Return a series as :class:`hub.gateway.answers.SeriesRow` has it.

    Args:
        series: any series.
    """
    return {
        "device": series.device.id,
        "metric": series.metric,
        "unit": series.unit,
        "datatype": series.datatype,
        "kind": series.kind,
        "name": series.name,
        "cadence_s": seconds(series.cadence_us),
        "latest": reading_row(series),
    }


def latest_row(series: Series) -> dict[str, Any]:
    """Return a latest reading as :class:`hub.gateway.answers.LatestRow` has it.

    Args:
        series: one that has a value.
    """
    return {
        "device": series.device.id,
        "metric": series.metric,
        "value": series.value,
        "unit": series.unit,
        "time": instant(max(series.time_us, 1)),
        "received": instant(max(series.received_us, 1)),
        "quality": series.stale or series.quality or "good",
        "datatype": series.datatype,
    }
