"""Zones: in which time zone devices are that tell local times.

Nobody can know it from a message, so it is a setting: one for all devices, and others for topics. Without it a local
time is no time (G8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hub.core.errors import Mistake, SettingsError
from hub.core.select import filter_fault
from hub.normalise.topic_rules import TopicRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Zones:
    """Finds the zone of a topic.

    Args:
        everywhere: IANA name of the zone of all other topics, empty if nobody knows it.
        by_topic: topic filters with the names of their zones, the first that matches wins.

    Raises:
        SettingsError: there is no such zone, or a filter is none.
    """

    def __init__(self, everywhere: str = "", by_topic: Iterable[tuple[str, str]] = ()) -> None:
        named = tuple(by_topic)
        mistakes = [*_mistakes(everywhere, named)]
        if mistakes:
            raise SettingsError(mistakes)
        self._everywhere = ZoneInfo(everywhere) if everywhere else None
        self._by_topic = TopicRules((text, ZoneInfo(name)) for text, name in named)

    def of(self, topic: str) -> ZoneInfo | None:
        """Return the zone in which a topic's devices are, None if nobody knows.

        Args:
            topic: valid.
        """
        return self._by_topic.of(topic) or self._everywhere


def _mistakes(everywhere: str, by_topic: tuple[tuple[str, str], ...]) -> Iterator[Mistake]:
    """Yield what is wrong with the settings."""
    if everywhere and not _is_zone(everywhere):
        yield Mistake("decoders.zone", _unknown(everywhere), "settings")
    for text, name in by_topic:
        fault = filter_fault(text)
        if fault is not None:
            yield Mistake("decoders.zones", f"the filter {text!r} {fault}", "settings")
        if not _is_zone(name):
            yield Mistake("decoders.zones", _unknown(name), "settings")


def _is_zone(name: str) -> bool:
    """Return True if there is a zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found; a folder of zones; no name at all
        return False
    return True


def _unknown(name: str) -> str:
    """Return what to say of a name that is none."""
    return f"there is no time zone {name!r}; names look like Europe/Amsterdam (IANA time zone database)"
