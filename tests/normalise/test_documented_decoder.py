"""The decoder that the how-to page shows does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.normalise.rig import Rig

PAGE = Path(__file__).parents[2] / "docs/how-to/add-a-decoder.md"


def test_the_documented_decoder_works_and_its_documented_test_passes() -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(f"from __future__ import annotations\n{block}", str(PAGE), "exec"), names)  # noqa: S102 - our own page
    rig = Rig(decoders=[names["Greenhouse"]()])
    for _ in range(3):
        assert [(row.device, row.value) for row in rig.feed("greenhouse/b1/report", '{"soil": 41}')] == [
            ("greenhouse/b1", 41)
        ]
    assert rig.feed("greenhouse/b1/valve", "open") == []
    assert rig.general == 2
