"""MQTT packets as a broker sends them, and clients that read them from a socket without a broker."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, _ConnectionState
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hub.core.raw import RawMessage
from hub.mqtt.reader import BulkReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONNACK = bytes.fromhex("20020000")
CONNACK_5 = bytes.fromhex("2003000000")
PINGRESP = bytes.fromhex("d000")


def length_of(size: int) -> bytes:
    """Encode a remaining length."""
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (128 if size else 0))
        if not size:
            return bytes(out)


def packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + length_of(len(body)) + body


def text(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def publish(
    topic: bytes, payload: bytes = b"", *, flags: int = 0, packet_id: int = 0, properties: bytes | None = None
) -> bytes:
    """Encode a PUBLISH; ``properties`` makes it one of MQTT 5, with their bytes including the length."""
    identifier = packet_id.to_bytes(2, "big") if flags & 6 else b""
    return packet(0x30 | flags, text(topic) + identifier + (properties or b"") + payload)


def content_type(name: str, **others: object) -> bytes:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = name
    for key, value in others.items():
        setattr(properties, key, value)
    return bytes(properties.pack())  # type: ignore[no-untyped-call]


def message_of(message: paho.MQTTMessage) -> RawMessage:
    """Give what stock paho read, in the hub's form; written apart from the hub's own conversion."""
    topic: bytes = message._topic
    flags = (8 if message.dup else 0) + 2 * message.qos + (1 if message.retain else 0)
    kind: str = getattr(message.properties, "ContentType", "")
    return RawMessage(topic, bytes(message.payload), flags, message.mid if message.qos == 1 else 0, kind)


class Trace:
    """What a client made of a stream: its messages, everything else it was told, and how it ended."""

    def __init__(self) -> None:
        self.messages: list[RawMessage] = []
        self.others: list[tuple[Any, ...]] = []
        self.sent = b""
        self.ended = False
        self.sizes = 0
        self.marks = 0

    def watch(self, client: paho.Client) -> None:
        client.on_connect = lambda _c, _u, flags, code, _p: self.others.append(("connect", str(flags), str(code)))
        client.on_subscribe = lambda _c, _u, mid, codes, _p: self.others.append(("subscribe", mid, str(codes)))
        client.on_unsubscribe = lambda _c, _u, mid, codes, _p: self.others.append(("unsubscribe", mid, str(codes)))
        client.on_disconnect = lambda _c, _u, flags, code, _p: self.others.append(("end", str(flags), str(code)))

    def take(self, messages: list[RawMessage], size_bytes: int, marks: int) -> None:
        self.messages += messages
        self.sizes += size_bytes
        self.marks |= marks


@contextmanager
def connected(client: paho.Client) -> Iterator[socket.socket]:
    """Give a paho client a socket without connecting, and yield the broker's end."""
    near, far = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    with near, far:
        near.setblocking(False)
        client._sock = near
        client._state = _ConnectionState.MQTT_CS_CONNECTED
        client.manual_ack_set(True)
        yield far
        client._sock_close()


def new_client(*, version_5: bool) -> paho.Client:
    return paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5 if version_5 else paho.MQTTv311)


def bulk_client(trace: Trace, *, version_5: bool, max_payload_bytes: int = 1 << 20) -> BulkReader:
    client = new_client(version_5=version_5)
    client.__class__ = BulkReader
    assert isinstance(client, BulkReader)
    client.begin(trace.take, max_payload_bytes=max_payload_bytes, dialled=None)
    trace.watch(client)
    return client


def read_in_bulk(
    pieces: Sequence[bytes], *, version_5: bool, max_payload_bytes: int = 1 << 20, then_closed: bool = False
) -> Trace:
    """Give what the bulk reader makes of a stream that comes in pieces."""
    trace = Trace()
    client = bulk_client(trace, version_5=version_5, max_payload_bytes=max_payload_bytes)
    with connected(client) as far:
        for piece in pieces:
            if client.socket() is None:
                break
            far.sendall(piece)
            _read_all(client, len(piece))
        if then_closed:
            far.shutdown(socket.SHUT_WR)
            client.loop_read()
        trace.ended = client.socket() is None
        trace.sent = _received(far)
    return trace


def read_with_stock_paho(stream: bytes, *, version_5: bool) -> Trace:
    """Give what stock paho makes of a stream."""
    trace = Trace()
    client = new_client(version_5=version_5)
    trace.watch(client)
    client.on_message = lambda _c, _u, message: trace.messages.append(message_of(message))
    with connected(client) as far:
        far.sendall(stream)
        for _ in range(len(stream) + 1):
            if client.socket() is None:
                break
            client.loop_read()
        trace.ended = client.socket() is None
        trace.sent = _received(far)
    return trace


def _read_all(client: paho.Client, size: int) -> None:
    for _ in range(size // 16_384 + 1):
        client.loop_read()


def _received(far: socket.socket) -> bytes:
    far.setblocking(False)
    out = b""
    try:
        while data := far.recv(65_536):
            out += data
    except (BlockingIOError, ConnectionResetError):
        pass
    return out
