"""Things of a home that publish on topics of their own: Frigate, Glow, DSMR-reader, EMS-ESP, Valetudo, OpenEVSE.

References:
    Normalisation section 13; the MQTT pages of Frigate, DSMR-reader, EMS-ESP, Valetudo and OpenEVSE.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.content import Document, Text
from hub.normalise.decoders import documents
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row, ignored, objects, scalars, status
from hub.normalise.decoders.generic import PLAIN
from hub.normalise.decoders.homie_devices import STATES
from hub.normalise.decoders.plain import WORDS
from hub.normalise.decoders.protocol import About, Decoded
from hub.normalise.decoders.vocabulary import Vocabulary
from hub.normalise.flatten import Dialect, Flattener
from hub.normalise.names import TIME_KEYS, snake_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message

_PLAIN = Dialect(time_keys=())
_TIME_KEYS = frozenset(TIME_KEYS)
MAX_KEPT_CHARACTERS = 1024
"""Objects with more characters in their keys are looked at each time anew."""


def _sections(dialect: Dialect) -> Callable[[Place, Message], Decoded]:
    """Return the reader of topics with documents, each under a name that its topic tells."""

    def read(place: Place, message: Message) -> Decoded:
        root = documents.mapping(message)
        if not isinstance(root, dict):
            return Decoded(undecoded=root)
        return documents.flattened(root, place.device, dialect, parts=place.parts, path=())

    return read


def frigate(bases: tuple[str, ...] = ("frigate",)) -> Ecosystem:
    """Return the decoder of Frigate.

    Args:
        bases: base topics.
    """
    value = scalars(_PLAIN)
    rule = "the camera is the device, the object or feature is the metric"
    rows = (
        Row("<base>/available", status(), "Frigate's own availability", device="frigate"),
        Row("<base>/notifications/state", value, "Frigate's own state", "frigate", "notifications", planned=True),
        Row("<base>/<kind>", ignored, "events, reviews and statistics are not read"),
        Row("<base>/<kind:events|stats|reviews>/<rest…>", ignored, "events, reviews and statistics are not read"),
        Row("<base>/<path…>/<kind:set|suspend|snapshot|ptz>", ignored, "commands and pictures are not read"),
        Row("<base>/<camera>/<feature…>/state", value, rule, "<camera>", "<feature>", planned=True),
        Row("<base>/<camera>/<object…>", value, rule, "<camera>", "<object>", planned=True),
    )
    return Ecosystem("frigate", "Frigate", rows, bases)


_GLOW = Dialect(unit_of=lambda parts: "dBm" if parts and parts[-1] == "rssi" else None)


class _Glow:
    """Reads what Glow displays say, whose documents have one shape a meter."""

    __slots__ = ("_vocabulary",)

    def __init__(self) -> None:
        self._vocabulary = Vocabulary(_GLOW)

    def read(self, place: Place, message: Message) -> Decoded:
        """Return what a display says; a time inside counts for the whole message.

        Args:
            place: what the topic says.
            message: of a display.
        """
        root = documents.mapping(message)
        if not isinstance(root, dict):
            return Decoded(undecoded=root)
        inside = _times(*root.values())
        if not inside:
            return documents.flattened(root, place.device, _GLOW)
        time_us = None if len(root) == 1 else times.first(*_times(root), *inside)  # one object's time holds for it all
        flattener = Flattener(place.device)
        self._vocabulary.add(flattener, root, time_us=time_us, size_bytes=len(message.payload))
        return Decoded(flattener.samples, rejections=flattener.rejections)


def _times(*nodes: Json) -> list[Json]:
    """Return what stands where the objects among some values may tell a time."""
    found: list[Json] = []
    for node in nodes:
        if isinstance(node, dict):
            keys = tuple(node)
            dated = _time_keys if len("".join(keys)) <= MAX_KEPT_CHARACTERS else _dated
            found += [node[key] for key in dated(keys)]
    return found


def _dated(keys: tuple[str, ...]) -> list[str]:
    """Return which of an object's keys may tell a time."""
    return [key for key in keys if snake_case(key) in _TIME_KEYS]


_time_keys = lru_cache(maxsize=256)(_dated)


def glow(bases: tuple[str, ...] = ("glow",)) -> Ecosystem:
    """Return the decoder of Hildebrand's Glow.

    Args:
        bases: base topics.
    """
    rule = "the display's address is the device, keys are metrics"
    read = _Glow().read
    rows = (
        Row("<base>/<mac>/STATE", read, rule, device="<mac>", planned=True),
        Row("<base>/<mac>/SENSOR/<meter…>", read, rule, device="<mac>", planned=True),
    )
    return Ecosystem("glow", "Glow", rows, bases)


def _dsmr_unit(parts: tuple[str, ...]) -> str | None:
    """Return the unit of a key of DSMR-reader."""
    key = parts[-1] if parts else ""
    if parts[:1] == ("gas",) or key == "extra_device_delivered":
        return "m³"
    if key.endswith(("_delivered_1", "_delivered_2", "_returned_1", "_returned_2")):
        return "kWh"
    if "currently_delivered" in key or "currently_returned" in key:
        return "kW"
    if key.startswith("phase_voltage_"):
        return "V"
    return "A" if key.startswith("phase_power_current_") else None


def _dsmr_dropped(key: str, depth: int) -> bool:
    """Return True for a key of DSMR-reader that is no measurement."""
    return depth == 0 and (key in ("id", "timestamp", "read_at") or key.endswith("_timestamp"))


_DSMR = Dialect(time_keys=("timestamp", "read_at"), unit_of=_dsmr_unit, dropped=_dsmr_dropped)


def _read_dsmr_value(place: Place, message: Message) -> Decoded:
    """Return the value of a key with a topic of its own."""
    if _dsmr_dropped(place.levels["key"], 0):
        return Decoded()
    return documents.scalar(message, place.device, place.parts, _DSMR)


def dsmr(bases: tuple[str, ...] = ("dsmr",)) -> Ecosystem:
    """Return the decoder of DSMR-reader.

    Args:
        bases: base topics.
    """
    rule = "the meter is one device, keys are metrics"
    rows = (
        Row("<base>/json", objects(_DSMR), rule, device="dsmr", planned=True),
        Row("<base>/reading/<key>", _read_dsmr_value, rule, "dsmr", "<key>", planned=True),
        Row("<base>/consumption/<kind:gas>", _sections(_DSMR), rule, "dsmr", "<kind>", planned=True),
        Row("<base>/consumption/<kind:gas>/<key>", _read_dsmr_value, rule, "dsmr", "<kind>/<key>", planned=True),
    )
    return Ecosystem("dsmr", "DSMR-reader", rows, bases)


def _read_ems(place: Place, message: Message) -> Decoded:
    """Return what EMS-ESP says of itself."""
    if isinstance(message.content, Text):
        return documents.scalar(message, place.device, (snake_case(place.levels["key"]),), _PLAIN)
    root = documents.mapping(message)
    return documents.flattened(root, place.device, _PLAIN) if isinstance(root, dict) else Decoded(undecoded=root)


def _unless_command(read: Callable[[Place, Message], Decoded]) -> Callable[[Place, Message], Decoded]:
    """Return a reader of topics under which EMS-ESP takes commands, too; these tell nothing."""

    def reading(place: Place, message: Message) -> Decoded:
        content = message.content
        is_command = isinstance(content, Document) and isinstance(content.root, dict) and "cmd" in content.root
        return Decoded() if is_command else read(place, message)

    return reading


_EMS_DEVICES = (
    "boiler|thermostat|mixer|solar|heatpump|heatsource|gateway|connect|switch|controller|pool|ventilation|water"
    "|extension|alert|temperaturesensor|analogsensor|custom"
)


def ems_esp(bases: tuple[str, ...] = ("ems-esp",)) -> Ecosystem:
    """Return the decoder of EMS-ESP.

    Args:
        bases: base topics; any levels may stand before them.
    """
    rule = "the part of the heating is the device, keys are metrics"
    value = _unless_command(scalars(_PLAIN))
    rows = (
        Row("…/<base>/status", status(), "EMS-ESP's own will", device="ems-esp"),
        Row("…/<base>/<device:[^/]+?>_data", objects(_PLAIN), rule, device="<device>", planned=True),
        Row("…/<base>/<device:[^/]+?>_data_<part:[^/]+>", _sections(_PLAIN), rule, "<device>", "<part>", planned=True),
        Row("…/<base>/<key>", _unless_command(_read_ems), "EMS-ESP itself", device="ems-esp", planned=True),
        Row(f"…/<base>/<device:{_EMS_DEVICES}>/<path…>", value, rule, "<device>", "<path>", planned=True),
    )
    return Ecosystem("ems_esp", "EMS-ESP", rows, bases)


_VALETUDO_UNITS = {"level": "%", "volume": "%", "signal": "dBm"}
_VALETUDO_STATISTICS = {"area": "cm²", "time": "s"}


def _valetudo_unit(parts: tuple[str, ...]) -> str | None:
    """Return the unit of a property of Valetudo."""
    if not parts:
        return None
    key, node = parts[-1], parts[0]
    if key == "value" and node.startswith("speaker_volume"):
        return "%"
    known = _VALETUDO_UNITS.get(key)
    return known or (_VALETUDO_STATISTICS.get(key) if node.endswith("statistics_capability") else None)


def _read_name(place: Place, message: Message) -> Decoded:
    """Return what a robot is called."""
    name = message.payload.decode("utf-8", "replace").strip()
    return Decoded(about=[About(place.device, name)]) if name else Decoded()


def valetudo(bases: tuple[str, ...] = ("valetudo",)) -> Ecosystem:
    """Return the decoder of Valetudo.

    Args:
        bases: base topics.
    """
    value = scalars(Dialect(time_keys=(), unit_of=_valetudo_unit))
    rows = (
        Row("<base>/<id>/$state", status(STATES), "the robot's state, as in Homie", device="<id>"),
        Row("<base>/<id>/$name", _read_name, "the robot's name", device="<id>"),
        Row(r"<base>/<id>/<path:(?:.*/)?\$.*>", ignored, "attributes tell nothing"),
        Row("<base>/<id>/<path…>/set", ignored, "commands tell nothing"),
        Row("<base>/<id>/MapData/<kind:map-data.*|map>", ignored, "maps are no readings"),
        Row(
            "<base>/<id>/<path:[^/]+/.+>",
            value,
            "the robot is the device, node and property are the metric",
            "<id>",
            "<path>",
            planned=True,
        ),
    )
    return Ecosystem("valetudo", "Valetudo", rows, bases)


def _read_announce(_: Place, message: Message) -> Decoded:
    """Return whether a charger is there; it is the device whose values come under the topic that it names (G9)."""
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    if not root:
        return Decoded()
    device = root.get("mqtt")
    if not isinstance(device, str) or not device.strip("/"):
        return Decoded(undecoded=Rejection("unexpected_shape", "OpenEVSE names its base topic under mqtt."))
    device = device.strip("/")
    decoded = documents.said(message, device, WORDS)
    decoded.decoder = PLAIN
    if isinstance(name := root.get("name"), str) and name:
        decoded.about.append(About(device, name, model="OpenEVSE"))
    return decoded


def openevse(bases: tuple[str, ...] = ("openevse",)) -> Ecosystem:
    """Return the decoder of OpenEVSE's announcements; its values are plain topics.

    Args:
        bases: base topics of announcements.
    """
    rows = (Row("<base>/announce/<id>", _read_announce, "the base topic that it names is the device"),)
    return Ecosystem("openevse", "OpenEVSE", rows, bases)
