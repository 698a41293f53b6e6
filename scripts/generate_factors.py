"""Writes the table of unit factors out of pint's definitions; tests compare its result with what is committed.

The hub itself never imports pint (docs/adr/0017): loading it and its registry takes as long as the hub's own start.

Usage: ``python -m scripts.generate_factors``

References:
    pint, https://github.com/hgrecco/pint (BSD), whose definitions follow NIST SP 811 and CODATA; computed here in
    fractions, so that every factor is exact.
"""

from __future__ import annotations

from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import pint

TABLE = Path(__file__).resolve().parents[1] / "hub" / "core" / "factors.py"

QUANTITIES: dict[str, dict[str, str]] = {
    "temperature": {"K": "kelvin", "°C": "degC", "°F": "degF"},
    "temperature rate": {
        "K/s": "kelvin/second", "K/min": "kelvin/minute", "K/h": "kelvin/hour", "°C/s": "delta_degC/second",
        "°C/min": "delta_degC/minute", "°C/h": "delta_degC/hour", "°F/s": "delta_degF/second",
        "°F/min": "delta_degF/minute", "°F/h": "delta_degF/hour",
    },
    "length": {
        "m": "meter", "µm": "micrometer", "mm": "millimeter", "cm": "centimeter", "dm": "decimeter", "km": "kilometer",
        "in": "inch", "ft": "foot", "yd": "yard", "mi": "mile", "nmi": "nautical_mile",
    },
    "area": {
        "m²": "meter**2", "mm²": "millimeter**2", "cm²": "centimeter**2", "km²": "kilometer**2", "ha": "hectare",
        "in²": "inch**2", "ft²": "foot**2", "yd²": "yard**2", "mi²": "mile**2", "ac": "43560*foot**2",
    },
    "volume": {
        "m³": "meter**3", "mL": "milliliter", "cL": "centiliter", "dL": "deciliter", "L": "liter", "hL": "hectoliter",
        "ft³": "foot**3", "CCF": "100*foot**3", "MCF": "1000*foot**3", "gal": "gallon", "qt": "quart", "pt": "pint",
        "fl oz": "fluid_ounce",
    },
    "volume flow": {
        "m³/s": "meter**3/second", "m³/min": "meter**3/minute", "m³/h": "meter**3/hour", "mL/s": "milliliter/second",
        "L/s": "liter/second", "L/min": "liter/minute", "L/h": "liter/hour", "ft³/min": "foot**3/minute",
        "gal/min": "gallon/minute", "gal/h": "gallon/hour", "gal/d": "gallon/day",
    },
    "speed": {
        "m/s": "meter/second", "mm/s": "millimeter/second", "mm/min": "millimeter/minute", "mm/h": "millimeter/hour",
        "mm/d": "millimeter/day", "cm/s": "centimeter/second", "m/min": "meter/minute", "m/h": "meter/hour",
        "km/h": "kilometer/hour", "in/s": "inch/second", "in/h": "inch/hour", "in/d": "inch/day", "ft/s": "foot/second",
        "ft/min": "foot/minute", "mph": "mile/hour", "kn": "knot",
    },
    "acceleration": {"m/s²": "meter/second**2", "mm/s²": "millimeter/second**2", "ft/s²": "foot/second**2"},
    "mass": {
        "kg": "kilogram", "µg": "microgram", "mg": "milligram", "g": "gram", "t": "tonne", "oz": "ounce", "lb": "pound",
        "st": "stone",
    },
    "concentration": {
        "kg/m³": "kilogram/meter**3", "g/m³": "gram/meter**3", "mg/m³": "milligram/meter**3",
        "µg/m³": "microgram/meter**3", "µg/ft³": "microgram/foot**3",
    },
    "ratio of amounts": {"ppm": "ppm", "ppb": "1e-3*ppm"},
    "pressure": {
        "Pa": "pascal", "µPa": "micropascal", "mPa": "millipascal", "hPa": "hectopascal", "kPa": "kilopascal",
        "MPa": "megapascal", "µbar": "microbar", "mbar": "millibar", "cbar": "centibar", "bar": "bar",
        "psi": "pound_force_per_square_inch", "inHg": "inch_Hg", "mmHg": "mmHg", "inH₂O": "inch_H2O",
        "atm": "standard_atmosphere",
    },
    "energy": {
        "J": "joule", "kJ": "kilojoule", "MJ": "megajoule", "GJ": "gigajoule", "mWh": "milliwatt*hour",
        "Wh": "watt*hour", "kWh": "kilowatt*hour", "MWh": "megawatt*hour", "GWh": "gigawatt*hour",
        "TWh": "terawatt*hour", "W·s": "watt*second", "W·min": "watt*minute", "cal": "calorie", "kcal": "kilocalorie",
        "Mcal": "megacalorie", "Gcal": "gigacalorie", "BTU": "british_thermal_unit",
    },
    "power": {
        "W": "watt", "µW": "microwatt", "mW": "milliwatt", "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt",
        "TW": "terawatt", "BTU/h": "british_thermal_unit/hour", "hp": "horsepower",
    },
    "apparent power": {
        "VA": "volt*ampere", "mVA": "millivolt*ampere", "kVA": "kilovolt*ampere", "MVA": "megavolt*ampere",
    },
    "reactive power": {
        "var": "volt*ampere", "mvar": "millivolt*ampere", "kvar": "kilovolt*ampere", "Mvar": "megavolt*ampere",
    },
    "reactive energy": {
        "varh": "volt*ampere*hour", "kvarh": "kilovolt*ampere*hour", "Mvarh": "megavolt*ampere*hour",
    },
    "irradiance": {
        "W/m²": "watt/meter**2", "kW/m²": "kilowatt/meter**2", "BTU/(h·ft²)": "british_thermal_unit/hour/foot**2",
    },
    "energy by distance": {"km/kWh": "kilometer/(kilowatt*hour)", "mi/kWh": "mile/(kilowatt*hour)"},
    "voltage": {"V": "volt", "µV": "microvolt", "mV": "millivolt", "kV": "kilovolt", "MV": "megavolt"},
    "current": {"A": "ampere", "µA": "microampere", "mA": "milliampere", "kA": "kiloampere"},
    "charge": {"Ah": "ampere*hour", "mAh": "milliampere*hour"},
    "conductivity": {
        "S/m": "siemens/meter", "mS/m": "millisiemens/meter", "µS/m": "microsiemens/meter",
        "dS/m": "decisiemens/meter", "S/cm": "siemens/centimeter", "mS/cm": "millisiemens/centimeter",
        "µS/cm": "microsiemens/centimeter",
    },
    "resistance": {"Ω": "ohm", "mΩ": "milliohm", "kΩ": "kiloohm", "MΩ": "megaohm"},
    "frequency": {
        "Hz": "hertz", "mHz": "millihertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
        "rpm": "1/minute",
    },
    "duration": {
        "s": "second", "µs": "microsecond", "ms": "millisecond", "min": "minute", "h": "hour", "d": "day",
    },
    "illuminance": {"lx": "lux", "klx": "kilolux"},
    "data": {
        "B": "byte", "bit": "bit", "kbit": "kilobit", "Mbit": "megabit", "Gbit": "gigabit", "kB": "kilobyte",
        "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "PB": "petabyte", "KiB": "kibibyte", "MiB": "mebibyte",
        "GiB": "gibibyte", "TiB": "tebibyte", "PiB": "pebibyte",
    },
    "data rate": {
        "B/s": "byte/second", "bit/s": "bit/second", "kbit/s": "kilobit/second", "Mbit/s": "megabit/second",
        "Gbit/s": "gigabit/second", "kB/s": "kilobyte/second", "MB/s": "megabyte/second", "GB/s": "gigabyte/second",
        "KiB/s": "kibibyte/second", "MiB/s": "mebibyte/second", "GiB/s": "gibibyte/second",
    },
}  # fmt: skip
"""Quantities that units measure, each with its symbols and pint's words for them; the first symbol is the reference.

Quantities are not converted into each other, even where the dimensions are the same: ``VA`` is no ``W``, a share in
``%`` no ``ppm``. Gallons, quarts, pints and fluid ounces are those of the United States."""

_HEAD = '''"""Factors: what each unit is in its quantity's reference unit, in exact fractions.

Written by ``python -m scripts.generate_factors`` out of the definitions of pint {version}; tests hold it to them.

References:
    NIST SP 811, CODATA; see scripts/generate_factors.py.
"""

from __future__ import annotations

FACTORS: dict[str, tuple[str, str, str]] = {{
'''
_TAIL = '''}
"""Symbol → (quantity, factor, offset): ``factor · value + offset`` is in the quantity's first unit."""
'''


def table() -> str:
    """Return the module with the table.

    Raises:
        ValueError: a symbol does not measure its quantity.
    """
    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(non_int_type=Fraction)
    lines = []
    for quantity, symbols in QUANTITIES.items():
        reference = registry.parse_expression(next(iter(symbols.values())))
        for symbol, words in symbols.items():
            lines.append(f'    "{symbol}": ("{quantity}", {_line(registry, words, reference)}),\n')
    return _HEAD.format(version=version("pint")) + "".join(lines) + _TAIL


def _line(registry: pint.UnitRegistry[Fraction], words: str, reference: pint.Quantity[Fraction]) -> str:
    """Return a unit's factor and offset, as they are written."""
    if "deg" in words and "/" not in words:
        unit = registry.Unit(words)
        zero, one = (registry.Quantity(Fraction(n), unit).to("kelvin").magnitude for n in (0, 1))
        return f'"{one - zero}", "{zero}"'
    ratio = (registry.parse_expression(words) / reference).to_base_units()
    if not ratio.dimensionless:
        message = f"{words} does not measure what {reference.units} does"
        raise ValueError(message)
    return f'"{Fraction(ratio.magnitude)}", "0"'


def main() -> None:
    """Write the table if it differs from what pint says."""
    text = table()
    if not TABLE.is_file() or TABLE.read_text(encoding="utf-8") != text:
        TABLE.write_text(text, encoding="utf-8")
        print("wrote hub/core/factors.py")


if __name__ == "__main__":
    main()
