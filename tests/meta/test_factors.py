"""The table of unit factors is what pint says, and nothing of the hub needs pint to run."""

from __future__ import annotations

import subprocess
import sys

from scripts import generate_factors


def test_the_committed_table_is_what_the_script_writes() -> None:
    assert generate_factors.TABLE.read_text(encoding="utf-8") == generate_factors.table()


def test_the_hub_starts_without_pint() -> None:
    code = "import sys, hub.app, hub.core.conversion; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
