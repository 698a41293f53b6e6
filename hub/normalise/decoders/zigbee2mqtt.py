"""Zigbee2MQTT: states of Zigbee devices, with the units that the bridge tells.

References:
    Normalisation section 4; Zigbee2MQTT documentation.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.normalise import times
from hub.normalise.content import Document
from hub.normalise.decoders.bases import Bases
from hub.normalise.decoders.bridges import Bridge
from hub.normalise.decoders.documents import document, flattened, mapping, scalar
from hub.normalise.decoders.protocol import Claim, Decoded, nothing
from hub.normalise.decoders.zigbee2mqtt_devices import Units, descriptions, of_bridge
from hub.normalise.flatten import Dialect
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.normalise.content import Json
    from hub.normalise.decoders.bases import Below
    from hub.normalise.decoders.protocol import Message, Topic

MAX_DEVICES = 5000
"""Devices whose description is kept, of all bridges together; a bridge of the largest kind has a few hundred."""

_READINGS = "4 Zigbee2MQTT: the friendly name is the device, keys are metrics"
_AVAILABILITY = "4 Zigbee2MQTT availability: whether the device is connected"
_BRIDGE_STATE = "4 Zigbee2MQTT bridge/state: whether the bridge is running"
_DEVICES = "4 Zigbee2MQTT bridge/devices: names, models and units of the devices"
_INFO = "4 Zigbee2MQTT bridge/info: the version of the bridge"
_BRIDGE = "4 Zigbee2MQTT bridge topics other than its state and its devices tell nothing"
_COMMANDS = "4 Zigbee2MQTT topics with set or get ask a device for something"

_BRIDGE_LEVEL, _AVAILABILITY_LEVEL, _SEEN = "bridge", "availability", "last_seen"
_ASKING = ("set", "get")
_WORDS = {"online": Status.ONLINE, "offline": Status.OFFLINE}
_METADATA = "device"
_UNITS: dict[str, str] = {
    "temperature": "°C",
    "humidity": "%",
    "soil_moisture": "%",
    "battery": "%",
    "position": "%",
    "tilt": "%",
    "pi_heating_demand": "%",
    "pressure": "hPa",
    "linkquality": "lqi",
    "illuminance": "lx",
    "illuminance_lux": "lx",
    "power": "W",
    "energy": "kWh",
    "current": "A",
    "co2": "ppm",
    "pm25": "µg/m³",
    "pm10": "µg/m³",
    "color_temp": "mired",
    "elapsed": "ms",
}
"""Units that all converters use. ``voltage`` is V here and mV there, so only the bridge can tell."""
_DEGREES = ("_temperature", "_setpoint")


class Zigbee2Mqtt:
    """Claims the topics below the base topics, and remembers what the bridge tells about its devices.

    Args:
        bases: base topics; devices of any but the first have it in their id.
    """

    name = "zigbee2mqtt"

    def __init__(self, bases: tuple[str, ...] = ("zigbee2mqtt",)) -> None:
        self._bases = Bases(bases)
        self._known: dict[str, dict[str, Dialect]] = {}
        self._units: dict[str, dict[str, Units]] = {}
        self._bridges: defaultdict[str, Bridge] = defaultdict(Bridge)

    @property
    def kept(self) -> int:
        """How many descriptions of devices, and statuses behind bridges."""
        return self._described + sum(map(len, self._bridges.values()))

    @property
    def _described(self) -> int:
        """How many devices' descriptions are kept."""
        return sum(map(len, self._units.values()))

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages below a base topic are read.

        Args:
            topic: to be claimed.
        """
        below = self._bases.below(topic)
        if below is None:
            return None
        levels = below.levels
        if levels[0] == _BRIDGE_LEVEL:
            return self._claim_bridge(levels[1:], below)
        if len(levels) > 1 and levels[-1] == _AVAILABILITY_LEVEL:
            device = below.within + "/".join(levels[:-1])
            reader = partial(self._bridges[below.within].read_device, device=device, words=_WORDS)
            return Claim(self.name, _AVAILABILITY, reader)
        if any(level in _ASKING for level in levels[1:][-2:]):
            return Claim(self.name, _COMMANDS, nothing)
        return Claim(self.name, _READINGS, self._reader(below).read, planned=True)

    def _claim_bridge(self, rest: tuple[str, ...], below: Below) -> Claim:
        """Return how a topic of the bridge is read."""
        bridge = below.within + _BRIDGE_LEVEL
        match rest:
            case ("state",):
                reader = partial(self._bridges[below.within].read_state, device=bridge, words=_WORDS)
                return Claim(self.name, _BRIDGE_STATE, reader)
            case ("devices",):
                return Claim(self.name, _DEVICES, partial(self._read_devices, within=below.within))
            case ("info",):
                return Claim(self.name, _INFO, partial(_read_info, bridge=bridge))
            case _:
                return Claim(self.name, _BRIDGE, nothing)

    def _reader(self, below: Below) -> _State:
        """Return what reads the states of a device, with the units that are known by now."""
        known = self._known.get(below.within, {})
        device, owner = "/".join(below.levels), "/".join(below.levels[:-1])
        part = below.levels[-1]
        return _State(
            device=below.within + device,
            owner=below.within + (owner or device),
            part=part if owner else "",
            dialect=known.get(device, _USUAL),
            owners=known.get(owner, _USUAL),
        )

    def _read_devices(self, message: Message, within: str) -> Decoded:
        """Return what the bridge tells about its devices, and the topics whose units it changes."""
        root = document(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        if not isinstance(root, list):
            return Decoded() if not root else Decoded(undecoded=_NO_LIST)
        decoded = Decoded()
        units: dict[str, Units] = {}
        room = MAX_DEVICES - self._described + len(self._units.get(within, ()))
        for description in descriptions(root, within):
            if len(units) >= room and description.name not in units:
                detail = f"The descriptions of {MAX_DEVICES} Zigbee devices are kept, no more."
                decoded.rejections.append(Rejection("limit", detail))
                break
            units[description.name] = description.units
            decoded.about.append(description.about)
        if not message.trial:
            before = self._units.get(within, {})
            base = message.topic.name.removesuffix("/bridge/devices")
            self._units[within] = units
            self._known[within] = {name: _described(told) for name, told in units.items()}
            decoded.renewed = tuple(_explained(base, before, units))
            decoded.statuses = self._bridges[within].know(within + name for name in units)
        return decoded


def unit(parts: tuple[str, ...], *, units: Mapping[tuple[str, ...], str | None]) -> str | None:
    """Return the unit of a property, None if it has none or nobody can say.

    Args:
        parts: of its name, in snake_case.
        units: what the bridge tells of this device's properties; where it tells no unit, the usual table holds, as it
            does before the bridge has told anything. So the unit does not depend on which came first.
    """
    names = tuple(part for part in parts if not part.isdecimal()) or parts
    last = names[-1] if names else ""
    told = next((units[key] for key in (names, (last,)) if key in units), None)
    return told or _UNITS.get(last) or ("°C" if last.endswith(_DEGREES) else None)


def _described(units: Units) -> Dialect:
    """Return how a device's states are read whose properties have these units.

    A property within another is found by its own name too, if that name stands for one unit only, and by the joined
    name under which it is published on a topic of its own.
    """
    found: Units = {}
    for parts, symbol in units.items():
        for alias in (parts[-1:], ("_".join(parts),)):
            found[alias] = symbol if found.get(alias, symbol) == symbol else None
    return Dialect(time_keys=(_SEEN,), unit_of=partial(unit, units=found | units), dropped=_dropped)


def _dropped(key: str, depth: int) -> bool:
    """Return True for the object in which the bridge repeats what it knows of the device."""
    return key == _METADATA and not depth


_USUAL = _described({})
_NO_LIST = Rejection("unexpected_shape", "The bridge sends its devices as an array.")


def _explained(base: str, before: Mapping[str, Units], after: Mapping[str, Units]) -> Iterator[str]:
    """Yield the topics of properties whose unit is another than before, and of the devices that have them."""
    for name in {**before, **after}:
        old, new = before.get(name, {}), after.get(name, {})
        changed = [
            parts for parts in {**old, **new} if (parts in old, old.get(parts)) != (parts in new, new.get(parts))
        ]
        if changed:
            yield f"{base}/{name}"
            yield from (f"{base}/{name}/{'-'.join(parts)}" for parts in changed)


def _read_info(message: Message, bridge: str) -> Decoded:
    """Return what the bridge tells about itself."""
    members = mapping(message)
    if isinstance(members, Rejection):
        return Decoded(undecoded=members)
    return Decoded(about=[of_bridge(members, bridge)]) if members else Decoded()


@dataclass(frozen=True, slots=True)
class _State:
    """Reads the states of one device, or one property of it.

    Args:
        device: whose state an object is.
        owner: whose property anything else is.
        part: the property; empty where the topic has no level for it.
        dialect: how the device's states are read.
        owners: how the owner's are.
        parts: the property's name.
    """

    device: str
    owner: str
    part: str
    dialect: Dialect
    owners: Dialect
    parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Work out the property's name once."""
        object.__setattr__(self, "parts", (snake_case(self.part),) if self.part else ())

    def read(self, message: Message) -> Decoded:
        """Return what a message says: an object is the device's state, anything else is one property."""
        content = message.content if message.payload else None
        if isinstance(content, Document) and isinstance(content.root, dict):
            return flattened(_dated(content.root), self.device, self.dialect)
        if self.part == _SEEN or self.part.startswith(f"{_METADATA}-"):
            return Decoded()
        return scalar(message, self.owner, self.parts, self.owners)


def _dated(members: dict[str, Json]) -> dict[str, Json]:
    """Return a state without ``last_seen`` where that is no time; it is never a reading."""
    if _SEEN not in members or times.parse(members[_SEEN]) is not None:
        return members
    return {key: member for key, member in members.items() if key != _SEEN}
