"""Catching up: what a member that is not on the shared frames is told next.

One mechanism serves joining, resuming, lagging and returning from a hidden tab. Members take turns, one page each, for
at most 2 ms a step; a member whose peer is stalled waits outside the line until its socket has drained.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING

from orjson import dumps

from hub.core.batch import Batch
from hub.core.model import STAMP_BITS, WHOLE
from hub.live import frame as frames
from hub.live.member import Member, State
from hub.live.news import gap, news_frames, quality_frame
from hub.live.opening import (
    PAGE_BYTES,
    ROOM_BYTES,
    Opening,
    filled,
    gap_and_pages,
    introductions,
    page_seq,
    row_bytes,
    statuses,
)
from hub.live.telling import ConvertedChannel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hub.core.batch import Log
    from hub.core.clock import Clock
    from hub.core.model import Row, Series
    from hub.live.channel import Channel
    from hub.live.frame import Frame
    from hub.live.recent import Recent

STEP_S = 0.002
"""Longest catching up in one step of the loop."""

MAX_READINGS = 100_000
"""Readings that an ``every`` resume takes from the log (live protocol, ``since``)."""

_SCAN = 20_000
"""Readings of the log looked at for one page."""

_FEW_FRAMES = 4
"""A member this many shared frames behind gets those; further behind it gets a conflated page."""


class CatchUp:
    """Serves the members that are not on the shared frames.

    Args:
        log: where ``every`` channels find what was missed.
        series: the catalogue's series by key.
        clock: bounds a step.
        soon: runs a function in the loop's next iteration.
        rejoin: called with a member that has everything; puts it on the shared frames.
    """

    def __init__(
        self,
        *,
        log: Log,
        series: dict[int, Series],
        clock: Clock,
        soon: Callable[[Callable[[], None]], object],
        rejoin: Callable[[Member], None],
    ) -> None:
        self._log = log
        self._series = series
        self._clock = clock
        self._soon = soon
        self._rejoin = rejoin
        self._line: deque[Member] = deque()
        self._running = False
        self._news: deque[Batch] = deque()
        self._tombstones: list[Batch] = []

    def __len__(self) -> int:
        """Return how many members wait for their turn."""
        return len(self._line)

    def note(self, batch: Batch) -> None:
        """Remember a batch that has more than readings, as long as the log holds it.

        Args:
            batch: just appended.
        """
        self._news.append(batch)
        if batch.removed_devices or batch.removed_series:
            gone = Batch(batch.time_us, removed_devices=batch.removed_devices, removed_series=batch.removed_series)
            gone.seq = batch.seq
            self._tombstones.append(gone)
        first = self._log.first_seq
        while self._news and self._news[0].seq < first:
            self._news.popleft()

    def removals(self, channel: Channel, since: int) -> Iterator[Frame]:
        """Yield what was forgotten of a channel after a position; kept for the whole epoch.

        Args:
            channel: the channel.
            since: the position.
        """
        for gone in self._tombstones:
            if gone.seq > since:
                yield from news_frames(channel, gone, seq=since)

    def enqueue(self, member: Member) -> None:
        """Put a member in line; one that is there already stays where it is.

        Args:
            member: joining or behind.
        """
        if not member.queued:
            member.queued = True
            self._line.append(member)
            if not self._running:
                self._running = True
                self._soon(self._step)

    def _step(self) -> None:
        """Serve members in turn until the line is empty or the step is over."""
        self._running = False
        end = self._clock.steady_s() + STEP_S
        while self._line:
            member = self._line.popleft()
            member.queued = False
            if member.state in (State.GONE, State.SHARED) or member.peer.stalled:
                continue
            if self._serve(member):
                member.queued = True
                self._line.append(member)
            if self._clock.steady_s() >= end:
                break
        if self._line and not self._running:
            self._running = True
            self._soon(self._step)

    def _serve(self, member: Member) -> bool:
        """Tell a member its next page; return True if it may have more to be told."""
        if member.opening is not None:
            some = list(_next_page(member, member.opening))
            self._write(member, some)
            if some and member.opening.frame(member.place) is not None:
                return True
            member.opened()
        if member.news_seq < self._log.seq:
            news = list(self._news_for(member))
            member.news_seq = self._log.seq
            if news:
                self._write(member, news)
        page = list(self._page(member))
        if page:
            self._write(member, page)
        if member.opening is not None or member.cursor < member.channel.sent:
            return True
        doubts = self._doubts_for(member)
        if doubts is not None:
            self._write(member, (doubts,))
        if member.peer.stalled:
            return True
        self._rejoin(member)
        return False

    def _write(self, member: Member, some: Iterable[Frame]) -> None:
        peer = member.peer
        data = b"".join(peer.form(frame) for frame in some)
        if data:
            peer.write(data)

    def _news_for(self, member: Member) -> Iterator[Frame]:
        """Yield what happened to the channel after a position, apart from readings and changes of quality."""
        channel, since = member.channel, member.news_seq
        seq = (member.cursor + 1 >> STAMP_BITS) - 1
        if self._log.first_seq > since + 1:
            yield from self.removals(channel, since)
            devices = [device for device in channel.devices if device.added_seq > since]
            yield from introductions(channel, seq, devices, [one for one in channel.order if one.added_seq > since])
            changed = [device for device in channel.devices if device.status_seq > since]
            yield from statuses(channel.number, seq, changed)
            return
        for batch in self._news:
            if batch.seq > since:
                yield from news_frames(channel, batch, seq=seq)

    def _doubts_for(self, member: Member) -> Frame | None:
        """Return the qualities that changed without a reading while the member was away.

        They go last: a reading of before, which says nothing of its quality, must not hide them.
        """
        channel, since = member.channel, member.doubts_seq
        if since >= self._log.seq:
            return None
        member.doubts_seq = self._log.seq
        if self._log.first_seq > since + 1:
            doubtful: Iterable[Series] = channel.order
        else:
            later = takewhile(lambda batch: batch.seq > since, reversed(self._news))
            doubtful = dict.fromkeys(change.series for batch in later for change in batch.qualities)
        changed = [one for one in doubtful if one.requalified is not None and one.requalified[1] >> STAMP_BITS > since]
        return quality_frame(channel, channel.told_seq(self._log.seq), changed)

    def _page(self, member: Member) -> Iterator[Frame]:
        """Yield the next readings: shared frames if few are missing, else a page of the member's own."""
        channel = member.channel
        if member.cursor >= channel.sent:
            return
        shared = _chain(channel, member.cursor)
        if shared and (channel.every or len(shared) <= _FEW_FRAMES):
            member.cursor = shared[0].upto | WHOLE
            yield shared[0].frame
        elif channel.every:
            yield from self._from_log(member)
        else:
            yield from self._conflated(member)

    def _conflated(self, member: Member) -> Iterator[Frame]:
        """Yield one page of what changed after the member's stamp, oldest change first."""
        channel = member.channel
        changed = channel.changed_after(member.cursor)
        rows, end = filled(channel, changed, 0)
        if not rows:
            member.cursor = max(member.cursor, channel.sent)
            return
        member.cursor = changed[end - 1].stamp
        more = end < len(changed)
        if more:
            seq = page_seq(member.cursor >> STAMP_BITS, changed[end].stamp >> STAMP_BITS)
        else:
            seq = member.doubts_seq = self._log.seq
            member.cursor = max(member.cursor, channel.sent)
        yield frames.snapshot(channel.number, f"{self._log.epoch}:{seq}", rows, more=more)

    def _from_log(self, member: Member) -> Iterator[Frame]:
        """Yield the readings after the member's position out of the log, up to where shared frames begin."""
        channel = member.channel
        seq = member.cursor >> STAMP_BITS
        if self._log.first_seq > seq + 1:
            self._overflow(member)
            return
        upto = next((one.upto for one in channel.recent if one.upto > member.cursor), channel.sent) >> STAMP_BITS
        shown = channel.shown if isinstance(channel, ConvertedChannel) else None
        rows: list[Row] = []
        size, seen, base_us = 0, 0, 0
        for batch in self._log.since(seq):
            if batch.seq > upto or size >= ROOM_BYTES or seen >= _SCAN:
                break
            seq = batch.seq
            seen += len(batch.readings)
            base_us = base_us or batch.time_us // 1000 * 1000
            for key, time_us, value, quality, _, _ in batch.readings:
                series = self._series.get(key)
                if series is not None and series in channel.order:
                    time = frames.milliseconds(time_us - base_us)
                    value = value if shown is None else shown(series, value)  # noqa: PLW2901 - the same, as it is told
                    rows.append((key, time, value) if quality is None else (key, time, value, quality))
                    size += row_bytes(rows[-1])
        member.cursor = (seq + 1 << STAMP_BITS) - 1
        if rows:
            yield frames.Frame("data", frames.data(channel.number, seq, base_us, dumps(rows), len(rows)))

    def _overflow(self, member: Member) -> None:
        """Have a member told of a gap, and the newest values: the log does not hold what was missed any more."""
        channel = member.channel
        if _missed_nothing(member):
            member.cursor = channel.sent
            return
        oldest = next(iter(self._log.since(0)), None)
        to_us = oldest.time_us if oldest is not None else self._clock.now_us()
        missed = channel.total - member.missed if member.state is State.BEHIND else None
        first = gap(channel.number, from_us=member.behind_us or None, to_us=to_us, missed=missed, reason="overflow")
        made_s = self._clock.steady_s()
        source = gap_and_pages(channel, first, self._log.epoch)
        member.opening = Opening(source, stamp=channel.sent, made_s=made_s)
        member.place = 0


def _missed_nothing(member: Member) -> bool:
    """Return True if no reading of its channel came since a member had everything."""
    channel = member.channel
    if member.state is State.BEHIND:
        return channel.total == member.missed
    return all(series.stamp <= member.cursor for series in channel.order)


def _next_page(member: Member, opening: Opening) -> Iterator[Frame]:
    """Yield the next frames of an opening; a small one is told whole, so that newcomers have values in one turn."""
    size = 0
    while size < PAGE_BYTES and (frame := opening.frame(member.place)) is not None:
        member.place += 1
        size += len(frame.json)
        yield frame


def _chain(channel: Channel, cursor: int) -> list[Recent]:
    """Return the remembered frames that lead from a stamp to where the channel is; empty if they do not.

    Where every reading counts, only frames that begin just there will do: none may come twice.
    """
    chain = [one for one in channel.recent if one.upto > cursor]
    if not chain or chain[0].after > cursor:
        return []
    if channel.every and chain[0].after >> STAMP_BITS != cursor >> STAMP_BITS:
        return []
    return chain
