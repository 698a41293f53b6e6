"""What is kept for how long: readings, then buckets and states, by time and by size.

Rows are deleted a few thousand at a time, series after series, so that settling goes on in between. Space that becomes
free is used again; the file does not shrink.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.history.model import SECOND_US, STEPS_S
from hub.history.sqlite.files import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    import apsw

MOST_ROWS: Final = 5_000
"""Rows deleted in one transaction."""
_HOUR_US: Final = 3_600 * SECOND_US
_DAY_US: Final = STEPS_S[-1] * SECOND_US


@dataclass(frozen=True, slots=True)
class Retention:
    """How long history is kept.

    Args:
        raw_us: readings, and their finest buckets; 0 for ever.
        rollup_us: coarser buckets, states, statuses and outages; 0 for ever.
        max_bytes: what the settled file may hold; beyond it the oldest readings go before their time, a day a round, or
            an hour of today. 0 for no limit.
    """

    raw_us: int = 0
    rollup_us: int = 0
    max_bytes: int = 0

    def raw_from_us(self, now_us: int) -> int:
        """Return the time of the oldest readings that are kept: a whole coarsest bucket, so that none is cut in two.

        Args:
            now_us: the hub's time.
        """
        return max(0, now_us - self.raw_us) // _DAY_US * _DAY_US if self.raw_us else 0


class Tidying:
    """Deletes what is kept no longer, a little at a call.

    Args:
        file: a connection that writes ``history.db``.
        retention: what is kept.
    """

    def __init__(self, file: apsw.Connection, retention: Retention) -> None:
        self._file = file
        self._retention = retention
        self._round: Iterator[int] = iter(())
        self._going: int | None = None
        self._raw_us = 0
        self._rollup_us = 0

    def used_bytes(self) -> int:
        """Return what the settled file holds, without the space that is free in it."""
        pages, free, size = (
            self._file.execute(f"PRAGMA main.{name}").get for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def begin(self, now_us: int) -> int:
        """Begin a round over all series; return the time of the oldest readings that are kept from now on.

        Args:
            now_us: the hub's time.
        """
        retention = self._retention
        self._raw_us = retention.raw_from_us(now_us)
        if retention.max_bytes and self.used_bytes() > retention.max_bytes:
            self._raw_us = max(self._raw_us, self._next_cut_us(now_us))
        # What is older than the readings is never computed again: nothing may go before the readings it is made of.
        self._rollup_us = min(now_us - retention.rollup_us, self._raw_us) if retention.rollup_us else 0
        self._round = iter([key for (key,) in self._file.execute("SELECT id FROM main.series ORDER BY id")])
        with transaction(self._file):
            self._file.execute("DELETE FROM main.status WHERE time_us < ?", (self._rollup_us,))
            self._file.execute("DELETE FROM main.outage WHERE to_us < ?", (self._rollup_us,))
        return self._raw_us

    def step(self) -> int:
        """Delete some of what the round has to delete; return how many rows went, 0 at its end."""
        if self._going is None:
            self._going = next(self._round, None)
        gone = 0
        while self._going is not None:
            with transaction(self._file):
                gone += self._delete(self._going, MOST_ROWS - gone)
            if gone >= MOST_ROWS:
                break
            self._going = next(self._round, None)
        return gone

    def _delete(self, key: int, most: int) -> int:
        """Delete the oldest rows of a series that are kept no longer, at most so many."""
        asked: list[tuple[str, str, str, tuple[int, ...], str, int]] = [
            ("reading", "time_us, n", "series = ?", (key,), "time_us", self._raw_us),
            ("state", "time_us, n", "series = ?", (key,), "time_us", self._rollup_us),
        ]
        for step_s in STEPS_S:
            kept_us = self._raw_us if step_s == STEPS_S[0] else self._rollup_us
            asked.append(("rollup", "start_us", "series = ? AND step_s = ?", (key, step_s), "start_us", kept_us))
        gone = 0
        for table, columns, where, values, time, before_us in asked:
            sql = f"""DELETE FROM main.{table} WHERE {where} AND ({columns}) IN
                      (SELECT {columns} FROM main.{table} WHERE {where} AND {time} < ? ORDER BY {columns} LIMIT ?)"""  # noqa: S608 - names above
            self._file.execute(sql, (*values, *values, before_us, most - gone))
            gone += self._file.changes()
        return gone

    def _next_cut_us(self, now_us: int) -> int:
        """Return the end of the oldest day with readings, or of the oldest hour if that day is today."""
        oldest_us = self._oldest_us()
        day_us = (oldest_us // _DAY_US + 1) * _DAY_US
        if day_us <= now_us:
            return day_us
        return min((oldest_us // _HOUR_US + 1) * _HOUR_US, now_us // _HOUR_US * _HOUR_US)

    def _oldest_us(self) -> int:
        """Return the time of the oldest reading of all, 0 if there is none."""
        sql = """SELECT coalesce(min((SELECT min(time_us) FROM main.reading WHERE series = id)), 0) FROM main.series"""
        return int(self._file.execute(sql).get)
