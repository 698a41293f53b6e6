"""Openings: what a newcomer is told first, made once and shared by everybody who joins about then.

``devices``, ``series``, ``status``, then the snapshot in pages ≤ 64 KiB, oldest change first. Pages are made as they
are taken, so a channel of 50,000 series never holds up the loop; those that join within a second of each other (a
reconnect storm) take the same bytes, and then what changed since.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from hub.core.model import STAMP_BITS
from hub.live import frame as frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.core.model import Device, Row, Series
    from hub.live.channel import Channel
    from hub.live.frame import Frame

T = TypeVar("T")

PAGE_BYTES = 65_536
"""Most bytes of one page (live protocol, ``snapshot``)."""

LIFE_S = 1.0
"""How long newcomers are given the same opening; a later one is told less news afterwards."""

_ROW_BYTES = 48
"""A key, a time and a number with their commas and brackets, at their longest."""
_QUALITY_BYTES = 24
_BARE = 3

_ROWS = 500
"""Rows of one ``devices``, ``series`` or ``status`` frame: under a page with ids of ordinary length."""


class Opening:
    """The frames that bring a newcomer to a stamp.

    Args:
        channel: what is opened.
        stamp: newest stamp when it was made; everything later follows from the log or a walk.
        epoch: the log's.
        made_s: steady time of its making in seconds.
        resume: on a resume, the position that the client holds and the frames that say what was forgotten since;
            then devices and statuses are those that changed after it, and no snapshot is included.
    """

    __slots__ = ("_frames", "_source", "made_s", "stamp")

    def __init__(
        self,
        channel: Channel,
        *,
        stamp: int,
        epoch: str,
        made_s: float,
        resume: tuple[int, Iterator[Frame]] | None = None,
    ) -> None:
        self.stamp = stamp
        self.made_s = made_s
        self._frames: list[Frame] = []
        self._source: Iterator[Frame] = (
            _whole(channel, stamp, epoch) if resume is None else _resumed(channel, stamp, *resume)
        )

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


def _whole(channel: Channel, stamp: int, epoch: str) -> Iterator[Frame]:
    """Yield everything of a channel."""
    devices, series = list(channel.devices), list(channel.order)
    known = channel.changed_after(0)
    yield from introductions(channel.number, stamp >> STAMP_BITS, devices, series)
    yield from statuses(channel.number, stamp >> STAMP_BITS, devices)
    yield from pages(channel.number, known, epoch, upto=stamp >> STAMP_BITS)


def _resumed(channel: Channel, stamp: int, since: int, removals: Iterator[Frame]) -> Iterator[Frame]:
    """Yield what a client needs that holds the channel at a position: all series, news of devices and statuses."""
    seq = stamp >> STAMP_BITS
    yield from removals
    added = [device for device in channel.devices if device.added_seq > since]
    changed = [device for device in channel.devices if device.status_seq > since]
    yield from introductions(channel.number, seq, added, list(channel.order))
    yield from statuses(channel.number, seq, changed)


def introductions(number: int, seq: int, devices: list[Device], series: list[Series]) -> Iterator[Frame]:
    """Yield ``devices`` and ``series`` frames.

    Args:
        number: the channel's number.
        seq: the position they are true at.
        devices: introduced first.
        series: introduced after their devices.
    """
    for some in _sliced(devices):
        rows = [frames.device_row(device) for device in some]
        yield frames.encode("devices", channel=number, seq=seq, add=rows, remove=[])
    for some_series in _sliced(series):
        table = [frames.series_row(one) for one in some_series if not one.removed]
        yield frames.encode("series", channel=number, seq=seq, add=table, remove=[])


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


def pages(number: int, series: list[Series], epoch: str, *, upto: int) -> Iterator[Frame]:
    """Yield ``snapshot`` pages, at least one, perhaps empty. Values are read as each page is made.

    Args:
        number: the channel's number.
        series: with values, oldest change first.
        epoch: the log's.
        upto: position that is complete after the last page.
    """
    # Stamps move on while earlier pages are sent: note the positions first.
    seqs = [one.stamp >> STAMP_BITS for one in series]
    start = 0
    while True:
        rows: list[Row] = []
        size, end = 0, start
        while end < len(series) and size < PAGE_BYTES:
            row = frames.latest_row(series[end])
            size += row_bytes(row)
            rows.append(row)
            end += 1
        more = end < len(series)
        yield frames.snapshot(number, f"{epoch}:{page_seq(seqs, end) if more else upto}", rows, more=more)
        if not more:
            return
        start = end


def row_bytes(row: Row) -> int:
    """Return about how many bytes a row takes as JSON, rather too many than too few.

    Args:
        row: ``(key, ms, value, quality?)``.
    """
    text = row[2]
    return _ROW_BYTES + (3 * len(text) if isinstance(text, str) else 0) + (_QUALITY_BYTES if len(row) > _BARE else 0)


def page_seq(seqs: list[int], end: int) -> int:
    """Return the position that is complete once the series before an index were told.

    A sequence that goes on in the next page is not complete yet.

    Args:
        seqs: positions of last change, ascending.
        end: index of the next one, within the list.
    """
    last = seqs[end - 1]
    return last - 1 if seqs[end] == last else last


def _sliced(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists of a frame's length."""
    rest = iter(items)
    while some := list(islice(rest, _ROWS)):
        yield some
