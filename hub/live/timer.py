"""Timers: how the live stage gets called again, without knowing a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from hub.core.clock import Clock


class Handle(Protocol):
    """A function that is to run."""

    def cancel(self) -> None:
        """Do not run it; nothing happens if it has run."""


class Timer(Protocol):
    """Runs functions later in the same thread."""

    def soon(self, function: Callable[[], None]) -> object:
        """Run a function after what is going on now."""

    def at(self, steady_s: float, function: Callable[[], None]) -> Handle:
        """Run a function at a steady time, or soon if that is over."""


class LoopTimer:
    """The event loop's own timers.

    Args:
        loop: the running loop.
        clock: whose steady time is meant.
    """

    __slots__ = ("_clock", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self._loop = loop
        self._clock = clock

    def soon(self, function: Callable[[], None]) -> object:
        """Run a function in the loop's next iteration.

        Args:
            function: must neither wait nor raise.
        """
        return self._loop.call_soon(function)

    def at(self, steady_s: float, function: Callable[[], None]) -> Handle:
        """Run a function at a steady time.

        Args:
            steady_s: seconds of the clock's steady time.
            function: must neither wait nor raise.
        """
        return self._loop.call_later(max(0.0, steady_s - self._clock.steady_s()), function)
