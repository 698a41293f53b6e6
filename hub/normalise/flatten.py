"""Flattening: every scalar of a document is a sample of its own.

References:
    Normalisation G1, G4 (flattening), G6 (units beside numbers), G8 (times), G15 (bounds).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hub.core.model import Rejection
from hub.core.units import canonical
from hub.normalise import times
from hub.normalise.decoders.protocol import Collapse, Sample, Skip
from hub.normalise.names import ENVELOPE_TIME_KEYS, NAMELESS, TIME_KEYS, UNIT_KEYS, metric_name, snake_case
from hub.normalise.plan import MAX_EMPTY_SLOTS
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.core.model import Value
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Step

MAX_READINGS = 10_000
"""Most readings of one message."""
MAX_PLACES = 4 * MAX_READINGS
"""Most keys and elements of one message that are looked at: what holds no reading takes time too."""
MAX_ELEMENTS = 256
"""Longest array of scalars."""
MAX_DEPTH = 64
"""Deepest nesting; what lies deeper is no telemetry."""
MAX_REJECTIONS = 100
"""Most rejections that are told of one message."""


_sample = tuple.__new__
_NO_KEYS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an ecosystem's documents differ from plain JSON.

    Args:
        time_keys: snake_case keys that may hold the time; the first that tells one wins. Empty where the document's own
            keys tell none.
        unit_of: the unit of one value by its name's parts, from the ecosystem's table.
        typed: True if texts keep their type ("on" stays "on").
        dropped: True for a key, as it is written, that holds no reading, with the number of objects and arrays around
            its own (0 for the document's own keys). It may not depend on anything else.
        deciding: keys of the document's own that hold no reading, and by whose texts ``unit_of`` was made.
    """

    time_keys: tuple[str, ...] = TIME_KEYS
    unit_of: Callable[[tuple[str, ...]], str | None] | None = None
    typed: bool = False
    dropped: Callable[[str, int], bool] | None = None
    deciding: frozenset[str] = _NO_KEYS
    special: frozenset[str] = field(init=False)
    """Keys that may change what their neighbours mean."""

    def __post_init__(self) -> None:
        """Work out the special keys once."""
        object.__setattr__(self, "special", frozenset({*self.time_keys, *UNIT_KEYS}))


GENERIC = Dialect()
"""Plain JSON."""


class _Spot(NamedTuple):
    """Where in the document flattening is: name parts, steps taken, whether steps alone lead here, time, depth."""

    parts: tuple[str, ...]
    path: tuple[Step, ...]
    planned: bool
    time_us: int | None
    depth: int


class _Layout(NamedTuple):
    """What the keys of one object are for, besides holding values."""

    time_us: int | None
    used: frozenset[str] = _NO_KEYS
    special: frozenset[str] = _NO_KEYS
    time_key: str | None = None
    unit: str | None = None
    envelope: str | None = None
    collapsed: str | None = None
    planned: bool = True


@dataclass(slots=True)
class Flattener:
    """Takes the documents of one message apart.

    Args:
        device: whose samples come next.
        dialect: how the documents are read.
        time_of: the time of one value by the keys and indexes that lead to it, where the message keeps it elsewhere.
    """

    device: str
    dialect: Dialect = GENERIC
    time_of: Callable[[tuple[Step, ...]], int | None] | None = None
    samples: list[Sample] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    _values: int = 0
    _places: int = 0
    _empties: int = 0

    def add(
        self,
        root: Json,
        *,
        parts: tuple[str, ...] = (),
        time_us: int | None = None,
        path: tuple[Step, ...] | None = None,
    ) -> None:
        """Append the samples of a document.

        Args:
            root: parsed; an array of objects is a list of samples of the same device.
            parts: name parts before the document's own.
            time_us: the time of all that has none of its own.
            path: the steps that lead to it in the message, if they alone decide its parts, and its time by the time
                keys they name: then samples can be planned that could not be otherwise. Empty for the message itself.
        """
        plain = self.time_of is None and not self.dialect.typed
        known = path is not None or (time_us is None and not parts)
        spot = _Spot(parts, path or (), plain and known and not isinstance(root, list), time_us, 0)
        if isinstance(root, list) and all(isinstance(element, dict) for element in root):
            if self.has_room_for(root, spot.parts):
                for element in root:
                    self._node(element, spot)
        else:
            self._node(root, spot)

    def add_value(self, metric: str, value: Value, time_us: int | None = None) -> None:
        """Append one value that nothing is to be found out about.

        Args:
            metric: its whole name.
            value: typed.
            time_us: its time.
        """
        if self._is_counted((metric,)):
            self.samples.append(_sample(Sample, (self.device, metric, value, None, time_us, False, 0, None, None)))

    def has_room_for(self, members: dict[str, Json] | Sequence[Json], parts: tuple[str, ...] = ()) -> bool:
        """Return True if so many more keys or elements may be looked at, and count them; else reject them all.

        Args:
            members: of an object or array.
            parts: of its name.
        """
        if self._places + len(members) <= MAX_PLACES:
            self._places += len(members)
            return True
        self._reject("too_many", f"More than {MAX_PLACES} keys and elements in one message; these are not read.", parts)
        return False

    def _node(self, node: Json, spot: _Spot, unit: str | None = None) -> None:
        """Append what stands at one place; ``unit`` is what the object around it tells of its numbers."""
        if self._values > MAX_READINGS:
            return
        if not isinstance(node, (dict, list)):
            self._leaf(node, spot, unit)
        elif not node:
            self._empty(spot)
        elif spot.depth >= MAX_DEPTH:
            self._reject("too_deep", f"Nested deeper than {MAX_DEPTH} levels.", spot.parts)
        elif isinstance(node, dict):
            self._object(node, spot)
        else:
            self._array(node, spot)

    def _array(self, elements: list[Json], spot: _Spot) -> None:
        """Append the elements of an array, by index."""
        if len(elements) > MAX_ELEMENTS and not any(isinstance(element, (dict, list)) for element in elements):
            self._reject(
                "array_too_long", f"An array of {len(elements)} values; {MAX_ELEMENTS} is the limit.", spot.parts
            )
            return
        if not self.has_room_for(elements, spot.parts):
            return
        for index, element in enumerate(elements):
            path = (*spot.path, (None, index))
            self._node(element, _Spot((*spot.parts, str(index)), path, spot.planned, spot.time_us, spot.depth + 1))

    def _object(self, members: dict[str, Json], spot: _Spot) -> None:
        """Append the members of an object, or the one reading that it collapses to."""
        if not self.has_room_for(members, spot.parts):
            return
        layout = self._layout(members, spot.time_us)
        if layout.collapsed is not None:
            special = tuple(layout.special)
            planned = spot.planned and len(special) == 1 and spot.path != ()
            last: str | Collapse = layout.collapsed
            if planned:
                last = Collapse(tuple(members), layout.collapsed, special[0], members[special[0]])  # type: ignore[arg-type]  # a text or null
            here = _Spot(
                spot.parts,
                (*spot.path, (None, last)),
                planned=planned,
                time_us=layout.time_us,
                depth=spot.depth,
            )
            self._leaf(members[layout.collapsed], here, layout.unit)
            return
        dropped, deciding = self.dialect.dropped, self.dialect.deciding
        for key, member in members.items():
            if key in layout.used:
                continue
            if dropped is not None and (dropped(key, spot.depth) or (key in deciding and not spot.depth)):
                self._skip(key, member, spot, layout)
                continue
            part = "" if key == layout.envelope else snake_case(key)
            self._node(
                member,
                _Spot(
                    (*spot.parts, part) if part else spot.parts,
                    (*spot.path, (layout.time_key, key)),
                    spot.planned and layout.planned and key not in layout.special,
                    layout.time_us,
                    spot.depth + 1,
                ),
                layout.unit,
            )

    def _layout(self, members: dict[str, Json], time_us: int | None) -> _Layout:
        """Return what the keys of an object are for."""
        named = [(snake_case(key), key) for key in members]
        special = [(name, key) for name, key in named if name in self.dialect.special]
        if not special:
            return _Layout(time_us)
        units = [key for name, key in special if name in UNIT_KEYS and isinstance(members[key], (str, type(None)))]
        moments = self._moments(members, special)
        time_us = times.best([*moments.values(), time_us])
        unit = _unit(members, units) if units else None
        collapsed = next((key for name, key in named if name == "value"), None) if units else None
        if collapsed is not None and not isinstance(members[collapsed], (dict, list)):
            return _Layout(time_us, special=frozenset(key for _, key in special), unit=unit, collapsed=collapsed)
        numbers = ((name, key) for name, key in named if key not in moments and key not in units)
        if unit is not None and not any(_is_number(name, members[key]) for name, key in numbers):
            unit = None
        return _Layout(
            time_us,
            used=frozenset(moments if unit is None else [*moments, *units]),
            special=frozenset(key for _, key in special),
            time_key=next(iter(moments), None),
            unit=unit,
            envelope=_envelope(members, moments),
            planned=unit is None and len(moments) <= 1,
        )

    def _moments(self, members: dict[str, Json], special: list[tuple[str, str]]) -> dict[str, int]:
        """Return the times that an object tells by key, the most telling key first."""
        order = self.dialect.time_keys
        ranked = sorted((order.index(name), place, key) for place, (name, key) in enumerate(special) if name in order)
        return {key: moment for _, _, key in ranked if (moment := times.parse(members[key])) is not None}

    def _leaf(self, value: Json, spot: _Spot, unit: str | None) -> None:
        """Append one scalar."""
        held = self._typed(value, spot.parts[-1] if spot.parts else NAMELESS)
        if held is None:
            self._empty(spot)
            return
        if not self._is_counted(spot.parts):
            return
        if type(held) not in (int, float):
            unit = None
        elif unit is None and self.dialect.unit_of is not None:
            unit = self.dialect.unit_of(spot.parts)
        time_us = spot.time_us
        if self.time_of is not None:
            time_us = times.best((self.time_of(spot.path), time_us))
        path = spot.path if spot.planned else None
        self.samples.append(Sample(self.device, metric_name(spot.parts), held, unit, time_us, path=path))

    def _is_counted(self, parts: tuple[str, ...]) -> bool:
        """Return True if one more value may be read, and count it; the first that may not is told."""
        self._values += 1
        if self._values <= MAX_READINGS:
            return True
        if self._values == MAX_READINGS + 1:
            self._reject("too_many", f"More than {MAX_READINGS} values in one message; the rest is not read.", parts)
        return False

    def _skip(self, key: str, member: Json, spot: _Spot, layout: _Layout) -> None:
        """Note a key that holds no reading, so that a plan can learn it."""
        if key in layout.special:  # it may hold a time the next time
            return
        if spot.planned and layout.planned and self._empties < MAX_EMPTY_SLOTS:
            self._empties += 1
            only = str(member) if key in self.dialect.deciding else None
            self.skipped.append(Skip((*spot.path, (layout.time_key, key)), only))

    def _empty(self, spot: _Spot) -> None:
        """Append that a key holds no value, so that a plan can learn it."""
        if spot.planned and spot.path and self._empties < MAX_EMPTY_SLOTS:
            self._empties += 1
            self.samples.append(Sample(self.device, metric_name(spot.parts), None, path=spot.path))

    def _typed(self, value: Json, part: str) -> Value | None:
        """Return what a scalar holds, None for no value."""
        if isinstance(value, str) and not self.dialect.typed:
            return classify(value, part)
        return value  # type: ignore[return-value]  # a scalar: containers went elsewhere

    def _reject(self, reason: str, detail: str, parts: tuple[str, ...]) -> None:
        """Note a part that is not read."""
        if len(self.rejections) < MAX_REJECTIONS:
            self.rejections.append(Rejection(reason, detail, metric_name(parts)))


def _unit(members: dict[str, Json], keys: list[str]) -> str | None:
    """Return the unit that one of the keys tells, None if none does."""
    texts = (members[key] for key in keys)
    return next((unit for text in texts if isinstance(text, str) and (unit := canonical(text)) is not None), None)


def _envelope(members: dict[str, Json], moments: dict[str, int]) -> str | None:
    """Return the key that only wraps the values of ``{ts, values: {…}}``, None if none does."""
    if not any(snake_case(key) in ENVELOPE_TIME_KEYS for key in moments):
        return None
    return next((key for key in members if snake_case(key) == "values" and isinstance(members[key], dict)), None)


def _is_number(name: str, value: Json) -> bool:
    """Return True if a value is a number, or a text that means one."""
    held = classify(value, name) if isinstance(value, str) else value
    return type(held) in (int, float)
