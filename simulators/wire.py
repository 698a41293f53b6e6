"""MQTT 3.1.1 packets as bytes: pure functions for what a publishing client sends and hears.

References:
    MQTT 3.1.1 §2.2.3 (remaining length), §3.1 (CONNECT), §3.2 (CONNACK), §3.3 (PUBLISH), §3.4 (PUBACK),
    §3.8 (SUBSCRIBE), §3.12 (PINGREQ), §3.14 (DISCONNECT).
"""

from dataclasses import dataclass

PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"
DISCONNECT = b"\xe0\x00"

CONNACK_TYPE = 2
PUBLISH_TYPE = 3
PUBACK_TYPE = 4

MAX_REMAINING_BYTES = 268_435_455
"""The longest body four length bytes can announce (§2.2.3)."""

REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "it refuses the client identifier",
    3: "its MQTT service is unavailable",
    4: "the user name or password is wrong",
    5: "this client is not authorised",
}
"""What a CONNACK's return code means (§3.2.2.3)."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes for a client that vanishes without DISCONNECT."""

    topic: bytes
    payload: bytes
    qos: int = 0
    retain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a client says about itself when it connects."""

    client_id: str
    keep_alive_s: int = 60
    clean_session: bool = True
    username: str | None = None
    password: str | None = None
    will: Will | None = None


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet heard from the broker: its type and flags, each 0 to 15, and its body."""

    kind: int
    flags: int
    body: bytes


def encode_length(length: int) -> bytes:
    """A remaining length as one to four bytes.

    Args:
        length: 0 to 268,435,455.

    Raises:
        ValueError: Outside that range.
    """
    if not 0 <= length <= MAX_REMAINING_BYTES:
        message = f"a remaining length is 0 to {MAX_REMAINING_BYTES}, not {length}"
        raise ValueError(message)
    out = bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        out.append(digit | 0x80 if length else digit)
        if not length:
            return bytes(out)


def encode_text(text: bytes) -> bytes:
    """A string or binary field: two length bytes, then the bytes as they are.

    Args:
        text: At most 65,535 bytes; taken as they are, so that a test can also send invalid ones.

    Raises:
        OverflowError: Longer than that.
    """
    return len(text).to_bytes(2, "big") + text


def encode_connect(hello: Hello) -> bytes:
    """A CONNECT packet."""
    flags = 0x02 if hello.clean_session else 0
    body = encode_text(hello.client_id.encode())
    if hello.will is not None:
        flags |= 0x04 | hello.will.qos << 3 | hello.will.retain << 5
        body += encode_text(hello.will.topic) + encode_text(hello.will.payload)
    if hello.username is not None:
        flags |= 0x80
        body += encode_text(hello.username.encode())
        if hello.password is not None:
            flags |= 0x40
            body += encode_text(hello.password.encode())
    head = b"\x00\x04MQTT\x04" + bytes([flags]) + hello.keep_alive_s.to_bytes(2, "big")
    return b"\x10" + encode_length(len(head) + len(body)) + head + body


def encode_publish(
    topic: bytes,
    payload: bytes,
    *,
    qos: int = 0,
    packet_id: int = 0,
    retain: bool = False,
    duplicate: bool = False,
) -> bytes:
    """A PUBLISH packet.

    Args:
        topic: The topic name; taken as it is, so that a test can also send invalid ones.
        payload: Any bytes.
        qos: 0, 1 or 2.
        packet_id: 1 to 65,535 with QoS 1 and 2; not sent with QoS 0.
        retain: Ask the broker to keep it.
        duplicate: Mark it as sent before.
    """
    head = encode_text(topic)
    if qos:
        head += packet_id.to_bytes(2, "big")
    first = 0x30 | duplicate << 3 | qos << 1 | retain
    return bytes([first]) + encode_length(len(head) + len(payload)) + head + payload


def encode_subscribe(filters: tuple[str, ...], packet_id: int) -> bytes:
    """A SUBSCRIBE packet that asks for QoS 0.

    Args:
        filters: Topic filters, one at least.
        packet_id: 1 to 65,535.
    """
    body = packet_id.to_bytes(2, "big") + b"".join(encode_text(one.encode()) + b"\x00" for one in filters)
    return b"\x82" + encode_length(len(body)) + body


def decode_publish(packet: Packet) -> tuple[str, bytes]:
    """The topic and payload of a PUBLISH of QoS 0.

    Args:
        packet: What was heard.

    Raises:
        ValueError: The topic is cut off or not UTF-8.
    """
    end = 2 + int.from_bytes(packet.body[:2], "big")
    if len(packet.body) < max(2, end):
        message = "a PUBLISH without its whole topic"
        raise ValueError(message)
    return packet.body[2:end].decode(), packet.body[end:]


def split_packets(buffer: bytearray) -> list[Packet]:
    """The whole packets at the buffer's front, which are removed from it; an incomplete one stays.

    Args:
        buffer: What was heard and not yet understood; changed in place.

    Raises:
        ValueError: A remaining length of more than four bytes.
    """
    packets: list[Packet] = []
    at = 0
    while True:
        end = _packet_end(buffer, at)
        if end is None:
            break
        body_at, stop = end
        packets.append(Packet(buffer[at] >> 4, buffer[at] & 0x0F, bytes(buffer[body_at:stop])))
        at = stop
    del buffer[:at]
    return packets


def _packet_end(buffer: bytearray, at: int) -> tuple[int, int] | None:
    length = 0
    for digits in range(4):
        position = at + 1 + digits
        if position >= len(buffer):
            return None
        length |= (buffer[position] & 0x7F) << 7 * digits
        if buffer[position] < 0x80:  # noqa: PLR2004  # the continuation bit of §2.2.3
            stop = position + 1 + length
            return (position + 1, stop) if stop <= len(buffer) else None
    message = "a remaining length has at most four bytes"
    raise ValueError(message)
