"""Ecosystems as tables: what the topics of one say, a row for each kind of topic.

A row's topic is written as in the rules: ``<name>`` takes a level or a part of one, ``<name:pattern>`` one that looks
so, ``<name…>`` one or more levels, ``…/`` at the start any levels or none, and ``<base>`` the base topics that people
can choose.

References:
    Normalisation section 13, G0 (ids of devices), G9 (words).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from hub.normalise.decoders import documents
from hub.normalise.decoders.bases import cleaned
from hub.normalise.decoders.plain import WORDS
from hub.normalise.decoders.protocol import Claim, Decoded
from hub.normalise.flatten import GENERIC, Dialect
from hub.normalise.names import NAMELESS, snake_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hub.core.model import Status
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Topic

_PLACEHOLDER = re.compile(r"<(\w+)(?::([^>]+))?(…)?>")
_BASE = "base"


class Place(NamedTuple):
    """What a topic says by itself.

    Args:
        device: the ecosystem's own id.
        parts: of the metric's name, in snake_case.
        levels: what the placeholders of the row took.
        within: goes before ids that are read from payloads, so that two bases do not share them.
    """

    device: str
    parts: tuple[str, ...]
    levels: Mapping[str, str]
    within: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of topic.

    Args:
        topic: its pattern.
        read: reads a message of it; told what the topic says by itself.
        rule: what is done, in words.
        device: the id of the device, with placeholders.
        metric: the name of the metric, with placeholders; empty where the document's keys are the metrics.
        planned: True if keys alone lead to its samples.
    """

    topic: str
    read: Callable[[Place, Message], Decoded]
    rule: str
    device: str = ""
    metric: str = ""
    planned: bool = False


@dataclass(frozen=True)
class Ecosystem:
    """The decoder of an ecosystem that is a table.

    Args:
        name: short lower-case name.
        title: what people call it.
        rows: the first whose topic matches reads it.
        bases: base topics.
        remembered: how many things its readers remember.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    bases: tuple[str, ...] = ()
    remembered: Callable[[], int] = int
    _compiled: tuple[tuple[re.Pattern[str], Row], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Compile the topics once; the first base needs no mark in ids."""
        object.__setattr__(self, "bases", cleaned(self.bases))
        object.__setattr__(self, "_compiled", tuple((pattern(row.topic, self.bases), row) for row in self.rows))

    @property
    def kept(self) -> int:
        """How many gateways, or devices behind them; none for most."""
        return self.remembered()

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of this ecosystem's topics are read.

        Args:
            topic: to be claimed.
        """
        for compiled, row in self._compiled:
            found = compiled.fullmatch(topic.name)
            if found is not None:
                read = partial(row.read, self._place(row, found.groupdict()))
                return Claim(self.name, f"13 {self.title}: {row.rule}", read, planned=row.planned)
        return None

    def _place(self, row: Row, levels: dict[str, str]) -> Place:
        """Return what a matching topic says."""
        base = levels.get(_BASE)
        within = "" if base is None or base == self.bases[0] else f"{base}/"
        device = _PLACEHOLDER.sub(lambda found: levels[found[1]], row.device)
        metric = _PLACEHOLDER.sub(lambda found: levels[found[1]], row.metric)
        parts = tuple(filter(None, map(snake_case, metric.split("/")))) if metric else ()
        return Place(within + device if device else "", parts, levels, within)


def pattern(topic: str, bases: Iterable[str] = ()) -> re.Pattern[str]:
    """Return the pattern that a row's topic stands for.

    Args:
        topic: with placeholders.
        bases: what ``<base>`` may be.
    """
    text = topic.removeprefix("…/")
    parts = ["(?:.*/)?"] if text != topic else []
    place = 0
    for found in _PLACEHOLDER.finditer(text):
        parts.append(re.escape(text[place : found.start()]))
        place = found.end()
        inner = found[2] or (".+" if found[3] else "[^/]+")
        if found[1] == _BASE:
            inner = "|".join(re.escape(base) for base in sorted(bases, key=len, reverse=True)) or "(?!)"
        parts.append(f"(?P<{found[1]}>{inner})")
    parts.append(re.escape(text[place:]))
    return re.compile("".join(parts), re.DOTALL)


def ignored(_: Place, __: Message) -> Decoded:
    """Read a message that is known and tells nothing."""
    return Decoded()


def status(words: dict[str, Status] = WORDS) -> Callable[[Place, Message], Decoded]:
    """Return the reader of topics under which a device says whether it is there.

    Args:
        words: lower case.
    """
    return lambda place, message: documents.said(message, place.device, words)


def scalars(dialect: Dialect = GENERIC) -> Callable[[Place, Message], Decoded]:
    """Return the reader of topics with one value each.

    Args:
        dialect: gives the units.
    """
    return lambda place, message: documents.scalar(message, place.device, place.parts, dialect)


def objects(dialect: Dialect = GENERIC) -> Callable[[Place, Message], Decoded]:
    """Return the reader of topics with documents.

    Args:
        dialect: how they are read.
    """

    def read(place: Place, message: Message) -> Decoded:
        root = documents.mapping(message)
        if not isinstance(root, dict):
            return Decoded(undecoded=root)
        return documents.flattened(root, place.device, dialect, parts=place.parts)

    return read


def nested(
    value: dict[str, Json] | list[Json],
    device: str,
    dialect: Dialect,
    *,
    parts: tuple[str, ...],
    time_us: int | None = None,
) -> Decoded:
    """Return what an object or array says that is the value of one metric; elements have their index.

    Args:
        value: parsed.
        device: the ecosystem's own id.
        dialect: how it is read.
        parts: of the metric's name.
        time_us: its time.
    """
    nameless: dict[str, Json] = {"": value}
    return documents.flattened(nameless, device, dialect, parts=parts or (NAMELESS,), time_us=time_us)


def units(table: Mapping[str, str], time_keys: tuple[str, ...] = ()) -> Dialect:
    """Return a dialect whose units are told by the last part of the name.

    Args:
        table: unit by part.
        time_keys: as of :class:`hub.normalise.flatten.Dialect`.
    """
    return Dialect(time_keys=time_keys, unit_of=lambda parts: table.get(parts[-1]) if parts else None)
