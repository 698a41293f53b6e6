"""The packets are the same bytes a well-known client sends."""

import socket
import threading

import paho.mqtt.client as paho
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from simulators.wire import (
    DISCONNECT,
    PINGRESP,
    Hello,
    Packet,
    Will,
    decode_publish,
    encode_connect,
    encode_length,
    encode_publish,
    encode_subscribe,
    split_packets,
)


class _Recorder(threading.Thread):
    """A server that says CONNACK, acknowledges nothing more, and keeps every byte until the peer closes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.heard = bytearray()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])

    def run(self) -> None:
        with self._server, self._server.accept()[0] as peer:
            peer.settimeout(10)
            answered = False
            while data := peer.recv(65536):
                self.heard += data
                if not answered:
                    peer.sendall(b"\x20\x02\x00\x00")
                    answered = True


def _bytes_of_paho(client: paho.Client, publish: list[tuple[str, bytes, int, bool]], keep_alive_s: int) -> bytes:
    recorder = _Recorder()
    recorder.start()
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect("127.0.0.1", recorder.port, keepalive=keep_alive_s)
    client.loop_start()
    assert connected.wait(10)
    for topic, payload, qos, retain in publish:
        client.publish(topic, payload, qos=qos, retain=retain)
    client.disconnect()
    client.loop_stop()
    recorder.join(10)
    assert not recorder.is_alive()
    return bytes(recorder.heard)


def test_a_session_without_extras_is_the_same_bytes_as_pahos() -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="probe-1", protocol=MQTTProtocolVersion.MQTTv311)
    messages = [
        ("home/kitchen/temperature", "21.5 °C".encode(), 0, False),
        ("home/kitchen/status", b"online", 1, True),
        ("wide", b"x" * 70_000, 1, False),
        ("empty", b"", 0, True),
    ]
    heard = _bytes_of_paho(client, messages, 60)
    expected = encode_connect(Hello(client_id="probe-1", keep_alive_s=60))
    for packet_id, (topic, payload, qos, retain) in enumerate(messages, 1):
        expected += encode_publish(topic.encode(), payload, qos=qos, packet_id=packet_id, retain=retain)
    assert heard == expected + DISCONNECT


def test_a_session_with_will_and_credentials_is_the_same_bytes_as_pahos() -> None:
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id="pv-2", clean_session=False, protocol=MQTTProtocolVersion.MQTTv311
    )
    client.username_pw_set("device", "gehéim")
    client.will_set("campus/roof/pv-2/status", "offline", qos=1, retain=True)
    heard = _bytes_of_paho(client, [], 15)
    hello = Hello(
        client_id="pv-2",
        keep_alive_s=15,
        clean_session=False,
        username="device",
        password="gehéim",
        will=Will(b"campus/roof/pv-2/status", b"offline", 1, retain=True),
    )
    assert heard == encode_connect(hello) + DISCONNECT


@pytest.mark.parametrize(
    ("length", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8001"), (16383, "ff7f"), (16384, "808001"), (268435455, "ffffff7f")],
)
def test_a_remaining_length_is_written_as_the_standard_tabulates_it(length: int, encoded: str) -> None:
    assert encode_length(length).hex() == encoded


@pytest.mark.parametrize("length", [-1, 268435456])
def test_a_remaining_length_beyond_four_bytes_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="remaining length"):
        encode_length(length)


@settings(deadline=None)
@given(
    packets=st.lists(st.tuples(st.binary(max_size=300), st.binary(max_size=20), st.integers(0, 2)), max_size=8),
    cuts=st.lists(st.integers(1, 50), min_size=1),
)
def test_packets_cut_anywhere_are_put_together_again(packets: list[tuple[bytes, bytes, int]], cuts: list[int]) -> None:
    stream = b"".join(
        encode_publish(topic, payload, qos=qos, packet_id=7) + PINGRESP for payload, topic, qos in packets
    )
    buffer, whole, at, turn = bytearray(), [], 0, 0
    while at < len(stream):
        step = cuts[turn % len(cuts)]
        buffer += stream[at : at + step]
        whole += split_packets(buffer)
        at, turn = at + step, turn + 1
    assert [packet.kind for packet in whole] == [3, 13] * len(packets)
    assert [packet.body[2 : 2 + len(topic)] for packet, (_, topic, _) in zip(whole[::2], packets, strict=True)] == [
        topic for _, topic, _ in packets
    ]
    assert not buffer


def test_a_length_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="four bytes"):
        split_packets(bytearray(b"\x30\xff\xff\xff\xff\x01"))


def test_a_subscription_asks_for_qos_0_of_each_filter() -> None:
    packet = encode_subscribe(("a/b", "c/#"), 7)
    assert packet == b"\x82\x0e\x00\x07" + b"\x00\x03a/b\x00" + b"\x00\x03c/#\x00"


@given(st.text(max_size=40).filter(lambda text: "\0" not in text), st.binary(max_size=300))
def test_a_publish_is_understood_as_it_was_written(topic: str, payload: bytes) -> None:
    packets = split_packets(bytearray(encode_publish(topic.encode(), payload)))
    assert [decode_publish(packet) for packet in packets] == [(topic, payload)]


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x05abc", b"\x00\x01\xff"])
def test_a_publish_without_a_whole_topic_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"topic|utf-8"):
        decode_publish(Packet(3, 0, body))
