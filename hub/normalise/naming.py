"""Naming: a device's id in the hub, from the id that its ecosystem uses; and how long names may be.

References:
    Normalisation G0, G15 (characters of device ids).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise.names import clean_device

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GUARD = "plain"
"""Goes before a plain device that would otherwise look like one of an ecosystem."""

MAX_DEVICE_BYTES = 1024
"""Longest device id in UTF-8: what a device filter can name (:data:`hub.core.select.MAX_FILTER_BYTES`)."""
MAX_METRIC_BYTES = 512
"""Longest name of a metric in UTF-8."""
MAX_LEVELS = 128
"""Most levels of a device id or topic. Each level is a place of its own, so the cost grows with the square."""

_UTF_8_BYTES = 4
"""A character has so many at most."""
_WITHOUT_PREFIX = ("json", "plain", "cayenne_lpp", "protobuf", "struct")
"""Those that only say how a payload is written; the topic or the rule says whose it is."""


class Naming:
    """Puts prefixes before device ids.

    Args:
        decoders: names of the enabled decoders.
        prefixes: a decoder's prefix where it is not its name; empty for none.
    """

    def __init__(self, decoders: Iterable[str], prefixes: Mapping[str, str]) -> None:
        self._prefixes: dict[str, str] = dict.fromkeys(_WITHOUT_PREFIX, "")
        self._prefixes.update((name, name) for name in decoders if name not in _WITHOUT_PREFIX)
        self._prefixes.update({name: prefix.strip("/") for name, prefix in prefixes.items()})
        self._taken = tuple(f"{prefix}/" for prefix in self._prefixes.values() if prefix)

    def hub_id(self, decoder: str, device: str) -> str:
        """Return a device's id in the hub.

        Args:
            decoder: who speaks of it.
            device: its id in the ecosystem.
        """
        cleaned = clean_device(device) or "_"
        prefix = self._prefixes.get(decoder, decoder)
        if prefix:
            return f"{prefix}/{cleaned}"
        return f"{GUARD}/{cleaned}" if f"{cleaned}/".startswith(self._taken) else cleaned


def device_fault(device: str) -> Rejection | None:
    """Return why the hub takes no device of an id, None if it does.

    Args:
        device: its id in the hub.
    """
    if _is_longer(device, MAX_DEVICE_BYTES):
        return Rejection(
            "name_too_long", f"A device id of {len(device)} characters; {MAX_DEVICE_BYTES} bytes is the limit."
        )
    levels = device.count("/") + 1
    if levels > MAX_LEVELS:
        return Rejection("name_too_long", f"A device id of {levels} levels; {MAX_LEVELS} is the limit.")
    return None


def metric_fault(metric: str) -> Rejection | None:
    """Return why the hub takes no series of a metric, None if it does.

    Args:
        metric: dotted name.
    """
    if _is_longer(metric, MAX_METRIC_BYTES):
        detail = f"A metric's name of {len(metric)} characters; {MAX_METRIC_BYTES} bytes is the limit."
        return Rejection("name_too_long", detail, metric[: MAX_METRIC_BYTES // _UTF_8_BYTES])
    return None


def _is_longer(text: str, limit_bytes: int) -> bool:
    """Return True if a text has more bytes in UTF-8 than a limit; most are too short to be looked at."""
    return len(text) * _UTF_8_BYTES > limit_bytes and len(text.encode("utf-8", "replace")) > limit_bytes
