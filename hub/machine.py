"""The machine the hub runs on: its data folder, its limits, its garbage collector, its loop."""

from __future__ import annotations

import fcntl
import gc
import os
import resource
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from hub.core.errors import DataDirBusy, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPARE_FILES = 1000
_GC_THRESHOLDS = (10_000, 20, 100)
"""Young objects before a collection. Readings are tuples of atoms, which the first one lets go of; with 50,000 a
collection after a reconnect storm took up to 56 ms."""
_KEY_BYTES = 32


@contextmanager
def data_folder(path: Path) -> Iterator[None]:
    """Make the data folder and keep other hubs out of it, until the block ends or the process dies.

    Args:
        path: the folder.

    Raises:
        DataDirBusy: another hub works in it.
        Unusable: it cannot be made or written to.
    """
    lock = path / "hub.lock"
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise Unusable("data folder", str(path), error.strerror or str(error), "data_dir") from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = os.read(file, 20).decode(errors="replace").strip()
            raise DataDirBusy(path, int(text) if text.isdigit() else 0) from None
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(file)


def session_key(data_dir: Path) -> bytes:
    """Return the key that signs session cookies, made at the first start and kept, so that nobody is signed out.

    Args:
        data_dir: the data folder.

    Raises:
        Unusable: the file can be neither read nor written.
    """
    path = data_dir / "session_key"
    try:
        if path.exists() and len(found := path.read_bytes()) == _KEY_BYTES:
            return found
        made = secrets.token_bytes(_KEY_BYTES)
        path.touch(mode=0o600)
        path.write_bytes(made)
    except OSError as error:
        raise Unusable("session key", str(path), error.strerror or str(error), "data_dir") from None
    return made


def local_zone() -> str:
    """Return the IANA name of this machine's time zone, ``UTC`` if nothing tells it."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named:
        try:
            named = str(Path("/etc/localtime").readlink()).rpartition("zoneinfo/")[2]
        except OSError:
            named = ""
    return named if named in available_timezones() else "UTC"


def raise_file_limit(connections: int) -> str | None:
    """Raise the limit of open files to the hard one; return a sentence if that is too few.

    Args:
        connections: live connections that the settings allow.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY or hard >= connections + _SPARE_FILES:
        return None
    return (
        f"This process may open {hard} files, too few for http.max_connections = {connections}:"
        f" raise the limit (ulimit -n) to {connections + _SPARE_FILES}, or lower the setting."
    )


def calm_garbage_collector() -> None:
    """Have the collector leave alone what lives as long as the process, and look less often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
