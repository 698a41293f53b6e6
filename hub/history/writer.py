"""The writer: what the hub publishes becomes durable, and only then its QoS 1 messages are acknowledged.

The pipeline hands over each batch without waiting. Whatever waits when a commit ends is the next commit (group commit),
so their number follows what the disk can do. While the store cannot commit, nothing is acknowledged: the broker stops
sending QoS 1 after its receive maximum, and what came as QoS 0 goes on live and waits here up to a bound.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Final

from hub.core.errors import StoreDamaged, StoreError
from hub.history.model import Outage
from hub.history.recording import Recorder
from hub.history.waiting import SHED, Entry, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.core.batch import Batch
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.feed import Feed, Feeds
    from hub.core.meters import Meters
    from hub.core.raw import Receipt
    from hub.history.deadband import Deadband
    from hub.history.model import Record, Restored
    from hub.history.store import Store

log = logging.getLogger("hub.history")

SOURCE: Final = "store"
"""The name of the store's link among the feeds."""
MOST_COMMITTED: Final = 50_000
"""Readings in one commit: it holds up the acknowledgements of all that come after it."""
SETTLE_S: Final = 60.0
SETTLE_READINGS: Final = 500_000
"""Committed readings are settled after so long, or so many, whichever comes first."""
MOST_UNSETTLED: Final = 4 * SETTLE_READINGS
"""Committed readings in memory from which on no more are taken: what is committed cannot be settled."""
ALIVE_S: Final = 10.0
"""How often an idle hub writes that it is alive, so that its absence can be told from silence."""
GATHER_S: Final = 0.005
"""How long a commit waits for more to commit: a steady stream is then acknowledged at most 200 times a second."""
RETRY_S: Final = 1.0
END_S: Final = 2.0
"""Longest last commit when the hub stops."""


class HistoryWriter:
    """Writes batches to a store; a service with one :meth:`run`.

    Args:
        store: opened.
        catalogue: names series; all of it is told again to a store that had to begin anew.
        feeds: told when the store cannot be written, and when it can again.
        clock: dates records.
        meters: counts.
        restored: what the store knew when it was opened.
        pending_readings: most readings that wait for a commit; policy: the oldest without a message to acknowledge
            are dropped from history and counted; if that is not enough, :meth:`room` waits.
        deadbands: what may be left out of history.
    """

    def __init__(  # noqa: PLR0913 - the composition of a service, all by keyword
        self,
        *,
        store: Store,
        catalogue: Catalogue,
        feeds: Feeds,
        clock: Clock,
        meters: Meters,
        restored: Restored,
        pending_readings: int = 1_000_000,
        deadbands: Sequence[Deadband] = (),
    ) -> None:
        self._store = store
        self._feeds = feeds
        self._clock = clock
        self._bound = pending_readings
        self.recorder = Recorder(catalogue=catalogue, meters=meters, seq=restored.seq, deadbands=deadbands)
        self._going: list[Entry] = []
        self._unsettled: deque[Record] = deque()
        self._committed = 0
        self.took_s: float | None = None
        """What the last commit took, in seconds; None before the first."""
        self.let_go = 0
        """Number of the newest record that is settled, and not kept in memory any more."""
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._due = asyncio.Event()
        self._anew = False
        self._wrong: dict[str, str] = {}
        self._told = restored.fault
        self._down: dict[str, int] = {}
        self._make_meters(meters)
        self._waiting = Waiting(bound=pending_readings, shed=self._shed)
        feeds.listen(self._link)
        feeds.say(SOURCE, up=True, reason=restored.fault, address=store.address)
        if restored.seen_us:
            self.recorder.outages.append(Outage("hub", restored.seen_us, clock.now_us()))

    def _make_meters(self, meters: Meters) -> None:
        dropped = "Readings that are not in history, by reason."
        self._shed = meters.counter("history_dropped", dropped, label="reason", value="store_down")
        self._written = meters.counter("history_readings", "Readings committed to history.")
        self._commits = meters.counter("history_commits", "Commits to history.")
        self._faults = meters.counter("history_faults", "Times the store could not do what it was asked.")
        self._took = meters.latency("history_commit_seconds", "Duration of a commit to history.")
        meters.gauge("history_pending", "Readings that wait for their commit.", lambda: self._waiting.readings)
        meters.gauge("history_unsettled", "Committed readings that are not settled.", lambda: self._committed)

    def take(self, batch: Batch, receipts: list[Receipt]) -> None:
        """Take over a published batch; its messages are acknowledged once it is durable. Never waits.

        Args:
            batch: published.
            receipts: of its messages.
        """
        record = self.recorder.record(batch, receipts, oldest_us=self._store.raw_from_us)
        if not (record.readings or receipts or record.has_news()):
            return
        self._waiting.append(Entry(record, receipts))
        self._make_room()
        self._arrived.set()

    @property
    def pending(self) -> int:
        """Readings that wait for their commit."""
        return self._waiting.readings

    @property
    def unsettled_readings(self) -> int:
        """Committed readings that are not settled."""
        return self._committed

    @property
    def commits(self) -> int:
        """Commits since the start."""
        return self._commits.n

    @property
    def waits(self) -> bool:
        """True if something waits for its commit."""
        return bool(self._waiting)

    async def room(self) -> None:
        """Wait until more can be taken. Cancelling it loses nothing."""
        await self._room.wait()

    def unsettled(self, upto: int) -> Iterator[Record]:
        """Yield the records that an answer of the store does not take into account, oldest first.

        Args:
            upto: as the answer says.
        """
        later: list[Record] = []
        waiting = (one.record for one in chain(reversed(self._waiting), reversed(self._going)))
        for record in chain(waiting, reversed(self._unsettled)):  # from the newest on: mostly few are wanted
            if record.seq <= upto:
                break
            later.append(record)
        yield from reversed(later)

    async def run(self) -> None:
        """Commit and settle until cancelled; then commit what waits, if that takes no longer than :data:`END_S`."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._commit_always(), name="commits to history")
                group.create_task(self._settle_always(), name="settling of history")
        finally:
            try:
                async with asyncio.timeout(END_S):
                    while self.waits:
                        await self.commit()
            except (StoreError, TimeoutError) as error:
                log.warning("%d readings were not written to history: %s", self.pending, error)

    def _make_room(self) -> None:
        """Say whether more can be taken: neither too much waits for its commit, nor for being settled."""
        fullness = max(self.pending / self._bound, self._committed / MOST_UNSETTLED)
        if fullness > 1:
            self._room.clear()
        elif fullness <= SHED:
            self._room.set()

    async def _commit_always(self) -> None:
        while True:
            try:
                async with asyncio.timeout(ALIVE_S):
                    await self._arrived.wait()
            except TimeoutError:
                self._waiting.append(Entry(self.recorder.empty(self._clock.now_us())))
            await asyncio.sleep(GATHER_S)
            try:
                await self.commit()
            except StoreError as error:
                self._say("commit", error)
                await asyncio.sleep(RETRY_S)
            else:
                self._say("commit", None)

    async def commit(self) -> None:
        """Commit what waits, one group, and acknowledge it; if it cannot be committed, it waits on.

        Raises:
            StoreError: the store cannot do it now.
        """
        if self._anew:
            self._tell_again()
        group = self._going = self._waiting.take(MOST_COMMITTED)
        began_s = self._clock.steady_s()
        done = False
        try:
            await self._store.commit([entry.record for entry in group])
            done = True
        except StoreDamaged:
            self._begin_anew()
            raise
        finally:
            self._going = []
            if not done:
                self._waiting.give_back(group)
        self.took_s = self._clock.steady_s() - began_s
        self._took.note(self.took_s)
        self._commits.n += 1
        for entry in group:
            self._unsettled.append(entry.record)
            for receipt in entry.receipts:
                receipt.acknowledge()
        readings = sum(len(entry.record.readings) for entry in group)
        self._waiting.done(readings)
        self._written.n += readings
        self._committed += readings
        if not self._waiting:
            self._arrived.clear()
        self._make_room()
        if self._committed >= SETTLE_READINGS:
            self._due.set()

    async def _settle_always(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S):
                    await self._due.wait()
            self._due.clear()
            end_s = self._clock.steady_s() + SETTLE_S
            try:
                await self.settle()
                gone = 1
                while gone and not self._due.is_set() and self._clock.steady_s() < end_s:  # the rest comes next time
                    gone = await self._store.tidy(self._clock.now_us())
            except StoreError as error:
                self._say("settle", error)
                await asyncio.sleep(RETRY_S)
            else:
                self._say("settle", None)

    async def settle(self) -> None:
        """Settle everything that is committed now.

        Raises:
            StoreError: the store cannot do it now.
        """
        goal = self._unsettled[-1].seq if self._unsettled else 0
        upto = 0
        while upto < goal:
            try:
                upto = await self._store.settle()
            except StoreDamaged:
                self._begin_anew()
                raise
            while self._unsettled and self._unsettled[0].seq <= upto:
                gone = self._unsettled.popleft()
                self.let_go = gone.seq
                self._committed -= len(gone.readings)
        self._make_room()

    def _say(self, part: str, error: StoreError | None) -> None:
        """Tell people whether the store does what it is asked; a new one is told all again with the next commit."""
        if isinstance(error, StoreDamaged):
            self._told = error.reason
        if error is None:
            self._wrong.pop(part, None)
        else:
            self._faults.n += 1
            self._wrong[part] = error.reason
        feed = self._feeds.get(SOURCE)
        up = not self._wrong
        if error is not None or feed is None or feed.up is not up:
            reason = self._told if up else next(iter(self._wrong.values()))
            self._feeds.say(SOURCE, up=up, reason=reason, address=self._store.address)

    def _begin_anew(self) -> None:
        """Have the next commit tell all again: the store is a new one."""
        self._anew = True
        self._arrived.set()

    def _tell_again(self) -> None:
        """Put all that a new store has to know in front of what waits: every name, and what was not settled.

        Called while no commit is under way. All gets new numbers, in the order in which it will be committed: a store
        that has settled a number takes no smaller one any more.
        """
        self._anew = False
        again = [self.recorder.everything(self._clock.now_us()), *self._unsettled]
        self._waiting.put_in_front([Entry(record, owed=True) for record in again])
        self._committed = 0
        self._unsettled.clear()
        for entry in self._waiting:
            self.recorder.number(entry.record)

    def _link(self, feed: Feed) -> None:
        """Note when a link was down, so that a hole in the data can say why."""
        if not feed.up:
            self._down.setdefault(feed.source, feed.since_us)
        elif feed.source in self._down:
            self.recorder.outages.append(Outage(feed.source, self._down.pop(feed.source), feed.since_us))
            self._arrived.set()

    def down_since(self) -> dict[str, int]:
        """Return the links that are down now, and since when in µs."""
        return dict(self._down)
