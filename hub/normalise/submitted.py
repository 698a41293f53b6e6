"""Submitted readings: what programs hand over by name and value, without a message that would have to be decoded.

The same rules hold as for what devices publish, with one difference: who submits is there to be told. So a time that
cannot be believed is refused, where a message's would be replaced by the receive time.

References:
    Normalisation G0 (characters of device ids), G14 (plausible time), G15 (admissible values).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core.model import Mark, Rejection
from hub.core.units import canonical
from hub.normalise.names import clean_device
from hub.normalise.naming import device_fault, metric_fault
from hub.normalise.times import AHEAD_US, EARLIEST_US
from hub.normalise.values import datatype, fault, fit

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.core.model import Reading, Value

SOURCE: Final = "http"
"""The source of devices that were first heard of in this way."""
LIVE_US: Final = 60_000_000
"""What was measured longer ago says nothing about whether its device is there now."""
MAX_UNIT_CHARACTERS: Final = 64
_QUALITY: Final = re.compile(r"(?:uncertain|bad)(?::[a-z0-9_]{1,32})?")
_GOOD: Final = (None, "", "good")
_STORED: Final = int(Mark.RETAINED)


class Submitted(NamedTuple):
    """One reading as it was handed over.

    Args:
        device: the device's id in the hub.
        metric: dotted name.
        value: of any admissible type.
        unit: as it was written, None if nobody told it.
        time_us: when it was measured, None for now.
        quality: ``good``, ``uncertain``, ``bad``, the latter two with a reason after a colon if there is one.
    """

    device: str
    metric: str
    value: Value
    unit: str | None = None
    time_us: int | None = None
    quality: str | None = None


def admit(row: Submitted, catalogue: Catalogue, received_us: int, *, oldest_us: int = 0) -> Reading | Rejection:
    """Return the reading of a row, its device and series introduced now if they are new, or why it is refused.

    Args:
        row: as it was handed over.
        catalogue: knows, or takes, the device and series.
        received_us: the hub's time.
        oldest_us: readings before this are not kept any more.

    Returns:
        The reading; or a rejection whose ``path`` is the field that is wrong.
    """
    refused = _name_fault(row) or _value_fault(row) or _time_fault(row, received_us, oldest_us)
    if refused is not None:
        return refused
    value = (fit(row.value) or 0) if type(row.value) is int else row.value
    time_us = received_us if row.time_us is None else row.time_us
    device = catalogue.device(row.device, SOURCE)
    if device is None:
        return Rejection("limit", "is new, and a limit is reached; see [limits]", "device")
    unit = canonical(row.unit) if row.unit and type(value) in (int, float) else None
    series = catalogue.series_of(device, row.metric, unit=unit, datatype=datatype(value))
    if series is None:
        return Rejection("limit", "is new, and a limit is reached; see [limits]", "metric")
    quality = None if row.quality in _GOOD else row.quality
    mark = _STORED if received_us - time_us > LIVE_US else 0
    return series.key, time_us, value, quality, received_us, mark


def _name_fault(row: Submitted) -> Rejection | None:
    """Return why a row's names cannot be taken."""
    device, metric = row.device, row.metric
    if not device or clean_device(device) != device:
        return Rejection("bad_name", "has 1 to 1,024 bytes, and neither + nor # nor control characters", "device")
    if not metric or not metric.isprintable() or metric != metric.strip():
        return Rejection("bad_name", "has 1 to 512 bytes of printable characters", "metric")
    found = device_fault(device)
    if found is not None:
        return Rejection(found.reason, found.detail, "device")
    found = metric_fault(metric)
    return None if found is None else Rejection(found.reason, found.detail, "metric")


def _value_fault(row: Submitted) -> Rejection | None:
    """Return why a row's value, unit or quality cannot be taken."""
    found = fault(row.value)
    if found is not None:
        return Rejection(found.reason, found.detail, "value")
    if row.unit and (len(row.unit) > MAX_UNIT_CHARACTERS or not row.unit.isprintable()):
        return Rejection("bad_unit", f"has at most {MAX_UNIT_CHARACTERS} printable characters", "unit")
    if row.quality not in _GOOD and _QUALITY.fullmatch(row.quality or "") is None:
        return Rejection("bad_quality", "is good, uncertain or bad, with a reason after a colon", "quality")
    return None


def _time_fault(row: Submitted, received_us: int, oldest_us: int) -> Rejection | None:
    """Return why a row's time cannot be believed."""
    time_us = row.time_us
    if time_us is None:
        return None
    if time_us < EARLIEST_US:
        return Rejection("bad_time", "is before 2000, or names no zone", "time")
    if time_us > received_us + AHEAD_US:
        return Rejection("time_ahead", "is more than a minute ahead of the hub's clock", "time")
    if time_us < oldest_us:
        return Rejection("too_late", "is older than what is kept; see history.raw_retention", "time")
    return None
