"""What both LoRaWAN network servers' devices tell of themselves: how much of it is kept."""

from __future__ import annotations

import json
import zlib

import pytest

from hub.normalise.decoders.chirpstack import ChirpStack
from hub.normalise.decoders.protocol import Decoder, Message, Topic
from hub.normalise.decoders.ttn import TheThingsStack

CHIRPSTACK, TTN = "application/1/device/0102030405060708/event/up", "v3/farm/devices/barn-7/up"


@pytest.mark.parametrize("size", [1, 100_000])
@pytest.mark.parametrize(
    ("decoder", "topic", "document"),
    [
        (ChirpStack(), CHIRPSTACK, {"deviceInfo": {"deviceName": "barn", "tags": {"house": "x"}}}),
        (TheThingsStack(), TTN, {"uplink_message": {"attributes": {"house": "x"}}}),
    ],
)
def test_what_a_device_tells_is_kept_if_it_is_short_also_when_it_came_compressed(
    decoder: Decoder, topic: str, document: dict[str, object], size: int
) -> None:
    subject = Topic(topic)
    claim = decoder.claim(subject)
    assert claim is not None
    for pack in (bytes, zlib.compress):
        payload = pack(json.dumps(document).replace('"x"', json.dumps("x" * size)).encode())
        told = [bool(claim.read(Message(subject, payload)).about) for _ in range(2)]
        assert told[1] is (size > 1)
