from __future__ import annotations

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from hub.gateway.inbound import Inbound, Op, Piece, Violation

LIMIT = 4096

messages = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.text(max_size=200), st.integers(1, 4)),
        st.tuples(st.just("binary"), st.binary(max_size=300), st.integers(1, 4)),
        st.tuples(st.sampled_from(["ping", "pong"]), st.binary(max_size=125), st.just(1)),
    ),
    max_size=8,
)
OPCODES = {"text": Opcode.TEXT, "binary": Opcode.BINARY, "ping": Opcode.PING, "pong": Opcode.PONG}


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> bytes:
    """Return a client's frame; the library would not write a reserved bit, so it is set afterwards."""
    data = bytearray(Frame(opcode, payload, fin=fin).serialize(mask=True))
    data[0] |= 0x40 if rsv1 else 0
    return bytes(data)


def stream_of(script: list[tuple[str, str | bytes, int]]) -> tuple[bytes, list[Piece]]:
    """Return what a client sends, fragmented, and what should be understood."""
    data, expected = b"", []
    for kind, content, fragments in script:
        payload = content.encode() if isinstance(content, str) else content
        size = max(1, len(payload) // fragments)
        parts = [payload[start : start + size] for start in range(0, len(payload), size)] or [b""]
        for place, part in enumerate(parts):
            opcode = OPCODES[kind] if place == 0 else Opcode.CONT
            data += frame(opcode, part, fin=place == len(parts) - 1)
        expected.append(Piece(Op(OPCODES[kind]), payload))
    return data, expected


def library_pieces(chunks: list[bytes]) -> tuple[list[Piece], int | None]:
    """Return what websockets' own server understands of the same bytes, and the code it fails with."""
    server = ServerProtocol(max_size=LIMIT, state=State.OPEN)
    events: list[Frame] = []
    for chunk in chunks:
        if server.parser_exc is None:
            server.receive_data(chunk)
        events += [event for event in server.events_received() if isinstance(event, Frame)]
    code = server.close_sent.code if server.parser_exc is not None and server.close_sent else None
    return joined(events), code


def joined(events: list[Frame]) -> list[Piece]:
    """Return the messages and control frames of the library's frames."""
    pieces: list[Piece] = []
    op, message = Op.TEXT, b""
    for event in events:
        if event.opcode in (Opcode.PING, Opcode.PONG):
            pieces.append(Piece(Op(event.opcode), bytes(event.data)))
        elif event.opcode is not Opcode.CLOSE:
            op = op if event.opcode is Opcode.CONT else Op(event.opcode)
            message += bytes(event.data)
            if event.fin:
                pieces.append(Piece(op, message))
                message = b""
    return pieces


def own_pieces(chunks: list[bytes]) -> tuple[list[Piece], int | None]:
    inbound = Inbound(max_bytes=LIMIT, deflate=False)
    pieces: list[Piece] = []
    for chunk in chunks:
        try:
            pieces += inbound.feed(chunk)
        except Violation as violation:
            return pieces, violation.code
    return pieces, None


def cut(data: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *at], [*at, len(data)], strict=True)]


@given(messages, st.lists(st.integers(0, 5000), max_size=10))
def test_a_stream_cut_anywhere_is_understood_as_the_library_understands_it(
    script: list[tuple[str, str | bytes, int]], places: list[int]
) -> None:
    data, expected = stream_of(script)
    chunks = cut(data, places)
    assert own_pieces(chunks) == (expected, None)
    assert library_pieces(chunks) == (expected, None)


@given(st.binary(max_size=200), st.integers(0, 255), st.integers(0, 255))
def test_no_bytes_raise_anything_but_a_violation_and_the_library_refuses_what_is_refused(
    tail: bytes, first: int, second: int
) -> None:
    data = bytes((first, second)) + tail
    _, code = own_pieces([data])
    whole = data.ljust(6 + (second & 0x7F), b"\0")  # the library judges a frame once all of it is there
    _, theirs = library_pieces([whole])
    if code is not None and second & 0x7F < 126:
        assert theirs is not None
        assert code in (1002, 1007, 1009)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Frame(Opcode.TEXT, b"hi").serialize(mask=False), 1002),
        (frame(Opcode.TEXT, b"x" * (LIMIT + 1)), 1009),
        (frame(Opcode.TEXT, b"x" * LIMIT, fin=False) + frame(Opcode.CONT, b"y"), 1009),
        (frame(Opcode.TEXT, b"", fin=False) + frame(Opcode.CONT, b"", fin=False) * 1024, 1009),
        (frame(Opcode.CONT, b"x"), 1002),
        (frame(Opcode.TEXT, b"x", fin=False) + frame(Opcode.TEXT, b"y"), 1002),
        (frame(Opcode.TEXT, b"x", rsv1=True), 1002),
        (bytes((0x89, 0xFE, 0, 126)) + bytes(130), 1002),
        (bytes((0x83, 0x80, 0, 0, 0, 0)), 1002),
    ],
)
def test_what_breaks_the_protocol_is_named_by_its_code(data: bytes, code: int) -> None:
    with pytest.raises(Violation) as caught:
        list(Inbound(max_bytes=LIMIT, deflate=False).feed(data))
    assert caught.value.code == code


def deflated(payload: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    body = packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(Opcode.TEXT, body.removesuffix(b"\x00\x00\xff\xff"), rsv1=True)


def test_a_deflated_message_is_inflated_and_a_bomb_is_not() -> None:
    inbound = Inbound(max_bytes=LIMIT, deflate=True)
    assert list(inbound.feed(deflated(b"hello" * 100))) == [Piece(Op.TEXT, b"hello" * 100)]
    with pytest.raises(Violation) as caught:
        list(inbound.feed(deflated(b"0" * 1_000_000)))
    assert caught.value.code == 1009


def test_what_cannot_be_inflated_is_bad_data() -> None:
    with pytest.raises(Violation) as caught:
        list(Inbound(max_bytes=LIMIT, deflate=True).feed(frame(Opcode.TEXT, os.urandom(40) + b"\xff", rsv1=True)))
    assert caught.value.code in (1007, 1009)


def test_what_is_not_taken_comes_before_what_is_fed_next() -> None:
    inbound = Inbound(max_bytes=LIMIT, deflate=False)
    data = b"".join(frame(Opcode.TEXT, b"%d" % number) for number in range(5))
    taken = [next(inbound.feed(data[:-3])).payload]
    for piece in inbound.feed(b""):
        taken.append(piece.payload)
        break
    taken += [piece.payload for piece in inbound.feed(data[-3:])]
    assert taken == [b"0", b"1", b"2", b"3", b"4"]
