"""The intake: the one bounded queue, between the reader and the pipeline.

The reader puts whole lists of messages, the pipeline takes whole batches; nothing is done per message unless the intake
is full. Waiting happens here, and only here, before a message is decoded.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Protocol

from hub.core.raw import RawBatch
from hub.mqtt.receipts import DUP, QOS_1, Connection, RedeliveryGuard

if TYPE_CHECKING:
    from hub.core.clock import Clock
    from hub.core.meters import Meters
    from hub.core.raw import RawMessage

STEP_BACK_US = 1_000_000
"""A clock that went back further was set, and is followed (normalisation G13); less is smoothed over."""


class Source(Connection, Protocol):
    """What the intake needs of the connection that messages come from."""

    def pause_reading(self) -> None:
        """Stop reading from the socket, so that the broker keeps what comes; twice is once."""

    def resume_reading(self) -> None:
        """Read again."""


class _Chunk:
    """Messages put together, less what was taken or shed since."""

    __slots__ = ("marks", "messages", "received_us", "size_bytes", "source", "taken", "taken_s")

    def __init__(self, messages: list[RawMessage], source: Source, *, size_bytes: int, marks: int) -> None:
        self.messages = messages
        self.source = source
        self.size_bytes = size_bytes
        self.marks = marks
        self.taken = 0
        self.received_us = 0
        self.taken_s = 0.0


class Intake:
    """A queue of message lists. Full: the oldest QoS 0 messages go; with only QoS 1 left, the source is paused.

    Args:
        max_messages: most messages held, at least 1; one list more than that may be held of QoS 1.
        max_bytes: most bytes held, as on the wire, at least 1; likewise.
        clock: gives receive times.
        meters: counts messages, bytes, losses, pauses.
        guard: knows redelivered messages; one of its own if none is given.
    """

    def __init__(
        self,
        *,
        max_messages: int,
        max_bytes: int,
        clock: Clock,
        meters: Meters,
        guard: RedeliveryGuard | None = None,
    ) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._clock = clock
        self.guard = guard or RedeliveryGuard(clock=clock, meters=meters)
        # An ordered dict, because a chunk that was shed empty must not stay until its turn comes.
        self._chunks: OrderedDict[_Chunk, None] = OrderedDict()
        # Chunks that may hold messages of QoS 0; whether one really does is only looked at when room is needed.
        self._sheddable: deque[_Chunk] = deque()
        self._paused: dict[Source, None] = {}
        self._arrived = asyncio.Event()
        self._messages = 0
        self._bytes = 0
        self._last_us = 0
        self._received = meters.counter("messages_received", "MQTT messages read from the broker.")
        self._received_bytes = meters.counter("bytes_received", "Bytes of MQTT messages read from the broker.")
        self._dropped = meters.counter("messages_dropped", "QoS 0 messages dropped because the intake was full.")
        self._pauses = meters.counter("intake_pauses", "Times reading was paused because the intake was full of QoS 1.")
        self._steps = meters.counter("clock_steps", "Times the clock was set back by more than a second.")
        meters.gauge("intake_messages", "MQTT messages that wait in the intake.", lambda: self._messages)
        meters.gauge("intake_bytes", "Bytes of MQTT messages that wait in the intake.", lambda: self._bytes)

    def __len__(self) -> int:
        """Return how many messages wait."""
        return self._messages

    def put(self, messages: list[RawMessage], source: Source, *, size_bytes: int, marks: int) -> None:
        """Take over a list of messages in order of receipt and date them. Never waits.

        Args:
            messages: at least one; the list belongs to the intake from now on.
            source: the connection they came from.
            size_bytes: their size on the wire.
            marks: the flags of all of them, joined by "or"; may leave out RETAIN.
        """
        count = len(messages)
        chunk = _Chunk(messages, source, size_bytes=size_bytes, marks=marks)
        chunk.received_us = self._date(count)
        chunk.taken_s = self._clock.steady_s()
        self._chunks[chunk] = None
        self._sheddable.append(chunk)
        self._messages += count
        self._bytes += size_bytes
        self._received.n += count
        self._received_bytes.n += size_bytes
        if self._messages > self._max_messages or self._bytes > self._max_bytes:
            self._make_room(source)
        if self._messages:
            self._arrived.set()

    def take(self, limit: int) -> RawBatch | None:
        """Return the oldest messages of one connection, None if nothing waits. Never waits.

        A batch can have a receipt and no messages: all were redeliveries, which only want to be acknowledged.

        Args:
            limit: most messages, at least 1.
        """
        if not self._chunks:
            return None
        chunk = next(iter(self._chunks))
        start, total = chunk.taken, len(chunk.messages)
        if total - start <= limit:
            self._discard(chunk)
            messages = chunk.messages[start:] if start else chunk.messages
            size_bytes = chunk.size_bytes
        else:
            messages = chunk.messages[start : start + limit]
            size_bytes = chunk.size_bytes * limit // (total - start)
            chunk.taken += limit
            chunk.size_bytes -= size_bytes
        self._messages -= len(messages)
        self._bytes -= size_bytes
        if not self._chunks:
            self._arrived.clear()
        if self._paused and self._messages * 2 <= self._max_messages and self._bytes * 2 <= self._max_bytes:
            self._resume()
        batch = RawBatch(messages, chunk.received_us + start, taken_s=chunk.taken_s)
        if chunk.marks & QOS_1:
            batch.messages, batch.receipt, batch.redelivered = self.guard.admit(
                messages, batch.received_us, chunk.source, has_duplicates=bool(chunk.marks & DUP)
            )
        return batch

    async def ready(self) -> None:
        """Wait until something can be taken. Cancelling it loses nothing."""
        await self._arrived.wait()

    def _date(self, count: int) -> int:
        """Return the receive time of the first of some messages and reserve 1 µs for each."""
        now_us = self._clock.now_us()
        if now_us <= self._last_us:
            if self._last_us - now_us > STEP_BACK_US:
                self._steps.n += 1
            else:
                now_us = self._last_us + 1
        self._last_us = now_us + count - 1
        return now_us

    def _discard(self, chunk: _Chunk) -> None:
        """Remove a chunk that is the oldest, or the oldest that can be shed."""
        del self._chunks[chunk]
        if self._sheddable and self._sheddable[0] is chunk:
            self._sheddable.popleft()

    def _make_room(self, source: Source) -> None:
        """Shed the oldest QoS 0 messages; pause the source if that is not enough."""
        while self._sheddable and (self._messages > self._max_messages or self._bytes > self._max_bytes):
            self._shed(self._sheddable[0])
        if self._messages > self._max_messages or self._bytes > self._max_bytes:
            if source not in self._paused:
                self._pauses.n += 1
            self._paused[source] = None
            source.pause_reading()

    def _shed(self, chunk: _Chunk) -> None:
        """Drop the oldest QoS 0 messages of a chunk, as many as must go."""
        rest = chunk.messages[chunk.taken :]
        surplus, surplus_bytes = self._messages - self._max_messages, self._bytes - self._max_bytes
        share_bytes = max(1, chunk.size_bytes // len(rest))
        kept: list[RawMessage] = []
        gone = 0
        for place, message in enumerate(rest):
            if surplus <= gone and surplus_bytes <= gone * share_bytes:
                kept += rest[place:]
                break
            if message.packet_id:
                kept.append(message)
            else:
                gone += 1
        from_front = not any(message.packet_id for message in rest[:gone])
        # Otherwise times move with the places: still increasing, and none is later than it was.
        chunk.received_us += chunk.taken + (gone if from_front else 0)
        chunk.messages, chunk.taken = kept, 0
        freed_bytes = chunk.size_bytes if not kept else min(chunk.size_bytes, gone * share_bytes)
        chunk.size_bytes -= freed_bytes
        self._messages -= gone
        self._bytes -= freed_bytes
        self._dropped.n += gone
        if not kept:
            self._discard(chunk)
        elif all(message.packet_id for message in kept):
            self._sheddable.popleft()

    def _resume(self) -> None:
        """Let the paused connections read again."""
        paused, self._paused = self._paused, {}
        for source in paused:
            source.resume_reading()
