"""Both stores as tests open them, and short ways to write records."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hub.history.model import SECOND_US, DeviceRow, Record, SeriesRow, Span, StatusRow
from hub.history.postgres.retention import Kept
from hub.history.postgres.store import PostgresStore
from hub.history.sqlite.retention import Retention
from hub.history.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.core.model import Reading, Value
    from hub.core.raw import Flown
    from hub.history.model import Restored, Sample
    from hub.history.store import Store

DAY_US = 86_400 * SECOND_US
T0 = 1_790_000_000 * SECOND_US // DAY_US * DAY_US
EVER = Span(0, 2**62)

Row: TypeAlias = "tuple[int, int, Value] | tuple[int, int, Value, str | None]"
"""Series, µs after :data:`T0`, value, perhaps quality."""


def numbers(key: int, name: str | None = None) -> SeriesRow:
    return SeriesRow(key, "plant/d", name or f"m{key}", "°C", "float", None, None, SECOND_US, 30 * SECOND_US)


def texts(key: int, name: str | None = None) -> SeriesRow:
    return SeriesRow(key, "plant/d", name or f"m{key}", None, "string", None, None, None, None)


DEVICE = DeviceRow("plant/d", "json", "Ofen", "Halle", None, {"a": "b"})


@dataclass
class Bench:
    """A store and the numbers of its records.

    Args:
        place: a folder, or the URL of a database.
    """

    place: Path | str
    raw_us: int = 0
    rollup_us: int = 0
    max_bytes: int = 0
    seq: int = 0
    store: Store = field(init=False)

    @property
    def settles_for_answers(self) -> bool:
        """True where what is committed can be asked for only once it is settled."""
        return not isinstance(self.place, str)

    def make(self) -> Store:
        """Return a new store object, not opened."""
        if isinstance(self.place, str):
            return PostgresStore(self.place, kept=Kept(self.raw_us, self.rollup_us, self.max_bytes), fsync=False)
        retention = Retention(self.raw_us, self.rollup_us, self.max_bytes)
        return SqliteStore(self.place, retention=retention, fsync=False)

    async def open(self) -> Restored:
        """Open the store, after its end as well."""
        self.store = self.make()
        restored = await self.store.open()
        self.seq = restored.seq
        return restored

    async def close(self, now_us: int = T0) -> None:
        await self.store.close(now_us=now_us)

    async def reopen(self) -> Restored:
        await self.close()
        return await self.open()

    async def kill(self) -> Restored:
        """Let the process end as a kill would let it: nothing is noted, nothing closed in order."""
        if isinstance(self.store, PostgresStore):
            await self.store._close_links()
            return await self.open()
        assert not isinstance(self.place, str)
        copied = Path(f"{self.place}-killed")
        shutil.copytree(self.place, copied)
        await self.close()
        self.place = copied
        return await self.open()

    def record(self, *rows: Row, series: list[SeriesRow] | None = None, flown: list[Flown] | None = None) -> Record:
        """Return the next record."""
        self.seq += 1
        readings: list[Reading] = [
            (row[0], T0 + row[1], row[2], row[3] if len(row) > 3 else None, T0 + row[1], 0) for row in rows
        ]
        return Record(
            self.seq,
            T0 + self.seq,
            readings=readings,
            series=series or [],
            devices=[DEVICE] if series else [],
            flown=flown or [],
        )

    async def put(self, *rows: Row, series: list[SeriesRow] | None = None) -> Record:
        """Commit a record."""
        record = self.record(*rows, series=series)
        await self.store.commit([record])
        return record

    async def tell(self, *rows: StatusRow) -> None:
        self.seq += 1
        await self.store.commit([Record(self.seq, T0 + self.seq, statuses=list(rows))])

    async def settle(self) -> None:
        assert await self.store.settle() == self.seq

    async def samples(self, key: int = 1, span: Span = EVER, limit: int = 10_000) -> list[Sample]:
        answer = await self.store.samples(key, span, limit=limit)
        assert answer.upto == self.seq
        return answer.found

    async def told(self, key: int = 1) -> list[tuple[int, str, Value]]:
        """Return all readings of a series: µs after T0, type, value."""
        return [(at_us - T0, type(value).__name__, value) for at_us, value, _ in await self.samples(key)]

    async def tidy(self, now_us: int) -> int:
        """Tidy until nothing is left to drop; return how many rows went."""
        total = 0
        while gone := await self.store.tidy(now_us):
            total += gone
        return total


async def pages(found: AsyncIterator[tuple[int, list[Sample]]]) -> dict[int, list[Sample]]:
    """Return all pages of an export, joined by series."""
    joined: dict[int, list[Sample]] = {}
    async for key, page in found:
        joined.setdefault(key, []).extend(page)
    return joined
