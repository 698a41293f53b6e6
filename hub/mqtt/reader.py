"""The bulk reader: a paho client that reads 256 KiB at a time and parses PUBLISH packets in one loop.

Everything that is no plain PUBLISH of QoS 0 or 1 goes, byte for byte, through paho's own parsing: other packet types,
QoS 2, MQTT 5 properties, malformed packets. So paho stays the judge of what is an error. It works the same on TCP, TLS
and WebSocket, whose differences paho hides in ``_sock_recv``.

It stands on paho's internals; :mod:`hub.mqtt.verification` says whether they are as expected.
"""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from paho.mqtt import client as paho

from hub.core.raw import RawMessage
from hub.mqtt.packets import (
    PUBLISH,
    Header,
    Oversized,
    acknowledgements,
    find_oversized,
    parse_publishes,
    read_header,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from paho.mqtt.enums import MQTTErrorCode

READ_BYTES = 262_144
"""Most bytes of one read: larger ones gain nothing, and a burst of reads must not hold up the loop."""
LEAST_READ_BYTES = 16_384
"""A TLS record; small reads are for small messages."""
MESSAGES_A_READ = 4_000
"""About so many messages are parsed at once, some 3 ms of work."""
MANY_MESSAGES = 100
"""Fewer in a read say nothing about the size of the next."""
LONGEST_OTHER_BYTES = 1_048_576
"""A packet other than PUBLISH beyond this is no sane broker's; it is malformed."""

Sink: TypeAlias = "Callable[[list[RawMessage], int, int], None]"
"""Takes messages, their size in bytes on the wire and their joined flags."""


def raw_message(message: paho.MQTTMessage, max_payload_bytes: int) -> RawMessage:
    """Return a message that paho parsed.

    Args:
        message: as paho's ``on_message`` gives it.
        max_payload_bytes: larger payloads are reported without their bytes.
    """
    try:
        topic = message.topic.encode()
    except UnicodeDecodeError as fault:
        topic = fault.object
    flags = message.dup << 3 | message.qos << 1 | message.retain
    content_type = getattr(message.properties, "ContentType", "") if message.properties else ""
    packet_id = message.mid if message.qos == 1 else 0
    size_bytes = len(message.payload)
    if size_bytes > max_payload_bytes:
        return RawMessage(topic, b"", flags, packet_id, content_type, size_bytes)
    return RawMessage(topic, bytes(message.payload), flags, packet_id, content_type)


class BulkReader(paho.Client):
    """A paho client whose ``loop_read`` takes packets by the hundred.

    Objects are made by giving an existing client this class, because aiomqtt makes its own; :meth:`begin` follows.
    """

    takes_socket = True
    """It uses a connected socket instead of making its own."""

    def begin(self, sink: Sink, *, max_payload_bytes: int, dialled: socket.socket | None) -> None:
        """Prepare for a connection.

        Args:
            sink: takes what is read.
            max_payload_bytes: larger payloads are skipped and reported, at least 128.
            dialled: the connected socket to use; without one paho makes its own.
        """
        self._sink = sink
        self._max_payload_bytes = max_payload_bytes
        self._dialled = dialled
        self._messages: list[RawMessage] = []
        self._marks = 0
        self._taken_bytes = 0
        self._came_bytes = 0
        self._buffer = bytearray()  # an incomplete packet
        self._wanted_bytes = 0  # of the buffer, before looking again makes sense
        self._skip_bytes = 0  # left of an oversized packet
        self._feed: memoryview | None = None
        self._read_bytes = READ_BYTES
        self.on_message = self._take_parsed
        self.manual_ack_set(True)

    def read(self) -> int:
        """Read once from the socket, hand the messages to the sink, and return how many bytes came."""
        self._came_bytes = 0
        self.loop_read()
        return self._came_bytes

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read once from the socket and take all packets that are complete.

        Args:
            max_packets: not used; the bytes of one read are the bound.

        Returns:
            paho's code for what became of the connection.
        """
        del max_packets
        if self._sock is None:
            return paho.MQTT_ERR_NO_CONN
        try:
            data = self._sock_recv(self._read_bytes)
        except BlockingIOError:
            return paho.MQTT_ERR_SUCCESS
        except OSError as fault:
            self._easy_log(paho.MQTT_LOG_ERR, "failed to receive on socket: %s", fault)
            data = b""
        if not data:
            return self._loop_rc_handle(paho.MQTT_ERR_CONN_LOST)
        self._came_bytes = len(data)
        # Any byte proves that the broker is there, even if its PINGRESP waits behind a flood.
        self._last_bytes_received = time.monotonic()
        self._ping_t = 0.0
        try:
            return self._consume(data)
        finally:
            self._hand_over()

    def _hand_over(self) -> None:
        """Give the messages of one read to the sink, and fit the size of the next read to theirs."""
        messages = self._messages
        if not messages:
            return
        marks, size_bytes = self._marks, self._taken_bytes
        self._messages, self._marks, self._taken_bytes = [], 0, 0
        fitting_bytes = size_bytes * MESSAGES_A_READ // len(messages) if len(messages) >= MANY_MESSAGES else READ_BYTES
        self._read_bytes = min(READ_BYTES, max(LEAST_READ_BYTES, fitting_bytes))
        self._sink(messages, size_bytes, marks)

    def _consume(self, data: bytes) -> MQTTErrorCode:
        """Take all complete packets of what was read and keep the rest."""
        if self._skip_bytes:
            skipped = min(self._skip_bytes, len(data))
            self._skip_bytes -= skipped
            data = data[skipped:]
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._wanted_bytes:
                return paho.MQTT_ERR_SUCCESS
            data = bytes(self._buffer)
            self._buffer = bytearray()
        version_5 = self._protocol == paho.MQTTv5
        limit = self._max_payload_bytes
        pos, size = 0, len(data)
        while pos < size:
            start = pos
            pos, marks = parse_publishes(data, pos, self._messages, version_5=version_5, limit=limit)
            self._marks |= marks
            self._taken_bytes += pos - start
            if pos >= size:
                break
            found = self._look(data, pos)
            if found is None:
                return self._loop_rc_handle(paho.MQTT_ERR_PROTOCOL)
            if isinstance(found, int):
                self._buffer += data[pos:]
                self._wanted_bytes = found
                break
            if isinstance(found, Oversized):
                self._messages.append(found.message)
                self._marks |= found.message.flags
                self._skip_bytes = max(0, found.stop - size)
                self._taken_bytes += len(found.message.topic)
            else:
                if found.first & 0xF0 == PUBLISH:
                    self._taken_bytes += found.stop - pos
                rc = self._feed_paho(data[pos : found.stop])
                if rc != paho.MQTT_ERR_SUCCESS or self._sock is None:
                    return rc
            pos = found.stop
        return paho.MQTT_ERR_SUCCESS

    def _look(self, data: bytes, pos: int) -> Oversized | Header | int | None:
        """Return the packet at a position that is not for the bulk loop, or how many bytes from there are needed.

        None is a packet that is too long to be true.
        """
        header = read_header(data, pos)
        if isinstance(header, int):
            return header
        version_5 = self._protocol == paho.MQTTv5
        large = find_oversized(data, header, version_5=version_5, limit=self._max_payload_bytes)
        if isinstance(large, Oversized):
            return large
        if large is not None:
            return large - pos
        if header.first & 0xF0 != PUBLISH and header.stop - header.start > LONGEST_OTHER_BYTES:
            return None
        return header if header.stop <= len(data) else header.stop - pos

    def _feed_paho(self, packet: bytes) -> MQTTErrorCode:
        """Let paho read one whole packet, and act on what it says."""
        self._feed = memoryview(packet)
        try:
            rc = self._packet_read()
        finally:
            self._feed = None
        return self._loop_rc_handle(rc) if rc > 0 else paho.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        """Return bytes of the packet that paho is fed with, else of the socket."""
        feed = self._feed
        if feed is None:
            return super()._sock_recv(bufsize)
        if not feed:
            raise BlockingIOError
        self._feed = feed[bufsize:]
        return bytes(feed[:bufsize])

    def _take_parsed(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:  # noqa: ANN401 - paho's
        """Take a message that paho parsed, in its place among the others."""
        del client, userdata
        taken = raw_message(message, self._max_payload_bytes)
        self._messages.append(taken)
        self._marks |= taken.flags & 8 | (2 if taken.packet_id else 0)
        if message.qos == 2:  # noqa: PLR2004 - never asked for, so the handshake only has to end
            self.ack(message.mid, 2)

    def acknowledge(self, packet_ids: Sequence[int]) -> bool:
        """Send a PUBACK for each packet id in one write; return False if the connection is gone. Never waits.

        What the socket does not take goes through paho's queue of packets.

        Args:
            packet_ids: in order of receipt.
        """
        if self._sock is None:
            return False
        data = acknowledgements(packet_ids)
        sent = 0
        if not self._out_packet:
            try:
                sent = self._sock_send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._loop_rc_handle(paho.MQTT_ERR_CONN_LOST)
                return False
            self._last_msg_out = time.monotonic()
        if sent < len(data):
            self._packet_queue(paho.PUBACK, data[sent:], 0, 1)
        return True

    def rest(self) -> None:
        """Note that reading is paused on purpose, so that silence does not count as a dead link."""
        self._last_bytes_received = time.monotonic()
        self._ping_t = 0.0

    def drop(self) -> None:
        """Close the socket at once; twice is once."""
        self._sock_close()

    def _create_socket_connection(self) -> socket.socket:
        """Return the connected socket that was given, else make one as paho does."""
        dialled, self._dialled = self._dialled, None
        if dialled is None:
            return super()._create_socket_connection()
        dialled.settimeout(self._connect_timeout)  # for a WebSocket's handshake
        return dialled

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        """Return the socket as it is if its TLS handshake was done before."""
        return tcp_sock if isinstance(tcp_sock, ssl.SSLSocket) else super()._ssl_wrap_socket(tcp_sock)
