"""Rules by topic filter: where filters overlap, the one that stands first in the settings counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from hub.core.select import FilterTree

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


class TopicRules(Generic[T]):
    """Finds what is set for a topic.

    Args:
        pairs: valid topic filters with what they set, in the order of the settings.
    """

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        self._set: list[T] = []
        self._places: FilterTree[int] = FilterTree()
        for text, what in pairs:
            self._places.add(text, len(self._set))
            self._set.append(what)

    def of(self, topic: str) -> T | None:
        """Return what the first filter sets that matches, None if none does.

        Args:
            topic: valid.
        """
        places = self._places.match(topic)
        return self._set[min(places)] if places else None
