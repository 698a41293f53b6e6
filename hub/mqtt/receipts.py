"""Receipts: acknowledging QoS 1 messages by the batch, and the guard that knows a redelivered message again.

A message is acknowledged when the pipeline says that its batch is safe, not when it is read. The packet ids of a batch
go out in order of receipt (MQTT 3.1.1 §4.6) on the connection they came from, joined into one write; if that connection
is gone they are thrown away and the broker delivers again. Then the guard recognises what was seen before by packet id
and CRC-32, so that a redelivery is the same reading, or no reading at all.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Protocol
from zlib import crc32

from hub.core.raw import Flown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.core.clock import Clock
    from hub.core.meters import Meters
    from hub.core.raw import RawMessage

DUP = 8
"""Bit of a PUBLISH packet's flags: it was sent before (MQTT 3.1.1 §3.3.1.1)."""
QOS_1 = 2
"""Bit of a PUBLISH packet's flags: it wants a PUBACK (MQTT 3.1.1 §3.3.1.2)."""
REMEMBERED_S = 60.0
"""How long an entry outlives its acknowledgement: long enough for a broker that lost it to come back."""


class Connection(Protocol):
    """What receipts need of the connection that messages came from."""

    def acknowledge(self, packet_ids: Sequence[int]) -> bool:
        """Send one PUBACK for each packet id, in order; return False if the connection is gone. Never waits."""


class Flight:
    """The QoS 1 messages of one batch, as the guard remembers them: parallel arrays, no object a message."""

    __slots__ = ("acknowledged_s", "crcs", "ids", "published", "times_us")

    def __init__(self, ids: array[int], crcs: array[int], times_us: Sequence[int], *, published: bool) -> None:
        self.ids = ids
        self.crcs = crcs
        self.times_us = times_us
        self.published = published
        self.acknowledged_s: float | None = None


class BatchReceipt:
    """Acknowledges the messages of one batch; saying so twice is saying it once.

    Args:
        connection: where they came from.
        flight: what was received.
        clock: dates the acknowledgement.
    """

    __slots__ = ("_clock", "_connection", "_flight")

    def __init__(self, connection: Connection, flight: Flight, clock: Clock) -> None:
        self._connection: Connection | None = connection
        self._flight = flight
        self._clock = clock

    def record(self) -> Flown:
        """Return what a later process needs to know these messages again."""
        flight = self._flight
        times_us = flight.times_us
        if isinstance(times_us, range):
            return Flown(times_us.start, flight.ids.tobytes(), flight.crcs.tobytes(), b"")
        return Flown(0, flight.ids.tobytes(), flight.crcs.tobytes(), array("q", times_us).tobytes())

    def acknowledge(self) -> None:
        """Tell the broker that the batch is safe; nothing happens if that connection is gone. Never waits."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.acknowledge(self._flight.ids):
            self._flight.acknowledged_s = self._clock.steady_s()


class RedeliveryGuard:
    """Knows messages again that the broker delivers a second time.

    One entry a packet id, so at most 65,535; a message that reuses an id takes its place. A message counts as published
    once the pipeline took it, because nothing awaits between taking and publishing.

    Args:
        clock: times the end of entries.
        meters: counts what was recognised.
    """

    def __init__(self, *, clock: Clock, meters: Meters) -> None:
        self._clock = clock
        self._flights: dict[int, Flight] = {}
        told = "Redelivered QoS 1 messages that were recognised, by what became of them."
        self._repeated = meters.counter("redelivered", told, label="outcome", value="acknowledged_only")
        self._restored = meters.counter("redelivered", told, label="outcome", value="same_time")
        meters.gauge("redelivery_entries", "Packet ids that the redelivery guard remembers.", self._flights.__len__)

    def admit(
        self, messages: list[RawMessage], received_us: int, connection: Connection, *, has_duplicates: bool
    ) -> tuple[list[RawMessage], BatchReceipt, dict[int, int] | None]:
        """Return what of a batch is to be published, its receipt, and recorded receive times by index.

        Args:
            messages: some of QoS 1; those of QoS 0 pass.
            received_us: receive time of the first, each next one 1 µs later.
            connection: where they came from.
            has_duplicates: True if any has the DUP flag; else nothing is compared.
        """
        if has_duplicates:
            return self._compare(messages, received_us, connection)
        ids = array("H", [message[3] for message in messages if message[3]])
        if len(ids) == len(messages):
            crcs = array("I", [crc32(message[1], crc32(message[0])) for message in messages])
            times_us: Sequence[int] = range(received_us, received_us + len(ids))
        else:
            numbered = [(place, message) for place, message in enumerate(messages, received_us) if message[3]]
            crcs = array("I", [crc32(message[1], crc32(message[0])) for _, message in numbered])
            times_us = array("q", [place for place, _ in numbered])
        flight = Flight(ids, crcs, times_us, published=True)
        self._flights.update(dict.fromkeys(ids, flight))
        return messages, BatchReceipt(connection, flight, self._clock), None

    def _compare(
        self, messages: list[RawMessage], received_us: int, connection: Connection
    ) -> tuple[list[RawMessage], BatchReceipt, dict[int, int] | None]:
        """Admit a batch with duplicates, message by message."""
        times_us: array[int] = array("q")
        flight = Flight(array("H"), array("I"), times_us, published=True)
        kept: list[RawMessage] = []
        redelivered: dict[int, int] = {}
        for message in messages:
            time_us = received_us + len(kept)
            crc = crc32(message.payload, crc32(message.topic))
            known = self._recall(message, crc) if message.flags & DUP else None
            if known is not None:
                time_us, published = known
                if not published:
                    redelivered[len(kept)] = time_us
            if known is None or not known[1]:
                kept.append(message)
            if message.packet_id:
                flight.ids.append(message.packet_id)
                flight.crcs.append(crc)
                times_us.append(time_us)
                self._flights[message.packet_id] = flight
        self._repeated.n += len(messages) - len(kept)
        self._restored.n += len(redelivered)
        return kept, BatchReceipt(connection, flight, self._clock), redelivered or None

    def _recall(self, message: RawMessage, crc: int) -> tuple[int, bool] | None:
        """Return (recorded receive time, published by this process) of a duplicate, None if it is not known."""
        flight = self._flights.get(message.packet_id)
        if flight is None:
            return None
        if flight.acknowledged_s is not None and self._clock.steady_s() - flight.acknowledged_s > REMEMBERED_S:
            del self._flights[message.packet_id]
            return None
        # The last place counts: an id that occurs twice in a batch was reused in between.
        place = len(flight.ids) - 1 - flight.ids[::-1].index(message.packet_id)
        if flight.crcs[place] != crc:
            return None
        return flight.times_us[place], flight.published

    def restore(self, recorded: Iterable[Flown]) -> None:
        """Remember messages that an earlier process recorded and perhaps did not acknowledge.

        Args:
            recorded: as :meth:`BatchReceipt.record` gave it, oldest first.
        """
        for flown in recorded:
            ids, crcs, times_us = array("H", flown.ids), array("I", flown.crcs), array("q", flown.times)
            flight = Flight(ids, crcs, times_us or range(flown.first_us, flown.first_us + len(ids)), published=False)
            self._flights.update(dict.fromkeys(ids, flight))

    def forget(self) -> None:
        """Forget everything: the broker has no session of ours, so its packet ids start anew."""
        self._flights.clear()
