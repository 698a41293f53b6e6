"""Members: who takes a channel's frames, and how far each one is.

A member is a position. It has no task, no lock, no queue and no set of keys: what it still has to be told is what
changed in its channel after its position.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from hub.core.model import STAMP_BITS, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.live.channel import Channel
    from hub.live.frame import Frame
    from hub.live.opening import Opening


class Peer(Protocol):
    """One connection, as the live stage sees it. Every call returns at once; none raises."""

    members: list[Member]
    """Its memberships, kept by the broadcaster."""
    family: str
    """Peers of one family take the same bytes of a frame."""
    put: Callable[[bytes], object]
    """Writes like :meth:`write`, as directly as its transport allows; only for peers that are members."""

    @property
    def stalled(self) -> bool:
        """True while nothing more should be written: its buffer is over the high mark, or it is hidden."""

    def form(self, frame: Frame) -> bytes:
        """Return the frame's bytes for this transport, made once a frame."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport, which buffers them; may call :meth:`Broadcaster.fell_behind`."""

    def lag(self, *, behind: bool, conflated: int) -> None:
        """Tell the client that it left or rejoined the shared frames."""


class State(Enum):
    """Where a member gets its frames from."""

    JOINING = auto()
    """Its channel's opening: devices, series, statuses, a snapshot."""
    SHARED = auto()
    """The same bytes as everybody else, as they are made."""
    BEHIND = auto()
    """Pages of what changed after its position, as its socket drains."""
    GONE = auto()


class Member:
    """A connection's place in one channel.

    Args:
        peer: the connection.
        channel: the channel.
    """

    __slots__ = (
        "behind_us", "channel", "cursor", "doubts_seq", "missed", "news_seq", "opening", "peer", "place", "queued",
        "resumes", "state",
    )  # fmt: skip

    def __init__(self, peer: Peer, channel: Channel) -> None:
        self.peer = peer
        self.channel = channel
        self.state = State.JOINING
        self.cursor = 0
        """Stamp up to which it has every reading of the channel."""
        self.news_seq = 0
        """Position up to which it has every device, series and status."""
        self.doubts_seq = 0
        """Position up to which it has every change of quality without a reading."""
        self.opening: Opening | None = None
        self.place = 0
        """Index of the next frame of the opening."""
        self.missed = 0
        """The channel's count of readings told when it fell behind."""
        self.behind_us = 0
        """When it fell behind, 0 while it never did."""
        self.resumes = False
        """True if it holds the channel at an earlier position, and waits for the end of what it missed."""
        self.queued = False
        """True while it waits for its turn to catch up."""

    def opened(self) -> None:
        """Note that it has all of its opening."""
        if self.opening is not None:
            stamp = self.opening.stamp | WHOLE
            self.cursor = max(self.cursor, stamp)
            self.news_seq = max(self.news_seq, stamp >> STAMP_BITS)
            self.doubts_seq = max(self.doubts_seq, stamp >> STAMP_BITS)
            self.opening = None
