"""The decoder that the how-to page shows does what the page says."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, get_args

from hub.normalise.decoders.protocol import AnyDecoder, Decoded
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
    assert rig.feed("greenhouse/b1/report", '{"soil":') == []
    assert rig.rejected == {"broken_json": 1}


def test_the_page_names_every_field_of_an_answer_and_every_kind_of_decoder() -> None:
    page = PAGE.read_text()
    fields = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| `.*?` \|", page, re.MULTILINE))))
    assert fields == {field.name for field in dataclasses.fields(Decoded)}
    for kind in get_args(AnyDecoder):
        (method,) = {name for name in vars(kind) if not name.startswith("_")} - {"name", "telling"}
        assert re.search(rf"`{method}\b", page)
