"""Polling: when the socket is read.

A quiet socket is read as soon as it has something. A busy one is read every 5 ms instead of at each packet that the
broker writes: everything behind the reader costs per batch, so a few large batches are much cheaper than many small
ones, and nobody sees 5 ms. Reading can pause, then the broker keeps what comes.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

GATHER_S = 0.005
"""How long a busy socket gathers."""
BUSY_READS = 64
"""So many reads in a row…"""
BUSY_S = 0.064
"""…within this time make a socket busy: 1,000 a second."""
IDLE_LOOKS = 3
"""So many looks in a row without anything make it quiet again."""
READS_AT_ONCE = 64
"""Frames or TLS records taken in one go before the loop may do something else."""


class Polling:
    """Reads a socket when there is something to read.

    Args:
        loop: watches the socket.
        read: reads once and returns how many bytes came.
        failed: told what ``read`` raised; the connection is not to be trusted any more.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, read: Callable[[], int], failed: Callable[[Exception], None]
    ) -> None:
        self._loop = loop
        self._read = read
        self._failed = failed
        self._sock: Any = None  # a socket, or paho's wrapper of one
        self._holds_bytes = False
        self._timer: asyncio.TimerHandle | None = None
        self._reads = 0
        self._since_s = 0.0
        self._idle = 0
        self.paused = False

    def start(self, sock: Any) -> None:  # noqa: ANN401 - paho's wrapper of a socket has no type of its own
        """Read a socket from now on.

        Args:
            sock: connected; TLS and WebSocket sockets may hold bytes of which the system does not know.
        """
        self._sock = sock
        self._holds_bytes = isinstance(sock, ssl.SSLSocket) or hasattr(sock, "connected")
        self._watch()

    def stop(self) -> None:
        """Forget the socket; twice is once."""
        if self._sock is not None:
            self._unwatch()
            self._sock = None

    def pause(self) -> None:
        """Read nothing until resumed; twice is once."""
        if self._sock is not None and not self.paused:
            self._unwatch()
            self.paused = True

    def resume(self) -> None:
        """Read again."""
        if self._sock is not None and self.paused:
            self.paused = False
            self._watch()
            self._loop.call_soon(self._readable)  # for bytes of which the system does not know

    def _watch(self) -> None:
        """Have the loop tell when there is something."""
        self._reads, self._since_s = 0, self._loop.time()
        self._loop.add_reader(self._sock.fileno(), self._readable)

    def _unwatch(self) -> None:
        """Neither watch nor look any more."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        elif self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())

    def _take(self) -> int:
        """Read what there is and return how many bytes came; -1 if there may be more."""
        size = self._read()
        if not self._holds_bytes or size == 0:
            return size
        for _ in range(READS_AT_ONCE):
            if self.paused or self._sock is None:
                return size
            more = self._read()
            if more == 0:
                return size
        return -1

    def _readable(self) -> None:
        """Read, and find out whether the socket is busy."""
        if self.paused or self._sock is None or self._timer is not None:
            return
        try:
            more = self._take() < 0
        except Exception as error:  # noqa: BLE001 - told to the owner
            self._failed(error)
            return
        if self._sock is None or self.paused:
            return
        if more:
            self._loop.call_soon(self._readable)
        self._reads += 1
        if self._reads >= BUSY_READS:
            now_s = self._loop.time()
            if now_s - self._since_s < BUSY_S:
                self._unwatch()
                self._idle = 0
                self._timer = self._loop.call_later(GATHER_S, self._look)
            self._reads, self._since_s = 0, now_s

    def _look(self) -> None:
        """Read what was gathered, and find out whether the socket is still busy."""
        try:
            size = self._take()
        except Exception as error:  # noqa: BLE001 - told to the owner
            self._failed(error)
            return
        if self._sock is None or self.paused:
            return
        self._idle = 0 if size else self._idle + 1
        if self._idle >= IDLE_LOOKS:
            self._timer = None
            self._watch()
        else:
            self._timer = self._loop.call_later(0 if size < 0 else GATHER_S, self._look)
