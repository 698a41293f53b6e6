"""The greeting: the start of a client's CONNECT, looked at before amqtt gets it.

amqtt reads a CONNECT of MQTT 5 as one of 3.1.1, waits for bytes that never come and answers nothing. So the hub looks
at the version first and refuses in the client's own language; what was read is read again by amqtt.

References:
    MQTT 3.1.1 §3.1.2 (protocol name and level); MQTT 5.0 §3.2.2.2 (reason code 0x84).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from amqtt.adapters import StreamReaderAdapter

if TYPE_CHECKING:
    from asyncio import StreamReader

CONNECT = 0x10
MQTT_5 = 5
REFUSAL_5 = b"\x20\x03\x00\x84\x00"
"""CONNACK of MQTT 5: unsupported protocol version, no properties."""
GREETING_TIMEOUT_S = 10.0
"""For a client to say what it wants."""
LONGEST_NAME_BYTES = 6
"""``MQIsdp``, the protocol's name in MQTT 3.1."""


class Greeting(NamedTuple):
    """How a client began.

    Args:
        head: the bytes read so far.
        level: the protocol level it asks for; 0 if it is no CONNECT.
    """

    head: bytes
    level: int


class ReplayingReader(StreamReaderAdapter):
    """Gives bytes that were read before, then those of the stream.

    Args:
        reader: the stream.
        head: what was read from it.
    """

    def __init__(self, reader: StreamReader, head: bytes) -> None:
        super().__init__(reader)
        self._head = head

    async def read(self, n: int = -1) -> bytes:
        """Return so many bytes, or all until the end.

        Args:
            n: how many; -1 for all.
        """
        if not self._head:
            return await super().read(n)
        size = len(self._head) if n < 0 else n
        part, self._head = self._head[:size], self._head[size:]
        if n < 0:
            return part + await super().read(-1)
        return part if len(part) == n else part + await super().read(n - len(part))


async def read_greeting(reader: StreamReader) -> Greeting:
    """Return how a client begins. Waits up to 10 s; cancelling loses what was read.

    Args:
        reader: of a new connection.

    Raises:
        TimeoutError: it says too little.
        asyncio.IncompleteReadError: it hung up.
    """
    async with asyncio.timeout(GREETING_TIMEOUT_S):
        head = await reader.readexactly(2)
        while head[-1] > 127 and len(head) < 5:  # noqa: PLR2004 - the length's bytes, four at most, with their high bit
            head += await reader.readexactly(1)
        if head[0] != CONNECT or head[-1] < LONGEST_NAME_BYTES:
            return Greeting(head, 0)
        name_length = await reader.readexactly(2)
        head += name_length
        size = int.from_bytes(name_length, "big")
        if size > LONGEST_NAME_BYTES:
            return Greeting(head, 0)
        head += await reader.readexactly(size + 1)
        return Greeting(head, head[-1])
