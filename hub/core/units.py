"""Units: one way to write each, and the texts that are a number with its unit.

A unit is a display form; no value is ever converted here. A unit that is not known stays as the device wrote it.

References:
    Normalisation G6 (normal forms) and G9 (the tokens that a scalar payload may end with).
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_UNIT_CHARACTERS = 32
"""A longer text under a key ``unit`` is prose, not a unit."""

_NORMAL_FORMS = {
    "c": "°C",
    "cel": "°C",
    "°c": "°C",
    "℃": "°C",
    "celsius": "°C",
    "f": "°F",
    "°f": "°F",
    "℉": "°F",
    "var": "var",
    "seconds": "s",
    "percent": "%",
}

_TOKENS = (
    "°C °F % V A W Wh kWh kW hPa Pa mbar "
    "mmHg lx ppm ppb dBm dB Hz s seconds min h ms m cm mm km/h m/s L m³ µg/m³ K VA var"
)

_MICRO = str.maketrans({"μ": "µ"})
"""The Greek letter looks like the micro sign and is meant as it."""

NUMBER = r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?"
"""How a number is written in text (normalisation G5)."""

_NUMBER_AND_UNIT = re.compile(
    rf"({NUMBER})[ \u00a0]?({'|'.join(re.escape(token) for token in sorted(_TOKENS.split(), key=len, reverse=True))})",
    re.ASCII,
)


def canonical(text: str) -> str | None:
    """Return the one way to write a unit, None if the text is empty or no unit at all.

    Args:
        text: as the device or its ecosystem writes it.
    """
    return _canonical(text) if len(text) <= 2 * MAX_UNIT_CHARACTERS else None


@lru_cache(maxsize=1024)
def _canonical(text: str) -> str | None:
    """Return the one way to write a short text; short, because the cache keeps it."""
    unit = text.strip().translate(_MICRO)
    if not unit or len(unit) > MAX_UNIT_CHARACTERS or not unit.isprintable():
        return None
    return _NORMAL_FORMS.get(unit.lower(), unit)


def split_number(text: str) -> tuple[str, str] | None:
    """Return the number and the canonical unit of a text such as ``21.5 °C``, None if it is not of that form.

    Args:
        text: trimmed.
    """
    found = _NUMBER_AND_UNIT.fullmatch(text.translate(_MICRO))
    if found is None:
        return None
    return found[1], canonical(found[2]) or found[2]
