"""Summaries: how many devices of each place are in trouble, kept by counters and told when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.live import frame as frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.model import Place
    from hub.live.channel import Channel
    from hub.live.frame import Frame

INTERVAL_S = 1.0
"""A channel is told at most this often (live protocol, ``summary``)."""

_PLACES = 1000
"""Places of one frame."""


class Summary:
    """Tells channels that asked for it which places changed.

    All of them are told the whole fleet, in the same step: the counts are the catalogue's own.

    Args:
        catalogue: its places and which of them changed.
        clock: paces.
    """

    def __init__(self, *, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._channels: dict[Channel, None] = {}
        self._told_s = float("-inf")

    @property
    def due_s(self) -> float:
        """Steady time at which the next summary may go, infinite if there is nothing to tell."""
        if not self._channels or not self._catalogue.changed_places:
            return float("inf")
        return self._told_s + INTERVAL_S

    def whole(self, channel: Channel, seq: int) -> Iterator[Frame]:
        """Yield all places for a newcomer of a channel, which is told of changes from now on.

        Args:
            channel: one whose key asks for a summary.
            seq: the log's position.
        """
        self._channels[channel] = None
        yield from _frames(channel, seq, list(self._catalogue.places.values()))

    def due(self, now: float, seq: int) -> Iterator[tuple[Channel, list[Frame]]]:
        """Yield the frames that are to go now, by channel.

        Args:
            now: steady time in seconds.
            seq: the log's position.
        """
        if now < self.due_s:
            return
        self._told_s = now
        changed = list(self._catalogue.changed_places)
        self._catalogue.changed_places.clear()
        for channel in list(self._channels):
            if channel.members:
                yield channel, list(_frames(channel, seq, changed))

    def close(self, channel: Channel) -> None:
        """Forget a channel; unknown ones are no error.

        Args:
            channel: one that has no members any more.
        """
        self._channels.pop(channel, None)


def _frames(channel: Channel, seq: int, places: list[Place]) -> Iterator[Frame]:
    """Yield the ``summary`` frames of some places; alarms are counted once there are any."""
    told = channel.told_seq(seq)
    for start in range(0, max(1, len(places)), _PLACES):
        rows = [(place.path, *place.counts, 0, 0, 0, 0) for place in places[start : start + _PLACES]]
        yield frames.encode("summary", channel=channel.number, seq=told, places=rows)
