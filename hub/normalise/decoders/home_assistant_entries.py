"""Entries: all discovery configurations that are known, found by the topics they speak of.

References:
    Normalisation section 6: "remember per state_topic".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core.model import Rejection
from hub.normalise.decoders.home_assistant_availability import Watched
from hub.normalise.decoders.home_assistant_config import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.normalise.decoders.home_assistant_availability import Check, Verdict, Watch
    from hub.normalise.decoders.home_assistant_config import Use
    from hub.normalise.decoders.home_assistant_paths import Path

MAX_USES: Final = 50_000
"""Most values, of all entries together, that are known; a house of the largest kind has some thousand."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""Most bytes of configurations, and of what is kept of them, that are remembered."""
TOPIC_BYTES: Final = 200
"""About what it takes to remember that an entry speaks of a topic, besides the topic's name."""
MAX_USES_OF_TOPIC: Final = 1000
"""Most values that are taken from the messages of one topic."""


class _Kept(NamedTuple):
    """An entry that is known.

    Args:
        entry: what it tells.
        size_bytes: of its configuration, and of what is kept of it.
        digest: length and hash of its configuration.
    """

    entry: Entry
    size_bytes: int
    digest: tuple[int, int]


_NOTHING: Final = Entry()
_NOTHING_KEPT: Final = _Kept(_NOTHING, 0, (0, 0))


@dataclass(slots=True)
class Change:
    """What a new, changed or forgotten entry changes.

    Args:
        renewed: topics that are read differently, and whose last message counts as it is read now.
        reclaimed: topics that are read differently from their next message on.
        watches: whose availability is looked at for the first time.
        rejection: what there is no room for.
    """

    renewed: list[str] = field(default_factory=list)
    reclaimed: list[str] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    rejection: Rejection | None = None


class Entries:
    """Remembers entries."""

    def __init__(self) -> None:
        self._entries: dict[str, _Kept] = {}
        self._uses: dict[str, dict[str, tuple[Use, ...]]] = {}
        self._silent: dict[str, dict[str, None]] = {}
        self._watched: dict[str, Watched] = {}
        self._watches: dict[str, dict[Watch, int]] = {}
        self._paths: dict[tuple[str, Path], dict[str, int]] = {}
        self._count = 0
        self._size_bytes = 0

    def __len__(self) -> int:
        """Return how many values are known."""
        return self._count

    def uses(self, topic: str) -> tuple[Use, ...]:
        """Return what is taken from the messages of a topic, in an order that does not depend on who came first.

        Args:
            topic: its name.
        """
        found = self._uses.get(topic)
        return tuple(use for _, uses in sorted(found.items()) for use in uses) if found else ()

    def shared(self, uses: Iterable[Use]) -> frozenset[Path]:
        """Return the paths of some uses that are read on other topics too, for the same devices.

        Args:
            uses: of one topic.
        """
        return frozenset(use.path for use in uses if use.path and len(self._paths.get((use.device, use.path), ())) > 1)

    def is_state(self, topic: str) -> bool:
        """Return True if an entry says that a topic tells values.

        Args:
            topic: its name.
        """
        return topic in self._uses

    def is_silent(self, topic: str) -> bool:
        """Return True if an entry says that a topic only carries commands or pictures.

        Args:
            topic: its name.
        """
        return topic in self._silent

    def watched(self, topic: str) -> Watched | None:
        """Return what is known of a topic of availability, None if it is none.

        Args:
            topic: its name.
        """
        return self._watched.get(topic)

    def watches_of(self, topic: str) -> tuple[Watch, ...]:
        """Return what the availability of a device depends on whose values a topic tells.

        Args:
            topic: of the values.
        """
        return tuple(self._watches.get(topic, ()))

    def verdict(self, check: Check) -> Verdict | None:
        """Return how a check was last answered, None if never.

        Args:
            check: of any entry.
        """
        watched = self._watched.get(check.topic)
        return None if watched is None else watched.verdicts.get(check)

    def knows(self, name: str, payload: bytes) -> bool:
        """Return True if a configuration is the one that is known: a broker hands it over again at every connection.

        Args:
            name: its topic.
            payload: its bytes.
        """
        kept = self._entries.get(name)
        return kept is not None and kept.digest == _digest(payload)

    def put(self, name: str, entry: Entry | None, payload: bytes) -> Change:
        """Remember an entry in the place of what its topic said before, or forget it.

        Args:
            name: its topic.
            entry: None to forget it.
            payload: its configuration.
        """
        before, before_bytes, _ = self._entries.get(name, _NOTHING_KEPT)
        after = _NOTHING if entry is None else entry
        size_bytes = len(payload) + _size_bytes(after)
        count = self._count + len(after.uses) - len(before.uses)
        size = self._size_bytes - before_bytes + (size_bytes if entry is not None else 0)
        if entry is not None and (count > MAX_USES or size > MAX_BYTES):
            detail = f"{MAX_USES} values of Home Assistant discovery, or {MAX_BYTES} bytes, are remembered, no more."
            return Change(rejection=Rejection("limit", detail))
        self._count, self._size_bytes = count, size
        self._entries.pop(name, None)
        if entry is not None:
            self._entries[name] = _Kept(entry, size_bytes, _digest(payload))
        change = Change()
        if before == after:
            return change
        self._change_uses(name, _by_topic(before), _by_topic(after), change)
        self._change_silent(name, before.silent, after.silent, change)
        self._change_watches(before.watches, after.watches, change)
        return change

    def _change_uses(
        self, name: str, before: dict[str, tuple[Use, ...]], after: dict[str, tuple[Use, ...]], change: Change
    ) -> None:
        """Put the uses of an entry in the place of those it had."""
        for topic in {**before, **after}:
            old, new = before.get(topic, ()), after.get(topic, ())
            if old == new:
                continue
            others = self._uses.setdefault(topic, {})
            taken = others.pop(name, ())
            if new and sum(map(len, others.values())) + len(new) > MAX_USES_OF_TOPIC:
                detail = f"{MAX_USES_OF_TOPIC} values of Home Assistant discovery are taken from one topic, no more."
                change.rejection, new = Rejection("limit", detail), ()
            if new:
                others[name] = new
            if not others:
                del self._uses[topic]
            self._change_paths(topic, taken, new, change)
            moved = bool(old) and _names(old) != _names(new)
            (change.reclaimed if moved or not new else change.renewed).append(topic)

    def _change_paths(self, topic: str, before: Iterable[Use], after: Iterable[Use], change: Change) -> None:
        """Count who reads which path of which device where; a second topic changes the names on the first."""
        for use in after:
            topics = self._paths.setdefault((use.device, use.path), {}) if use.path else {}
            if len(topics) == 1 and topic not in topics:
                change.renewed.extend(topics)
            topics[topic] = topics.get(topic, 0) + 1
        for use in before:
            topics = self._paths.get((use.device, use.path), {}) if use.path else {}
            if topic not in topics:
                continue
            topics[topic] -= 1
            if not topics[topic]:
                del topics[topic]
                if len(topics) == 1:
                    change.reclaimed.extend(topics)
            if not topics:
                del self._paths[use.device, use.path]

    def _change_silent(self, name: str, before: Iterable[str], after: Iterable[str], change: Change) -> None:
        """Put the topics without values of an entry in the place of those it had."""
        old, new = dict.fromkeys(before), dict.fromkeys(after)
        for topic in old:
            if topic not in new:
                named = self._silent[topic]
                del named[name]
                if not named:
                    del self._silent[topic]
                    change.reclaimed.append(topic)
        for topic in new:
            if topic not in self._silent:
                change.renewed.append(topic)
            self._silent.setdefault(topic, {})[name] = None

    def _change_watches(self, before: Iterable[Watch], after: Iterable[Watch], change: Change) -> None:
        """Put what the availability of an entry depends on in the place of what it was."""
        old, new = dict.fromkeys(before), dict.fromkeys(after)
        for watch in new:
            if watch in old:
                continue
            change.watches.append(watch)
            _count(self._watches.setdefault(watch.topic, {}), watch, 1)
            for topic in _topics(watch):
                if topic not in self._watched:
                    self._watched[topic] = Watched()
                    change.renewed.append(topic)
                _count(self._watched[topic].watches, watch, 1)
        for watch in old:
            if watch in new:
                continue
            if not _count(self._watches[watch.topic], watch, -1):
                del self._watches[watch.topic]
            for topic in _topics(watch):
                if not _count(self._watched[topic].watches, watch, -1):
                    del self._watched[topic]
                    change.reclaimed.append(topic)


def _digest(payload: bytes) -> tuple[int, int]:
    """Return what tells one configuration from another."""
    return len(payload), hash(payload)


def _size_bytes(entry: Entry) -> int:
    """Return about how much is kept of an entry: a short base may stand for a long topic in each of its keys."""
    topics = [topic for topic, _ in entry.uses]
    topics += entry.silent
    topics += [check.topic for watch in entry.watches for check in watch.availability.checks]
    return sum(map(len, topics)) + TOPIC_BYTES * len(topics)


def _count(counts: dict[Watch, int], watch: Watch, step: int) -> bool:
    """Count one more or one less who asks for a watch; return False if nobody asks for any."""
    counts[watch] = counts.get(watch, 0) + step
    if not counts[watch]:
        del counts[watch]
    return bool(counts)


def _topics(watch: Watch) -> Iterable[str]:
    """Return the topics on which a component's availability depends, each once."""
    return dict.fromkeys(check.topic for check in watch.availability.checks)


def _by_topic(entry: Entry) -> dict[str, tuple[Use, ...]]:
    """Return the uses of an entry by topic."""
    found: dict[str, list[Use]] = {}
    for topic, use in entry.uses:
        found.setdefault(topic, []).append(use)
    return {topic: tuple(uses) for topic, uses in found.items()}


def _names(uses: tuple[Use, ...]) -> set[tuple[str, str]]:
    """Return the series that uses speak of."""
    return {(use.device, use.metric) for use in uses}
