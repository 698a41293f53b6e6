"""Channels: one stream of frames for everybody who asked for the same.

A channel that conflates (``latest``) notes which devices changed since its last frame; only when somebody has to catch
up are its series put in the order of their last change, which one then walks back from its end to a stamp. A channel
that tells every reading (``every``) collects rows. Both remember their newest frames, so that a member that was briefly
behind gets the same bytes instead of a page of its own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from orjson import dumps

from hub.core.model import STAMP_BITS, Device
from hub.live import frame as frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.core.model import Row, Series
    from hub.core.select import Selection
    from hub.live.frame import Frame
    from hub.live.member import Member
    from hub.live.opening import Opening

INTERVALS_MS = (0, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)
"""Interval classes; what is asked for is rounded up (live protocol, Channels)."""

MAX_ROWS = 4096
"""Rows an ``every`` channel holds back at most; then its frame goes before the interval is over."""

_RECENT = {"latest": (8, 1 << 19), "every": (64, 1 << 22)}
"""Newest frames kept a channel: most frames, most bytes; policy: oldest first."""


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


class Recent(NamedTuple):
    """A frame that went out: it brings a member from one stamp to another."""

    after: int
    upto: int
    frame: Frame


class Channel:
    """The stream of one :class:`ChannelKey`.

    Args:
        number: its number on the wire.
        key: what it is.
    """

    __slots__ = (
        "arranged", "behind", "changed", "devices", "due_s", "every", "key", "members", "moved", "n", "number",
        "opening", "order", "parts", "recent", "recent_bytes", "rows", "sent", "total", "waiting", "whole",
    )  # fmt: skip

    def __init__(self, number: int, key: ChannelKey) -> None:
        self.number = number
        self.key = key
        self.every = key.mode is Mode.EVERY
        """True if it tells every reading."""
        self.whole = not self.every and key.selection.metrics == ("*",)
        """True if it wants all metrics of its devices, and only their newest values."""
        self.members: tuple[Member, ...] = ()
        """Those that take the shared frames; replaced when it changes, so a loop over it is a loop over a snapshot."""
        self.behind = 0
        """How many members do not."""
        self.devices: dict[Device, None] = {}
        self.order: dict[Series, None] = {}
        """Its series; those that are not in :attr:`moved` or :attr:`changed` in the order of their last change."""
        self.changed: dict[Device | Series, None] = {}
        """What changed since the last frame: devices where it wants all their metrics, else series."""
        self.moved: dict[Device | Series, None] = {}
        """What changed since the order was last put right."""
        self.arranged = 0
        """Stamp up to which it is right."""
        self.sent = 0
        """Stamp that the shared frames have reached."""
        self.n = 0
        self.total = 0
        self.waiting = False
        self.due_s = 0.0
        self.rows: list[Row] = []
        self.parts: list[tuple[int, list[Row], int]] = []
        self.recent: deque[Recent] = deque()
        self.recent_bytes = 0
        self.opening: Opening | None = None

    def take_device(self, device: Device) -> None:
        """Let a device be part of this channel.

        Args:
            device: one of the selection, not taken yet.
        """
        self.devices[device] = None
        device.channels = (*device.channels, self)
        if self.whole:
            device.whole = (*device.whole, self)

    def drop_device(self, device: Device) -> None:
        """Let a device be part of this channel no longer.

        Args:
            device: one that was taken.
        """
        self.changed.pop(device, None)
        self.moved.pop(device, None)
        device.channels = tuple(channel for channel in device.channels if channel is not self)
        device.whole = tuple(channel for channel in device.whole if channel is not self)

    def told_seq(self, seq: int) -> int:
        """Return the position up to which its members have all readings.

        Args:
            seq: the newest position; the answer if nothing waits for the end of the interval.
        """
        return self.sent >> STAMP_BITS if self.changed or self.rows or self.parts else seq

    def came_back(self) -> None:
        """Count one member less off the shared frames; those that are remembered were for it and the like."""
        self.behind -= 1
        if not self.behind:
            self.recent.clear()
            self.recent_bytes = 0

    def take(self, series: Series) -> None:
        """Let a series feed this channel.

        Args:
            series: one of the selection, not taken yet.
        """
        self.order[series] = None
        if self.every:
            series.streams = (*series.streams, self.rows)
        elif not self.whole:
            series.channels = (*series.channels, self)

    def drop(self, series: Series) -> None:
        """Stop a series from feeding this channel.

        Args:
            series: one that was taken.
        """
        for known in (self.order, self.changed, self.moved):
            known.pop(series, None)
        if self.every:
            series.streams = tuple(rows for rows in series.streams if rows is not self.rows)
        else:
            series.channels = tuple(channel for channel in series.channels if channel is not self)

    def changed_after(self, stamp: int) -> list[Series]:
        """Return the series with a value that changed after a stamp, oldest change first.

        Args:
            stamp: see :attr:`hub.core.model.Series.stamp`.
        """
        if self.every:
            changed = [series for series in self.order if series.stamp > stamp]
            changed.sort(key=lambda series: series.stamp)
            return changed
        self._arrange()
        changed = []
        for series in reversed(self.order):
            if series.stamp <= stamp:
                if series.stamp:
                    break
                continue  # it has no value yet and stands where it was introduced
            changed.append(series)
        changed.reverse()
        return changed

    def _arrange(self) -> None:
        """Put the series in the order of their last change."""
        self.moved.update(self.changed)
        moved = [series for series in self._series_of(self.moved) if series.stamp > self.arranged]
        moved.sort(key=lambda series: series.stamp)
        for series in moved:
            del self.order[series]
            self.order[series] = None
        self.moved.clear()
        if moved:
            self.arranged = moved[-1].stamp

    def _series_of(self, things: Iterable[Device | Series]) -> Iterator[Series]:
        """Yield the series of this channel that some devices have, or that are there themselves."""
        order = self.order
        for thing in things:
            for series in thing.series.values() if isinstance(thing, Device) else (thing,):
                if series in order:
                    yield series

    def make(self, stamp: int, base_us: int) -> list[Frame]:
        """Return the frames that bring the members from :attr:`sent` to a stamp; none if nothing changed.

        Args:
            stamp: the newest stamp there is.
            base_us: what times are relative to, a whole millisecond.
        """
        made = self._make_every(stamp, base_us) if self.every else self._make_latest(stamp, base_us)
        self.total += self.n
        self.n = 0
        self.sent = stamp
        return made

    def skip(self, stamp: int) -> None:
        """Move on without a frame, because nobody takes the shared ones: they catch up by a page of their own.

        Args:
            stamp: the newest stamp there is.
        """
        self.total += self.n + len(self.rows)
        self.n = 0
        self._note_moved()
        self.sent = stamp
        self.rows.clear()
        self.parts.clear()
        self.recent.clear()
        self.recent_bytes = 0

    def _make_latest(self, stamp: int, base_us: int) -> list[Frame]:
        """Tell what changed since the last frame."""
        parts: list[bytes] = []
        if self.whole:
            device: Device
            for device in self.changed:  # type: ignore[assignment]
                part = self._missing(device, base_us)
                if part:
                    parts.append(part)
        else:
            part = frames.fragment(self._told(self.changed), base_us)  # type: ignore[arg-type]
            parts = [part] if part else []
        self._note_moved()
        if not parts:
            return []
        rows = b"[%s]" % b",".join(parts)
        return [self._keep(stamp, frames.data(self.number, stamp >> STAMP_BITS, base_us, rows, self.n))]

    def _missing(self, device: Device, base_us: int) -> bytes:
        """Return a device's rows since the last frame: mostly its newest run, which its other channels lack too."""
        if device.prior > self.sent:
            return frames.fragment(self._told(device.series.values()), base_us)
        if device.fragment is None or device.fragment_base_us != base_us:
            device.fragment = frames.fragment(device.series.values(), base_us, after=device.prior)
            device.fragment_base_us = base_us
        return device.fragment

    def _told(self, some: Iterable[Series]) -> list[Series]:
        """Return those of some series that changed since the last frame."""
        sent = self.sent
        changed = [series for series in some if series.stamp > sent]
        if self.behind:
            return changed
        # Where only the quality changed, a quality frame said so to everybody.
        return [one for one in changed if (told := one.requalified) is None or told[1] != one.stamp or told[0] > sent]

    def _note_moved(self) -> None:
        """Begin a new frame; what the last one told is still to be put in order."""
        if self.moved:
            self.moved.update(self.changed)
            self.changed.clear()
        else:
            self.moved, self.changed = self.changed, self.moved

    def _make_every(self, stamp: int, base_us: int) -> list[Frame]:
        """Encode the rows that waited, one frame for each base they are relative to."""
        if self.rows:
            self.rebase(base_us, stamp)
        made: list[Frame] = []
        for base, rows, upto in self.parts:
            json = frames.data(self.number, upto >> STAMP_BITS, base, dumps(rows), len(rows))
            made.append(self._keep(upto, json))
            self.sent = upto
        self.parts.clear()
        return made

    def rebase(self, base_us: int, stamp: int) -> None:
        """Put the waiting rows aside under the base their times are relative to.

        Args:
            base_us: that base.
            stamp: newest stamp, with which they are complete.
        """
        if self.rows:
            self.n += len(self.rows)
            self.parts.append((base_us, self.rows.copy(), stamp))
            self.rows.clear()

    def _keep(self, stamp: int, json: bytes) -> Frame:
        """Return a frame, remembered while members are behind: those that fell behind before it may take it."""
        made = frames.Frame("data", json)
        if not self.behind:
            return made
        most, most_bytes = _RECENT[self.key.mode.value]
        self.recent.append(Recent(self.sent, stamp, made))
        self.recent_bytes += len(json)
        while len(self.recent) > most or self.recent_bytes > most_bytes:
            self.recent_bytes -= len(self.recent.popleft().frame.json)
        return made

    def leave(self, member: Member) -> None:
        """Take a member out of the shared frames.

        Args:
            member: one of :attr:`members`; others are no error.
        """
        self.members = tuple(other for other in self.members if other is not member)
