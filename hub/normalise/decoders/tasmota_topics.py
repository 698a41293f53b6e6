"""Tasmota's topics: which device a topic belongs to, and what kind of message it carries.

A device's *full topic* joins a prefix (``cmnd``, ``stat``, ``tele``), the device's topic and whatever its owner likes,
in any order; the last level is the kind of message.

References:
    Normalisation section 3; Tasmota documentation, MQTT.
"""

from __future__ import annotations

import re
from typing import NamedTuple

COMMANDS = "cmnd"
_REPORTS = ("tele", "stat")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*|ZbReceived", re.ASCII)
_KINDS = re.compile(r"LWT|STATE|SENSOR|RESULT|ZbReceived|INFO[1-3]|STATUS\d{0,2}|POWER\d{0,2}", re.ASCII)
"""Kinds that nobody else has, so that the prefix before them may stand anywhere."""
_PREFIX, _SHORTEST = "%prefix%", 3
MAX_FULL_TOPIC_CHARACTERS = 256
"""Tasmota allows 100."""


class Place(NamedTuple):
    """What a topic says.

    Args:
        device: levels that name the device; empty for commands.
        kind: the last level; empty for commands.
    """

    device: str
    kind: str


COMMAND = Place("", "")
"""Topics that ask a device for something."""


def place(levels: tuple[str, ...]) -> Place | None:
    """Return what a topic with Tasmota's usual prefixes says, None if it has none of them.

    Args:
        levels: of the topic.
    """
    last = levels[-1]
    if levels[0] not in _REPORTS and COMMANDS in levels[:-1]:
        return COMMAND
    if len(levels) < _SHORTEST:
        return None
    if levels[0] in _REPORTS:
        at = 0
    elif levels[-2] in _REPORTS and _CAPITALS.fullmatch(last):
        at = len(levels) - 2
    elif _KINDS.fullmatch(last):
        at = next((index for index, level in enumerate(levels[:-1]) if level in _REPORTS), -1)
    else:
        return None
    device = "/".join(levels[:at] + levels[at + 1 : -1])
    return Place(device, last) if at >= 0 and device.strip("/") else None


class FullTopic(NamedTuple):
    """Where a device publishes, as it announces it.

    Args:
        device: its id: the full topic without the prefix.
        commands: topics of commands begin with it.
        reports: topics of reports begin with one of these.
    """

    device: str
    commands: str
    reports: tuple[str, ...]


def full_topic(pattern: str, prefixes: list[str], names: dict[str, str]) -> FullTopic | None:
    """Return where a device publishes, None if its full topic does not tell reports from commands.

    Args:
        pattern: such as ``%prefix%/%topic%/``.
        prefixes: those of commands, reports on request and telemetry.
        names: what stands for the other tokens, such as ``%topic%``.
    """
    if len(pattern) > MAX_FULL_TOPIC_CHARACTERS:
        return None
    for token, text in names.items():
        pattern = pattern.replace(token, text)
    levels = pattern.strip("/").split("/")
    if len(pattern) > MAX_FULL_TOPIC_CHARACTERS or _PREFIX not in levels or len(set(prefixes)) < len(prefixes):
        return None
    device = "/".join(level for level in levels if level != _PREFIX)
    starts = ["/".join(prefix if level == _PREFIX else level for level in levels) for prefix in prefixes]
    return FullTopic(device, starts[0], tuple(starts[1:])) if device.strip("/") else None
