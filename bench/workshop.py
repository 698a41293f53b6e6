"""The workshop: a folder outside the tree where what a benchmark needs is compiled and installed once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench.errors import PeerFailed, PeerMissing

NODE_RED = "4.1.15"
"""Node-RED for Node 20; pinned, so that ratios of different days compare."""

_SOURCES = Path(__file__).resolve().parent
_FLAGS = ("-O2", "-Wall", "-Wextra")
_INSTALL_S = 600.0


def folder() -> Path:
    """Return the folder, made if need be: ``telemetry-hub-bench`` in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    made = Path(cache) / "telemetry-hub-bench"
    made.mkdir(parents=True, exist_ok=True)
    return made


def compiled(name: str) -> Path:
    """Return a program of this folder's C sources, compiled if its source is newer.

    Args:
        name: the source's name without its suffix.

    Raises:
        PeerMissing: there is no C compiler.
        PeerFailed: it does not compile.
    """
    source, program = _SOURCES / f"{name}.c", folder() / name
    if program.is_file() and program.stat().st_mtime > source.stat().st_mtime:
        return program
    if shutil.which("cc") is None:
        raise PeerMissing("cc", "with Debian's gcc")
    fresh = program.with_suffix(f".{os.getpid()}")
    _run("cc", *_FLAGS, "-o", str(fresh), str(source))
    fresh.replace(program)
    return program


def node_red() -> Path:
    """Return Node-RED's program, installed from npm at the first call.

    Raises:
        PeerMissing: there is no npm.
        PeerFailed: it cannot be installed.
    """
    home = folder() / f"node-red-{NODE_RED}"
    program = home / "node_modules" / "node-red" / "red.js"
    if program.is_file():
        return program
    if shutil.which("npm") is None:
        raise PeerMissing("npm", "with Node.js 20 or later")
    print(f"Installing Node-RED {NODE_RED} into {home} …", flush=True)
    home.mkdir(parents=True, exist_ok=True)
    _run(
        "npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "--no-package-lock", "--omit=optional",
        "--ignore-scripts", f"node-red@{NODE_RED}",
    )  # fmt: skip
    return program


def program(name: str, source: str) -> str:
    """Return the path of an installed program.

    Args:
        name: the program.
        source: where it comes from, for the message.

    Raises:
        PeerMissing: it is not there.
    """
    sbin = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    found = shutil.which(name, path=sbin)
    if found is None:
        raise PeerMissing(name, source)
    return found


def _run(*command: str) -> None:
    """Run a command to its end.

    Raises:
        PeerFailed: it failed; the text holds what it printed.
    """
    done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
    if done.returncode:
        raise PeerFailed(command[0], f"ended with {done.returncode}", done.stdout + done.stderr)
