from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from hub.live import frame as frames


def parsed(data: bytes) -> WireFrame:
    """Return the one frame that some bytes are, as websockets reads them."""
    reader = StreamReader()
    reader.feed_data(data)
    parsing = WireFrame.parse(reader.read_exact, mask=False)
    try:
        next(parsing)
    except StopIteration as done:
        assert reader.at_eof is not None
        assert not reader.buffer
        found: WireFrame = done.value
        return found
    message = "an incomplete frame"
    raise AssertionError(message)


@given(st.binary(max_size=70_000))
def test_a_websocket_frame_is_what_the_library_reads(payload: bytes) -> None:
    found = parsed(frames.Frame("data", payload).websocket)
    assert found.opcode is Opcode.TEXT
    assert found.fin
    assert bytes(found.data) == payload


def test_a_compressed_frame_inflates_to_the_same_text_and_small_ones_stay_plain() -> None:
    text = b'{"type":"data","rows":[' + b",".join(b"[%d,1,2.5]" % i for i in range(500)) + b"]}"
    data = frames.Frame("data", text).deflated
    header = 2 if len(data) < 128 else 4
    assert data[0] == 0xC1
    assert zlib.decompressobj(wbits=-15).decompress(data[header:] + b"\x00\x00\xff\xff") == text
    assert len(data) < len(text) / 3
    small = frames.Frame("pong", b"{}")
    assert small.deflated == small.websocket


def test_an_event_names_its_kind_and_only_positions_it_may_be_resumed_from() -> None:
    assert frames.Frame("data", b"{}", "e:7").sse == b"event: data\nid: e:7\ndata: {}\n\n"
    assert frames.Frame("status", b"{}").sse == b"event: status\ndata: {}\n\n"


@given(st.integers(-(2**52), 2**52))
def test_milliseconds_are_whole_where_they_can_be_and_lose_no_microsecond(us: int) -> None:
    ms = frames.milliseconds(us)
    assert isinstance(ms, int) == (us % 1000 == 0)
    assert round(ms * 1000) == us


def test_a_frame_is_formed_once_for_all_its_members() -> None:
    one = frames.encode("heartbeat", now=1)
    assert one.websocket is one.websocket
    assert one.sse is one.sse
