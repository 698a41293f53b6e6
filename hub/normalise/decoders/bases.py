"""Base topics: the levels under which an ecosystem publishes, where its users can choose them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.normalise.decoders.protocol import Topic


class Below(NamedTuple):
    """Where a topic lies.

    Args:
        levels: after the base, at least one.
        within: what goes before the ids of devices, so that two installations do not share them: empty for the first
            base, ``<base>/`` for any other.
    """

    levels: tuple[str, ...]
    within: str


class Bases:
    """The base topics of one ecosystem.

    Args:
        names: such as ``zigbee2mqtt``; levels joined by ``/``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._bases = [
            (tuple(name.split("/")), f"{name}/" if place else "") for place, name in enumerate(cleaned(names))
        ]
        self._bases.sort(key=lambda base: -len(base[0]))

    def below(self, topic: Topic) -> Below | None:
        """Return where a topic lies below the longest base that it has; None if it lies below none.

        Args:
            topic: any.
        """
        for base, within in self._bases:
            if topic.levels[: len(base)] == base and len(topic.levels) > len(base):
                return Below(topic.levels[len(base) :], within)
        return None


def cleaned(names: Iterable[str]) -> tuple[str, ...]:
    """Return base topics without slashes around them, each once; an empty one is none.

    Args:
        names: as they were chosen.
    """
    return tuple(dict.fromkeys(filter(None, (name.strip("/") for name in names))))
