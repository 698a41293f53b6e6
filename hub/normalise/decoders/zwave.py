"""Z-Wave JS UI: a value of a node on each topic.

References:
    Normalisation section 13; Z-Wave JS UI, Gateway settings (topics and payload types).
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from hub.core.model import Status
from hub.core.units import canonical
from hub.normalise import times
from hub.normalise.content import Document
from hub.normalise.decoders import documents
from hub.normalise.decoders.bridges import Bridge
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row, ignored, nested
from hub.normalise.decoders.plain import WORDS
from hub.normalise.decoders.protocol import Decoded, Sample, Skip
from hub.normalise.flatten import Dialect
from hub.normalise.names import metric_name, snake_case
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message

_FIRST_CLASS = 32
"""Command classes are numbers from 0x20 on (Z-Wave specification); endpoints are smaller in practice."""
_CLASS_NAME = re.compile(
    r"unknownClass_\d+|alarm_sensor|alarm_silence|association|barrier_operator|basic|battery|binary_(?:sensor|switch)"
    r"|central_scene|clock|color_switch|configuration|door_lock(?:_logging)?|energy_production|entry_control"
    r"|humidity_control_\w+|indicator|irrigation|language|lock|manufacturer_specific|meter|multilevel_(?:sensor|switch)"
    r"|node_naming_and_location|notification|powerlevel|protection|scene_\w+|sensor_(?:binary|multilevel)|sound_switch"
    r"|switch_(?:all|binary|color|multilevel|toggle_\w+)|thermostat_\w+|time(?:_parameters)?|user_code|version|wake_up"
    r"|window_covering|zwaveplus_info",
)
_STATES = {**WORDS, "true": Status.ONLINE, "awake": Status.ONLINE, "false": Status.OFFLINE}
_VALUE_ID = frozenset({"nodeId", "commandClass", "property"})
_NODE = frozenset({"nodeName", "nodeLocation"})
"""What stands beside a value where people let the gateway say whose it is."""
_TELLING = frozenset({"value", "unit", "time", "lastUpdate"})
_PLAIN = Dialect(time_keys=())


def split(levels: list[str]) -> tuple[list[str], list[str]]:
    """Return the levels of a topic that are the node, and those that are its value.

    Args:
        levels: after the prefix.
    """
    for place, level in enumerate(levels):
        if level.isdecimal() and level.isascii():
            following = levels[place + 1 : place + 3]
            numbers = [int(text[:9]) for text in following if text.isdecimal() and text.isascii()]
            names_class = len(numbers) >= 1 and len(following) > 1 and numbers[0] < _FIRST_CLASS
            if place and int(level[:9]) >= _FIRST_CLASS and following[:1] and following[0].isdecimal() and names_class:
                return levels[:place], levels[place:]
            return levels[: place + 1], levels[place + 1 :]
        if place and _CLASS_NAME.fullmatch(level) and place + 1 < len(levels):
            return levels[:place], levels[place:]
    return levels[:-1] or levels, levels[-1:]


def _read(place: Place, message: Message, bridges: Mapping[str, Bridge]) -> Decoded:
    """Return a value, or whether a node is there."""
    node, path = split(place.levels["path"].split("/"))
    device = place.within + "/".join(node)
    if path == ["status"]:
        return bridges[place.within].read_device(message, device, _STATES, key="value")
    parts = tuple(filter(None, map(snake_case, path)))
    content = message.content
    if isinstance(content, Document) and isinstance(content.root, dict):
        root = content.root
        if "value" in root or root.keys() >= _VALUE_ID or root.keys() <= _NODE | {"time"}:
            return _read_value(root, device, parts)
    return documents.scalar(message, device, parts, _PLAIN)


def _read_value(root: dict[str, Json], device: str, parts: tuple[str, ...]) -> Decoded:
    """Return the value of an object that holds one, with its time and unit."""
    value, told = root.get("value"), root.get("unit")
    time_key = next((key for key in ("time", "lastUpdate") if times.parse(root.get(key)) is not None), None)
    moment_us = None if time_key is None else times.parse(root[time_key])
    unit = canonical(told) if isinstance(told, str) else None
    if isinstance(value, (dict, list)):
        dialect = Dialect(time_keys=(), unit_of=lambda _: unit)
        return nested(value, device, dialect, parts=parts, time_us=moment_us)
    name = metric_name(parts)
    held = classify(value, name.rpartition(".")[2]) if isinstance(value, str) else value
    sample = Sample(device, name, held, unit, moment_us, path=((time_key, "value"),))
    described = root.keys() if root.keys() >= _VALUE_ID else root.keys() & _NODE
    skipped = [Skip(((time_key, key),)) for key in described if key not in _TELLING]
    if isinstance(told, str) and "unit" in described:
        skipped.append(Skip(((time_key, "unit"),), told))
    return Decoded([sample], skipped=skipped)


def zwave(bases: tuple[str, ...] = ("zwave",)) -> Ecosystem:
    """Return the decoder of Z-Wave JS UI.

    Args:
        bases: prefixes.
    """
    rule = "the node's id or name is the device, the rest of the topic is the metric"
    bridges: defaultdict[str, Bridge] = defaultdict(Bridge)
    client, value = partial(_read_client, bridges=bridges), partial(_read, bridges=bridges)
    rows = (
        Row("<base>/<kind:_CLIENTS>/<gateway>/<path:status>", client, "the gateway's will", "_CLIENTS/<gateway>"),
        Row("<base>/<kind:_CLIENTS|_EVENTS_?>/<rest…>", ignored, "the gateway's interface and events are not read"),
        Row("<base>/<path…>/<kind:set|nodeinfo>", ignored, "commands and descriptions are no readings"),
        Row("<base>/<path:.+/.+>", value, rule, planned=True),
    )
    return Ecosystem("zwave", "Z-Wave JS UI", rows, bases, lambda: sum(map(len, bridges.values())))


def _read_client(place: Place, message: Message, bridges: Mapping[str, Bridge]) -> Decoded:
    """Return whether the gateway itself is there, and so its nodes."""
    return bridges[place.within].read_state(message, place.device, _STATES, key="value")
