"""The planned way for packed payloads gives exactly what the general way gives."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import cbor2
import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.normalise.plan import Plan
from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.normalise.rig import Row

TIME_S = 1_766_499_000
KEYS = st.sampled_from(
    ["temperature", "state", "mode", "id", "value", "unit", "ts", "n", "v", "u", "0", "2", "-2", "a"]
)
SCALARS = st.one_of(
    st.integers(-5, 5),
    st.just(TIME_S),
    st.floats(-5, 5),
    st.booleans(),
    st.none(),
    st.sampled_from(["on", "21.5", "idle", "", "urn:dev:ow:1", "2025-12-23T14:00:00Z"]),
)
DOCUMENTS = st.dictionaries(
    KEYS, SCALARS | st.dictionaries(KEYS, SCALARS, max_size=3) | st.lists(SCALARS, max_size=3), min_size=1, max_size=5
)


def in_cbor(document: Any) -> bytes:
    """A document whose numeric keys are numbers, as SenML has them."""
    if isinstance(document, dict):
        document = {int(key) if key.lstrip("-").isdigit() else key: member for key, member in document.items()}
    return cbor2.dumps(document)


def in_json(document: Any) -> bytes:
    return json.dumps(document).encode()


PACKERS: list[Callable[[Any], bytes]] = [
    in_cbor,
    msgpack.packb,
    lambda document: gzip.compress(in_json(document)),
    lambda document: zlib.compress(in_json(document)),
    lambda document: zstandard.compress(msgpack.packb(document)),
]


def generally(rig: Rig, topic: str, payload: bytes, content_type: str = "") -> list[Row]:
    """The rows of a message whose topic has no plan."""
    rig.normaliser.forget(rig.catalogue.series.values())
    return rig.feed(topic, payload, content_type=content_type)


@pytest.mark.parametrize("pack", PACKERS)
def test_a_topics_later_packed_messages_are_read_by_its_plan(pack: Callable[[Any], bytes]) -> None:
    rig = Rig()
    for temperature in (21.5, 22.5, 23.5):
        rows = rig.feed("f/data", pack({"ts": TIME_S, "temperature": temperature, "on": "ON", "in": {"x": [1, 2]}}))
        assert [(row.metric, row.value, row.time_us) for row in rows] == [
            ("temperature", temperature, TIME_S * 1_000_000),
            ("on", True, TIME_S * 1_000_000),
            ("in.x.0", 1, TIME_S * 1_000_000),
            ("in.x.1", 2, TIME_S * 1_000_000),
        ]
    assert rig.general == 1


def test_the_plan_keeps_what_was_sent_and_how() -> None:
    rig = Rig()
    for value in (1, 2):
        rig.feed("f/state", cbor2.dumps({"x": value}), content_type="application/cbor")
    origin = rig.series("f", "x").origin
    assert isinstance(origin, Plan)
    assert (origin.last_payload, origin.manner) == (cbor2.dumps({"x": 2}), (False, "application/cbor"))
    assert rig.general == 1


def test_a_message_that_was_stored_goes_the_general_way() -> None:
    rig = Rig()
    rig.feed("f/state", cbor2.dumps({"x": 1}))
    (row,) = rig.feed("f/state", cbor2.dumps({"x": 2}), retain=True)
    assert row.quality == "uncertain:retained"


def test_more_readings_than_a_message_may_have_go_the_general_way() -> None:
    rig = Rig()
    rig.feed("f/state", cbor2.dumps({f"k{place}": [0] * 250 for place in range(45)}))
    again = rig.feed("f/state", cbor2.dumps({f"k{place}": [0] * 250 for place in range(45)}))
    assert len(again) <= 10_000
    assert rig.rejected["too_many"] == 2


@pytest.mark.parametrize("pack", PACKERS)
def test_what_is_too_long_for_a_plan_goes_the_general_way(pack: Callable[[Any], bytes]) -> None:
    rig = Rig()
    for _ in range(2):
        assert len(rig.feed("f/state", pack({f"k{place}": [0.5] * 200 for place in range(20)}))) == 4000
    assert rig.general == 2


def test_a_text_that_is_compressed_twice_is_refused_whatever_was_learnt() -> None:
    once = gzip.compress(b"on", mtime=0)
    rig = Rig()
    for _ in range(2):
        assert [row.value for row in rig.feed("f/x", once)] == [True]
    assert rig.feed("f/x", gzip.compress(once, mtime=0)) == []
    assert rig.rejected == {"not_text": 1}


def test_a_content_type_that_names_a_format_is_believed_whatever_was_learnt() -> None:
    rig, record = Rig(), cbor2.dumps({"n": "d/x", "v": 1, "extra": 2})
    assert {row.device for row in rig.feed("f/x", record)} == {"f/x"}
    assert {row.device for row in rig.feed("f/x", record, content_type="application/senml+cbor")} == {"senml/d"}


def test_an_empty_and_a_single_value_are_no_documents() -> None:
    rig = Rig()
    rig.feed("f/x", gzip.compress(b"21.5"))
    assert [row.value for row in rig.feed("f/x", gzip.compress(b"22.5"))] == [22.5]
    assert rig.feed("f/x", gzip.compress(b"")) == []
    assert [row.value for row in rig.feed("f/x", cbor2.dumps(23.5), content_type="application/cbor")] == [23.5]
    assert rig.rejected == {}


@settings(deadline=None)
@given(st.lists(st.tuples(DOCUMENTS, st.integers(0, len(PACKERS) - 1)), min_size=2, max_size=4), st.booleans())
def test_both_ways_give_the_same(documents: list[tuple[Any, int]], level: bool) -> None:  # noqa: FBT001 - drawn
    topic = "f/status" if level else "f/x"
    planned, general = Rig(), Rig()
    for document, packer in documents:
        payload = PACKERS[packer](document)
        assert planned.feed(topic, payload) == generally(general, topic, payload)
        assert [change[1:] for change in planned.batch(message(topic, payload)).statuses] == [
            change[1:] for change in general.batch(message(topic, payload)).statuses
        ]
    assert planned.rejected == general.rejected
