"""Openings: what a newcomer is told first, made once and shared by everybody who joins about then.

``devices``, ``series``, ``status``, then the snapshot in pages ≤ 64 KiB, oldest change first. Pages are made as they
are taken, so a channel of 50,000 series never holds up the loop; those that join within a second of each other (a
reconnect storm) take the same bytes, and then what changed since.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from hub.core.model import STAMP_BITS
from hub.live import frame as frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.core.clock import Clock
    from hub.core.model import Device, Row, Series
    from hub.live.channel import Channel
    from hub.live.frame import Frame
    from hub.live.timer import Timer

T = TypeVar("T")

PAGE_BYTES = 65_536
"""Most bytes of one page (live protocol, ``snapshot``)."""
ROOM_BYTES = PAGE_BYTES - 512
"""Of these for rows; the rest is for what stands around them."""

LIFE_S = 1.0
"""How long newcomers are given the same opening; a later one is told less news afterwards."""

_ROW_BYTES = 64
"""A key, a time and a number with their commas and brackets, at their longest."""
_ESCAPED_BYTES = 6
"""A character of a text in JSON, at its longest."""
_ROWS = 500
"""Rows of one ``devices``, ``series`` or ``status`` frame: under a page with ids of ordinary length."""


class Opening:
    """The frames that bring a newcomer to a stamp.

    Args:
        source: makes the frames, one by one.
        stamp: newest stamp when it was made; everything later follows from the log or a walk.
        made_s: steady time of its making in seconds.
    """

    __slots__ = ("_frames", "_source", "made_s", "stamp")

    def __init__(self, source: Iterator[Frame], *, stamp: int, made_s: float) -> None:
        self.stamp = stamp
        self.made_s = made_s
        self._frames: list[Frame] = []
        self._source = source

    def frame(self, index: int) -> Frame | None:
        """Return a frame by its place, made now if nobody took it before; None after the last.

        Args:
            index: 0-based; at most one more than the highest taken so far.
        """
        if index < len(self._frames):
            return self._frames[index]
        made = next(self._source, None)
        if made is not None:
            self._frames.append(made)
        return made


class Openings:
    """The openings that newcomers still share: each is let go a second after it was made, with all its bytes.

    Args:
        clock: dates them.
        timer: lets them go.
    """

    def __init__(self, *, clock: Clock, timer: Timer) -> None:
        self._clock = clock
        self._timer = timer
        self._shared: deque[tuple[Channel, Opening]] = deque()

    def of(self, channel: Channel, *, stamp: int, epoch: str) -> Opening:
        """Return the opening for a newcomer of a channel, made now if there is no fresh one.

        Args:
            channel: what is opened.
            stamp: newest stamp.
            epoch: the log's.
        """
        found = channel.opening
        if found is not None and not (channel.every and found.stamp != stamp):
            return found
        made = Opening(whole(channel, stamp, epoch), stamp=stamp, made_s=self._clock.steady_s())
        channel.opening = made
        self._shared.append((channel, made))
        if len(self._shared) == 1:
            self._timer.at(made.made_s + LIFE_S, self._let_go)
        return made

    def _let_go(self) -> None:
        """Let go of what is old, and come back for the rest."""
        now = self._clock.steady_s()
        while self._shared and self._shared[0][1].made_s + LIFE_S <= now:
            channel, opening = self._shared.popleft()
            if channel.opening is opening:
                channel.opening = None
        if self._shared:
            self._timer.at(self._shared[0][1].made_s + LIFE_S, self._let_go)


def whole(channel: Channel, stamp: int, epoch: str) -> Iterator[Frame]:
    """Yield everything of a channel.

    Args:
        channel: what is opened.
        stamp: see :class:`Opening`.
        epoch: the log's.
    """
    devices, series = list(channel.devices), list(channel.order)
    known = channel.changed_after(0)
    yield from introductions(channel, stamp >> STAMP_BITS, devices, series)
    yield from statuses(channel.number, stamp >> STAMP_BITS, devices)
    yield from pages(channel, known, epoch, upto=stamp >> STAMP_BITS)


def resumed(channel: Channel, since: int, removals: Iterator[Frame]) -> Iterator[Frame]:
    """Yield what a client needs that holds the channel at a position: all series, news of devices and statuses.

    Args:
        channel: what is opened.
        since: the position.
        removals: what was forgotten since.
    """
    yield from removals
    added = [device for device in channel.devices if device.added_seq > since]
    changed = [device for device in channel.devices if device.status_seq > since]
    yield from introductions(channel, since, added, list(channel.order))
    yield from statuses(channel.number, since, changed)


def gap_and_pages(channel: Channel, gap: Frame, epoch: str) -> Iterator[Frame]:
    """Yield a gap and the newest values after it.

    Args:
        channel: what is opened.
        gap: what cannot be told any more.
        epoch: the log's.
    """
    yield gap
    yield from pages(channel, channel.changed_after(0), epoch, upto=channel.sent >> STAMP_BITS)


def introductions(channel: Channel, seq: int, devices: list[Device], series: list[Series]) -> Iterator[Frame]:
    """Yield ``devices`` and ``series`` frames.

    Args:
        channel: what is opened, or caught up with.
        seq: the position they are true at.
        devices: introduced first.
        series: introduced after their devices.
    """
    for some in _sliced(devices):
        rows = [frames.device_row(device) for device in some]
        yield frames.encode("devices", channel=channel.number, seq=seq, add=rows, remove=[])
    for some_series in _sliced(series):
        table = [channel.series_row(one) for one in some_series if not one.removed]
        yield frames.encode("series", channel=channel.number, seq=seq, add=table, remove=[])


def statuses(number: int, seq: int, devices: list[Device]) -> Iterator[Frame]:
    """Yield ``status`` frames.

    Args:
        number: the channel's number.
        seq: the position they are true at.
        devices: whose status is told.
    """
    for some in _sliced(devices):
        rows = [frames.status_row(device) for device in some]
        yield frames.encode("status", channel=number, seq=seq, rows=rows)


def pages(channel: Channel, series: list[Series], epoch: str, *, upto: int) -> Iterator[Frame]:
    """Yield ``snapshot`` pages, at least one, perhaps empty. Values are read as each page is made.

    Args:
        channel: what is opened.
        series: with values, oldest change first.
        epoch: the log's.
        upto: position that is complete after the last page.
    """
    # Stamps move on while earlier pages are sent: note the positions first.
    seqs = [one.stamp >> STAMP_BITS for one in series]
    start = 0
    while True:
        rows, end = filled(channel, series, start)
        more = end < len(series)
        seq = page_seq(seqs[end - 1], seqs[end]) if more else upto
        yield frames.snapshot(channel.number, f"{epoch}:{seq}", rows, more=more)
        if not more:
            return
        start = end


def filled(channel: Channel, series: list[Series], start: int) -> tuple[list[Row], int]:
    """Return the rows of a page, and the index of the first series that does not fit.

    Args:
        channel: says how values are told.
        series: with values; what was forgotten meanwhile is left out.
        start: index of the first.
    """
    rows: list[Row] = []
    size = 0
    for end in range(start, len(series)):
        if series[end].removed:
            continue
        row = channel.latest_row(series[end])
        size += row_bytes(row)
        if size > ROOM_BYTES and rows:
            return rows, end
        rows.append(row)
    return rows, len(series)


def row_bytes(row: Row) -> int:
    """Return about how many bytes a row takes as JSON, rather too many than too few.

    Args:
        row: ``(key, ms, value, quality?)``.
    """
    return _ROW_BYTES + _ESCAPED_BYTES * sum(len(part) for part in row[2:] if isinstance(part, str))


def page_seq(last: int, following: int) -> int:
    """Return the position that is complete after a page; a sequence that goes on in the next page is not yet.

    Args:
        last: position of last change of its last series.
        following: that of the next page's first.
    """
    return last - 1 if following == last else last


def _sliced(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists of a frame's length."""
    rest = iter(items)
    while some := list(islice(rest, _ROWS)):
        yield some
