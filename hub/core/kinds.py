"""Kinds: what a series measures or tells - temperature, energy, motion - so that screens can choose a widget and range.

The vocabulary is Home Assistant's ``device_class``, for devices speak it already. What an ecosystem says counts where
the series' unit and type allow it; where nothing is said, a kind follows from the unit and the last part of the
metric's name if they leave no doubt. Otherwise a series has no kind.

A kind never says which way a boolean points where devices differ: ``contact`` of Zigbee devices is true while a door is
*closed*, the ``opening`` of the vocabulary while it is open, so that name alone gives no kind.

References:
    Home Assistant: https://www.home-assistant.io/integrations/sensor/#device-class with the units of each class,
    likewise binary_sensor, cover, switch, valve, event, update. Normalisation G6.
"""

from __future__ import annotations

import re

from hub.core.model import Datatype
from hub.core.units import canonical

_LENGTH = "mm cm dm m km in ft yd mi nmi"
_SPEED = "mm/s mm/min mm/h mm/d cm/s m/s m/min m/h km/h in/s in/h in/d ft/s ft/min mph kn Beaufort"
_VOLUME = "mL cL dL hL L m³ ft³ CCF MCF gal qt pt fl_oz"
_ENERGY = "mWh Wh kWh MWh GWh TWh J kJ MJ GJ cal kcal Mcal Gcal W·s W·min BTU"
_PRESSURE = "µPa mPa Pa hPa kPa MPa µbar mbar cbar bar psi inHg mmHg inH₂O atm"
_CONCENTRATION = "µg/m³ mg/m³ µg/ft³"
_PARTS = "ppb ppm"

_MEASURED = {
    "absolute_humidity": "g/m³ mg/m³",
    "apparent_power": "mVA VA kVA MVA",
    "aqi": "",
    "area": "mm² cm² m² km² in² ft² yd² mi² ac ha",
    "atmospheric_pressure": _PRESSURE,
    "battery": "%",
    "blood_glucose_concentration": "mg/dL mmol/L",
    "carbon_dioxide": _PARTS,
    "carbon_monoxide": f"{_PARTS} {_CONCENTRATION}",
    "conductivity": "S/cm mS/cm µS/cm S/m mS/m µS/m dS/m",
    "current": "µA mA A kA",
    "data_rate": "bit/s kbit/s Mbit/s Gbit/s B/s kB/s MB/s GB/s KiB/s MiB/s GiB/s",
    "data_size": "bit kbit Mbit Gbit B kB MB GB TB PB KiB MiB GiB TiB PiB",
    "distance": _LENGTH,
    "duration": "µs ms s min h d",
    "energy": _ENERGY,
    "energy_distance": "kWh/100km Wh/km mi/kWh km/kWh",
    "energy_storage": _ENERGY,
    "frequency": "mHz Hz kHz MHz GHz",
    "gas": _VOLUME,
    "humidity": "%",
    "illuminance": "lx klx",
    "irradiance": "W/m² BTU/(h·ft²)",
    "moisture": "%",
    "nitrogen_dioxide": f"{_PARTS} {_CONCENTRATION}",
    "nitrogen_monoxide": f"{_PARTS} {_CONCENTRATION}",
    "nitrous_oxide": f"{_PARTS} {_CONCENTRATION}",
    "ozone": f"{_PARTS} {_CONCENTRATION}",
    "ph": "pH",
    "pm1": _CONCENTRATION,
    "pm10": _CONCENTRATION,
    "pm25": _CONCENTRATION,
    "pm4": _CONCENTRATION,
    "power": "µW mW W kW MW GW TW BTU/h hp",
    "power_factor": "%",
    "precipitation": "mm cm in",
    "precipitation_intensity": "mm/h mm/d in/h in/d",
    "pressure": _PRESSURE,
    "reactive_energy": "varh kvarh Mvarh",
    "reactive_power": "mvar var kvar Mvar",
    "signal_strength": "dB dBm",
    "sound_pressure": "dB dBA",
    "speed": _SPEED,
    "sulphur_dioxide": f"{_PARTS} {_CONCENTRATION}",
    "temperature": "°C °F K",
    "temperature_delta": "°C °F K",
    "volatile_organic_compounds": _CONCENTRATION,
    "volatile_organic_compounds_parts": _PARTS,
    "voltage": "µV mV V kV MV",
    "volume": _VOLUME,
    "volume_flow_rate": "m³/s m³/min m³/h L/s L/min L/h mL/s ft³/min gal/min gal/h gal/d",
    "volume_storage": _VOLUME,
    "water": _VOLUME,
    "weight": "µg mg g kg t oz lb st",
    "wind_direction": "°",
    "wind_speed": _SPEED,
}
"""Kinds of numbers with the units that each may have; ``_`` stands for a blank."""

MONETARY = "monetary"
"""The one kind of numbers whose units, currencies, are no closed set."""

UNITS = {kind: frozenset(symbol.replace("_", " ") for symbol in symbols.split()) for kind, symbols in _MEASURED.items()}
"""Kinds of numbers with the units that each may have, ready to be asked."""

STATES = frozenset(
    """
    awning battery battery_charging blind button carbon_monoxide cold connectivity curtain damper door doorbell
    firmware garage garage_door gas gate heat light lock moisture motion moving occupancy opening outlet plug power
    presence problem running safety shade shutter smoke sound switch tamper update vibration water window
    """.split()  # noqa: SIM905 - as a list it would fill a page
)
"""Kinds of booleans, and of texts such as ``open`` or ``heating``."""

TEXTS = frozenset({"date", "enum", "timestamp"})
"""Kinds of texts only."""

KINDS = frozenset(UNITS) | STATES | TEXTS | {MONETARY}
"""Every kind there is."""

_TELLING = {
    "temperature": "°C °F",
    "volume": "m³ L hL ft³ gal",
    "distance": "m km ft yd mi nmi",
    "weight": "kg lb oz st",
    "speed": "km/h m/s mph kn",
    "signal_strength": "dBm",
    "sound_pressure": "dBA",
}
"""Kinds of which only these units measure nothing else."""

_ALL_TELLING = (
    "apparent_power",
    "area",
    "conductivity",
    "current",
    "data_rate",
    "data_size",
    "duration",
    "energy",
    "energy_distance",
    "frequency",
    "illuminance",
    "irradiance",
    "ph",
    "power",
    "pressure",
    "reactive_energy",
    "reactive_power",
    "voltage",
    "volume_flow_rate",
)
"""Kinds of which no unit measures anything else."""

_OF_UNIT = {
    symbol: kind
    for kind, symbols in (_TELLING | {kind: _MEASURED[kind] for kind in _ALL_TELLING}).items()
    for symbol in symbols.split()
}
"""The kind of a unit that measures one thing only, whatever it is called."""

_FALL = "(?:rain|rainfall|precip|precipitation)"
_NAMED = (
    ("temperature_delta", "(?:.*_)?(?:delta|difference|diff|offset|hysteresis|deadband)(?:_t|_temp|_temperature)?"),
    ("temperature_delta", ".*temp(?:erature)?_calibration"),
    ("temperature", "(?!.*(?:colou?r|light|white))(?:.*_)?(?:temp|temperature|dew_?point)(?:_.*)?"),
    ("atmospheric_pressure", ".*(?:barom|atmos|sea_?level|qnh|qfe).*"),
    ("humidity", "(?:.*_)?(?:humidity|hum|rh)(?:_percent(?:age)?)?"),
    ("moisture", "(?:.*_)?(?:moisture|soil_moist)(?:_percent(?:age)?)?"),
    ("battery", "(?:.*_)?(?:battery|batt|bat)(?:_(?:level|percent|percentage|pct|soc|charge|remaining))?|(?:.*_)?soc"),
    ("power_factor", "(?:.*_)?(?:power_?factor|cos_?phi|pf)"),
    ("aqi", "(?:.*_)?(?:aqi|air_quality_index)"),
    ("wind_direction", "wind_?(?:dir|direction|bearing|heading)(?:_.*)?"),
    ("wind_speed", "(?:.*_)?(?:wind|gust|gusts)(?:_.*)?|wind(?:speed|gust)"),
    ("precipitation_intensity", f"(?:.*_)?{_FALL}(?:_.*)?"),
    ("precipitation", f"(?:.*_)?{_FALL}(?:_.*)?"),
    ("distance", "(?:.*_)?(?:distance|depth|height|altitude|elevation)"),
    ("weight", "(?:.*_)?(?:weight|mass)"),
    ("gas", "(?:.*_)?gas(?:_(?:volume|total|consumption|meter|consumed))?"),
    ("water", "(?:.*_)?water(?:_(?:volume|total|consumption|meter|consumed))?"),
    ("signal_strength", "(?:.*_)?(?:rssi|snr|signal|signal_strength)"),
    ("sound_pressure", "(?:.*_)?(?:sound|loudness)(?:_(?:pressure|level|pressure_level))?"),
    ("carbon_dioxide", "(?:.*_)?(?:e?_?co2|carbon_dioxide)"),
    ("carbon_monoxide", "(?:.*_)?(?:co|carbon_monoxide)"),
    ("volatile_organic_compounds_parts", "(?:.*_)?t?_?voc"),
    ("volatile_organic_compounds", "(?:.*_)?t?_?voc"),
    ("nitrogen_dioxide", "(?:.*_)?(?:no2|nitrogen_dioxide)"),
    ("nitrogen_monoxide", "(?:.*_)?(?:no|nitrogen_monoxide)"),
    ("sulphur_dioxide", "(?:.*_)?(?:so2|sul(?:ph|f)ur_dioxide)"),
    ("ozone", "(?:.*_)?(?:o3|ozone)"),
    ("pm1", "(?:.*_)?pm_?(?:1|1_0|01)"),
    ("pm25", "(?:.*_)?pm_?(?:25|2_5)"),
    ("pm4", "(?:.*_)?pm_?(?:4|4_0)"),
    ("pm10", "(?:.*_)?pm_?(?:10|10_0)"),
)
"""Kinds that a name tells where the unit alone does not, or where the name says more; the first that has the unit."""

_UNITLESS = ("power_factor", "aqi")
"""Kinds that a name alone tells: they are seldom given a unit, and nothing else is called so."""

_OF_NAME: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}
for _kind, _pattern in _NAMED:
    for _symbol in (*UNITS[_kind], *((None,) if _kind in _UNITLESS else ())):
        _OF_NAME.setdefault(_symbol, []).append((_kind, re.compile(_pattern)))

_FLAGS = {
    "battery": "battery_low low_battery low_batt lowbatt batt_low bat_low",
    "battery_charging": "charging battery_charging is_charging",
    "carbon_monoxide": "carbon_monoxide co_alarm",
    "connectivity": "connected connectivity",
    "door": "door door_open",
    "garage_door": "garage_door garage_door_open",
    "gas": "gas gas_alarm gas_detected",
    "moisture": "water_leak leak leak_detected water_detected moisture",
    "motion": "motion motion_detected pir",
    "moving": "moving",
    "occupancy": "occupancy occupied",
    "opening": "opening",
    "presence": "presence",
    "problem": "problem",
    "running": "running",
    "smoke": "smoke smoke_alarm smoke_detected",
    "tamper": "tamper tampered",
    "update": "update_available",
    "vibration": "vibration",
    "window": "window window_open",
}
"""Names of booleans that are true while what the kind says is so."""

_OF_FLAG = {name: kind for kind, names in _FLAGS.items() for name in names.split()}

_MAX_NAME = 64
"""A longer name, in characters, is nobody's word for a quantity."""


def known(text: str) -> str | None:
    """Return the kind that an ecosystem names, None if it is none that is known.

    Args:
        text: such as Home Assistant's ``device_class``, in any case.
    """
    kind = text.strip().lower()
    return kind if kind in KINDS else None


def fits(kind: str, unit: str | None, datatype: Datatype) -> bool:
    """Return True if a series with this unit and type can be of a kind.

    Args:
        kind: one of :data:`KINDS`.
        unit: canonical symbol, None if nobody told it: then it can be any.
        datatype: of its values.
    """
    units = UNITS.get(kind)
    counts = kind == MONETARY if units is None else unit is None or unit in units
    match datatype:
        case Datatype.INTEGER | Datatype.FLOAT:
            return counts
        case Datatype.MIXED:
            return counts or kind in STATES
        case Datatype.BOOLEAN:
            return kind in STATES
        case Datatype.STRING:
            return kind in STATES or kind in TEXTS


def derived(metric: str, unit: str | None, datatype: Datatype) -> str | None:
    """Return the kind that unit and name leave no doubt about, None if there is any.

    Args:
        metric: dotted name; only its last part counts.
        unit: canonical symbol, None if nobody told it.
        datatype: of its values.
    """
    name = metric.rpartition(".")[2]
    if datatype is Datatype.BOOLEAN:
        return _OF_FLAG.get(name) or _OF_FLAG.get(_unnumbered(name))
    if datatype not in (Datatype.INTEGER, Datatype.FLOAT):
        return None
    named = _OF_NAME.get(unit) if len(name) <= _MAX_NAME else None
    if named:
        names = (name, _unnumbered(name))
        for kind, pattern in named:
            if any(map(pattern.fullmatch, names)):
                return kind
    return None if unit is None else _OF_UNIT.get(unit)


def _unnumbered(name: str) -> str:
    """Return a name without the number at its end: ``battery_2`` is a battery."""
    return name.rstrip("0123456789").removesuffix("_")


def of(metric: str, unit: str | None, datatype: Datatype, *said: str | None) -> str | None:
    """Return the kind of a series: what is said of it, if that can be, else what unit and name leave no doubt about.

    Args:
        metric: dotted name.
        unit: as the series has it, None if nobody told it; some ecosystems keep spellings of their own (``ug/m3``).
        datatype: of its values.
        said: what its ecosystem says, then what it was until now; an unknown kind counts as nothing said.
    """
    unit = None if unit is None else canonical(unit)
    for text in said:
        kind = None if text is None else known(text)
        if kind is not None and fits(kind, unit, datatype):
            return kind
    return derived(metric, unit, datatype)
