"""Unsettled records by the time of their readings, for those who ask for many spans one after the other.

A minute of a busy hub is tens of thousands of records. They are looked at once, when they come, and found by the
minutes that their readings lie in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from hub.history.model import Record, Span, StatusRow
    from hub.history.writer import HistoryWriter

MINUTE_US: Final = 60_000_000
WIDE: Final = 10
"""Minutes from which on the readings of a record count as spread over all time."""


class _Entry(NamedTuple):
    record: Record
    first_us: int
    last_us: int


class Unsettled:
    """The records that a writer has in memory.

    Args:
        writer: has them.
    """

    def __init__(self, writer: HistoryWriter) -> None:
        self._writer = writer
        self._newest = 0
        self._let_go = 0
        self._by_minute: dict[int, list[_Entry]] = {}
        self._wide: list[_Entry] = []
        self._statuses: list[tuple[int, StatusRow]] = []

    @property
    def newest(self) -> int:
        """Number of the newest record."""
        self._follow()
        return self._newest

    def touching(self, span: Span, after: int) -> list[Record]:
        """Return the records with readings about a span, in order; some of them may have none in it.

        Args:
            span: when.
            after: number of a record; only later ones are wanted.
        """
        self._follow()
        first, last = span.start_us // MINUTE_US, (span.end_us - 1) // MINUTE_US
        few = last - first < len(self._by_minute)
        minutes = range(first, last + 1) if few else [one for one in self._by_minute if first <= one <= last]
        found = {
            entry.record.seq: entry.record
            for entries in (self._wide, *(self._by_minute.get(minute, ()) for minute in minutes))
            for entry in entries
            if entry.record.seq > after and entry.first_us < span.end_us and entry.last_us >= span.start_us
        }
        return [found[seq] for seq in sorted(found)]

    def statuses(self, devices: set[str], span: Span, after: int) -> list[StatusRow]:
        """Return the statuses of some devices in a span, in the order in which they came.

        Args:
            devices: their ids.
            span: when.
            after: number of a record; only those of later ones are wanted.
        """
        self._follow()
        return [
            row
            for seq, row in self._statuses
            if seq > after and row.device in devices and span.start_us <= row.time_us < span.end_us
        ]

    def _follow(self) -> None:
        """Let go of what the writer has let go of, and look at what came since the last time."""
        if self._let_go < self._writer.let_go:
            self._let_go = self._writer.let_go
            self._forget(self._let_go)
        self._take_new()

    def _forget(self, upto: int) -> None:
        """Let go of records up to one; those handed out stay with whoever has them."""
        for minute, entries in list(self._by_minute.items()):
            kept = [entry for entry in entries if entry.record.seq > upto]
            if kept:
                self._by_minute[minute] = kept
            else:
                del self._by_minute[minute]
        self._wide = [entry for entry in self._wide if entry.record.seq > upto]
        self._statuses = [(seq, row) for seq, row in self._statuses if seq > upto]

    def _take_new(self) -> None:
        """Look at new records."""
        for record in self._writer.unsettled(self._newest):
            self._newest = record.seq
            self._statuses += [(record.seq, row) for row in record.statuses]
            if not record.readings:
                continue
            times = [reading[1] for reading in record.readings]
            entry = _Entry(record, min(times), max(times))
            first, last = entry.first_us // MINUTE_US, entry.last_us // MINUTE_US
            if last - first >= WIDE:
                self._wide.append(entry)
                continue
            for minute in range(first, last + 1):
                self._by_minute.setdefault(minute, []).append(entry)
