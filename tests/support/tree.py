"""The project's own tree, for the tests that keep it honest."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def committed() -> tuple[Path, ...]:
    """Give every file that git knows or would take in, as a path relative to the root; outside git, every file."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


def text_of(path: Path) -> str | None:
    """Give a file's text, or None if it is binary.

    Args:
        path: Relative to the root.
    """
    content = (ROOT / path).read_bytes()
    return None if b"\0" in content else content.decode(errors="replace")
