"""A real PostgreSQL for tests: a cluster of its own on a socket in a temporary folder, as a user that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg

_PORT = 5432  # names the socket only: nothing listens on the network


def _user() -> tuple[list[str], int, int]:
    """Give how a program is started as a user that PostgreSQL accepts, and that user's ids."""
    if os.getuid() != 0:
        return [], os.getuid(), os.getgid()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"], *entry[2:4]
    message = "PostgreSQL does not run as root, and there is no user postgres or nobody"
    raise RuntimeError(message)


@dataclass
class Postgres:
    """A cluster.

    Args:
        programs: folder of ``initdb`` and ``pg_ctl``.
        settings: lines for ``postgresql.conf``.
    """

    programs: Path
    settings: tuple[str, ...] = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hub-pg-"))  # a socket's path is short
        self._as, user, group = _user()
        os.chown(self.folder, user, group)
        self._numbers = count(1)
        self._run("initdb", "--auth=trust", "--username=hub", "--encoding=UTF8", "--no-locale", "--no-sync")
        with (self.folder / "data/postgresql.conf").open("a") as file:
            lines = ("listen_addresses = ''", f"unix_socket_directories = '{self.folder}'", f"port = {_PORT}")
            file.write("\n".join((*lines, "max_connections = 60", "shared_buffers = 64MB", *self.settings)) + "\n")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, str(self.programs / program), "-D", str(self.folder / "data"), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}")

    def start(self) -> None:
        """Start it, and return once it accepts connections."""
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self.folder / "log"))

    def stop(self) -> None:
        """Stop it at once; every connection breaks."""
        self._run("pg_ctl", "stop", "--mode=fast", "--silent", "--wait")

    def remove(self) -> None:
        """Stop it if it runs, and delete all of it."""
        try:
            if (self.folder / "data/postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Give the URL of a database."""
        return f"postgresql://hub@/{database}?host={quote(str(self.folder), safe='')}&port={_PORT}"

    def fresh(self) -> str:
        """Make a database and give its URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)
