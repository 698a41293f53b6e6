"""SenML's names and units: whose measurement it is, and what was measured.

References:
    Normalisation section 9; RFC 8428 §4.5.1 (names), §12.1 (units); RFC 8798 (more units); RFC 9039 (device names).
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from hub.core.units import MAX_UNIT_CHARACTERS
from hub.normalise.names import NAMELESS, snake_case

MAX_CACHED_CHARACTERS = 256
"""A longer name is taken apart each time: the cache keeps what it is asked."""

_SEPARATORS = ":/"
_URN = r"urn:dev:[^:]+:[^:/_]+"
_WHOLE = re.compile(
    rf"{_URN}|urn:(?!dev:)[^:]+:[^:/]+|(?:[0-9a-f]{{2}}[:-]){{5}}(?:[0-9a-f]{{2}}[:-]){{0,2}}[0-9a-f]{{2}}",
    re.IGNORECASE,
)
"""A device's name in full: a DEV URN, another URN such as ``urn:uuid:…``, a MAC address or EUI-64."""
_COMPONENT = re.compile(rf"({_URN})_(.+)", re.IGNORECASE | re.DOTALL)
"""A component of a device (RFC 9039 §3.4)."""
_UNITS = {
    "Cel": "°C",
    "%RH": "%",
    "%EL": "%",
    "lon": "°",
    "lat": "°",
    "l": "L",
    "l/s": "L/s",
    "m2": "m²",
    "m3": "m³",
    "m/s2": "m/s²",
    "W/m2": "W/m²",
    "Ohm": "Ω",
    "/": None,
    "%": None,
    "count": None,
}
"""How SenML's units are displayed, where it is another way; ``%`` is a ratio there."""
_QUANTITIES = {
    "Cel": "temperature",
    "%RH": "humidity",
    "lon": "longitude",
    "lat": "latitude",
    "%EL": "battery_level",
    "V": "voltage",
    "A": "current",
    "W": "power",
    "lx": "illuminance",
    "Pa": "pressure",
    "hPa": "pressure",
}
"""What a unit tells about a value that nothing names."""


class Place(NamedTuple):
    """What a name says.

    Args:
        device: empty if it names none.
        metric: in snake_case, empty if it names the device only.
    """

    device: str
    metric: str


class Subject(NamedTuple):
    """What a record measures.

    Args:
        device: empty if its name tells none.
        metric: in snake_case.
        unit: as it is displayed, None for a mere number or none.
    """

    device: str
    metric: str
    unit: str | None


def subject(base: str, own: str, unit: str) -> Subject:
    """Return what a record measures.

    Args:
        base: the base name in force.
        own: the record's own name.
        unit: as SenML writes it; it names the metric where the name does not.
    """
    if len(base) + len(own) + len(unit) <= MAX_CACHED_CHARACTERS:
        return _cached_subject(base, own, unit)
    return _subject(base, own, unit)


def _subject(base: str, own: str, unit: str) -> Subject:
    """Return what a record measures."""
    device, metric = place(base, own)
    return Subject(device, metric or _QUANTITIES.get(unit, NAMELESS), unit_of(unit))


def unit_of(written: str) -> str | None:
    """Return how a unit is displayed, None for a mere number or none.

    Args:
        written: as SenML writes it; a unit that is not registered stays as it is.
    """
    if written in _UNITS:
        return _UNITS[written]
    return written if written and len(written) <= MAX_UNIT_CHARACTERS and written.isprintable() else None


def place(base: str, own: str) -> Place:
    """Return what a name says, by the first rule that fits.

    Args:
        base: the base name in force.
        own: the record's own name.
    """
    name = base + own
    if _is_device(name):
        return Place(name, "")
    component = _COMPONENT.fullmatch(name)
    if component is not None:
        return Place(component[1], snake_case(component[2]))
    stripped = name.rstrip(_SEPARATORS)
    if stripped != name:
        return Place(stripped, "")
    cut = max(name.rfind(separator) for separator in _SEPARATORS)
    if cut >= 0:
        return Place(name[:cut].rstrip(_SEPARATORS), snake_case(name[cut + 1 :]))
    return Place(base, snake_case(own))


def _is_device(name: str) -> bool:
    """Return True if a name is that of a device, although it has separators in it."""
    if _WHOLE.fullmatch(name) is not None:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


_cached_subject = lru_cache(maxsize=4096)(_subject)
