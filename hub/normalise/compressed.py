"""Compressed payloads: what is in them, if it is not too much.

References:
    Normalisation G10. RFC 1952 (gzip), RFC 1950 (zlib), RFC 8878 (Zstandard).
"""

from __future__ import annotations

import zlib
from typing import Final

import zstandard

from hub.core.model import Rejection

MAX_INFLATED_BYTES: Final = 8 * 1024 * 1024
"""A compressed payload that grows beyond this is refused, whatever it says it is."""
MAX_MEMBERS: Final = 1000
"""Most gzip members in one payload; each costs a new decompressor."""

_GZIP = b"\x1f\x8b"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_BEGINNINGS = (_GZIP, *_ZLIB, _ZSTANDARD)
_WINDOW_BITS = zlib.MAX_WBITS | 32
"""Either header, gzip's or zlib's."""

_TOO_SHORT = Rejection("bad_compression", "The compressed payload ends too early.")
_TOO_LONG = Rejection("bad_compression", "Something else follows the compressed payload.")


def is_compressed(payload: bytes) -> bool:
    """Return True if bytes begin like gzip, zlib or Zstandard.

    Args:
        payload: the bytes of the message.
    """
    return payload.startswith(_BEGINNINGS)


def inflated(payload: bytes, *, limit_bytes: int = MAX_INFLATED_BYTES) -> bytes | Rejection:
    """Return the content of a compressed payload; it takes no more time and memory than the bound allows.

    Args:
        payload: begins like gzip, zlib or Zstandard.
        limit_bytes: longest content, at most :data:`MAX_INFLATED_BYTES`.
    """
    if payload.startswith(_ZSTANDARD):
        return _zstandard(payload, limit_bytes)
    return _zlib(payload, limit_bytes)


def opened(payload: bytes) -> bytes:
    """Return what is in a payload if all of it is a compressed one, else itself.

    Args:
        payload: of an encoding whose bytes may begin like a compressed payload by chance.
    """
    content = inflated(payload) if is_compressed(payload) else payload
    return payload if isinstance(content, Rejection) else content


def _zlib(payload: bytes, limit_bytes: int) -> bytes | Rejection:
    """Return the content of a zlib stream, or of all members of a gzip file; zeros may follow."""
    parts: list[bytes] = []
    room = limit_bytes
    for _ in range(MAX_MEMBERS):
        stream = zlib.decompressobj(wbits=_WINDOW_BITS)
        try:
            part = stream.decompress(payload, room + 1)
        except zlib.error as error:
            return _damaged(str(error))
        room -= len(part)
        if room < 0:
            return _too_large(limit_bytes)
        if not stream.eof:
            return _TOO_SHORT
        parts.append(part)
        payload = stream.unused_data.lstrip(b"\0")
        if not payload:
            return b"".join(parts)
        if not payload.startswith(_GZIP):
            return _TOO_LONG
    return Rejection("too_large", f"More than {MAX_MEMBERS} gzip members.")


def _zstandard(payload: bytes, limit_bytes: int) -> bytes | Rejection:
    """Return the content of one Zstandard frame."""
    try:
        said_bytes = zstandard.frame_content_size(payload)
        if said_bytes > limit_bytes:
            return _too_large(limit_bytes)
        if not said_bytes:
            return b""  # the library takes zero for unknown
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_INFLATED_BYTES)
        return decompressor.decompress(payload, max_output_size=limit_bytes, allow_extra_data=False)
    except zstandard.ZstdError as error:
        if _grows_beyond(payload, limit_bytes):
            return _too_large(limit_bytes)
        return _damaged(str(error))


def _grows_beyond(payload: bytes, limit_bytes: int) -> bool:
    """Return True if it was the bound that stopped a frame; the library's error does not tell."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_INFLATED_BYTES)
    try:
        with decompressor.stream_reader(payload) as stream:
            return len(stream.read(limit_bytes + 1)) > limit_bytes
    except zstandard.ZstdError:
        return False


def _too_large(limit_bytes: int) -> Rejection:
    """Return the rejection of what holds more than it may."""
    return Rejection("too_large", f"It grows beyond {limit_bytes} bytes when inflated.")


def _damaged(fault: str) -> Rejection:
    """Return the rejection of what only begins like a compressed payload."""
    return Rejection("bad_compression", f"It begins like a compressed payload, but: {fault}.")
