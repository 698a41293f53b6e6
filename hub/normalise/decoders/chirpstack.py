"""ChirpStack v3 and v4: events of LoRaWAN devices, and what the gateway bridge tells of gateways.

References:
    Normalisation section 11; ChirpStack, MQTT integration and event types; ChirpStack Gateway Bridge, states and
    events.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.normalise import times
from hub.normalise.content import Document, parse_json
from hub.normalise.decoders import lorawan
from hub.normalise.decoders.bases import Bases
from hub.normalise.decoders.documents import mapping, said
from hub.normalise.decoders.protocol import About, Claim, Decoded, Said, Sample, nothing
from hub.normalise.decoders.vocabulary import Vocabulary
from hub.normalise.flatten import Dialect, Flattener
from hub.normalise.names import label

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.lorawan import Told
    from hub.normalise.decoders.protocol import Message, Topic

_SHORT_EVENTS = frozenset({"rx", "up", "status", "join", "ack", "txack", "error", "location", "tx"})
"""Last levels of device topics of early versions; anything else there is somebody else's topic."""
_EUI = re.compile(r"[0-9A-Fa-f]{16}")
_CONNECTION_WORDS = {"online": Status.ONLINE, "offline": Status.OFFLINE}
_NO_JSON = Rejection(
    "unexpected_shape",
    "ChirpStack's events are read as JSON objects; set json = true in its MQTT integration, or its marshaler to json.",
)
_IDENTITY = frozenset({"gatewayId", "gatewayID", "gatewayIdLegacy", "statsId", "statsID", "ip", "configVersion"})
_METADATA = frozenset({"metadata", "metaData"})
_NOTHING: dict[str, Json] = {}
_UNTOLD = (None, None, None, None)


def _is_identity(key: str, depth: int) -> bool:
    """Return True for a key of a gateway's statistics that describes the gateway."""
    return not depth and (key in _IDENTITY or key in _METADATA)


_STATISTICS = Dialect(time_keys=("time",), unit_of=lorawan.position_unit, dropped=_is_identity)


class ChirpStack:
    """Claims ``application/<id>/device/<DevEUI>/event/…``, its older forms, and ``[<region>/]gateway/<id>/…``.

    Args:
        bases: what goes before an application's id; more than ``application`` where a bridge puts levels before it.
    """

    name = "chirpstack"

    def __init__(self, bases: tuple[str, ...] = ("application",)) -> None:
        self._bases = Bases(bases)
        self._objects = Vocabulary(Dialect(time_keys=()))
        self._locations = Vocabulary(Dialect(time_keys=(), unit_of=lorawan.position_unit), ("location",))

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of ChirpStack's topics are read.

        Args:
            topic: to be claimed.
        """
        below = self._bases.below(topic)
        if below is None:
            return self._gateway(topic)
        match below.levels:
            case (application, "device", eui, "event", event):
                return self._event(self._device(f"{below.within}{application}/{eui}"), event)
            case (application, "device", eui, event) if event in _SHORT_EVENTS:
                return self._event(self._device(f"{below.within}{application}/{eui}"), event)
            case (_, "device", _, "command", *_):
                return Claim(self.name, "11 ChirpStack: commands tell nothing", nothing)
            case _:
                return None

    def _device(self, device: str) -> _Device:
        """Return what reads the events of one topic of a device."""
        return _Device(device, self._objects, self._locations)

    def _event(self, device: _Device, event: str) -> Claim:
        """Return how one kind of a device's events is read."""
        match event:
            case "up" | "rx":
                rule = "11 ChirpStack uplink: the decoded object, link of the gateway that heard it best"
                return Claim(self.name, rule, device.read_uplink)
            case "status":
                return Claim(self.name, "11 ChirpStack status: link margin and power of a device", device.read_status)
            case "join":
                return Claim(self.name, "11 ChirpStack join: the device is online", device.read_join)
            case "location":
                return Claim(self.name, "11 ChirpStack location", device.read_location)
            case _:
                return Claim(self.name, f"11 ChirpStack: {event} events tell nothing", nothing)

    def _gateway(self, topic: Topic) -> Claim | None:
        """Return how a gateway's topic is read, None if it is none."""
        match topic.levels:
            case (*_, "gateway", gateway, "state", "conn"):
                reader = _Gateway(f"gateway/{gateway}")
                return Claim(self.name, "11 ChirpStack gateway: whether it is connected", reader.read_connection)
            case (*_, "gateway", gateway, "event", "stats") if _EUI.fullmatch(gateway):
                reader = _Gateway(f"gateway/{gateway}")
                return Claim(self.name, "11 ChirpStack gateway: its statistics", reader.read_statistics)
            case (*_, "gateway", gateway, "event" | "command" | "state", _) if _EUI.fullmatch(gateway):
                return Claim(self.name, "11 ChirpStack gateway: frames and commands tell nothing", nothing)
            case _:
                return None


class _Device:
    """Reads the events of one device's topic.

    Args:
        device: its id.
        objects: the vocabulary of decoded objects, shared by all devices.
        locations: the vocabulary of locations, likewise.
    """

    __slots__ = ("_device", "_locations", "_objects", "_told")

    def __init__(self, device: str, objects: Vocabulary, locations: Vocabulary) -> None:
        self._device, self._objects, self._locations = device, objects, locations
        self._told: Told = _UNTOLD

    def read_uplink(self, message: Message) -> Decoded:
        """Return the readings of an uplink.

        Args:
            message: of ``…/up`` or ``…/rx``.
        """
        root = _event(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        reception = lorawan.strongest(root.get("rxInfo"))
        time_us = times.first(root.get("time"), reception.get("time"), root.get("publishedAt"))
        flattener = Flattener(self._device)
        values = _values(root)
        if isinstance(values, Rejection):
            flattener.rejections.append(values)
        else:
            self._objects.add(flattener, values, time_us=time_us, size_bytes=len(message.payload))
        snr = reception.get("loRaSNR") if reception.get("snr") is None else reception["snr"]
        flattener.samples.extend(lorawan.link(self._device, reception.get("rssi"), snr, time_us))
        return self._decoded(flattener, root, message)

    def read_status(self, message: Message) -> Decoded:
        """Return the link margin of a device and how it is powered.

        Args:
            message: of ``…/status``.
        """
        root = _event(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        device, time_us = self._device, times.first(root.get("time"), root.get("publishedAt"))
        samples = []
        if (margin := lorawan.number(root.get("margin"))) is not None:
            samples.append(Sample(device, "margin", margin, "dB", time_us))
        level = lorawan.number(root.get("batteryLevel"))
        if level is not None and root.get("batteryLevelUnavailable") is not True:
            samples.append(Sample(device, "battery_level", level, "%", time_us))
        external = root.get("externalPowerSource")
        if isinstance(external, bool):
            samples.append(Sample(device, "external_power_source", external, None, time_us))
        return self._decoded(Flattener(device, samples=samples), root, message)

    def read_join(self, message: Message) -> Decoded:
        """Return that a device joined its network.

        Args:
            message: of ``…/join``.
        """
        root = _event(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        decoded = self._decoded(Flattener(self._device), root, message)
        if message.payload:
            decoded.statuses.append(Said(self._device, Status.ONLINE, "join"))
        return decoded

    def read_location(self, message: Message) -> Decoded:
        """Return where a device is.

        Args:
            message: of ``…/location``.
        """
        root = _event(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        flattener = Flattener(self._device)
        location = root.get("location")
        if isinstance(location, dict):
            time_us = times.first(root.get("time"), root.get("publishedAt"))
            self._locations.add(flattener, location, time_us=time_us, size_bytes=len(message.payload))
        return self._decoded(flattener, root, message)

    def _decoded(self, flattener: Flattener, root: dict[str, Json], message: Message) -> Decoded:
        """Return what an event says, and what it tells about the device if that is new."""
        decoded = Decoded(flattener.samples, rejections=flattener.rejections)
        told = _told(root)
        if told != self._told and message.payload:
            decoded.about.append(_about(self._device, told))
            if lorawan.is_kept(message):
                self._told = told
        return decoded


class _Gateway:
    """Reads the messages of one gateway's topic.

    Args:
        gateway: its id, as a device.
    """

    __slots__ = ("_gateway",)

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway

    def read_connection(self, message: Message) -> Decoded:
        """Return whether the gateway is connected.

        Args:
            message: of ``…/state/conn``.
        """
        return said(message, self._gateway, _CONNECTION_WORDS)

    def read_statistics(self, message: Message) -> Decoded:
        """Return how many frames a gateway received and sent; statistics in Protobuf tell nothing.

        Args:
            message: of ``…/event/stats``.
        """
        match message.content:
            case Document(dict() as root):
                flattener = Flattener(self._gateway, _STATISTICS)
                flattener.add(root)
                return Decoded(flattener.samples, rejections=flattener.rejections)
            case _:
                return Decoded()


def _event(message: Message) -> dict[str, Json] | Rejection:
    """Return an event's object, or why it has none."""
    root = mapping(message)
    return _NO_JSON if isinstance(root, Rejection) and root.reason != "broken_json" else root


def _values(root: dict[str, Json]) -> dict[str, Json] | list[Json] | Rejection:
    """Return what ChirpStack's codec made of an uplink, which version 3 sends as a text of JSON; empty for nothing."""
    values = root.get("object")
    text = root.get("objectJSON")
    if values is None and isinstance(text, str) and text.strip():
        parsed = parse_json(text.strip())
        if isinstance(parsed, Rejection):
            return Rejection(parsed.reason, f"objectJSON: {parsed.detail}")
        values = parsed
    return values if isinstance(values, (dict, list)) else _NOTHING


def _told(root: dict[str, Json]) -> Told:
    """Return all that :func:`_about` looks at, to find out cheaply whether it changed."""
    info = root.get("deviceInfo")
    holder = info if isinstance(info, dict) else root
    get = holder.get
    return get("deviceName"), get("applicationName"), get("deviceProfileName"), get("tags")


def _about(device: str, told: Told) -> About:
    """Return what an event tells about its device."""
    name, place, model, tags = told
    return About(device, label(name), label(place), label(model), lorawan.labels(tags))
