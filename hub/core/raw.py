"""Raw messages: what MQTT brought, before anybody has looked into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

RETAIN = 1
"""The bit of a PUBLISH packet's flags that tells stored state (MQTT 3.1.1 §3.3.1.3)."""


class RawMessage(NamedTuple):
    """One MQTT PUBLISH as it was received.

    Args:
        topic: the topic's bytes; not yet checked to be UTF-8.
        payload: the payload's bytes.
        flags: low four bits of the packet's first byte: 8 DUP, 6 QoS, 1 RETAIN (MQTT 3.1.1 §3.3.1).
        packet_id: 1…65535 for QoS 1, else 0.
        content_type: the MQTT 5 property, empty without one.
        skipped_bytes: payload size of a message that was too large to keep, else 0; then ``payload`` is empty.
    """

    topic: bytes
    payload: bytes
    flags: int = 0
    packet_id: int = 0
    content_type: str = ""
    skipped_bytes: int = 0


class Request(NamedTuple):
    """Something to publish because of a message, such as Sparkplug's rebirth; QoS 0, not retained.

    Args:
        topic: where.
        payload: the bytes.
    """

    topic: str
    payload: bytes


class Flown(NamedTuple):
    """The QoS 1 messages of one raw batch, as they are recorded with its readings; parallel arrays as bytes.

    Args:
        first_us: receive time of the first; the i-th was received ``i`` µs later, unless ``times`` says otherwise.
        ids: packet ids, ``array("H")``.
        crcs: CRC-32 of topic and payload, ``array("I")``.
        times: receive times, ``array("q")``; empty where they follow from ``first_us``.
    """

    first_us: int
    ids: bytes
    crcs: bytes
    times: bytes


class Receipt(Protocol):
    """Acknowledges the QoS 1 messages of one raw batch, all at once."""

    def record(self) -> Flown:
        """Return what a later process needs to know these messages again, if the broker delivers them once more."""

    def acknowledge(self) -> None:
        """Tell the broker that the batch is safe; nothing happens if that connection is gone. Never waits."""


@dataclass(slots=True)
class RawBatch:
    """Messages received together from one connection.

    Args:
        messages: in order of receipt.
        received_us: receive time of the first; the i-th was received ``i`` µs later, unless ``redelivered`` says so.
        receipt: acknowledges them; None if none needs it.
        redelivered: recorded receive times of redelivered messages by index (redelivery guard).
        taken_s: steady time of the intake in seconds, for the hub's own latency.
    """

    messages: list[RawMessage]
    received_us: int
    receipt: Receipt | None = None
    redelivered: dict[int, int] | None = None
    taken_s: float = 0.0
