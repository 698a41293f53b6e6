"""What is kept for how long: readings go by whole partitions, buckets and states some thousand rows at a time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, LiteralString, NamedTuple

from hub.history.model import STEPS_S
from hub.history.postgres.facts import note, value
from hub.history.postgres.schema import DAY_US

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from hub.history.postgres.committing import Partitions

MOST_ROWS: Final = 5_000
"""Rows deleted in one statement."""
_SERIES: Final = 500
"""Series that one statement looks at."""

_ROLLUPS: Final = """
DELETE FROM rollup WHERE ctid = ANY (ARRAY (
  SELECT r.ctid FROM unnest(%s::bigint[]) AS k(key) CROSS JOIN LATERAL
         (SELECT ctid FROM rollup WHERE series = k.key AND step_s = %s AND start_us < %s LIMIT %s) r LIMIT %s))"""
_STATES: Final = """
DELETE FROM state WHERE ctid = ANY (ARRAY (
  SELECT r.ctid FROM unnest(%s::bigint[]) AS k(key) CROSS JOIN LATERAL
         (SELECT ctid FROM state WHERE series = k.key AND time_us < %s LIMIT %s) r LIMIT %s))"""


class Kept(NamedTuple):
    """How long history is kept.

    Args:
        raw_us: readings, and their finest buckets; 0 for ever.
        rollup_us: coarser buckets, states, statuses and outages; 0 for ever.
        max_bytes: what the store may take; beyond it the oldest partition goes before its time, once it is past; none
            does with TimescaleDB. 0 for no limit.
    """

    raw_us: int = 0
    rollup_us: int = 0
    max_bytes: int = 0


async def size_bytes(connection: AsyncConnection[Any]) -> int:
    """Return what readings, buckets and states take on disk, indexes included.

    Args:
        connection: any.
    """
    found: int | None = await value(
        connection,
        """SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE oid IN (
             SELECT 'rollup'::regclass UNION ALL SELECT 'state'::regclass UNION ALL SELECT 'reading'::regclass
             UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = 'reading'::regclass)""",
    )
    return found or 0


class Tidying:
    """Deletes what is kept no longer, a little at a call.

    Args:
        kept: what is kept.
        partitions: of the readings.
    """

    def __init__(self, kept: Kept, partitions: Partitions) -> None:
        self._kept = kept
        self._partitions = partitions
        self._left: deque[tuple[LiteralString, tuple[Any, ...]]] = deque()  # without bound: one entry for 500 series
        self._raw_us = 0

    async def begin(self, connection: AsyncConnection[Any], now_us: int, raw_from_us: int) -> int:
        """Begin a round; return the time of the oldest readings that are kept from now on.

        Args:
            connection: in no transaction.
            now_us: the hub's time.
            raw_from_us: the answer of the round before.
        """
        kept, width_us = self._kept, self._partitions.width_us or DAY_US
        self._raw_us = max(raw_from_us, (now_us - kept.raw_us) // width_us * width_us if kept.raw_us else 0)
        if kept.max_bytes and await size_bytes(connection) > kept.max_bytes:
            oldest_us = self._partitions.oldest_end_us()
            if oldest_us is not None and oldest_us <= now_us:
                self._raw_us = max(self._raw_us, oldest_us)
        # What is older than the readings is never computed again: nothing may go before the readings it is made of.
        rollup_us = min(now_us - kept.rollup_us, self._raw_us) if kept.rollup_us else 0
        async with connection.transaction():
            await connection.execute("DELETE FROM status WHERE time_us < %s", (rollup_us,))
            await connection.execute("DELETE FROM outage WHERE to_us < %s", (rollup_us,))
            await note(connection, "raw_from_us", self._raw_us)
        await self._partitions.ensure(connection, {now_us, now_us + width_us})
        found = await connection.execute("SELECT id FROM series ORDER BY id")
        keys = [key for (key,) in await found.fetchall()]
        self._left.clear()
        for first in range(0, len(keys), _SERIES):
            some = keys[first : first + _SERIES]
            for step_s in STEPS_S:
                before_us = self._raw_us if step_s == STEPS_S[0] else rollup_us
                self._left.append((_ROLLUPS, (some, step_s, before_us, MOST_ROWS, MOST_ROWS)))
            self._left.append((_STATES, (some, rollup_us, MOST_ROWS, MOST_ROWS)))
        return self._raw_us

    async def step(self, connection: AsyncConnection[Any]) -> int:
        """Delete some of what the round has to delete; return how many rows went, 0 at its end.

        Args:
            connection: in no transaction.
        """
        gone = await self._partitions.drop(connection, self._raw_us)
        while not gone and self._left:
            statement, asked = self._left[0]
            gone = (await connection.execute(statement, asked)).rowcount
            if gone < MOST_ROWS:
                self._left.popleft()
        return gone
