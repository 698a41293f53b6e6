"""The Things Stack v3: uplinks, joins and solved locations of LoRaWAN devices.

References:
    Normalisation section 10; The Things Stack, MQTT server and data formats; payload schema of the LoRaWAN device
    repository (units of normalised payloads).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.normalise import times
from hub.normalise.decoders import lorawan
from hub.normalise.decoders.bases import Bases
from hub.normalise.decoders.documents import cut, mapping
from hub.normalise.decoders.protocol import About, Claim, Decoded, Said, nothing
from hub.normalise.decoders.vocabulary import Vocabulary
from hub.normalise.flatten import Dialect, Flattener
from hub.normalise.names import label

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.lorawan import Told
    from hub.normalise.decoders.protocol import Message, Topic

_UNITS = {
    "temperature": "°C",
    "relative_humidity": "%",
    "moisture": "%",
    "pressure": "hPa",
    "co2": "ppm",
    "n": "ppm",
    "p": "ppm",
    "k": "ppm",
    "light_intensity": "lx",
    "direction": "°",
    "speed": "m/s",
    "intensity": "mm/h",
    "cumulative": "mm",
    "depth": "cm",
    "ec": "dS/m",
    "latitude": "°",
    "longitude": "°",
    "altitude": "m",
}
"""By the key under ``air``, ``soil``, ``water``, ``wind``, ``rain`` or ``position`` of a normalised payload."""
_BATTERY, _WATER_METER = ("battery",), ("metering", "water", "total")
_SHORTEST = 4
"""Levels after the base: application, ``devices``, device, event."""
_UPLINK_RULE = "10 The Things Stack uplink: decoded and normalised payload, link of the gateway that heard it best"
_NO_UPLINK = Rejection("unexpected_shape", 'An uplink of The Things Stack has an object "uplink_message".')
_NO_LOCATION = Rejection("unexpected_shape", 'A solved location has an object "location_solved.location".')
_NOTHING: dict[str, Json] = {}
_UNTOLD = (None, None, None)


def _unit_of(parts: tuple[str, ...]) -> str | None:
    """Return the unit of a normalised value."""
    if len(parts) > 1:
        return "L" if parts == _WATER_METER else _UNITS.get(parts[1])
    return "V" if parts == _BATTERY else None


class _Vocabularies:
    """What is known of the keys of uplinks and locations."""

    __slots__ = ("decoded", "location", "normalised")

    def __init__(self) -> None:
        self.decoded = Vocabulary(Dialect(time_keys=()))
        self.normalised = Vocabulary(Dialect(time_keys=(), unit_of=_unit_of))
        self.location = Vocabulary(Dialect(time_keys=(), unit_of=lorawan.position_unit), ("location",))


class TheThingsStack:
    """Claims ``v3/<application>[@tenant]/devices/<device>/…``.

    Args:
        bases: what goes before the application; more than ``v3`` where a bridge puts levels before it.
    """

    name = "ttn"

    def __init__(self, bases: tuple[str, ...] = ("v3",)) -> None:
        self._bases = Bases(bases)
        self._vocabularies = _Vocabularies()

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a device's topics are read.

        Args:
            topic: to be claimed.
        """
        below = self._bases.below(topic)
        if below is None or len(below.levels) < _SHORTEST or below.levels[1] != "devices":
            return None
        application, _, device, *event = below.levels
        place = (below.within, application.partition("@")[0], device)
        reader = _Device(self._vocabularies, *place)
        match event:
            case ["up"]:
                return Claim(self.name, _UPLINK_RULE, reader.read_uplink)
            case ["join"]:
                return Claim(self.name, "10 The Things Stack join: the device is online", reader.read_join)
            case ["location", "solved"]:
                return Claim(self.name, "10 The Things Stack location, solved by a service", reader.read_location)
            case _:
                return Claim(self.name, "10 The Things Stack: downlinks and service data tell nothing", nothing)


class _Device:
    """Reads the messages of one device's topic.

    Args:
        vocabularies: shared by all devices.
        within: what goes before ids, by base topic.
        application: id of the application, as the topic names it.
        device: id of the device, as the topic names it.
    """

    __slots__ = ("_application", "_device", "_told", "_vocabularies", "_within")

    def __init__(self, vocabularies: _Vocabularies, within: str, application: str, device: str) -> None:
        self._vocabularies = vocabularies
        self._within, self._application, self._device = within, application, device
        self._told: Told = _UNTOLD

    def read_uplink(self, message: Message) -> Decoded:
        """Return the readings of an uplink.

        Args:
            message: of ``…/up``.
        """
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        uplink = root.get("uplink_message")
        if not isinstance(uplink, dict):
            return Decoded(undecoded=_NO_UPLINK if message.payload else None)
        device = self._id(root)
        reception = lorawan.strongest(uplink.get("rx_metadata"))
        time_us = times.first(uplink.get("received_at"), root.get("received_at"), reception.get("time"))
        flattener, size_bytes = Flattener(device), len(message.payload)
        decoded_payload = uplink.get("decoded_payload")
        if isinstance(decoded_payload, (dict, list)):
            self._vocabularies.decoded.add(flattener, decoded_payload, time_us=time_us, size_bytes=size_bytes)
        normalised = uplink.get("normalized_payload")
        if normalised:
            self._add_normalised(flattener, normalised, time_us, size_bytes)
        flattener.samples.extend(lorawan.link(device, reception.get("rssi"), reception.get("snr"), time_us))
        decoded = cut(Decoded(flattener.samples, rejections=flattener.rejections))
        told = _told(root, uplink)
        if told != self._told:
            decoded.about.append(_about(device, told))
            if lorawan.is_kept(message):
                self._told = told
        return decoded

    def read_join(self, message: Message) -> Decoded:
        """Return that a device joined its network.

        Args:
            message: of ``…/join``.
        """
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        return Decoded(statuses=[Said(self._id(root), Status.ONLINE, "join")]) if message.payload else Decoded()

    def read_location(self, message: Message) -> Decoded:
        """Return where a service thinks that a device is.

        Args:
            message: of ``…/location/solved``.
        """
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        solved = root.get("location_solved")
        location = solved.get("location") if isinstance(solved, dict) else None
        if not isinstance(location, dict):
            return Decoded(undecoded=_NO_LOCATION if message.payload else None)
        flattener, time_us = Flattener(self._id(root)), times.first(root.get("received_at"))
        self._vocabularies.location.add(flattener, location, time_us=time_us, size_bytes=len(message.payload))
        return Decoded(flattener.samples, rejections=flattener.rejections)

    def _add_normalised(self, flattener: Flattener, normalised: Json, time_us: int | None, size_bytes: int) -> None:
        """Add normalised measurements; they replace decoded values of the same name, whose units nobody knows."""
        decoded, flattener.samples = flattener.samples, []
        measurements = normalised if isinstance(normalised, list) else [normalised]
        for measurement in measurements if flattener.has_room_for(measurements) else ():
            if not isinstance(measurement, dict):
                continue
            own_us, values = times.parse(measurement.get("time")), measurement
            if own_us is not None:
                values = {key: member for key, member in measurement.items() if key != "time"}
            moment_us = times.best((own_us, time_us))
            self._vocabularies.normalised.add(flattener, values, time_us=moment_us, size_bytes=size_bytes)
        names = {sample.metric for sample in flattener.samples}
        flattener.samples[:0] = [sample for sample in decoded if sample.metric not in names]

    def _id(self, root: dict[str, Json]) -> str:
        """Return the device of a message, from its topic where it does not name it."""
        ids = root.get("end_device_ids")
        if not isinstance(ids, dict):
            ids = _NOTHING
        applications = ids.get("application_ids")
        application = applications.get("application_id") if isinstance(applications, dict) else None
        device = ids.get("device_id")
        if not isinstance(application, str) or not application:
            application = self._application
        if not isinstance(device, str) or not device:
            device = self._device
        return f"{self._within}{application}/{device}"


def _told(root: dict[str, Json], uplink: dict[str, Json]) -> Told:
    """Return all that :func:`_about` looks at, to find out cheaply whether it changed."""
    ids = root.get("end_device_ids")
    eui = ids.get("dev_eui") if isinstance(ids, dict) else None
    return eui, uplink.get("version_ids"), uplink.get("attributes")


def _about(device: str, told: Told) -> About:
    """Return what an uplink tells about its device."""
    eui, versions, attributes = told
    get = (versions if isinstance(versions, dict) else _NOTHING).get
    texts = (("dev_eui", eui), *((key, get(key)) for key in ("hardware_version", "firmware_version")))
    known = [(key, shown) for key, text in texts if (shown := label(text)) is not None]
    model = " ".join(filter(None, (label(get("brand_id")), label(get("model_id"))))) or None
    return About(device, model=model, info=(*known, *lorawan.labels(attributes)))
