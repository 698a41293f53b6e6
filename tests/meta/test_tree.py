"""What is committed is ours, small, and says nothing of the machine it was written on."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.tree import ROOT, committed, text_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 600 * 1024

# Spelled in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w./-])(?:/wo" + r"rk|/r" + r"oot|/ho" + r"me/[a-z]\w*|/Us" + r"ers/\w+)(?:/|\b)")
REGISTRIES = re.compile(
    r"registry\.npmjs\." + r"org|files\.python" + r"hosted|pypi\." + r"org/simple|(?:deb|security)\.debian\." + r"org",
    re.IGNORECASE,
)
LOCKS = ("constraints.txt", "dashboard/package-lock.json", "pyproject.toml", "dashboard/package.json")


def texts() -> list[tuple[Path, str]]:
    return [(path, text) for path in committed() if (text := text_of(path)) is not None]


def hits(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found[0]}"
        for path, text in texts()
        for found in pattern.finditer(text)
    ]


def test_no_file_holds_a_path_of_someones_machine() -> None:
    found = [hit for hit in hits(MACHINE_PATHS) if not hit.startswith("tests/corpus/")]  # there they are topics
    assert found == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert hits(REGISTRIES) == []


def test_no_file_is_large() -> None:
    large = {str(path): size for path in committed() if (size := (ROOT / path).stat().st_size) > MOST_BYTES}
    assert large == {}


@pytest.mark.parametrize("name", LOCKS)
def test_a_pin_holds_no_download_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert re.findall(r'"resolved"|index-url|find-links|\w+ @ \S+|(?:file|git\+\w+)://\S+', text) == []


def test_the_npm_lock_names_packages_by_version_and_hash_only() -> None:
    packages = json.loads((ROOT / "dashboard/package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name and not package.get("link")}
    assert fetched
    assert [name for name, package in fetched.items() if "version" not in package] == []
    assert [name for name, package in fetched.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "://" in json.dumps(package)] == []


def test_the_npm_lock_has_the_versions_that_the_package_asks_for() -> None:
    asked = json.loads((ROOT / "dashboard/package.json").read_text())
    locked = json.loads((ROOT / "dashboard/package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies"):
        assert locked[""].get(kind) == asked.get(kind)
        for name, version in asked.get(kind, {}).items():
            assert locked[f"node_modules/{name}"]["version"] == version, name


def test_no_shell_script_lost_its_executable_bit() -> None:
    scripts = [path for path, text in texts() if text.startswith("#!") and path.suffix in {"", ".sh"}]
    assert scripts
    assert [str(path) for path in scripts if not (ROOT / path).stat().st_mode & 0o100] == []


def test_every_text_file_ends_with_one_newline() -> None:
    kinds = {".py", ".md", ".toml", ".yml", ".ts", ".tsx", ".css", ".conf"}
    wrong = [str(path) for path, text in texts() if path.suffix in kinds and text and not re.search(r"\S\n\Z", text)]
    assert wrong == []
