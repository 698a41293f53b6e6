"""Aliases: a series that was forgotten and comes back has a new key in the catalogue, but the same id in a store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.history.model import Record, SeriesName


class Aliases:
    """Which ids a store has for keys of the catalogue; without an entry they are the same."""

    def __init__(self) -> None:
        self.ids: dict[int, int] = {}
        self._retired: dict[SeriesName, int] = {}

    def retire(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Take in the series of a store that was opened; any of them may come back under another key.

        Args:
            rows: id, device and metric of each.
        """
        self._retired = {(device, metric): key for key, device, metric in rows}

    def id(self, key: int) -> int:
        """Return the id that a series has in the store.

        Args:
            key: in the catalogue.
        """
        return self.ids.get(key, key)

    def own(self, record: Record) -> Record:
        """Return a record that names series by their ids, and remember what it says about them.

        Args:
            record: names series by their keys.
        """
        for row in record.series:
            known = self._retired.pop((row.device, row.metric), row.key)
            if known != row.key:
                self.ids[row.key] = known
        for row in record.forgotten:
            self._retired[row.device, row.metric] = self.id(row.key)
        if not self.ids:
            return record
        ids = self.ids
        return replace(
            record,
            series=[row._replace(key=ids.get(row.key, row.key)) for row in record.series],
            forgotten=[row._replace(key=ids.get(row.key, row.key)) for row in record.forgotten],
            readings=[(ids.get(key, key), *rest) for key, *rest in record.readings],  # type: ignore[misc]  # as before
        )
