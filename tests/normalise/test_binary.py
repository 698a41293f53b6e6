"""Binary documents: CBOR and MessagePack."""

from __future__ import annotations

import struct
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import cbor2
import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Rejection
from hub.normalise.binary import MAX_BINARY_BYTES, MAX_ITEMS, MAX_NESTING, MAX_NUMBERED_BYTES, Encoding
from hub.normalise.content import Document, Text, read
from tests.normalise.rig import Rig

if TYPE_CHECKING:
    from hub.normalise.content import Json

CBOR, MESSAGEPACK = "application/cbor", "application/msgpack"
REFUSAL_S = 3.0
"""How much of the processor a refusal may take at most; it takes a tenth of it."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


def reason(payload: bytes, content_type: str = "") -> str:
    found = read(payload, content_type)
    assert isinstance(found, Rejection)
    return found.reason


def tagged(tag: int, value: Any) -> Any:
    """What a tagged value becomes."""
    found = read(cbor2.dumps({"x": cbor2.CBORTag(tag, value)}))
    assert isinstance(found, Document)
    assert isinstance(found.root, dict)
    return found.root["x"]


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_a_document_is_the_same_in_either_encoding_as_in_json(document: dict[str, Json]) -> None:
    assert read(cbor2.dumps(document), CBOR) == Document(document)
    assert read(msgpack.packb(document), MESSAGEPACK) == Document(document)


def test_documents_are_recognised_without_a_content_type_and_say_how_they_were_written() -> None:
    document: dict[str, Json] = {"temperature": 21.5, "ok": True, "deep": {"a": [1, None]}}
    cbor, packed = read(cbor2.dumps(document)), read(msgpack.packb(document))
    assert cbor == packed == Document(document)
    assert isinstance(cbor, Document)
    assert isinstance(packed, Document)
    assert (cbor.encoding, packed.encoding) == (Encoding.CBOR, Encoding.MESSAGEPACK)


def test_an_array_of_maps_is_recognised_and_other_items_are_not() -> None:
    assert (
        read(cbor2.dumps([{"a": 1}, {"a": 2}]))
        == read(msgpack.packb([{"a": 1}, {"a": 2}]))
        == Document([{"a": 1}, {"a": 2}])
    )
    for value in ([1, 2], [{"abc": 1}, 2], 3.5, b"abc", "größer"):
        assert isinstance(read(cbor2.dumps(value)), (Rejection, Text))
    assert reason(cbor2.dumps([200, 2])) == "not_text"
    assert reason(msgpack.packb([200, 2])) == "not_text"


def test_a_content_type_allows_single_values() -> None:
    for value, text in (
        (42, "42"),
        (-1.5, "-1.5"),
        (True, "true"),
        (False, "false"),
        ("on", "on"),
        (None, ""),
        (b"\xff\x01", "_wE"),
    ):
        assert read(cbor2.dumps(value), CBOR) == Text(text)
        assert read(msgpack.packb(value), MESSAGEPACK) == Text(text)
    assert read(cbor2.dumps([1, 2]), "application/senml+cbor") == Document([1, 2])
    assert read(msgpack.packb([1, 2]), "application/x-msgpack; v=1") == Document([1, 2])


def test_an_item_must_fill_the_payload() -> None:
    for payload, content_type in ((cbor2.dumps({"a": 1}), CBOR), (msgpack.packb({"a": 1}), MESSAGEPACK)):
        for damaged in (payload + b"\x00", payload[:-1]):
            assert reason(damaged) == "not_text"
            assert reason(damaged, content_type) == "broken_binary"


def test_keys_that_are_no_text_become_text() -> None:
    document = {0: "a", -2: "b", 1.5: "c", True: "d", b"\xff\xfe": "e", 2**64 - 1: "f"}
    as_text: dict[str, Json] = {"0": "a", "-2": "b", "1.5": "c", "true": "d", "__4": "e", "18446744073709551615": "f"}
    assert read(cbor2.dumps(document)) == Document(as_text)
    assert read(msgpack.packb(document)) == Document(as_text)


@pytest.mark.parametrize(
    "key", [(1, 2), cbor2.CBORTag(2, b"\x01" * 9), None, cbor2.CBORTag(1, 5), cbor2.CBORTag(7777, "a")]
)
def test_a_key_that_has_no_name_refuses_the_document(key: Any) -> None:
    assert reason(cbor2.dumps({key: 1}), CBOR) == "broken_binary"


def test_byte_strings_are_base64url_without_padding() -> None:
    assert read(cbor2.dumps({"x": b"\xfb\xff\xfe\x01"})) == Document({"x": "-__-AQ"})
    assert read(msgpack.packb({"x": b"\xfb\xff\xfe\x01"})) == Document({"x": "-__-AQ"})
    assert read(msgpack.packb({"x": msgpack.ExtType(7, b"\xfb")})) == Document({"x": "-w"})


@pytest.mark.parametrize(
    ("tag", "value", "expected"),
    [
        (0, "2013-03-21T20:04:00Z", "2013-03-21T20:04:00Z"),
        (0, "2013-03-21T21:04:00.25+01:00", "2013-03-21T20:04:00.25Z"),
        (0, "yesterday", "yesterday"),
        (0, 5, 5),
        (1, 1363896240, "2013-03-21T20:04:00Z"),
        (1, 1363896240.5, "2013-03-21T20:04:00.5Z"),
        (1, -1, "1969-12-31T23:59:59Z"),
        (1, float("nan"), None),
        (1, 1e300, None),
        (1, 10**12, None),
        (1, "soon", None),
        (2, b"\x01" + bytes(8), float(2**64)),
        (3, b"\xff", -256),
        (4, [-2, 27315], 273.15),
        (4, [2, 5], 500),
        (4, [-1, -7], -0.7),
        (4, [10**9, 1], None),
        (4, [-(10**9), 1], 0.0),
        (4, [1], None),
        (4, "x", None),
        (4, [0, cbor2.CBORTag(2, b"\xff" * 1000)], None),
        (5, [-1, 3], 1.5),
        (5, [2, 3], 12),
        (5, [10**9, 1], None),
        (5, [-(10**9), 1], 0.0),
        (30, [1, 4], 0.25),
        (30, [1, 0], None),
        (37, UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6").bytes, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
        (37, b"\x01", "AQ"),
        (52, bytes([192, 0, 2, 1]), "192.0.2.1"),
        (260, bytes([0, 0x24, 0xBE, 0xFF, 0xFE, 1]), "00:24:be:ff:fe:01"),
        (100, 1, "1970-01-02"),
        (100, 10**12, None),
        (85, struct.pack("<3f", 1.5, -2.0, 0.25), [1.5, -2.0, 0.25]),
        (65, b"\x01\x00\x00\xff", [256, 255]),
        (65, b"\x01", "AQ"),
        (36, "text", "text"),
        (258, [1, 2], [1, 2]),
        (61234, {"a": 1}, {"a": 1}),
    ],
)
def test_a_tag_becomes_what_json_would_hold(tag: int, value: Any, expected: Any) -> None:
    found = tagged(tag, value)
    assert found == expected
    assert type(found) is type(expected)


def test_a_document_that_says_that_it_is_cbor_is_read() -> None:
    assert read(cbor2.dumps(cbor2.CBORTag(55799, {"a": {"b": 1}}))) == Document({"a": {"b": 1}})


def test_undefined_and_simple_values_and_numbers_that_are_none_are_null() -> None:
    assert read(
        cbor2.dumps({"a": cbor2.undefined, "b": cbor2.CBORSimpleValue(99), "c": float("nan"), "d": float("-inf")})
    ) == Document({"a": None, "b": None, "c": None, "d": None})


def test_messagepack_timestamps_are_times() -> None:
    moments = {
        "a": msgpack.Timestamp(1_700_000_000, 500_000_000),
        "b": msgpack.Timestamp(2**60),
        "ts": datetime(2023, 11, 14, tzinfo=UTC),
    }
    assert read(msgpack.packb(moments, datetime=True)) == Document(
        {"a": "2023-11-14T22:13:20.5Z", "b": None, "ts": "2023-11-14T00:00:00Z"}
    )


def test_times_under_a_time_key_are_the_time_of_the_readings() -> None:
    rig = Rig()
    for payload in (
        cbor2.dumps({"ts": cbor2.CBORTag(1, 1_700_000_000), "t": 1}),
        cbor2.dumps({"ts": cbor2.CBORTag(0, "2023-11-14T22:13:20Z"), "t": 1}),
        cbor2.dumps({"ts": cbor2.CBORTag(4, [0, 1_700_000_000]), "t": Decimal("1.5")}),
        msgpack.packb({"ts": msgpack.Timestamp(1_700_000_000), "t": 1}),
    ):
        assert [(row.metric, row.time_us) for row in rig.feed("f/state", payload)] == [("t", 1_700_000_000_000_000)]


def test_what_both_encodings_could_mean_is_read_by_the_names_of_its_keys() -> None:
    ambiguous = msgpack.packb({"b": 0x8517})
    assert cbor2.loads(ambiguous) == [{"\u0345": 0x17}]
    assert read(ambiguous) == Document({"b": 0x8517})


@pytest.mark.parametrize(
    "level", [b"\x81", b"\xa1\x61a", b"\xc6", b"\x9f", b"\xd9\xd9\xf7", b"\x81\xa1a", b"\xdd\x00\x00\x00\x01"]
)
def test_ten_thousand_levels_are_refused_quickly(level: bytes) -> None:
    started = time.process_time()
    for payload in (level * 10_000, level * 10_000 + b"\x01"):
        assert reason(payload) == "not_text"
        assert reason(payload, CBOR) == "broken_binary"
        assert reason(payload, MESSAGEPACK) == "broken_binary"
    assert time.process_time() - started < REFUSAL_S


@pytest.mark.parametrize("pack", [cbor2.dumps, msgpack.packb])
def test_nesting_is_read_up_to_its_bound(pack: Any) -> None:
    document: Any = 1
    for _ in range(MAX_NESTING):
        document = {"a": document}
    assert read(pack(document)) == Document(document)
    assert reason(pack({"a": document})) == "not_text"


@pytest.mark.parametrize(
    "payload",
    [
        b"\x9b" + b"\x7f" * 8 + b"\x01",
        b"\xbb" + b"\x7f" * 8 + b"\x01",
        b"\x5b" + b"\x7f" * 8 + b"\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\x00\x0f\xff\xff" * 1000,
        b"\xdd\x00\x00\x40\x00" * 1020,
        b"\x9a\x00\x0f\xff\xfb" + b"\xa0" * 0xFFFFB,
        b"\xdd\x00\x00\x3f\xff" + b"\xdd\x00\x00\x3f\xff" * 0x3FFF,
        b"\xbf"
        + b"".join(b"\xc2\x4c" + (number * (2**61 - 1)).to_bytes(12) + b"\x01" for number in range(1, 50_000))
        + b"\xff",
        b"\xd8\x1c\x82" * 30 + b"\xd8\x1d\x00" * 30,
    ],
    ids=[
        "array",
        "map",
        "bytes",
        "array32",
        "map32",
        "arrays",
        "more arrays",
        "empty maps",
        "wide",
        "colliding",
        "shared",
    ],
)
def test_a_document_that_promises_more_than_it_has_is_refused_quickly(payload: bytes) -> None:
    started = time.process_time()
    assert isinstance(read(payload), Rejection)
    assert reason(payload, CBOR) in ("broken_binary", "too_large")
    assert reason(payload, MESSAGEPACK) in ("broken_binary", "too_large")
    assert time.process_time() - started < REFUSAL_S


def test_references_to_parts_of_itself_are_refused() -> None:
    inner: list[Any] = [1]
    assert reason(cbor2.dumps({"a": inner, "b": inner}, value_sharing=True), CBOR) == "broken_binary"
    assert reason(cbor2.dumps({"a": "abcdef", "b": "abcdef"}, string_referencing=True), CBOR) == "broken_binary"


def test_a_large_document_is_refused_and_a_quite_large_one_has_texts_as_keys() -> None:
    text = "x" * 1000
    assert reason(cbor2.dumps({"a": [text] * (MAX_BINARY_BYTES // 1000 + 1)}), CBOR) == "too_large"
    many: list[Json] = [text] * (MAX_NUMBERED_BYTES // 1000 + 1)
    assert reason(cbor2.dumps({1: many}), CBOR) == reason(msgpack.packb({1: many}), MESSAGEPACK) == "broken_binary"
    assert read(cbor2.dumps({"a": many})) == read(msgpack.packb({"a": many})) == Document({"a": many})


def test_too_many_items_are_refused() -> None:
    assert reason(cbor2.dumps([0] * (MAX_ITEMS + 1)), CBOR) == "broken_binary"
    assert read(cbor2.dumps([0] * MAX_ITEMS), CBOR) == Document([0] * MAX_ITEMS)


def test_broken_documents_say_what_is_wrong() -> None:
    found = read(b"\xa1\x61a\x61\xff", CBOR)
    assert isinstance(found, Rejection)
    assert found.detail.startswith("Broken CBOR: ")
    assert "utf-8" in found.detail


@settings(deadline=None)
@given(st.binary(), st.sampled_from(["", CBOR, MESSAGEPACK]))
def test_no_bytes_raise(payload: bytes, content_type: str) -> None:
    assert isinstance(read(payload, content_type), (Document, Text, Rejection))


TAGS = st.sampled_from(
    [0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 64, 85, 100, 256, 258, 260, 261, 1004, 43000, 55799, 7777]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers() | st.text() | st.binary() | st.floats(), inner, max_size=4)
        | st.builds(cbor2.CBORTag, TAGS, inner)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(ODD, st.data())
def test_odd_and_damaged_cbor_never_raises(document: Any, data: st.DataObject) -> None:
    payload = bytearray(cbor2.dumps({"x": document}))
    assert isinstance(read(bytes(payload), CBOR), (Document, Rejection))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    assert isinstance(read(bytes(payload), CBOR), (Document, Text, Rejection))
    assert isinstance(read(bytes(payload)), (Document, Text, Rejection))


@settings(deadline=None)
@given(ODD.filter(lambda document: "CBORTag" not in repr(document)), st.data())
def test_damaged_messagepack_never_raises(document: Any, data: st.DataObject) -> None:
    try:
        payload = bytearray(msgpack.packb({"x": document}))
    except OverflowError:
        return
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    assert isinstance(read(bytes(payload), MESSAGEPACK), (Document, Text, Rejection))
