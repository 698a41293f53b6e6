"""Requests: what a channel is asked for.

References:
    Live protocol, Channels and their indexes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.core.select import Selection

INTERVALS_MS = (0, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)
"""Interval classes; what is asked for is rounded up (live protocol, Channels)."""


class Mode(StrEnum):
    """What a channel promises."""

    LATEST = "latest"
    """The newest value of every key, conflated."""
    EVERY = "every"
    """Every reading, in order of arrival."""


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """Everything that changes a channel's bytes: who asks for the same shares the same frames.

    Args:
        selection: canonical selection.
        mode: conflated or complete.
        interval_ms: one of :data:`INTERVALS_MS`.
        summary: True to add counts by place.
        scope: what its members may see; empty for everything.
        units: the system values are converted to; empty for as they come.
    """

    selection: Selection
    mode: Mode = Mode.LATEST
    interval_ms: int = 100
    summary: bool = False
    scope: str = ""
    units: str = ""
