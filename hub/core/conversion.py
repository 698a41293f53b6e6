"""Conversion: values in another system of units, for those who ask for it; nothing is ever stored converted.

::

    SI        coherent SI units without prefixes, ready for formulas: K, m, kg, s, Pa, J, W, m/s, m³, kg/m³, …
    metric    what is in customary units of the United States, in the metric unit of about its size: °F → °C, mph → km/h
    imperial  what is metric, in the customary unit of the United States of about its size: °C → °F, km/h → mph, L → gal

A unit that a system leaves alone, one that is not known, and anything that is no number passes through as it is. So do
angles, shares and levels (``°``, ``%``, ``ppm``, ``dB``) in every system.

A difference has no zero point: what is of the kind ``temperature_delta`` is scaled only. Where a symbol means several
things (``g`` may be a mass or an acceleration, ``K`` the colour of a lamp) the kind must say which.

References:
    :mod:`hub.core.factors` for the factors and their source; docs/adr/0017.
"""

from __future__ import annotations

import math
import sys
from enum import StrEnum
from fractions import Fraction
from functools import cache

from hub.core.factors import FACTORS
from hub.core.units import canonical


class System(StrEnum):
    """A system of units that values can be asked for in."""

    SI = "SI"
    METRIC = "metric"
    IMPERIAL = "imperial"


_COHERENT = (
    "K K/s m m² m³ m³/s m/s m/s² kg kg/m³ Pa J W VA var W/m² V A S/m Ω Hz s lx".split()  # noqa: SIM905 - symbols as read
)
"""Reference units of the quantities that SI converts."""

_METRIC = {
    "°C": "°F K",
    "°C/s": "°F/s K/s",
    "°C/h": "°F/h K/h",
    "°C/min": "°F/min K/min",
    "mm": "in",
    "m": "ft yd",
    "km": "mi nmi",
    "cm²": "in²",
    "m²": "ft² yd²",
    "ha": "ac",
    "km²": "mi²",
    "m³": "ft³ CCF MCF",
    "L": "gal qt pt",
    "mL": "fl_oz",
    "m³/h": "ft³/min",
    "L/min": "gal/min",
    "L/h": "gal/h gal/d",
    "km/h": "mph kn",
    "m/s": "ft/s",
    "m/min": "ft/min",
    "mm/s": "in/s",
    "mm/h": "in/h",
    "mm/d": "in/d",
    "m/s²": "ft/s²",
    "g": "oz",
    "kg": "lb st",
    "µg/m³": "µg/ft³",
    "kPa": "psi",
    "hPa": "inHg",
    "Pa": "inH₂O",
    "kJ": "BTU",
    "W": "BTU/h",
    "kW": "hp",
    "W/m²": "BTU/(h·ft²)",
    "km/kWh": "mi/kWh",
}
_IMPERIAL = {
    "°F": "°C K",
    "°F/s": "°C/s K/s",
    "°F/h": "°C/h K/h",
    "°F/min": "°C/min K/min",
    "in": "mm cm",
    "ft": "dm m",
    "mi": "km",
    "in²": "mm² cm²",
    "ft²": "m²",
    "ac": "ha",
    "mi²": "km²",
    "ft³": "m³",
    "gal": "L hL",
    "fl_oz": "mL cL dL",
    "ft³/min": "m³/h m³/min m³/s",
    "gal/min": "L/min L/s",
    "gal/h": "L/h",
    "mph": "km/h m/s",
    "ft/min": "m/min",
    "in/s": "mm/s cm/s",
    "in/h": "mm/h",
    "in/d": "mm/d",
    "ft/s²": "m/s²",
    "oz": "g",
    "lb": "kg t",
    "inHg": "hPa mbar",
    "psi": "Pa kPa MPa bar cbar",
    "mi/kWh": "km/kWh",
}
"""Units with those that become them; ``_`` stands for a blank."""

_BY_KIND: dict[tuple[System, str], dict[str, str]] = {
    (System.IMPERIAL, "atmospheric_pressure"): {"inHg": "Pa hPa kPa mbar cbar bar"},
}
"""What a kind of series has instead."""

_ONLY = {
    "K": frozenset({"temperature", "temperature_delta"}),
    "g": frozenset({"weight"}),
    "t": frozenset({"weight"}),
}
"""Symbols that mean several things, with the kinds under which they are converted."""

_DELTA = "temperature_delta"

_LEAST, _MORE, _MOST = 6, 2, 15
"""Digits that a converted number has at least; more than it was written with characters; that a float holds."""
_ROUNDED = tuple(f"%.{min(max(_LEAST, length + _MORE), _MOST)}g" for length in range(32))
"""How a converted number is rounded, by the length of what was sent; no number is written with more characters."""


class Conversion:
    """One unit in another: ``factor · value + offset``, with the factors as exact as a float can be.

    Args:
        unit: the target.
        factor: exact.
        offset: exact.
    """

    __slots__ = ("_factor", "_offset", "unit")

    def __init__(self, unit: str, factor: Fraction, offset: Fraction) -> None:
        self.unit = unit
        self._factor = float(factor)
        self._offset = float(offset)

    def exactly(self, value: float) -> float:
        """Return a value in the target unit with all the digits that the arithmetic gives, for comparisons.

        Args:
            value: finite.
        """
        return value * self._factor + self._offset

    def of(self, value: float) -> float:
        """Return a value in the target unit, with about three significant digits more than were sent, at least six.

        So rounding does not show in what is computed from it, and noise (70.69999999999999) does not show at all.

        Args:
            value: finite; what exceeds the largest float becomes that.
        """
        result = float(_ROUNDED[len(repr(abs(value)))] % (value * self._factor + self._offset))
        return result + 0.0 if math.isfinite(result) else math.copysign(sys.float_info.max, result)


class Scale:
    """What becomes of a unit in each system.

    Args:
        to: by the system's name, without those that leave it alone.
    """

    __slots__ = ("to",)

    def __init__(self, to: dict[str, Conversion]) -> None:
        self.to = to


def scale_of(unit: str | None, kind: str | None) -> Scale | None:
    """Return what becomes of a series' values in each system, None if all leave them alone; the same object each time.

    Args:
        unit: as the series has it, None if nobody told it; some ecosystems keep spellings of their own (``ug/m3``).
        kind: see :mod:`hub.core.kinds`.
    """
    if unit is not None and unit not in FACTORS:
        unit = canonical(unit)
    return _scale(unit, kind) if unit in FACTORS else None


@cache
def _scale(unit: str, kind: str | None) -> Scale | None:
    """Return the scale of a known unit; there are few of these and few kinds."""
    to = {}
    for system in System:
        target = _target(unit, kind, system)
        if target is not None and target != unit:
            to[system.value] = _between(unit, target, delta=kind == _DELTA)
    return Scale(to) if to else None


def _target(unit: str, kind: str | None, system: System) -> str | None:
    """Return the unit that a system has for another, None if it leaves it alone."""
    only = _ONLY.get(unit)
    if only is not None and kind not in only:
        return None
    if system is System.SI:
        return _REFERENCES.get(FACTORS[unit][0])
    of_kind = _turned(_BY_KIND.get((system, kind or ""), {}))
    return of_kind.get(unit) or _TARGETS[system].get(unit)


def _turned(table: dict[str, str]) -> dict[str, str]:
    """Return a table that leads from each unit to what it becomes."""
    pairs = ((source, target) for target, sources in table.items() for source in sources.split())
    return {source.replace("_", " "): target.replace("_", " ") for source, target in pairs}


_TARGETS = {System.METRIC: _turned(_METRIC), System.IMPERIAL: _turned(_IMPERIAL)}
_REFERENCES = {FACTORS[symbol][0]: symbol for symbol in _COHERENT}


@cache
def _between(unit: str, target: str, *, delta: bool) -> Conversion:
    """Return what leads from one unit to another of the same quantity."""
    (_, factor, offset), (_, other, start) = FACTORS[unit], FACTORS[target]
    ratio = Fraction(factor) / Fraction(other)
    return Conversion(target, ratio, Fraction(0) if delta else (Fraction(offset) - Fraction(start)) / Fraction(other))


def between(unit: str, target: str, *, delta: bool = False) -> Conversion | None:
    """Return what leads from one unit to another, None if they measure different things or one is not known.

    Args:
        unit: canonical symbol.
        target: likewise.
        delta: True for differences, which have no zero point.
    """
    source, wanted = FACTORS.get(unit), FACTORS.get(target)
    if source is None or wanted is None or source[0] != wanted[0]:
        return None
    return _between(unit, target, delta=delta)


_OTHERS = ("%", "°", "dB", "dBm", "dBA", "pH")
"""Known symbols of what is never converted."""
_FOLDED: dict[str, str] = {}
for _symbol in (*FACTORS, *_OTHERS):
    _FOLDED[_symbol.casefold()] = "" if _symbol.casefold() in _FOLDED else _symbol


def named(text: str) -> str | None:
    """Return the symbol that somebody means, None if it is none that is known.

    Args:
        text: as it was typed; the case counts only where it has to (``mW`` and ``MW``).
    """
    symbol = canonical(text) or ""
    if symbol in FACTORS or symbol in _OTHERS:
        return symbol
    return _FOLDED.get(symbol.casefold()) or None
