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
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import orjson

from hub.core.model import Rejection
from hub.core.units import NUMBER, split_number
from hub.normalise.binary import Encoding, recognised, unpack
from hub.normalise.compressed import inflated, is_compressed
from hub.normalise.values import MAX_NUMBER_CHARACTERS, fit

MAX_REPAIRED_BYTES: Final = 64 * 1024
"""A larger document with ``NaN`` in it is refused: looking at each of its tokens would hold up everybody else."""

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
"""What a JSON document can hold."""


@dataclass(slots=True)
class Document:
    """A JSON object or array, or what means the same in another encoding.

    Args:
        root: parsed.
        encoding: how it was written; for those who must know whether a key was a number.
    """

    root: dict[str, Json] | list[Json]
    encoding: Encoding = field(default=Encoding.JSON, compare=False)


@dataclass(slots=True)
class Text:
    """Any other text, trimmed; a JSON string is unquoted."""

    text: str


@dataclass(slots=True)
class Lines(Text):
    """A text whose every line that is no comment is InfluxDB line protocol; where a topic says otherwise, a text."""


Content: TypeAlias = Document | Text | Rejection
"""What a payload can be; :class:`Lines` is a text."""

_JSON_BEGINS = (b"{", b"[")
"""First bytes of most documents; what is JSON from there to its end is nothing else."""
_JSON_TYPES = frozenset({"application/json", "text/json"})
_PICTURES = ("image/", "video/", "audio/")
_ENCODINGS = {
    "application/cbor": Encoding.CBOR,
    "application/msgpack": Encoding.MESSAGEPACK,
    "application/vnd.msgpack": Encoding.MESSAGEPACK,
    "application/x-msgpack": Encoding.MESSAGEPACK,
}
_SUFFIXES = {"cbor": Encoding.CBOR, "msgpack": Encoding.MESSAGEPACK}
"""Of structured types, such as ``application/senml+cbor`` (RFC 6839, RFC 8949 §9.5)."""
_COMPRESSIONS = frozenset(
    f"application/{name}" for name in ("gzip", "x-gzip", "zlib", "x-zlib", "deflate", "zstd", "x-zstd")
)
"""They say nothing about what is in it."""
_PROTOBUF = frozenset(
    f"application/{name}" for name in ("protobuf", "x-protobuf", "vnd.google.protobuf", "x-google-protobuf")
)
_PROTOBUF_UNNAMED = Rejection(
    "unsupported_format",
    "Protocol Buffers are read by a [[source]] rule only, which names their descriptor set and message.",
)
_REPAIRABLE = re.compile(rb"nan|inf|\\ud[89a-f]|\d{300}|e\+?\d{3}", re.IGNORECASE)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|-?\b(?:nan|inf(?:inity)?)\b|-?\d[\d.eE+-]*+', re.IGNORECASE | re.DOTALL)
_NAME = r"(?:[^\s,=\\]++|\\.)++"
_FIELD = (
    rf'{_NAME}=(?:"(?:[^"\\]++|\\.)*+"|{NUMBER}[iu]?(?=[ ,]|$)'
    r"|(?:[tTfF]|true|True|TRUE|false|False|FALSE)(?=[ ,]|$))"
)
_LINE = re.compile(
    rf"(?:[^\s,#\\]|\\.)(?:[^\s,\\]++|\\.)*+(?:,{_NAME}={_NAME})*+ {_FIELD}(?:,{_FIELD})*+(?: -?\d{{1,20}})?",
)
"""Measurement, tags, fields, timestamp (InfluxDB line protocol syntax)."""


def read(payload: bytes, content_type: str = "") -> Content:
    """Return what a payload is.

    Args:
        payload: the bytes of the message.
        content_type: MQTT 5's property, empty without one.
    """
    media_type = ""
    if content_type:
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type.startswith(_PICTURES):
            return Rejection("unsupported_format", f"The content type {media_type} holds no readings.")
        if media_type in _PROTOBUF:
            return _PROTOBUF_UNNAMED
        if media_type in _COMPRESSIONS:
            media_type = ""
    elif payload[:1] in _JSON_BEGINS:
        try:
            return Document(orjson.loads(payload))
        except orjson.JSONDecodeError:
            return _read(payload, "", inflate=True)
    return _read(payload, media_type, inflate=True) if payload else Text("")


def _read(payload: bytes, media_type: str, *, inflate: bool) -> Content:
    """Return what a payload is, looking into a compressed one once."""
    encoding = _ENCODINGS.get(media_type) or _SUFFIXES.get(media_type.rpartition("+")[2])
    if encoding is not None:
        found = _unpacked(payload, encoding)
        if isinstance(found, Rejection) and inflate and is_compressed(payload):
            return _inflated(payload, media_type)
        return found
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        if inflate and is_compressed(payload):
            return _inflated(payload, media_type)
        return _binary(payload, error)
    if inflate and is_compressed(payload) and isinstance(content := inflated(payload), bytes):
        return _read(content, media_type, inflate=False)  # by chance the few bytes of a small one are UTF-8 too
    return read_text(text.removeprefix("\ufeff"), media_type)


def _inflated(payload: bytes, media_type: str) -> Content:
    """Return what is in a compressed payload."""
    content = inflated(payload)
    return content if isinstance(content, Rejection) else _read(content, media_type, inflate=False)


def _unpacked(payload: bytes, encoding: Encoding) -> Content:
    """Return what a payload is whose content type names its encoding; then it may be a single value."""
    packed = unpack(payload, encoding)
    if isinstance(packed, Rejection):
        return packed
    if isinstance(packed.value, (dict, list)):
        return Document(packed.value, encoding)
    if isinstance(packed.value, bool):
        return Text("true" if packed.value else "false")
    return Text("" if packed.value is None else str(packed.value).strip())


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


def _binary(payload: bytes, error: UnicodeDecodeError) -> Content:
    """Return what bytes are that are no UTF-8: a document, or in Latin-1 a number with its unit, or nothing."""
    packed = recognised(payload)
    if not isinstance(packed, Rejection) and isinstance(packed.value, (dict, list)):
        return Document(packed.value, packed.encoding)
    text = payload.decode("latin-1").strip() if len(payload) <= MAX_NUMBER_CHARACTERS else ""
    if split_number(text) is not None:
        return Text(text)
    twice = " It is compressed twice." if is_compressed(payload) else ""
    detail = packed.detail if isinstance(packed, Rejection) else ""
    return Rejection("not_text", f"Not UTF-8 from byte {error.start} on ({error.reason}).{twice} {detail}".rstrip())
