from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.factors import FACTORS
from hub.core.units import _NORMAL_FORMS, canonical, split_number


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("C", "°C"),
        ("Cel", "°C"),
        ("°C", "°C"),
        ("celsius", "°C"),
        ("F", "°F"),
        ("VAr", "var"),
        ("seconds", "s"),
        ("percent", "%"),
        (" kWh ", "kWh"),
        ("μg/m³", "µg/m³"),
        ("furlong", "furlong"),
        ("degC", "°C"),
        ("deg C", "°C"),
        ("℃", "°C"),
        ("ºC", "°C"),
        ("degF", "°F"),
        ("℉", "°F"),
        ("KWH", "kWh"),
        ("kwh", "kWh"),
        ("mW", "mW"),
        ("MW", "MW"),
        ("mw", "mw"),
        ("w", "w"),
        ("lux", "lx"),
        ("ug/m3", "µg/m³"),
        ("µg/m^3", "µg/m³"),
        ("m3", "m³"),
        ("m^3/h", "m³/h"),
        ("m2", "m²"),
        ("W/m2", "W/m²"),
        ("BTU/(h·ft2)", "BTU/(h·ft²)"),
        ("BTU/(h⋅ft²)", "BTU/(h·ft²)"),
        ("uS/cm", "µS/cm"),
        ("us", "µs"),
        ("l/min", "L/min"),
        ("fl. oz.", "fl oz"),
        ("\u2126", "Ω"),
        ("CO2", "CO2"),
        ("PM2", "PM2"),
        ("mph", "mph"),
        ("count", "count"),
        ("u", "u"),
        ("", None),
        ("   ", None),
        ("x" * 33, None),
        ("a\nb", None),
    ],
)
def test_a_unit_is_written_one_way(text: str, unit: str | None) -> None:
    assert canonical(text) == unit


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("21.5 °C", ("21.5", "°C")),
        ("21.5°C", ("21.5", "°C")),
        ("53%", ("53", "%")),
        ("-3 dBm", ("-3", "dBm")),
        ("1e3 W", ("1e3", "W")),
        ("5 seconds", ("5", "s")),
        ("12 m³", ("12", "m³")),
        ("7 μg/m³", ("7", "µg/m³")),
        ("12", None),
        ("12  W", None),
        ("12 parsec", None),
        ("W 12", None),
        ("12 W 3", None),
        ("٣ W", None),
    ],
)
def test_a_number_with_a_known_unit_is_split(text: str, parts: tuple[str, str] | None) -> None:
    assert split_number(text) == parts


@given(st.text())
def test_a_canonical_unit_stays_as_it_is(text: str) -> None:
    unit = canonical(text)
    assert unit is None or canonical(unit) == unit


def test_every_spelling_leads_to_a_symbol_that_stays_and_none_is_another_symbol() -> None:
    for spelling, symbol in _NORMAL_FORMS.items():
        assert canonical(spelling) == symbol == canonical(symbol)
    assert {symbol for symbol in FACTORS if canonical(symbol) != symbol} == set()
