"""What waits for its commit: records with what to acknowledge then, bounded by their readings.

Over its bound the oldest readings go that nobody was told are safe, nor is to be told; they are counted. Records that
bring news (names, statuses, outages) stay.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hub.core.meters import Counter
    from hub.core.raw import Receipt
    from hub.history.model import Record

SHED: Final = 0.9
"""The share of its bound to which what waits is brought down at once, so that this is not done for every batch."""


class Entry(NamedTuple):
    """A record that waits.

    Args:
        record: the record.
        receipts: what to acknowledge once it is durable.
        owed: True if its messages were acknowledged before, so that its readings may not be dropped.
    """

    record: Record
    receipts: Sequence[Receipt] = ()
    owed: bool = False


class Waiting:
    """A queue of records, oldest first.

    Args:
        bound: most readings; policy when full: the oldest that are owed to nobody go.
        shed: counts them.
    """

    def __init__(self, *, bound: int, shed: Counter) -> None:
        self._bound = bound
        self._shed = shed
        self._entries: deque[Entry] = deque()
        self.readings = 0
        """Readings that wait, those of a group that was taken included until :meth:`done`."""

    def __len__(self) -> int:
        """Return how many records wait."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Yield them, oldest first."""
        return iter(self._entries)

    def __reversed__(self) -> Iterator[Entry]:
        """Yield them, newest first."""
        return reversed(self._entries)

    def append(self, entry: Entry) -> None:
        """Let a record wait.

        Args:
            entry: newer than all others.
        """
        self._entries.append(entry)
        self.readings += len(entry.record.readings)
        if self.readings > self._bound:
            self._shed_oldest()

    def put_in_front(self, entries: Sequence[Entry]) -> None:
        """Let older records wait.

        Args:
            entries: oldest first.
        """
        self._entries.extendleft(reversed(entries))
        self.readings += sum(len(entry.record.readings) for entry in entries)

    def take(self, most: int) -> list[Entry]:
        """Return the oldest records, which wait no longer, up to so many readings or one record.

        Args:
            most: readings.
        """
        group: list[Entry] = []
        readings = 0
        while self._entries and readings < most:
            group.append(self._entries.popleft())
            readings += len(group[-1].record.readings)
        return group

    def give_back(self, group: Iterable[Entry]) -> None:
        """Let records wait on that were taken.

        Args:
            group: as it was taken.
        """
        self._entries.extendleft(reversed(list(group)))

    def done(self, readings: int) -> None:
        """Count readings no longer that were taken.

        Args:
            readings: how many.
        """
        self.readings -= readings

    def _shed_oldest(self) -> None:
        """Bring the readings down to a share of the bound, as far as that is allowed."""
        kept: deque[Entry] = deque()
        for entry in self._entries:
            record = entry.record
            if self.readings > self._bound * SHED and record.readings and not (entry.receipts or entry.owed):
                self._shed.n += len(record.readings)
                self.readings -= len(record.readings)
                record.readings = []
                if not record.has_news():
                    continue
            kept.append(entry)
        self._entries = kept
