"""Settling: buckets and states of what was committed are computed anew from the readings, in one transaction.

The same statements serve questions that come before: whoever asks is given what a settling would write.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, LiteralString

from psycopg import IsolationLevel, sql

from hub.history.model import SECOND_US, STEPS_S
from hub.history.postgres.committing import FINEST_US
from hub.history.postgres.facts import committed, facts, note
from hub.history.postgres.values import COLUMNS, same

if TYPE_CHECKING:
    from psycopg import AsyncConnection

REMEMBERED_US: Final = 120_000_000
"""How long QoS 1 messages are remembered: longer than a broker needs to deliver again what it saw no answer to."""

FINEST: Final[LiteralString] = f"""
SELECT t.series, t.start_us, a.* FROM touched t CROSS JOIN LATERAL
       (SELECT count(*) AS count, min(number) AS min, max(number) AS max, sum(number) AS sum,
               (array_agg(number ORDER BY time_us DESC, n DESC))[1] AS last
          FROM reading r WHERE r.series = t.series AND r.time_us >= t.start_us AND r.time_us < t.start_us + {FINEST_US}
           AND number IS NOT NULL AND (quality IS NULL OR left(quality, 3) <> 'bad')) a
 WHERE a.count > 0"""  # noqa: S608 - constants
"""Finest buckets of a relation ``touched`` of series and starts."""

TURNS: Final[LiteralString] = f"""
SELECT r.series, r.time_us, r.n, {COLUMNS} FROM touched t JOIN reading r
    ON r.series = t.series AND r.time_us >= t.start_us AND r.time_us < t.start_us + {FINEST_US}
UNION
SELECT t.series, r.time_us, r.n, {COLUMNS} FROM touched t CROSS JOIN LATERAL
       (SELECT * FROM reading WHERE series = t.series AND time_us >= t.start_us + {FINEST_US}
         ORDER BY time_us, n LIMIT 1) r"""  # noqa: S608 - constants
"""Readings that came in, and for each bucket the one after it: they may differ from the one before them now."""

CHANGES: Final[LiteralString] = f"""
SELECT r.* FROM turn r LEFT JOIN LATERAL
       (SELECT * FROM
          ((SELECT 0 AS place, {COLUMNS} FROM reading p
             WHERE p.series = r.series AND (p.time_us, p.n) < (r.time_us, r.n) ORDER BY time_us DESC, n DESC LIMIT 1)
           UNION ALL
           (SELECT 1, {COLUMNS} FROM state p
             WHERE p.series = r.series AND (p.time_us, p.n) < (r.time_us, r.n) ORDER BY time_us DESC, n DESC LIMIT 1)) q
        ORDER BY place LIMIT 1) before ON true
 WHERE before.place IS NULL OR NOT {same("r", "before")}"""  # noqa: S608 - constants
"""Those of a relation ``turn`` that differ."""

_UPSERT: Final = """
ON CONFLICT (series, step_s, start_us) DO UPDATE
   SET count = excluded.count, min = excluded.min, max = excluded.max, sum = excluded.sum, last = excluded.last"""

_COARSER: Final = """
INSERT INTO rollup
SELECT t.series, {step}, t.start_us, a.* FROM (SELECT DISTINCT series, start_us / {width} * {width} AS start_us
                                                FROM touched) t CROSS JOIN LATERAL
       (SELECT sum(count) AS count, min(min), max(max), sum(sum), (array_agg(last ORDER BY start_us DESC))[1]
          FROM rollup r WHERE r.series = t.series AND r.step_s = {finer} AND r.start_us >= t.start_us
                          AND r.start_us < t.start_us + {width}) a
 WHERE a.count > 0"""

_TEMPORARY: Final = """\
CREATE TEMP TABLE touched (series bigint, start_us bigint) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE turn (series bigint, time_us bigint, n integer, number double precision, whole bigint, words text,
                        truth boolean, quality text) ON COMMIT DELETE ROWS"""


async def make_tables(connection: AsyncConnection[Any]) -> None:
    """Make the temporary tables of a new connection, and let each of its transactions see one moment.

    Args:
        connection: that settles.
    """
    for statement in _TEMPORARY.split(";\n"):
        await connection.execute(sql.SQL(statement))
    await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)


async def settle(connection: AsyncConnection[Any]) -> int:
    """Bring buckets and states up to what is committed; return the number of the newest record among it.

    Args:
        connection: that settles, in no transaction.
    """
    async with connection.transaction():
        run = connection.execute
        told, upto = await facts(connection), await committed(connection)
        done = told.get("settled_seq", 0)
        if upto == done:
            return upto
        await run(
            """INSERT INTO touched
               SELECT DISTINCT t.* FROM commits c, unnest(c.series, c.starts) AS t (series, start_us)
                WHERE c.seq > %s
                  AND start_us >= %s""",
            (done, told.get("raw_from_us", 0)),
        )
        await run("ANALYZE touched")
        await run(
            sql.SQL("INSERT INTO rollup SELECT series, {}, start_us, count, min, max, sum, last FROM ({}) f {}").format(
                sql.Literal(STEPS_S[0]), sql.SQL(FINEST), sql.SQL(_UPSERT)
            )
        )
        for finer_s, step_s in pairwise(STEPS_S):
            await run(
                sql.SQL(_COARSER + _UPSERT).format(
                    step=sql.Literal(step_s), width=sql.Literal(step_s * SECOND_US), finer=sql.Literal(finer_s)
                )
            )
        await _settle_states(connection)
        await note(connection, "settled_seq", upto)
        await run("DELETE FROM commits WHERE seq < %s", (upto,))
        await run("DELETE FROM guard WHERE time_us < (SELECT max(time_us) FROM guard) - %s", (REMEMBERED_US,))
    return upto


async def _settle_states(connection: AsyncConnection[Any]) -> None:
    """Compute which readings of series that are no numbers differ from the one before."""
    run = connection.execute
    await run(
        "DELETE FROM touched WHERE series NOT IN (SELECT id FROM series WHERE datatype NOT IN ('integer', 'float'))"
    )
    await run(sql.SQL("INSERT INTO turn {}").format(sql.SQL(TURNS)))
    await run("DELETE FROM state s USING turn t WHERE s.series = t.series AND s.time_us = t.time_us AND s.n = t.n")
    await run(sql.SQL("INSERT INTO state {}").format(sql.SQL(CHANGES)))
