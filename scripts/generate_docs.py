"""Writes the reference pages that say what the code says: run it with ``make docs``; tests compare its result.

Usage: ``python -m scripts.generate_docs``
"""

from __future__ import annotations

from pathlib import Path

from scripts.pages import commands, ecosystems, http_api, settings, units

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
PAGES = {
    REFERENCE / "settings.md": settings.page,
    REFERENCE / "commands.md": commands.page,
    REFERENCE / "http-api.md": http_api.page,
    REFERENCE / "ecosystems.md": ecosystems.page,
    REFERENCE / "units.md": units.page,
}


def main() -> None:
    """Write every page that differs from what the code says, and name it."""
    for path, page in PAGES.items():
        text = page()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/reference/{path.name}")


if __name__ == "__main__":
    main()
