"""Importing: a file's readings, posted chunk by chunk to a running hub, which answers once each is durable.

The place behind the last durable chunk stands in a small file beside it, so an import that was stopped in any way goes
on from there. A chunk that is sent twice counts once, because its readings have times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.transfer.files import chunks, format_of, length_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hub.transfer.link import Link

MOST_TOLD: Final = 20
"""Rows whose fault is told."""


@dataclass(slots=True)
class Imported:
    """What became of a file.

    Args:
        accepted: readings.
        rejected: readings, or whole rows.
        faults: the first of what was rejected, for people.
        began: place where it went on, 0 for the beginning.
    """

    accepted: int = 0
    rejected: int = 0
    faults: list[str] = field(default_factory=list)
    began: int = 0

    def add(self, answer: dict[str, Any], rows: int) -> None:
        """Count what the hub said to a chunk.

        Args:
            answer: of ``POST /api/v1/readings``.
            rows: in the chunk.
        """
        self.accepted += answer["accepted"]
        self.rejected += rows if answer["rejected"] is None else answer["rejected"]
        told = [f"{error['field']}: {error['message']}" for error in answer["errors"]]
        if "detail" in answer:
            told.append(answer["detail"])
        self.faults += told[: MOST_TOLD - len(self.faults)]


class Place:
    """Where an import is, kept in a file.

    Args:
        path: the small file.
        source: the file that is imported; a place in another one, or in one that changed since, means nothing.
    """

    def __init__(self, path: Path, source: Path) -> None:
        self._path = path
        stat = source.stat()
        self._of = [source.name, stat.st_size, stat.st_mtime_ns]

    def read(self) -> int:
        """Return the place, 0 if there is none."""
        try:
            found = orjson.loads(self._path.read_bytes())
            return int(found["place"]) if found["of"] == self._of else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def write(self, place: int) -> None:
        """Keep a place; the file is whole at any time.

        Args:
            place: as :class:`hub.transfer.files.Chunk` tells it.
        """
        partial = self._path.with_name(self._path.name + ".partial")
        partial.write_bytes(orjson.dumps({"of": self._of, "place": place}))
        partial.replace(self._path)

    def forget(self) -> None:
        """Remove the file: the import is done."""
        self._path.unlink(missing_ok=True)


def import_file(
    link: Link,
    path: Path,
    *,
    written: str = "",
    place_file: Path | None = None,
    params: dict[str, str] | None = None,
    moved: Callable[[int, int], None] | None = None,
) -> Imported:
    """Post a file's readings; return what became of them.

    Args:
        link: to the hub.
        path: the file.
        written: its format, empty for its name's ending.
        place_file: keeps the place; beside the file if none is given.
        params: of line protocol: ``precision`` and ``device``.
        moved: called with the place after each chunk, and with where the file ends.

    Raises:
        TransferError: the file cannot be read, or the hub does not take it; the place is kept.
    """
    written = format_of(path, written)
    length = length_of(path, written)
    place = Place(place_file or path.with_name(path.name + ".place"), path)
    done = Imported(began=place.read())
    tell = moved or _unseen
    tell(done.began, length)
    for chunk in chunks(path, written, done.began):
        if chunk.body.strip():
            done.add(link.post(chunk.body, chunk.kind, params or {}), chunk.body.count(b"\n"))
        place.write(chunk.place)
        tell(chunk.place, length)
    place.forget()
    return done


def _unseen(place: int, length: int) -> None:
    """Tell nobody."""
