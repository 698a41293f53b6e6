"""A real hub: the command ``hub run`` in a process of its own, on free ports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

START_S = 30.0
STOP_S = 10.0
ROOT = Path(__file__).parent.parent.parent
_READY = re.compile(r"ready: (http://\S+)")


@dataclass
class HubProcess:
    """One hub.

    Args:
        folder: its data folder.
        settings: environment variables by key, without ``HUB_``.
    """

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    base: str = ""
    lines: list[str] = field(default_factory=list)

    def start(self) -> HubProcess:
        """Start it and wait until it is ready."""
        self._ready = threading.Event()
        self._process = spawn(self.folder, self.settings)
        self._reader = threading.Thread(target=self._read, name="hub output", daemon=True)
        self._reader.start()
        assert self._ready.wait(START_S), "\n".join(self.lines)
        assert self.base, "\n".join(self.lines)
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, with nothing done any more, and wait for that."""
        self._process.kill()
        self._process.wait()
        self._close()

    def wait(self) -> int:
        """Return its exit code once it has ended."""
        code = self._process.wait(STOP_S)
        self._close()
        return code

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        self._reader.join(STOP_S)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
            found = _READY.search(line)
            if found:
                self.base = found[1]
                self._ready.set()
        self._ready.set()


def spawn(folder: Path, settings: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start ``hub`` with a command, ``run`` if none is given."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HUB_")}
    environment |= {"HUB_DATA_DIR": str(folder), "HUB_HTTP__PORT": "0", "HUB_BROKER__PORT": "0"}
    environment |= {f"HUB_{key.upper().replace('.', '__')}": value for key, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "hub", *(arguments or ("run",))],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class StartHub:
    """Starts hubs of one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.started: list[HubProcess] = []

    def __call__(self, **settings: str) -> HubProcess:
        """Start a hub; settings by key with ``__`` for the dot, as ``mqtt__url="…"``."""
        folder = self._folder / f"hub-{len(self.started)}"
        folder.mkdir()
        hub = HubProcess(folder, {key.replace("__", "."): value for key, value in settings.items()})
        self.started.append(hub)
        return hub.start()


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[StartHub]:
    """Starts real hubs and ends them with the test."""
    start = StartHub(tmp_path)
    yield start
    for hub in start.started:
        hub.stop()
