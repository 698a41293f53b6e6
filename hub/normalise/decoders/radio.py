"""Gateways of radio sensors: Ruuvi Gateway and rtl_433.

References:
    Normalisation section 13; Ruuvi Gateway MQTT examples; rtl_433 docs/INTEGRATION.md and docs/DATA_FORMAT.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.decoders import documents, json, plain, ruuvi
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row, status
from hub.normalise.decoders.flat import Keys
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import Dialect
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message


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
