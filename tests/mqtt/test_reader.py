"""The bulk reader reads what stock paho reads, however the stream is cut; and skips what is too large."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.raw import RawMessage
from hub.mqtt.packets import read_header
from tests.mqtt.wire import (
    CONNACK,
    CONNACK_5,
    PINGRESP,
    Trace,
    bulk_client,
    connected,
    content_type,
    length_of,
    packet,
    publish,
    read_in_bulk,
    read_with_stock_paho,
    text,
)

topics = st.one_of(
    st.sampled_from([b"a", b"factory/line/machine", "überall/°C".encode(), b"\xff\xfe", b"x\x00y", b"t" * 300]),
    st.binary(max_size=40),
)
payloads = st.one_of(
    st.binary(max_size=60),
    st.integers(0, 3).map(lambda n: b"p" * (126 + n)),
    st.sampled_from([b"q" * 16_377, b"r" * 16_390, b'{"t":21.5}']),
)
packet_ids = st.integers(0, 65_535)
properties = st.one_of(
    st.just(b"\x00"),
    st.just(b"\x00"),
    st.builds(content_type, st.sampled_from(["application/json", "", "text/plain; charset=ü"])),
    st.just(content_type("x/y", UserProperty=("k", "v" * 200), MessageExpiryInterval=60, TopicAlias=3)),
    st.sampled_from([b"\x80\x00", b"\x02\x23\x00", b"\x01\x99", b"\x05\x03", b"\xff\xff\xff\xff\x7f", b""]),
)


def publishes(*, version_5: bool) -> st.SearchStrategy[bytes]:
    return st.builds(
        lambda topic, payload, flags, packet_id, extra: publish(
            topic, payload, flags=flags, packet_id=packet_id, properties=extra if version_5 else None
        ),
        topics,
        payloads,
        st.sampled_from([0, 0, 0, 1, 2, 2, 3, 8, 9, 10, 11, 4, 5, 12, 13, 6, 7]),
        packet_ids,
        properties,
    )


def others(*, version_5: bool) -> st.SearchStrategy[bytes]:
    extra = b"\x00" if version_5 else b""
    known = [
        CONNACK_5 if version_5 else CONNACK,
        PINGRESP,
        b"\xc0\x00",
        packet(0x90, b"\x00\x07" + extra + b"\x00\x01\x80"),
        packet(0xB0, b"\x00\x08" + extra + (b"\x00" if version_5 else b"")),
        packet(0x62, b"\x00\x09"),
        packet(0x40, b"\x00\x0a"),
        packet(0x50, b"\x00\x0b"),
        packet(0x70, b"\x00\x0c"),
    ]
    rare = [
        packet(0xE0, b""),
        packet(0xE0, b"\x8b\x00"),
        packet(0xF0, b"\x01\x02"),
        packet(0x00, b""),
        packet(0xD0, b"x"),
        packet(0x30, b""),
        packet(0x30, b"\x00"),
        packet(0x30, b"\x00\x09short"),
        packet(0x32, b"\x00\x01a\x07"),
        b"\x30\xff\xff\xff\xff\x01",
        b"\x30\x85\x80\x80\x00\x00\x01a\x00!",
    ]
    return st.one_of(st.sampled_from(known), st.sampled_from(known), st.sampled_from(rare))


@st.composite
def cut_streams(draw: st.DrawFn, *, version_5: bool) -> list[bytes]:
    kinds = st.one_of(publishes(version_5=version_5), publishes(version_5=version_5), others(version_5=version_5))
    stream = b"".join(draw(st.lists(kinds, min_size=1, max_size=12)))
    places = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    return [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]


def same(pieces: list[bytes], *, version_5: bool) -> None:
    stock = read_with_stock_paho(b"".join(pieces), version_5=version_5)
    bulk = read_in_bulk(pieces, version_5=version_5)
    assert bulk.messages == stock.messages
    assert bulk.others == stock.others
    assert bulk.ended == stock.ended


@settings(max_examples=120, deadline=None)
@given(cut_streams(version_5=False))
def test_a_cut_stream_of_mqtt_3_1_1_reads_as_with_stock_paho(pieces: list[bytes]) -> None:
    same(pieces, version_5=False)


@settings(max_examples=120, deadline=None)
@given(cut_streams(version_5=True))
def test_a_cut_stream_of_mqtt_5_reads_as_with_stock_paho(pieces: list[bytes]) -> None:
    same(pieces, version_5=True)


@settings(max_examples=80, deadline=None)
@given(st.binary(min_size=1, max_size=200), st.booleans())
def test_any_bytes_read_as_with_stock_paho_and_never_raise(stream: bytes, version_5: bool) -> None:  # noqa: FBT001 - hypothesis
    if claims_much(stream):  # stock paho would wait for it, the bulk reader does not fill memory with it
        read_in_bulk([stream], version_5=version_5)
    else:
        same([stream], version_5=version_5)


def claims_much(stream: bytes) -> bool:
    """Give True if some packet of a stream says that it is longer than a mebibyte."""
    pos = 0
    while pos < len(stream):
        header = read_header(stream, pos)
        if isinstance(header, int):
            return False
        if header.stop - header.start > 1 << 20:
            return True
        pos = header.stop
    return False


@pytest.mark.parametrize("version_5", [False, True])
def test_a_stream_that_comes_byte_by_byte_reads_the_same(version_5: bool) -> None:  # noqa: FBT001 - parametrized
    extra = b"\x00" if version_5 else None
    stream = (
        (CONNACK_5 if version_5 else CONNACK)
        + publish(b"a/b", b"1", properties=extra)
        + publish(b"a/c", b"2" * 200, flags=2, packet_id=300, properties=extra)
        + PINGRESP
        + publish(b"a/d", b"", flags=1, properties=extra)
    )
    trace = read_in_bulk([stream[i : i + 1] for i in range(len(stream))], version_5=version_5)
    assert trace.messages == [
        RawMessage(b"a/b", b"1"),
        RawMessage(b"a/c", b"2" * 200, 2, 300),
        RawMessage(b"a/d", b"", 1),
    ]
    assert trace.marks & 0b1010 == 0b0010


def test_a_message_with_a_content_type_keeps_its_place_between_plain_ones() -> None:
    stream = (
        publish(b"a", b"1", properties=b"\x00")
        + publish(b"b", b"2", properties=content_type("application/json"))
        + publish(b"c", b"3", properties=b"\x00")
    )
    trace = read_in_bulk([stream], version_5=True)
    assert [(m.topic, m.content_type) for m in trace.messages] == [(b"a", ""), (b"b", "application/json"), (b"c", "")]


def oversized(version_5: bool) -> list[tuple[bytes, RawMessage]]:  # noqa: FBT001 - a column of the table below
    extra = b"\x00" if version_5 else None
    return [
        (publish(b"big", b"x" * 1001, properties=extra), RawMessage(b"big", b"", skipped_bytes=1001)),
        (
            publish(b"big/ack", b"x" * 70_000, flags=0b1011, packet_id=77, properties=extra),
            RawMessage(b"big/ack", b"", 0b1011, 77, skipped_bytes=70_000),
        ),
    ]


@pytest.mark.parametrize("version_5", [False, True])
@pytest.mark.parametrize("piece_bytes", [1, 7, 1000, 1 << 20])
def test_an_oversized_message_is_reported_and_the_next_ones_are_unaffected(version_5: bool, piece_bytes: int) -> None:  # noqa: FBT001 - parametrized
    extra = b"\x00" if version_5 else None
    for wire, expected in oversized(version_5)[: 1 if piece_bytes == 1 else 2]:
        stream = (
            publish(b"a", b"1", properties=extra)
            + wire
            + PINGRESP
            + publish(b"limit", b"y" * 1000, properties=extra)
            + publish(b"b", b"2", properties=extra)
        )
        pieces = [stream[i : i + piece_bytes] for i in range(0, len(stream), piece_bytes)]
        trace = read_in_bulk(pieces, version_5=version_5, max_payload_bytes=1000)
        assert trace.messages == [
            RawMessage(b"a", b"1"),
            expected,
            RawMessage(b"limit", b"y" * 1000),
            RawMessage(b"b", b"2"),
        ]


def test_properties_count_as_payload_so_that_they_cannot_fill_memory() -> None:
    huge = content_type("x", UserProperty=("k", "v" * 5000))
    trace = read_in_bulk([publish(b"a", b"1", properties=huge)], version_5=True, max_payload_bytes=1000)
    assert [(m.topic, m.payload) for m in trace.messages] == [(b"a", b"")]
    assert trace.messages[0].skipped_bytes > 5000


def test_an_oversized_message_is_never_buffered() -> None:
    trace = Trace()
    client = bulk_client(trace, version_5=False)
    body_bytes = 100 << 20
    with connected(client) as far:
        far.sendall(b"\x30" + length_of(3 + body_bytes) + text(b"a"))
        client.loop_read()
        assert trace.messages == [RawMessage(b"a", b"", skipped_bytes=body_bytes)]
        block = bytes(1 << 18)
        tracemalloc.start()
        for _ in range(body_bytes // len(block)):
            far.sendall(block)
            client.loop_read()
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        far.sendall(publish(b"next", b"1"))
        client.loop_read()
    assert trace.messages[1:] == [RawMessage(b"next", b"1")]
    assert peak_bytes < 1 << 20


def test_a_packet_other_than_publish_that_is_too_long_to_be_true_ends_the_connection() -> None:
    trace = read_in_bulk([b"\x90" + length_of(2 << 20) + b"\x00\x01"], version_5=False)
    assert trace.ended


def test_a_message_of_the_largest_size_is_read_whole() -> None:
    payload = bytes(range(256)) * 4096
    trace = read_in_bulk([publish(b"a", payload, flags=2, packet_id=1)], version_5=False)
    assert trace.messages == [RawMessage(b"a", payload, 2, 1)]
    assert trace.sizes == len(publish(b"a", payload, flags=2, packet_id=1))


def test_messages_before_a_malformed_packet_are_handed_over() -> None:
    trace = read_in_bulk([publish(b"a", b"1") + packet(0x30, b"\x00\x09x")], version_5=False)
    assert trace.messages == [RawMessage(b"a", b"1")]
    assert trace.ended


def test_messages_before_a_goodbye_are_handed_over_and_those_after_it_are_not() -> None:
    stream = publish(b"a", b"1", properties=b"\x00") + packet(0xE0, b"\x8b\x00") + publish(b"b", properties=b"\x00")
    trace = read_in_bulk([stream], version_5=True)
    assert trace.messages == [RawMessage(b"a", b"1")]
    assert trace.ended


def test_the_end_of_the_stream_is_the_end_of_the_connection() -> None:
    trace = read_in_bulk([publish(b"a", b"1")], version_5=False, then_closed=True)
    assert trace.ended
    assert trace.messages == [RawMessage(b"a", b"1")]


def test_nothing_is_acknowledged_unless_asked_for() -> None:
    assert read_in_bulk([publish(b"a", b"1", flags=2, packet_id=5)], version_5=False).sent == b""


def test_a_sink_that_raises_does_not_lose_the_place_in_the_stream() -> None:
    trace = Trace()
    client = bulk_client(trace, version_5=False)
    with connected(client) as far:
        client._sink = _failing
        far.sendall(publish(b"a", b"1") + publish(b"b", b"2")[:3])
        with pytest.raises(RuntimeError, match="full"):
            client.loop_read()
        client._sink = trace.take
        far.sendall(publish(b"b", b"2")[3:])
        client.loop_read()
    assert trace.messages == [RawMessage(b"b", b"2")]


def _failing(_messages: list[RawMessage], _size_bytes: int, _marks: int) -> None:
    raise RuntimeError("full")


def test_small_messages_are_read_in_smaller_pieces() -> None:
    trace = Trace()
    client = bulk_client(trace, version_5=False)
    with connected(client) as far:
        far.sendall(publish(b"a", b"1") * 8000)
        client.loop_read()
        client.loop_read()
        assert client._read_bytes == 24_000
        far.sendall(publish(b"a", b"1" * 5000) * 20)
        for _ in range(8):
            client.loop_read()
    assert client._read_bytes == 262_144
    assert len(trace.messages) == 8020
