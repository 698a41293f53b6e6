"""SenML packs with base names and times, as JSON and as CBOR: the first sample at once, later ones in batches.

A device's id is its base name without the separator, such as `urn:dev:mac:0024befffe804ff1`. Units are SenML's: `Cel`.

References:
    RFC 8428 §4 (labels, resolved records), §6 (CBOR representation); RFC 9039 (device identifiers).
"""

from collections.abc import Sequence
from random import Random
from typing import Any

import cbor2

from simulators.dialects.dialect import Dialect, Member
from simulators.dialects.wording import Values, message
from simulators.readout import Message

BATCH = 3
"""So many samples make a pack."""

_LABELS = {"bn": -2, "bt": -3, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "t": 6}
"""What stands for a label in CBOR (RFC 8428 table 4)."""


class SenMl(Dialect):
    """Packs as JSON."""

    place = "senml"

    def __init__(self, members: Sequence[Member], random: Random) -> None:
        """Make the device; it has nothing to send yet."""
        super().__init__(members, random)
        self._samples: list[tuple[int, Values]] = []
        self._begun = False

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """A pack, once enough samples are together."""
        self._samples.append((measured_us, values))
        if self._begun and len(self._samples) < BATCH:
            return []
        samples, self._samples = self._samples, []
        self._begun = True
        return [message(f"{self.place}/{member.id.rpartition(':')[2]}", self.encoded(_pack(member, samples)))]

    def encoded(self, pack: list[dict[str, Any]]) -> object:
        """A pack as it goes to the broker.

        Args:
            pack: Records by label.
        """
        return pack


class SenMlCbor(SenMl):
    """Packs as CBOR."""

    place = "senml/cbor"

    def encoded(self, pack: list[dict[str, Any]]) -> object:
        """A pack with numbers for labels.

        Args:
            pack: Records by label.
        """
        return cbor2.dumps([{_LABELS[label]: held for label, held in record.items()} for record in pack])


def _pack(member: Member, samples: list[tuple[int, Values]]) -> list[dict[str, Any]]:
    base_ms = samples[0][0] // 1000
    pack: list[dict[str, Any]] = []
    for measured_us, values in samples:
        later = {"t": (measured_us // 1000 - base_ms) / 1000} if measured_us // 1000 != base_ms else {}
        for name, value in values.items():
            label = "vb" if isinstance(value, bool) else "vs" if isinstance(value, str) else "v"
            unit = member.profile.metrics[name].unit
            pack.append({"n": name} | ({"u": unit} if unit else {}) | {label: value} | later)
    pack[0] = {"bn": f"{member.id}:", "bt": base_ms / 1000} | pack[0]
    return pack
