"""Backups: a copy of both files that a hub can start on, taken while another one writes.

The head is copied first: what is settled between the two copies is then in both, which the next start knows by its
number. The other way round it would be in neither.

References:
    https://www.sqlite.org/backup.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw

from hub.core.errors import StoreError
from hub.history.sqlite.files import BUSY_MS, faults
from hub.history.sqlite.opening import HEAD, SETTLED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PAGES: Final = 2_000
"""Pages copied between two reports."""


def back_up(folder: Path, target: Path, moved: Callable[[int, int], None] | None = None) -> int:
    """Copy history into another folder; return the bytes of the copy.

    Args:
        folder: the data folder, in use or not.
        target: made if it is not there; may not hold history yet.
        moved: called with the pages that are copied and that there are, of the file at hand.

    Raises:
        StoreError: there is no history, there is one at the target already, or it cannot be written.
    """
    names = (HEAD, SETTLED)
    for name in names:
        if not (folder / name).exists():
            raise StoreError(f"there is no {name} in {folder}")
        if (target / name).exists():
            raise StoreError(f"{target / name} is there already; a backup never replaces one")
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            partial = target / f"{name}.partial"
            partial.unlink(missing_ok=True)
            with faults():
                _copy(folder / name, partial, moved or _unseen)
        for name in names:
            (target / f"{name}.partial").replace(target / name)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from error
    return sum((target / name).stat().st_size for name in names)


def _unseen(done: int, total: int) -> None:
    """Tell nobody."""


def _copy(source: Path, target: Path, moved: Callable[[int, int], None]) -> None:
    """Copy one file as it is at one moment: a transaction that reads holds it, and nobody who writes waits for that."""
    read, write = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE), apsw.Connection(str(target))
    try:
        read.set_busy_timeout(BUSY_MS)
        write.execute("PRAGMA synchronous = FULL")
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_schema").get  # noqa: B018 - begins to hold the moment
        with write.backup("main", read, "main") as backup:
            while not backup.done:
                backup.step(_PAGES)
                moved(backup.page_count - backup.remaining, backup.page_count)
        read.execute("ROLLBACK")
        write.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself; a hub that starts on it changes that
    finally:
        read.close()
        write.close()
