"""Naming: a device's id in the hub, from the id that its ecosystem uses.

References:
    Normalisation G0, G15 (characters of device ids).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.normalise.names import clean_device

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GUARD = "plain"
"""Goes before a plain device that would otherwise look like one of an ecosystem."""

_WITHOUT_PREFIX = ("json", "plain")


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
