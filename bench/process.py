"""Processes: started on their cores, ended by their ids whatever happens, with what they took of core and memory."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from bench.errors import PeerFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"

_TICKS_HZ = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STOP_S = 8.0
_LOOK_S = 0.02


class Usage(NamedTuple):
    """What a process has taken so far."""

    at_s: float
    cpu_s: float
    waited_s: float
    """For how long it could have worked and was not let: another process had its core."""
    rss_bytes: int

    def cpu_since(self, before: Usage) -> float:
        """Return the CPU seconds taken since.

        Args:
            before: an earlier reading of the same process.
        """
        return self.cpu_s - before.cpu_s

    def share_since(self, before: Usage) -> float:
        """Return the share of one core taken since, 0…1 for a process with one busy thread.

        Args:
            before: an earlier reading of the same process.
        """
        return self.cpu_since(before) / (self.at_s - before.at_s)

    def wait_since(self, before: Usage) -> float:
        """Return the share of the time since in which it waited for its core, 0…1.

        Args:
            before: an earlier reading of the same process.
        """
        return (self.waited_s - before.waited_s) / (self.at_s - before.at_s)


class Process:
    """A program on given cores, as a context: ended when it is left.

    Args:
        command: the program and its arguments.
        cores: where it may run.
        log: takes what it prints; for a pipe leave it out and read ``popen.stdout``.
        env: variables besides this process's own.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cores: Sequence[int],
        log: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = Path(command[0]).name
        self._log = log
        pinned = ["taskset", "--cpu-list", ",".join(map(str, cores)), *map(str, command)]
        sink = log.open("wb") if log else None
        try:
            self.popen = subprocess.Popen(
                pinned,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE,
                stdout=sink or subprocess.PIPE,
                stderr=sink,
                text=True,
            )
        finally:
            if sink:
                sink.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End it: first politely, after 8 s at once. Twice is once."""
        popen = self.popen
        if popen.poll() is None:
            popen.terminate()
            try:
                popen.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait()
        for stream in (popen.stdin, popen.stdout):
            if stream and not stream.closed:
                stream.close()

    def usage(self) -> Usage:
        """Return what it has taken so far, all its threads together."""
        kernel = Path(f"/proc/{self.popen.pid}")
        fields = (kernel / "stat").read_text().rpartition(")")[2].split()
        waited_ns = int((kernel / "schedstat").read_text().split()[1])
        cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS_HZ
        return Usage(time.monotonic(), cpu_s, waited_ns / 1e9, int(fields[21]) * _PAGE_BYTES)

    def wait_until(self, holds: Callable[[], bool], what: str, timeout_s: float = 20.0) -> None:
        """Wait until something holds.

        Args:
            holds: asked every 20 ms.
            what: what is waited for, for the message.
            timeout_s: how long at most.

        Raises:
            PeerFailed: it ended first, or the time is over.
        """
        deadline_s = time.monotonic() + timeout_s
        while not holds():
            if self.popen.poll() is not None:
                raise PeerFailed(self.name, f"ended with {self.popen.returncode} before {what}", self._printed())
            if time.monotonic() > deadline_s:
                raise PeerFailed(self.name, f"took more than {timeout_s:.0f} s for {what}", self._printed())
            time.sleep(_LOOK_S)

    def _printed(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log else ""


def free_port() -> int:
    """Return a TCP port of the loopback address on which nothing listened a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Return True if something accepts connections on a port of the loopback address.

    Args:
        port: 1…65535.
    """
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
