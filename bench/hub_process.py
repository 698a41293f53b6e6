"""The hub as its users run it: ``hub run`` in a process of its own, told apart only by settings."""

from __future__ import annotations

import re
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Self

from bench.errors import BenchError
from bench.process import HOST, Process, Usage, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

LIVE_PATH = "/api/v1/live"
SUBPROTOCOL = "hub.v1.json"

_SAMPLE = re.compile(r"^(hub_\w+)(?:\{[^}]*\})? ([-+.\deE]+|NaN)$", re.MULTILINE)


class HubProcess:
    """A running hub, as a context.

    Args:
        broker: the broker's URL.
        folder: for its data and log.
        cores: where it may run.
        settings: further ``HUB_…`` variables.
    """

    def __init__(
        self, broker: str, folder: Path, cores: Sequence[int], settings: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self._cores = cores
        self._log = folder / "hub.log"
        self._env = {
            "HUB_MQTT__URL": broker,
            "HUB_HTTP__PORT": str(self.port),
            "HUB_DATA_DIR": str(folder / "data"),
            "HUB_HISTORY__URL": "none",  # what history costs has rows of its own
            **(settings or {}),
        }
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        if isinstance(error, BenchError):
            error.add_note(f"The hub said:\n{self._log.read_text(errors='replace')[-2000:]}")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._running.popen.pid

    def start(self) -> None:
        """Start it; return once it has subscribed at the broker and answers.

        Raises:
            PeerFailed: it ended, or needed more than 20 s.
        """
        command = (sys.executable, "-m", "hub", "run")
        process = self._process = Process(command, cores=self._cores, log=self._log, env=self._env)
        try:
            process.wait_until(self._is_ready, "it is ready")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def usage(self) -> Usage:
        """Return what it has taken of core and memory."""
        return self._running.usage()

    def metrics(self) -> dict[str, float]:
        """Return its own counters and gauges by name; those with labels summed up."""
        found: dict[str, float] = {}
        for name, value in _SAMPLE.findall(self._get("/metrics")):
            found[name] = found.get(name, 0.0) + float(value)
        return found

    @property
    def _running(self) -> Process:
        assert self._process is not None, "the hub is not running"
        return self._process

    def _is_ready(self) -> bool:
        try:
            self._get("/readyz")
        except OSError:
            return False
        return True

    def _get(self, path: str) -> str:
        url = f"http://{HOST}:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())
