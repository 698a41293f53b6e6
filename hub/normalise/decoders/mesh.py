"""Meshtastic: what the nodes of a mesh say, in the JSON of its gateways.

References:
    Normalisation section 13; Meshtastic documentation, MQTT integration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.decoders import documents
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row, ignored, status
from hub.normalise.decoders.flat import Keys
from hub.normalise.decoders.protocol import About, Decoded, Sample
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message

_UNITS = {
    "battery_level": "%",
    "channel_utilization": "%",
    "air_util_tx": "%",
    "relative_humidity": "%",
    "voltage": "V",
    "temperature": "°C",
    "barometric_pressure": "hPa",
    "gas_resistance": "MΩ",
    "uptime_seconds": "s",
    "altitude": "m",
}
_RADIO = (("rssi", "dBm"), ("snr", "dB"), ("hops_away", None))
_POSITION = (("latitude_i", "latitude"), ("longitude_i", "longitude"))
_SCALE = 10_000_000
"""Positions are whole numbers of 1e-7 degrees."""
_KEYS = Keys(lambda key: _UNITS.get(snake_case(key)), lambda key: key in ("latitude_i", "longitude_i", "time"))


def _read(place: Place, message: Message) -> Decoded:
    """Return what a node of the mesh sent; it is the node's, whichever gateway heard it."""
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    sender = root.get("from")
    if type(sender) is not int:
        return Decoded(undecoded=Rejection("unexpected_shape", "Meshtastic names the node as a number under from."))
    device = f"{place.within}!{sender % 2**32:08x}"
    payload, kind = root.get("payload"), root.get("type")
    if kind == "nodeinfo":
        return _read_node(device, payload)
    if isinstance(payload, str) and kind == "text":
        payload = {"text": payload}
    if not isinstance(payload, dict):
        return Decoded()
    moment_us = times.parse(root.get("timestamp"))
    decoded = _KEYS.read(payload, device, moment_us)
    for key, metric in _POSITION:
        value = payload.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**32:
            decoded.samples.append(Sample(device, metric, value / _SCALE, "°", moment_us))
    for key, unit in _RADIO:
        value = root.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            decoded.samples.append(Sample(device, key, value, unit, moment_us))
    return decoded


def _read_node(device: str, payload: Json) -> Decoded:
    """Return what a node says about itself: its name, no reading."""
    name = payload.get("longname") if isinstance(payload, dict) else None
    return Decoded(about=[About(device, name)]) if isinstance(name, str) and name else Decoded()


def meshtastic(bases: tuple[str, ...] = ("msh",)) -> Ecosystem:
    """Return the decoder of Meshtastic's JSON.

    Args:
        bases: base topics.
    """
    region = "<base>/<region:(?:[^/]+/)*>2"
    rows = (
        Row(f"{region}/json/<channel>/<gateway>", _read, "the sender is the device, its payload's keys are metrics"),
        Row(f"{region}/stat/<node>", status(), "a gateway's will", device="<node>"),
        Row(f"{region}/<kind:json|e|c|map>/<rest:.*>", ignored, "encrypted and Protocol Buffers topics are not read"),
    )
    return Ecosystem("meshtastic", "Meshtastic", rows, bases)
