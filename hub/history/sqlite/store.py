"""The embedded store: three threads beside the loop, one that commits, one that settles, and a few that read.

SQLite lets go of the interpreter lock while it works, so the loop goes on; none of the threads waits for another one,
because what is committed and what is settled are two files.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import apsw

from hub.core.errors import StoreDamaged, StoreError
from hub.history.aliases import Aliases
from hub.history.model import Sample
from hub.history.sqlite.files import fault_of, faults, is_damaged
from hub.history.sqlite.head import Head
from hub.history.sqlite.opening import HEAD, SETTLED, Files, open_files, renew
from hub.history.sqlite.reading import Reader, value_of
from hub.history.sqlite.retention import Retention, Tidying
from hub.history.sqlite.settling import Settler
from hub.history.store import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from hub.history.model import Bucket, Outage, Record, Restored, SeriesName, SeriesRow, Span, StatusRow
    from hub.history.store import SliceRow

T = TypeVar("T")

READERS: Final = 2
"""Threads that read: one long export leaves one for everybody else."""
NICE: Final = 10
"""Priority of the threads that settle and read: they have a while, the loop has none."""
PAGE_ROWS: Final = 5_000
_TIDY_EVERY_US: Final = 3_600_000_000


class SqliteStore:
    """Keeps history in two files of the data folder.

    Args:
        folder: the data folder, which exists.
        retention: what is kept for how long.
        fsync: True if a commit survives a loss of power; a killed process loses nothing either way.
    """

    def __init__(self, folder: Path, *, retention: Retention | None = None, fsync: bool = True) -> None:
        self._folder = folder
        self._retention = retention or Retention()
        self._fsync = fsync
        self._files: Files | None = None
        self._tidying: Tidying | None = None
        self._tidied_us = 0
        self._aliases = Aliases()
        self._generation = 0
        self._heads = self._attached = 0
        self._local = threading.local()
        self._readers: list[Reader] = []
        self._committing = ThreadPoolExecutor(1, "history-commit")
        self._settling = ThreadPoolExecutor(1, "history-settle", initializer=_give_way)
        self._reading = ThreadPoolExecutor(READERS, "history-read", initializer=_give_way)
        self.raw_from_us = 0

    @property
    def address(self) -> str:
        """The settled file."""
        return str(self._folder / SETTLED)

    async def open(self) -> Restored:
        """See :meth:`hub.history.store.Store.open`."""
        return await self._in(self._settling, self._open)

    async def commit(self, records: list[Record]) -> None:
        """See :meth:`hub.history.store.Store.commit`."""
        own = [self._aliases.own(record) for record in records]
        await self._in(self._committing, lambda: self._commit(own))

    async def settle(self) -> int:
        """See :meth:`hub.history.store.Store.settle`; what was settled leaves the head."""
        upto = await self._in(self._settling, self._settle)
        if upto is None:
            return await self._in(self._committing, self._renew_head)
        while await self._in(self._committing, lambda: self._open_files().head.drop(upto)):
            pass
        return upto

    async def tidy(self, now_us: int) -> int:
        """See :meth:`hub.history.store.Store.tidy`; a round begins at most once an hour."""
        return await self._in(self._settling, lambda: self._tidy(now_us))

    async def buckets(self, key: int, span: Span, *, width_us: int, step_s: int) -> Answer[list[Bucket]]:
        """See :meth:`hub.history.store.Store.buckets`."""
        return await self._ask(lambda file: file.buckets(self._aliases.id(key), span, width_us=width_us, step_s=step_s))

    async def samples(self, key: int, span: Span, *, limit: int) -> Answer[list[Sample]]:
        """See :meth:`hub.history.store.Store.samples`."""
        return await self._ask(lambda file: file.samples(self._aliases.id(key), span, limit=limit))

    async def states(self, key: int, span: Span, *, limit: int) -> Answer[list[Sample]]:
        """See :meth:`hub.history.store.Store.states`."""
        return await self._ask(lambda file: file.samples(self._aliases.id(key), span, limit=limit, table="state"))

    async def before(self, key: int, time_us: int) -> Answer[Sample | None]:
        """See :meth:`hub.history.store.Store.before`."""
        return await self._ask(lambda file: file.before(self._aliases.id(key), time_us))

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
        return (await self._ask(lambda file: file.find(*name))).found

    async def all_samples(self, keys: list[int], span: Span) -> AsyncIterator[tuple[int, list[Sample]]]:
        """See :meth:`hub.history.store.Store.all_samples`."""
        for key in keys:
            after = (span.start_us, -1)
            while True:
                ask = partial(Reader.page, key=self._aliases.id(key), after=after, end_us=span.end_us, limit=PAGE_ROWS)
                page = (await self._ask(ask)).found
                if page:
                    yield key, [Sample(time_us, value_of(value), quality) for time_us, _, value, quality in page]
                    after = page[-1][:2]
                if len(page) < PAGE_ROWS:
                    break

    async def moment(self, keys: list[int], time_us: int) -> Answer[dict[int, Sample]]:
        """See :meth:`hub.history.store.Store.moment`."""

        def look(file: Reader) -> dict[int, Sample]:
            found = ((key, file.before(self._aliases.id(key), time_us)) for key in keys)
            return {key: sample for key, sample in found if sample is not None}

        return await self._ask(look)

    async def slice(self, keys: list[int], span: Span, *, limit: int) -> Answer[list[SliceRow]]:
        """See :meth:`hub.history.store.Store.slice`."""
        keys_of = {self._aliases.id(key): key for key in keys} if self._aliases.ids else {}
        found, upto = await self._ask(lambda file: file.slice([*keys_of] or keys, span, limit=limit))
        if keys_of:
            found = [(time_us, keys_of[own], value, quality) for time_us, own, value, quality in found]
        return Answer(found, upto)

    async def slice_statuses(self, devices: list[str], span: Span, *, limit: int) -> Answer[list[StatusRow]]:
        """See :meth:`hub.history.store.Store.slice_statuses`."""
        return await self._ask(lambda file: file.slice_statuses(devices, span, limit=limit))

    async def moment_statuses(self, devices: list[str], time_us: int) -> Answer[list[StatusRow]]:
        """See :meth:`hub.history.store.Store.moment_statuses`."""
        return await self._ask(lambda file: file.moment_statuses(devices, time_us))

    async def size_bytes(self) -> int:
        """Return what all files take on disk."""
        paths = [self._folder / f"{name}{suffix}" for name in (HEAD, SETTLED) for suffix in ("", "-wal")]
        return sum(path.stat().st_size for path in paths if path.exists())

    async def close(self, *, now_us: int) -> None:
        """See :meth:`hub.history.store.Store.close`; what is not settled is settled at the next start."""
        files, self._files = self._files, None
        for reader in self._readers:
            reader.interrupt()
        if files is not None:
            await self._in(self._settling, lambda: _end(files.settler, now_us))
            await self._in(self._committing, files.head.close)
        for pool in (self._committing, self._settling, self._reading):
            await asyncio.to_thread(pool.shutdown)
        while self._readers:
            self._readers.pop().close()

    def _open(self) -> Restored:
        """Open the files; runs in the thread that settles."""
        self._files = open_files(self._folder, fsync=self._fsync)
        file = self._files.settler.file
        self._aliases.retire(file.execute("SELECT id, device, metric FROM series"))
        kept = file.execute("SELECT value FROM main.meta WHERE key = 'raw_from_us'").fetchone()
        self.raw_from_us = kept[0] if kept else 0
        self._tidying = Tidying(file, self._retention)
        return self._files.restored

    def _open_files(self) -> Files:
        assert self._files is not None  # noqa: S101 - opened first, used until closed
        return self._files

    def _commit(self, records: list[Record]) -> None:
        """Commit; a damaged head is replaced first, and said."""
        files = self._open_files()
        try:
            files.head.commit(records)
        except apsw.Error as error:
            fault = fault_of(error)
            if not isinstance(fault, StoreDamaged):
                raise fault from error
            self._renew_head()

    def _renew_head(self) -> NoReturn:
        """Replace the damaged head, and say so; runs in the thread that commits."""
        files = self._open_files()
        files.head.close()
        path = files.head.path
        with faults():
            files.head, told = renew(path, lambda checked: Head(path, fsync=self._fsync, checked=checked))
        self._heads += 1
        raise StoreDamaged(told)

    def _settle(self) -> int | None:
        """Settle; a damaged file is replaced first, and said. None if it is the head that is damaged."""
        files, heads = self._open_files(), self._heads
        try:
            if self._attached != heads:
                files.settler.attach_head()
                self._attached = heads
            return files.settler.settle()
        except apsw.Error as error:
            fault = fault_of(error)
            if not isinstance(fault, StoreDamaged):
                raise fault from error
            if self._heads != heads:
                raise StoreError("the head was replaced meanwhile") from error
            if is_damaged(files.head.path):
                return None
            files.settler.close()
            path = self._folder / SETTLED
            with faults():
                files.settler, told = renew(
                    path, lambda checked: Settler(path, files.head.path, fsync=self._fsync, checked=checked)
                )
            self._generation += 1
            self._tidying = Tidying(files.settler.file, self._retention)
            raise StoreDamaged(told) from error

    def _tidy(self, now_us: int) -> int:
        """Delete some of what is kept no longer."""
        assert self._tidying is not None  # noqa: S101 - opened first
        with faults():
            gone = self._tidying.step()
            if gone or now_us - self._tidied_us < _TIDY_EVERY_US:
                return gone
            self._tidied_us = now_us
            self.raw_from_us = max(self.raw_from_us, self._tidying.begin(now_us))
            self._open_files().settler.note("raw_from_us", self.raw_from_us)
            return self._tidying.step()

    async def _ask(self, ask: Callable[[Reader], T]) -> Answer[T]:
        """Run a question in a thread that reads."""

        def run() -> Answer[T]:
            reader: tuple[int, Reader] | None = getattr(self._local, "reader", None)
            if reader is None or reader[0] != self._generation:
                reader = self._local.reader = (self._generation, Reader(self._folder / SETTLED))
                self._readers.append(reader[1])
            return reader[1].answer(ask)

        return await self._in(self._reading, run)

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        """Run a call in a thread; what SQLite raises is a fault of the store. Cancelling does not stop the thread."""

        def run() -> T:
            with faults():
                return call()

        return await asyncio.get_running_loop().run_in_executor(pool, run)


def _give_way() -> None:
    """Let this thread have the core only when no other one wants it, where the system knows priorities of threads."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _end(settler: Settler, now_us: int) -> None:
    """Close the settled file in order; if that cannot be noted, the next start looks for damage."""
    with suppress(apsw.Error):
        settler.note("closed_us", now_us)
    settler.close()
