from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Rejection
from hub.normalise.content import Document, Lines, Text, is_line_protocol, read
from tests.normalise.rig import Rig


def reason(payload: bytes, content_type: str = "") -> str:
    found = read(payload, content_type)
    assert isinstance(found, Rejection)
    return found.reason


def test_json_objects_and_arrays_are_documents() -> None:
    assert read(b' {"a": 1}') == Document({"a": 1})
    assert read(b"[1, 2]") == Document([1, 2])
    assert read(b'\xef\xbb\xbf{"a": 1}') == Document({"a": 1})


def test_other_text_is_trimmed_and_a_json_string_unquoted() -> None:
    assert read(b"  21.5\n") == Text("21.5")
    assert read(b'" on "') == Text("on")
    assert read(b'"half') == Text('"half')


def test_broken_json_says_where_it_breaks() -> None:
    found = read(b'{"temp": 21.5, "hum": 4')
    assert isinstance(found, Rejection)
    assert found.reason == "broken_json"
    assert "line 1, column" in found.detail


@pytest.mark.parametrize("number", ["NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "1e400", "-1e999", "9" * 350])
def test_a_number_that_is_none_is_null_and_the_document_counts(number: str) -> None:
    found = read(f'{{"a": {number}, "b": 1, "nan \\" inf": "NaN"}}'.encode())
    assert found == Document({"a": None, "b": 1, 'nan " inf': "NaN"})


def test_half_a_surrogate_pair_is_kept_for_admission_to_refuse() -> None:
    assert read(b'{"a": "\\ud800", "b": 1}') == Document({"a": "\ud800", "b": 1})


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_ten_thousand_levels_are_refused(opening: str) -> None:
    assert reason((opening * 10_000).encode()) == "broken_json"
    assert reason((opening * 10_000 + "NaN").encode()) == "broken_json"


def test_a_large_broken_document_is_not_searched_for_repairs() -> None:
    assert reason(b'{"a": NaN, "b": "' + b"x" * 70_000 + b'"}') == "broken_json"


def test_a_hostile_document_is_refused_quickly() -> None:
    assert reason(b'{"nan' + b'\\"' * 30_000) == "broken_json"


def test_latin_1_is_read_for_a_number_with_its_unit_only() -> None:
    assert read("21.5 °C".encode("latin-1")) == Text("21.5 °C")
    assert reason("größer".encode("latin-1")) == "not_text"


def test_bytes_that_are_nothing_say_what_was_tried() -> None:
    found = read(bytes(range(128, 256)))
    assert isinstance(found, Rejection)
    assert found.reason == "not_text"
    assert "CBOR" in found.detail
    assert "MessagePack" in found.detail


def test_a_content_type_is_believed() -> None:
    assert reason(b"on", "application/json") == "broken_json"
    assert read(b"21", "application/json; charset=utf-8") == Text("21")
    assert read(b'{"a": 1}', "application/octet-stream") == Document({"a": 1})
    assert reason(b"\xa1", "application/cbor") == "broken_binary"
    assert reason(b'{"a": 1}', "application/cbor") == "broken_binary"
    assert reason(b"\x0a\x01a", "application/protobuf") == "unsupported_format"
    assert read(b"", "application/json") == read(b"", "application/cbor") == Text("")
    assert reason(b"{}", "image/jpeg") == "unsupported_format"
    assert read(b"{on}", "text/plain") == Text("{on}")
    assert read(b'{"a": 1}', "text/plain") == Document({"a": 1})


@pytest.mark.parametrize(
    "line",
    [
        "weather,location=us-midwest temperature=82 1465839830100400200",
        'my\\ m,tag=v field="a b",x=1i,y=t',
        "# comment\nm f=1\nm f=2.5e3",
    ],
)
def test_line_protocol_is_a_text_of_its_own_kind(line: str) -> None:
    assert is_line_protocol(line)
    found = read(line.encode())
    assert found == Lines(line)
    assert isinstance(found, Text)
    assert found != Text(line)


def test_line_protocol_without_its_decoder_is_undecoded_and_not_taken_for_a_text() -> None:
    rig = Rig(decoders=[])
    assert rig.feed("w/kitchen", "weather,location=us-midwest temperature=82 1465839830100400200") == []
    assert rig.rejected == {"unsupported_format": 1}


@pytest.mark.parametrize("text", ["a=1", "two words", "x y=z", "x y = 1", "", "=", "a b=1 c"])
def test_other_text_is_no_line_protocol(text: str) -> None:
    assert not is_line_protocol(text)


@given(st.binary(), st.sampled_from(["", "application/json", "text/plain", "application/cbor", "x"]))
def test_no_bytes_raise(payload: bytes, content_type: str) -> None:
    assert isinstance(read(payload, content_type), (Document, Text, Rejection))


@given(st.text(alphabet='{}[]",:\\nainf0123eE+- u8d'))
def test_no_almost_json_raises(text: str) -> None:
    assert isinstance(read(text.encode()), (Document, Text, Rejection))
