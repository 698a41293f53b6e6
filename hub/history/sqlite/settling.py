"""Settling: committed records become sorted readings, buckets and states, in one transaction.

The work is done by a few SQL statements over the JSON of the head, which run without the interpreter lock. Everything
that follows from readings (buckets, states) is computed anew where readings came in, so late and repeated readings
need no case of their own.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from orjson import dumps, loads

from hub.history.model import SECOND_US, STEPS_S
from hub.history.sqlite import schema
from hub.history.sqlite.files import check, checkpoint, connect, migrate, transaction

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

MOST_READINGS: Final = 1_000_000
"""Readings settled in one transaction, more only where a single record has more. A page is written once a transaction,
so a rest that takes another one costs nearly as much as all before it."""
_CACHE_KIB: Final = 65_536

_NUMBER: Final = "typeof(value) IN ('integer', 'real')"
_USABLE: Final = "(quality IS NULL OR quality NOT LIKE 'bad%')"
_FINEST_US: Final = STEPS_S[0] * SECOND_US

# In what follows CROSS JOIN only says that the small table is walked through: without it, the planner, which does not
# know how small it is, may walk through the large one.

_TEMPORARY: Final = """\
CREATE TEMP TABLE stage (series INTEGER, time_us INTEGER, value, quality TEXT);
CREATE TEMP TABLE touched (series INTEGER, start_us INTEGER, PRIMARY KEY (series, start_us)) WITHOUT ROWID;
CREATE TEMP TABLE coarser (series INTEGER, start_us INTEGER, PRIMARY KEY (series, start_us)) WITHOUT ROWID;
CREATE TEMP TABLE turn (series INTEGER, time_us INTEGER, n INTEGER, PRIMARY KEY (series, time_us, n)) WITHOUT ROWID"""

_STAGE: Final = """
INSERT INTO stage
SELECT json_extract(one.value, '$[0]'), json_extract(one.value, '$[1]'),
       CASE json_type(one.value, '$[2]') WHEN 'true' THEN x'01' WHEN 'false' THEN x'00'
            ELSE json_extract(one.value, '$[2]') END,
       json_extract(one.value, '$[3]')
  FROM head.head, jsonb_each(readings) one WHERE seq > ? AND seq <= ?"""

_READINGS: Final = """
INSERT INTO reading SELECT series, time_us, 0, value, quality FROM stage WHERE true ORDER BY series, time_us, rowid
    ON CONFLICT DO NOTHING"""

_OTHERS: Final = """
INSERT INTO reading
SELECT series, time_us, row_number() OVER (PARTITION BY series, time_us ORDER BY place)
       + (SELECT max(n) FROM reading r WHERE r.series = s.series AND r.time_us = s.time_us), value, quality
  FROM (SELECT series, time_us, value, quality, min(rowid) AS place FROM stage new
         WHERE NOT EXISTS (SELECT 1 FROM reading r WHERE r.series = new.series AND r.time_us = new.time_us
                                                     AND r.value IS new.value)
         GROUP BY series, time_us, value) s"""
"""Readings that differ from one of the same series and time; those that do not are there already."""

_FINEST: Final = f"""
INSERT OR REPLACE INTO rollup
SELECT t.series, {STEPS_S[0]}, t.start_us, count(*), min(value), max(value), total(value),
       (SELECT value FROM reading
         WHERE series = t.series AND time_us >= t.start_us AND time_us < t.start_us + {_FINEST_US}
           AND {_NUMBER} AND {_USABLE} ORDER BY time_us DESC, n DESC LIMIT 1)
  FROM touched t CROSS JOIN reading r ON r.series = t.series AND r.time_us >= t.start_us
                               AND r.time_us < t.start_us + {_FINEST_US}
 WHERE {_NUMBER} AND {_USABLE} GROUP BY t.series, t.start_us"""  # noqa: S608 - constants

_TURNED: Final = f"""
INSERT OR IGNORE INTO turn
SELECT r.series, r.time_us, r.n FROM touched t CROSS JOIN reading r
    ON r.series = t.series AND r.time_us >= t.start_us AND r.time_us < t.start_us + {_FINEST_US}
 WHERE t.series IN (SELECT id FROM series WHERE datatype NOT IN ('integer', 'float'))
UNION ALL
SELECT t.series, time_us, n FROM touched t CROSS JOIN reading r ON r.series = t.series AND (r.time_us, r.n) =
       (SELECT time_us, n FROM reading WHERE series = t.series AND time_us >= t.start_us + {_FINEST_US}
         ORDER BY time_us, n LIMIT 1)
 WHERE t.series IN (SELECT id FROM series WHERE datatype NOT IN ('integer', 'float'))"""  # noqa: S608 - constants
"""Readings that came in, and for each bucket the one after it: they may differ from the one before them now."""

_STATES: Final = """
INSERT INTO state
SELECT r.series, r.time_us, r.n, r.value, r.quality FROM turn t CROSS JOIN reading r
    ON r.series = t.series AND r.time_us = t.time_us AND r.n = t.n
 WHERE r.value IS NOT coalesce(
       (SELECT value FROM reading p WHERE p.series = r.series AND (p.time_us, p.n) < (r.time_us, r.n)
         ORDER BY p.time_us DESC, p.n DESC LIMIT 1),
       (SELECT value FROM state p WHERE p.series = r.series AND (p.time_us, p.n) < (r.time_us, r.n)
         ORDER BY p.time_us DESC, p.n DESC LIMIT 1))"""

_NEWEST: Final = """
UPDATE series SET last_us = r.time_us, last_value = r.value, last_quality = r.quality
  FROM (SELECT DISTINCT series FROM touched) t CROSS JOIN reading r ON r.series = t.series AND (r.time_us, r.n) =
       (SELECT time_us, n FROM reading WHERE series = t.series ORDER BY time_us DESC, n DESC LIMIT 1)
 WHERE id = t.series"""


class Settler:
    """Writes ``history.db``. Only one thread uses it at a time.

    Args:
        path: the file, made if it is not there.
        head: the file of committed records, which is there already.
        fsync: True if what is settled survives a loss of power; the head is only dropped after that.
        checked: False if it has to be looked at for damage first.

    Raises:
        apsw.Error: it cannot be opened, or is damaged.
        StoreDamaged: it is damaged.
        Unusable: it was written by a newer hub.
    """

    def __init__(self, path: Path, head: Path, *, fsync: bool, checked: bool) -> None:
        self._path, self._head = path, head
        self.file: apsw.Connection = connect(path, fsync=fsync)
        try:
            if not checked:
                check(self.file)
            migrate(self.file, schema.SETTLED, path=path)
            self.file.execute(f"PRAGMA cache_size = {-_CACHE_KIB}")
            self.file.execute("ATTACH ? AS head", (str(head),))
            for statement in _TEMPORARY.split(";\n"):
                self.file.execute(statement)
        except BaseException:
            self.file.close()
            raise

    def attach_head(self) -> None:
        """Read the head anew: another file has taken its place."""
        self.file.execute("DETACH head")
        self.file.execute("ATTACH ? AS head", (str(self._head),))

    def settled_seq(self) -> int:
        """Return the number of the newest settled record, 0 if there is none."""
        found = self.file.execute("SELECT value FROM main.meta WHERE key = 'settled_seq'").fetchone()
        return found[0] if found else 0

    def settle(self) -> int:
        """Settle the oldest records that are not, at most :data:`MOST_READINGS`; return the newest one's number."""
        done = self.settled_seq()
        upto = self._upto(done)
        if upto == done:
            return done
        news = self.file.execute(
            "SELECT news FROM head.head WHERE seq > ? AND seq <= ? AND news IS NOT NULL ORDER BY seq", (done, upto)
        ).fetchall()
        try:
            with transaction(self.file):
                for (text,) in news:
                    self._take_news(loads(str(text)))
                self._take_readings(done, upto)
                self.note("settled_seq", upto)
                self.note(
                    "seen_us", self.file.execute("SELECT max(time_us) FROM head.head WHERE seq <= ?", (upto,)).get
                )
        finally:
            for table in ("stage", "touched", "coarser", "turn"):
                self.file.execute(f"DELETE FROM temp.{table}")  # noqa: S608 - named above
        checkpoint(self.file, "main", self._path)
        checkpoint(self.file, "head", self._head)  # most of it; the rest is left to the thread that commits
        return upto

    def note(self, key: str, value: int | str) -> None:
        """Write down a fact about the file.

        Args:
            key: its name.
            value: what is so now.
        """
        self.file.execute("INSERT OR REPLACE INTO main.meta VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _upto(self, done: int) -> int:
        """Return the number of the last record of the next transaction."""
        total = 0
        for seq, n in self.file.execute("SELECT seq, n FROM head.head WHERE seq > ? ORDER BY seq", (done,)):
            total += n
            if total > MOST_READINGS and total > n:
                break
            done = seq
        return done

    def _take_readings(self, done: int, upto: int) -> None:
        """Bring in the readings of some records, and what follows from them."""
        run = self.file.execute
        run(_STAGE, (done, upto))
        staged = self.file.changes() - self._drop_late()
        run(_READINGS)
        if self.file.changes() < staged:
            run(_OTHERS)
        run(f"INSERT INTO touched SELECT DISTINCT series, time_us - time_us % {_FINEST_US} FROM stage")  # noqa: S608
        run(_TURNED)
        run("DELETE FROM state WHERE (series, time_us, n) IN (SELECT series, time_us, n FROM turn)")
        run(_STATES)
        run(_NEWEST)
        run(_FINEST)
        for finer_s, step_s in pairwise(STEPS_S):
            self._take_coarser(finer_s, step_s)

    def _drop_late(self) -> int:
        """Leave out what was taken before its time was past, and return how much: its buckets stay as they are."""
        kept = self.file.execute("SELECT value FROM main.meta WHERE key = 'raw_from_us'").fetchone()
        self.file.execute("DELETE FROM stage WHERE time_us < ?", (kept[0] if kept else 0,))
        return self.file.changes()

    def _take_coarser(self, finer_s: int, step_s: int) -> None:
        """Compute the touched buckets of a step from those of the finer one."""
        run, step_us = self.file.execute, step_s * SECOND_US
        run(f"INSERT INTO coarser SELECT DISTINCT series, start_us - start_us % {step_us} FROM touched")  # noqa: S608
        run("DELETE FROM touched")
        run("INSERT INTO touched SELECT * FROM coarser")
        run("DELETE FROM coarser")
        run(
            f"""INSERT OR REPLACE INTO rollup
                SELECT t.series, {step_s}, t.start_us, sum(count), min(min), max(max), total(sum),
                       (SELECT last FROM rollup WHERE series = t.series AND step_s = {finer_s}
                           AND start_us < t.start_us + {step_us} ORDER BY start_us DESC LIMIT 1)
                  FROM touched t CROSS JOIN rollup r ON r.series = t.series AND r.step_s = {finer_s}
                                              AND r.start_us >= t.start_us AND r.start_us < t.start_us + {step_us}
                 GROUP BY t.series, t.start_us"""  # noqa: S608 - numbers of this module
        )

    def _take_news(self, news: dict[str, list[Any]]) -> None:
        """Bring in devices, series, statuses and outages of one record."""
        run = self.file.executemany
        run(
            "INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?, ?)",
            [(*r[:5], dumps(r[5]).decode()) for r in news["devices"]],
        )
        run(
            """INSERT INTO series (id, device, metric, unit, datatype, kind, name, cadence_us, expiry_us)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET unit = excluded.unit, datatype = excluded.datatype, kind = excluded.kind,
                  name = excluded.name, cadence_us = excluded.cadence_us, expiry_us = excluded.expiry_us,
                  forgotten = 0""",
            news["series"],
        )
        run("UPDATE series SET forgotten = 1 WHERE id = ?", [(key,) for key in news["forgotten"]])
        run("INSERT OR REPLACE INTO status VALUES (?, ?, ?, ?)", news["statuses"])
        run("INSERT OR REPLACE INTO outage VALUES (?, ?, ?)", news["outages"])
