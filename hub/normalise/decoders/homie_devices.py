"""What is known of Homie devices: what their properties hold, who is whose child, and what they said of themselves.

All of it is bounded. Where there is no room, what is new is not kept, and that is a rejection of the message that told
it; its values are read as those of properties that nobody described.

References:
    Homie 4 and 5: device lifecycle, device hierarchy, property attributes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hub.core.model import Rejection, Status
from hub.core.units import canonical
from hub.normalise.decoders.protocol import Said

if TYPE_CHECKING:
    from hub.normalise.content import Json

MAX_DEVICES = 10_000
"""Devices of which something is kept."""
MAX_PROPERTIES = 100_000
"""Described properties of all devices together."""
MAX_DEVICE_PROPERTIES = 2_000
"""Described properties of one device."""
MAX_ID_CHARACTERS = 256
"""A longer id is none."""

DATATYPES = frozenset({"integer", "float", "boolean", "string", "enum", "color", "datetime", "duration", "json"})
"""Of Homie 4 and 5."""
STATES = {
    "init": Status.ONLINE,
    "ready": Status.ONLINE,
    "sleeping": Status.ONLINE,
    "alert": Status.ONLINE,
    "disconnected": Status.OFFLINE,
    "lost": Status.OFFLINE,
}
"""What a device says of itself, and what that means."""
LOST = "lost"
"""The will of a root device."""

_NO_ROOM = Rejection("limit", f"More than {MAX_DEVICES} Homie devices; this one's descriptions are not kept.")
_TOO_MANY = Rejection(
    "limit",
    f"More than {MAX_DEVICE_PROPERTIES} described properties of this device, or {MAX_PROPERTIES} of all; "
    "the others are read as they look.",
)


class Property(NamedTuple):
    """What a property holds.

    Args:
        datatype: one of :data:`DATATYPES`, None if nobody told.
        unit: canonical symbol, None if nobody told.
    """

    datatype: str | None = None
    unit: str | None = None


UNKNOWN = Property()
"""Nobody described it."""


class Place(NamedTuple):
    """Which device.

    Args:
        base: the levels before its id, with a slash at the end; they are part of what it is called here, so that
            devices of two domains are kept apart.
        id: as its topics write it.
        device: what the hub is told it is called.
    """

    base: str
    id: str
    device: str

    def topic(self, end: str) -> str:
        """Return the topic of something of the device.

        Args:
            end: the levels after its id.
        """
        return f"{self.base}{self.id}/{end}"


class News(NamedTuple):
    """What follows from a message about a device.

    Args:
        renewed: topics that are explained now.
        reclaimed: topics that nobody explains any more.
        statuses: in order.
        rejections: what could not be kept.
    """

    renewed: tuple[str, ...] = ()
    reclaimed: tuple[str, ...] = ()
    statuses: tuple[Said, ...] = ()
    rejections: tuple[Rejection, ...] = ()


@dataclass(slots=True)
class _Device:
    """One device; ``status`` is what it said itself last."""

    place: Place
    status: Status | None = None
    lost: bool = False
    root: str = ""
    children: dict[str, None] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)


class Devices:
    """Remembers devices."""

    def __init__(self) -> None:
        self._devices: dict[tuple[str, str], _Device] = {}
        self._properties = 0

    @property
    def kept(self) -> tuple[int, int]:
        """How many devices and how many properties are kept."""
        return len(self._devices), self._properties

    def property_of(self, place: Place, key: str) -> Property:
        """Return what a property holds, as far as somebody told.

        Args:
            place: its device.
            key: ids of node and property, joined by ``/``.
        """
        device = self._devices.get(place[:2])
        return UNKNOWN if device is None else device.properties.get(key, UNKNOWN)

    def say(self, place: Place, word: str) -> News:
        """Keep a device's state; return whose status it is.

        Args:
            place: the device.
            word: one of :data:`STATES`; empty if the device was removed.
        """
        if not word:
            return News(reclaimed=self._forget(place))
        status = STATES.get(word)
        if status is None:
            return News()
        device = self._device(place)
        if device is None:
            return News(statuses=(_said(place, status, word),), rejections=(_NO_ROOM,))
        was_lost, device.lost, device.status = device.lost, word == LOST, status
        said = [_said(place, Status.OFFLINE, LOST) if self._is_orphan(device) else _said(place, status, word)]
        for child in self._children(device) if device.lost or was_lost else ():
            if device.lost:
                said.append(_said(child.place, Status.OFFLINE, LOST))
            elif child.status is not None:
                said.append(_said(child.place, child.status, ""))
        return News(statuses=tuple(said))

    def describe(self, place: Place, root: dict[str, Json]) -> News:
        """Keep a Homie 5 description, which replaces the one before it.

        Args:
            place: the device.
            root: the description; an empty one describes nothing.
        """
        device = self._device(place) if root else self._devices.get(place[:2])
        if device is None:
            return News(rejections=(_NO_ROOM,) if root else ())
        room = min(MAX_DEVICE_PROPERTIES, MAX_PROPERTIES - self._properties + len(device.properties))
        described, complete = _described(root, room)
        old, device.properties = device.properties, described
        self._properties += len(described) - len(old)
        changed = [place.topic(key) for key, told in described.items() if old.get(key, UNKNOWN) != told]
        removed = [place.topic(key) for key in old if key not in described]
        self._adopt(device, root.get("root"))
        statuses = (_said(place, Status.OFFLINE, LOST),) if self._is_orphan(device) else ()
        return News(tuple(changed), tuple(removed), statuses, () if complete else (_TOO_MANY,))

    def attribute(self, place: Place, key: str, **told: str | None) -> News:
        """Keep what an attribute of Homie 4 tells of a property.

        Args:
            place: its device.
            key: ids of node and property, joined by ``/``.
            told: ``datatype`` or ``unit``, None if it was taken back.
        """
        old = self.property_of(place, key)
        new = old._replace(**told)
        if new == old:
            return News()
        device = self._device(place)
        if device is None:
            return News(rejections=(_NO_ROOM,))
        if new == UNKNOWN:
            del device.properties[key]
            self._properties -= 1
            return News(reclaimed=(place.topic(key),))
        if key in device.properties:
            device.properties[key] = new
        elif len(device.properties) >= MAX_DEVICE_PROPERTIES or self._properties >= MAX_PROPERTIES:
            return News(rejections=(_TOO_MANY,))
        else:
            device.properties[key] = new
            self._properties += 1
        return News((place.topic(key),))

    def _device(self, place: Place) -> _Device | None:
        """Return a device, kept from now on; None if there is no room."""
        device = self._devices.get(place[:2])
        if device is None and len(self._devices) < MAX_DEVICES and len(place.id) <= MAX_ID_CHARACTERS:
            device = self._devices[place[:2]] = _Device(place)
        return device

    def _forget(self, place: Place) -> tuple[str, ...]:
        """Forget a device that was removed; its children, should there be any, are still its children.

        Returns:
            The topics of its properties.
        """
        device = self._devices.get(place[:2])
        if device is None:
            return ()
        self._adopt(device, None)
        topics = tuple(map(place.topic, device.properties))
        self._properties -= len(topics)
        device.properties, device.status, device.lost = {}, None, False
        if not device.children:
            del self._devices[place[:2]]
        return topics

    def _adopt(self, device: _Device, root: Json) -> None:
        """Keep under which root a device is; a root is a device too, even before it says anything."""
        name = root if isinstance(root, str) and root != device.place.id else ""
        if name == device.root:
            return
        before = self._devices.get((device.place.base, device.root))
        if before is not None:
            before.children.pop(device.place.id, None)
        base, own, called = device.place
        found = self._device(Place(base, name, called.removesuffix(own) + name)) if name else None
        device.root = "" if found is None else name
        if found is not None:
            found.children[own] = None

    def _children(self, device: _Device) -> list[_Device]:
        """Return the devices that have a device as their root."""
        found = (self._devices.get((device.place.base, child)) for child in device.children)
        return [child for child in found if child is not None]

    def _is_orphan(self, device: _Device) -> bool:
        """Return True if a device has a root, and that is lost: then it is lost too, whatever it said."""
        root = self._devices.get((device.place.base, device.root)) if device.root else None
        return root is not None and root.lost


def datatype(text: str) -> str | None:
    """Return a datatype, None if it is none.

    Args:
        text: as the device writes it.
    """
    word = text.strip().lower()
    return word if word in DATATYPES else None


def _described(root: dict[str, Json], room: int) -> tuple[dict[str, Property], bool]:
    """Return the properties of a description, and True if there was room for all."""
    found: dict[str, Property] = {}
    nodes = root.get("nodes")
    for node, told in nodes.items() if isinstance(nodes, dict) else ():
        properties = told.get("properties") if isinstance(told, dict) else None
        for name, about in properties.items() if isinstance(properties, dict) else ():
            if not isinstance(about, dict) or not _is_id(node) or not _is_id(name):
                continue
            if len(found) >= room:
                return found, False
            kind, unit = about.get("datatype"), about.get("unit")
            found[f"{node}/{name}"] = Property(
                datatype(kind) if isinstance(kind, str) else None, canonical(unit) if isinstance(unit, str) else None
            )
    return found, True


def _is_id(text: str) -> bool:
    """Return True if a text can be a level of a topic."""
    return 0 < len(text) <= MAX_ID_CHARACTERS and "/" not in text


def _said(place: Place, status: Status, word: str) -> Said:
    """Return what a device says, or its will."""
    return Said(place.device, status, "will" if word == LOST else "availability")
