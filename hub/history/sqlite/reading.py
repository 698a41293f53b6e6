"""Reading settled history: each answer comes from one moment, and says up to which record it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from hub.history.model import SECOND_US, STEPS_S, Bucket, Outage, Sample, SeriesRow, Span, StatusRow
from hub.history.sqlite import slicing
from hub.history.sqlite.files import connect_reader
from hub.history.store import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import apsw

    from hub.core.model import Value
    from hub.history.store import SliceRow

T = TypeVar("T")

_SERIES: Final = "id, device, metric, unit, datatype, kind, name, cadence_us, expiry_us"
_GOOD_NUMBER: Final = "typeof(value) IN ('integer', 'real') AND (quality IS NULL OR quality NOT LIKE 'bad%')"
_KEPT_US: Final = STEPS_S[1] * SECOND_US
"""Width of the finest buckets that outlive the readings."""

_BUCKETS: Final = """
SELECT g.start_us, g.count, g.min, g.max, g.sum, r.last
  FROM (SELECT start_us - start_us % :width AS start_us, sum(count) AS count, min(min) AS min, max(max) AS max,
               total(sum) AS sum, max(start_us) AS newest
          FROM rollup WHERE series = :key AND step_s = :step AND start_us >= :from AND start_us < :to
         GROUP BY start_us - start_us % :width) g
  JOIN rollup r ON r.series = :key AND r.step_s = :step AND r.start_us = g.newest ORDER BY g.start_us"""

_RAW_BUCKETS: Final = f"""
SELECT g.start_us, g.count, g.min, g.max, g.sum,
       (SELECT value FROM reading WHERE series = :key AND time_us = g.newest AND {_GOOD_NUMBER} ORDER BY n DESC LIMIT 1)
  FROM (SELECT time_us - time_us % :width AS start_us, count(*) AS count, min(value) AS min, max(value) AS max,
               total(value) AS sum, max(time_us) AS newest
          FROM reading WHERE series = :key AND time_us >= :from AND time_us < :to AND {_GOOD_NUMBER}
         GROUP BY time_us - time_us % :width) g ORDER BY g.start_us"""  # noqa: S608 - constants

_BEFORE: Final = """
SELECT time_us, value, quality FROM {table} WHERE series = ? AND time_us < ? ORDER BY time_us DESC, n DESC LIMIT 1"""

_BEFORE_BUCKET: Final = f"""
SELECT start_us, last, NULL FROM rollup WHERE series = ? AND step_s = {STEPS_S[1]} AND start_us <= ? - {_KEPT_US}
 ORDER BY start_us DESC LIMIT 1"""  # noqa: S608 - constants

_LISTED: Final = """
SELECT time_us, value, quality FROM {table} WHERE series = ? AND time_us >= ? AND time_us < ?
 ORDER BY time_us, n LIMIT ?"""


def value_of(stored: Any) -> Value:  # noqa: ANN401 - whatever SQLite holds
    """Return a value as it was before it was stored.

    Args:
        stored: a number, a text, or a boolean's blob.
    """
    return stored == b"\x01" if type(stored) is bytes else stored


def _sample(row: tuple[int, Any, str | None]) -> Sample:
    return Sample(row[0], value_of(row[1]), row[2])


class Reader:
    """One connection that reads. Only one thread uses it at a time.

    Args:
        path: ``history.db``.
    """

    def __init__(self, path: Path) -> None:
        self._file: apsw.Connection = connect_reader(path)

    def answer(self, ask: Callable[[Reader], T]) -> Answer[T]:
        """Return what a question finds and up to which record, both from the same moment.

        Args:
            ask: calls the methods below.
        """
        self._file.execute("BEGIN")
        try:
            seq = self._file.execute("SELECT value FROM meta WHERE key = 'settled_seq'").fetchone()
            return Answer(ask(self), seq[0] if seq else 0)
        finally:
            self._file.execute("ROLLBACK")

    def buckets(self, key: int, span: Span, *, width_us: int, step_s: int) -> list[Bucket]:
        """See :meth:`hub.history.store.Store.buckets`."""
        asked = {"key": key, "from": span.start_us, "to": span.end_us, "width": width_us, "step": step_s}
        return [Bucket(*row) for row in self._file.execute(_BUCKETS if step_s else _RAW_BUCKETS, asked)]

    def samples(self, key: int, span: Span, *, limit: int, table: str = "reading") -> list[Sample]:
        """Return readings, oldest first.

        Args:
            key: the series.
            span: whose.
            limit: most of them.
            table: ``reading``, or ``state`` for those that differ from the one before.
        """
        rows = self._file.execute(_LISTED.format(table=table), (key, *span, limit))
        return [_sample(row) for row in rows]

    def before(self, key: int, time_us: int) -> Sample | None:
        """Return the newest reading before a time; of one that is not kept any more, what its bucket or state says."""
        run = self._file.execute
        found = run(_BEFORE.format(table="reading"), (key, time_us)).fetchone()
        if found is None:
            older = (_BEFORE.format(table="state"), _BEFORE_BUCKET)
            rows = [row for sql in older if (row := run(sql, (key, time_us)).fetchone()) is not None]
            found = max(rows, key=lambda row: row[0], default=None)
        return None if found is None else _sample(found)

    def count(self, key: int, span: Span, *, limit: int) -> int:
        """Return how many readings there are, at most ``limit``."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM reading WHERE series = ? AND time_us >= ? AND time_us < ? LIMIT ?)"
        return int(self._file.execute(sql, (key, *span, limit)).get)

    def page(
        self, key: int, after: tuple[int, int], end_us: int, *, limit: int
    ) -> list[tuple[int, int, Any, str | None]]:
        """Return readings after one, each with its ``n``: ``(time, n, value, quality)``.

        Args:
            key: the series.
            after: time and ``n`` of the last one of the page before.
            end_us: where to stop.
            limit: most of them.
        """
        sql = """SELECT time_us, n, value, quality FROM reading
                  WHERE series = ? AND (time_us, n) > (?, ?) AND time_us < ? ORDER BY time_us, n LIMIT ?"""
        rows: list[Any] = self._file.execute(sql, (key, *after, end_us, limit)).fetchall()
        return rows

    def outages(self, span: Span) -> list[Outage]:
        """Return the outages that touch a span, oldest first."""
        sql = "SELECT source, from_us, to_us FROM outage WHERE from_us < ? AND to_us > ? ORDER BY from_us"
        return [Outage(*row) for row in self._file.execute(sql, (span.end_us, span.start_us))]

    def statuses(self, device: str, span: Span) -> list[StatusRow]:
        """Return the statuses of a device in a span and the last one before it, oldest first."""
        sql = """SELECT * FROM status WHERE device = ? AND time_us < ? AND time_us >= coalesce(
                 (SELECT max(time_us) FROM status WHERE device = ? AND time_us < ?), ?) ORDER BY time_us"""
        rows = self._file.execute(sql, (device, span.end_us, device, span.start_us, span.start_us))
        return [StatusRow(*row) for row in rows]

    def slice(self, ids: list[int], span: Span, *, limit: int) -> list[SliceRow]:
        """See :func:`hub.history.sqlite.slicing.readings`."""
        return slicing.readings(self._file, ids, span, limit=limit)

    def slice_statuses(self, devices: list[str], span: Span, *, limit: int) -> list[StatusRow]:
        """See :func:`hub.history.sqlite.slicing.statuses`."""
        return slicing.statuses(self._file, devices, span, limit=limit)

    def moment_statuses(self, devices: list[str], time_us: int) -> list[StatusRow]:
        """See :func:`hub.history.sqlite.slicing.last_statuses`."""
        return slicing.last_statuses(self._file, devices, time_us)

    def find(self, device: str, metric: str) -> SeriesRow | None:
        """Return a series by name."""
        sql = f"SELECT {_SERIES} FROM series WHERE device = ? AND metric = ?"  # noqa: S608 - a constant
        row = self._file.execute(sql, (device, metric)).fetchone()
        return None if row is None else SeriesRow(*row)

    def interrupt(self) -> None:
        """End what the connection does now, with an error; from any thread."""
        self._file.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
