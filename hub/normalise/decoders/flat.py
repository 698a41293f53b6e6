"""Flat documents whose device is in the payload: no plan can know it, so names and units are kept by key instead.

References:
    Normalisation G1, G2, G5, G15; section 13.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise.decoders.documents import cut
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import MAX_PLACES, MAX_READINGS, Dialect, Flattener
from hub.normalise.names import MAX_NAME_CHARACTERS, NAMELESS, snake_case
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.content import Json

MAX_KEYS = 2000
"""Keys that are remembered; forgotten all at once when there are more."""
_NESTED = Dialect(time_keys=())


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
        if len(root) > MAX_PLACES:
            detail = f"More than {MAX_PLACES} keys in one message; none is read."
            decoded.rejections.append(Rejection("too_many", detail))
            return decoded
        nested: Flattener | None = None
        known, samples = self._known, decoded.samples
        append = samples.append
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
            elif len(samples) <= MAX_READINGS:
                if nested is None:  # one for all, because it counts what it looks at
                    nested = Flattener(device, _NESTED, samples=samples, rejections=decoded.rejections)
                # Under a key, an array of objects is no list of samples (G4).
                nested.add({"": value}, parts=(name,), time_us=time_us)
        return cut(decoded)

    def _learn(self, key: str) -> tuple[str, str | None] | None:
        """Return the name and unit of a key that was not seen before, None if it holds no reading."""
        meaning = None if self.dropped(key) else (snake_case(key) or NAMELESS, self.unit_of(key))
        if len(key) <= MAX_NAME_CHARACTERS:
            if len(self._known) >= MAX_KEYS:
                self._known.clear()
            self._known[key] = meaning
        return meaning
