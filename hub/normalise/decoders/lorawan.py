"""LoRaWAN: what the messages of its network servers have in common - receptions by gateways, positions, labels.

References:
    Normalisation sections 10 and 11.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from hub.normalise.decoders.protocol import Sample
from hub.normalise.names import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.normalise.content import Json

Told: TypeAlias = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
"""What a device's messages tell about it: texts at their places, and labels with their keys."""
MAX_LABELS = 16
"""Most labels that are kept of one device."""

_NO_RECEPTION: dict[str, Json] = {}
_POSITION_UNITS = {"latitude": "°", "longitude": "°", "altitude": "m", "accuracy": "m"}


def strongest(receptions: Json) -> dict[str, Json]:
    """Return the reception by the gateway that heard the device best, an empty one if no gateway is told.

    Args:
        receptions: an array with one object a gateway; one without ``rssi`` is taken only where none has it.
    """
    best, best_rssi = _NO_RECEPTION, float("-inf")
    for reception in receptions if isinstance(receptions, list) else ():
        if not isinstance(reception, dict):
            continue
        rssi = number(reception.get("rssi"))
        if rssi is None:
            best = best or reception
        elif rssi > best_rssi:
            best, best_rssi = reception, rssi
    return best


def link(device: str, rssi: Json, snr: Json, time_us: int | None) -> Iterator[Sample]:
    """Yield how well the best gateway heard a device, as far as it tells.

    Args:
        device: the ecosystem's own id.
        rssi: received signal strength in dBm.
        snr: signal-to-noise ratio in dB.
        time_us: when it was.
    """
    if (strength := number(rssi)) is not None:
        yield Sample(device, "link.rssi", strength, "dBm", time_us)
    if (ratio := number(snr)) is not None:
        yield Sample(device, "link.snr", ratio, "dB", time_us)


def number(value: Json) -> float | None:
    """Return a number, None if the value is none.

    Args:
        value: whatever stands where a number is expected.
    """
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def position_unit(parts: tuple[str, ...]) -> str | None:
    """Return the unit of a part of a position, None if it has none.

    Args:
        parts: of the metric's name.
    """
    return _POSITION_UNITS.get(parts[-1]) if parts else None


def texts(holder: Json, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return what some keys of an object hold that is text, empty for whatever else stands there.

    Args:
        holder: whatever stands where the object is expected.
        keys: to be looked up.
    """
    if not isinstance(holder, dict):
        return ("",) * len(keys)
    return tuple(value if isinstance(value := holder.get(key), str) else "" for key in keys)


def labels(value: Json) -> tuple[tuple[str, str], ...]:
    """Return the labels of an object with their keys, at most :data:`MAX_LABELS` of its first members.

    Args:
        value: whatever stands where attributes or tags are expected.
    """
    if not isinstance(value, dict):
        return ()
    named = ((label(key), label(member)) for key, member in islice(value.items(), MAX_LABELS))
    return tuple((key, text) for key, text in named if key is not None and text is not None)
