"""The reader's writing side: joined acknowledgements, on sockets that are full or gone."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st
from paho.mqtt import client as paho

from tests.mqtt.wire import (
    Trace,
    bulk_client,
    connected,
    content_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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


def acknowledging(version_5: bool) -> Callable[[list[int]], bytes]:  # noqa: FBT001 - parametrized
    def send(packet_ids: list[int]) -> bytes:
        client = bulk_client(Trace(), version_5=version_5)
        with connected(client) as far:
            assert client.acknowledge(packet_ids)
            return far.recv(65_536)

    return send


@pytest.mark.parametrize("version_5", [False, True])
def test_acknowledgements_go_out_joined_in_order_of_receipt(version_5: bool) -> None:  # noqa: FBT001 - parametrized
    sent = acknowledging(version_5)([1, 65_535, 300])
    assert sent == b"\x40\x02\x00\x01" + b"\x40\x02\xff\xff" + b"\x40\x02\x01\x2c"


def test_a_full_socket_gets_the_rest_of_the_acknowledgements_later_and_nothing_in_between() -> None:
    client = bulk_client(Trace(), version_5=False)
    ids = [place % 65_535 + 1 for place in range(400_000)]
    with connected(client) as far:
        client.on_socket_register_write = lambda *_: None
        for start in range(0, len(ids), 50_000):
            assert client.acknowledge(ids[start : start + 50_000])
        client._send_pingreq()
        got = bytearray()
        far.setblocking(False)
        while client.want_write():
            client.loop_write()
            try:
                got += far.recv(1 << 20)
            except BlockingIOError:
                continue
        while len(got) < 4 * len(ids) + 2:
            got += far.recv(1 << 20)
    assert bytes(got[-2:]) == b"\xc0\x00"
    assert [code & 0xFFFF for (code,) in struct.iter_unpack(">I", got[:-2])] == ids


def test_acknowledging_on_a_connection_that_is_gone_says_so() -> None:
    client = bulk_client(Trace(), version_5=False)
    assert not client.acknowledge([1])
    with connected(client) as far:
        far.close()
        client.on_disconnect = None
        results = [client.acknowledge([1]) for _ in range(3)]
    assert results[-1] is False
    client.drop()
    client.drop()


def test_a_read_without_a_connection_says_so() -> None:
    assert bulk_client(Trace(), version_5=False).loop_read() == paho.MQTT_ERR_NO_CONN
