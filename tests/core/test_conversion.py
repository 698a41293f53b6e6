"""Values in another system of units: what becomes of them, exactly, and without digits that nobody measured."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from itertools import permutations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import kinds
from hub.core.conversion import System, between, named, scale_of
from hub.core.factors import FACTORS
from hub.core.model import Datatype
from hub.core.units import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.conversion import Conversion

PAIRS = sorted((unit, target) for unit, target in permutations(FACTORS, 2) if FACTORS[unit][0] == FACTORS[target][0])


def conversion(unit: str, system: str, kind: str | None = None) -> Conversion | None:
    scale = scale_of(unit, kind)
    return None if scale is None else scale.to.get(system)


@pytest.mark.parametrize(
    ("unit", "kind", "system", "value", "converted", "target"),
    [
        ("°C", "temperature", "imperial", 21.5, 70.7, "°F"),
        ("°C", "temperature", "SI", 21.5, 294.65, "K"),
        ("°C", None, "imperial", -40, -40.0, "°F"),
        ("°C", None, "imperial", -273.15, -459.67, "°F"),
        ("°F", None, "metric", 32.0, 0.0, "°C"),
        ("°F", None, "metric", 70, 21.1111, "°C"),
        ("°F", None, "SI", 212, 373.15, "K"),
        ("K", "temperature", "imperial", 300, 80.33, "°F"),
        ("K", "temperature", "metric", 300, 26.85, "°C"),
        ("°C", "temperature_delta", "imperial", 1.5, 2.7, "°F"),
        ("°F", "temperature_delta", "SI", 9, 5.0, "K"),
        ("°C/h", None, "imperial", 1.5, 2.7, "°F/h"),
        ("km/h", "speed", "imperial", 100, 62.1371, "mph"),
        ("mph", None, "metric", 60, 96.5606, "km/h"),
        ("m/s", "wind_speed", "imperial", 10.0, 22.3694, "mph"),
        ("mm", "precipitation", "imperial", 0.1, 0.00393701, "in"),
        ("in", None, "metric", 1, 25.4, "mm"),
        ("ft", None, "metric", 3.0, 0.9144, "m"),
        ("L", None, "imperial", 10, 2.64172, "gal"),
        ("gal", None, "metric", 1.0, 3.78541, "L"),
        ("m³", None, "imperial", 1, 35.3147, "ft³"),
        ("hPa", "pressure", "imperial", 1013.25, 29.9212556, "inHg"),
        ("kPa", "pressure", "imperial", 250, 36.2594, "psi"),
        ("kPa", "atmospheric_pressure", "imperial", 101.325, 29.9212556, "inHg"),
        ("psi", None, "metric", 30, 206.843, "kPa"),
        ("kWh", "energy", "SI", 123456.789, 444444440400.0, "J"),
        ("W·min", "energy", "SI", 3, 180.0, "J"),
        ("kW", None, "SI", 1.2, 1200.0, "W"),
        ("kvar", None, "SI", 2, 2000.0, "var"),
        ("mV", None, "SI", 3300, 3.3, "V"),
        ("µg/m³", "pm25", "SI", 12, 1.2e-08, "kg/m³"),
        ("ug/m3", "pm25", "SI", 12, 1.2e-08, "kg/m³"),
        ("g", "weight", "imperial", 250, 8.81849, "oz"),
        ("lb", None, "metric", 10, 4.53592, "kg"),
        ("d", None, "SI", 2, 172800.0, "s"),
        ("rpm", None, "SI", 3000, 50.0, "Hz"),
        ("µS/cm", None, "SI", 500, 0.05, "S/m"),
    ],
)
def test_a_value_in_another_system(
    unit: str, kind: str | None, system: str, value: float, converted: float, target: str
) -> None:
    found = conversion(unit, system, kind)
    assert found is not None
    assert (found.of(value), found.unit) == (converted, target)
    assert type(found.of(value)) is float


@pytest.mark.parametrize(
    ("unit", "kind", "system"),
    [
        ("°C", "temperature", "metric"),
        ("°F", "temperature", "imperial"),
        ("K", "temperature", "SI"),
        ("K", None, "imperial"),
        ("g", None, "imperial"),
        ("g", None, "SI"),
        ("kWh", "energy", "metric"),
        ("kWh", "energy", "imperial"),
        ("W", None, "SI"),
        ("%", "humidity", "SI"),
        ("ppm", None, "SI"),
        ("°", None, "SI"),
        ("dBm", None, "imperial"),
        ("B", None, "SI"),
        ("lqi", None, "imperial"),
        ("furlong", None, "metric"),
        ("", None, "metric"),
        (None, "temperature", "imperial"),
    ],
)
def test_what_a_system_leaves_alone(unit: str | None, kind: str | None, system: str) -> None:
    scale = scale_of(unit, kind)
    assert scale is None or system not in scale.to


def test_a_unit_and_kind_have_one_scale_so_that_a_change_is_seen_by_identity() -> None:
    assert scale_of("°C", "temperature") is scale_of("°C", "temperature")
    assert scale_of("°C", "temperature") is not scale_of("°C", "temperature_delta")


def every_conversion() -> Iterator[tuple[str, str | None, str, Conversion]]:
    for unit, kind in product(FACTORS, (None, *sorted(kinds.KINDS))):
        scale = scale_of(unit, kind)
        for system, found in ({} if scale is None else scale.to).items():
            yield unit, kind, system, found


def test_the_targets_are_known_symbols_that_the_system_then_leaves_alone() -> None:
    for unit, kind, system, found in every_conversion():
        assert canonical(found.unit) == found.unit
        assert FACTORS[found.unit][0] == FACTORS[unit][0]
        assert conversion(found.unit, system, kind) is None, (unit, kind, system)


def test_a_series_keeps_its_kind_in_metric_and_imperial_units() -> None:
    for unit, kind, system, found in every_conversion():
        if kind is not None and system != "SI" and kinds.fits(kind, unit, Datatype.FLOAT):
            assert kinds.fits(kind, found.unit, Datatype.FLOAT), (unit, kind, system)


@given(st.sampled_from(PAIRS), st.floats(-1e12, 1e12))
def test_a_value_comes_back_from_where_it_was_converted_to(pair: tuple[str, str], value: float) -> None:
    there, back = between(*pair), between(*reversed(pair))
    assert there is not None
    assert back is not None
    zero = abs(back.exactly(0.0)) + abs(back.exactly(there.exactly(0.0)))
    assert back.exactly(there.exactly(value)) == pytest.approx(value, rel=1e-12, abs=1e-12 * (1 + zero))
    assert back.of(there.of(value)) == pytest.approx(value, rel=1e-4, abs=1e-4 * (1 + zero))


@given(st.sampled_from(PAIRS), st.integers(-999_999, 999_999), st.integers(1, 1000), st.integers(0, 3))
def test_values_that_a_device_tells_apart_stay_apart_and_in_order(
    pair: tuple[str, str], count: int, more: int, decimals: int
) -> None:
    found = between(*pair)
    assert found is not None
    low, high = (float(Decimal(n).scaleb(-decimals)) for n in (count, count + more))
    assert found.of(low) < found.of(high)


@given(st.sampled_from(PAIRS), st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_becomes_a_finite_float_with_at_most_15_digits(pair: tuple[str, str], value: float) -> None:
    found = between(*pair)
    assert found is not None
    result = found.of(value)
    assert math.isfinite(result)
    assert math.copysign(1, result) == 1 or result < 0  # no negative zero
    digits = Decimal(repr(result)).normalize().as_tuple().digits
    assert len(digits) <= 15 or abs(result) > 1.7e308


@given(st.sampled_from(PAIRS), st.integers(-(2**63), 2**64 - 1))
def test_whole_numbers_of_any_size_are_converted_as_exactly_as_a_float_can(pair: tuple[str, str], value: int) -> None:
    found = between(*pair)
    assert found is not None
    (_, factor, offset), (_, other, start) = FACTORS[pair[0]], FACTORS[pair[1]]
    exact = (Fraction(factor) * value + Fraction(offset) - Fraction(start)) / Fraction(other)
    shift = abs((Fraction(offset) - Fraction(start)) / Fraction(other))
    assert found.of(value) == pytest.approx(float(exact), rel=1e-5, abs=1e-12 * float(shift))


@given(st.text(max_size=12), st.sampled_from([None, *sorted(kinds.KINDS)]))
def test_an_unknown_unit_is_left_alone(unit: str, kind: str | None) -> None:
    if canonical(unit) not in FACTORS:
        assert scale_of(unit, kind) is None
        assert between(unit, "°C") is None
        assert between("°C", unit) is None


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("°F", "°F"),
        ("f", "°F"),
        ("F", "°F"),
        ("kwh", "kWh"),
        ("mW", "mW"),
        ("MW", "MW"),
        ("mw", None),
        ("m3/h", "m³/h"),
        ("ug/m3", "µg/m³"),
        ("BAR", "bar"),
        ("%", "%"),
        ("db", "dB"),
        ("lux", "lx"),
        ("harbour", None),
        ("", None),
    ],
)
def test_a_typed_unit_is_known_by_its_spellings(typed: str, symbol: str | None) -> None:
    assert named(typed) == symbol


def test_every_system_has_a_name_that_people_type() -> None:
    assert [system.value for system in System] == ["SI", "metric", "imperial"]
