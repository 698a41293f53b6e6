"""Tasmota's units: section 3."""

from __future__ import annotations

import json

from tests.normalise.decoders.tasmota_house import read
from tests.normalise.rig import Rig


def units(payload: object, topic: str = "tele/x/SENSOR") -> dict[str, str | None]:
    return {metric: unit for _, metric, _, unit in read(Rig(), topic, payload)}


def test_a_document_that_names_its_units_is_planned_until_they_change() -> None:
    rig = Rig()
    for unit, symbol in (("C", "°C"), ("C", "°C"), ("F", "°F"), ("F", "°F"), ("C", "°C")):
        row = rig.feed("tele/x/SENSOR", json.dumps({"AHT2X": {"Temperature": 20.5}, "TempUnit": unit}))[0]
        assert (row.value, row.unit) == (20.5, symbol)
    assert rig.general == 3


def test_a_document_names_the_units_of_temperatures_pressures_and_speeds() -> None:
    document = {
        "BME680": {"Temperature": 1, "DewPoint": 2, "Pressure": 3, "SeaPressure": 4, "Gas": 5},
        "WS2300-15": {"Speed": {"Act": 6, "Gust": [7, 8]}, "HeatIndex": 9},
        "Boiler": {"WaterTemperature": 10, "Temperature3": 11, "Temperature-4": 12, "TempTarget": 13},
    }
    named = units(document | {"TempUnit": "F", "PressureUnit": "mmHg", "SpeedUnit": "kn"})
    assert named == {
        "bme680.temperature": "°F",
        "bme680.dew_point": "°F",
        "bme680.pressure": "mmHg",
        "bme680.sea_pressure": "mmHg",
        "bme680.gas": None,
        "ws2300_15.speed.act": "kn",
        "ws2300_15.speed.gust.0": None,
        "ws2300_15.speed.gust.1": None,
        "ws2300_15.heat_index": "°F",
        "boiler.water_temperature": "°F",
        "boiler.temperature3": "°F",
        "boiler.temperature_4": "°F",
        "boiler.temp_target": None,
    } | {"ws2300_15.speed.gust.0": "kn", "ws2300_15.speed.gust.1": "kn"}
    assert set(units(document | {"TempUnit": 5, "PressureUnit": None}).values()) == {None}


def test_quantities_have_their_units() -> None:
    document = {
        "A": {"Humidity": 1, "Moisture": 1, "Battery": 1, "BatteryPercentage": 1, "Illuminance": 1, "Ambient": 1},
        "B": {"Distance": 1, "CarbonDioxide": 1, "eCO2": 1, "TVOC": 1, "Proximity": 1},
        "PMS5003": {"PM1": 1, "PM2.5": 1, "PM10": 1, "CF1": 1, "CF2.5": 1, "CF10": 1, "PM4": 1, "PB0.3": 1},
        "INA219": {"Voltage": 1, "Current": 1, "Power": 1, "PowerUsage": 1},
        "AS3935": {"Distance": 12, "Energy": 58622},
        "Shutter2": {"Position": 1, "Target": 1, "Direction": 1},
        "Uptime": "1T02:03:04",
        "Sleep": 50,
        "LoadAvg": 19,
        "Speed": 1,
        "Wifi": {"RSSI": 80, "Signal": -60, "Channel": 6},
    }
    assert list(units(document).values()) == [
        *("%", "%", "%", "%", "lx", "lx"),
        *("cm", "ppm", "ppm", "ppb", None),
        *("µg/m³", "µg/m³", "µg/m³", "µg/m³", "µg/m³", "µg/m³", None, None),
        *("V", "A", "W", "W"),
        *("km", None),
        *("%", "%", None),
        *(None, "ms", "%", None),
        *("%", "dBm", None),
    ]


def test_energy_meters_have_their_units_and_nobody_else_has() -> None:
    meter = {
        "TotalStartTime": "2024-01-01T00:00:00",
        "Total": [1.5, 2.5],
        "TotalTariff": [1, 2],
        "Today": {"Phase1": 3},
        "Yesterday": 4,
        "Period": 5,
        "ApparentPower": 6,
        "ReactivePower": 7,
        "Factor": 8,
        "Frequency": 9,
        "PhaseAngle": 10,
        "ExportActive": 11,
        "ImportActive": 12,
        "ImportReactive": 13,
        "ExportReactive": 14,
        "Power": [15, 16],
    }
    assert list(units({"ENERGY": meter}).values()) == [
        *(None, "kWh", "kWh", None, None, "kWh", "kWh", "Wh"),
        *("VA", "var", None, "Hz", "°", "kWh", "kWh", "kvarh", "kvarh", "W", "W"),
    ]
    assert units({"ANALOG": {"CTEnergy1": {"Energy": 1, "Power": 2}, "A0": 3, "Temperature": 4}, "TempUnit": "C"}) == {
        "analog.ct_energy1.energy": "kWh",
        "analog.ct_energy1.power": "W",
        "analog.a0": None,
        "analog.temperature": "°C",
    }
    assert units({"Rain": {"Total": 1, "Today": 2, "Period": 3}, "Total": 4, "Energy": {"x": 5}}) == {
        "rain.total": None,
        "rain.today": None,
        "rain.period": None,
        "total": None,
        "energy.x": None,
    }
