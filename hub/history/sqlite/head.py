"""The head: records as they are committed, one row each, until they are settled.

It has a file of its own, so that a commit never waits for settling. A commit is one transaction for all records that
waited, and costs the same whatever the number of their series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from orjson import dumps

from hub.core.raw import Flown
from hub.history.sqlite import schema
from hub.history.sqlite.files import check, checkpoint, connect, migrate, transaction

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from hub.history.model import Record

REMEMBERED_US: Final = 120_000_000
"""How long QoS 1 messages are remembered: longer than a broker needs to deliver again what it saw no answer to."""
_DROP_ROWS: Final = 200
"""Rows deleted in one go, so that a commit that waits does not wait long."""


class Head:
    """The file of what is committed and not settled. Only one thread uses it at a time.

    Args:
        path: the file, made if it is not there.
        fsync: True if a commit survives a loss of power.
        checked: False if it has to be looked at for damage first.

    Raises:
        apsw.Error: it cannot be opened, or is damaged.
        StoreDamaged: it is damaged.
        Unusable: it was written by a newer hub.
    """

    def __init__(self, path: Path, *, fsync: bool, checked: bool) -> None:
        self.path = path
        self._file: apsw.Connection = connect(path, fsync=fsync)
        try:
            if not checked:
                check(self._file)
            migrate(self._file, schema.HEAD, path=path)
        except BaseException:
            self._file.close()
            raise

    def commit(self, records: list[Record]) -> None:
        """Make records durable, all or none; records that are there already stay as they are.

        Args:
            records: in order.
        """
        rows = [
            (
                record.seq,
                record.time_us,
                len(record.readings),
                dumps([reading[:4] for reading in record.readings]).decode(),
                dumps(news_of(record)).decode() if record.has_news() else None,
            )
            for record in records
        ]
        flown = [(record.time_us, *flown) for record in records for flown in record.flown]
        with transaction(self._file):
            self._file.executemany("INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?, ?)", rows)
            self._file.executemany(
                "INSERT INTO guard (time_us, first_us, ids, crcs, times) VALUES (?, ?, ?, ?, ?)", flown
            )

    def drop(self, upto: int) -> bool:
        """Delete some of the records that are settled; return True if there may be more.

        Args:
            upto: number of the newest settled record.
        """
        with transaction(self._file):
            self._file.execute(
                "DELETE FROM head WHERE seq IN (SELECT seq FROM head WHERE seq <= ? ORDER BY seq LIMIT ?)",
                (upto, _DROP_ROWS),
            )
            gone = self._file.changes()
            if gone < _DROP_ROWS:
                self._file.execute(
                    "DELETE FROM guard WHERE time_us < (SELECT max(time_us) FROM guard) - ?", (REMEMBERED_US,)
                )
        if gone < _DROP_ROWS:
            checkpoint(self._file, "main", self.path)
        return gone == _DROP_ROWS

    def last_seq(self) -> int:
        """Return the number of the newest record, 0 if there is none."""
        return int(self._file.execute("SELECT coalesce(max(seq), 0) FROM head").get)

    def last_us(self) -> int:
        """Return the hub's time of the newest record, 0 if there is none."""
        return int(self._file.execute("SELECT coalesce(max(time_us), 0) FROM head").get)

    def flown(self) -> list[Flown]:
        """Return the QoS 1 messages that were recorded lately, oldest first."""
        rows = self._file.execute("SELECT first_us, ids, crcs, times FROM guard ORDER BY id")
        return [Flown(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def news_of(record: Record) -> dict[str, object]:
    """Return what a record holds besides readings, as JSON stores it.

    Args:
        record: the record.
    """
    return {
        "devices": [tuple(row) for row in record.devices],
        "series": [tuple(row) for row in record.series],
        "statuses": [tuple(row) for row in record.statuses],
        "outages": [tuple(row) for row in record.outages],
        "forgotten": [row.key for row in record.forgotten],
    }
