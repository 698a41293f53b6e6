"""Times: which values are a time, and what microsecond they mean.

References:
    Normalisation G8 (recognition), G14 (plausibility). ISO 8601 as RFC 3339 profiles it, blanks and short offsets too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

EARLIEST_US: Final = 946_684_800_000_000
"""2000-01-01T00:00:00Z; whoever says less has a clock that was never set."""
LATEST_EPOCH_US: Final = 4_102_444_800_000_000
"""2100-01-01T00:00:00Z: a number in a text that says more is no time."""
AHEAD_US: Final = 60_000_000
"""How far a device's clock may be ahead of the hub's before it is not believed."""

CLOCK_AHEAD: Final = "uncertain:clock"
"""Quality of a reading whose device's clock is not believed (G14)."""

UNSET: Final = -1
"""It is a time, but nobody can say which: a clock that was never set. What is below it is local time: minus the
microseconds from 1970 to what the wall clock showed. Only who knows the zone can say which moment that was
(:func:`absolute`)."""

_SECONDS_BELOW, _MILLISECONDS_BELOW, _MICROSECONDS_BELOW = 10**11, 10**14, 10**17
_NANOSECONDS_BELOW = 2**63
_NUMERIC = re.compile(r"\d{1,20}+(?:\.\d{0,12})?", re.ASCII)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,12})?)? ?(?:[Zz]|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?",
    re.ASCII,
)
_AFTER_DATE = 11
_SECOND = slice(17, 19)
"""Where the time of day and the second stand in such a text."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a wall clock shows has no zone
_MICROSECOND = timedelta(microseconds=1)
_LEAP_SECOND = "60"
_LEAP_US = 1_000_000


def parse(value: object) -> int | None:
    """Return the microsecond that a value means, :data:`UNSET` for a time without one, None if it is no full time.

    A local time of a zone that the value does not name is below :data:`UNSET`.

    Args:
        value: a JSON scalar; of a number, the magnitude tells the unit.
    """
    moment: float
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if value < _SECONDS_BELOW:
        moment = value * 1_000_000
    elif value < _MILLISECONDS_BELOW:
        moment = value * 1000
    elif value < _MICROSECONDS_BELOW:
        moment = value
    elif value < _NANOSECONDS_BELOW:
        moment = value // 1000
    else:
        return None
    if moment < EARLIEST_US:
        return UNSET
    return moment if isinstance(moment, int) else round(moment)


def first(*candidates: object) -> int | None:
    """Return the first of some times that was ever set, as :func:`best` does.

    Args:
        candidates: values that may be times, the most telling first.
    """
    return best(map(parse, candidates))


def best(moments: Iterable[int | None]) -> int | None:
    """Return the first moment, else the first local time, None if there is neither.

    Args:
        moments: as :func:`parse` gives them, the most telling first.
    """
    local_us = None
    for moment_us in moments:
        if moment_us is not None and moment_us != UNSET:
            if moment_us > UNSET:
                return moment_us
            local_us = local_us or moment_us
    return local_us


def absolute(local_us: int, zone: tzinfo | None, near_us: int) -> int:
    """Return the moment of a local time, :data:`UNSET` where the zone is not known.

    The hour that a clock shows twice when summer ends is the one that is nearer.

    Args:
        local_us: below :data:`UNSET`.
        zone: whose time it is, None if nobody knows.
        near_us: when it was received.
    """
    if zone is None:
        return UNSET
    shown = _SHOWN_EPOCH - timedelta(microseconds=local_us)
    moments = ((shown.replace(tzinfo=zone, fold=fold) - _EPOCH) // _MICROSECOND for fold in (0, 1))
    return min(moments, key=lambda moment_us: abs(moment_us - near_us))


def _text(text: str) -> int | None:
    """Return the microsecond of a numeric text or an ISO 8601 time."""
    trimmed = text.strip()
    if _NUMERIC.fullmatch(trimmed):
        return parse(float(trimmed) if "." in trimmed else int(trimmed))
    if _ISO.fullmatch(trimmed) is None:
        return None
    try:
        return _since_1970(datetime.fromisoformat(trimmed))
    except ValueError:
        return _iso(trimmed)


def _iso(text: str) -> int | None:
    """Return the microsecond of an ISO 8601 time as Python does not read it: with a leap second, or UTC in letters.

    None where a field is out of range.
    """
    date, rest = text[:_AFTER_DATE], text[_AFTER_DATE:].upper().replace(" ", "")
    rest = rest.replace("UTC", "Z").replace("GMT", "Z")
    is_leap = text[_SECOND] == _LEAP_SECOND
    if is_leap:
        rest = rest.replace(":60", ":59", 1)
    try:
        return _since_1970(datetime.fromisoformat(date + rest), _LEAP_US if is_leap else 0)
    except ValueError:
        return None


def _since_1970(moment: datetime, more_us: int = 0) -> int:
    """Return the microsecond of a moment, below :data:`UNSET` that of a wall clock whose zone is not told."""
    is_local = moment.tzinfo is None
    since = moment - (_SHOWN_EPOCH if is_local else _EPOCH)
    moment_us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds + more_us
    if moment_us < EARLIEST_US:
        return UNSET
    return -moment_us if is_local else moment_us
