"""Whatever is sent on its topics, the Tasmota decoder does not fail."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.normalise.rig import Rig, message

TIME_S = 1_766_499_000
LINES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "corpus" / "tasmota.jsonl").read_text().splitlines()
    if line
]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just(TIME_S)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "Time",
                    "Epoch",
                    "TempUnit",
                    "PressureUnit",
                    "ZbReceived",
                    "0x1",
                    "Device",
                    "Name",
                    "Temperature",
                    "ft",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)
TOPICS = sorted({line["topic"] for line in LINES} | {"tele/b/ZbReceived", "tasmota/discovery/A/config"})


def payload_of(line: dict[str, Any]) -> bytes:
    return b64decode(line["payload_b64"]) if "payload_b64" in line else str(line["payload"]).encode()


def fed(topic: str, *payloads: bytes) -> None:
    """Feed each payload twice, the second time by the plan where there is one: both give what a trial gives."""
    rig = Rig()
    for payload in payloads:
        tried = rig.normaliser.decode(topic, payload).readings
        expected = [repr((found.device, found.metric, found.value, found.time_us)) for found in tried]
        for _ in range(2):
            rows = rig.rows(rig.batch(message(topic, payload)))
            assert [repr((row.device, row.metric, row.value, row.time_us)) for row in rows] == expected
    assert "decoder_fault" not in rig.rejected


@settings(deadline=None)
@given(topic=st.sampled_from(TOPICS), payload=st.binary(max_size=64), document=JSON, other=JSON)
def test_nothing_that_is_sent_makes_it_fail(topic: str, payload: bytes, document: object, other: object) -> None:
    fed(topic, payload, json.dumps(document).encode(), json.dumps(other).encode())


@settings(deadline=None)
@given(data=st.data())
def test_real_messages_that_are_broken_or_changed_do_not_make_it_fail(data: st.DataObject) -> None:
    payload = bytearray(payload_of(data.draw(st.sampled_from(LINES))))
    if payload:
        payload[data.draw(st.integers(0, len(payload) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = data.draw(st.integers(0, len(payload)))
    fed(data.draw(st.sampled_from(TOPICS)), bytes(payload), bytes(payload[:cut]))
