"""The stock reader: paho as it is, through its public interface only, some ten times slower than the bulk reader.

It takes over where the bulk reader was not verified with the installed paho release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paho.mqtt import client as paho

from hub.mqtt.reader import raw_message

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from hub.core.raw import RawMessage
    from hub.mqtt.reader import Sink

PACKETS_A_READ = 256
"""Packets taken in one go while each brings a message."""


class StockReader(paho.Client):
    """A paho client that hands its messages over in lists. Made and begun like the bulk reader."""

    takes_socket = False
    """It makes its own socket, in a thread."""

    def begin(self, sink: Sink, *, max_payload_bytes: int, dialled: socket.socket | None = None) -> None:
        """Prepare for a connection.

        Args:
            sink: takes what is read.
            max_payload_bytes: larger payloads are reported without their bytes; they are read all the same.
            dialled: not used.
        """
        del dialled
        self._sink = sink
        self._max_payload_bytes = max_payload_bytes
        self._messages: list[RawMessage] = []
        self._marks = 0
        self._taken_bytes = 0
        self.on_message = self._take
        self.manual_ack_set(True)

    def read(self) -> int:
        """Read packets as long as they bring messages, hand these to the sink, and return their size in bytes."""
        size_bytes = 0
        try:
            for taken in range(1, PACKETS_A_READ + 1):
                self.loop_read()
                if len(self._messages) < taken:
                    break
        finally:
            messages, marks, size_bytes = self._messages, self._marks, self._taken_bytes
            if messages:
                self._messages, self._marks, self._taken_bytes = [], 0, 0
                self._sink(messages, size_bytes, marks)
        return size_bytes

    def _take(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:  # noqa: ANN401 - paho's
        """Take a message."""
        del client, userdata
        taken = raw_message(message, self._max_payload_bytes)
        self._messages.append(taken)
        self._marks |= taken.flags & 8 | (2 if taken.packet_id else 0)
        self._taken_bytes += len(taken.topic) + len(taken.payload)
        if message.qos == 2:  # noqa: PLR2004 - never asked for, so the handshake only has to end
            self.ack(message.mid, 2)

    def acknowledge(self, packet_ids: Sequence[int]) -> bool:
        """Send a PUBACK for each packet id; return False if the connection is gone. Never waits.

        Args:
            packet_ids: in order of receipt.
        """
        if not self.is_connected():
            return False
        for packet_id in packet_ids:
            self.ack(packet_id, 1)
        return True

    def rest(self) -> None:
        """Do nothing: with paused reading this reader may lose its link to keepalive, and reconnects."""

    def drop(self) -> None:
        """Close the socket at once; twice is once."""
        self._reset_sockets()
