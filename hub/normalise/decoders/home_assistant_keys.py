"""Home Assistant's configuration keys: which of them name topics, what stands there, and their short forms.

References:
    Normalisation section 6; Home Assistant, MQTT: discovery messages, supported abbreviations, and the page of each
    component.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.normalise.content import Json

DEVICE_COMPONENT: Final = "device"
"""In the place of a component, a configuration with all components of a device."""

SILENT: Final = frozenset({"button", "camera", "image", "notify", "scene"})
"""Components that only take commands, or publish pictures: they have no readings."""

NAMELESS: Final = frozenset({"device_automation", "tag"})
"""Components whose configurations are triggers of one topic, which is the name of the reading."""

VERSIONS: Final = "update"
"""The component whose messages are versions: 1.10 is not 1.1."""

COMPONENTS: Final = (
    SILENT
    | NAMELESS
    | frozenset(
        """
        alarm_control_panel binary_sensor climate cover date datetime device_tracker event fan humidifier lawn_mower
        light lock number select sensor siren switch text time update vacuum valve water_heater
        """.split()  # noqa: SIM905 - as a list it would fill a page
    )
)
"""Everything that Home Assistant discovers by MQTT."""

_SWITCHED: Final = frozenset({"binary_sensor", "fan", "humidifier", "light", "siren", "switch"})
"""Components whose state is on or off."""
_STATEFUL: Final = frozenset({"siren", "switch"})
"""Of these, those that may have other words for a state than for the command."""
_SWITCHED_ASPECTS: Final = frozenset({"aux", "away_mode", "power"})
"""Aspects of any component that are on or off."""


class Aspect(NamedTuple):
    """One thing that a component tells on a topic.

    Args:
        name: part of the metric's name; empty for the state itself.
        topic: the key that names the topic.
        templates: keys of the template that takes the value out of a message; the first that is given counts.
    """

    name: str
    topic: str
    templates: tuple[str, ...]


class Documented(NamedTuple):
    """How the documents of a component's state are built.

    Args:
        name: of the key that holds the state.
        schema: for which it holds, if the component has several.
    """

    name: str
    schema: str = ""


DOCUMENTED: Final = {
    "event": Documented("event_type"),
    "light": Documented("state", "json"),
    "vacuum": Documented("state", "state"),
}
"""Components whose state is a document of a known form."""

_STATED: Final = (
    *("activity", "aux", "away_mode", "brightness", "color_mode", "color_temp", "direction", "effect", "fan_mode"),
    *("hold", "hs", "mode", "oscillation", "percentage", "power", "preset_mode", "rgb", "rgbw", "rgbww", "speed"),
    *("swing_mode", "swing_horizontal_mode", "target_humidity", "temperature", "temperature_high", "temperature_low"),
    *("white_value", "xy"),
)
"""Aspects whose topic is ``<aspect>_state_topic``."""
_DIRECT: Final = (
    *("action", "battery_level", "charging", "cleaning", "current_humidity", "current_temperature", "docked", "error"),
    *("fan_speed", "json_attributes", "last_reset", "latest_version", "position"),
)
"""Aspects whose topic is ``<aspect>_topic``."""
_WITHIN: Final = ("blue", "brightness", "color_temp", "effect", "green", "red")
"""Aspects that a light with templates finds in the messages of its state."""

ASPECTS: Final = (
    Aspect("", "state_topic", ("value_template", "state_value_template", "state_template")),
    Aspect("tilt", "tilt_status_topic", ("tilt_status_template",)),
    *(Aspect(name, f"{name}_state_topic", (f"{name}_state_template", f"{name}_value_template")) for name in _STATED),
    *(Aspect(name, f"{name}_topic", (f"{name}_template", f"{name}_value_template")) for name in _DIRECT),
)
"""What any component may tell."""
WITHIN: Final = tuple(Aspect(name, "state_topic", (f"{name}_template",)) for name in _WITHIN)
"""What a light of the schema ``template`` tells besides."""
TRIGGER: Final = Aspect("", "topic", ("value_template",))
"""What a trigger tells."""

_COMMANDS: Final = ("cmd_t", "command_topic", "set_pos_t", "set_position_topic", "set_fan_spd_t", "set_fan_speed_topic")
"""How keys of topics end on which a device takes commands."""

_PICTURES: Final = ("topic", "image_topic", "img_t", "url_topic", "url_t")
"""Keys of the topics of pictures."""

_SHORT_ASPECTS: Final = {
    "bri": "brightness",
    "clrm": "color_mode",
    "clr_temp": "color_temp",
    "dir": "direction",
    "fx": "effect",
    "hs": "hs",
    "osc": "oscillation",
    "pct": "percentage",
    "pr_mode": "preset_mode",
    "rgb": "rgb",
    "rgbw": "rgbw",
    "rgbww": "rgbww",
    "spd": "speed",
    "whit_val": "white_value",
    "xy": "xy",
    "act": "activity",
    "aux": "aux",
    "away_mode": "away_mode",
    "fan_mode": "fan_mode",
    "hold": "hold",
    "mode": "mode",
    "pow": "power",
    "swing_mode": "swing_mode",
    "swing_h_mode": "swing_horizontal_mode",
    "hum": "target_humidity",
    "temp": "temperature",
    "temp_hi": "temperature_high",
    "temp_lo": "temperature_low",
}
"""Aspects with ``_stat_t``, ``_stat_tpl`` and ``_val_tpl``."""
_SHORT_DIRECT: Final = {
    "act": "action",
    "bat_lev": "battery_level",
    "chrg": "charging",
    "cln": "cleaning",
    "curr_hum": "current_humidity",
    "curr_temp": "current_temperature",
    "dock": "docked",
    "err": "error",
    "fanspd": "fan_speed",
    "json_attr": "json_attributes",
    "l_ver": "latest_version",
    "pos": "position",
    "tilt_status": "tilt_status",
    "avty": "availability",
    "r": "red",
    "g": "green",
    "b": "blue",
    "bri": "brightness",
    "clr_temp": "color_temp",
    "fx": "effect",
}
"""Aspects with ``_t`` and ``_tpl``."""

_ABBREVIATIONS: Final = {
    **{f"{short}_stat_t": f"{name}_state_topic" for short, name in _SHORT_ASPECTS.items()},
    **{f"{short}_stat_tpl": f"{name}_state_template" for short, name in _SHORT_ASPECTS.items()},
    **{f"{short}_val_tpl": f"{name}_value_template" for short, name in _SHORT_ASPECTS.items()},
    **{f"{short}_t": f"{name}_topic" for short, name in _SHORT_DIRECT.items()},
    **{f"{short}_tpl": f"{name}_template" for short, name in _SHORT_DIRECT.items()},
    "hum_state_tpl": "target_humidity_state_template",
    "lrst_t": "last_reset_topic",
    "lrst_val_tpl": "last_reset_value_template",
    "stat_t": "state_topic",
    "stat_tpl": "state_template",
    "stat_val_tpl": "state_value_template",
    "val_tpl": "value_template",
    "t": "topic",
    "avty": "availability",
    "avty_mode": "availability_mode",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_on": "payload_on",
    "pl_off": "payload_off",
    "pl_osc_on": "payload_oscillation_on",
    "pl_osc_off": "payload_oscillation_off",
    "stat_on": "state_on",
    "stat_off": "state_off",
    "dev": "device",
    "dev_cla": "device_class",
    "unit_of_meas": "unit_of_measurement",
    "temp_unit": "temperature_unit",
    "cmps": "components",
    "o": "origin",
    "p": "platform",
}
"""The short form of each key that is read here."""
_DEVICE_ABBREVIATIONS: Final = {
    "cns": "connections",
    "cu": "configuration_url",
    "hw": "hw_version",
    "ids": "identifiers",
    "mdl": "model",
    "mdl_id": "model_id",
    "mf": "manufacturer",
    "sa": "suggested_area",
    "sn": "serial_number",
    "sw": "sw_version",
}


def expanded(members: Mapping[str, Json]) -> dict[str, Json]:
    """Return a configuration with the full names of its keys.

    Args:
        members: of a configuration, a component or one availability.
    """
    return {_ABBREVIATIONS.get(key, key): member for key, member in members.items()}


def expanded_device(members: Mapping[str, Json]) -> dict[str, Json]:
    """Return the description of a device with the full names of its keys.

    Args:
        members: of the description.
    """
    return {_DEVICE_ABBREVIATIONS.get(key, key): member for key, member in members.items()}


def is_silent(component: str, key: str) -> bool:
    """Return True if a key, short or not, names a topic on which a device takes commands, or publishes pictures.

    Args:
        component: such as ``camera``.
        key: of its configuration.
    """
    return key.endswith(_COMMANDS) or (component in SILENT and key in _PICTURES)


def words(component: str, aspect: str, members: Mapping[str, Json]) -> tuple[tuple[str, bool], ...]:
    """Return what a component calls on and off where that is what it tells; empty where it tells anything else.

    Args:
        component: such as ``binary_sensor``.
        aspect: of it, empty for its state.
        members: of its configuration, with full names.
    """
    keys: tuple[tuple[str, str], ...]
    if aspect == "oscillation":
        keys, usual = (("payload_oscillation_on", "payload_oscillation_off"),), ("oscillate_on", "oscillate_off")
    elif aspect in _SWITCHED_ASPECTS or (not aspect and component in _SWITCHED):
        keys, usual = (("payload_on", "payload_off"),), ("ON", "OFF")
        if component in _STATEFUL:
            keys = (("state_on", "state_off"), *keys)
    else:
        return ()
    found = (
        next((text for pair in keys if (text := word(members.get(pair[place])))), usual[place]) for place in (0, 1)
    )
    on, off = found
    return ((on, True), (off, False)) if on != off else ()


def word(value: Json) -> str:
    """Return a word as Home Assistant compares it; empty for what is none.

    Args:
        value: whatever stands in its place.
    """
    if isinstance(value, str):
        return value.strip()[:_MAX_WORD_CHARACTERS]
    return str(value) if isinstance(value, (bool, int, float)) else ""


_MAX_WORD_CHARACTERS: Final = 256
