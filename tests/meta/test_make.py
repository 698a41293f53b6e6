"""The task runner explains itself, and what the documents tell a reader to type is there."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.support.tree import ROOT, committed

TARGETS = ("help", "setup", "demo", "run", "test", "check", "fix", "bench", "fuzz", "docs", "clean")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # A make that runs these tests hands its own flags down, which are not meant for this one.
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    listed = dict(re.findall(r"^  make (\w+) +(\S.+)$", make().stdout, re.MULTILINE))
    assert tuple(listed) == TARGETS


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("PYTHON=no-such-python", "python-version"),
            "Python 3.11 or newer is needed, and 'no-such-python' was not found",
        ),
        (("PYTHON=false", "python-version"), "Python 3.11 or newer is needed, and 'false' is"),
        (("NODE=no-such-node", "node-version"), "Node.js 20.19 or newer with npm is needed"),
        (("NODE=false", "node-version"), "Node.js 20.19 or newer is needed to build the dashboard, and 'false' is"),
    ],
)
def test_a_missing_or_old_interpreter_is_said_in_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = make("--silent", *arguments)
    assert done.returncode != 0
    assert done.stderr.startswith(sentence)


def test_the_documents_name_only_targets_that_exist() -> None:
    named = {
        (str(path), target)
        for path in committed()
        if path.suffix == ".md"
        for target in re.findall(r"(?:^|`|\n)make ([a-z]+)\b", (ROOT / path).read_text())
    }
    assert named
    assert [(page, target) for page, target in named if target not in TARGETS] == []


def test_ci_runs_the_gate_and_the_readmes_test_command() -> None:
    script = (ROOT / ".ci/run").read_text()
    readme = (ROOT / "README.md").read_text()
    assert re.search(r"^make check </dev/null", script, re.MULTILINE)
    assert re.search(r"^make test </dev/null", script, re.MULTILINE)
    assert re.search(r"^make test\b", readme, re.MULTILINE)
    assert "CI=true" in script
