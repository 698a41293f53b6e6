"""Parsing PUBLISH packets in bulk: the hub's hottest loop, free of any connection.

References:
    MQTT 3.1.1 §2.2 (fixed header), §3.3 (PUBLISH); MQTT 5.0 §3.3.2.3 (PUBLISH properties).
"""

from __future__ import annotations

import sys
from array import array
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from hub.core.raw import RawMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLISH = 0x30
PUBLISH_1 = 0x32
PACKET_TYPE = 0xF0
QOS_1 = 0x02
QOS_2 = 0x04
LONGEST_LENGTH = 4
"""Bytes of a remaining length or property length, at most (MQTT 3.1.1 §2.2.3)."""

_header = Struct(">BBBBB").unpack_from
_new_tuple = tuple.__new__


class Header(NamedTuple):
    """A packet's fixed header.

    Args:
        first: packet type and flags.
        start: where what follows the header begins.
        stop: where the packet ends, maybe beyond what was read so far.
    """

    first: int
    start: int
    stop: int


class Oversized(NamedTuple):
    """A PUBLISH whose payload is too large to keep.

    Args:
        message: says so, without the payload.
        stop: where the packet ends, beyond what was read so far or not.
    """

    message: RawMessage
    stop: int


def parse_publishes(  # noqa: PLR0912 - one loop, because a call a packet would cost as much as the parsing
    data: bytes, pos: int, out: list[RawMessage], *, version_5: bool, limit: int
) -> tuple[int, int]:
    """Append the complete, well-formed PUBLISH packets of QoS 0 and 1 from a position on, up to any other packet.

    Args:
        data: bytes as received.
        pos: where a packet begins.
        out: where the messages go.
        version_5: True in MQTT 5, where only packets without properties are taken.
        limit: longest remaining length that is taken, at least 127 bytes.

    Returns:
        Where the first packet begins that was not taken, and the flags of the messages other than plain QoS 0.
    """
    append, new, message, header = out.append, _new_tuple, RawMessage, _header
    size, last = len(data), len(data) - 5  # no PUBLISH is shorter than 5 bytes
    properties = 1 if version_5 else 0
    marks = 0
    while pos <= last:
        first, length, high, low, third = header(data, pos)
        if length < 128:  # noqa: PLR2004 - the length's high bit says that it goes on
            topic = pos + 4
            stop = pos + 2 + length
            topic_end = topic + (high << 8 | low)
        elif high < 128:  # noqa: PLR2004 - likewise
            topic = pos + 5
            stop = pos + 3 + (length & 127 | high << 7)
            topic_end = topic + (low << 8 | third)
        else:
            start, stop = _long_header(data, pos)
            if not start or stop > size:
                break
            topic = start + 2
            topic_end = topic + (data[start] << 8 | data[start + 1])
        if stop > size or stop - pos > limit:
            break
        payload = topic_end + properties
        if first == PUBLISH:
            if payload > stop or (properties and data[topic_end]) or topic_end == topic:
                break
            append(new(message, (data[topic:topic_end], data[payload:stop], 0, 0, "", 0)))
        elif first & 0xF6 == PUBLISH_1:
            payload += 2
            if payload > stop or (properties and data[payload - 1]) or topic_end == topic:
                break
            packet_id = data[topic_end] << 8 | data[topic_end + 1]
            append(new(message, (data[topic:topic_end], data[payload:stop], first & 15, packet_id, "", 0)))
            marks |= first
        elif first & 0xF6 == PUBLISH:
            if payload > stop or (properties and data[topic_end]) or topic_end == topic:
                break
            append(new(message, (data[topic:topic_end], data[payload:stop], first & 15, 0, "", 0)))
            marks |= first
        else:
            break
        pos = stop
    return pos, marks & 15


def _long_header(data: bytes, pos: int) -> tuple[int, int]:
    """Return where a packet of 16 KiB or more has its topic length, and where it ends; (0, 0) if it has none."""
    found = read_header(data, pos)
    if not isinstance(found, Header) or not found.first or found.stop - found.start < 2:  # noqa: PLR2004 - bytes
        return 0, 0
    return found.start, found.stop


def read_header(data: bytes, pos: int) -> Header | int:
    """Return a packet's fixed header, or how many bytes from ``pos`` on are needed to go on.

    A remaining length that does not end after four bytes is malformed: ``first`` is 0 and ``stop`` after the fifth.

    Args:
        data: bytes as received.
        pos: where a packet begins.
    """
    length, end = 0, pos + 1
    for shift in range(0, 7 * LONGEST_LENGTH, 7):
        if end >= len(data):
            return end - pos + 1
        length |= (data[end] & 127) << shift
        end += 1
        if data[end - 1] < 128:  # noqa: PLR2004 - the last byte has no high bit
            return Header(data[pos], end, end + length)
    return Header(0, end + 1, end + 1) if end < len(data) else end - pos + 1


def find_oversized(data: bytes, header: Header, *, version_5: bool, limit: int) -> Oversized | int | None:
    """Return a PUBLISH of QoS 0 or 1 as oversized if its payload is larger than the limit.

    In MQTT 5 the properties count with the payload, so that they cannot be used to fill memory either.

    Args:
        data: bytes as received.
        header: of a packet that may not be complete.
        version_5: True in MQTT 5.
        limit: largest payload in bytes.

    Returns:
        None if it is none; how many bytes of ``data`` are needed to tell, if there are not enough yet.
    """
    first, start, stop = header
    if first & (PACKET_TYPE | QOS_2) != PUBLISH or stop - start - 2 <= limit:
        return None
    if start + 2 > len(data):
        return start + 2
    topic_end = start + 2 + (data[start] << 8 | data[start + 1])
    payload = topic_end + (2 if first & QOS_1 else 0)
    if version_5:
        payload += 1
    if payload > stop or stop - payload <= limit:
        return None
    if payload > len(data):
        return payload
    packet_id = data[topic_end] << 8 | data[topic_end + 1] if first & QOS_1 else 0
    message = RawMessage(data[start + 2 : topic_end], b"", first & 15, packet_id, "", stop - payload)
    return Oversized(message, stop)


def acknowledgements(packet_ids: Sequence[int]) -> bytes:
    """Return a PUBACK packet for each packet id, joined (MQTT 3.1.1 §3.4; in MQTT 5 a success needs no more).

    Args:
        packet_ids: 1…65535, in order of receipt.
    """
    ids = array("H", packet_ids)
    if sys.byteorder == "little":
        ids.byteswap()
    high_low = ids.tobytes()
    out = bytearray(b"\x40\x02\x00\x00" * len(ids))
    out[2::4], out[3::4] = high_low[0::2], high_low[1::2]
    return bytes(out)
