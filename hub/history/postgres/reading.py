"""Reading: each question in a transaction that sees one moment, so an answer can say up to which record it goes.

Buckets and states that are not settled yet are computed for the one series that is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, LiteralString

from psycopg import IsolationLevel

from hub.history.model import SECOND_US, STEPS_S, Bucket, Outage, Sample, SeriesRow, StatusRow
from hub.history.postgres.settling import CHANGES, FINEST, TURNS
from hub.history.postgres.values import COLUMNS, value_of

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from hub.history.model import SeriesName, Span
    from hub.history.store import SliceRow

SERIES: Final = "SELECT id, device, metric, unit, datatype, kind, name, cadence_us, expiry_us FROM series"
"""Rows of series as history knows them; a condition follows."""

_PICKED: Final[LiteralString] = f"time_us, {COLUMNS}"
_TOUCHED: Final = (
    "touched AS (SELECT %(key)s::bigint AS series, start_us FROM unnest(%(touched)s::bigint[]) AS t(start_us)"
)

_BUCKETS: Final[LiteralString] = f"""
WITH {_TOUCHED}), coarse AS (SELECT DISTINCT start_us / %(step)s * %(step)s AS start_us FROM touched),
parts AS (
SELECT start_us, count, min, max, sum, last FROM rollup
 WHERE series = %(key)s AND step_s = %(step)s / {SECOND_US} AND start_us >= %(from)s AND start_us < %(to)s
   AND start_us NOT IN (SELECT start_us FROM coarse)
UNION ALL
SELECT r.start_us, count, min, max, sum, last FROM coarse c JOIN rollup r
    ON series = %(key)s AND step_s = {STEPS_S[0]} AND r.start_us >= c.start_us AND r.start_us < c.start_us + %(step)s
 WHERE r.start_us NOT IN (SELECT start_us FROM touched)
UNION ALL
SELECT start_us, count, min, max, sum, last FROM ({FINEST}) f)
SELECT start_us / %(width)s * %(width)s, sum(count)::bigint, min(min), max(max), sum(sum),
       (array_agg(last ORDER BY start_us DESC))[1]
  FROM parts WHERE start_us >= %(from)s AND start_us < %(to)s GROUP BY 1 ORDER BY 1"""  # noqa: S608 - constants

_RAW_BUCKETS: Final = """
SELECT time_us / %(width)s * %(width)s, count(*), min(number), max(number), sum(number),
       (array_agg(number ORDER BY time_us DESC, n DESC))[1]
  FROM reading WHERE series = %(key)s AND time_us >= %(from)s AND time_us < %(to)s
   AND number IS NOT NULL AND (quality IS NULL OR left(quality, 3) <> 'bad')
 GROUP BY 1 ORDER BY 1"""

_SAMPLES: Final[LiteralString] = f"""
SELECT {_PICKED} FROM reading WHERE series = %s AND time_us >= %s AND time_us < %s ORDER BY time_us, n LIMIT %s"""  # noqa: S608 - constants

_STATES: Final[LiteralString] = f"""
WITH {_TOUCHED} WHERE EXISTS (SELECT 1 FROM series WHERE id = %(key)s AND datatype NOT IN ('integer', 'float'))),
turn AS ({TURNS}), changed AS ({CHANGES})
SELECT {_PICKED} FROM
       (SELECT time_us, n, {COLUMNS} FROM changed
        UNION ALL
        SELECT time_us, n, {COLUMNS} FROM state s WHERE series = %(key)s AND time_us >= %(from)s AND time_us < %(to)s
           AND NOT EXISTS (SELECT 1 FROM turn t WHERE t.time_us = s.time_us AND t.n = s.n)) a
 WHERE time_us >= %(from)s AND time_us < %(to)s ORDER BY time_us, n LIMIT %(limit)s"""  # noqa: S608 - constants

_MOMENT: Final[LiteralString] = f"""
SELECT k.key, r.* FROM unnest(%(keys)s::bigint[]) AS k(key) CROSS JOIN LATERAL
       (SELECT {_PICKED} FROM reading WHERE series = k.key AND time_us < %(time)s
         ORDER BY time_us DESC, n DESC LIMIT 1) r"""  # noqa: S608 - constants

_OLDER: Final[LiteralString] = f"""
SELECT k.key, r.* FROM unnest(%(keys)s::bigint[]) AS k(key) CROSS JOIN LATERAL
       (SELECT * FROM
          ((SELECT {_PICKED} FROM state WHERE series = k.key AND time_us < %(time)s
             ORDER BY time_us DESC, n DESC LIMIT 1)
           UNION ALL
           (SELECT start_us, last, NULL, NULL, NULL, NULL FROM rollup
             WHERE series = k.key AND step_s = {STEPS_S[1]} AND start_us <= %(time)s - {STEPS_S[1] * SECOND_US}
             ORDER BY start_us DESC LIMIT 1)) q
        ORDER BY time_us DESC LIMIT 1) r"""  # noqa: S608 - constants
"""Of readings that are not kept any more, what their state or bucket says."""


async def one_moment(connection: AsyncConnection[Any]) -> None:
    """Let each transaction of a new connection see one moment, and change nothing.

    Args:
        connection: that reads.
    """
    await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
    await connection.set_read_only(True)


class Reader:
    """Questions to one connection in a transaction.

    Args:
        connection: prepared by :func:`one_moment`.
    """

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    async def _all(self, statement: LiteralString, asked: Any = None) -> list[Any]:  # noqa: ANN401 - parameters
        return await (await self._connection.execute(statement, asked)).fetchall()

    async def buckets(self, key: int, span: Span, *, width_us: int, step_s: int, touched: list[int]) -> list[Bucket]:
        """See :meth:`hub.history.store.Store.buckets`; ``touched`` names the finest buckets to compute anew."""
        asked: dict[str, Any] = {"key": key, "from": span.start_us, "to": span.end_us, "width": width_us}
        asked |= {"step": step_s * SECOND_US, "touched": touched}
        return [Bucket(*row) for row in await self._all(_BUCKETS if step_s else _RAW_BUCKETS, asked)]

    async def samples(self, key: int, span: Span, *, limit: int) -> list[Sample]:
        """See :meth:`hub.history.store.Store.samples`."""
        return [_sample(row) for row in await self._all(_SAMPLES, (key, *span, limit))]

    async def states(self, key: int, span: Span, *, limit: int, touched: list[int]) -> list[Sample]:
        """See :meth:`hub.history.store.Store.states`; ``touched`` names the finest buckets to compute anew."""
        asked = {"key": key, "from": span.start_us, "to": span.end_us, "limit": limit, "touched": touched}
        return [_sample(row) for row in await self._all(_STATES, asked)]

    async def moment(self, keys: list[int], time_us: int) -> dict[int, Sample]:
        """See :meth:`hub.history.store.Store.moment`."""
        found = {row[0]: _sample(row[1:]) for row in await self._all(_MOMENT, {"keys": keys, "time": time_us})}
        missing = [key for key in keys if key not in found]
        if missing:
            rows = await self._all(_OLDER, {"keys": missing, "time": time_us})
            found |= {row[0]: _sample(row[1:]) for row in rows}
        return found

    async def count(self, key: int, span: Span, *, limit: int) -> int:
        """See :meth:`hub.history.store.Store.count`."""
        statement = """SELECT count(*) FROM (SELECT 1 FROM reading WHERE series = %s AND time_us >= %s AND time_us < %s
                                             LIMIT %s) r"""
        return int((await self._all(statement, (key, *span, limit)))[0][0])

    async def page(self, key: int, after: tuple[int, int], end_us: int, *, limit: int) -> list[tuple[int, int, Sample]]:
        """Return readings after one, each with its time and ``n``.

        Args:
            key: the series.
            after: time and ``n`` of the last one of the page before.
            end_us: where to stop.
            limit: most of them.
        """
        statement: LiteralString = (
            f"SELECT n, {_PICKED} FROM reading WHERE series = %s AND (time_us, n) > (%s, %s) AND time_us >= %s"  # noqa: S608 - constants
            " AND time_us < %s ORDER BY time_us, n LIMIT %s"
        )
        rows = await self._all(statement, (key, *after, after[0], end_us, limit))
        return [(row[1], row[0], _sample(row[1:])) for row in rows]

    async def slice(self, ids: list[int], span: Span, *, limit: int) -> list[SliceRow]:
        """See :meth:`hub.history.store.Store.slice`."""
        statement: LiteralString = (
            f"SELECT series, {_PICKED} FROM reading WHERE series = ANY(%s) AND time_us >= %s AND time_us < %s"  # noqa: S608 - constants
            " ORDER BY time_us, series, n LIMIT %s"
        )
        rows = await self._all(statement, (ids, *span, limit))
        return [(row[1], row[0], value_of(*row[2:6]), row[6]) for row in rows]

    async def outages(self, span: Span) -> list[Outage]:
        """See :meth:`hub.history.store.Store.outages`."""
        statement = "SELECT source, from_us, to_us FROM outage WHERE from_us < %s AND to_us > %s ORDER BY from_us"
        return [Outage(*row) for row in await self._all(statement, (span.end_us, span.start_us))]

    async def find(self, name: SeriesName) -> SeriesRow | None:
        """See :meth:`hub.history.store.Store.find`."""
        rows = await self._all(f"{SERIES} WHERE device = %s AND metric = %s", name)
        return SeriesRow(*rows[0]) if rows else None

    async def statuses(self, device: str, span: Span) -> list[StatusRow]:
        """See :meth:`hub.history.store.Store.statuses`."""
        statement = """SELECT * FROM status WHERE device = %(d)s AND time_us < %(to)s AND time_us >= coalesce(
            (SELECT max(time_us) FROM status WHERE device = %(d)s AND time_us < %(from)s), %(from)s) ORDER BY time_us"""
        rows = await self._all(statement, {"d": device, "from": span.start_us, "to": span.end_us})
        return [StatusRow(*row) for row in rows]

    async def slice_statuses(self, devices: list[str], span: Span, *, limit: int) -> list[StatusRow]:
        """See :meth:`hub.history.store.Store.slice_statuses`."""
        statement = """SELECT * FROM status WHERE device = ANY(%s) AND time_us >= %s AND time_us < %s
                        ORDER BY time_us, device LIMIT %s"""
        return [StatusRow(*row) for row in await self._all(statement, (devices, *span, limit))]

    async def moment_statuses(self, devices: list[str], time_us: int) -> list[StatusRow]:
        """See :meth:`hub.history.store.Store.moment_statuses`."""
        statement = """SELECT DISTINCT ON (device) * FROM status WHERE device = ANY(%s) AND time_us < %s
                        ORDER BY device, time_us DESC"""
        return [StatusRow(*row) for row in await self._all(statement, (devices, time_us))]


def _sample(row: tuple[Any, ...]) -> Sample:
    return Sample(row[0], value_of(*row[1:5]), row[5])
