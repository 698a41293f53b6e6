"""Sparkplug B: what the fields on the wire mean by each datatype; arrays, data sets, compression."""

from __future__ import annotations

import gzip
import struct
import zlib
from typing import Any

import pytest

from hub.core.catalogue import CatalogueLimits
from simulators.dialects.sparkplug_payload import (
    BOOLEAN,
    BYTES,
    DATA_SET,
    DATE_TIME,
    DOUBLE,
    FILE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    TEMPLATE,
    TEXT,
    UINT8,
    UINT32,
    UINT64,
    UUID,
    data_set,
    metric,
    node_birth,
    payload,
    property_set,
)
from tests.normalise.rig import Rig

BIRTH, DATA = "spBv1.0/G/NBIRTH/e", "spBv1.0/G/NDATA/e"


def read(*metrics: bytes) -> tuple[dict[str, Any], dict[str, int]]:
    rig = Rig()
    return rig.values(BIRTH, node_birth(*metrics)), rig.rejected


@pytest.mark.parametrize(
    ("datatype", "value", "wanted"),
    [
        (INT8, {"int": 251}, -5),
        (INT8, {"int": 2**32 - 5}, -5),
        (INT8, {"int": 127}, 127),
        (INT16, {"int": 65_531}, -5),
        (INT16, {"int": 2**32 - 5}, -5),
        (INT32, {"int": 2**32 - 70_000}, -70_000),
        (INT32, {"long": 2**64 - 5}, -5),
        (INT64, {"long": 2**64 - 2**53 - 1}, -(2**53) - 1),
        (INT64, {"int": 5}, 5),
        (UINT8, {"int": 200}, 200),
        (UINT32, {"int": 2**32 - 1}, 2**32 - 1),
        (UINT32, {"long": 2**32 - 1}, 2**32 - 1),
        (UINT64, {"long": 2**64 - 1}, 2**64 - 1),
        (FLOAT, {"float": 0.5}, 0.5),
        (FLOAT, {"double": 0.1}, 0.1),
        (DOUBLE, {"double": 1e300}, 1e300),
        (DOUBLE, {"int": 4}, 4.0),
        (BOOLEAN, {"boolean": True}, True),
        (BOOLEAN, {"int": 0}, False),
        (BOOLEAN, {"int": 1}, True),
        (STRING, {"string": "on"}, "on"),
        (STRING, {"string": " 12 "}, " 12 "),
        (STRING, {"string": ""}, ""),
        (TEXT, {"string": "ünï"}, "ünï"),
        (UUID, {"string": "5a2bd5f2-2b5e-4d1a-9a8e-6a1d3c0f9b11"}, "5a2bd5f2-2b5e-4d1a-9a8e-6a1d3c0f9b11"),
        (DATE_TIME, {"long": 0}, "1970-01-01T00:00:00Z"),
        (DATE_TIME, {"long": 1_700_000_000_050}, "2023-11-14T22:13:20.050Z"),
        (DATE_TIME, {"long": 2**64 - 1000}, "1969-12-31T23:59:59Z"),
        (BYTES, {"bytes": b"\x00\xff\xfe"}, "AP/+"),
        (FILE, {"bytes": b"a"}, "YQ=="),
        (0, {"float": 2.5}, 2.5),
        (99, {"int": 7}, 7),
    ],
)
def test_a_value_is_read_by_its_datatype(datatype: int, value: dict[str, Any], wanted: object) -> None:
    values, rejected = read(metric("x", datatype, **value))
    assert (values, rejected) == ({"x": wanted}, {})
    assert type(values["x"]) is type(wanted)


@pytest.mark.parametrize("kind", ["int", "long", "float", "double", "boolean", "string", "bytes"])
def test_zero_false_and_empty_are_values(kind: str) -> None:
    zero: dict[str, Any] = {"float": 0.0, "double": 0.0, "boolean": False, "string": "", "bytes": b""}
    datatypes = {"int": INT32, "long": INT64, "float": FLOAT, "double": DOUBLE, "boolean": BOOLEAN, "bytes": BYTES}
    values, rejected = read(metric("x", datatypes.get(kind, STRING), **{kind: zero.get(kind, 0)}))
    assert (values, rejected) == ({"x": "" if kind in ("string", "bytes") else 0}, {})


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        (INT32, {"string": "5"}),
        (UINT32, {"float": 1.5}),
        (FLOAT, {"string": "1.5"}),
        (BOOLEAN, {"int": 7}),
        (BOOLEAN, {"string": "true"}),
        (STRING, {"int": 5}),
        (DATE_TIME, {"string": "2023-11-14"}),
        (DATE_TIME, {"long": 2**62}),
        (BYTES, {"string": "abc"}),
        (DATA_SET, {"int": 5}),
        (TEMPLATE, {"int": 5}),
        (22, {"int": 5}),
        (24, {"bytes": b"12345"}),
        (32, {"bytes": b"\x01"}),
        (32, {"bytes": b"\x09\x00\x00\x00\xff"}),
    ],
)
def test_a_value_that_is_not_of_its_datatype_is_refused_and_the_others_count(
    datatype: int, value: dict[str, Any]
) -> None:
    assert read(metric("x", datatype, **value), metric("y", INT32, int=1)) == ({"y": 1}, {"unexpected_shape": 1})


@pytest.mark.parametrize("datatype", [*range(35)])
def test_a_metric_without_a_value_is_no_reading_and_no_error(datatype: int) -> None:
    assert read(metric("x", datatype)) == ({}, {})


@pytest.mark.parametrize(
    ("datatype", "form", "numbers"),
    [
        (22, "b", [-23, 123]),
        (23, "h", [-30_000, 30_000]),
        (24, "i", [-1, 315_338_746]),
        (25, "q", [-(2**62), 5]),
        (26, "B", [23, 250]),
        (27, "H", [30, 52_360]),
        (28, "I", [52, 3_293_969_225]),
        (29, "Q", [52, 2**64 - 1]),
        (30, "f", [1.25, -0.5]),
        (31, "d", [12.354213, 1e300]),
    ],
)
def test_an_array_of_numbers_is_packed_with_the_lowest_byte_first(
    datatype: int, form: str, numbers: list[float]
) -> None:
    octets = struct.pack(f"<{len(numbers)}{form}", *numbers)
    assert read(metric("x", datatype, bytes=octets)) == ({f"x.{place}": one for place, one in enumerate(numbers)}, {})


def test_arrays_of_booleans_texts_and_dates() -> None:
    moments = struct.pack("<2q", 1_256_102_875_335, 1_656_107_875_000)
    values, rejected = read(
        metric("flags", 32, bytes=b"\x0c\x00\x00\x00\x34\xd0"),
        metric("names", 33, bytes=b"ABC\0\0hello"),
        metric("times", 34, bytes=moments),
        metric("none", 33, bytes=b""),
    )
    flags = [False, False, True, True, False, True, False, False, True, True, False, True]
    assert values == {
        **{f"flags.{place}": flag for place, flag in enumerate(flags)},
        "names.0": "ABC",
        "names.1": "",
        "names.2": "hello",
        "times.0": "2009-10-21T05:27:55.335Z",
        "times.1": "2022-06-24T21:57:55Z",
    }
    assert rejected == {}


def test_long_arrays_and_long_bytes_are_refused_as_a_whole() -> None:
    arrays = (metric("a", 26, bytes=bytes(257)), metric("b", 32, bytes=struct.pack("<I", 300) + bytes(99)))
    assert read(*arrays, metric("c", 33, bytes=bytes(300)), metric("d", BYTES, bytes=bytes(3073))) == (
        {},
        {"array_too_long": 3, "too_long": 1},
    )
    assert len(read(metric("a", 26, bytes=bytes(256)), metric("d", BYTES, bytes=bytes(3072)))[0]) == 257


def test_the_unit_of_an_array_is_that_of_its_numbers() -> None:
    rig = Rig()
    unit = property_set({"engUnit": (STRING, "string", "mm/s")})
    rows = rig.feed(BIRTH, node_birth(metric("v", 30, bytes=struct.pack("<2f", 1, 2), properties=unit)))
    assert [row.unit for row in rows] == ["mm/s", "mm/s"]


def test_a_data_set_is_rows_of_named_columns() -> None:
    rows: list[list[tuple[str, Any] | None]] = [
        [("string", "north"), ("int", 65_531), ("boolean", True), ("long", 1_700_000_000_000)],
        [None, ("int", 4)],
        [("string", "x"), ("int", 4), ("boolean", False), ("long", 0), ("int", 99)],
    ]
    table = data_set(["Zone Name", "Temp", "", "at"], [STRING, INT16, BOOLEAN, DATE_TIME], rows)
    values, rejected = read(metric("Zones", DATA_SET, data_set=table))
    assert values == {
        "zones.0.zone_name": "north",
        "zones.0.temp": -5,
        "zones.0.2": True,
        "zones.0.at": "2023-11-14T22:13:20Z",
        "zones.1.temp": 4,
        "zones.2.zone_name": "x",
        "zones.2.temp": 4,
        "zones.2.2": False,
        "zones.2.at": "1970-01-01T00:00:00Z",
    }
    assert rejected == {}


def test_a_data_set_with_too_many_cells_is_read_up_to_the_limit() -> None:
    wide = data_set([f"c{place}" for place in range(200)], [INT32] * 200, [[("int", 1)] * 200] * 60)
    rig = Rig(limits=CatalogueLimits(metrics_per_device=20_000))
    assert len(rig.feed(BIRTH, node_birth(metric("t", DATA_SET, data_set=wide)))) == 10_000
    assert rig.rejected == {"too_many": 1}


def test_not_a_number_is_refused_for_itself_alone() -> None:
    assert read(metric("x", FLOAT, float=float("nan")), metric("y", FLOAT, float=1.0)) == (
        {"y": 1.0},
        {"not_a_number": 1},
    )


def test_a_text_that_is_no_utf_8_is_refused_for_itself_alone() -> None:
    octets = metric("x", STRING) + b"\x7a\x02\xff\xfe"
    assert read(octets, metric("y", FLOAT, float=1.0)) == ({"y": 1.0}, {"bad_text": 1})


# compression


def compressed(body: bytes, algorithm: str | None, **more: Any) -> bytes:
    metrics = () if algorithm is None else (metric("algorithm", STRING, string=algorithm),)
    return payload(*metrics, uuid="SPBV1.0_COMPRESSED", body=body, **more)


def bare_deflate(octets: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(octets) + stream.flush()


@pytest.mark.parametrize(
    ("pack", "algorithm"),
    [
        (zlib.compress, "DEFLATE"),
        (zlib.compress, None),
        (bare_deflate, "DEFLATE"),
        (gzip.compress, "GZIP"),
        (gzip.compress, "gzip"),
    ],
)
def test_a_compressed_payload_is_read_like_any_other(pack: Any, algorithm: str | None) -> None:
    rig = Rig()
    birth = node_birth(metric("Load", FLOAT, alias=1, float=1.5), seq=None, at=None)
    rows = rig.feed(BIRTH, compressed(pack(birth), algorithm, seq=7, at=1_766_499_990_123))
    assert [(row.metric, row.value, row.time_us) for row in rows] == [("load", 1.5, 1_766_499_990_123_000)]
    rig.feed(DATA, payload(metric(alias=1, float=2.0), seq=8))
    assert not rig.normaliser.requests


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (compressed(zlib.compress(bytes(3_000_000)), "DEFLATE"), "too_large"),
        (compressed(zlib.compress(payload(seq=1))[:-5], "DEFLATE"), "bad_compression"),
        (compressed(b"\x78\x9cjunk", "DEFLATE"), "bad_compression"),
        (compressed(b"", "GZIP"), "bad_compression"),
        (compressed(payload(seq=1), "LZMA"), "unsupported_format"),
        (compressed(zlib.compress(compressed(zlib.compress(payload(seq=1)), None)), None), "bad_compression"),
        (compressed(zlib.compress(b"not protobuf"), None), "broken_protobuf"),
    ],
)
def test_what_cannot_be_inflated_is_kept_with_the_reason(octets: bytes, reason: str) -> None:
    rig = Rig()
    assert rig.feed(BIRTH, octets) == []
    assert rig.rejected == {reason: 1}
