"""``python -m tests.fuzz [--seconds N] [FAMILY …]``: fuzz the decoders, one family of the corpus after the other.

What breaks one is left in ``build/fuzz/FAMILY``, with the command that repeats it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.normalise.corpus import CORPUS, lines_of, payload_of

BOUNDS = ("-timeout=5", "-rss_limit_mb=2048", "-max_len=65536")
"""One input may take five seconds and have 64 KiB; all of them together may take 2 GiB of memory."""


def fuzz(family: str, seconds: int, folder: Path) -> bool:
    """Fuzz one family; return True if nothing broke.

    Args:
        family: a file of the corpus.
        seconds: how long.
        folder: where inputs are kept.
    """
    seeds = folder / "seeds"
    seeds.mkdir(parents=True, exist_ok=True)
    for place, line in enumerate(lines_of(family)):
        (seeds / line["id"]).write_bytes(bytes((place % 256, line["retain"])) + payload_of(line))
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    options = (f"-max_total_time={seconds}", f"-artifact_prefix={folder}/", *BOUNDS)
    command = [sys.executable, "-m", "tests.fuzz.target", family, *options, str(seeds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = done.stderr.splitlines()
    if done.returncode == 0:
        print(f"{family}: {told[-1] if told else 'done'}")  # noqa: T201 - a command
        return True
    (folder / "log.txt").write_text(done.stderr)
    broken = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "log.txt")
    print(f"{family}: FAILED; see {folder}/log.txt")  # noqa: T201
    for path in broken:
        print(f"  again: {sys.executable} -m tests.fuzz.target {family} {path}")  # noqa: T201
    return False


def main() -> int:
    """Fuzz what the command line names; return 1 if anything broke."""
    families = sorted(path.stem for path in CORPUS.glob("*.jsonl"))
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the decoders with atheris.")
    parser.add_argument("--seconds", type=int, default=60, help="for each family (60)")
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="files of the corpus; all by default")
    asked = parser.parse_args()
    for unknown in set(asked.families) - set(families):
        parser.error(f"there is no family {unknown!r}; there are {', '.join(families)}")
    results = [fuzz(family, asked.seconds, Path("build/fuzz") / family) for family in asked.families or families]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
