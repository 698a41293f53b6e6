"""Sinks: what a session needs of its transport, be it a WebSocket or an events stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.live.frame import Frame


class Sink(Protocol):
    """A session's transport. No call waits or raises, also after it is closed."""

    @property
    def family(self) -> str:
        """Transports of one family send the same bytes of a frame."""

    @property
    def put(self) -> Callable[[bytes], object]:
        """Writes without asking whether it is closed; called for members only, and a closed session is none."""

    def form(self, frame: Frame) -> bytes:
        """Return the frame's bytes for this transport."""

    def write(self, data: bytes) -> None:
        """Send bytes, or buffer them."""

    def buffered_bytes(self) -> int:
        """Return how much waits to be sent."""

    def ping(self) -> None:
        """Ask the peer for a sign of life, where the transport can."""

    def close(self, code: int, reason: str) -> None:
        """Send what waits and close; at once if the peer takes nothing."""

    def pause_reading(self) -> None:
        """Take nothing more from the client for now."""

    def resume_reading(self) -> None:
        """Go on taking from the client."""
