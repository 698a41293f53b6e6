"""A hub's middle with history: catalogue, log, a real store in a folder, its writer, and short ways to feed them."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.core.batch import Batch
from hub.core.catalogue import Catalogue
from hub.core.clock import ManualClock
from hub.core.errors import StoreError
from hub.core.feed import Feeds
from hub.core.meters import Meters
from hub.core.model import Datatype, Mark, Value
from hub.core.raw import Flown
from hub.history.recording import series_row
from hub.history.sqlite.store import SqliteStore
from hub.history.window import History
from hub.history.writer import HistoryWriter
from hub.log.local import LocalLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hub.core.model import Reading, Series
    from hub.core.raw import Receipt
    from hub.history.model import Record, Restored, SeriesRow
    from hub.history.sqlite.retention import Retention

DATATYPES: dict[type, Datatype] = {
    bool: Datatype.BOOLEAN,
    int: Datatype.INTEGER,
    float: Datatype.FLOAT,
    str: Datatype.STRING,
}


@dataclass
class Asked:
    """A receipt that remembers whether it was used."""

    acknowledged: bool = False
    flown: Flown = field(default_factory=lambda: Flown(0, b"", b"", b""))

    def record(self) -> Flown:
        return self.flown

    def acknowledge(self) -> None:
        assert not self.acknowledged
        self.acknowledged = True


@dataclass
class Rig:
    """One process of a hub, as far as history sees it."""

    store: Failing
    restored: Restored
    clock: ManualClock
    pending_readings: int = 1_000_000

    def __post_init__(self) -> None:
        self.meters = Meters()
        self.catalogue = Catalogue(clock=self.clock, meters=self.meters)
        self.feeds = Feeds(clock=self.clock)
        self.log = LocalLog(meters=self.meters)
        self.writer = HistoryWriter(
            store=self.store,
            catalogue=self.catalogue,
            feeds=self.feeds,
            clock=self.clock,
            meters=self.meters,
            restored=self.restored,
            pending_readings=self.pending_readings,
        )
        self.history = History(store=self.store, writer=self.writer, log=self.log, clock=self.clock)

    def series(self, name: str, datatype: Datatype = Datatype.FLOAT) -> Series:
        """Return a series, introduced if it is new."""
        device_id, _, metric = name.rpartition(":")
        device = self.catalogue.device(device_id or "d", "json")
        assert device is not None
        series = self.catalogue.series_of(device, metric, unit=None, datatype=datatype)
        assert series is not None
        return series

    def row(self, name: str) -> SeriesRow:
        device_id, _, metric = name.rpartition(":")
        return series_row(self.catalogue.devices[device_id or "d"].series[metric])

    def reading(self, name: str, time_us: int, value: Value, quality: str | None = None, mark: int = 0) -> Reading:
        series = self.series(name, DATATYPES[type(value)])
        return (series.key, time_us, value, quality, self.clock.now_us(), mark)

    def take(self, *readings: Reading, receipt: Receipt | None = None) -> None:
        """Publish readings, as far as history sees it."""
        batch = Batch(self.clock.now_us(), readings=list(readings))
        news = self.catalogue.take_news()
        batch.devices += news.devices
        batch.series += news.series
        self.log.append(batch)
        self.writer.take(batch, [] if receipt is None else [receipt])

    async def commit(self) -> None:
        """Let the writer commit all that waits."""
        while self.writer.waits:
            await self.writer.commit()

    def count(self, name: str, value: str = "") -> int:
        return self.meters.counters[name, value].n


@contextlib.asynccontextmanager
async def rig(
    folder: Path, *, clock: ManualClock | None = None, retention: Retention | None = None, pending: int = 1_000_000
) -> AsyncIterator[Rig]:
    """Open a store and what surrounds it; afterwards it is closed in order."""
    clock = clock or ManualClock()
    store = Failing(folder, retention=retention, fsync=False)
    restored = await store.open()
    try:
        yield Rig(store, restored, clock, pending)
    finally:
        await store.close(now_us=clock.now_us())


class Failing(SqliteStore):
    """A store whose disk is full, or whose head turns out to be damaged, when somebody says so."""

    full: str = ""
    damaged = False

    async def commit(self, records: list[Record]) -> None:
        await asyncio.sleep(0)
        if self.full:
            raise StoreError(self.full)
        if self.damaged:
            self.damaged = False
            await self._in(self._committing, self._renew_head)
        await super().commit(records)


UNRECORDED = int(Mark.RETAINED | Mark.UNRECORDED)
