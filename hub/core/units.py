"""Units: one way to write each, and the texts that are a number with its unit.

A unit is a display form; :mod:`hub.core.conversion` converts values. A unit that is not known stays as it was written.

References:
    Normalisation G6 (normal forms) and G9 (the tokens that a scalar payload may end with).
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_UNIT_CHARACTERS = 32
"""A longer text under a key ``unit`` is prose, not a unit."""

_SPELLINGS = {
    "°C": "c cel celsius degc deg_c ºc ℃ degree_celsius degrees_celsius",
    "°F": "f fahrenheit degf deg_f ºf ℉ degree_fahrenheit degrees_fahrenheit",
    "K": "kelvin degk °k",
    "%": "percent pct",
    "s": "seconds second secs sec",
    "min": "minutes minute mins",
    "h": "hours hour hrs hr",
    "d": "days day",
    "ms": "milliseconds millisecond msec",
    "µs": "microseconds microsecond usec",
    "var": "var",
    "kvar": "kvar",
    "varh": "varh",
    "kvarh": "kvarh",
    "W": "watt watts",
    "kW": "kw kilowatt kilowatts",
    "Wh": "wh watthour watthours watt_hours",
    "kWh": "kwh kw·h kilowatthour kilowatthours kilowatt_hours",
    "VA": "va",
    "kVA": "kva",
    "V": "volt volts",
    "mV": "millivolt millivolts",
    "A": "amp amps ampere amperes",
    "mA": "milliamp milliamps milliampere milliamperes",
    "Hz": "hz hertz",
    "kHz": "khz",
    "Pa": "pa pascal",
    "hPa": "hpa hectopascal",
    "kPa": "kpa kilopascal",
    "mbar": "mbar millibar millibars",
    "psi": "psi",
    "mmHg": "mmhg mm_hg",
    "inHg": "inhg in_hg",
    "inH₂O": "inh2o",
    "lx": "lx lux",
    "ppm": "ppm",
    "ppb": "ppb",
    "°": "º deg degree degrees",
    "dB": "db decibel decibels",
    "dBm": "dbm",
    "dBA": "dba db(a)",
    "Ω": "ohm ohms",
    "pH": "ph",
    "rpm": "rpm r/min rev/min",
    "mm/h": "mm/hr",
    "in/h": "in/hr",
    "km/h": "km/h km/hr kmh kmph kph",
    "m/s": "mps m/sec",
    "mph": "mph mi/h mi/hr",
    "kn": "knot knots kts",
    "m": "meter meters metre metres",
    "km": "kilometer kilometers kilometre kilometres",
    "in": "inch inches",
    "ft": "foot feet",
    "yd": "yard yards",
    "mi": "mile miles",
    "L": "l liter liters litre litres",
    "mL": "ml milliliter milliliters",
    "gal": "gallon gallons",
    "fl oz": "fl._oz. fl._oz floz",
    "L/s": "l/s l/sec",
    "L/min": "l/min lpm",
    "L/h": "l/h l/hr",
    "m³/h": "m³/hr",
    "ft³": "cu_ft",
    "ft³/min": "cfm",
    "gal/min": "gpm",
    "kg": "kg kgs kilogram kilograms",
    "g": "gram grams",
    "lb": "lb lbs pound pounds",
    "oz": "ounce ounces",
    "B": "byte bytes",
}
"""Canonical symbols with other spellings of them, in lower case, blanks as ``_``. None is a symbol itself whose case
counts: ``mw`` may be ``mW`` or ``MW``, and ``w`` a week."""

_NORMAL_FORMS = {
    spelling.replace("_", " "): symbol for symbol, spellings in _SPELLINGS.items() for spelling in spellings.split()
}

_TOKENS = (
    "°C °F % V A W Wh kWh kW hPa Pa mbar "
    "mmHg lx ppm ppb dBm dB Hz s seconds min h ms m cm mm km/h m/s L m³ µg/m³ K VA var"
)

_MICRO = str.maketrans({"μ": "µ"})
"""The Greek letter looks like the micro sign and is meant as it."""
_ALIKE = str.maketrans({"μ": "µ", "\u2126": "Ω", "\u22c5": "·", "\u2219": "·", "\u00a0": " "})
"""Other characters too look like those of symbols: the ohm sign, operators for multiplication, the hard blank."""

_POWERS = {"2": "²", "3": "³"}
_POWER = re.compile(r"(?<=[a-z])\^?([23])(?=$|[/·)])", re.IGNORECASE | re.ASCII)
_POWERED = re.compile(r"(?:(?:[µu]|[kmcdn])?(?:g|m|mol|W|V|S|N|J|L|l|lx|lm|ft|in|yd|mi|CFU|BTU)|[hs]|/|·|\(|\)|[²³])+")
"""Products and quotients of such units are written with powers: ``ug/m3``, ``m^3/h``, ``W/m2``, ``BTU/(h·ft2)``."""
_MICRO_PREFIX = re.compile(r"(?<![A-Za-z])u(?=(?:[gmsVAWSFHJL]|Pa|bar|mol)(?![A-Za-z]))")
"""``ug``, ``uS/cm``: the micro sign is on few keyboards."""

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
    unit = text.strip().translate(_ALIKE)
    if not unit or len(unit) > MAX_UNIT_CHARACTERS or not unit.isprintable():
        return None
    found = _NORMAL_FORMS.get(unit.lower())
    if found is not None:
        return found
    unit = _MICRO_PREFIX.sub("µ", unit)
    powered = _POWER.sub(lambda match: _POWERS[match[1]], unit)
    if powered != unit and _POWERED.fullmatch(powered):
        unit = powered
    return _NORMAL_FORMS.get(unit.lower(), unit)


def spellings(symbol: str) -> list[str]:
    """Return how else a symbol is written, in lower case; what only has its powers or micro sign typed is left out.

    Args:
        symbol: canonical.
    """
    return [spelling for spelling, found in _NORMAL_FORMS.items() if found == symbol]


def split_number(text: str) -> tuple[str, str] | None:
    """Return the number and the canonical unit of a text such as ``21.5 °C``, None if it is not of that form.

    Args:
        text: trimmed.
    """
    found = _NUMBER_AND_UNIT.fullmatch(text.translate(_MICRO))
    if found is None:
        return None
    return found[1], canonical(found[2]) or found[2]
