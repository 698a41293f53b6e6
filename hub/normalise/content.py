"""Content: what the bytes of a message are, before anybody asks what they mean.

A document, a text, or the reason why they are neither. Devices do send ``NaN`` in JSON, numbers beyond a float and
half surrogate pairs; such a value is no value, and its document counts.

References:
    Normalisation G10. RFC 8259 (JSON), RFC 1952 (gzip), RFC 1950 (zlib).
"""

from __future__ import annotations

import json
import math
import re
import zlib
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from hub.core.model import Rejection
from hub.core.units import NUMBER, split_number
from hub.normalise.values import MAX_NUMBER_CHARACTERS, fit

MAX_INFLATED_BYTES: Final = 8 * 1024 * 1024
"""A compressed payload that grows beyond this is refused, whatever it says it is."""
MAX_REPAIRED_BYTES: Final = 64 * 1024
"""A larger document with ``NaN`` in it is refused: looking at each of its tokens would hold up everybody else."""

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
"""What a JSON document can hold."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object or array."""

    root: dict[str, Json] | list[Json]


@dataclass(frozen=True, slots=True)
class Text:
    """Any other text, trimmed; a JSON string is unquoted."""

    text: str


@dataclass(frozen=True, slots=True)
class Lines(Text):
    """A text whose every line that is no comment is InfluxDB line protocol; where a topic says otherwise, a text."""


Content: TypeAlias = Document | Text | Rejection
"""What a payload can be; :class:`Lines` is a text."""

_GZIP = b"\x1f\x8b"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_BOM = b"\xef\xbb\xbf"
_JSON_TYPES = frozenset({"application/json", "text/json"})
_PICTURES = ("image/", "video/", "audio/")
_BINARY_FORMATS = {
    "application/cbor": "CBOR",
    "application/senml+cbor": "CBOR",
    "application/msgpack": "MessagePack",
    "application/vnd.msgpack": "MessagePack",
    "application/x-msgpack": "MessagePack",
    "application/x-protobuf": "Protocol Buffers",
    "application/protobuf": "Protocol Buffers",
}
_REPAIRABLE = re.compile(rb"nan|inf|\\ud[89a-f]|\d{300}|e\+?\d{3}", re.IGNORECASE)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|-?\b(?:nan|inf(?:inity)?)\b|-?\d[\d.eE+-]*+', re.IGNORECASE | re.DOTALL)
_NAME = r"(?:[^\s,=\\]|\\.)++"
_FIELD = (
    rf'{_NAME}=(?:"(?:[^"\\]|\\.)*+"|{NUMBER}[iu]?(?=[ ,]|$)'
    r"|(?:[tTfF]|true|True|TRUE|false|False|FALSE)(?=[ ,]|$))"
)
_LINE = re.compile(
    rf"(?:[^\s,#\\]|\\.)(?:[^\s,\\]|\\.)*+(?:,{_NAME}={_NAME})*+ {_FIELD}(?:,{_FIELD})*+(?: -?\d{{1,20}})?",
)
"""Measurement, tags, fields, timestamp (InfluxDB line protocol syntax)."""


def read(payload: bytes, content_type: str = "") -> Content:
    """Return what a payload is.

    Args:
        payload: the bytes of the message.
        content_type: MQTT 5's property, empty without one.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _BINARY_FORMATS:
        return _unsupported(_BINARY_FORMATS[media_type])
    if media_type.startswith(_PICTURES):
        return Rejection("unsupported_format", f"The content type {media_type} holds no readings.")
    return _read(payload, media_type, inflate=True)


def _read(payload: bytes, media_type: str, *, inflate: bool) -> Content:
    """Return what a payload is, looking into a compressed one once."""
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        if inflate and (payload.startswith((_GZIP, *_ZLIB))):
            inflated = _inflated(payload)
            return inflated if isinstance(inflated, Rejection) else _read(inflated, media_type, inflate=False)
        return _binary(payload, error)
    return read_text(text.removeprefix("\ufeff"), media_type)


def read_text(text: str, media_type: str = "") -> Content:
    """Return what a text is.

    Args:
        text: any.
        media_type: what the content type says, empty without one. ``text/plain`` allows what looks like broken JSON.
    """
    trimmed = text.strip()
    is_json = media_type in _JSON_TYPES or media_type.endswith("+json")
    if trimmed.startswith(("{", "[")):
        document = parse_json(trimmed)
        if isinstance(document, (dict, list)):
            return Document(document)
        return Text(trimmed) if media_type == "text/plain" else document  # type: ignore[return-value]  # a Rejection
    if is_json or trimmed.startswith('"'):
        scalar = parse_json(trimmed) if trimmed else ""
        if isinstance(scalar, str):
            return Text(scalar.strip())
        if isinstance(scalar, Rejection) and is_json:
            return scalar
    return Lines(trimmed) if is_line_protocol(trimmed) else Text(trimmed)


def parse_json(text: str) -> Json | Rejection:
    """Return the value of a JSON text, with null where a number is none; a Rejection where it is broken.

    Args:
        text: trimmed.
    """
    try:
        return orjson.loads(text)  # type: ignore[no-any-return]  # JSON
    except orjson.JSONDecodeError as error:
        reason = "nested too deep" if "memory" in error.msg else error.msg
        fault = f"{reason} at line {error.lineno}, column {error.colno}"
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= MAX_REPAIRED_BYTES and _REPAIRABLE.search(data):
        try:
            return json.loads(_TOKEN.sub(_repaired, text))  # type: ignore[no-any-return]  # likewise
        except (ValueError, RecursionError):
            pass
    return Rejection("broken_json", f"Broken JSON: {fault}.")


def _repaired(found: re.Match[str]) -> str:
    """Return a token of a document as it can be read: strings as they are, numbers that are none as null."""
    token = found[0]
    if token.startswith('"'):
        return token
    if token.lstrip("-").isalpha():
        return "null"
    if token.lstrip("-").isdigit():
        value = fit(int(token)) if len(token) <= MAX_NUMBER_CHARACTERS else None
        return token if value is not None else "null"
    try:
        return token if math.isfinite(float(token)) else "null"
    except ValueError:
        return token


def is_line_protocol(text: str) -> bool:
    """Return True if every line that is no comment is InfluxDB line protocol.

    Args:
        text: trimmed.
    """
    if "=" not in text:
        return False
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return bool(lines) and all(_LINE.fullmatch(line.strip()) for line in lines)


def _inflated(payload: bytes) -> bytes | Rejection:
    """Return the content of a gzip or zlib stream, within the bound."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        content = stream.decompress(payload, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        return Rejection("bad_compression", f"It begins like a compressed payload, but: {error}.")
    if len(content) > MAX_INFLATED_BYTES:
        return Rejection("too_large", f"It grows beyond {MAX_INFLATED_BYTES} bytes when inflated.")
    if not stream.eof:
        return Rejection("bad_compression", "The compressed payload ends too early.")
    return content


def _binary(payload: bytes, error: UnicodeDecodeError) -> Content:
    """Return what bytes are that are no UTF-8: a number with its unit in Latin-1, or nothing the hub can read."""
    text = payload.decode("latin-1").strip()
    if split_number(text) is not None:
        return Text(text)
    return Rejection(
        "not_text",
        f"Not UTF-8 from byte {error.start} on ({error.reason}), not compressed; CBOR and MessagePack are not read.",
    )


def _unsupported(name: str) -> Rejection:
    """Return the rejection of a format that this hub has no decoder for."""
    return Rejection("unsupported_format", f"{name} is not read by this hub.")
