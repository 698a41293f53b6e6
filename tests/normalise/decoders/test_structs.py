"""Fixed binary layouts, declared by a source rule."""

from __future__ import annotations

import math
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import SettingsError
from hub.normalise.decoders.structs import TYPES
from hub.normalise.options import NormaliseOptions, SourceField, SourceMetric, SourceRule
from tests.normalise.rig import NOW_US, Rig, Row

TIME_S = 1_766_499_000


def rig(*fields: SourceField, **rule: Any) -> Rig:
    return Rig(NormaliseOptions(sources=(SourceRule("plant/{pump}/raw", decoder="struct", fields=fields, **rule),)))


def short(rows: list[Row]) -> list[tuple[str, str, object, str | None]]:
    return [(row.device, row.metric, row.value, row.unit) for row in rows]


def one(field: SourceField, payload: bytes, **rule: Any) -> object:
    rows = rig(field, **rule).feed("plant/p1/raw", payload)
    return rows[0].value if rows else None


def test_fields_follow_each_other_and_are_scaled() -> None:
    rules = rig(
        SourceField("temperature", "i16", scale=0.1, unit="C"),
        SourceField("{pump}.speed", "u16", endianness="big", unit="rpm", skip=1),
        SourceField("running", "bool"),
        SourceField("pressure", "f32", scale=100, offset=-5, unit="Pa"),
        device="pumps/{pump}",
    )
    payload = struct.pack("<hx", -215) + struct.pack(">H", 1450) + struct.pack("<?f", True, 1.5)
    for _ in range(2):
        assert short(rules.feed("plant/p1/raw", payload)) == [
            ("pumps/p1", "temperature", -21.5, "°C"),
            ("pumps/p1", "p1.speed", 1450, "rpm"),
            ("pumps/p1", "running", True, None),
            ("pumps/p1", "pressure", 145.0, "Pa"),
        ]
    assert [row.device for row in rules.feed("plant/p2/raw", payload)] == ["pumps/p2"] * 4
    assert rules.series("pumps/p1", "temperature").origin is not None


def test_a_rule_without_device_leaves_it_to_the_topic() -> None:
    assert short(rig(SourceField("a", "u8")).feed("plant/p1/raw", b"\x07")) == [("plant/p1", "a", 7, None)]


@pytest.mark.parametrize(
    ("kind", "layout", "value"),
    [
        ("u8", "B", 200),
        ("i8", "b", -100),
        ("u16", "H", 60_000),
        ("i16", "h", -30_000),
        ("u32", "I", 2**32 - 1),
        ("i32", "i", -(2**31)),
        ("u64", "Q", 2**64 - 1),
        ("i64", "q", -(2**63)),
        ("f16", "e", 1.5),
        ("f32", "f", -0.25),
        ("f64", "d", 1e-300),
    ],
)
@pytest.mark.parametrize("endianness", ["little", "big"])
def test_numbers_of_every_type_are_read_in_both_orders(kind: str, layout: str, value: float, endianness: str) -> None:
    payload = struct.pack(("<" if endianness == "little" else ">") + layout, value)
    found = one(SourceField("x", kind), payload, endianness=endianness)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("size", [3, 5, 6, 7])
@settings(deadline=None)
@given(data=st.data())
def test_integers_of_odd_sizes_are_read(size: int, data: st.DataObject) -> None:
    value = data.draw(st.integers(-(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1))
    assert one(SourceField("x", f"i{8 * size}"), value.to_bytes(size, "little", signed=True)) == value


def test_decimal_scales_give_the_decimals_that_people_expect() -> None:
    assert one(SourceField("x", "u8", scale=0.1), b"\x03") == 0.3
    assert one(SourceField("x", "i16", scale=-0.01), b"\x23\x00") == -0.35
    assert one(SourceField("x", "u8", scale=0.25), b"\x03") == 0.75
    found = one(SourceField("x", "u8", scale=2.0, offset=-40.0), b"\x03")
    assert found == -34
    assert isinstance(found, int)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_float_that_is_no_number_is_no_value(value: float) -> None:
    rules = rig(SourceField("x", "f32"), SourceField("y", "u8"))
    assert short(rules.feed("plant/p1/raw", struct.pack("<fB", value, 1))) == [("plant/p1", "y", 1, None)]
    assert rules.rejected == {}


def test_texts_end_with_a_nul_and_bytes_are_base64url() -> None:
    rules = rig(SourceField("name", "text", length=6), SourceField("key", "bytes", length=2))
    assert short(rules.feed("plant/p1/raw", b"on\0xyz\xfb\xff")) == [
        ("plant/p1", "name", "on", None),
        ("plant/p1", "key", "-_8", None),
    ]
    assert short(rules.feed("plant/p1/raw", b"\0" * 6 + b"\xfb\xff")) == [("plant/p1", "key", "-_8", None)]
    assert short(rules.feed("plant/p1/raw", b"\xff" * 8)) == [("plant/p1", "key", "__8", None)]
    assert rules.rejected == {"bad_text": 1}


def test_a_time_dates_the_other_fields() -> None:
    rules = rig(SourceField("a", "u8"), SourceField("ts", "u32"), SourceField("b", "u8"))
    rows = rules.feed("plant/p1/raw", struct.pack("<BIB", 1, TIME_S, 2))
    assert [(row.metric, row.time_us) for row in rows] == [("a", TIME_S * 1_000_000), ("b", TIME_S * 1_000_000)]
    assert [row.time_us for row in rules.feed("plant/p1/raw", struct.pack("<BIB", 1, 5, 2))] == [NOW_US] * 2


def test_of_several_times_the_first_that_tells_one_counts() -> None:
    times = (SourceField(name, "u32") for name in ("ts", "read_at", "time"))
    rules = rig(*times, SourceField("a", "u8"))
    rows = rules.feed("plant/p1/raw", struct.pack("<IIIB", 5, TIME_S, TIME_S + 9, 1))
    assert [(row.metric, row.time_us) for row in rows] == [("a", TIME_S * 1_000_000)]


def test_the_length_must_be_exact_unless_the_rule_allows_more() -> None:
    exact, open_ended = rig(SourceField("x", "u16", skip=1)), rig(SourceField("x", "u16", skip=1), longer=True)
    for payload in (b"\0\1", b"\0\1\0\7"):
        assert exact.feed("plant/p1/raw", payload) == []
    assert exact.rejected == {"unexpected_shape": 2}
    assert short(open_ended.feed("plant/p1/raw", b"\0\1\0\7")) == [("plant/p1", "x", 1, None)]
    assert open_ended.feed("plant/p1/raw", b"\0\1") == []
    assert open_ended.rejected == {"unexpected_shape": 1}
    assert exact.feed("plant/p1/raw", b"") == []
    assert exact.rejected == {"unexpected_shape": 2}


def test_a_compressed_payload_is_inflated() -> None:
    assert one(SourceField("x", "text", length=3), zlib.compress(b"abc")) == "abc"


@pytest.mark.parametrize(
    ("field", "key"),
    [
        (SourceField("x", "u7"), "type"),
        (SourceField("x", "u8", endianness="middle"), "endianness"),
        (SourceField("x", "u8", scale=0), "scale"),
        (SourceField("x", "u8", scale=math.nan), "scale"),
        (SourceField("x", "u8", scale=1e-310), "scale"),
        (SourceField("x", "u8", offset=math.inf), "offset"),
        (SourceField("x", "u8", skip=-1), "skip"),
        (SourceField("x", "u8", length=2), "length"),
        (SourceField("x", "text"), "length"),
        (SourceField("x", "bytes", length=5000), "length"),
        (SourceField("x", "bool", scale=2), "scale"),
    ],
)
def test_a_field_that_cannot_be_read_is_a_mistake_with_its_place(field: SourceField, key: str) -> None:
    with pytest.raises(SettingsError, match=rf"source\.0\.field\.1\.{key}"):
        rig(SourceField("ok", "u8"), field)


def test_the_mistake_names_the_types_that_there_are() -> None:
    with pytest.raises(SettingsError, match="u24"):
        rig(SourceField("x", "short"))


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (SourceRule("a", decoder="struct"), "field"),
        (SourceRule("a", decoder="struct", fields=(SourceField("x", "u8"),) * 1001), "field"),
        (SourceRule("a", decoder="struct", fields=(SourceField("{y}", "u8"),)), "field.0.name"),
        (SourceRule("a", decoder="struct", fields=(SourceField("x", "u8"),), endianness="no"), "field.0.endianness"),
        (
            SourceRule("a", decoder="struct", fields=(SourceField("x", "u8"),), metrics=(SourceMetric("$", "a"),)),
            "metric",
        ),
        (SourceRule("a", fields=(SourceField("x", "u8"),)), "field"),
        (SourceRule("a", longer=True), "longer"),
        (SourceRule("a", endianness="big"), "endianness"),
    ],
)
def test_a_rule_that_describes_what_its_decoder_does_not_read_is_a_mistake(rule: SourceRule, key: str) -> None:
    with pytest.raises(SettingsError, match=rf"source\.0\.{key}"):
        Rig(NormaliseOptions(sources=(rule,)))


def test_it_cannot_be_forced_without_a_description() -> None:
    for name in ("struct", "protobuf"):
        with pytest.raises(SettingsError, match="needs a description"):
            Rig(NormaliseOptions(forced=(("a/#", name),)))


@settings(deadline=None)
@given(st.lists(st.sampled_from(TYPES), min_size=1, max_size=6), st.binary(max_size=60), st.booleans())
def test_no_bytes_raise(kinds: list[str], payload: bytes, longer: bool) -> None:  # noqa: FBT001 - a parameter
    lengths = [3 if kind in ("text", "bytes") else 0 for kind in kinds]
    fields = [
        SourceField(f"x{place}", kind, length=length)
        for place, (kind, length) in enumerate(zip(kinds, lengths, strict=True))
    ]
    rules = rig(*fields, longer=longer)
    rules.feed("plant/p1/raw", payload)
    assert "decoder_fault" not in rules.rejected
