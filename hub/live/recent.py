"""Recent frames of a channel: a member that was briefly behind gets the same bytes as the others."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from hub.live.request import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.live.frame import Frame

_BOUNDS = {Mode.LATEST: (8, 1 << 19), Mode.EVERY: (64, 1 << 22)}
"""Most frames, most bytes; policy: oldest first."""


class Recent(NamedTuple):
    """A frame that went out: it brings a member from one stamp to another."""

    after: int
    upto: int
    frame: Frame


class RecentFrames:
    """The newest frames of a channel.

    Args:
        mode: of the channel; it decides how much is kept.
    """

    __slots__ = ("_bytes", "_frames", "_most", "_most_bytes")

    def __init__(self, mode: Mode) -> None:
        self._most, self._most_bytes = _BOUNDS[mode]
        self._frames: deque[Recent] = deque()
        self._bytes = 0

    def __iter__(self) -> Iterator[Recent]:
        """Yield them, oldest first."""
        return iter(self._frames)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._frames)

    def keep(self, after: int, upto: int, frame: Frame) -> None:
        """Remember a frame.

        Args:
            after: the stamp that the members had.
            upto: the stamp they have with it.
            frame: what went out.
        """
        self._frames.append(Recent(after, upto, frame))
        self._bytes += len(frame.json)
        while len(self._frames) > self._most or self._bytes > self._most_bytes:
            self._bytes -= len(self._frames.popleft().frame.json)

    def clear(self) -> None:
        """Forget them all."""
        self._frames.clear()
        self._bytes = 0
