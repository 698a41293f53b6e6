"""Vocabularies: the names and units of an ecosystem's keys, worked out once a key.

For documents that a plan cannot read, because their device or their time stands elsewhere in the message. What is read
by a vocabulary is what the flattener gives; whatever it does not know for sure, it leaves to the flattener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.normalise.decoders.protocol import Sample
from hub.normalise.flatten import GENERIC
from hub.normalise.names import UNIT_KEYS, metric_name, snake_case
from hub.normalise.plan import MAX_PLANNED_BYTES, Unplanned
from hub.normalise.values import classify

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.flatten import Dialect, Flattener

MAX_WORDS = 20_000
"""Keys that one vocabulary knows; when it is full it forgets them all and learns again."""
MAX_KEY_CHARACTERS = 64
"""Longer keys are not learnt."""
MAX_DEPTH = 8
"""Objects nested deeper are left to the flattener."""


class _Word:
    """What is known of one key at one place."""

    __slots__ = ("below", "metric", "part", "parts", "unit")

    def __init__(self, parts: tuple[str, ...], dialect: Dialect) -> None:
        self.parts = parts
        self.metric = metric_name(parts)
        self.part = parts[-1]
        self.unit = None if dialect.unit_of is None else dialect.unit_of(parts)
        self.below: dict[str, _Word] = {}


class Vocabulary:
    """Reads documents of one kind.

    Args:
        dialect: how they are read; its keys must tell no times, and it may not drop keys.
        parts: name parts before the documents' own.
    """

    def __init__(self, dialect: Dialect = GENERIC, parts: tuple[str, ...] = ()) -> None:
        self._dialect, self._parts = dialect, parts
        self._words: dict[str, _Word] = {}
        self._size = 0

    def add(self, flattener: Flattener, root: Json, *, time_us: int | None, size_bytes: int) -> None:
        """Append the samples of a document to a flattener's.

        Args:
            flattener: takes the samples, and reads what the vocabulary cannot.
            root: parsed.
            time_us: the time of all its values.
            size_bytes: of the message; a large one is left to the flattener, which counts its values.
        """
        if isinstance(root, dict) and size_bytes <= MAX_PLANNED_BYTES:
            samples: list[Sample] = []
            try:
                self._read(root, self._words, self._parts, (flattener.device, time_us), samples)
            except Unplanned:
                pass
            else:
                flattener.samples += samples
                return
        flattener.dialect = self._dialect
        flattener.add(root, parts=self._parts, time_us=time_us)

    def _read(
        self,
        members: dict[str, Json],
        words: dict[str, _Word],
        parts: tuple[str, ...],
        whose: tuple[str, int | None],
        samples: list[Sample],
    ) -> None:
        """Append the samples of one object; raise :class:`Unplanned` if it cannot be read."""
        device, time_us = whose
        for key, member in members.items():
            word = words.get(key) or self._learn(words, key, parts)
            kind = type(member)
            if kind is float or kind is int:
                samples.append(Sample(device, word.metric, member, word.unit, time_us))  # type: ignore[arg-type]  # a number
            elif kind is dict:
                self._read(member, word.below, word.parts, whose, samples)  # type: ignore[arg-type]  # an object
            elif kind is str:
                value = classify(member, word.part)  # type: ignore[arg-type]  # a text
                if value is not None:
                    samples.append(Sample(device, word.metric, value, word.unit, time_us))
            elif kind is bool:
                samples.append(Sample(device, word.metric, member, None, time_us))  # type: ignore[arg-type]  # a boolean
            elif member is not None:
                raise Unplanned

    def _learn(self, words: dict[str, _Word], key: str, parts: tuple[str, ...]) -> _Word:
        """Return what is to be known of a key; raise :class:`Unplanned` if it may change what its neighbours mean."""
        part = snake_case(key)
        if part in UNIT_KEYS or not part or len(parts) >= MAX_DEPTH or len(key) > MAX_KEY_CHARACTERS:
            raise Unplanned
        if self._size >= MAX_WORDS:
            self._words, self._size = {}, 0
        self._size += 1
        words[key] = word = _Word((*parts, part), self._dialect)
        return word
