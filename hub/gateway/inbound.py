"""What a WebSocket client sends, decoded as it comes: masked frames, fragments, control frames, deflated messages.

A live session keeps no parser object of a library, which would cost an idle client several KiB: a half-received frame
is all there is to keep. Tested against the parser of ``websockets``.

References:
    RFC 6455 §5; RFC 7692 §7.2.2.
"""

from __future__ import annotations

import zlib
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover - a wheel without its C part
    from websockets.utils import apply_mask

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIN, _RSV1, _RSV23, _OPCODE, _MASKED, _LENGTH = 0x80, 0x40, 0x30, 0x0F, 0x80, 0x7F
_SHORT, _LONG = 126, 127
_CONTROL = 0x08
_MAX_CONTROL_BYTES = 125
_MAX_FRAGMENTS = 1024
"""Frames of one message; empty ones would otherwise keep the hub busy without ever making a message."""
_TAIL = b"\x00\x00\xff\xff"


class Op(IntEnum):
    """What a client's frame is (RFC 6455 §5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Violation(Exception):
    """The client broke the protocol; the connection is closed with a code.

    Args:
        code: RFC 6455 §7.4.1.
        reason: for people.
    """

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class Piece(NamedTuple):
    """One complete message or control frame."""

    op: Op
    payload: bytes


class Inbound:
    """Decodes a client's bytes.

    Args:
        max_bytes: longest message; also of one that is inflated.
        deflate: True if permessage-deflate was agreed, without context takeover by the client.
    """

    __slots__ = ("_at", "_buffer", "_compressed", "_deflate", "_fragments", "_max_bytes", "_message", "_op")

    def __init__(self, *, max_bytes: int, deflate: bool) -> None:
        self._max_bytes = max_bytes
        self._deflate = deflate
        self._buffer = b""
        self._at = 0
        self._message: bytearray | None = None
        self._fragments = 0
        self._op = Op.TEXT
        self._compressed = False

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the messages and control frames that are complete now.

        Whoever does not take all of them finds the rest before what is fed next.

        Args:
            data: the next bytes, cut anywhere.

        Raises:
            Violation: where the stream cannot be read on.
        """
        buffer = self._buffer = self._buffer[self._at :] + data
        self._at = 0
        while True:
            head = _header(buffer, self._at, self._max_bytes)
            if head is None or head.end > len(buffer):
                break
            payload = apply_mask(buffer[head.payload : head.end], buffer[head.payload - 4 : head.payload])
            self._at = head.end
            piece = self._frame(buffer, head, payload)
            if piece is not None:
                yield piece
        self._buffer = buffer[self._at :]
        self._at = 0

    def _frame(self, data: bytes, head: _Head, payload: bytes) -> Piece | None:
        """Return what a frame completes, if anything."""
        first = data[head.start]
        op = _opcode(first)
        if first & _RSV23 or (first & _RSV1 and (not self._deflate or op is Op.CONTINUATION or op >= _CONTROL)):
            raise Violation(1002, "A reserved bit is set.")
        if op >= _CONTROL:
            return Piece(op, payload)
        if op is not Op.CONTINUATION:
            if self._message is not None:
                raise Violation(1002, "A message began inside another.")
            self._op, self._compressed = op, bool(first & _RSV1)
            if first & _FIN:
                return Piece(op, self._inflated(payload))
            self._message, self._fragments = bytearray(payload), 1
            return None
        if self._message is None:
            raise Violation(1002, "A continuation came without a message.")
        self._message += payload
        self._fragments += 1
        if len(self._message) > self._max_bytes or self._fragments > _MAX_FRAGMENTS:
            raise Violation(1009, f"A message is longer than {self._max_bytes} bytes, or {_MAX_FRAGMENTS} frames.")
        if not first & _FIN:
            return None
        whole, self._message = bytes(self._message), None
        return Piece(self._op, self._inflated(whole))

    def _inflated(self, payload: bytes) -> bytes:
        """Return a message as it was before deflating; never more than the bound."""
        if not self._compressed:
            return payload
        unpacker = zlib.decompressobj(wbits=-15)
        try:
            text = unpacker.decompress(payload + _TAIL, self._max_bytes)
        except zlib.error as error:
            raise Violation(1007, f"A message cannot be inflated: {error}.") from None
        if unpacker.unconsumed_tail:
            raise Violation(1009, f"A message is longer than {self._max_bytes} bytes.")
        return text


class _Head(NamedTuple):
    """Where a frame's parts are."""

    start: int
    payload: int
    end: int


def _opcode(first: int) -> Op:
    try:
        return Op(first & _OPCODE)
    except ValueError:
        raise Violation(1002, "An unknown opcode.") from None


def _header(data: bytes, start: int, max_bytes: int) -> _Head | None:
    """Return where the next frame's parts are, None until its header is complete."""
    if len(data) < start + 2:
        return None
    first, second = data[start], data[start + 1]
    if not second & _MASKED:
        raise Violation(1002, "A client's frames must be masked.")
    length = second & _LENGTH
    at = start + 2
    if first & _CONTROL and (length > _MAX_CONTROL_BYTES or not first & _FIN):
        raise Violation(1002, "A control frame is fragmented or too long.")
    if length >= _SHORT:
        size = 2 if length == _SHORT else 8
        if len(data) < at + size:
            return None
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    if length > max_bytes:
        raise Violation(1009, f"A message is longer than {max_bytes} bytes.")
    return _Head(start, at + 4, at + 4 + length)
