"""Cayenne Low Power Payload: channels, types and values in a few bytes, as LoRaWAN devices send them.

Nothing tells such bytes from any others, so a topic is read so only where the configuration says it. Metrics have the
names that The Things Stack gives them: ``temperature_3`` is the temperature of channel 3.

References:
    myDevices, Cayenne Low Power Payload; its types are those of IPSO smart objects less 3200. The further types are
    those of the CayenneLPP library for Arduino.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core.model import Rejection
from hub.normalise.compressed import opened
from hub.normalise.decoders.json import device_of
from hub.normalise.decoders.protocol import Claim, Decoded, Sample

if TYPE_CHECKING:
    from hub.core.model import Value
    from hub.normalise.decoders.protocol import Message, Topic

MAX_PAYLOAD_BYTES: Final = 4096
"""No radio takes a longer one."""

_RULE = "Cayenne LPP: the topic is the device, a value is named by its type and channel"
_HEADER_BYTES = 2


class _Part(NamedTuple):
    """One number of a type: name after the type's, bytes, divisor, unit. Without a divisor it is a boolean."""

    name: str
    size: int
    divisor: int
    signed: bool
    unit: str | None


class _Type(NamedTuple):
    """What a type holds."""

    name: str
    parts: tuple[_Part, ...]


def _one(name: str, size: int, divisor: int, unit: str | None, *, signed: bool = False) -> _Type:
    """Return a type of one number."""
    return _Type(name, (_Part("", size, divisor, signed, unit),))


def _axes(name: str, divisor: int, unit: str) -> _Type:
    """Return a type of three axes."""
    return _Type(name, tuple(_Part(f".{axis}", 2, divisor, signed=True, unit=unit) for axis in "xyz"))


_TYPES = {
    0: _one("digital_in", 1, 1, None),
    1: _one("digital_out", 1, 1, None),
    2: _one("analog_in", 2, 100, None, signed=True),
    3: _one("analog_out", 2, 100, None, signed=True),
    100: _one("generic", 4, 1, None),
    101: _one("luminosity", 2, 1, "lx"),
    102: _one("presence", 1, 0, None),
    103: _one("temperature", 2, 10, "°C", signed=True),
    104: _one("relative_humidity", 1, 2, "%"),
    113: _axes("accelerometer", 1000, "g"),
    115: _one("barometric_pressure", 2, 10, "hPa"),
    116: _one("voltage", 2, 100, "V"),
    117: _one("current", 2, 1000, "A"),
    118: _one("frequency", 4, 1, "Hz"),
    120: _one("percentage", 1, 1, "%"),
    121: _one("altitude", 2, 1, "m", signed=True),
    122: _one("load", 3, 1000, "kg", signed=True),
    125: _one("concentration", 2, 1, "ppm"),
    128: _one("power", 2, 1, "W"),
    130: _one("distance", 4, 1000, "m"),
    131: _one("energy", 4, 1000, "kWh"),
    132: _one("direction", 2, 1, "°"),
    133: _one("unixtime", 4, 1, "s"),
    134: _axes("gyrometer", 100, "°/s"),
    135: _Type("colour", tuple(_Part(f".{colour}", 1, 1, signed=False, unit=None) for colour in ("r", "g", "b"))),
    136: _Type(
        "gps",
        (
            _Part(".latitude", 3, 10_000, signed=True, unit="°"),
            _Part(".longitude", 3, 10_000, signed=True, unit="°"),
            _Part(".altitude", 3, 100, signed=True, unit="m"),
        ),
    ),
    142: _one("switch", 1, 0, None),
}


class CayenneLpp:
    """Reads the topics that the configuration gives it."""

    name = "cayenne_lpp"

    def assigned(self, topic: Topic) -> Claim:
        """Return how messages of a topic are read.

        Args:
            topic: whose payloads are known to be Cayenne LPP.
        """
        device = device_of(topic)
        return Claim(self.name, _RULE, lambda message: _read(message, device))


def _read(message: Message, device: str) -> Decoded:
    """Return what a message says: all of it or, where a part is unknown, nothing, for its length is unknown too."""
    payload = opened(message.payload)
    if len(payload) > MAX_PAYLOAD_BYTES:
        return _undecoded(f"A payload of {len(payload)} bytes; {MAX_PAYLOAD_BYTES} is the limit")
    samples: list[Sample] = []
    place = 0
    while place < len(payload):
        kind = _TYPES.get(payload[place + 1]) if place + 1 < len(payload) else None
        if kind is None:
            end = place + _HEADER_BYTES > len(payload)
            fault = "ends within a value" if end else f"has a value of the unknown type {payload[place + 1]}"
            return _undecoded(f"The payload {fault} at byte {place}")
        name, start = f"{kind.name}_{payload[place]}", place + _HEADER_BYTES
        place = start + sum(part.size for part in kind.parts)
        if place > len(payload):
            return _undecoded(f"The payload ends within {name}")
        for part in kind.parts:
            value = _value(payload[start : start + part.size], part)
            samples.append(Sample(device, f"{name}{part.name}", value, part.unit))
            start += part.size
    return Decoded(samples)


def _value(data: bytes, part: _Part) -> Value:
    """Return the value of a part."""
    raw = int.from_bytes(data, signed=part.signed)
    if not part.divisor:
        return raw != 0
    return raw if part.divisor == 1 else raw / part.divisor


def _undecoded(detail: str) -> Decoded:
    """Return what is not read, with the reason."""
    return Decoded(undecoded=Rejection("broken_binary", f"{detail}; see the rule for this topic."))
