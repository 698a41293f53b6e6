"""Leads: which topics lead to a series, so that their plans are forgotten with it, and no others.

Nearly every series is told by one topic, its origin; only the others are kept here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.model import Series
    from hub.normalise.plan import Plan

MAX_LEADS: Final = 200_000
"""Most that are kept; with more the hub no longer knows every topic of a series, and forgets all plans with it."""


class Leads:
    """Remembers who told a series."""

    def __init__(self) -> None:
        self._topics: dict[int, dict[str, None]] = {}
        self._kept = 0

    def add(self, series: Series, plan: Plan) -> None:
        """Make a topic the origin of a series; it was another one's, or nobody's, before.

        Args:
            series: that it tells.
            plan: of the topic.
        """
        origin, series.origin = series.origin, plan
        if origin is None or origin.topic == plan.topic or self._kept >= MAX_LEADS:
            return
        topics = self._topics.setdefault(series.key, {})
        before = len(topics)
        topics[origin.topic] = topics[plan.topic] = None
        self._kept += len(topics) - before

    def is_told_only_by(self, series: Series, plan: Plan) -> bool:
        """Return True if no other topic ever told a series, and this one does by this plan.

        Args:
            series: of the catalogue.
            plan: of the topic, perhaps an older one.
        """
        return series.origin is plan and series.key not in self._topics and self._kept < MAX_LEADS

    def forget(self, gone: Iterable[Series]) -> set[str] | None:
        """Return the topics that lead to series, and forget these; None if some of the topics are not known.

        Args:
            gone: that leave the catalogue, with their origins.
        """
        found: set[str] = set()
        known = self._kept < MAX_LEADS
        for series in gone:
            topics = self._topics.pop(series.key, {})
            self._kept -= len(topics)
            found.update(topics)
            if series.origin is not None:
                found.add(series.origin.topic)
        if not known:
            self._topics.clear()
            self._kept = 0
            return None
        return found
