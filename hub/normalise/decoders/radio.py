"""Gateways of radio sensors: OpenMQTTGateway and Theengs, Ruuvi Gateway, rtl_433.

References:
    Normalisation section 13; OpenMQTTGateway and Theengs decoder documentation; Ruuvi Gateway MQTT examples;
    rtl_433 docs/INTEGRATION.md and docs/DATA_FORMAT.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.core.units import canonical
from hub.normalise import times
from hub.normalise.decoders import documents, generic, json, plain, ruuvi
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row, ignored, objects, status, units
from hub.normalise.decoders.flat import Keys
from hub.normalise.decoders.protocol import About, Decoded, Sample
from hub.normalise.flatten import Dialect
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message

_DIGITS = "0123456789"
_THEENGS_DROPPED = frozenset(
    [
        "id",
        "mac",
        "mac_type",
        "adv_type",
        "name",
        "brand",
        "model",
        "model_id",
        "type",
        "device",
        "mfid",
        "uuid",
        "major",
        "minor",
        "servicedata",
        "servicedatauuid",
        "manufacturerdata",
        "cidc",
        "acts",
        "cont",
        "track",
        "encr",
        "ctr",
        "prmac",
    ],
)
_THEENGS_UNITS = {
    "tempc": "°C",
    "tempf": "°F",
    "hum": "%",
    "moi": "%",
    "batt": "%",
    "pres": "hPa",
    "volt": "V",
    "lux": "lx",
    "co2": "ppm",
    "pm1": "µg/m³",
    "pm25": "µg/m³",
    "pm10": "µg/m³",
    "rssi": "dBm",
    "txpower": "dBm",
    "distance": "m",
    "accx": "m/s²",
    "accy": "m/s²",
    "accz": "m/s²",
}
_THEENGS_TELLING = ("name", "brand", "model")
_UNIT_MARK = "u"
"""``tempu`` is the unit of ``temp`` where both stand in a document, else a value like any other."""


def _theengs_unit(part: str) -> str | None:
    """Return the unit of a Theengs key; those of a second probe have its number behind them."""
    return _THEENGS_UNITS.get(part) or _THEENGS_UNITS.get(part.rstrip(_DIGITS))


def _read_theengs(place: Place, message: Message) -> Decoded:
    """Return what a gateway heard from a Bluetooth device."""
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    told = {
        key[:-1]: text
        for key, text in root.items()
        if key.endswith(_UNIT_MARK) and isinstance(text, str) and key[:-1] in root
    }
    by_part = {snake_case(key): canonical(text) for key, text in told.items()}
    dialect = Dialect(
        time_keys=(),
        unit_of=lambda parts: by_part.get(parts[-1]) or _theengs_unit(parts[-1]) if parts else None,
        dropped=lambda key, depth: depth == 0 and key in _THEENGS_DROPPED,
        deciding=frozenset(_THEENGS_TELLING),
    )
    values = {key: value for key, value in root.items() if not (key.endswith(_UNIT_MARK) and key[:-1] in told)}
    decoded = documents.flattened(values, place.device, dialect)
    decoded.samples = [_with_own_unit(sample) for sample in decoded.samples] if "unit" in root else decoded.samples
    decoded.samples = [_unplanned_if_unit(sample) for sample in decoded.samples]
    name, brand, model = (text if isinstance(text := root.get(key), str) else "" for key in _THEENGS_TELLING)
    if name or brand or model:
        decoded.about.append(About(place.device, name or None, model=f"{brand} {model}".strip() or None))
    return decoded


def _unplanned_if_unit(sample: Sample) -> Sample:
    """Return a sample whose key may be a unit in the next document without its path: a plan sees no neighbours."""
    path = sample.path
    return sample._replace(path=None) if path and str(path[0][1]).endswith(_UNIT_MARK) else sample


def _with_own_unit(sample: Sample) -> Sample:
    """Return a sample of a scale's document: the unit that it tells is its weight's, not that of its signal."""
    own = _theengs_unit(sample.metric)
    return sample if own is None or sample.unit is None else sample._replace(unit=own)


MAX_GATEWAYS = 1000
"""Gateways that are remembered by what they heard; their wills are told from those of others by it."""
_NAMED = "(?i:[^/]*(?:openmqttgateway|theengs|omg)[^/]*)"
"""What gateways are called unless people name them otherwise."""


class _Gateways:
    """Whose wills are gateways': ``home/pump/LWT`` may be anybody's."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def read_heard(self, place: Place, message: Message) -> Decoded:
        """Return what a gateway heard; from now on its will is known as one."""
        decoded = _read_theengs(place, message)
        way = place.levels["way"]
        if way not in self._known and len(self._known) < MAX_GATEWAYS and not message.trial:
            self._known.add(way)
            decoded.renewed = (f"{way}/LWT",)
        return decoded

    def read_will(self, place: Place, message: Message) -> Decoded:
        """Return the status of a gateway; of somebody else's device where no gateway is known by that name."""
        if message.topic.name.removesuffix("/LWT") in self._known:
            return documents.said(message, place.device, plain.WORDS)
        return generic.read(message)


def openmqttgateway(bases: tuple[str, ...] = ("home",)) -> Ecosystem:
    """Return the decoder of OpenMQTTGateway and Theengs Gateway.

    Args:
        bases: base topics.
    """
    gateways = _Gateways()
    system = units({"rssi": "dBm", "uptime": "s", "freemem": "B", "tempc": "°C"})
    rows = (
        Row(
            "<way:.+>/BTtoMQTT/<device>",
            gateways.read_heard,
            "the sensor's address is the device, whichever gateway heard it; keys are metrics",
            device="<device>",
            planned=True,
        ),
        Row(f"<base>/<gateway:{_NAMED}>/LWT", status(), "a gateway's will", device="<gateway>"),
        Row("<base>/<gateway>/LWT", gateways.read_will, "a gateway's will", device="<gateway>"),
        Row("<base>/<gateway>/SYStoMQTT", objects(system), "a gateway's own state", device="<gateway>", planned=True),
        Row("<base>/<gateway>/commands/<rest:MQTTto.+>", ignored, "commands tell nothing"),
        Row(f"<base>/<gateway:{_NAMED}>/commands/<rest…>", ignored, "commands tell nothing"),
    )
    return Ecosystem("openmqttgateway", "OpenMQTTGateway", rows, bases)


_ADDRESS = "[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5}"
_RUUVI_DROPPED = frozenset({"gw_mac", "id", "aoa", "data", "data_format", "coords", "gwts", "ts"})
_RUUVI_UNITS = {
    "temperature": "°C",
    "humidity": "%",
    "pressure": "Pa",
    "voltage": "V",
    "rssi": "dBm",
    "tx_power": "dBm",
    "co2": "ppm",
}


def _ruuvi_unit(key: str) -> str | None:
    """Return the unit of a Ruuvi key."""
    name = snake_case(key)
    if name.startswith("accel_"):
        return "g"
    return "µg/m³" if re.fullmatch(r"pm\d.*", name) else _RUUVI_UNITS.get(name)


_RUUVI_KEYS = Keys(_ruuvi_unit, lambda key: snake_case(key) in _RUUVI_DROPPED)


def _read_ruuvi(place: Place, message: Message) -> Decoded:
    """Return what a gateway heard from a tag; what it did not decode itself is decoded here."""
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    moment_us = times.parse(root.get("ts"))
    decoded = _RUUVI_KEYS.read(root, place.device, moment_us)
    raw = root.get("data")
    if isinstance(raw, str) and all(sample.metric == "rssi" for sample in decoded.samples):
        decoded.samples += [
            Sample(place.device, metric, value, _ruuvi_unit(metric), moment_us)
            for metric, value in ruuvi.readings(raw).items()
        ]
    return decoded


def ruuvi_gateway(bases: tuple[str, ...] = ("ruuvi",)) -> Ecosystem:
    """Return the decoder of the Ruuvi Gateway.

    Args:
        bases: base topics.
    """
    rows = (
        Row("<base>/<gateway>/gw_status", status(), "a gateway's will", device="<gateway>"),
        Row(
            f"<base>/<gateway>/<tag:{_ADDRESS}>",
            _read_ruuvi,
            "the tag's address is the device, ts its time; raw data format 5 is decoded",
            device="<tag>",
        ),
    )
    return Ecosystem("ruuvi", "Ruuvi Gateway", rows, bases)


_RTL_DROPPED = frozenset(
    ["time", "model", "type", "subtype", "id", "channel", "mic", "protocol", "mod", "freq", "freq1", "freq2"]
)
_RTL_IDENTITY = ("model", "subtype", "channel", "id")
_RTL_SUFFIXES = {
    "_mm_h": "mm/h",
    "_in_h": "in/h",
    "_km_h": "km/h",
    "_mi_h": "mph",
    "_ug_m3": "µg/m³",
    "_m_s": "m/s",
    "_deg": "°",
    "_hPa": "hPa",
    "_kPa": "kPa",
    "_psi": "psi",
    "_kWh": "kWh",
    "_lux": "lx",
    "_ppm": "ppm",
    "_kW": "kW",
    "_mV": "mV",
    "_mm": "mm",
    "_in": "in",
    "_Hz": "Hz",
    "_C": "°C",
    "_F": "°F",
    "_V": "V",
    "_W": "W",
    "_A": "A",
}
"""The longest first."""
_RTL_NAMES = {"humidity": "%", "moisture": "%", "rssi": "dB", "snr": "dB", "noise": "dB"}


def _rtl_unit(key: str) -> str | None:
    """Return the unit that the suffix of an rtl_433 key tells; ``humidity_2`` is a second humidity."""
    known = _RTL_NAMES.get(key) or _RTL_NAMES.get(re.sub(r"_\d+$", "", key))
    return known or next((unit for suffix, unit in _RTL_SUFFIXES.items() if key.endswith(suffix)), None)


_RTL_KEYS = Keys(_rtl_unit, lambda key: key in _RTL_DROPPED)


def _read_rtl_event(root: dict[str, Json], within: str) -> Decoded:
    """Return what rtl_433 received from a sensor, whose id is in the document."""
    levels = [root.get(key) for key in _RTL_IDENTITY]
    device = "/".join(str(level) for level in levels if type(level) in (str, int) and level != "")
    if not device:
        return Decoded(undecoded=Rejection("unexpected_shape", "rtl_433 names the sensor's model in an event."))
    return _RTL_KEYS.read(root, within + device, times.parse(root.get("time")))


def _read_rtl_events(place: Place, message: Message) -> Decoded:
    """Return what one event says."""
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    return _read_rtl_event(root, place.within) if root else Decoded()


def _read_rtl_value(place: Place, message: Message) -> Decoded:
    """Return the value of a topic with one value; an event on such a topic is an event."""
    key = place.levels["key"]
    if message.payload[:1] in (b"{", b"["):
        root = documents.document(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        if isinstance(root, dict) and isinstance(root.get("model"), str):
            return _read_rtl_event(root, place.within)
        return json.read(root, message.topic)
    if key in _RTL_DROPPED:
        return Decoded()
    unit = _rtl_unit(key)
    return documents.scalar(message, place.device, place.parts, Dialect(unit_of=lambda _: unit))


_RTL_BELOW = r"(?:(?!rtl_433/)[^/]*+/)*+rtl_433(?:/.*)?"
"""Levels of which one is ``rtl_433``: the first one decides, or a long topic of many of them would hold up the hub."""


def rtl_433(bases: tuple[str, ...] = ("rtl_433",)) -> Ecosystem:
    """Return the decoder of rtl_433.

    Args:
        bases: base topics.
    """
    rule = "the levels before the key are the device, the key's suffix is the unit"
    event = "model, subtype, channel and id are the device"
    rows = (
        Row("<base>/<host>/availability", status(), "rtl_433's own will", device="<host>"),
        Row("<base>/<host>/<kind:events|states>", _read_rtl_events, event),
        Row("<base>/<host>/devices/<device…>/<key>", _read_rtl_value, rule, "<device>", "<key>", planned=True),
        Row(f"<host:{_RTL_BELOW}>/availability", _read_rtl_will, "rtl_433's own will", device="<host>"),
        Row(f"<device:{_RTL_BELOW}>/<key>", _read_rtl_value, rule, "<device>", "<key>", planned=True),
        Row("<device:.+>/<key:rtl_433>", _read_rtl_value, rule, "<device>", "<key>", planned=True),
    )
    return Ecosystem("rtl_433", "rtl_433", rows, bases)


def _read_rtl_will(place: Place, message: Message) -> Decoded:
    """Return the status of the host before ``availability``."""
    return documents.said(message, place.within + place.device.rpartition("/")[2], plain.WORDS)
