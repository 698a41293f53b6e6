"""The broadcaster: a batch goes in, every member is told, each written to once a step.

Nothing here waits. A step applies the batch to the latest state, makes each channel's frames once, collects them per
peer and writes each peer once. A peer whose transport asks to pause leaves the shared frames and catches up later
(degrade, never kick); what it costs is its own pages, and nobody else's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import STAMP_BITS, WHOLE
from hub.live import frame as frames
from hub.live.agenda import BEAT_S, Agenda
from hub.live.catchup import MAX_READINGS, CatchUp
from hub.live.channel import MAX_ROWS, Channel
from hub.live.interest import Interest
from hub.live.latest import Latest
from hub.live.member import Member, Peer, State
from hub.live.news import gap, news_frames, quality_frame
from hub.live.opening import Opening, Openings, resumed
from hub.live.summary import Summary

if TYPE_CHECKING:
    from hub.core.batch import Batch, Log, Position
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.meters import Meters
    from hub.live.frame import Frame
    from hub.live.request import ChannelKey
    from hub.live.timer import Timer

_BASE_US = 10_000_000
"""Times of rows are relative to the last ten whole seconds: short numbers, and one base for many batches."""


class Broadcaster:
    """Tells channels what changed.

    Args:
        catalogue: devices and series.
        log: positions, and what members behind have missed.
        clock: dates frames and paces channels.
        timer: runs functions later, in the loop's own thread.
        meters: counts frames and readings, measures latency.
        first_channel: number of its first channel; a client that changes broadcasters must not mix their channels up.
    """

    def __init__(
        self, *, catalogue: Catalogue, log: Log, clock: Clock, timer: Timer, meters: Meters, first_channel: int = 1
    ) -> None:
        self._log = log
        self._clock = clock
        self._latest = Latest(catalogue=catalogue, meters=meters)
        self._interest = Interest(catalogue, first_channel)
        self._summary = Summary(catalogue=catalogue, clock=clock)
        self._catchup = CatchUp(log=log, series=catalogue.series, clock=clock, soon=timer.soon, rejoin=self._rejoin)
        self._openings = Openings(clock=clock, timer=timer)
        self._agenda = Agenda(timer=timer, wake=self.tick)
        self._outbox: list[tuple[tuple[Member, ...], list[Frame]]] = []
        self._base_us = 0
        self._frames = meters.counter("frames", "Frames made, each once for all its members.")
        self._written = meters.counter("frames_written", "Frames handed to members.")
        self.latency = meters.latency(
            "publish_latency_seconds", "From taking a message off the broker's socket to its frame."
        )
        meters.gauge("channels", "Open channels.", lambda: len(self._interest.channels))
        meters.gauge("members_behind", "Members that catch up.", self.behind)

    @property
    def position(self) -> str:
        """The log's position, as it is written on the wire."""
        return f"{self._log.epoch}:{self._log.seq}"

    @property
    def hurried(self) -> bool:
        """True while a channel is open that is told of each batch at once, because its interval is 0."""
        return bool(self._interest.hurried)

    def settle(self, channel: Channel) -> None:
        """Tell what a channel in which every reading counts holds back until the end of its interval."""
        if channel.every:
            self._emit(channel)
            self._flush()

    def behind(self) -> int:
        """Return how many memberships are off the shared frames."""
        return sum(channel.behind for channel in self._interest.channels.values())

    def publish(self, batch: Batch, *, taken_s: float = 0.0) -> bool:
        """Let a batch become the latest state and tell everybody who wants to know. Never waits, never raises.

        Args:
            batch: appended to the log.
            taken_s: steady time when its oldest message was read off the socket, 0 if it has none.

        Returns:
            True if anybody was told at once; all others wait for the end of an interval.
        """
        self._turn_base(batch.time_us)
        entered = self._introduce(batch) if batch.devices or batch.series else ()
        self._latest.apply(batch, self._base_us)
        now = self._clock.steady_s()
        if entered or batch.statuses or batch.qualities or batch.removed_devices or batch.removed_series:
            self._tell_news(batch, entered)
        touched = self._latest.touched
        for channel in touched:
            self._offer(channel, now)
        touched.clear()
        for channel in self._interest.every:
            if channel.rows or channel.parts:
                self._offer(channel, now)
        self._summarise(now)
        told = bool(self._outbox)
        self._flush()
        self._agenda.set(self._summary.due_s)
        if taken_s:
            self.latency.note(self._clock.steady_s() - taken_s)
        return told

    def join(self, peer: Peer, key: ChannelKey, since: Position | None) -> tuple[Member, bool]:
        """Make a peer a member of a channel; return the membership and whether it resumes.

        The caller says ``subscribed`` first and then calls :meth:`start`.

        Args:
            peer: the connection.
            key: what it asked for, canonical.
            since: the position up to which it holds exactly this selection.
        """
        channel = self._interest.open(key, self._latest.stamp)
        self.settle(channel)
        member = Member(peer, channel)
        peer.members.append(member)
        channel.behind += 1
        resumes = since is not None and self._resumable(channel, since)
        if resumes and since is not None:
            member.resumes = True
            member.cursor = (since.seq + 1 << STAMP_BITS) - 1
            source = resumed(channel, since.seq, self._catchup.removals(channel, since.seq))
            member.opening = Opening(source, stamp=member.cursor, made_s=self._clock.steady_s())
        else:
            member.opening = self._openings.of(channel, stamp=self._latest.stamp, epoch=self._log.epoch)
        return member, resumes

    def unresumed(self, channel: Channel, since: Position | None) -> Frame:
        """Return the gap that a client has to be told whose complete channel could not be resumed.

        Args:
            channel: the channel.
            since: what it asked for; None if that was unreadable.
        """
        same = since is not None and since.epoch == self._log.epoch
        oldest = next(iter(self._log.since(0)), None)
        to_us = oldest.time_us if oldest is not None else self._clock.now_us()
        return gap(channel.number, from_us=None, to_us=to_us, missed=None, reason="expired" if same else "restart")

    def start(self, member: Member) -> None:
        """Begin to tell a member what it joined for.

        Args:
            member: as :meth:`join` returned it.
        """
        self._catchup.enqueue(member)

    def leave(self, member: Member) -> None:
        """End a membership; twice is once. A channel without members is forgotten.

        Args:
            member: as :meth:`join` returned it.
        """
        if member.state is State.GONE:
            return
        channel = member.channel
        if member.state is State.SHARED:
            channel.leave(member)
        else:
            channel.came_back()
        member.state = State.GONE
        member.opening = None
        member.peer.members.remove(member)
        if not channel.members and not channel.behind:
            self._interest.close(channel)
            self._summary.close(channel)

    def fell_behind(self, peer: Peer) -> None:
        """Take a stalled peer off the shared frames; what it was written before is what it has.

        Args:
            peer: a connection whose :attr:`Peer.stalled` is True now.
        """
        for member in peer.members:
            if member.state is State.SHARED:
                channel = member.channel
                channel.leave(member)
                channel.behind += 1
                member.state = State.BEHIND
                member.cursor = channel.sent | WHOLE
                member.news_seq = member.doubts_seq = self._log.seq
                member.missed = channel.total
                member.behind_us = self._clock.now_us()

    def drained(self, peer: Peer) -> None:
        """Let a peer that can be written to again catch up.

        Args:
            peer: a connection whose :attr:`Peer.stalled` is False now.
        """
        for member in peer.members:
            if member.state in (State.JOINING, State.BEHIND):
                self._catchup.enqueue(member)

    def tick(self) -> None:
        """Send what waited for the end of its channel's interval."""
        now = self._clock.steady_s()
        for channel in self._agenda.due(now):
            self._offer(channel, now)
        self._summarise(now)
        self._flush()
        self._agenda.set(self._summary.due_s)

    def _turn_base(self, time_us: int) -> None:
        """Move the base of rows' times on; rows that wait keep the one they were made with."""
        base_us = time_us // _BASE_US * _BASE_US
        if base_us != self._base_us:
            for channel in self._interest.every:
                channel.rebase(self._base_us, self._latest.stamp)
            self._base_us = base_us

    def _introduce(self, batch: Batch) -> dict[Channel, None]:
        """Let new devices and series enter the channels that want them; return those channels."""
        entered: dict[Channel, None] = {}
        for device in batch.devices:
            device.added_seq = batch.seq
            entered.update(dict.fromkeys(self._interest.introduce(device)))
        for series in batch.series:
            series.added_seq = batch.seq
            entered.update(dict.fromkeys(self._interest.introduce_series(series)))
        return entered

    def _tell_news(self, batch: Batch, entered: dict[Channel, None] | tuple[()]) -> None:
        """Tell what is no reading: devices, series, statuses, qualities."""
        self._catchup.note(batch)
        told: dict[Channel, None] = dict.fromkeys(entered)
        for change in batch.statuses:
            told.update(dict.fromkeys(change.device.channels))  # type: ignore[arg-type]
        for doubt in batch.qualities:
            told.update(dict.fromkeys(doubt.series.device.channels))  # type: ignore[arg-type]
        for device in batch.removed_devices:
            told.update(dict.fromkeys(device.channels))  # type: ignore[arg-type]
        for series in batch.removed_series:
            series.device.fragment = None
            told.update(dict.fromkeys(series.device.channels))  # type: ignore[arg-type]
        for channel in told:
            channel.opening = None
            if channel.members:
                self._send(channel, list(news_frames(channel, batch, seq=channel.told_seq(batch.seq))))
            self._tell_doubts(channel, batch)  # also without members: what waits must not follow the doubt later
        self._interest.remove(batch.removed_devices, batch.removed_series)

    def _tell_doubts(self, channel: Channel, batch: Batch) -> None:
        """Tell changes of quality without a reading; where every reading counts, those that wait were before them."""
        changed = [change.series for change in batch.qualities if change.series in channel.order]
        if not changed:
            return
        if channel.every:
            self._emit(channel)
        doubts = quality_frame(channel, channel.told_seq(batch.seq), changed)
        self._send(channel, [doubts] if doubts is not None else [])

    def _offer(self, channel: Channel, now: float) -> None:
        """Send what a channel has, or note when its interval is over (leading edge)."""
        if now >= channel.due_s or len(channel.rows) > MAX_ROWS:
            if self._emit(channel) or channel.looks:
                channel.due_s = now + channel.key.interval_ms / 1000
            if not channel.looks:
                return
            channel.due_s = round(channel.due_s / BEAT_S) * BEAT_S
        self._agenda.add(channel)

    def _emit(self, channel: Channel) -> bool:
        """Make a channel's frames and put them in the outbox of its members; return True if there were any."""
        if not channel.members and not (channel.behind and channel.every):
            channel.skip(self._latest.stamp)
            return False
        made = channel.make(self._latest.stamp, self._base_us)
        if made:
            self._send(channel, made)
        return bool(made)

    def _send(self, channel: Channel, some: list[Frame]) -> None:
        """Have frames written to a channel's members at the end of the step."""
        if some and channel.members:
            self._frames.n += len(some)
            self._written.n += len(some) * len(channel.members)
            self._outbox.append((channel.members, some))

    def _summarise(self, now: float) -> None:
        """Tell the counts by place, at most once a second a channel."""
        for channel, some in self._summary.due(now, self._log.seq):
            self._send(channel, some)

    def _flush(self) -> None:
        """Write each peer once. What several channels have to tell is joined; mostly there is one."""
        outbox, self._outbox = self._outbox, []
        if len(outbox) == 1:
            members, some = outbox[0]
            forms: dict[str, bytes] = {}
            for member in members:
                peer = member.peer
                data = forms.get(peer.family)
                if data is None:
                    data = forms[peer.family] = b"".join(peer.form(frame) for frame in some)
                peer.put(data)
            return
        waiting: dict[Peer, list[bytes]] = {}
        for members, some in outbox:
            for member in members:
                waiting.setdefault(member.peer, []).extend([member.peer.form(frame) for frame in some])
        for peer, parts in waiting.items():
            peer.put(b"".join(parts))

    def _rejoin(self, member: Member) -> None:
        """Put a member that has everything on the shared frames."""
        channel = member.channel
        channel.came_back()
        channel.members = (*channel.members, member)
        was, member.state = member.state, State.SHARED
        if member.resumes:
            member.resumes = False
            position = f"{self._log.epoch}:{channel.told_seq(self._log.seq)}"
            member.peer.write(member.peer.form(frames.snapshot(channel.number, position, [], more=False)))
        if channel.key.summary:
            for frame in self._summary.whole(channel, self._log.seq):
                member.peer.write(member.peer.form(frame))
        if was is State.BEHIND and not member.peer.stalled:
            member.peer.lag(behind=False, conflated=0 if channel.every else channel.total - member.missed)

    def _resumable(self, channel: Channel, since: Position) -> bool:
        """Return True if a client that holds the channel at a position can go on from there."""
        if since.epoch != self._log.epoch or since.seq > self._log.seq:
            return False
        if not channel.every or all(series.changed_seq <= since.seq for series in channel.order):
            return True
        if since.seq + 1 < self._log.first_seq:
            return False
        return sum(len(batch.readings) for batch in self._log.since(since.seq)) <= MAX_READINGS
