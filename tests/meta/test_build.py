"""Distributions hold the built dashboard, and building says in one sentence what it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from scripts.build_dashboard import STATIC, DashboardNotBuiltError, ensure_built
from tests.support.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BEFORE_US, AFTER_US = 1_000_000_000_000_000, 1_700_000_000_000_000


def write(path: Path, text: str, *, changed_us: int = BEFORE_US) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, ns=(changed_us * 1000, changed_us * 1000))


def give_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program named npm first on the search path, so that a test sees what is asked of it."""
    program = folder / "bin" / "npm"
    write(program, f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give what a distribution is built from, with a built dashboard of two files."""
    tree = tmp_path / "tree"
    ignore = shutil.ignore_patterns("__pycache__", "static")
    for folder in ("hub", "simulators"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "scripts/build_dashboard.py"):
        write(tree / name, (ROOT / name).read_text())
    write(tree / STATIC / "index.html", "<!doctype html>")
    write(tree / STATIC / "assets" / "page.js", "export {}")
    return tree


def build(tree: Path, kind: str) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", "out"],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = (tree / "out").iterdir()
    return made


def test_a_wheel_holds_the_dashboard_although_git_ignores_it(tree: Path) -> None:
    with zipfile.ZipFile(build(tree, "wheel")) as wheel:
        names = set(wheel.namelist())
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "hub = hub.cli:main" in wheel.read(entry_points).decode()
    assert {f"{STATIC}/index.html", f"{STATIC}/assets/page.js", "hub/py.typed", "simulators/__init__.py"} <= names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"hub", "simulators"}


def test_an_sdist_holds_the_dashboard_so_that_installing_it_needs_no_node(tree: Path) -> None:
    with tarfile.open(build(tree, "sdist")) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames()}
    assert {f"{STATIC}/index.html", "scripts/build_dashboard.py", "hub/py.typed"} <= names


def test_a_dashboard_newer_than_its_sources_is_taken_as_it_is(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tree / "dashboard" / "package.json", "{}")
    write(tree / STATIC / "index.html", "as it was", changed_us=AFTER_US)
    give_npm(tmp_path, monkeypatch, "exit 1")
    ensure_built(tree)
    assert (tree / STATIC / "index.html").read_text() == "as it was"


def test_a_dashboard_older_than_its_sources_is_built_anew(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tree / "dashboard" / "package.json", "{}")
    write(tree / "dashboard" / "src" / "main.ts", "", changed_us=AFTER_US)
    give_npm(tmp_path, monkeypatch, f'echo "$@" >> {tmp_path}/asked; echo built > ../{STATIC}/index.html')
    ensure_built(tree)
    assert (tmp_path / "asked").read_text().splitlines() == [
        "install --no-save --no-audit --no-fund",
        "run --silent build",
    ]
    assert (tree / STATIC / "index.html").read_text() == "built\n"


def test_neither_built_nor_sources_is_one_sentence(tree: Path) -> None:
    shutil.rmtree(tree / STATIC)
    with pytest.raises(DashboardNotBuiltError, match="there are no dashboard sources to build it"):
        ensure_built(tree)


def test_sources_without_npm_are_one_sentence(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(tree / STATIC)
    write(tree / "dashboard" / "package.json", "{}")
    monkeypatch.setenv("PATH", str(tree))
    with pytest.raises(DashboardNotBuiltError, match="npm was not found"):
        ensure_built(tree)


def test_a_failing_build_is_one_sentence(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(tree / STATIC)
    write(tree / "dashboard" / "package.json", "{}")
    give_npm(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(DashboardNotBuiltError, match=r"npm install .* failed in"):
        ensure_built(tree)


def test_a_build_that_writes_nothing_is_one_sentence(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tree / STATIC)
    write(tree / "dashboard" / "package.json", "{}")
    give_npm(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(DashboardNotBuiltError, match="wrote no"):
        ensure_built(tree)
