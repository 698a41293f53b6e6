"""Instants: the hub's integer microseconds as the RFC 3339 times that the HTTP API speaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_9999_US = 253_402_300_800_000_000


def instant(us: int) -> datetime | None:
    """Return a time as orjson and pydantic write it; None where there is none, or none of four digits.

    Args:
        us: microseconds since 1970 UTC; negative or 0 where nothing happened yet.
    """
    return _EPOCH + timedelta(microseconds=us) if 0 < us < _YEAR_9999_US else None


def dumps(answer: object) -> bytes:
    """Return an answer as JSON, its times in UTC with a ``Z`` and up to microseconds.

    Args:
        answer: of dicts, lists, values and times.

    References:
        RFC 3339.
    """
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)
