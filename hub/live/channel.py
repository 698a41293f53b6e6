"""Channels: one stream of frames for everybody who asked for the same.

A channel that conflates (``latest``) notes which devices changed since its last frame; only when somebody has to catch
up are its series put in the order of their last change, which one then walks back from its end to a stamp. A channel
that tells every reading (``every``) collects rows. Both remember their newest frames, so that a member that was briefly
behind gets the same bytes instead of a page of its own.

Where nearly all devices of a channel change between two frames it is cheaper to look at each of them when the interval
is over than to be told of every change: then the channel *looks*, until few change again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orjson import dumps

from hub.core.model import STAMP_BITS, Device
from hub.live import frame as frames
from hub.live.recent import RecentFrames
from hub.live.request import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.core.model import Row, Series
    from hub.live.frame import Frame
    from hub.live.member import Member
    from hub.live.opening import Opening
    from hub.live.request import ChannelKey

MAX_ROWS = 4096
"""Rows an ``every`` channel holds back at most; then its frame goes before the interval is over."""

_MOST_LOOKED_AT = 1000
"""A channel of more devices never looks: starting to would hold up the others."""
_OFTEN = 3
"""So many frames in a row that told half of the devices make a channel look."""


class Channel:
    """The stream of one :class:`ChannelKey`.

    Args:
        number: its number on the wire.
        key: what it is.
    """

    __slots__ = (
        "arranged", "behind", "changed", "counted", "devices", "due_s", "every", "full", "key", "looks", "members",
        "moved", "n", "number", "opening", "order", "parts", "recent", "rows", "sent", "total", "waiting", "whole",
    )  # fmt: skip
    fragment = staticmethod(frames.fragment)
    latest_row = staticmethod(frames.latest_row)
    series_row = staticmethod(frames.series_row)

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
        self.looks = False
        """True if it is not told of changes but looks at its devices when its interval is over; then its turn comes
        whether anything changed or not."""
        self.counted = 0
        """While it looks: the sum of :attr:`hub.core.model.Device.told` at its last frame."""
        self.full = 0
        """How many frames in a row told at least half of its devices."""
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
        self.recent = RecentFrames(key.mode)
        self.opening: Opening | None = None

    def take_device(self, device: Device) -> None:
        """Let a device be part of this channel.

        Args:
            device: one of the selection, not taken yet.
        """
        self.devices[device] = None
        device.channels = (*device.channels, self)
        if self.looks:
            self.counted += device.told
        elif self.whole:
            device.whole = (*device.whole, self)

    def drop_device(self, device: Device) -> None:
        """Let a device be part of this channel no longer.

        Args:
            device: one that was taken.
        """
        self.changed.pop(device, None)
        self.moved.pop(device, None)
        if self.looks:
            self.counted -= device.told
        device.channels = tuple(channel for channel in device.channels if channel is not self)
        device.whole = tuple(channel for channel in device.whole if channel is not self)

    def told_seq(self, seq: int) -> int:
        """Return the position up to which its members have all readings.

        Args:
            seq: the newest position; the answer if nothing waits for the end of the interval.
        """
        return self.sent >> STAMP_BITS if self.looks or self.changed or self.rows or self.parts else seq

    def came_back(self) -> None:
        """Count one member less off the shared frames; those that are remembered were for it and the like."""
        self.behind -= 1
        if not self.behind:
            self.recent.clear()

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
        self.moved.update(dict.fromkeys(self.devices) if self.looks else self.changed)
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
        if self.looks:
            self._stop_looking()
        self.total += self.n + len(self.rows)
        self.n = 0
        self._note_moved()
        self.sent = stamp
        self.rows.clear()
        self.parts.clear()
        self.recent.clear()

    def _make_latest(self, stamp: int, base_us: int) -> list[Frame]:
        """Tell what changed since the last frame."""
        if self.looks:
            parts = self._look(base_us)
        elif self.whole:
            parts = [part for device in self.changed if (part := self._missing(device, base_us))]  # type: ignore[arg-type]  # devices
            self._weigh()
        else:
            part = self.fragment(self._told(self.changed), base_us)  # type: ignore[arg-type]  # series
            parts = [part] if part else []
        self._note_moved()
        if not parts:
            return []
        rows = b"[%s]" % b",".join(parts)
        return [self._keep(stamp, frames.data(self.number, stamp >> STAMP_BITS, base_us, rows, self.n))]

    def _look(self, base_us: int) -> list[bytes]:
        """Return the rows of all devices that changed since the last frame; stop looking if they are few."""
        sent, told = self.sent, 0
        parts: list[bytes] = []
        for device in self.devices:
            told += device.told
            if device.last > sent:
                part = device.fragment
                if part is None or device.fragment_since > sent or device.fragment_base_us != base_us:
                    part = self._missing(device, base_us)
                if part:
                    parts.append(part)
        self.n += told - self.counted
        self.counted = told
        if 4 * len(parts) < len(self.devices):
            self._stop_looking()
        return parts

    def _weigh(self) -> None:
        """Begin to look, if the last frames told at least half of the devices."""
        if self.key.interval_ms == 0 or len(self.devices) > _MOST_LOOKED_AT:
            return
        self.full = self.full + 1 if 2 * len(self.changed) >= len(self.devices) else 0
        if self.full >= _OFTEN:
            self.full = 0
            self.looks = True
            self.counted = sum(device.told for device in self.devices)
            for device in self.devices:
                device.whole = tuple(channel for channel in device.whole if channel is not self)

    def _stop_looking(self) -> None:
        """Be told of changes again; what changed while it looked is still to be put in order."""
        told = sum(device.told for device in self.devices)
        self.n += told - self.counted
        self.looks = False
        self.moved.update(dict.fromkeys(self.devices))
        for device in self.devices:
            device.whole = (*device.whole, self)

    def _missing(self, device: Device, base_us: int) -> bytes:
        """Return a device's rows since the last frame: mostly its newest run, which its other channels lack too."""
        if device.fragment is None or device.fragment_base_us != base_us:
            device.fragment = frames.fragment(device.series.values(), base_us, after=device.prior)
            device.fragment_base_us, device.fragment_since = base_us, device.prior
        if device.fragment_since > self.sent:
            if any(series.stamp <= device.prior for series in device.series.values()):
                return frames.fragment(self._told(device.series.values()), base_us)
            device.fragment_since = -1
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
        if self.behind:
            self.recent.keep(self.sent, stamp, made)
        return made

    def leave(self, member: Member) -> None:
        """Take a member out of the shared frames.

        Args:
            member: one of :attr:`members`; others are no error.
        """
        self.members = tuple(other for other in self.members if other is not member)
