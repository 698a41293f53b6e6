"""Flat documents whose device is in the payload: no plan can know it, so names and units are kept by key instead.

References:
    Normalisation G1, G2, G5, G15; section 13.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import MAX_READINGS, MAX_REJECTIONS, Dialect, Flattener
from hub.normalise.names import MAX_NAME_CHARACTERS, NAMELESS, snake_case
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.content import Json

MAX_KEYS = 2000
"""Keys that are remembered; forgotten all at once when there are more."""


@dataclass(slots=True)
class Keys:
    """What the keys of an ecosystem's documents mean.

    Args:
        unit_of: the unit of numbers under a key, as it is written.
        dropped: True for a key, as it is written, that holds no reading.
    """

    unit_of: Callable[[str], str | None]
    dropped: Callable[[str], bool]
    _known: dict[str, tuple[str, str | None] | None] = field(default_factory=dict)

    def read(self, root: dict[str, Json], device: str, time_us: int | None) -> Decoded:
        """Return what a document says of one device.

        Args:
            root: parsed.
            device: the ecosystem's own id.
            time_us: its time, None if it tells none.
        """
        decoded = Decoded()
        if len(root) > MAX_READINGS:
            self._nested(root, device, (), time_us, decoded)
            return decoded
        known, append = self._known, decoded.samples.append
        for key, value in root.items():
            meaning = known[key] if key in known else self._learn(key)
            if meaning is None or value is None:
                continue
            name, unit = meaning
            kind = type(value)
            if kind is float or kind is int:
                append(Sample(device, name, value, unit, time_us))  # type: ignore[arg-type]  # a number
            elif kind is bool:
                append(Sample(device, name, value, None, time_us))  # type: ignore[arg-type]  # a boolean
            elif isinstance(value, str):
                held = classify(value, name)
                if held is not None:
                    append(Sample(device, name, held, unit, time_us))
            elif len(decoded.samples) < MAX_READINGS:
                self._nested(value, device, (name,), time_us, decoded)
        return decoded

    def _learn(self, key: str) -> tuple[str, str | None] | None:
        """Return the name and unit of a key that was not seen before, None if it holds no reading."""
        meaning = None if self.dropped(key) else (snake_case(key) or NAMELESS, self.unit_of(key))
        if len(key) <= MAX_NAME_CHARACTERS:
            if len(self._known) >= MAX_KEYS:
                self._known.clear()
            self._known[key] = meaning
        return meaning

    def _nested(self, node: Json, device: str, parts: tuple[str, ...], time_us: int | None, decoded: Decoded) -> None:
        """Append what lies under a key."""
        dialect = Dialect(time_keys=(), dropped=lambda key, depth: not parts and depth == 0 and self.dropped(key))
        flattener = Flattener(device, dialect)
        held: Json = {"": node} if parts else node  # under a key, an array of objects is no list of samples (G4)
        flattener.add(held, parts=parts, time_us=time_us)
        decoded.samples += [sample._replace(path=None) for sample in flattener.samples if sample.value is not None]
        decoded.rejections += flattener.rejections[: MAX_REJECTIONS - len(decoded.rejections)]
