"""Puts the built dashboard into every distribution of the project: hatchling calls this while it builds.

The build's result lies in ``hub/gateway/static`` and is not kept in git. Where it is missing or older than the sources,
it is built with npm first. Editable installs are left alone: ``make setup`` builds the dashboard for them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "hub/gateway/static"
_NOT_SOURCES = frozenset({"README.md", "dev", "dist", "node_modules", "test-results", "tests"})


class DashboardNotBuiltError(RuntimeError):
    """The dashboard is missing from the tree and could not be built; the text says why and what to do."""


def newest(folder: Path, *, without: frozenset[str] = frozenset()) -> float:
    """Give the latest change time (seconds since 1970) of the files below a folder, 0 if there are none.

    Args:
        folder: Where to look; it may be absent.
        without: Names of entries directly below the folder that do not count.
    """
    if not folder.is_dir():
        return 0.0
    entries = (entry for entry in folder.iterdir() if entry.name not in without)
    files = (file for entry in entries for file in (entry.rglob("*") if entry.is_dir() else (entry,)) if file.is_file())
    return max((file.stat().st_mtime for file in files), default=0.0)


def ensure_built(root: Path) -> None:
    """Build the dashboard unless the built one is there and at least as new as its sources.

    Args:
        root: The project's folder.

    Raises:
        DashboardNotBuiltError: There is no built dashboard, and no sources or no npm to build one, or the build failed.
    """
    index = root / STATIC / "index.html"
    dashboard = root / "dashboard"
    has_sources = (dashboard / "package.json").is_file()
    if index.is_file() and (not has_sources or index.stat().st_mtime >= newest(dashboard, without=_NOT_SOURCES)):
        return
    if not has_sources:
        reason = f"{STATIC} is empty and there are no dashboard sources to build it: take a whole checkout or sdist."
        raise DashboardNotBuiltError(reason)
    npm = shutil.which("npm")
    if npm is None:
        reason = "npm was not found, and the dashboard has to be built first: install Node.js 20.19 or newer."
        raise DashboardNotBuiltError(reason)
    steps = [["run", "--silent", "build"]]
    if not (dashboard / "node_modules").is_dir():
        steps.insert(0, ["install", "--no-save", "--no-audit", "--no-fund"])
    for step in steps:
        if subprocess.run([npm, *step], cwd=dashboard, check=False).returncode:
            reason = f"npm {' '.join(step)} failed in {dashboard}: its own output above says why."
            raise DashboardNotBuiltError(reason)
    if not index.is_file():
        reason = f"The dashboard's build wrote no {STATIC}/index.html."
        raise DashboardNotBuiltError(reason)


class DashboardHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is hatchling's own configuration class
    """The hook that hatchling calls for the wheel and the sdist."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Have the built dashboard in place and include it, although git ignores it.

        Args:
            version: ``editable`` or the kind of the build.
            build_data: What hatchling lets a hook change; ``artifacts`` are included against the ignore file.

        Raises:
            DashboardNotBuiltError: See `ensure_built`.
        """
        if version == "editable":
            return
        ensure_built(Path(self.root))
        build_data["artifacts"].append(f"/{STATIC}/**")
