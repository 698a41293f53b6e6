"""Which kind a series has: what is said of it, else what unit and name leave no doubt about."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import kinds
from hub.core.model import Datatype
from hub.core.units import canonical


@pytest.mark.parametrize(
    ("metric", "unit", "kind"),
    [
        ("t_c", "°C", "temperature"),
        ("engine.oil", "°F", "temperature"),
        ("temperature", "K", "temperature"),
        ("color_temp", "K", None),
        ("color_temperature", "K", None),
        ("supply", "K", None),
        ("temperature_difference", "°C", "temperature_delta"),
        ("delta_t", "K", "temperature_delta"),
        ("local_temperature_calibration", "°C", "temperature_delta"),
        ("temperature", None, None),
        ("energy.total", "kWh", "energy"),
        ("relay.0.energy", "W·min", "energy"),
        ("apower", "W", "power"),
        ("limit", "VA", "apparent_power"),
        ("q_ac", "var", "reactive_power"),
        ("l1", "V", "voltage"),
        ("l1", "mA", "current"),
        ("f_ac", "Hz", "frequency"),
        ("em.0.a_pf", None, "power_factor"),
        ("powerfactor", "%", "power_factor"),
        ("pressure", "hPa", "pressure"),
        ("barometric_pressure", "hPa", "atmospheric_pressure"),
        ("humidity", "%", "humidity"),
        ("sht3x.humidity", "%", "humidity"),
        ("air_humidity_2", "%", "humidity"),
        ("soil_moisture", "%", "moisture"),
        ("battery", "%", "battery"),
        ("battery_level", "%", "battery"),
        ("battery_1", "%", "battery"),
        ("soc", "%", "battery"),
        ("battery", "V", "voltage"),
        ("position", "%", None),
        ("load_avg", "%", None),
        ("carbon_dioxide", "ppm", "carbon_dioxide"),
        ("e_co2", "ppm", "carbon_dioxide"),
        ("voc", "ppb", "volatile_organic_compounds_parts"),
        ("voc", "µg/m³", "volatile_organic_compounds"),
        ("gas_index", "ppm", None),
        ("pm2_5", "µg/m³", "pm25"),
        ("pm10", "µg/m³", "pm10"),
        ("pm1_0", "µg/m³", "pm1"),
        ("dust", "µg/m³", None),
        ("wind_dir_deg", "°", "wind_direction"),
        ("latitude", "°", None),
        ("wind_avg_m_s", "m/s", "wind_speed"),
        ("vel", "km/h", "speed"),
        ("rain_mm", "mm", "precipitation"),
        ("rain_rate_mm_h", "mm/h", "precipitation_intensity"),
        ("tank_height", "mm", "distance"),
        ("gauge", "mm", None),
        ("accel_x", "g", None),
        ("weight", "g", "weight"),
        ("gas.delivered", "m³", "volume"),
        ("gas", "m³", "gas"),
        ("water_total", "L", "water"),
        ("rate", "L/s", "volume_flow_rate"),
        ("noise", "dB", None),
        ("link.snr", "dB", "signal_strength"),
        ("rssi", "dBm", "signal_strength"),
        ("uptime", "s", "duration"),
        ("linkquality", "lqi", None),
        ("humidity" * 20, "%", None),
        ("temperature", "furlong", None),
    ],
)
def test_unit_and_name_of_a_number_tell_its_kind_or_nothing(metric: str, unit: str | None, kind: str | None) -> None:
    assert kinds.derived(metric, unit, Datatype.FLOAT) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("motion", "motion"),
        ("sensor.occupancy", "occupancy"),
        ("water_leak", "moisture"),
        ("battery_low", "battery"),
        ("tamper", "tamper"),
        ("door_1", "door"),
        ("contact", None),
        ("locked", None),
        ("state", None),
        ("power", None),
        ("temperature", None),
    ],
)
def test_the_name_of_a_boolean_tells_its_kind_where_true_means_the_same_everywhere(name: str, kind: str | None) -> None:
    assert kinds.derived(name, None, Datatype.BOOLEAN) == kind


def test_texts_and_mixed_values_have_no_kind_by_name() -> None:
    assert kinds.derived("motion", None, Datatype.STRING) is None
    assert kinds.derived("temperature", "°C", Datatype.MIXED) is None


@pytest.mark.parametrize(
    ("kind", "unit", "datatype", "allowed"),
    [
        ("temperature", "°C", Datatype.FLOAT, True),
        ("temperature", None, Datatype.INTEGER, True),
        ("temperature", "%", Datatype.FLOAT, False),
        ("temperature", None, Datatype.BOOLEAN, False),
        ("door", None, Datatype.BOOLEAN, True),
        ("shutter", None, Datatype.STRING, True),
        ("shutter", "%", Datatype.FLOAT, False),
        ("battery", "%", Datatype.INTEGER, True),
        ("battery", None, Datatype.BOOLEAN, True),
        ("timestamp", None, Datatype.STRING, True),
        ("enum", None, Datatype.BOOLEAN, False),
        ("monetary", "EUR", Datatype.FLOAT, True),
        ("monetary", None, Datatype.STRING, False),
        ("door", None, Datatype.MIXED, True),
        ("temperature", "°C", Datatype.MIXED, True),
        ("timestamp", None, Datatype.MIXED, False),
    ],
)
def test_a_kind_goes_with_certain_units_and_types(
    kind: str, unit: str | None, datatype: Datatype, *, allowed: bool
) -> None:
    assert kinds.fits(kind, unit, datatype) is allowed


def test_what_is_said_counts_before_what_follows_from_the_name() -> None:
    assert kinds.of("total", "kWh", Datatype.FLOAT, "energy_storage") == "energy_storage"
    assert kinds.of("humidity", "%", Datatype.FLOAT, " Moisture ") == "moisture"


def test_a_unit_that_keeps_its_ecosystems_spelling_tells_a_kind_as_well() -> None:
    assert kinds.of("pm2_5", "ug/m3", Datatype.FLOAT) == "pm25"


def test_what_is_said_and_cannot_be_is_dropped() -> None:
    assert kinds.of("total", "kWh", Datatype.FLOAT, "temperature") == "energy"
    assert kinds.of("x", None, Datatype.FLOAT, "warp_factor") is None
    assert kinds.of("total", "kWh", Datatype.FLOAT, "humidity", "energy_storage") == "energy_storage"


def test_every_derived_kind_is_known_and_may_have_its_unit() -> None:
    for symbols in kinds.UNITS.values():
        for unit in symbols:
            for name in ("x", "temperature", "humidity", "battery", "rain", "wind", "co2", "pm10", "snr", "weight"):
                kind = kinds.derived(name, unit, Datatype.FLOAT)
                assert kind is None or kinds.fits(kind, unit, Datatype.FLOAT)
    assert {kind for kind in kinds.KINDS if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", kind)} == set()


def test_the_units_of_kinds_are_canonical() -> None:
    symbols = {unit for units in kinds.UNITS.values() for unit in units}
    assert {unit for unit in symbols if canonical(unit) != unit} == set()


@given(st.text(max_size=200), st.text(max_size=8) | st.none(), st.sampled_from(Datatype), st.text(max_size=20))
def test_any_name_and_unit_give_a_known_kind_or_none(
    metric: str, unit: str | None, datatype: Datatype, said: str
) -> None:
    kind = kinds.of(metric, unit, datatype, said)
    told = None if unit is None else canonical(unit)
    assert kind is None or (kind in kinds.KINDS and kinds.fits(kind, told, datatype))
