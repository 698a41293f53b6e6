"""The machine: what it is, and which of its cores the measured process and everything else run on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

_PACKAGES = ("telemetry-hub", "aiomqtt", "orjson", "paho-mqtt", "uvicorn", "uvloop")


class Cores(NamedTuple):
    """Two sets of cores: what is measured has one of its own."""

    measured: int
    others: tuple[int, ...]

    def __str__(self) -> str:
        """Return the sentence that stands above the table."""
        rest = ", ".join(map(str, self.others))
        return f"what is measured on core {self.measured} alone; broker, load and clients on core {rest}"


def choose_cores() -> Cores:
    """Return the first two cores that this process may use, as on a machine of two; with one, both are that one."""
    mine = sorted(os.sched_getaffinity(0))
    return Cores(mine[0], tuple(mine[1:2]) or (mine[0],))


def facts() -> dict[str, object]:
    """Return what figures depend on: processor, memory, kernel, versions."""
    return {
        "cores": os.cpu_count(),
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.processor(),
        "memory": _field(Path("/proc/meminfo"), "MemTotal"),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": _said("git", "rev-parse", "--short", "HEAD"),
        "mosquitto": _said("mosquitto", "-h").partition("\n")[0],
        "cc": _said("cc", "--version").partition("\n")[0],
        "load_average": [round(share, 2) for share in os.getloadavg()],
    }


def _field(path: Path, name: str) -> str:
    """Return a field of one of the kernel's ``name : value`` files, empty if there is none."""
    lines = path.read_text().splitlines() if path.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _said(*command: str) -> str:
    """Return what a command prints, empty if it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
