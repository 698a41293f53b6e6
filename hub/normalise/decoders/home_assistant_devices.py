"""Devices: whom a discovery entry describes, and what it tells of them.

References:
    Normalisation section 6; Home Assistant, MQTT: the options of ``device`` and ``origin``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hub.normalise.decoders.documents import text
from hub.normalise.decoders.home_assistant_keys import expanded_device
from hub.normalise.decoders.protocol import About

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.normalise.content import Json

MAX_ID_CHARACTERS: Final = 1024
"""A longer identifier names no device."""

_INFO: Final = {
    "sw_version": "firmware",
    "hw_version": "hardware",
    "serial_number": "serial_number",
    "model_id": "model_id",
    "configuration_url": "url",
    "via_device": "via",
}
"""What is kept of a device's description, by the names that people see."""
_PAIR: Final = 2


class Owner(NamedTuple):
    """The device that an entry describes.

    Args:
        device: its id.
        about: what the entry tells of it.
    """

    device: str
    about: About


def owner(described: Json, origin: Json) -> Owner | None:
    """Return the device that an entry describes, None if it describes none.

    Args:
        described: whatever stands under ``device``.
        origin: whatever stands under ``origin``: the software that wrote the entry.
    """
    if not isinstance(described, dict):
        return None
    members = expanded_device(described)
    device = _first(members.get("identifiers")) or _connection(members.get("connections")) or _id(members.get("name"))
    return Owner(device, _about(device, members, origin)) if device else None


def _id(value: Json) -> str:
    """Return a text or number as an identifier, empty for what is none."""
    found = str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    return found if len(found) <= MAX_ID_CHARACTERS else ""


def _first(identifiers: Json) -> str:
    """Return the first of some identifiers, empty if there is none."""
    if isinstance(identifiers, list):
        return next(filter(None, map(_id, identifiers)), "")
    return _id(identifiers)


def _kind(connections: Json) -> Json:
    """Return what kind of connection the first one is."""
    first = connections[0] if isinstance(connections, list) and connections else None
    return first[0] if isinstance(first, list) and len(first) >= _PAIR else None


def _connection(connections: Json) -> str:
    """Return the address of the first connection, empty if there is none."""
    first = connections[0] if isinstance(connections, list) and connections else None
    return _id(first[1]) if isinstance(first, list) and len(first) >= _PAIR else ""


def _about(device: str, members: Mapping[str, Json], origin: Json) -> About:
    """Return what an entry tells of its device."""
    info = [(name, told) for key, name in _INFO.items() if (told := text(members.get(key)))]
    if _kind(members.get("connections")) == "mac":
        info.append(("mac", _connection(members.get("connections"))))
    if isinstance(origin, dict) and (told := text(origin.get("name"))):
        info.append(("discovered_by", told))
    return About(
        device,
        name=text(members.get("name")) or None,
        place=text(members.get("suggested_area")) or None,
        model=" ".join(filter(None, (text(members.get("manufacturer")), text(members.get("model"))))) or None,
        info=tuple(info),
    )
