"""Scales: which units measure the same, so that ``temperature>176 °F`` finds what is measured in °C."""

from __future__ import annotations

from hub.core.units import canonical

_TABLE: dict[str, tuple[str, float, float]] = {}
"""Symbol → (quantity, factor, offset); ``factor * value + offset`` is in the quantity's first unit."""


def _define(quantity: str, **symbols: float) -> None:
    """Enter symbols that differ by a factor only."""
    for symbol, factor in symbols.items():
        _TABLE[symbol] = (quantity, factor, 0.0)


_TABLE |= {
    "°C": ("temperature", 1.0, 0.0),
    "°F": ("temperature", 5 / 9, -160 / 9),
    "K": ("temperature", 1.0, -273.15),
    "%": ("share", 1.0, 0.0),
    "m/s": ("speed", 1.0, 0.0),
    "km/h": ("speed", 1 / 3.6, 0.0),
    "mph": ("speed", 0.44704, 0.0),
    "kn": ("speed", 1852 / 3600, 0.0),
    "m³": ("volume", 1000.0, 0.0),
    "m³/h": ("flow", 1.0, 0.0),
    "L/min": ("flow", 0.06, 0.0),
    "L/h": ("flow", 0.001, 0.0),
    "L/s": ("flow", 3.6, 0.0),
    "µg/m³": ("concentration", 1.0, 0.0),
    "mg/m³": ("concentration", 1000.0, 0.0),
}
_define("power", mW=0.001, W=1, kW=1e3, MW=1e6, GW=1e9)
_define("apparent power", VA=1, kVA=1e3, MVA=1e6)
_define("reactive power", var=1, kvar=1e3)
_define("energy", Wh=1, kWh=1e3, MWh=1e6, GWh=1e9, J=1 / 3600, kJ=1 / 3.6, MJ=1e3 / 3.6, GJ=1e6 / 3.6)
_define("voltage", mV=0.001, V=1, kV=1e3)
_define("current", mA=0.001, A=1)
_define("frequency", Hz=1, kHz=1e3, MHz=1e6, rpm=1 / 60)
_define("pressure", Pa=1, hPa=100, mbar=100, kPa=1e3, bar=1e5, psi=6894.757, mmHg=133.322, inHg=3386.389)
_define("length", mm=0.001, cm=0.01, m=1, km=1e3, ft=0.3048, mi=1609.344)
_define("mass", g=1, kg=1e3, t=1e6, lb=453.59237)
_define("volume", mL=0.001, L=1)
_define("duration", ms=0.001, s=1, min=60, h=3600, d=86400)
_define("illuminance", lx=1)
_define("mixing ratio", ppb=0.001, ppm=1)
_define("data", B=1, kB=1e3, MB=1e6, GB=1e9, KiB=1024, MiB=1024**2, GiB=1024**3)
_define("level", dB=1)
_define("radio level", dBm=1)

_SPELLINGS = {"m3": "m³", "m3/h": "m³/h", "ug/m3": "µg/m³", "ug/m³": "µg/m³", "c": "°C", "f": "°F"}
_FOLDED: dict[str, str] = {}
for _symbol in _TABLE:
    _FOLDED[_symbol.casefold()] = "" if _symbol.casefold() in _FOLDED else _symbol


def known(text: str) -> str | None:
    """Return the symbol that somebody means, None if it is none that is known.

    Args:
        text: as it was typed; the case counts only where it has to (``mW`` and ``MW``).
    """
    text = canonical(text) or ""
    if text in _TABLE:
        return text
    folded = text.casefold()
    return _SPELLINGS.get(folded) or _FOLDED.get(folded) or None


def converted(value: float, unit: str, target: str | None) -> float | None:
    """Return a value in another unit, None if the two measure different things.

    Args:
        value: in ``unit``.
        unit: a symbol that :func:`known` gives.
        target: the unit of a series, whatever it is.
    """
    if unit == target:
        return value
    source, wanted = _TABLE.get(unit), _TABLE.get(target or "")
    if source is None or wanted is None or source[0] != wanted[0]:
        return None
    return (source[1] * value + source[2] - wanted[2]) / wanted[1]
