"""The reasons for which something cannot be read stand on the page about normalisation."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/normalisation.md"
GIVEN_BY = {"Rejection", "_reject"}
NEVER_SHOWN = {"no_datatype"}
"""Sparkplug asks for a rebirth instead."""


def reasons(file: Path) -> set[str]:
    """The reasons that a module gives in so many words."""
    calls = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call) and node.args)
    given = (call.args[0] for call in calls if ast.unparse(call.func).rpartition(".")[2] in GIVEN_BY)
    return {reason.value for reason in given if isinstance(reason, ast.Constant) and isinstance(reason.value, str)}


def test_every_reason_is_documented_and_every_documented_reason_is_given() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", PAGE.read_text().partition("## What cannot be read")[2], re.MULTILINE)
    documented = set(re.findall(r"\w+", " ".join(rows)))
    given = set().union(*(reasons(file) for file in (ROOT / "hub/normalise").rglob("*.py")))
    assert len(given) > 10
    assert given - documented == NEVER_SHOWN
    assert documented <= given
