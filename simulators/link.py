"""One connection to the broker that stays up: connects, comes back with full jitter, breaks on demand."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from simulators.address import Address
from simulators.errors import BrokerError
from simulators.readout import Message
from simulators.wire import (
    CONNACK_TYPE,
    DISCONNECT,
    PINGREQ,
    PUBACK_TYPE,
    PUBLISH_TYPE,
    REFUSALS,
    Hello,
    Packet,
    decode_publish,
    encode_connect,
    encode_publish,
    encode_subscribe,
    split_packets,
)

CONNECT_TIMEOUT_S = 10.0
KEEP_ALIVE_S = 30
FIRST_BACKOFF_S = 0.5
MAX_BACKOFF_S = 10.0
MAX_UNSENT_BYTES = 1024 * 1024
"""What may wait in a link for a slow broker; what comes beyond it is dropped and counted, as on a real device."""
MAX_UNACKNOWLEDGED = 1000
"""QoS 1 messages on their way; beyond it they are dropped and counted."""
APART_TIMEOUT_S = 2.0
READ_BYTES = 64 * 1024
SUBSCRIBE_ID = 65_535
"""Of the one SUBSCRIBE of a connection; messages have the identifiers below it, for both may wait at a time."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LinkOwner(Protocol):
    """Whoever wants to know how a link is."""

    def link_up(self, name: str) -> None:
        """The broker has accepted the link."""
        ...

    def link_down(self, name: str, reason: str) -> None:
        """The link broke, or could not be made.

        Args:
            name: Which link.
            reason: Why, for a person.
        """
        ...

    def link_heard(self, name: str, topic: str, payload: bytes) -> None:
        """A message came for whoever is on the link.

        Args:
            name: Which link.
            topic: Its topic.
            payload: Its payload.
        """
        ...


@dataclass(frozen=True, slots=True)
class Manners:
    """How a link behaves towards the broker."""

    hello: Callable[[], Hello]
    """What it says when it connects, made anew each time; the credentials are the address's."""
    filters: tuple[str, ...] = ()
    """What it listens to."""


@dataclass(slots=True)
class LinkCounts:
    """What a link did."""

    sent: int = 0
    acknowledged: int = 0
    dropped: int = 0
    """Messages given up because the broker did not keep up or the link was down."""


class Link:
    """A connection with its own client id; messages go out while it is up and are dropped while it is down."""

    def __init__(self, name: str, address: Address, manners: Manners, *, owner: LinkOwner, jitter: Random) -> None:
        """Make the link; `run` connects it.

        Args:
            name: What the owner calls it.
            address: The broker.
            manners: What it says when it connects, and what it listens to.
            owner: Is told when it goes up and down, and what it heard.
            jitter: Chooses the pauses before new tries.
        """
        self.name = name
        self.counts = LinkCounts()
        self._address = address
        self._manners = manners
        self._owner = owner
        self._jitter = jitter
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._writer: asyncio.StreamWriter | None = None
        self._next_id = 0

    async def run(self) -> None:
        """Keep the link up until cancelled; what is unsent then is lost, so say goodbye before."""
        tries = 0
        while True:
            await self._allowed.wait()
            try:
                reader, writer = await connect(self._address, self._hello())
            except BrokerError as error:
                self._owner.link_down(self.name, error.reason)
                ceiling_s = min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2**tries)
                tries = min(tries + 1, 10)
                await asyncio.sleep(self._jitter.uniform(0, ceiling_s))
                continue
            tries = 0
            if not self._allowed.is_set():
                writer.transport.abort()
                continue
            self._writer = writer
            self._next_id = self.counts.acknowledged
            if self._manners.filters:
                writer.write(encode_subscribe(self._manners.filters, SUBSCRIBE_ID))
            try:
                self._owner.link_up(self.name)
                reason = await self._listen(reader, writer)
            finally:
                self._writer = None
                writer.transport.abort()
            self._owner.link_down(self.name, reason)
            await asyncio.sleep(self._jitter.uniform(0, FIRST_BACKOFF_S))

    def publish(self, message: Message) -> None:
        """Send a message without waiting; counted as dropped when it cannot go out.

        Args:
            message: What to send.
        """
        writer = self._writer
        if writer is None or writer.is_closing() or writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.counts.dropped += 1
            return
        if message.qos and self._next_id - self.counts.acknowledged >= MAX_UNACKNOWLEDGED:
            self.counts.dropped += 1
            return
        self._next_id += bool(message.qos)
        writer.write(
            encode_publish(
                message.topic,
                message.payload,
                qos=message.qos,
                packet_id=(self._next_id - 1) % (SUBSCRIBE_ID - 1) + 1,
                retain=message.retain,
            )
        )
        self.counts.sent += 1

    def cut(self) -> None:
        """Break the connection without DISCONNECT, so that the broker delivers the will, and stay away."""
        self._allowed.clear()
        if self._writer is not None:
            self._writer.transport.abort()

    def mend(self) -> None:
        """Let the link connect again."""
        self._allowed.set()

    async def goodbye(self) -> None:
        """Send what is unsent and DISCONNECT, so that no will is delivered, and stay away; waits at most a second."""
        self._allowed.clear()
        writer = self._writer
        if writer is None:
            return
        try:
            async with asyncio.timeout(1):
                writer.write(DISCONNECT)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError):
            writer.transport.abort()

    def _hello(self) -> Hello:
        address = self._address
        hello = self._manners.hello()
        return replace(hello, keep_alive_s=KEEP_ALIVE_S, username=address.username, password=address.password)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """Take what comes and keep the connection alive; gives the reason why it ended."""
        buffer = bytearray()
        pinged = False
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_S / 2):
                    data = await reader.read(READ_BYTES)
            except TimeoutError:
                if pinged:
                    return "it no longer answers"
                pinged = True
                writer.write(PINGREQ)
                continue
            except OSError as error:
                return error.strerror or str(error)
            if not data:
                return "it closed the connection"
            pinged = False
            buffer += data
            try:
                self._take(split_packets(buffer))
            except ValueError as error:
                return f"it does not speak MQTT ({error})"

    def _take(self, packets: list[Packet]) -> None:
        self.counts.acknowledged += sum(packet.kind == PUBACK_TYPE for packet in packets)
        for packet in packets:
            if packet.kind == PUBLISH_TYPE:
                self._owner.link_heard(self.name, *decode_publish(packet))


async def connect(address: Address, hello: Hello) -> Connection:
    """A connection whose client the broker has accepted.

    Args:
        address: The broker.
        hello: What the client says about itself.

    Raises:
        BrokerError: Not reachable, no answer within 10 s, or the client is refused.
    """
    context = ssl.create_default_context() if address.tls else None
    writer: asyncio.StreamWriter | None = None
    accepted = False
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
            writer.write(encode_connect(hello))
            head = await reader.readexactly(4)
        if head[0] >> 4 != CONNACK_TYPE or head[3]:
            raise BrokerError(str(address), REFUSALS.get(head[3], "it does not speak MQTT 3.1.1"))
        accepted = True
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        raise BrokerError(str(address), _reason(error)) from None
    finally:
        if writer is not None and not accepted:
            writer.transport.abort()
    return reader, writer


async def publish_apart(address: Address, hello: Hello, message: Message) -> bool:
    """Whether the broker let a message pass that was sent on a connection of its own.

    Args:
        address: The broker.
        hello: What the client says about itself.
        message: What to send; with QoS 0.
    """
    try:
        async with asyncio.timeout(APART_TIMEOUT_S):
            reader, writer = await connect(address, hello)
            try:
                writer.write(encode_publish(message.topic, message.payload) + PINGREQ)
                passed = bool(await reader.read(READ_BYTES))
                writer.write(DISCONNECT)
                return passed
            finally:
                writer.close()
    except (OSError, TimeoutError, BrokerError):
        return False


def _reason(error: BaseException) -> str:
    match error:
        case TimeoutError():
            return f"no answer within {CONNECT_TIMEOUT_S:.0f} s"
        case asyncio.IncompleteReadError():
            return "it closed the connection instead of accepting it"
        case ConnectionRefusedError():
            return "nothing listens there"
        case ssl.SSLError():
            return f"TLS failed ({error.reason or error})"
        case OSError():
            return error.strerror or str(error)
        case _:
            return str(error)
