"""Whatever is sent on its topics, the Tasmota decoder does not fail."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.normalise.corpus import broken, documents, lines_of, read_twice
from tests.normalise.rig import Rig

TIME_S = 1_766_499_000
LINES = lines_of("tasmota")
JSON = documents(
    *("Time", "Epoch", "TempUnit", "PressureUnit", "ZbReceived", "0x1", "Device", "Name", "Temperature", "ft"),
    leaf=TIME_S,
    max_leaves=10,
)
TOPICS = sorted({line["topic"] for line in LINES} | {"tele/b/ZbReceived", "tasmota/discovery/A/config"})


def fed(topic: str, *payloads: bytes) -> None:
    rig = Rig()
    for payload in payloads:
        read_twice(rig, topic, payload)


@settings(deadline=None)
@given(topic=st.sampled_from(TOPICS), payload=st.binary(max_size=64), document=JSON, other=JSON)
def test_nothing_that_is_sent_makes_it_fail(topic: str, payload: bytes, document: object, other: object) -> None:
    fed(topic, payload, json.dumps(document).encode(), json.dumps(other).encode())


@settings(deadline=None)
@given(topic=st.sampled_from(TOPICS), payloads=broken(LINES))
def test_real_messages_that_are_broken_or_changed_do_not_make_it_fail(
    topic: str, payloads: tuple[bytes, bytes]
) -> None:
    fed(topic, *payloads)
