"""A connection that tests hold in their hand: what was acknowledged, whether it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.clock import ManualClock
from hub.core.meters import Meters
from hub.core.raw import RawMessage
from hub.mqtt.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Sequence


class FakeSource:
    """Takes acknowledgements, and notes whether it is paused."""

    def __init__(self) -> None:
        self.acknowledged: list[int] = []
        self.writes = 0
        self.alive = True
        self._reading = True

    def acknowledge(self, packet_ids: Sequence[int]) -> bool:
        if self.alive:
            self.acknowledged += packet_ids
            self.writes += 1
        return self.alive

    def reads(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True


class Bench:
    """An intake with a clock that stands still, and one source."""

    def __init__(self, *, max_messages: int = 1000, max_bytes: int = 1 << 20) -> None:
        self.clock = ManualClock()
        self.meters = Meters()
        self.intake = Intake(max_messages=max_messages, max_bytes=max_bytes, clock=self.clock, meters=self.meters)
        self.source = FakeSource()

    def put(self, *messages: RawMessage, source: FakeSource | None = None) -> None:
        size_bytes = sum(len(message.topic) + len(message.payload) for message in messages)
        marks = 0
        for message in messages:
            marks |= message.flags
        self.intake.put(list(messages), source or self.source, size_bytes=size_bytes, marks=marks)

    def count(self, name: str, value: str = "") -> int:
        return self.meters.counters[name, value].n

    def take_all(self) -> list[RawMessage]:
        got: list[RawMessage] = []
        while (batch := self.intake.take(1_000_000)) is not None:
            got += batch.messages
        return got


def qos_0(name: str) -> RawMessage:
    return RawMessage(b"t", name.encode())


def qos_1(packet_id: int, name: str = "", *, again: bool = False) -> RawMessage:
    return RawMessage(b"t", (name or str(packet_id)).encode(), 10 if again else 2, packet_id)
