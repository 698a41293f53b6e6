"""One connection of a load: large writes on a non-blocking socket, acknowledgements counted in bulk."""

import socket
from bisect import bisect_right
from contextlib import suppress

from simulators.address import Address
from simulators.cycle import Cycle
from simulators.errors import BrokerError
from simulators.wire import DISCONNECT, PINGREQ, PINGRESP, REFUSALS, Hello, encode_connect

CONNECT_TIMEOUT_S = 10.0
CONNACK_BYTES = 4
PUBACK_BYTES = 4
MAX_WRITE_BYTES = 256 * 1024
"""One write; larger ones gain nothing and keep other connections waiting."""
STAMPED_WRITE_BYTES = 16 * 1024
"""One write of stamped messages: they share a stamp, so they are handed over while it is fresh."""
READ_BYTES = 16 * 1024
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", socket.TCP_NODELAY)
"""Brokers write acknowledgements one by one; unless the kernel confirms each read at once, Nagle's algorithm holds the
next ones back for 40 ms. Where there is no such option, setting TCP_NODELAY again does no harm."""


def open_socket(address: Address, hello: Hello) -> socket.socket:
    """A connected, non-blocking socket on which the broker has accepted the client.

    Args:
        address: The broker; without TLS.
        hello: What the client says about itself.

    Raises:
        BrokerError: Not reachable, no answer within 10 s, or the client is refused.
    """
    try:
        sock = socket.create_connection((address.host, address.port), timeout=CONNECT_TIMEOUT_S)
    except OSError as error:
        raise BrokerError(str(address), f"not reachable ({error.strerror or error})") from None
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(encode_connect(hello))
        answer = b""
        while len(answer) < CONNACK_BYTES:
            more = sock.recv(CONNACK_BYTES - len(answer))
            if not more:
                break
            answer += more
    except OSError as error:
        sock.close()
        raise BrokerError(str(address), f"no answer to CONNECT ({error.strerror or error})") from None
    if len(answer) < CONNACK_BYTES or answer[0] != 0x20 or answer[3]:  # noqa: PLR2004  # CONNACK, §3.2
        sock.close()
        code = answer[3] if len(answer) == CONNACK_BYTES else 0
        raise BrokerError(str(address), REFUSALS.get(code, "closed the connection instead of accepting it"))
    sock.setblocking(False)
    return sock


class Sender:
    """Sends its share of a load round its cycle, and knows how much of it the broker has taken.

    Nothing here waits. What the broker has taken is known from its acknowledgements with QoS 1; with QoS 0 a PINGREQ
    follows the last message, and its answer proves that the broker has read everything before it.
    """

    def __init__(self, sock: socket.socket, cycle: Cycle, *, broker: str, max_in_flight: int = 0) -> None:
        """Take over a connected socket.

        Args:
            sock: Non-blocking, past CONNACK; closed by `close`.
            cycle: The messages.
            broker: The broker's name for errors.
            max_in_flight: With QoS 1 how many messages may be unacknowledged; 0 for QoS 0.
        """
        self.sock = sock
        self.blocked = False
        self.finished = False
        self.claimed = 0
        self.acknowledged = 0
        self.bytes_sent = 0
        self._cycle = cycle
        self._view = memoryview(cycle.data)
        self._pending = self._view[:0]
        self._broker = broker
        self._window = min(max_in_flight, len(cycle))
        self._max_bytes = STAMPED_WRITE_BYTES if cycle.stamps else MAX_WRITE_BYTES
        self._heard = b""
        self._last_asked = False

    @property
    def sent(self) -> int:
        """Messages handed to the kernel whole."""
        if self._last_asked or not self._pending:
            return self.claimed
        index = (self.claimed - 1) % len(self._cycle)
        written_to = self._cycle.ends[index] - len(self._pending)
        return self.claimed - (index + 1 - bisect_right(self._cycle.ends, written_to, 0, index + 1))

    @property
    def taken(self) -> int:
        """Messages the broker has proved to have: acknowledged ones, with QoS 0 all once it has answered at the end."""
        if self._window:
            return self.acknowledged
        return self.claimed if self.finished else 0

    @property
    def waiting(self) -> bool:
        """Whether the broker has yet to take or answer something."""
        return bool(self._pending) or self._last_asked or bool(self._window and self.acknowledged < self.claimed)

    def write(self, allowed: int, now_us: int) -> None:
        """Make one write, as large as the allowance, the window and the cycle's end let it be.

        Args:
            allowed: How many messages may have been sent in all.
            now_us: The time for stamps, µs since 1970.

        Raises:
            BrokerError: The connection broke.
        """
        if not self._pending and not self._claim(allowed, now_us):
            return
        try:
            count = self.sock.send(self._pending)
        except BlockingIOError:
            self.blocked = True
            return
        except OSError as error:
            raise BrokerError(self._broker, f"connection lost ({error.strerror or error})") from None
        self.bytes_sent += count
        self._pending = self._pending[count:]
        self.blocked = bool(self._pending)

    def wants(self, allowed: int) -> bool:
        """Whether a write could do something now.

        Args:
            allowed: How many messages may have been sent in all.
        """
        return bool(self._pending) or self._room(allowed) > 0

    def finish(self) -> None:
        """Nothing more is allowed: find out whether the broker has taken everything, then `finished` is set."""
        if self._last_asked or self._pending:
            return
        if self._window:
            self.finished = self.acknowledged == self.claimed
        else:
            self._last_asked = True
            self._pending = memoryview(PINGREQ)

    def read(self) -> None:
        """Take what the broker said: acknowledgements, or the answer to PINGREQ at the end.

        Raises:
            BrokerError: The broker closed the connection or said something else.
        """
        try:
            data = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise BrokerError(self._broker, f"connection lost ({error.strerror or error})") from None
        if not data:
            raise BrokerError(self._broker, f"closed the connection after {self.sent:,} messages")
        if self._window:
            self.sock.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        self._heard += data
        if self._window:
            self._count_acknowledgements()
        elif self._heard == PINGRESP:
            self.finished = True
        elif not PINGRESP.startswith(self._heard):
            raise self._unexpected()

    def close(self) -> None:
        """Say DISCONNECT if the socket takes it, and close."""
        with suppress(OSError):
            self.sock.send(DISCONNECT)
        self.sock.close()

    def _count_acknowledgements(self) -> None:
        heard = self._heard
        whole = len(heard) // PUBACK_BYTES
        used = whole * PUBACK_BYTES
        if heard[0:used:PUBACK_BYTES].count(0x40) != whole or heard[1:used:PUBACK_BYTES].count(2) != whole:
            raise self._unexpected()
        self.acknowledged += whole
        self._heard = heard[used:]

    def _unexpected(self) -> BrokerError:
        return BrokerError(self._broker, f"sent {self._heard[:8].hex(' ')} where only acknowledgements were due")

    def _room(self, allowed: int) -> int:
        room = allowed - self.claimed
        if not self._window:
            return room
        free = self._window - (self.claimed - self.acknowledged)
        return min(room, free) if room <= free or free * 2 >= self._window else 0

    def _claim(self, allowed: int, now_us: int) -> bool:
        room = self._room(allowed)
        if room <= 0:
            return False
        cycle = self._cycle
        index = self.claimed % len(cycle)
        count = cycle.fit(index, room, self._max_bytes)
        if cycle.stamps:
            cycle.stamp(index, count, now_us)
        self._pending = self._view[cycle.start(index) : cycle.start(index + count)]
        self.claimed += count
        return True
