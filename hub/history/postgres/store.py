"""The PostgreSQL store: one connection that commits, one that settles, and a few that read.

What is committed can be read at once: buckets and states that are not settled yet are computed for whoever asks.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg

from hub.core.errors import StoreError, Unusable
from hub.history.aliases import Aliases
from hub.history.postgres import committing, opening, settling
from hub.history.postgres.committing import Partitions
from hub.history.postgres.facts import committed, facts, note
from hub.history.postgres.linking import Links, Target, reason_of
from hub.history.postgres.reading import Reader, one_moment
from hub.history.postgres.retention import Kept, Tidying, size_bytes
from hub.history.postgres.schema import prepare
from hub.history.store import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from psycopg import AsyncConnection

    from hub.history.model import Bucket, Outage, Record, Restored, Sample, SeriesName, SeriesRow, Span, StatusRow
    from hub.history.store import SliceRow

T = TypeVar("T")

READERS: Final = 4
PAGE_ROWS: Final = 5_000
_CLOSE_S: Final = 2.0
"""Longest note of an end in order."""
_TIDY_EVERY_US: Final = 3_600_000_000


class PostgresStore:
    """Keeps history in a database that no other hub writes to.

    Args:
        url: ``postgresql://user:password@host/database``.
        kept: what is kept for how long.
        fsync: True if a commit survives a loss of power there.

    Raises:
        Unusable: the URL cannot be understood.
    """

    def __init__(self, url: str, *, kept: Kept | None = None, fsync: bool = True) -> None:
        self._target = Target(url, fsync)
        try:
            self.address = self._target.address
        except psycopg.Error as error:
            raise Unusable("history", "database", reason_of(error), "history.url") from error
        self._kept = kept or Kept()
        self._committing = Links(self._target, 1, self._prepare_commits)
        self._settling = Links(self._target, 1, settling.make_tables)
        self._reading = Links(self._target, READERS, one_moment)
        self._aliases = Aliases()
        self._partitions = Partitions(0)
        self._tidying = Tidying(self._kept, self._partitions)
        self._tidied_us = 0
        self._committed = 0
        self._touched: dict[int, dict[int, int]] = {}
        self._opened = False
        self._ready = False
        self.raw_from_us = 0

    async def open(self) -> Restored:
        """See :meth:`hub.history.store.Store.open`."""
        try:
            async with self._committing.use() as connection:
                self._ready = True
                await self._learn(connection)
            self._opened = True
            await self.settle()
            async with self._committing.use() as connection:
                return await opening.restore(connection)
        except StoreError as error:
            await self._close_links()
            raise Unusable("history", self.address, error.reason, "history.url") from error
        except BaseException:
            await self._close_links()
            raise

    async def commit(self, records: list[Record]) -> None:
        """See :meth:`hub.history.store.Store.commit`."""
        own = [self._aliases.own(record) for record in records]
        async with self._committing.use() as connection:
            fresh = [record for record in own if record.seq > self._committed]
            if not fresh:
                return
            seq = fresh[-1].seq
            # What was taken before its time was past is left out: its buckets stay as they are.
            rows = [row for record in fresh for row in record.readings if row[1] >= self.raw_from_us]
            touched = committing.touched_by(rows)
            await self._partitions.ensure(connection, {start_us for _, start_us in touched})
            for key, start_us in touched:
                self._touched.setdefault(key, {})[start_us] = seq
            await committing.write(connection, fresh, rows, touched)
            self._committed = seq

    async def settle(self) -> int:
        """See :meth:`hub.history.store.Store.settle`: buckets and states are brought up to date."""
        async with self._settling.use() as connection:
            upto = await settling.settle(connection)
        for key, starts in list(self._touched.items()):
            left = {start_us: seq for start_us, seq in starts.items() if seq > upto}
            if left:
                self._touched[key] = left
            else:
                del self._touched[key]
        return upto

    async def tidy(self, now_us: int) -> int:
        """See :meth:`hub.history.store.Store.tidy`; a round begins at most once an hour."""
        async with self._committing.use() as connection:
            gone = await self._tidying.step(connection)
            if gone or now_us - self._tidied_us < _TIDY_EVERY_US:
                return gone
            self.raw_from_us = await self._tidying.begin(connection, now_us, self.raw_from_us)
            self._tidied_us = now_us
            return await self._tidying.step(connection)

    async def buckets(self, key: int, span: Span, *, width_us: int, step_s: int) -> Answer[list[Bucket]]:
        """See :meth:`hub.history.store.Store.buckets`."""
        return await self._ask_touched(
            key, lambda file, own, touched: file.buckets(own, span, width_us=width_us, step_s=step_s, touched=touched)
        )

    async def samples(self, key: int, span: Span, *, limit: int) -> Answer[list[Sample]]:
        """See :meth:`hub.history.store.Store.samples`."""
        return await self._ask(lambda file: file.samples(self._aliases.id(key), span, limit=limit))

    async def states(self, key: int, span: Span, *, limit: int) -> Answer[list[Sample]]:
        """See :meth:`hub.history.store.Store.states`."""
        return await self._ask_touched(
            key, lambda file, own, touched: file.states(own, span, limit=limit, touched=touched)
        )

    async def before(self, key: int, time_us: int) -> Answer[Sample | None]:
        """See :meth:`hub.history.store.Store.before`."""
        found, upto = await self.moment([key], time_us)
        return Answer(found.get(key), upto)

    async def count(self, key: int, span: Span, *, limit: int) -> Answer[int]:
        """See :meth:`hub.history.store.Store.count`."""
        return await self._ask(lambda file: file.count(self._aliases.id(key), span, limit=limit))

    async def outages(self, span: Span) -> list[Outage]:
        """See :meth:`hub.history.store.Store.outages`."""
        return (await self._ask(lambda file: file.outages(span))).found

    async def statuses(self, device: str, span: Span) -> list[StatusRow]:
        """See :meth:`hub.history.store.Store.statuses`."""
        return (await self._ask(lambda file: file.statuses(device, span))).found

    async def find(self, name: SeriesName) -> SeriesRow | None:
        """See :meth:`hub.history.store.Store.find`."""
        return (await self._ask(lambda file: file.find(name))).found

    async def all_samples(self, keys: list[int], span: Span) -> AsyncIterator[tuple[int, list[Sample]]]:
        """See :meth:`hub.history.store.Store.all_samples`."""
        for key in keys:
            own, after = self._aliases.id(key), (span.start_us, -1)
            while True:
                page = (await self._ask(_page(own, after, span.end_us))).found
                if page:
                    yield key, [sample for _, _, sample in page]
                    after = page[-1][:2]
                if len(page) < PAGE_ROWS:
                    break

    async def moment(self, keys: list[int], time_us: int) -> Answer[dict[int, Sample]]:
        """See :meth:`hub.history.store.Store.moment`."""
        own = {self._aliases.id(key): key for key in keys}
        found, upto = await self._ask(lambda file: file.moment([*own], time_us))
        return Answer({own[key]: sample for key, sample in found.items()}, upto)

    async def slice(self, keys: list[int], span: Span, *, limit: int) -> Answer[list[SliceRow]]:
        """See :meth:`hub.history.store.Store.slice`."""
        own = {self._aliases.id(key): key for key in keys}
        found, upto = await self._ask(lambda file: file.slice([*own], span, limit=limit))
        return Answer([(time_us, own[key], value, quality) for time_us, key, value, quality in found], upto)

    async def slice_statuses(self, devices: list[str], span: Span, *, limit: int) -> Answer[list[StatusRow]]:
        """See :meth:`hub.history.store.Store.slice_statuses`."""
        return await self._ask(lambda file: file.slice_statuses(devices, span, limit=limit))

    async def moment_statuses(self, devices: list[str], time_us: int) -> Answer[list[StatusRow]]:
        """See :meth:`hub.history.store.Store.moment_statuses`."""
        return await self._ask(lambda file: file.moment_statuses(devices, time_us))

    async def size_bytes(self) -> int:
        """Return what readings, buckets and states take on disk, indexes included."""
        async with self._reading.use() as connection:
            return await size_bytes(connection)

    async def close(self, *, now_us: int) -> None:
        """See :meth:`hub.history.store.Store.close`; if it cannot be noted soon, the next start is unclean."""
        if not self._opened:
            return
        self._opened = False
        with suppress(StoreError, TimeoutError):  # the writer has said so already, if it lasts
            async with asyncio.timeout(_CLOSE_S), self._committing.use() as connection:
                await note(connection, "closed_us", now_us)
        await self._close_links()

    async def _close_links(self) -> None:
        for links in (self._reading, self._settling, self._committing):
            await links.close()

    async def _prepare_commits(self, connection: AsyncConnection[Any]) -> None:
        """Make a connection that commits: with the lock, the schema, and what is known of it."""
        if self._ready:
            await opening.lock(connection)
            await self._partitions.load(connection)  # a server without fsync may have lost what it had
            self._committed = await committed(connection)
        else:
            await opening.lock_soon(connection)
            await prepare(connection, raw_us=self._kept.raw_us, address=self.address)
        await committing.make_stage(connection)

    async def _learn(self, connection: AsyncConnection[Any]) -> None:
        """Take in what the database says about itself."""
        told = await facts(connection)
        self.raw_from_us = told.get("raw_from_us", 0)
        self._partitions = Partitions(told["partition_us"])
        await self._partitions.load(connection)
        self._tidying = Tidying(self._kept, self._partitions)
        self._committed = await committed(connection)
        series = await connection.execute("SELECT id, device, metric FROM series")
        self._aliases.retire(await series.fetchall())

    async def _ask(self, ask: Callable[[Reader], Awaitable[T]]) -> Answer[T]:
        """Ask in a transaction; on another connection where one turns out to be broken, as all may be."""
        left = READERS
        while True:
            async with self._reading.use() as connection:
                try:
                    async with connection.transaction():
                        upto = await committed(connection)
                        return Answer(await ask(Reader(connection)), upto)
                except psycopg.Error:
                    left -= 1
                    if left < 0 or not connection.closed:
                        raise

    async def _ask_touched(
        self, key: int, ask: Callable[[Reader, int, list[int]], Awaitable[list[T]]]
    ) -> Answer[list[T]]:
        """Ask about a series, given its id and the starts of its finest buckets that are not settled then."""
        own = self._aliases.id(key)
        before = self._touched.get(own, {}).keys() | set()

        def run(file: Reader) -> Awaitable[list[T]]:
            touched = before | self._touched.get(own, {}).keys()
            return ask(file, own, [start_us for start_us in touched if start_us >= self.raw_from_us])

        return await self._ask(run)


def _page(
    key: int, after: tuple[int, int], end_us: int
) -> Callable[[Reader], Awaitable[list[tuple[int, int, Sample]]]]:
    """Return the question for the page after a reading."""
    return lambda file: file.page(key, after, end_us, limit=PAGE_ROWS)
