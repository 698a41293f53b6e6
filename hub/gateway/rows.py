"""Rows: devices, series and readings as the HTTP API tells them; plain dicts, for there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.core.conversion import scale_of
from hub.core.model import Datatype
from hub.gateway.instants import clamped, instant

if TYPE_CHECKING:
    from hub.core.conversion import Conversion
    from hub.core.model import Device, Series, Value
    from hub.history.model import SeriesRow

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
        "clock_skew_s": seconds(device.skew_us),
        "info": device.info,
        "metrics": len(device.series),
    }


def has_value(series: Series) -> bool:
    """Return True if a series has a latest reading.

    Args:
        series: any series.
    """
    return series.value is not None and series.time_us >= 0


def conversion_of(series: Series | SeriesRow, units: str | None) -> Conversion | None:
    """Return what a system of units makes of a series' numbers, None if it leaves them alone.

    Args:
        series: any series, of the present or of history.
        units: the system, None if nobody asks for one.
    """
    scale = None if units is None else scale_of(series.unit, series.kind)
    return None if scale is None or units is None else scale.to.get(units)


def converted(value: Value | None, conversion: Conversion | None) -> Value | None:
    """Return a value in the units that were asked for; what is no number stays.

    Args:
        value: of a series, None where it has none.
        conversion: into those units; None leaves all as it is.
    """
    if conversion is None or isinstance(value, (bool, str)) or value is None:
        return value
    return conversion.of(value)


def datatype_of(series: Series | SeriesRow, conversion: Conversion | None) -> str:
    """Return the type of a series' values; integers become floats where they are converted.

    Args:
        series: any series, of the present or of history.
        conversion: into the units that were asked for.
    """
    if conversion is not None and series.datatype == Datatype.INTEGER:
        return Datatype.FLOAT
    return series.datatype


def reading_row(series: Series, conversion: Conversion | None = None) -> dict[str, Any] | None:
    """Return a latest reading as :class:`hub.gateway.answers.LatestReading` has it, None while there is none.

    Args:
        series: any series.
        conversion: into the units that were asked for.
    """
    if not has_value(series):
        return None
    return {
        "value": converted(series.value, conversion),
        "time": clamped(series.time_us),
        "received": clamped(series.received_us),
        "quality": series.stale or series.quality or "good",
    }


def series_row(series: Series, *, units: str | None = None) -> dict[str, Any]:
    """Return a series as :class:`hub.gateway.answers.SeriesRow` has it.

    Args:
        series: any series.
        units: the system that numbers are converted into.
    """
    conversion = conversion_of(series, units)
    return {
        "device": series.device.id,
        "metric": series.metric,
        "unit": series.unit if conversion is None else conversion.unit,
        "datatype": datatype_of(series, conversion),
        "kind": series.kind,
        "name": series.name,
        "cadence_s": seconds(series.cadence_us),
        "latest": reading_row(series, conversion),
    }


def latest_row(series: Series, *, units: str | None = None) -> dict[str, Any]:
    """Return a latest reading as :class:`hub.gateway.answers.LatestRow` has it.

    Args:
        series: one that has a value.
        units: the system that numbers are converted into.
    """
    conversion = conversion_of(series, units)
    return {
        "device": series.device.id,
        "metric": series.metric,
        "value": converted(series.value, conversion),
        "unit": series.unit if conversion is None else conversion.unit,
        "time": clamped(series.time_us),
        "received": clamped(series.received_us),
        "quality": series.stale or series.quality or "good",
        "datatype": datatype_of(series, conversion),
    }
