"""Formats that are recognised by their payload, beside plans of the same topic and forced upon others."""

from __future__ import annotations

import json

import pytest

from hub.core.errors import SettingsError
from hub.normalise.options import NormaliseOptions, SourceRule
from tests.normalise.rig import Rig

COLLAPSING = {"name": "cpu", "tags": {"host": "h"}, "fields": {"value": 1, "unit": "W"}, "timestamp": 1_766_490_000}
TELEGRAF = {"name": "cpu", "tags": {"host": "h"}, "fields": {"a": 1}, "timestamp": 1_766_490_000}


@pytest.mark.parametrize(
    ("odd", "whole", "expected"),
    [
        ({"n": "idle", "v": 1, "a": 2}, {"n": "idle", "v": 1}, {"senml/f/x"}),
        (TELEGRAF | {"x": 1}, TELEGRAF, {"influx/h"}),
        (COLLAPSING | {"x": 1}, COLLAPSING, {"influx/h"}),
    ],
)
def test_a_document_of_a_format_is_its_own_whatever_was_learnt_of_the_topic(
    odd: dict[str, object], whole: dict[str, object], expected: set[str]
) -> None:
    assert {row.device for row in Rig().feed("f/x", json.dumps(whole))} == expected
    rig = Rig()
    for topic in ("f/x", "f/x/status"):
        for _ in range(3):
            rig.feed(topic, json.dumps(odd))
            rig.feed(topic, json.dumps({"v": 1, "a": 2, "x": 3, "n": 4, "name": "cpu"}))
            assert {row.device for row in rig.feed(topic, json.dumps(whole))} == expected


def test_a_document_without_a_telling_key_is_planned() -> None:
    rig = Rig()
    for _ in range(3):
        rig.feed("f/x", '{"v": 1, "a": 2}')
    assert rig.general == 1


def test_a_format_can_be_forced_upon_the_topics_of_others() -> None:
    topic, line = "zigbee2mqtt/lamp", "cpu,host=h a=1 1766490000"
    assert [row.device for row in Rig().feed(topic, line)] != ["influx/h"]
    rig = Rig(options=NormaliseOptions(forced=(("zigbee2mqtt/#", "influx"),)))
    assert [row.device for row in rig.feed(topic, line)] == ["influx/h"]
    assert [row.device for row in rig.feed(topic, '{"a": 1}')] == [f"plain/{topic}"]


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (NormaliseOptions(off=frozenset({"influx"}), forced=(("a/#", "influx"),)), "decoders.forced"),
        (NormaliseOptions(off=frozenset({"json"}), sources=(SourceRule("a/{x}"),)), "source.0.decoder"),
    ],
)
def test_a_decoder_that_is_switched_off_cannot_be_given_topics(options: NormaliseOptions, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Rig(options=options)
    (mistake,) = caught.value.mistakes
    assert mistake.key == key
    assert mistake.reason.endswith("is switched off in decoders.off")
