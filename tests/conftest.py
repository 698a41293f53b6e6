"""What every test may use: the fixtures of `tests.support.services`, and the rule for services that are missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.hub import start_hub
from tests.support.services import chromium_path, mosquitto, postgres, service_or_skip

if TYPE_CHECKING:
    import pytest

# Pictures of pages need one typeface everywhere; browsers that tests start inherit this.
os.environ.setdefault("FONTCONFIG_FILE", str(Path(__file__).parent / "support" / "fonts.conf"))

__all__ = ["chromium_path", "mosquitto", "postgres", "start_hub"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose ``@pytest.mark.service(…)`` names a missing service, or fail it where CI is set."""
    for marker in item.iter_markers("service"):
        for name in marker.args:
            service_or_skip(name)
