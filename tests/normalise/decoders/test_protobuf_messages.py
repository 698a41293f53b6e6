"""Protocol Buffers, described by a source rule."""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import SettingsError
from hub.normalise.options import NormaliseOptions, SourceMetric, SourceRule
from tests.normalise.rig import NOW_US, Rig, Row

if TYPE_CHECKING:
    from pathlib import Path

WELL_KNOWN = (any_pb2, duration_pb2, struct_pb2, timestamp_pb2, wrappers_pb2)
TIME_S = 1_766_499_000
SCALARS = {
    "temperature": Field.TYPE_FLOAT,
    "pressure": Field.TYPE_DOUBLE,
    "count": Field.TYPE_UINT64,
    "drift": Field.TYPE_SINT64,
    "level": Field.TYPE_INT32,
    "running": Field.TYPE_BOOL,
    "label": Field.TYPE_STRING,
    "key": Field.TYPE_BYTES,
}


def plant() -> descriptor_pb2.FileDescriptorSet:
    """The description of a plant, as protoc would write it without --include_imports."""
    described = descriptor_pb2.FileDescriptorSet()
    file = described.file.add(
        name="plant.proto",
        package="acme.v1",
        syntax="proto3",
        dependency=[f"google/protobuf/{name}.proto" for name in ("timestamp", "duration", "struct", "wrappers", "any")],
    )
    state = file.enum_type.add(name="State")
    for number, name in enumerate(("UNKNOWN", "ON", "FAULT")):
        state.value.add(name=name, number=number)
    pump = file.message_type.add(name="PumpReport")
    number = 0

    def add(name: str, kind: int, type_name: str = "", *, repeated: bool = False, optional: bool = False) -> None:
        nonlocal number
        number += 1
        field = pump.field.add(name=name, number=number, type=kind, label=3 if repeated else 1)
        if type_name:
            field.type_name = type_name
        if optional:
            field.proto3_optional = True
            field.oneof_index = len(pump.oneof_decl)
            pump.oneof_decl.add(name=f"_{name}")

    for name, kind in SCALARS.items():
        add(name, kind)
    add("maybe", Field.TYPE_INT32, optional=True)
    add("state", Field.TYPE_ENUM, ".acme.v1.State")
    add("inner", Field.TYPE_MESSAGE, ".acme.v1.PumpReport")
    add("samples", Field.TYPE_INT32, repeated=True)
    add("states", Field.TYPE_ENUM, ".acme.v1.State", repeated=True)
    add("by_name", Field.TYPE_MESSAGE, ".acme.v1.PumpReport.ByNameEntry", repeated=True)
    add("timestamp", Field.TYPE_MESSAGE, ".google.protobuf.Timestamp")
    add("runtime", Field.TYPE_MESSAGE, ".google.protobuf.Duration")
    add("extra", Field.TYPE_MESSAGE, ".google.protobuf.Struct")
    add("limit", Field.TYPE_MESSAGE, ".google.protobuf.DoubleValue")
    add("anything", Field.TYPE_MESSAGE, ".google.protobuf.Any")
    entry = pump.nested_type.add(name="ByNameEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=Field.TYPE_STRING, label=1)
    entry.field.add(name="value", number=2, type=Field.TYPE_DOUBLE, label=1)
    return described


@cache
def report() -> Any:
    """The class of the plant's message, made by a pool that the hub does not share."""
    pool = descriptor_pool.DescriptorPool()
    for file in WELL_KNOWN:
        pool.AddSerializedFile(file.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(plant().file[0].SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("acme.v1.PumpReport"))


def make(**fields: Any) -> Any:
    return report()(**fields)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("described") / "plant.desc"
    path.write_bytes(plant().SerializeToString())
    return path


def rig(path: Path, **rule: Any) -> Rig:
    rule = {"descriptor_set": str(path), "message": "acme.v1.PumpReport"} | rule
    return Rig(NormaliseOptions(sources=(SourceRule("plant/{pump}/data", decoder="protobuf", **rule),)))


def values(rows: list[Row]) -> dict[str, object]:
    return {row.metric: row.value for row in rows}


def test_a_message_is_read_with_the_names_of_its_fields(described: Path) -> None:
    message = make(
        temperature=21.5, count=2**64 - 1, drift=-(2**63), level=-5, running=True, label="on", key=b"\xfb\xff"
    )
    rows = rig(described, device="pumps/{pump}").feed("plant/p1/data", message.SerializeToString())
    assert {row.device for row in rows} == {"pumps/p1"}
    assert values(rows) == {
        "temperature": 21.5,
        "pressure": 0.0,
        "count": 2**64 - 1,
        "drift": -(2**63),
        "level": -5,
        "running": True,
        "label": "on",
        "key": "-_8",
        "state": "UNKNOWN",
    }


def test_bytes_written_by_hand_are_read(described: Path) -> None:
    rows = rig(described).feed("plant/p1/data", bytes.fromhex("0d 0000ac41 18 96 01 50 01"))
    assert {"temperature": 21.5, "count": 150, "state": "ON"}.items() <= values(rows).items()
    assert {row.device for row in rows} == {"plant/p1"}


def test_enumerations_are_their_names_and_unknown_ones_their_numbers(described: Path) -> None:
    found = values(rig(described).feed("plant/p1/data", make(state=1, states=[2, 0, 77]).SerializeToString()))
    assert found["state"] == "ON"
    assert [found[f"states.{place}"] for place in range(3)] == ["FAULT", "UNKNOWN", 77]


def test_fields_with_presence_are_read_where_they_were_sent(described: Path) -> None:
    rules = rig(described)
    assert values(rules.feed("plant/p1/data", make(maybe=0).SerializeToString()))["maybe"] == 0
    assert "maybe" not in values(rules.feed("plant/p1/data", make(level=1).SerializeToString()))


def test_messages_maps_and_lists_are_flattened(described: Path) -> None:
    message = make(inner=make(level=7), samples=[4, 5], by_name={"North": 1.5, "south": -1})
    found = values(rig(described).feed("plant/p1/data", message.SerializeToString()))
    assert {
        "inner.level": 7,
        "samples.0": 4,
        "samples.1": 5,
        "by_name.north": 1.5,
        "by_name.south": -1.0,
    }.items() <= found.items()


def test_well_known_types_are_what_they_mean(described: Path) -> None:
    extra = struct_pb2.Struct()
    extra.update({"a": 1.5, "b": None, "c": [True, "x", {"d": "on"}]})
    message = make()
    message.timestamp.FromSeconds(TIME_S)
    message.runtime.FromMilliseconds(1500)
    message.extra.MergeFromString(extra.SerializeToString())
    message.limit.value = 80
    rows = rig(described).feed("plant/p1/data", message.SerializeToString())
    found = values(rows)
    assert {
        "runtime": 1.5,
        "extra.a": 1.5,
        "extra.c.0": True,
        "extra.c.1": "x",
        "extra.c.2.d": "on",
        "limit": 80.0,
    }.items() <= found.items()
    assert "extra.b" not in found
    assert {row.time_us for row in rows} == {TIME_S * 1_000_000}


def test_an_enclosed_message_is_read_if_it_is_described(described: Path) -> None:
    message = make()
    message.anything.type_url = "type.googleapis.com/acme.v1.PumpReport"
    message.anything.value = make(level=9).SerializeToString()
    assert values(rig(described).feed("plant/p1/data", message.SerializeToString()))["anything.level"] == 9
    message.anything.type_url = "type.googleapis.com/other.Thing"
    message.anything.value = b"\xff"
    found = values(rig(described).feed("plant/p1/data", message.SerializeToString()))
    assert (found["anything.type_url"], found["anything.value"]) == ("type.googleapis.com/other.Thing", "_w")


def test_paths_select_from_it_and_texts_keep_their_type(described: Path) -> None:
    rules = rig(
        described, metrics=(SourceMetric("$.label", "label"), SourceMetric("$.inner.temperature", "{pump}.t", "C"))
    )
    rows = rules.feed("plant/p1/data", make(label="on", inner=make(temperature=1.5)).SerializeToString())
    assert [(row.metric, row.value, row.unit) for row in rows] == [("label", "on", None), ("p1.t", 1.5, "°C")]


def test_numbers_that_are_none_are_no_readings(described: Path) -> None:
    found = values(
        rig(described).feed(
            "plant/p1/data", make(temperature=float("nan"), pressure=float("inf"), level=1).SerializeToString()
        )
    )
    assert "temperature" not in found
    assert "pressure" not in found


def test_other_bytes_are_refused(described: Path) -> None:
    rules = rig(described)
    for payload in (b"\xff\xff", b"\x0d\x01", b'{"a": 1}'):
        assert rules.feed("plant/p1/data", payload) == []
    assert rules.rejected == {"broken_protobuf": 3}
    assert rules.feed("plant/p1/data", b"\xf8\x3f\x01") == []
    assert rules.rejected == {"broken_protobuf": 4}
    assert rules.feed("plant/p1/data", b"") == []
    assert rules.rejected == {"broken_protobuf": 4}


def test_a_compressed_message_is_inflated(described: Path) -> None:
    payload = gzip.compress(make(level=3).SerializeToString())
    assert values(rig(described).feed("plant/p1/data", payload))["level"] == 3


def test_too_many_values_and_too_many_levels_are_refused(described: Path) -> None:
    rules = rig(described)
    assert rules.feed("plant/p1/data", make(samples=range(100_001)).SerializeToString()) == []
    assert rules.rejected == {"too_many": 1}
    deep = make(level=1)
    for _ in range(90):
        deep = make(inner=deep)
    rows = rules.feed("plant/p1/data", deep.SerializeToString())
    assert rules.rejected["too_deep"] >= 1
    assert len(rows) < 1000
    rules.feed("plant/p1/data", b"\x5a\x80\x08" * 10_000)
    assert rules.rejected["broken_protobuf"] == 1


def test_the_rule_is_told_where_a_value_comes_from(described: Path) -> None:
    rules = rig(described)
    rules.feed("plant/p1/data", make(level=1).SerializeToString())
    origin = rules.series("plant/p1", "level").origin
    assert origin is not None
    assert (origin.decoder, origin.rule) == (
        "protobuf",
        "source rule for plant/{pump}/data: Protocol Buffers, message acme.v1.PumpReport",
    )


def test_a_set_with_all_its_imports_is_read_too(tmp_path: Path) -> None:
    whole = descriptor_pb2.FileDescriptorSet()
    for file in WELL_KNOWN:
        whole.file.add().MergeFromString(file.DESCRIPTOR.serialized_pb)
    whole.MergeFrom(plant())
    path = tmp_path / "whole.desc"
    path.write_bytes(whole.SerializeToString())
    assert values(rig(path).feed("plant/p1/data", make(level=1).SerializeToString()))["level"] == 1


def test_a_message_that_is_one_value_is_read_as_that(tmp_path: Path) -> None:
    path = tmp_path / "time.desc"
    described = descriptor_pb2.FileDescriptorSet()
    described.file.add(name="x.proto", syntax="proto3").message_type.add(name="Only").field.add(
        name="v", number=1, type=Field.TYPE_INT32, label=1
    )
    path.write_bytes(described.SerializeToString())
    rows = rig(path, message="Only").feed("plant/p1/data", b"\x08\x05")
    assert [(row.metric, row.value, row.time_us) for row in rows] == [("v", 5, NOW_US)]


@pytest.mark.parametrize(
    ("rule", "key", "reason"),
    [
        ({"descriptor_set": ""}, "descriptor_set", "needs it"),
        ({"message": ""}, "message", "needs it"),
        ({"message": "PumpReport"}, "message", r"acme\.v1\.PumpReport"),
        ({"message": "acme.v1.PumpReprt"}, "message", r"acme\.v1\.PumpReport"),
        ({"message": "x"}, "message", r"there are 1: acme\.v1\.PumpReport"),
        ({"descriptor_set": "/no/such/file.desc"}, "descriptor_set", "cannot be read: No such file"),
        ({"decoder": "json"}, "descriptor_set", "only the decoder protobuf"),
        ({"longer": True}, "longer", "only the decoder struct"),
    ],
)
def test_a_rule_that_cannot_be_used_is_a_mistake_with_its_place(
    described: Path, rule: dict[str, Any], key: str, reason: str
) -> None:
    rule = {"decoder": "protobuf", "descriptor_set": str(described), "message": "acme.v1.PumpReport"} | rule
    with pytest.raises(SettingsError, match=rf"(?s)source\.0\.{key}.*{reason}"):
        Rig(NormaliseOptions(sources=(SourceRule("a", **rule),)))


def test_a_file_that_is_no_descriptor_set_is_a_mistake(tmp_path: Path) -> None:
    missing = plant()
    missing.file[0].dependency.append("other.proto")
    contradicting = plant()
    contradicting.file[0].message_type[0].field.add(name="level", number=1, type=Field.TYPE_INT32, label=1)
    invented = plant()
    invented.file[0].dependency.append("google/protobuf/nothing.proto")
    for content, reason in (
        (b"", "no descriptor set"),
        (b"syntax = 'proto3';", "no descriptor set"),
        (timestamp_pb2.Timestamp(seconds=5).SerializeToString(), "no descriptor set"),
        (missing.SerializeToString(), "include_imports"),
        (contradicting.SerializeToString(), "cannot be used"),
        (invented.SerializeToString(), "does not exist"),
    ):
        path = tmp_path / "x.desc"
        path.write_bytes(content)
        with pytest.raises(SettingsError, match=rf"source\.0\.descriptor_set.*{reason}"):
            rig(path)


@settings(deadline=None)
@given(payload=st.binary(max_size=80))
def test_no_bytes_raise(described: Path, payload: bytes) -> None:
    rules = rig(described)
    rules.feed("plant/p1/data", payload)
    assert "decoder_fault" not in rules.rejected


@settings(deadline=None)
@given(data=st.data())
def test_no_damaged_message_raises(described: Path, data: st.DataObject) -> None:
    message = make(temperature=21.5, label="pump", inner=make(level=3), by_name={"a": 1}, states=[1, 2])
    message.timestamp.FromSeconds(TIME_S)
    payload = bytearray(message.SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    rules = rig(described)
    rules.feed("plant/p1/data", bytes(payload[: data.draw(st.integers(1, len(payload)))]))
    assert "decoder_fault" not in rules.rejected
