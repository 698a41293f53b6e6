"""Instants: the hub's integer microseconds as the RFC 3339 times that the HTTP API speaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_US = 253_402_300_800_000_000
"""The end of the year 9999: later years have more than four digits."""


def instant(us: int) -> datetime | None:
    """Return a time as orjson and pydantic write it; None where there is none, or none of four digits.

    Args:
        us: microseconds since 1970 UTC; negative or 0 where nothing happened yet.
    """
    return EPOCH + timedelta(microseconds=us) if 0 < us < END_US else None


def clamped(us: int) -> datetime:
    """Return a time that there was, as :func:`instant` does; beyond its range the nearest end of that.

    Args:
        us: microseconds since 1970 UTC.
    """
    return EPOCH + timedelta(microseconds=min(max(us, 1), END_US - 1))


def dumps(answer: object) -> bytes:
    """Return an answer as JSON, its times in UTC with a ``Z`` and up to microseconds.

    Args:
        answer: of dicts, lists, values and times.

    References:
        RFC 3339.
    """
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)
