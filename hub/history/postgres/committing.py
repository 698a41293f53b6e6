"""Committing: the readings of some records go through COPY into a temporary table, and from there to their places.

One transaction holds the readings, what the records tell besides, and the row that says up to which record all is
there; so a record is never half there, and one that comes again is left out by its number.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, LiteralString

from psycopg import sql
from psycopg.types.json import Json

from hub.history.model import SECOND_US, STEPS_S
from hub.history.postgres.facts import value
from hub.history.postgres.values import COLUMNS, clean, copied, same

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from hub.core.model import Reading
    from hub.history.model import Record

FINEST_US: Final = STEPS_S[0] * SECOND_US

_STAGE: Final = """
CREATE TEMP TABLE stage (place integer, series bigint, time_us bigint, number double precision, whole bigint,
                         words text, truth boolean, quality text) ON COMMIT DELETE ROWS"""

_READINGS: Final[LiteralString] = f"""
INSERT INTO reading SELECT series, time_us, 0, {COLUMNS} FROM stage ORDER BY series, time_us, place
    ON CONFLICT DO NOTHING"""  # noqa: S608 - constants

_OTHERS: Final[LiteralString] = f"""
INSERT INTO reading
SELECT series, time_us, (SELECT max(n) FROM reading r WHERE r.series = new.series AND r.time_us = new.time_us)
       + row_number() OVER (PARTITION BY series, time_us ORDER BY place), {COLUMNS}
  FROM stage new
 WHERE NOT EXISTS (SELECT 1 FROM reading r WHERE r.series = new.series AND r.time_us = new.time_us
                                             AND {same("r", "new")})
   AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.series = new.series AND s.time_us = new.time_us
                                           AND s.place < new.place AND {same("s", "new")})"""  # noqa: S608 - constants
"""Readings that differ from one of the same series and time; those that do not are there already."""

_SERIES: Final = """
INSERT INTO series VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE
   SET unit = excluded.unit, datatype = excluded.datatype, kind = excluded.kind, name = excluded.name,
       cadence_us = excluded.cadence_us, expiry_us = excluded.expiry_us, forgotten = false"""

_DEVICE: Final = """
INSERT INTO device VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE
   SET source = excluded.source, name = excluded.name, place = excluded.place, model = excluded.model,
       info = excluded.info"""

_STATUS: Final = """
INSERT INTO status VALUES (%s, %s, %s, %s) ON CONFLICT (device, time_us) DO UPDATE
   SET status = excluded.status, reason = excluded.reason"""

_OUTAGE: Final = """
INSERT INTO outage VALUES (%s, %s, %s) ON CONFLICT (source, from_us) DO UPDATE SET to_us = excluded.to_us"""


async def make_stage(connection: AsyncConnection[Any]) -> None:
    """Make the temporary table of a new connection.

    Args:
        connection: that commits.
    """
    await connection.execute(_STAGE)


def touched_by(readings: list[Reading]) -> set[tuple[int, int]]:
    """Return series and start of each finest bucket that has a reading.

    Args:
        readings: any.
    """
    return {(row[0], row[1] // FINEST_US * FINEST_US) for row in readings}


async def write(
    connection: AsyncConnection[Any],
    records: list[Record],
    rows: list[Reading],
    touched: set[tuple[int, int]],
) -> None:
    """Write records in one transaction; the partitions for them are there.

    Args:
        connection: that commits.
        records: none of which was committed before.
        rows: their readings that are kept.
        touched: what :func:`touched_by` says of those.
    """
    async with connection.transaction(), connection.cursor() as cursor:
        if rows:
            async with cursor.copy("COPY stage FROM STDIN") as copy:
                await copy.write(copied(rows))
            await cursor.execute(_READINGS)
            if cursor.rowcount < len(rows):
                await cursor.execute(_OTHERS)
        series, starts = [key for key, _ in touched], [start_us for _, start_us in touched]
        last = records[-1]
        await cursor.execute("INSERT INTO commits VALUES (%s, %s, %s, %s)", (last.seq, last.time_us, series, starts))
        flown = [(record.time_us, *flown) for record in records for flown in record.flown]
        if flown:
            await cursor.executemany(
                "INSERT INTO guard (time_us, first_us, ids, crcs, times) VALUES (%s, %s, %s, %s, %s)", flown
            )
        for record in records:
            if record.has_news():
                await _write_news(connection, record)


async def _write_news(connection: AsyncConnection[Any], record: Record) -> None:
    """Write devices, series, statuses and outages of one record."""
    devices = [(*map(_cleaned, row[:5]), Json(row.info, dumps=_info)) for row in record.devices]
    told: tuple[tuple[LiteralString, list[tuple[Any, ...]]], ...] = (
        (_DEVICE, devices),
        (_SERIES, [tuple(map(_cleaned, row)) for row in record.series]),
        ("UPDATE series SET forgotten = true WHERE id = %s", [(row.key,) for row in record.forgotten]),
        (_STATUS, [tuple(map(_cleaned, row)) for row in record.statuses]),
        (_OUTAGE, [tuple(row) for row in record.outages]),
    )
    async with connection.cursor() as cursor:
        for statement, rows in told:
            if rows:
                await cursor.executemany(statement, rows)


def _cleaned(column: object) -> object:
    """Return a column that PostgreSQL takes."""
    return clean(column) if isinstance(column, str) else column


def _info(info: dict[str, str]) -> str:
    return json.dumps({clean(key): clean(text) for key, text in info.items()}, ensure_ascii=False)


class Partitions:
    """The native partitions of readings by time, made as they are needed and ahead of time.

    Args:
        width_us: of each; 0 where TimescaleDB makes chunks by itself.
    """

    def __init__(self, width_us: int) -> None:
        self.width_us = width_us
        self._known: set[int] = set()

    async def load(self, connection: AsyncConnection[Any]) -> None:
        """Learn which there are.

        Args:
            connection: any.
        """
        found = await connection.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'reading'::regclass"
        )
        self._known = (
            {int(name.removeprefix("reading_")) for (name,) in await found.fetchall()} if self.width_us else set()
        )

    async def ensure(self, connection: AsyncConnection[Any], starts_us: set[int]) -> None:
        """Make those that are missing for some times.

        They are attached when they are whole: that lets others read and write the rest meanwhile.

        Args:
            connection: in no transaction.
            starts_us: times.
        """
        if not self.width_us:
            return
        for number in sorted({time_us // self.width_us for time_us in starts_us} - self._known):
            name = sql.Identifier(f"reading_{number}")
            start = sql.Literal(number * self.width_us)
            end = sql.Literal((number + 1) * self.width_us)
            async with connection.transaction():
                await connection.execute(sql.SQL("CREATE TABLE {} (LIKE reading INCLUDING ALL)").format(name))
                await connection.execute(
                    sql.SQL("ALTER TABLE reading ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                        name, start, end
                    )
                )
            self._known.add(number)

    async def drop(self, connection: AsyncConnection[Any], before_us: int) -> int:
        """Drop those that end before a time, one at a call; return how many rows went, at least 1 with a partition.

        Args:
            connection: in no transaction.
            before_us: a multiple of their width.
        """
        if not self.width_us:
            found = await connection.execute("SELECT drop_chunks('reading', older_than => %s::bigint)", (before_us,))
            return len(await found.fetchall())
        old = min(self._known, default=before_us)
        if (old + 1) * self.width_us > before_us:
            return 0
        name = sql.Identifier(f"reading_{old}")
        rows: int = await value(connection, sql.SQL("SELECT count(*) FROM {}").format(name))
        await connection.execute(sql.SQL("DROP TABLE {}").format(name))
        self._known.discard(old)
        return max(1, rows)

    def oldest_end_us(self) -> int | None:
        """Return where the oldest one ends, None if there is none."""
        return (min(self._known) + 1) * self.width_us if self._known else None
