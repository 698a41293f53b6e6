"""What decoders remember of devices can be seen, and every decoder that remembers anything says so."""

from __future__ import annotations

import json

import pytest

from tests.normalise.corpus import all_lines, raw_of
from tests.normalise.rig import Rig, message

REMEMBERING = (
    *("esphome", "homeassistant", "homie", "openmqttgateway", "shelly", "sparkplug", "tasmota", "zigbee2mqtt", "zwave"),
)


def hear_everything(rig: Rig) -> None:
    """Hear all messages of the corpus, and some that stay."""
    for line in all_lines().values():
        rig.batch(raw_of(line))
    rig.batch(message("zwave/8/status", "true"))
    entry = {"t": "plug", "ft": "%topic%/%prefix%/", "tp": ["cmnd", "stat", "tele"]}
    rig.batch(message("tasmota/discovery/A4CF12000007/config", json.dumps(entry)))


@pytest.mark.parametrize("name", REMEMBERING)
def test_what_a_decoder_remembers_is_counted(name: str) -> None:
    rig = Rig()
    gauge = rig.meters.gauges[f"decoder_kept_{name}"]
    assert gauge.read() == 0
    hear_everything(rig)
    assert gauge.read() > 0


def test_all_others_remember_nothing() -> None:
    rig = Rig()
    hear_everything(rig)
    kept = {name: gauge.read() for name, gauge in rig.meters.gauges.items() if name.startswith("decoder_kept_")}
    assert {name.removeprefix("decoder_kept_") for name, count in kept.items() if count} == set(REMEMBERING)
