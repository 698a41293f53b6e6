"""Tables of topics: their patterns, and that nothing that is sent makes one of their readers fail."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.normalise.decoders.builtin import builtin
from hub.normalise.decoders.ecosystem import pattern
from hub.normalise.decoders.protocol import Decoder, Topic
from hub.normalise.router import MAX_TOPIC_BYTES
from tests.normalise.corpus import lines_of, payload_of, read_twice
from tests.normalise.rig import Rig, message

FAMILIES = (
    "openmqttgateway_theengs",
    "ruuvi_gateway",
    "rtl_433",
    "owntracks",
    "meshtastic",
    "frigate_glow_dsmr",
    "victron_venus",
    "solar_opendtu_ahoy",
    "emsesp_valetudo_openevse_zwave",
)
LINES = [line for family in FAMILIES for line in lines_of(family)]
CLAIM_S = 0.3
"""What one decoder may take of the processor to look at the longest topic there is; most need a thousandth of it."""
TOPICS = sorted({line["topic"] for line in LINES})
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)


def fed(topic: str, *payloads: bytes) -> None:
    """Feed payloads of one topic: each gives what a trial gives, whatever was learnt from those before."""
    rig = Rig()
    for payload in payloads:
        read_twice(rig, topic, payload)


@pytest.mark.parametrize(
    ("topic", "name", "levels"),
    [
        ("<base>/<a>/x", "b/1/x", {"base": "b", "a": "1"}),
        ("<base>/<a>/x", "c/d/1/x", {"base": "c/d", "a": "1"}),
        ("<base>/<a>/x", "b/1/2/x", None),
        ("…/<base>/<a>_data", "q/r/b/1_data", {"base": "b", "a": "1"}),
        ("…/<base>/<a>_data", "b/1_data", {"base": "b", "a": "1"}),
        ("<a…>/end", "1/2/end", {"a": "1/2"}),
        (r"x.y/<n:\d+>", "x.y/12", {"n": "12"}),
        (r"x.y/<n:\d+>", "x_y/12", None),
    ],
)
def test_a_topic_is_written_as_in_the_rules(topic: str, name: str, levels: dict[str, str] | None) -> None:
    found = pattern(topic, ("b", "c/d")).fullmatch(name)
    assert (None if found is None else found.groupdict()) == levels


@settings(max_examples=150)
@given(st.sampled_from(TOPICS), st.one_of(st.binary(max_size=64), JSON.map(lambda root: json.dumps(root).encode())))
def test_any_bytes_are_read_or_refused(topic: str, payload: bytes) -> None:
    fed(topic, payload)


@settings(max_examples=150)
@given(st.sampled_from(LINES), st.data())
def test_damaged_messages_are_read_or_refused(line: dict[str, Any], data: st.DataObject) -> None:
    payload = bytearray(payload_of(line))
    cut = data.draw(st.integers(0, len(payload)))
    if cut < len(payload):
        payload[cut] ^= 1 << data.draw(st.integers(0, 7))
    fed(line["topic"], payload_of(line), bytes(payload), bytes(payload[:cut]))


@settings(max_examples=200)
@given(st.sampled_from([line for line in LINES if str(line.get("payload", "")).startswith("{")]), st.data())
def test_documents_with_other_values_in_them_are_read_or_refused(line: dict[str, Any], data: st.DataObject) -> None:
    root = json.loads(line["payload"])
    key = data.draw(st.sampled_from([*root, "unit", "time", "value"]))
    changed = {**root, key: data.draw(JSON)}
    fed(line["topic"], line["payload"].encode(), json.dumps(changed).encode(), line["payload"].encode())


@pytest.mark.parametrize("topic", sorted({topic.split("/")[0]: topic for topic in TOPICS}.values()))
def test_monstrous_payloads_are_refused(topic: str) -> None:
    deep = b"[" * 10_000 + b"]" * 10_000
    for payload in (
        deep,
        b'{"value": ' + deep + b"}",
        b'{"from": 1' + b"0" * 5000 + b"}",
        b'{"model": "\\ud800", "from": 1, "payload": {"\\udfff": 1}}',
        json.dumps({f"k{place}": place for place in range(12_000)}).encode(),
        b"\xff\xfe\x00",
    ):
        rig = Rig()  # more metrics than a device may have, which a trial does not count
        once, again = (rig.rows(rig.batch(message(topic, payload))) for _ in range(2))
        assert [repr(row[:3]) for row in once] == [repr(row[:3]) for row in again]
        assert "decoder_fault" not in rig.rejected


@pytest.mark.parametrize("level", ["rtl_433", "ems-esp", "BTtoMQTT", "2", "1", "$x", "zwave", "solar", "frigate"])
@pytest.mark.parametrize("end", ["", "/", "/availability/"])
def test_a_topic_of_many_levels_that_look_alike_holds_nobody_up(level: str, end: str) -> None:
    levels = "/".join([level] * ((MAX_TOPIC_BYTES - len(end)) // (len(level) + 1)))
    for decoder in builtin({}):
        if isinstance(decoder, Decoder):
            started_s = time.process_time()
            decoder.claim(Topic(f"{levels}{end}"))
            assert time.process_time() - started_s < CLAIM_S, decoder.name
