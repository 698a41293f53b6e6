"""The units of Shelly devices, which no message tells.

References:
    Normalisation section 5; Shelly API documentation, Gen1 MQTT topics and the status of each Gen2+ component.
"""

from __future__ import annotations

_GEN1 = {
    "power": "W",
    "overpower_value": "W",
    "energy": "W·min",
    "returned_energy": "W·min",
    "voltage": "V",
    "current": "A",
    "reactive_power": "var",
    "temperature": "°C",
    "temperature_f": "°F",
    "ext_temperature": "°C",
    "ext_temperature_f": "°F",
    "t_c": "°C",
    "t_f": "°F",
    "humidity": "%",
    "ext_humidity": "%",
    "hum": "%",
    "battery": "%",
    "bat": "%",
    "lux": "lx",
    "adc": "V",
}
"""By key."""
_GEN1_GROUPS = {
    ("emeter", "total"): "Wh",
    ("emeter", "total_returned"): "Wh",
    ("roller", "pos"): "%",
    ("light", "brightness"): "%",
    ("white", "brightness"): "%",
    ("color", "gain"): "%",
    ("sensor", "concentration"): "ppm",
    ("sensor", "tilt"): "°",
    ("sensor", "temperature"): None,
}
"""By group and key. A sensor's temperature is in the unit of the device's settings, which it does not tell."""

_GEN2 = {
    "apower": "W",
    "aprtpower": "VA",
    "total_act": "Wh",
    "total_act_ret": "Wh",
    "t_c": "°C",
    "t_f": "°F",
    "target_c": "°C",
    "current_c": "°C",
    "rh": "%",
    "current_humidity": "%",
    "target_humidity": "%",
    "brightness": "%",
    "current_pos": "%",
    "target_pos": "%",
    "slat_pos": "%",
    "percent": "%",
    "battery": "%",
    "ct": "K",
    "lux": "lx",
    "uptime": "s",
    "wakeup_period": "s",
    "timer_duration": "s",
    "move_timeout": "s",
    "rssi": "dBm",
    "xvoltage": None,
    "xfreq": None,
}
"""By key. What begins with ``x`` was computed by the user's own formula, into a unit that is only in the settings."""
_GEN2_ENDINGS = (
    ("act_power", "W"),
    ("aprt_power", "VA"),
    ("voltage", "V"),
    ("current", "A"),
    ("freq", "Hz"),
    ("_energy", "Wh"),
)
_GEN2_BEGINNINGS = ("ram_", "fs_")
_COUNTERS = {"total": "Wh", "by_minute": "mWh"}
"""Below ``aenergy`` and ``ret_aenergy``; an input's counter has the same keys and counts pulses."""


def gen1_unit(parts: tuple[str, ...]) -> str | None:
    """Return the unit of a number under a Gen1 topic, None where nothing tells it.

    Args:
        parts: of its name: the group (``relay``, ``sensor``), the channel, the key.
    """
    keys = _keys(parts)
    group, key = keys[0], keys[-1]
    return _GEN1_GROUPS[group, key] if (group, key) in _GEN1_GROUPS else _GEN1.get(key)


def gen2_unit(parts: tuple[str, ...]) -> str | None:
    """Return the unit of a number in a component's status, None where nothing tells it.

    Args:
        parts: of its name: the component, its number, the keys.
    """
    around, key = ("", *_keys(parts))[-2:]
    if around.endswith("aenergy"):
        return _COUNTERS.get(key)
    if around == "battery" and key == "v":
        return "V"
    if key in _GEN2:
        return _GEN2[key]
    if key.startswith(_GEN2_BEGINNINGS):
        return "B"
    return next((unit for ending, unit in _GEN2_ENDINGS if key.endswith(ending)), None)


def _keys(parts: tuple[str, ...]) -> list[str]:
    """Return the parts that are words, not numbers of channels, components and elements; at least one."""
    return [part for part in parts if not part.isdigit()] or [""]
