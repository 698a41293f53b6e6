"""Catching up: what a member that is not on the shared frames is told next.

One mechanism serves joining, resuming, lagging and returning from a hidden tab. Members take turns, one page each, for
at most 2 ms a step; a member whose peer is stalled waits outside the line until its socket has drained.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from hub.core.model import STAMP_BITS, Batch
from hub.live import frame as frames
from hub.live.member import Member, State
from hub.live.opening import PAGE_BYTES, introductions, page_seq, row_bytes, statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hub.core.clock import Clock
    from hub.core.model import Log, Row, Series
    from hub.live.channel import Channel, Recent
    from hub.live.frame import Frame

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
        self.pages = 0

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
                yield from news_frames(channel, gone, quality=False)

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
            frame = member.opening.frame(member.place)
            if frame is not None:
                member.place += 1
                self._write(member, (frame,))
                return True
            member.cursor = max(member.cursor, member.opening.stamp)
            member.news_seq = max(member.news_seq, member.opening.stamp >> STAMP_BITS)
            member.opening = None
        if member.news_seq < self._log.seq:
            news = list(self._news_for(member))
            member.news_seq = self._log.seq
            if news:
                self._write(member, news)
        page = list(self._page(member))
        if page:
            self._write(member, page)
        if page or member.cursor < member.channel.sent:
            return True
        self._rejoin(member)
        return False

    def _write(self, member: Member, some: Iterable[Frame]) -> None:
        self.pages += 1
        peer = member.peer
        peer.write(b"".join(peer.form(frame) for frame in some))

    def _news_for(self, member: Member) -> Iterator[Frame]:
        """Yield what happened to the channel after a position, apart from readings."""
        channel = member.channel
        number, seq = channel.number, self._log.seq
        if self._log.first_seq > member.news_seq + 1:
            yield from self.removals(channel, member.news_seq)
            yield from introductions(number, seq, list(channel.devices), list(channel.order))
            yield from statuses(number, seq, list(channel.devices))
            return
        for batch in self._news:
            if batch.seq > member.news_seq:
                yield from news_frames(channel, batch, quality=channel.every)

    def _page(self, member: Member) -> Iterator[Frame]:
        """Yield the next readings: shared frames if few are missing, else a page of the member's own."""
        channel = member.channel
        if member.cursor >= channel.sent:
            return
        shared = _chain(channel, member.cursor)
        if shared and (channel.every or len(shared) <= _FEW_FRAMES):
            member.cursor = shared[0].upto
            yield shared[0].frame
        elif channel.every:
            yield from self._from_log(member)
        else:
            yield from self._conflated(member)

    def _conflated(self, member: Member) -> Iterator[Frame]:
        """Yield one page of what changed after the member's stamp, oldest change first."""
        channel = member.channel
        changed = channel.changed_after(member.cursor)
        rows: list[Row] = []
        size, end = 0, 0
        while end < len(changed) and size < PAGE_BYTES:
            rows.append(frames.latest_row(changed[end]))
            size += row_bytes(rows[-1])
            end += 1
        if not rows:
            member.cursor = max(member.cursor, channel.sent)
            return
        more = end < len(changed)
        member.cursor = changed[end - 1].stamp
        seq = page_seq([series.stamp >> STAMP_BITS for series in changed], end) if more else self._log.seq
        yield frames.snapshot(channel.number, f"{self._log.epoch}:{seq}", rows, more=more)

    def _from_log(self, member: Member) -> Iterator[Frame]:
        """Yield the readings after the member's position out of the log, up to where shared frames begin."""
        channel = member.channel
        seq = member.cursor >> STAMP_BITS
        if self._log.first_seq > seq + 1:
            yield from self._overflow(member)
            return
        upto = next((one.upto for one in channel.recent if one.upto > member.cursor), channel.sent) >> STAMP_BITS
        rows: list[Row] = []
        size, seen, base_us = 0, 0, 0
        for batch in self._log.since(seq):
            if batch.seq > upto or size >= PAGE_BYTES or seen >= _SCAN:
                break
            seq = batch.seq
            seen += len(batch.readings)
            base_us = base_us or batch.time_us // 1000 * 1000
            for key, time_us, value, quality, _, _ in batch.readings:
                series = self._series.get(key)
                if series is not None and series in channel.order:
                    time = frames.milliseconds(time_us - base_us)
                    rows.append((key, time, value) if quality is None else (key, time, value, quality))
                    size += row_bytes(rows[-1])
        member.cursor = (seq + 1 << STAMP_BITS) - 1
        if rows:
            yield frames.Frame("data", frames.data(channel.number, seq, base_us, rows, len(rows)))

    def _overflow(self, member: Member) -> Iterator[Frame]:
        """Yield a gap and a snapshot: the log does not hold what was missed any more."""
        channel = member.channel
        first = next(iter(self._log.since(0)), None)
        upto_us = first.time_us if first is not None else self._clock.now_us()
        missed = channel.total - member.missed if member.state is State.BEHIND else None
        yield gap(channel.number, from_us=None, to_us=upto_us, missed=missed, reason="overflow")
        member.cursor = channel.sent
        rows = [frames.latest_row(series) for series in channel.changed_after(0)]
        yield frames.snapshot(channel.number, f"{self._log.epoch}:{channel.sent >> STAMP_BITS}", rows, more=False)


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


def gap(channel: int, *, from_us: int | None, to_us: int | None, missed: int | None, reason: str) -> Frame:
    """Return the frame that says what an ``every`` channel cannot deliver.

    Args:
        channel: the channel's number.
        from_us: since when; None where nobody knows.
        to_us: until when; None where nobody knows.
        missed: readings; None where nobody knows.
        reason: ``restart``, ``expired``, ``overflow`` or ``dropped``.
    """
    since = None if from_us is None else from_us // 1000
    until = None if to_us is None else to_us // 1000
    return frames.encode("gap", channel=channel, missed=missed, reason=reason, **{"from": since, "to": until})


def news_frames(channel: Channel, batch: Batch, *, quality: bool) -> Iterator[Frame]:
    """Yield what a batch tells a channel apart from readings.

    Args:
        channel: the channel.
        batch: appended and applied.
        quality: False to leave out changes of quality, which pages of latest values include.
    """
    number, seq = channel.number, batch.seq
    devices = [device for device in batch.devices if device in channel.devices]
    gone = [device.id for device in batch.removed_devices if channel.key.selection.wants_device(device.id)]
    if devices or gone:
        rows = [frames.device_row(device) for device in devices]
        yield frames.encode("devices", channel=number, seq=seq, add=rows, remove=gone)
    series = [one for one in batch.series if one in channel.order]
    removed = [one.key for one in batch.removed_series if _wanted(channel, one.device.id, one.metric)]
    if series or removed:
        table = [frames.series_row(one) for one in series]
        yield frames.encode("series", channel=number, seq=seq, add=table, remove=removed)
    told = [
        (change.device.id, change.status, frames.milliseconds(change.time_us), change.reason)
        for change in batch.statuses
        if change.device in channel.devices
    ]
    if told:
        yield frames.encode("status", channel=number, seq=seq, rows=told)
    if quality:
        doubts = [
            (change.series.key, change.series.shown_quality or "good", frames.milliseconds(change.time_us))
            for change in batch.qualities
            if change.series in channel.order and change.series.time_us >= 0
        ]
        if doubts:
            yield frames.encode("quality", channel=number, seq=seq, rows=doubts)


def _wanted(channel: Channel, device_id: str, metric: str) -> bool:
    selection = channel.key.selection
    return selection.wants_device(device_id) and selection.wants_metric(metric)
