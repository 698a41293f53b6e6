"""The dashboard calls each decoder as people do: it has a title for every one, the decoder's own where that has one."""

from __future__ import annotations

import json

import pytest

from hub.normalise.decoders.builtin import BUILTIN
from hub.normalise.decoders.ecosystem import Ecosystem
from hub.normalise.decoders.generic import JSON, PLAIN
from hub.normalise.described import DESCRIBED
from tests.support.tree import ROOT

TITLES = ROOT / "dashboard" / "src" / "data" / "sources.json"

pytestmark = pytest.mark.skipif(not TITLES.is_file(), reason="the Python half alone has no dashboard")


def titles() -> dict[str, str]:
    found = json.loads(TITLES.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_decoder_has_a_title_on_the_dashboard() -> None:
    lacking = {*BUILTIN, *DESCRIBED, JSON, PLAIN} - titles().keys()
    assert not lacking, f"say in dashboard/src/data/sources.json what people call {sorted(lacking)}"


def test_a_decoder_with_a_title_of_its_own_has_the_same_on_the_dashboard() -> None:
    own = {name: decoder.title for name, make in BUILTIN.items() if isinstance(decoder := make(), Ecosystem)}
    assert own
    assert {name: titles()[name] for name in own} == own
