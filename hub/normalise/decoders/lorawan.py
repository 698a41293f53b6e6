"""LoRaWAN: what the messages of its network servers have in common - receptions by gateways, positions, labels.

References:
    Normalisation sections 10 and 11.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from hub.normalise.compressed import opened
from hub.normalise.decoders.protocol import Sample
from hub.normalise.names import label
from hub.normalise.plan import KEPT_PAYLOAD_BYTES

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message

Told: TypeAlias = "tuple[Json, ...]"
"""What a device's messages tell about it, as it stands there: comparing it costs less than reading it."""
MAX_LABELS = 16
"""Most labels that are kept of one device."""

_NEVER_HEARD = float("-inf")
_NO_RECEPTION: dict[str, Json] = {}
_POSITION_UNITS = {"latitude": "°", "longitude": "°", "altitude": "m", "accuracy": "m"}


def is_kept(message: Message) -> bool:
    """Return True if what a message tells about its device is remembered, so that it is not told again.

    Args:
        message: of the device; of a long one it is not, so that what is remembered has a bound.
    """
    return not message.trial and len(opened(message.payload)) <= KEPT_PAYLOAD_BYTES


def strongest(receptions: Json) -> dict[str, Json]:
    """Return the reception by the gateway that heard the device best, an empty one if no gateway is told.

    Args:
        receptions: an array with one object a gateway; one without ``rssi`` is taken only where none has it.
    """
    best, best_rssi = _NO_RECEPTION, _NEVER_HEARD
    for reception in receptions if isinstance(receptions, list) else ():
        if not isinstance(reception, dict):
            continue
        rssi = number(reception.get("rssi"))
        if rssi is None:
            best = best or reception
        elif rssi > best_rssi:
            best, best_rssi = reception, rssi
    return best


def link(device: str, rssi: Json, snr: Json, time_us: int | None) -> list[Sample]:
    """Return how well the best gateway heard a device, as far as it tells.

    Args:
        device: the ecosystem's own id.
        rssi: received signal strength in dBm.
        snr: signal-to-noise ratio in dB.
        time_us: when it was.
    """
    told = (("link.rssi", number(rssi), "dBm"), ("link.snr", number(snr), "dB"))
    return [Sample(device, metric, value, unit, time_us) for metric, value, unit in told if value is not None]


def number(value: Json) -> float | None:
    """Return a number, None if the value is none.

    Args:
        value: whatever stands where a number is expected.
    """
    return value if type(value) in (int, float) else None  # type: ignore[return-value]  # a number


def position_unit(parts: tuple[str, ...]) -> str | None:
    """Return the unit of a part of a position, None if it has none.

    Args:
        parts: of the metric's name.
    """
    return _POSITION_UNITS.get(parts[-1]) if parts else None


def labels(value: Json) -> tuple[tuple[str, str], ...]:
    """Return the labels of an object with their keys, at most :data:`MAX_LABELS` of its first members.

    Args:
        value: whatever stands where attributes or tags are expected.
    """
    if not isinstance(value, dict):
        return ()
    named = ((label(key), label(member)) for key, member in islice(value.items(), MAX_LABELS))
    return tuple((key, text) for key, text in named if key is not None and text is not None)
