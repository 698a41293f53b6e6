"""Tasmota's units: which unit a key has, given the three that a document names itself.

References:
    Normalisation section 3; Tasmota documentation, hatasmota's table of quantities (facts, checked against both).
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from hub.core.units import canonical
from hub.normalise.flatten import Dialect

if TYPE_CHECKING:
    from hub.normalise.content import Json

TIMES: Final = ("epoch", "time")
"""Keys that tell the time, the most telling first."""

_TEMPERATURE, _PRESSURE, _SPEED = "TempUnit", "PressureUnit", "SpeedUnit"
_DECIDING = frozenset({_TEMPERATURE, _PRESSURE, _SPEED})
_IDENTITY = ("Device", "Name")
"""What a Zigbee device behind a bridge says of itself, beside its values."""
_MAX_DIALECTS = 256
"""Combinations of units that are kept; devices of one house have one or two."""

_DEGREES, _OWN_PRESSURE, _OWN_SPEED = "temperature", "pressure", "speed"
_NAMED = {
    "temperature": _DEGREES,
    "dew_point": _DEGREES,
    "heat_index": _DEGREES,
    "pressure": _OWN_PRESSURE,
    "sea_pressure": _OWN_PRESSURE,
    "speed": _OWN_SPEED,
}
"""Quantities whose unit stands in the document."""
_UNITS: dict[str, str] = {
    "humidity": "%",
    "moisture": "%",
    "battery": "%",
    "battery_percentage": "%",
    "illuminance": "lx",
    "ambient": "lx",
    "distance": "cm",
    "carbon_dioxide": "ppm",
    "e_co2": "ppm",
    "tvoc": "ppb",
    "voltage": "V",
    "current": "A",
    "power": "W",
    "power_usage": "W",
    "apparent_power": "VA",
    "reactive_power": "var",
    "frequency": "Hz",
    "phase_angle": "°",
    "uptime_sec": "s",
    "sleep": "ms",
    "load_avg": "%",
}
_EXACT = dict.fromkeys(("pm1", "pm2_5", "pm10", "cf1", "cf2_5", "cf10"), "µg/m³")
"""Quantities whose digits are part of the name."""
_METERS = ("energy", "analog")
_METERED: dict[str, str] = {
    "total": "kWh",
    "today": "kWh",
    "yesterday": "kWh",
    "energy": "kWh",
    "export_active": "kWh",
    "import_active": "kWh",
    "import_reactive": "kvarh",
    "export_reactive": "kvarh",
    "period": "Wh",
}
"""Quantities of energy meters; elsewhere these words mean other things."""
_IN: dict[tuple[str, str], str] = {
    ("wifi", "rssi"): "%",
    ("wifi", "signal"): "dBm",
    ("as3935", "distance"): "km",
}
"""Quantities of one sensor; the lightning detector AS3935 is the one that measures kilometres."""
_SHUTTER = re.compile(r"shutter\d*", re.ASCII)
_RELAY = "power"


def dialect(members: dict[str, Json]) -> Dialect:
    """Return how a device's document is read, with the units that it names.

    Args:
        members: of the document.
    """
    return _own(*(_named(members, key) for key in (_TEMPERATURE, _PRESSURE, _SPEED)))


def zigbee_dialect(members: dict[str, Json]) -> Dialect:
    """Return how the values of a Zigbee device behind a Tasmota bridge are read.

    Args:
        members: its keys; the Zigbee cluster library fixes the units, a pressure may name its own.
    """
    return _zigbee(_named(members, _PRESSURE) or "hPa")


def unit(
    parts: tuple[str, ...], *, temperature: str | None = None, pressure: str | None = None, speed: str | None = None
) -> str | None:
    """Return the unit of a value, None if it has none or nobody can say.

    Args:
        parts: of its name, in snake_case.
        temperature: unit of temperatures in this document.
        pressure: likewise.
        speed: likewise.
    """
    names = tuple(part for part in parts if not part.isdecimal())
    for size in (len(names), len(names) - 1):
        found = _quantity(names[:size]) if size > 0 else None
        if found is not None:
            return {_DEGREES: temperature, _OWN_PRESSURE: pressure, _OWN_SPEED: speed}.get(found, found)
    return None


def _quantity(names: tuple[str, ...]) -> str | None:
    """Return the unit of a quantity, or which of the document's units it has; None if it is not known."""
    last, before = names[-1], names[-2] if len(names) > 1 else ""
    plain = last.rstrip("0123456789").rstrip("_")
    if not before and plain == _RELAY:
        return None  # POWER1 is a relay; what it switches has its power under ENERGY
    found = _EXACT.get(last) or _IN.get((before, plain)) or _NAMED.get(plain)
    if found is None and names[0] in _METERS and len(names) > 1:
        found = _METERED.get(plain)
    if found is None and plain in ("position", "target") and _SHUTTER.fullmatch(before):
        found = "%"
    if found is None and plain.endswith("_temperature"):
        found = _DEGREES
    return found or _UNITS.get(last) or _UNITS.get(plain)


def _named(members: dict[str, Json], key: str) -> str | None:
    """Return a unit that a document names, None if it names none."""
    text = members.get(key)
    return canonical(text) if isinstance(text, str) else None


@lru_cache(maxsize=_MAX_DIALECTS)
def _own(temperature: str | None, pressure: str | None, speed: str | None) -> Dialect:
    """Return the one dialect of a combination of units."""
    return Dialect(
        time_keys=TIMES,
        unit_of=partial(unit, temperature=temperature, pressure=pressure, speed=speed),
        dropped=_none,
        deciding=_DECIDING,
    )


@lru_cache(maxsize=_MAX_DIALECTS)
def _zigbee(pressure: str) -> Dialect:
    """Return the one dialect of Zigbee devices with a unit of pressure."""
    return Dialect(
        time_keys=(),
        unit_of=partial(unit, temperature="°C", pressure=pressure),
        dropped=_none,
        deciding=frozenset({*_DECIDING, *_IDENTITY}),  # a new name is to be noticed, so it decides too
    )


def _none(_: str, __: int) -> bool:
    """Return False: no key is dropped for its name alone."""
    return False
