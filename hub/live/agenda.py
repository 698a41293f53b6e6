"""The agenda: which channels wait for the end of their interval, and when the next one's turn comes."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.live.channel import Channel
    from hub.live.timer import Handle, Timer

BEAT_S: Final = 0.05
"""Channels that look at their devices do so together, at the multiples of this: what is encoded for one of them is then
mostly what the others lack, and what comes in between can be worked off at once, for nobody waits for it."""


class Agenda:
    """Wakes one function, however many channels wait.

    Args:
        timer: runs it later, in the loop's own thread.
        wake: what it runs; it asks for the channels that are :meth:`due`.
    """

    def __init__(self, *, timer: Timer, wake: Callable[[], None]) -> None:
        self._timer = timer
        self._wake = wake
        self._waiting: list[tuple[float, int, Channel]] = []
        self._woken_s = float("inf")
        self._alarm: Handle | None = None

    def add(self, channel: Channel) -> None:
        """Have a channel's turn come when its interval is over; twice is once.

        Args:
            channel: with the time in :attr:`Channel.due_s`.
        """
        if not channel.waiting:
            channel.waiting = True
            heapq.heappush(self._waiting, (channel.due_s, channel.number, channel))

    def due(self, now: float) -> Iterator[Channel]:
        """Yield the channels whose turn has come; each has to be added again.

        Args:
            now: steady time in seconds.
        """
        self._woken_s, self._alarm = float("inf"), None
        while self._waiting and self._waiting[0][0] <= now:
            channel = heapq.heappop(self._waiting)[2]
            channel.waiting = False
            yield channel

    def set(self, other_s: float) -> None:
        """Set the alarm for the next turn.

        Args:
            other_s: when it is to wake at the latest, whoever waits; infinite for never.
        """
        due_s = min(self._waiting[0][0] if self._waiting else float("inf"), other_s)
        if due_s < self._woken_s:
            if self._alarm is not None:
                self._alarm.cancel()
            self._woken_s = due_s
            self._alarm = self._timer.at(due_s, self._wake)
