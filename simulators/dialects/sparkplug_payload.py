"""Sparkplug B payloads written byte by byte, so that whoever reads them shares nothing with who wrote them.

References:
    Protocol Buffers encoding: tags, varints, lengths. Eclipse Sparkplug 3.0.0, Google Protocol Buffer Schema.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE = range(1, 11)
BOOLEAN, STRING, DATE_TIME, TEXT, UUID, DATA_SET, BYTES, FILE, TEMPLATE = range(11, 20)

_FLAG_NUMBERS = {"historical": 5, "null": 7}
_VALUE_NUMBERS = {
    "int": 10,
    "long": 11,
    "float": 12,
    "double": 13,
    "boolean": 14,
    "string": 15,
    "bytes": 16,
    "data_set": 17,
    "template": 18,
}


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; negative numbers as 64 bits in two's complement."""
    number &= (1 << 64) - 1
    encoded = bytearray()
    while number > 127:  # noqa: PLR2004  # seven bits
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def sized(number: int, octets: bytes) -> bytes:
    """A field of bytes, text or an embedded message, by its number."""
    return varint(number << 3 | 2) + varint(len(octets)) + octets


def double(number: int, value: float) -> bytes:
    """A field of a 64 bits wide float, by its number."""
    return varint(number << 3 | 1) + struct.pack("<d", value)


def field(number: int, value: float | str | bytes) -> bytes:
    """A field by its number in its message; a float is 32 bits wide, see :func:`double`."""
    match value:
        case bool() | int():
            return varint(number << 3) + varint(int(value))
        case float():
            return varint(number << 3 | 5) + struct.pack("<f", value)
        case str():
            return sized(number, value.encode())
        case bytes():
            return sized(number, value)


def value_field(kind: str, value: float | str | bytes, first: int) -> bytes:
    """A value in its oneof, whose numbers start elsewhere in each message."""
    number = _VALUE_NUMBERS[kind] - _VALUE_NUMBERS["int"] + first
    return double(number, value) if kind == "double" else field(number, value)  # type: ignore[arg-type]  # a number


def property_set(properties: dict[str, tuple[int, str, float | str] | None]) -> bytes:
    """Properties by key: datatype, kind of value, value; None for one that is null."""
    keys = b"".join(field(1, key) for key in properties)
    values = b""
    for held in properties.values():
        encoded = field(2, value=True) if held is None else field(1, held[0]) + value_field(held[1], held[2], 3)
        values += sized(2, encoded)
    return keys + values


def metric(
    name: str | None = None,
    datatype: int | None = None,
    *,
    alias: int | None = None,
    at: int | None = None,
    properties: bytes = b"",
    flags: tuple[str, ...] = (),
    **value: float | str | bytes,
) -> bytes:
    """One metric; its value by kind, such as ``float=21.5``; its flags by name, such as ``historical``."""
    heads = ((1, name), (2, alias), (3, at), (4, datatype))
    encoded = b"".join(field(number, held) for number, held in heads if held is not None)
    encoded += b"".join(field(_FLAG_NUMBERS[flag], value=True) for flag in flags)
    if properties:
        encoded += sized(9, properties)
    return encoded + b"".join(value_field(kind, held, 10) for kind, held in value.items())


def data_set(columns: list[str], types: list[int], rows: list[list[tuple[str, float | str] | None]]) -> bytes:
    """A table; each cell by kind and value, None for one without."""
    encoded = field(1, len(columns)) + b"".join(field(2, column) for column in columns)
    encoded += b"".join(field(3, datatype) for datatype in types)
    for row in rows:
        cells = b"".join(sized(1, value_field(cell[0], cell[1], 1) if cell else b"") for cell in row)
        encoded += sized(4, cells)
    return encoded


def template(*members: bytes, of: str | None = None, definition: bool = False) -> bytes:
    """A template's definition, or an instance of one."""
    encoded = b"".join(sized(2, member) for member in members)
    return encoded + (b"" if of is None else field(4, of)) + field(5, definition)


def payload(
    *metrics: bytes,
    at: int | None = 1_766_499_990_000,
    seq: int | None = None,
    uuid: str | None = None,
    body: bytes | None = None,
) -> bytes:
    """A whole payload."""
    encoded = b"" if at is None else field(1, at)
    encoded += b"".join(sized(2, one) for one in metrics)
    tails = ((3, seq), (4, uuid), (5, body))
    return encoded + b"".join(field(number, held) for number, held in tails if held is not None)


def node_birth(
    *metrics: bytes, bd_seq: int | None = 0, seq: int | None = 0, at: int | None = 1_766_499_990_000
) -> bytes:
    """An NBIRTH with what each must have."""
    session = () if bd_seq is None else (metric("bdSeq", INT64, long=bd_seq),)
    return payload(*session, metric("Node Control/Rebirth", BOOLEAN, boolean=False), *metrics, seq=seq, at=at)


def node_death(bd_seq: int | None = 0) -> bytes:
    """An NDEATH."""
    return payload(*(() if bd_seq is None else (metric("bdSeq", INT64, long=bd_seq),)))


def commands(octets: bytes) -> set[str]:
    """The names of the metrics of a command that are true, such as `Node Control/Rebirth`.

    Args:
        octets: The payload of an NCMD or DCMD; what cannot be read of it commands nothing.
    """
    named = set()
    for number, held in _fields(octets):
        metric_fields = dict(_fields(held)) if number == _METRICS and isinstance(held, bytes) else {}
        name = metric_fields.get(1)
        if isinstance(name, bytes) and metric_fields.get(_VALUE_NUMBERS["boolean"]) == 1:
            named.add(name.decode(errors="replace"))
    return named


_METRICS = 2


def _fields(octets: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message by their numbers, up to where it breaks off."""
    at = 0
    while at < len(octets):
        tag, at = _read_varint(octets, at)
        length = {1: 8, 5: 4}.get(tag & 7)
        if tag & 7 == 0:
            number, at = _read_varint(octets, at)
            yield tag >> 3, number
            continue
        if tag & 7 == 2:  # noqa: PLR2004  # a length and as many bytes
            length, at = _read_varint(octets, at)
        if length is None or at + length > len(octets):
            return
        yield tag >> 3, octets[at : at + length]
        at += length


def _read_varint(octets: bytes, at: int) -> tuple[int, int]:
    number = 0
    for place, octet in enumerate(octets[at : at + 10]):
        number |= (octet & 127) << 7 * place
        if octet < 128:  # noqa: PLR2004  # no further byte
            return number, at + place + 1
    return number, len(octets)
