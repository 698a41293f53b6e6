"""Readiness: whether the hub can be shown to people yet, as ``/readyz`` and orchestrators ask.

Ready is an edge: once reached it stays, for losing the broker later is something to look at on the dashboard, not a
reason to take the dashboard away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.core.clock import Clock

PATIENCE_S = 10.0
"""How long after its start a hub waits for a broker before it counts as ready without one (HTTP API, ``/readyz``)."""


class Readiness:
    """Gathers what has to have happened before the hub is ready.

    Args:
        clock: measures the time since the start, which is now.
    """

    __slots__ = ("_clock", "_granted", "_ready", "_restored", "_started_s")

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._started_s = clock.steady_s()
        self._restored = False
        self._granted = False
        self._ready = False

    def say_restored(self) -> None:
        """Note that the latest state is restored (cluster: that the log is caught up)."""
        self._restored = True

    def say_granted(self) -> None:
        """Note that a broker has granted the first subscription."""
        self._granted = True

    @property
    def uptime_s(self) -> float:
        """Seconds since the start."""
        return self._clock.steady_s() - self._started_s

    @property
    def missing(self) -> str | None:
        """What the hub still waits for, as a phrase for people; None once it is ready."""
        if self._ready:
            return None
        if not self._restored:
            return "the latest state is being restored"
        if not self._granted and self.uptime_s < PATIENCE_S:
            return "the broker has not granted the first subscription yet"
        self._ready = True
        return None
