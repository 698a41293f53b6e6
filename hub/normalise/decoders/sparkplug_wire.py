"""Sparkplug B's wire format: message classes of Google's protobuf, from a table of the specification's fields.

The classes are made when this module is loaded, in a pool of their own: no compiler is needed, and no other package
that knows Sparkplug can collide with them. Parsing itself is done by protobuf's C parser.

References:
    Eclipse Sparkplug 3.0.0, Google Protocol Buffer Schema. Normalisation section 8 (compression).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Protocol, cast

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from hub.core.model import Rejection

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPRESSED = "SPBV1.0_COMPRESSED"
"""The payload's uuid that says that its body is a compressed payload."""
MAX_INFLATED_BYTES = 2 * 1024 * 1024
"""A body that grows beyond this is refused. Less than for documents: two bytes can become an object of 100 bytes."""

_PACKAGE = "telemetry_hub.sparkplug_b"
_VALUES = (
    "int_value:uint32 long_value:uint64 float_value:float double_value:double boolean_value:bool string_value:string"
)
_METRIC = (
    "name:string alias:uint64 timestamp:uint64 datatype:uint32 is_historical:bool is_transient:bool is_null:bool"
    " metadata:MetaData properties:PropertySet"
)
_META_DATA = (
    "is_multi_part:bool content_type:string size:uint64 seq:uint64 file_name:string file_type:string md5:string"
    " description:string"
)
_SCHEMA: dict[str, tuple[str, str, int]] = {
    # message: its fields in the order of their numbers from 1 on, the fields of its oneof, the oneof's first number
    "Payload": ("timestamp:uint64 metrics:*Metric seq:uint64 uuid:string body:bytes", "", 0),
    "Metric": (_METRIC, f"{_VALUES} bytes_value:bytes dataset_value:DataSet template_value:Template", 10),
    "MetaData": (_META_DATA, "", 0),
    "PropertySet": ("keys:*string values:*PropertyValue", "", 0),
    "PropertyValue": (
        "type:uint32 is_null:bool",
        f"{_VALUES} propertyset_value:PropertySet propertysets_value:PropertySetList",
        3,
    ),
    "PropertySetList": ("propertyset:*PropertySet", "", 0),
    "DataSet": ("num_of_columns:uint64 columns:*string types:*uint32 rows:*Row", "", 0),
    "Row": ("elements:*DataSetValue", "", 0),
    "DataSetValue": ("", _VALUES, 1),
    "Template": (
        "version:string metrics:*Metric parameters:*Parameter template_ref:string is_definition:bool",
        "",
        0,
    ),
    "Parameter": ("name:string type:uint32", _VALUES, 3),
}


class Holder(Protocol):
    """Whatever has a value: a metric, a property, an element of a data set. Texts that are no UTF-8 come as bytes."""

    int_value: int
    long_value: int
    float_value: float
    double_value: float
    boolean_value: bool
    string_value: str | bytes

    def HasField(self, name: str) -> bool:  # noqa: N802 - protobuf's name
        """Return True if a field is there."""

    def WhichOneof(self, name: str) -> str | None:  # noqa: N802 - protobuf's name
        """Return which field of a oneof is there, None if none is."""


class Property(Holder, Protocol):
    """The value of a property."""

    type: int
    is_null: bool


class PropertySet(Protocol):
    """Properties of a metric: keys and values, side by side."""

    keys: Sequence[str | bytes]
    values: Sequence[Property]


class Row(Protocol):
    """A row of a data set."""

    elements: Sequence[Holder]


class DataSet(Protocol):
    """A table."""

    columns: Sequence[str | bytes]
    types: Sequence[int]
    rows: Sequence[Row]


class Template(Protocol):
    """A structure of metrics: the definition of a type, or an instance of one."""

    metrics: Sequence[Metric]
    template_ref: str | bytes
    is_definition: bool


class Metric(Holder, Protocol):
    """One metric of a payload."""

    name: str | bytes
    alias: int
    timestamp: int
    datatype: int
    is_historical: bool
    is_null: bool
    properties: PropertySet
    bytes_value: bytes
    dataset_value: DataSet
    template_value: Template


class Payload(Protocol):
    """The payload of every Sparkplug B message."""

    timestamp: int
    metrics: Sequence[Metric]
    seq: int
    uuid: str | bytes
    body: bytes

    def HasField(self, name: str) -> bool:  # noqa: N802 - protobuf's name
        """Return True if a field is there."""

    def ListFields(self) -> list[Any]:  # noqa: N802 - protobuf's name
        """Return the known fields that are there."""


def _described() -> descriptor_pb2.FileDescriptorProto:
    """Return the schema as protobuf describes it; proto2, so that a text that is no UTF-8 costs itself alone."""
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package=_PACKAGE, syntax="proto2")
    for name, (plain, choice, first) in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for number, text in enumerate(plain.split(), 1):
            _add(message, text, number)
        if choice:
            message.oneof_decl.add(name="value")
        for number, text in enumerate(choice.split(), first):
            _add(message, text, number).oneof_index = 0
    return file


def _add(message: descriptor_pb2.DescriptorProto, text: str, number: int) -> descriptor_pb2.FieldDescriptorProto:
    """Add a field that is written ``name:type``, or ``name:*type`` if it is repeated."""
    kinds = descriptor_pb2.FieldDescriptorProto
    name, _, kind = text.partition(":")
    label = kinds.LABEL_REPEATED if kind.startswith("*") else kinds.LABEL_OPTIONAL
    field = message.field.add(name=name, number=number, label=label)
    kind = kind.removeprefix("*")
    if kind in _SCHEMA:
        field.type, field.type_name = kinds.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        field.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
    return field


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_described())
_PAYLOAD = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.Payload"))
_FROM_STRING = _PAYLOAD.FromString


def parse(data: bytes) -> Payload | Rejection:
    """Return a payload, inflated if it is compressed; or why it is none.

    Args:
        data: the bytes of a message, at least one.
    """
    payload = _parsed(data)
    if isinstance(payload, Rejection) or payload.uuid != COMPRESSED:
        return payload
    body = _inflated(payload)
    if isinstance(body, Rejection):
        return body
    inner = _parsed(body) if body else cast("Payload", _PAYLOAD())
    if isinstance(inner, Rejection):
        return inner
    if inner.uuid == COMPRESSED:
        return Rejection("bad_compression", "A compressed payload within a compressed payload.")
    for name in ("seq", "timestamp"):
        if not inner.HasField(name) and payload.HasField(name):
            setattr(inner, name, getattr(payload, name))
    return inner


def _parsed(data: bytes) -> Payload | Rejection:
    """Return a payload as it was sent."""
    try:
        payload = cast("Payload", _FROM_STRING(data))
    except DecodeError:
        return Rejection("broken_protobuf", "It is no Sparkplug B payload: protobuf cannot read it to its end.")
    if not payload.metrics and not payload.ListFields():
        return Rejection("broken_protobuf", "It is no Sparkplug B payload: none of its fields is one of a payload.")
    return payload


def _inflated(payload: Payload) -> bytes | Rejection:
    """Return the inflated body of a compressed payload, within the bound."""
    named = next((metric.string_value for metric in payload.metrics[:16] if metric.name == "algorithm"), "DEFLATE")
    algorithm = named.upper() if isinstance(named, str) else ""
    if algorithm not in ("DEFLATE", "GZIP"):
        detail = f"The compression {algorithm[:32]!r}; Sparkplug's are DEFLATE and GZIP."
        return Rejection("unsupported_format", detail)
    raw = algorithm == "DEFLATE" and not _has_header(payload.body)
    stream = zlib.decompressobj(wbits=-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32)
    try:
        body = stream.decompress(payload.body, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        return Rejection("bad_compression", f"The body is not compressed with {algorithm}: {error}.")
    if len(body) > MAX_INFLATED_BYTES:
        return Rejection("too_large", f"The body grows beyond {MAX_INFLATED_BYTES} bytes when inflated.")
    return body if stream.eof else Rejection("bad_compression", "The compressed body ends too early.")


def _has_header(body: bytes) -> bool:
    """Return True if a body begins like zlib (RFC 1950 §2.2) or gzip; else it can only be bare deflate."""
    return body[:2] == b"\x1f\x8b" or (
        len(body) > 1 and body[0] & 15 == zlib.DEFLATED and not (body[0] << 8 | body[1]) % 31
    )


def rebirth(timestamp_ms: int) -> bytes:
    """Return the payload of the command that asks an edge node for its births.

    Args:
        timestamp_ms: now, milliseconds since 1970 UTC.

    References:
        Eclipse Sparkplug 3.0.0, tck-id-operational-behavior-data-commands-ncmd-rebirth-verb, -name, -value.
    """
    payload: Any = _PAYLOAD(timestamp=timestamp_ms)
    payload.metrics.add(name="Node Control/Rebirth", timestamp=timestamp_ms, datatype=11, boolean_value=True)
    return cast("bytes", payload.SerializeToString())
