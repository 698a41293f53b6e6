"""Pages that ask for the system's typeface are drawn with Inter in tests, so that pictures are the same everywhere."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """<!doctype html>
<span style="font:40px system-ui">Ratio agQ 1</span>
<span style="font:40px Inter">Ratio agQ 1</span>
<span style="font:40px monospace">Ratio agQ 1</span><p></p><script>
document.querySelector("p").textContent = [...document.querySelectorAll("span")].map((s) => s.offsetWidth).join(" ");
</script>"""


def test_system_ui_is_inter_in_the_tests_browser(chromium_path: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    quiet = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
    done = subprocess.run(
        [
            *(chromium_path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", *quiet),
            *(f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r"<p>(\d+) (\d+) (\d+)</p>", done.stdout)
    assert found, done.stdout
    system_ui, inter, monospace = map(int, found.groups())
    assert system_ui == inter
    assert monospace != inter
