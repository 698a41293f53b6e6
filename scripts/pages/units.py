"""The page of units and kinds: every symbol with its spellings and what it becomes, every kind with its units."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from hub.core import kinds
from hub.core.conversion import System, scale_of
from hub.core.factors import FACTORS
from hub.core.units import spellings
from scripts.pages.schema import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """# Units and kinds

Written by `make docs` from `hub/core`. A unit is shown in one way, whatever its spelling (`degC`, `Cel`, `℃` are °C),
and one that is not known stays as it was written. Nothing is stored converted.

## In other units

`units` of [the HTTP API](http-api.md) and of [`subscribe`](live-protocol.md) converts numbers as they are told:

| system | what it does |
|---|---|
| `SI` | coherent SI units without prefixes, ready for formulas: K, m, kg, s, Pa, J, W, m/s, m³ |
| `metric` | customary units of the United States become the metric unit of about their size; what is metric stays |
| `imperial` | metric units become the customary unit of the United States of about their size |

Texts, booleans, unknown units, angles, shares, levels and data (`°`, `%`, `ppm`, `dB`, `kB`) pass through in each of
them. The unit that is told is the one the number is in, and an integer that is converted becomes a float. A converted
number has about three digits more than were sent, at least six: 21.5 °C are 70.7 °F, 70 °F are 21.1111 °C.

Gallons, quarts, pints and fluid ounces are those of the United States. Some symbols are converted only where the kind
of the series says what they mean:

| symbol or kind | |
|---|---|
| `K` | where the kind is `temperature` or `temperature_delta`; a lamp's colour stays |
| `g`, `t` | where the kind is `weight`; an acceleration stays |
| `temperature_delta` | °C, °F and K are scaled without their zero points: 5 °C more are 9 °F more |
| `atmospheric_pressure` | in `imperial` always inHg; other pressures in hPa or mbar too, those in bar or kPa are psi |

The factors are exact fractions from the definitions of [pint](https://github.com/hgrecco/pint), which follow NIST
SP 811 and CODATA; [a decision](../adr/0017-units-by-a-table.md) says how.
"""
_KINDS = """## Kinds

What a series measures or tells, in Home Assistant's words (`device_class`), for screens to choose a widget and a range
by. It is what the ecosystem says, where the unit and the type of the values allow it. Where nothing is said it follows
from the unit, and from the last part of the metric's name where the unit measures several things: % is `humidity` for
`air_humidity`, `battery` for `battery_level`, and nothing for `position`. An unknown kind is not shown, and none is
guessed.

A kind does not say which way a boolean points: `contact` has none by its name, for it is true while a door is closed.
"""


def page() -> str:
    """Return the page's text."""
    quantities = (_section(name, list(rows)) for name, rows in groupby(FACTORS, lambda symbol: FACTORS[symbol][0]))
    return "\n".join([_HEAD, *quantities, _KINDS, *_kinds()]) + "\n"


def _section(quantity: str, symbols: list[str]) -> str:
    """Return the table of a quantity's symbols."""
    reference = symbols[0]
    head = ("unit", f"in {reference}", *(f"`{system}`" for system in System), "also written")
    rows = ((symbol, _written(symbol, reference), *_targets(symbol), _spelled(symbol)) for symbol in symbols)
    return "\n".join((f"### {quantity.capitalize()}", "", *table(head, rows), ""))


def _written(symbol: str, reference: str) -> str:
    """Return what a unit is in the reference unit."""
    if symbol == reference:
        return ""
    _, factor, offset = FACTORS[symbol]
    if offset == "0":
        return _number(Fraction(factor))
    return f"{'' if factor == '1' else f'{factor} · '}x + {_number(Fraction(offset))}"


def _number(value: Fraction) -> str:
    """Return a fraction as it is read: a decimal where a short one is exact, else numerator and denominator."""
    decimal = f"{float(value):.10g}"
    return decimal if Fraction(decimal) == value else str(value)


def _targets(symbol: str) -> Iterator[str]:
    """Yield what a unit becomes in each system, under the kind that it has by itself."""
    kind = {"K": "temperature", "g": "weight", "t": "weight"}.get(symbol)
    scale = scale_of(symbol, kind)
    for system in System:
        found = None if scale is None else scale.to.get(system.value)
        yield "" if found is None else found.unit


def _spelled(symbol: str) -> str:
    """Return other spellings of a unit."""
    return " ".join(f"`{text}`" for text in spellings(symbol) if text != symbol.lower())


def _kinds() -> Iterator[str]:
    """Yield the tables of kinds."""
    rows = [(f"`{kind}`", ", ".join(sorted(units)) or "none") for kind, units in sorted(kinds.UNITS.items())]
    rows.append((f"`{kinds.MONETARY}`", "any currency"))
    yield from table(("kind of numbers", "units"), sorted(rows))
    yield ""
    yield f"Kinds of booleans and of texts such as `open`: {_listed(kinds.STATES)}."
    yield ""
    yield f"Kinds of texts only: {_listed(kinds.TEXTS)}."


def _listed(names: frozenset[str]) -> str:
    """Return names in order."""
    return ", ".join(f"`{name}`" for name in sorted(names))
