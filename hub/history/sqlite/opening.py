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
from hub.history.sqlite.files import connect, fault_of, move_aside, transaction
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
    head_path, settled_path = folder / HEAD, folder / SETTLED
    faults: list[str] = []
    clean_us = _closed_us(settled_path)
    clean = clean_us is not None
    head = _sound(head_path, faults, lambda checked: Head(head_path, fsync=fsync, checked=checked), checked=clean)
    settler = _sound(
        settled_path,
        faults,
        lambda checked: Settler(settled_path, head_path, fsync=fsync, checked=checked),
        checked=clean,
    )
    try:
        restored = _bring_together(head, settler)
    except apsw.Error as error:
        raise Unusable("history", str(settled_path), str(error), "data_dir") from error
    restored.clean = clean and not faults
    restored.seen_us = max(restored.seen_us, clean_us or 0)
    restored.fault = " ".join(faults)
    return Files(head, settler, restored)


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
