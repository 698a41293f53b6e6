"""A normaliser with everything it needs, and short ways to feed it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hub.core.batch import Batch
from hub.core.catalogue import Catalogue, CatalogueLimits
from hub.core.clock import ManualClock
from hub.core.meters import Meters
from hub.core.raw import RawBatch, RawMessage
from hub.normalise.normaliser import Normaliser

if TYPE_CHECKING:
    from hub.core.model import Series, Value
    from hub.normalise.decoders.protocol import Decoder, Format
    from hub.normalise.options import NormaliseOptions

NOW_US = 1_766_500_000_000_000
"""The clock of every test: 2025-12-23T14:26:40Z."""


class Row(NamedTuple):
    """A reading, with its series looked up."""

    device: str
    metric: str
    value: Value
    unit: str | None
    time_us: int
    quality: str | None
    received_us: int
    mark: int


@dataclass
class Rig:
    """A normaliser and its surroundings."""

    options: NormaliseOptions | None = None
    limits: CatalogueLimits | None = None
    decoders: list[Decoder | Format] | None = None
    clock: ManualClock = field(default_factory=ManualClock)
    meters: Meters = field(default_factory=Meters)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(clock=self.clock, meters=self.meters, limits=self.limits)
        self.normaliser = Normaliser(
            catalogue=self.catalogue,
            clock=self.clock,
            meters=self.meters,
            options=self.options,
            decoders=self.decoders,
        )

    def batch(self, *messages: RawMessage, redelivered: dict[int, int] | None = None) -> Batch:
        """Normalise messages that came together, and let the catalogue show them as the live stage would."""
        batch = Batch(self.clock.now_us())
        raw = RawBatch(list(messages), self.clock.now_us(), redelivered=redelivered)
        self.normaliser.normalise(raw, batch)
        for key, time_us, value, quality, received_us, _ in batch.readings:
            series = self.catalogue.series[key]
            if time_us >= series.time_us:
                series.time_us, series.value, series.quality, series.received_us = time_us, value, quality, received_us
        return batch

    def rows(self, batch: Batch) -> list[Row]:
        """Return a batch's readings with their series looked up."""
        rows = []
        for key, time_us, value, quality, received_us, mark in batch.readings:
            series = self.catalogue.series[key]
            rows.append(
                Row(series.device.id, series.metric, value, series.unit, time_us, quality, received_us, int(mark))
            )
        return rows

    def feed(
        self,
        topic: str,
        payload: str | bytes,
        *,
        retain: bool = False,
        content_type: str = "",
    ) -> list[Row]:
        """Normalise one message; return its readings."""
        return self.rows(self.batch(message(topic, payload, retain=retain, content_type=content_type)))

    def values(self, topic: str, payload: str | bytes, *, retain: bool = False) -> dict[str, Value]:
        """Normalise one message; return its values by metric."""
        return {row.metric: row.value for row in self.feed(topic, payload, retain=retain)}

    def series(self, device: str, metric: str) -> Series:
        """Return a series."""
        return self.catalogue.devices[device].series[metric]

    @property
    def rejected(self) -> dict[str, int]:
        """How many rejections there were, by reason."""
        return self.normaliser.quarantine.reasons()

    @property
    def general(self) -> int:
        """How many messages went the general way."""
        return self.meters.counters["messages_decoded_generally", ""].n


def message(topic: str, payload: str | bytes, *, retain: bool = False, content_type: str = "") -> RawMessage:
    """Return a raw message."""
    data = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    return RawMessage(topic.encode("utf-8", "surrogatepass"), data, int(retain), 0, content_type)
