"""Vocabularies: the names and units of an ecosystem's keys, worked out once a key.

For documents that a plan cannot read, because their device or their time stands elsewhere in the message. What is read
by a vocabulary is what the flattener gives; whatever it does not know for sure, it leaves to the flattener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hub.core.units import canonical
from hub.normalise import times
from hub.normalise.decoders.protocol import Sample
from hub.normalise.flatten import GENERIC, MAX_READINGS
from hub.normalise.names import NAMELESS, UNIT_KEYS, metric_name, snake_case
from hub.normalise.plan import MAX_KEPT_TEXT, MAX_PLANNED_BYTES, Unplanned
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hub.core.model import Value
    from hub.normalise.content import Json
    from hub.normalise.flatten import Dialect, Flattener

    Append = Callable[[Sample], None]

MAX_WORDS = 20_000
"""Keys, and keys of shapes, that one vocabulary knows; when it is full it forgets them all and learns again."""
MAX_KEY_CHARACTERS = 64
"""Longer keys are not learnt."""
MAX_DEPTH = 8
"""Objects nested deeper are left to the flattener."""
MAX_KEYS = 500
"""Objects with more keys are left to the flattener."""

_NUMBERS = (float, int)
_sample = tuple.__new__


class _Word:
    """What is known of one key at one place, and of the objects under it."""

    __slots__ = ("below", "meant", "metric", "part", "parts", "shapes", "text", "unit")

    def __init__(self, parts: tuple[str, ...], dialect: Dialect) -> None:
        self.parts = parts
        self.metric = metric_name(parts)
        self.part = parts[-1] if parts else NAMELESS
        self.unit = None if dialect.unit_of is None or not parts else dialect.unit_of(parts)
        self.below: dict[str, _Word] = {}
        self.shapes: dict[tuple[str, ...], _Shape] = {}
        """By the keys of the objects."""
        self.text = ""
        self.meant: Value | None = None
        """What its last short text means, which often is the next one too."""

    def meaning(self, text: str) -> Value | None:
        """Return what a text means, None for no value."""
        value = classify(text, self.part)
        if len(text) <= MAX_KEPT_TEXT:
            self.text, self.meant = text, value
        return value


class _Shape(NamedTuple):
    """What the keys of an object are for.

    Args:
        words: what is known of each key in turn; None for one that holds the time or the unit.
        time_key: under which its time is; empty if no key may tell one.
        unit_key: under which the unit of its numbers is; empty if no key may tell one.
        value_key: the key that alone is read, where a unit stands beside it; empty if there is none.
    """

    words: tuple[_Word | None, ...]
    time_key: str
    unit_key: str
    value_key: str


class Vocabulary:
    """Reads documents of one kind.

    Args:
        dialect: how they are read; it may not drop keys, and not be typed.
        parts: name parts before the documents' own.
    """

    def __init__(self, dialect: Dialect = GENERIC, parts: tuple[str, ...] = ()) -> None:
        self._dialect, self._parts = dialect, parts
        self._root = _Word(parts, dialect)
        self._size = 0

    def add(self, flattener: Flattener, root: Json, *, time_us: int | None, size_bytes: int) -> None:
        """Append the samples of a document to a flattener's.

        Args:
            flattener: takes the samples, and reads what the vocabulary cannot.
            root: parsed.
            time_us: the time of all that has none of its own.
            size_bytes: of the message; a large one is left to the flattener, which counts its values.
        """
        if isinstance(root, dict) and size_bytes <= MAX_PLANNED_BYTES:
            samples: list[Sample] = []
            try:
                self._object(root, self._root, flattener.device, time_us, samples.append)
            except Unplanned:
                pass
            else:
                if len(flattener.samples) + len(samples) <= MAX_READINGS:  # more fit into a compressed message
                    flattener.samples += samples
                    return
        flattener.dialect = self._dialect
        flattener.add(root, parts=self._parts, time_us=time_us)

    def _object(self, members: dict[str, Json], word: _Word, device: str, time_us: int | None, append: Append) -> None:
        """Append the samples of one object; raise :class:`Unplanned` if it cannot be read."""
        keys = tuple(members)
        words, time_key, unit_key, value_key = word.shapes.get(keys) or self._learn(word, keys)
        values: Iterable[Json] = members.values()
        unit = None
        if time_key:
            time_us = _time(members[time_key], time_us)
        if unit_key:
            unit = _unit(members[unit_key])
            if value_key:
                words, values = (word,), (members[value_key],)
            elif not any(map(_is_number, words, values)):
                raise Unplanned
        for inner, member in zip(words, values, strict=True):
            if inner is None:
                continue
            kind, held = type(member), member
            if kind in _NUMBERS:
                append(_sample(Sample, (device, inner.metric, held, unit or inner.unit, time_us, False, 0, None, None)))
                continue
            if kind is str:
                held = inner.meant if member == inner.text else inner.meaning(member)  # type: ignore[arg-type]  # a text
            elif kind is dict and not value_key:
                self._object(member, inner, device, time_us, append)  # type: ignore[arg-type]  # an object
                continue
            elif kind is dict or kind is list:
                raise Unplanned
            if held is None:
                continue
            told = (unit or inner.unit) if type(held) in _NUMBERS else None
            append(_sample(Sample, (device, inner.metric, held, told, time_us, False, 0, None, None)))

    def _learn(self, word: _Word, keys: tuple[str, ...]) -> _Shape:
        """Return what the keys of an object are for; raise :class:`Unplanned` if only their values tell that."""
        if len(keys) > MAX_KEYS or (keys and len(word.parts) >= MAX_DEPTH):
            raise Unplanned
        names = [snake_case(key) for key in keys]
        special = [(name, key) for name, key in zip(names, keys, strict=True) if name in self._dialect.special]
        unit_key = _only(key for name, key in special if name in UNIT_KEYS)
        time_key = _only(key for name, key in special if name not in UNIT_KEYS)
        if not all(names) or any(len(key) > MAX_KEY_CHARACTERS for key in keys) or (time_key and "values" in names):
            raise Unplanned
        value_key = keys[names.index("value")] if unit_key and "value" in names else ""
        self._make_room(len(keys))
        words: list[_Word | None] = []
        for name, key in zip(names, keys, strict=True):
            if key in (time_key, unit_key):
                words.append(None)
                continue
            if key not in word.below:
                self._make_room(1)
                word.below[key] = _Word((*word.parts, name), self._dialect)
            words.append(word.below[key])
        word.shapes[keys] = shape = _Shape(tuple(words), time_key, unit_key, value_key)
        return shape

    def _make_room(self, count: int) -> None:
        """Count what is learnt; when it is too much, forget everything first."""
        if self._size + count > MAX_WORDS:
            self._root, self._size = _Word(self._parts, self._dialect), 0
        self._size += count


def _time(stamp: Json, time_us: int | None) -> int | None:
    """Return the time of an object that tells one; raise :class:`Unplanned` if what stands there is none."""
    moment_us = times.parse(stamp)
    if moment_us is None:
        raise Unplanned
    return moment_us if moment_us > times.UNSET else times.best((moment_us, time_us))


def _unit(text: Json) -> str:
    """Return the unit of an object that tells one; raise :class:`Unplanned` if what stands there is none."""
    unit = canonical(text) if isinstance(text, str) else None
    if unit is None:
        raise Unplanned
    return unit


def _is_number(word: _Word | None, member: Json) -> bool:
    """Return True if a value is a number, or a text that means one."""
    if word is None:
        return False
    held = word.meaning(member) if isinstance(member, str) else member
    return type(held) in _NUMBERS


def _only(keys: Iterable[str]) -> str:
    """Return the only key, empty if there is none; raise :class:`Unplanned` if there are several."""
    found = list(keys)
    if len(found) > 1:
        raise Unplanned
    return found[0] if found else ""
