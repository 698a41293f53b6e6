"""Moments: the times that a request may name, in any of the ways people and programs write them.

References:
    RFC 3339.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from hub.gateway.instants import END_US, EPOCH

_UNITS_S: Final = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_RELATIVE: Final = re.compile(r"([+-])([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|min|m|h|d|w|y)")
_NUMBER: Final = re.compile(r"[0-9]{1,14}(?:\.[0-9]{1,6})?")
_MILLISECONDS_FROM: Final = 100_000_000_000
"""Greater numbers are milliseconds: as seconds they would be after the year 5138."""

HELP: Final = "RFC 3339 (2026-01-31T08:00:00Z), Unix seconds or milliseconds, now, or relative to it (-15m, -24h, -7d)"


def moment_us(text: str, now_us: int) -> int | None:
    """Return a time in microseconds since 1970 UTC, None if the text is none.

    Args:
        text: what a request says; a time without a zone is UTC.
        now_us: what relative times are relative to.
    """
    if text == "now":
        return now_us
    relative = _RELATIVE.fullmatch(text.replace(" ", "+", 1) if text.startswith(" ") else text)
    if relative is not None:
        sign, number, unit = relative.groups()
        away_us = round(float(number) * _UNITS_S[unit] * 1_000_000)
        found = now_us + (away_us if sign == "+" else -away_us)
        return found if 0 <= found < END_US else None
    if _NUMBER.fullmatch(text):
        number_s = float(text)
        found = round(number_s * (1000 if number_s >= _MILLISECONDS_FROM else 1_000_000))
        return found if found < END_US else None
    try:
        # A "+" that was not escaped in a URL comes as a space.
        told = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    found = (told - EPOCH) // timedelta(microseconds=1)
    return found if 0 <= found < END_US else None
