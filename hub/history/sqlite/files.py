"""Opening the files of the embedded store: how they are set up, checked, brought up to date, and moved aside.

References:
    https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import apsw

from hub.core.errors import StoreDamaged, StoreError, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BUSY_MS: Final = 10_000
"""Longest wait for another connection of this process: settling never holds a file for longer than its commit."""
LOG_BYTES: Final = 96 * 2**20
"""Length of a write-ahead log from which on it is brought into its file."""
CHECK_S: Final = 20.0
"""Longest check of a file after an unclean end; what was not reached by then is trusted."""
_CHECK_STEPS: Final = 100_000


@contextmanager
def faults() -> Iterator[None]:
    """Let what SQLite raises in a block be a fault of the store.

    Raises:
        StoreDamaged: the file is no database, or broken.
        StoreError: anything else, such as a full disk.
    """
    try:
        yield
    except apsw.Error as error:
        raise fault_of(error) from error


def fault_of(error: apsw.Error) -> StoreError:
    """Return what an error of SQLite means for the store.

    Args:
        error: as it was raised.
    """
    said = str(error).partition(": ")[2] or str(error)
    return StoreDamaged(said) if isinstance(error, apsw.CorruptError | apsw.NotADBError) else StoreError(said)


def connect(path: Path, *, fsync: bool) -> apsw.Connection:
    """Return a connection that writes, in write-ahead mode; made in the thread that uses it, or none at a time.

    Args:
        path: the file, made if it is not there.
        fsync: True if a commit survives a loss of power.
    """
    found = apsw.Connection(str(path))
    found.set_busy_timeout(BUSY_MS)
    try:
        found.execute("PRAGMA journal_mode = WAL")
        found.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
        found.execute("PRAGMA temp_store = MEMORY")
        found.execute("PRAGMA wal_autocheckpoint = 0")  # see :func:`checkpoint`
    except apsw.Error:
        found.close()
        raise
    return found


def connect_reader(path: Path) -> apsw.Connection:
    """Return a connection that only reads, made in the thread that uses it, or none at a time.

    Args:
        path: the file.
    """
    found = apsw.Connection(str(path))
    found.set_busy_timeout(BUSY_MS)
    found.execute("PRAGMA query_only = ON")
    found.execute("PRAGMA temp_store = MEMORY")
    found.execute("PRAGMA mmap_size = 268435456")
    return found


def checkpoint(connection: apsw.Connection, schema: str, path: Path) -> None:
    """Bring what was committed from the write-ahead log into the file, once the log is long.

    A page that changes in several transactions is written to the file once, which is most of what is saved. Only the
    thread that writes a file can empty its log to the end; another one may do most of the work before, side by side.

    Args:
        connection: not in a transaction.
        schema: ``main``, or the name under which the file is attached.
        path: the file.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size >= LOG_BYTES:
        connection.execute(f"PRAGMA {schema}.wal_checkpoint(PASSIVE)")


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Write everything a block does, or nothing.

    Each file is locked as it is written: to begin at once (``IMMEDIATE``) would lock attached ones for writing, too,
    and a commit to the head would wait for the end of a settling.

    Args:
        connection: not in a transaction.
    """
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(apsw.Error):  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


def migrate(connection: apsw.Connection, scripts: Sequence[str], *, path: Path) -> None:
    """Bring a file's schema up to date, one script a version, each in a transaction with its number.

    Args:
        connection: to the file.
        scripts: all there ever were; the n-th makes version n of version n − 1.
        path: the file, for messages.

    Raises:
        Unusable: the file was written by a newer hub.
    """
    version = connection.execute("PRAGMA user_version").get
    if version > len(scripts):
        why = f"it was written by a newer hub: its schema is version {version}, this one knows {len(scripts)}"
        raise Unusable("history", str(path), why, "data_dir")
    for number, script in enumerate(scripts[version:], version + 1):
        with transaction(connection):
            for statement in script.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def check(connection: apsw.Connection) -> None:
    """Look whether a file is whole, for at most :data:`CHECK_S`.

    Args:
        connection: to the file.

    Raises:
        StoreDamaged: it is not; what is wrong is its reason.
    """
    end_s = time.monotonic() + CHECK_S
    connection.set_progress_handler(lambda: time.monotonic() > end_s, _CHECK_STEPS)
    try:
        found = connection.execute("PRAGMA quick_check(1)").get
    except apsw.InterruptError:
        return
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise StoreDamaged(found)


def is_damaged(path: Path) -> bool:
    """Return True if a file is there and is damaged, as far as that is found within :data:`CHECK_S`.

    Args:
        path: the file.
    """
    if not path.exists():
        return False
    try:
        file = connect_reader(path)
        try:
            check(file)
        finally:
            file.close()
    except StoreDamaged:
        return True
    except apsw.Error as error:
        return isinstance(fault_of(error), StoreDamaged)
    return False


def move_aside(path: Path) -> Path:
    """Rename a damaged file and what belongs to it; return its new name, which tells when.

    Args:
        path: the file; no connection to it is open.

    Raises:
        StoreError: it cannot be renamed.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    try:
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise StoreError(f"{path} is damaged and cannot be moved aside: {error.strerror or error}") from error
    return aside
