"""Opening the embedded store: both files checked and brought together, and what they know of the world before.

A damaged file is moved aside, never repaired and never deleted; what can still be read of its names is taken over.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

import apsw
from orjson import loads

from hub.core.errors import StoreDamaged, StoreError, Unusable
from hub.history.model import DeviceRow, Restored, Sample, SeriesRow
from hub.history.sqlite.files import connect, fault_of, is_damaged, move_aside, transaction
from hub.history.sqlite.head import Head
from hub.history.sqlite.reading import value_of
from hub.history.sqlite.settling import Settler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
log = logging.getLogger("hub.history")

HEAD: Final = "head.db"
SETTLED: Final = "history.db"
_MOST_RENEWED: Final = 2
"""Files moved aside at one start; a disk that damages the new ones, too, is no place for history."""


@dataclass(slots=True)
class Files:
    """The two open files.

    Args:
        head: of what is committed.
        settler: of what is settled.
        restored: what they know.
    """

    head: Head
    settler: Settler
    restored: Restored = field(default_factory=Restored)


def open_files(folder: Path, *, fsync: bool) -> Files:
    """Open both files, settle what a process before this one left, and read what they know.

    Args:
        folder: the data folder.
        fsync: True if commits survive a loss of power.

    Raises:
        Unusable: a file cannot be opened, or was written by a newer hub.
    """
    faults: list[str] = []
    clean_us = _closed_us(folder / SETTLED)
    checked = clean_us is not None
    while True:
        files = _open_both(folder, faults, fsync=fsync, checked=checked)
        try:
            files.restored = _bring_together(files.head, files.settler)
            break
        except apsw.Error as error:
            files.settler.close()
            files.head.close()
            if not isinstance(fault_of(error), StoreDamaged) or len(faults) > _MOST_RENEWED:
                raise Unusable("history", str(folder / SETTLED), str(error), "data_dir") from error
        # Damaged all the same: an end in order says nothing of what a disk did since.
        name, checked = HEAD if is_damaged(folder / HEAD) else SETTLED, False
        made, told = renew(folder / name, _maker(folder, name, fsync=fsync))
        made.close()
        faults.append(told)
    files.restored.clean = checked and not faults
    files.restored.seen_us = max(files.restored.seen_us, clean_us or 0)
    files.restored.fault = " ".join(faults)
    return files


def _open_both(folder: Path, faults: list[str], *, fsync: bool, checked: bool) -> Files:
    """Open both files, new ones in the place of damaged ones, which are added to the faults."""
    head = _sound(folder / HEAD, faults, _maker(folder, HEAD, fsync=fsync), checked=checked)
    settler = _sound(folder / SETTLED, faults, _maker(folder, SETTLED, fsync=fsync), checked=checked)
    assert isinstance(head, Head)  # noqa: S101 - by its name
    assert isinstance(settler, Settler)  # noqa: S101 - likewise
    return Files(head, settler)


def _maker(folder: Path, name: str, *, fsync: bool) -> Callable[[bool], Head | Settler]:
    """Return what opens the file of a name, given whether it is known to be whole."""
    if name == HEAD:
        return lambda checked: Head(folder / HEAD, fsync=fsync, checked=checked)
    return lambda checked: Settler(folder / SETTLED, folder / HEAD, fsync=fsync, checked=checked)


def renew(path: Path, make: Callable[[bool], T]) -> tuple[T, str]:
    """Move a file aside that turned out to be damaged, and make a new one.

    Args:
        path: the file; no connection to it is open.
        make: makes the new one.

    Returns:
        The new one, and what was done, for people.
    """
    aside = move_aside(path)
    told = f"{path.name} was damaged; it was moved aside to {aside.name}, and a new one was begun."
    log.error("%s", told)
    made = make(True)
    if isinstance(made, Settler):
        _salvage(made, aside)
    return made, told


def _sound(path: Path, faults: list[str], make: Callable[[bool], T], *, checked: bool) -> T:
    """Return an open file, a new one in its place if it is damaged."""
    try:
        try:
            return make(checked or not path.exists())
        except apsw.Error as error:
            fault = fault_of(error)
            if not isinstance(fault, StoreDamaged):
                raise fault from error
        except StoreDamaged:
            pass
        made, told = renew(path, make)
    except (StoreError, apsw.Error, OSError) as error:
        raise Unusable("history", str(path), str(error), "data_dir") from error
    faults.append(told)
    return made


def _closed_us(path: Path) -> int | None:
    """Return when the process before closed the file in order, None if it did not or the file cannot be read."""
    if not path.exists():
        return 0
    try:
        file = connect(path, fsync=False)
        try:
            found = file.execute("SELECT value FROM meta WHERE key = 'closed_us'").fetchone()
        finally:
            file.close()
    except apsw.Error:
        return None
    return found[0] if found else None


def _bring_together(head: Head, settler: Settler) -> Restored:
    """Settle everything, and return what is known then."""
    last_us = head.last_us()
    while settler.settle() < head.last_seq():
        pass
    settled = settler.settled_seq()
    while head.drop(settled):
        pass
    file = settler.file
    seen = file.execute("SELECT value FROM main.meta WHERE key = 'seen_us'").fetchone()
    restored = Restored(seq=settled, flown=head.flown(), seen_us=max(last_us, seen[0] if seen else 0))
    restored.greatest_key = file.execute(
        "SELECT max(coalesce((SELECT max(id) FROM series), 0), coalesce((SELECT max(series) FROM reading), 0))"
    ).get
    rows = file.execute(
        """SELECT id, device, metric, unit, datatype, kind, name, cadence_us, expiry_us,
                  last_us, last_value, last_quality FROM series WHERE NOT forgotten ORDER BY id"""
    )
    for row in rows:
        newest = None if row[9] is None else Sample(row[9], value_of(row[10]), row[11])
        restored.series.append((SeriesRow(*row[:9]), newest))
    needed = {row.device for row, _ in restored.series}
    for name, *told, info in file.execute("SELECT id, source, name, place, model, info FROM device"):
        if name in needed:
            restored.devices.append(DeviceRow._make((name, *told, loads(info))))
    file.execute("DELETE FROM main.meta WHERE key = 'closed_us'")
    return restored


def _salvage(settler: Settler, aside: Path) -> None:
    """Take over the names of devices and series from a damaged file, if they can still be read."""
    file = settler.file
    try:
        file.execute("ATTACH ? AS damaged", (str(aside),))
    except apsw.Error as error:
        log.warning("nothing could be read of %s: %s", aside.name, error)
        return
    for table in ("device", "series"):
        try:
            with transaction(file):
                file.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM damaged.{table}")  # noqa: S608 - constants
        except apsw.Error as error:
            log.warning("the names in table %s of %s could not be read: %s", table, aside.name, error)
    file.execute("DETACH damaged")
