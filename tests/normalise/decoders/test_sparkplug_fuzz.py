"""Sparkplug B: whatever the bytes, nothing is raised, nothing grows without bound, and the next message counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.normalise.decoders.sparkplug import Sparkplug
from simulators.dialects.sparkplug_payload import FLOAT, TEMPLATE, metric, node_birth, payload, sized, template, varint
from tests.normalise.corpus import lines_of, payload_of
from tests.normalise.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES = [(line["topic"], payload_of(line)) for line in lines_of("sparkplug_b") if "payload_b64" in line]
TOPICS = sorted({topic for topic, _ in MESSAGES})
KINDS = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH")


def fields(depth: int) -> st.SearchStrategy[bytes]:
    """Well-formed fields of any number, with anything in them."""
    number = st.integers(1, 22)
    leaves = st.one_of(
        st.builds(lambda one, value: varint(one << 3) + varint(value), number, st.integers(0, 2**64 - 1)),
        st.builds(lambda one, value: varint(one << 3 | 5) + value, number, st.binary(min_size=4, max_size=4)),
        st.builds(lambda one, value: varint(one << 3 | 1) + value, number, st.binary(min_size=8, max_size=8)),
        st.builds(sized, number, st.binary(max_size=12)),
    )
    if not depth:
        return leaves
    inner = st.lists(fields(depth - 1), max_size=5).map(b"".join)
    return st.one_of(leaves, st.builds(sized, number, inner), st.builds(sized, st.just(2), inner))


def all_is_well(rig: Rig) -> None:
    assert "decoder_fault" not in rig.rejected
    octets = payload(metric("Load", FLOAT, float=2.5))
    assert rig.values("spBv1.0/Other/NDATA/e", octets) == {"load": 2.5}


@given(st.lists(st.tuples(st.sampled_from(TOPICS), st.binary(max_size=64)), max_size=8))
def test_any_bytes(messages: list[tuple[str, bytes]]) -> None:
    rig = Rig()
    for topic, octets in messages:
        rig.feed(topic, octets)
    all_is_well(rig)


@given(st.lists(st.tuples(st.sampled_from(TOPICS), st.lists(fields(4), max_size=6).map(b"".join)), max_size=8))
@settings(max_examples=200)
def test_well_formed_fields_with_anything_in_them(messages: list[tuple[str, bytes]]) -> None:
    rig = Rig()
    for topic, octets in messages:
        rig.feed(topic, octets)
        rig.normaliser.decode(topic, octets)
    all_is_well(rig)


@given(st.data())
@settings(max_examples=300)
def test_real_messages_cut_short_and_with_flipped_bits(data: st.DataObject) -> None:
    rig = Rig()
    for topic, octets in MESSAGES:
        change = data.draw(st.sampled_from(("as it is", "cut", "flip", "elsewhere")))
        match change:
            case "cut":
                rig.feed(topic, octets[: data.draw(st.integers(0, len(octets)))])
            case "flip":
                place, bit = data.draw(st.integers(0, len(octets) - 1)), data.draw(st.integers(0, 7))
                rig.feed(topic, octets[:place] + bytes([octets[place] ^ 1 << bit]) + octets[place + 1 :])
            case "elsewhere":
                rig.feed(data.draw(st.sampled_from(TOPICS)), octets)
            case _:
                rig.feed(topic, octets, retain=data.draw(st.booleans()))
    all_is_well(rig)


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(0, 300), st.booleans(), st.booleans()),
        max_size=40,
    )
)
def test_any_order_of_births_data_and_deaths_keeps_the_counts_right(
    steps: list[tuple[str, int, int, bool, bool]],
) -> None:
    decoder = Sparkplug()
    rig = Rig(decoders=[decoder])
    for kind, number, seq, retain, is_compact in steps:
        one = metric(None if is_compact and kind[1:] == "DATA" else f"m{number}", FLOAT, alias=number, float=1.0)
        octets = node_birth(one, bd_seq=number, seq=seq) if kind[0] == "N" else payload(one, seq=seq)
        name = f"spBv1.0/G/{kind}/e{number % 2}" + (f"/d{number}" if kind[0] == "D" else "")
        rig.feed(name, octets, retain=retain)
        nodes = [node for edge in (0, 1) if (node := decoder.nodes.find(f"spBv1.0/G/e{edge}")) is not None]
        assert decoder.nodes.metrics == sum(node.metrics for node in nodes)
        assert decoder.nodes.devices == sum(len(node.devices) for node in nodes)
        for node in nodes:
            held = (node.own, *node.devices.values())
            assert node.metrics == sum(born.room for born in held)
            assert all(len(born.metrics) <= born.room for born in held)
    assert "decoder_fault" not in rig.rejected


def nested(depth: int) -> bytes:
    octets = metric("x", FLOAT, float=1.0)
    for _ in range(depth):
        octets = metric("t", TEMPLATE, template=template(octets, of="T"))
    return payload(octets)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nested(200),
        lambda: b"\x12\x00" * 200_000,
        lambda: payload(metric("t", TEMPLATE, template=b"\x12\x00" * 200_000)),
        lambda: payload(metric("t", 16, data_set=b"\x12\x00" * 1000 + b"\x22\x00" * 200_000)),
        lambda: payload(metric("t", 16, data_set=b"\x12\x00" * 9000 + b"\x22\x82\x10" + b"\x0a\x00" * 1025)),
        lambda: payload(metric("p", FLOAT, float=1.0, properties=(b"\x0a\x00" + b"\x12\x00") * 100_000)),
        lambda: payload(metric("n/" * 100_000, FLOAT, float=1.0)),
    ],
)
@pytest.mark.parametrize("kind", ["NBIRTH", "NDATA"])
def test_a_hostile_payload_costs_little(make: Callable[[], bytes], kind: str) -> None:
    rig = Rig()
    octets = make()
    before = time.process_time()
    rig.feed(f"spBv1.0/G/{kind}/e", octets)
    assert time.process_time() - before < 1.5
    all_is_well(rig)
