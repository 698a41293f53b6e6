"""Rewound: the hub as it was, with its own catalogue, log and broadcaster, fed with what history knows.

Being the same stages it speaks the same protocol: a client that can show the present can show the past. It belongs to
one connection; its clock is moved by the replay, its pace is that of the real steady clock.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, Final

from hub.core.batch import Batch, QualityChange, StatusChange
from hub.core.catalogue import Catalogue, CatalogueLimits
from hub.core.meters import Meters
from hub.core.model import Series, Status
from hub.live.broadcaster import Broadcaster
from hub.log.local import LocalLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.clock import Clock
    from hub.core.model import Device, Reading
    from hub.gateway.replay_tape import Step
    from hub.history.model import Sample, StatusRow
    from hub.live.timer import Timer

MOST_SERIES: Final = 50_000
"""Series of one replay."""
LOG_READINGS: Final = 20_000
"""What its log holds: a client that is behind stops the clock, so little is missing."""
SILENCES: Final = 500
"""Series found silent in one step."""
SILENT_S: Final = 0.1
"""Silence is looked for so often."""
CHANNELS: Final = 1 << 16
_FIRST_CHANNEL: Final = 1 << 52
"""Above every channel of the present, and exact in a client's floating point numbers."""


class PastClock:
    """Shows the time of then, and the steady time of now.

    Args:
        clock: the hub's.
        us: the time of then.
    """

    def __init__(self, clock: Clock, us: int) -> None:
        self._clock = clock
        self.us = us

    def now_us(self) -> int:
        """Return the time of then."""
        return self.us

    def steady_s(self) -> float:
        """Return the steady time of now."""
        return self._clock.steady_s()


class Rewound:
    """A hub at some moment, and after it.

    Args:
        clock: the hub's.
        timer: the hub's.
        us: the moment.
        number: counts those of one connection, from 0: it keeps their channels and positions apart.
    """

    def __init__(self, *, clock: Clock, timer: Timer, us: int, number: int) -> None:
        meters = Meters()
        self.clock = PastClock(clock, us)
        limits = CatalogueLimits(devices=MOST_SERIES * 2, series=MOST_SERIES, metrics_per_device=MOST_SERIES)
        self.catalogue = Catalogue(clock=self.clock, meters=meters, limits=limits)
        self._log = LocalLog(meters=meters, retention_readings=LOG_READINGS)
        self.broadcaster = Broadcaster(
            catalogue=self.catalogue, log=self._log, clock=self.clock, timer=timer, meters=meters,
            first_channel=_FIRST_CHANNEL + number * CHANNELS,
        )  # fmt: skip
        self.devices: dict[str, Device] = {}
        """Devices of the present that take part, by id."""
        self.keys: dict[int, Series] = {}
        """Their series, by key."""
        self.next_us = us
        """Everything before this has been told."""
        self._coming: dict[int, Series] = {}
        self._silent: dict[Series, None] = {}
        self._limits: list[tuple[int, int]] = []
        self._looked_s = float("-inf")

    def take_part(self, device: Device, series: Iterable[Series]) -> None:
        """Let a device of the present take part, with some series; nothing is told of it before :meth:`load`.

        Args:
            device: of the hub's own catalogue.
            series: of that device; those that take part already are no error.
        """
        self.devices[device.id] = device
        for one in series:
            if one.key not in self.keys:
                self.keys[one.key] = self._coming[one.key] = one

    def load(self, samples: dict[int, Sample], status: StatusRow | None) -> None:
        """Show how a device was at the moment; nothing if it said nothing before, or was forgotten.

        Args:
            samples: its newest readings by key.
            status: its newest status.
        """
        batch = Batch(self.clock.us)
        if status is not None:
            self._say(batch, status)
        for key, (time_us, value, quality) in samples.items():
            series = self._introduced(key)
            batch.readings.append((key, time_us, value, quality, time_us, 0))
            due_us = time_us + (series.expiry_us or 0)
            if series.expiry_us is not None and due_us <= self.clock.us:
                self._silent[series] = None
                batch.qualities.append(QualityChange(series, "stale", due_us))
            elif series.expiry_us is not None:
                heapq.heappush(self._limits, (due_us, key))
        self._publish(batch)

    def advance(self, step: Step) -> None:
        """Let time go on, and tell what happened.

        Args:
            step: the next one of the tape.
        """
        us = self.clock.us = max(self.clock.us, step.upto_us)
        self.next_us = max(self.next_us, step.upto_us + step.whole)
        batch = Batch(us)
        for status in step.statuses:
            self._say(batch, status)
        readings: list[Reading] = [(key, at_us, value, quality, at_us, 0) for at_us, key, value, quality in step.rows]
        batch.readings = readings
        if self._coming:
            for key in {row[1] for row in step.rows} & self._coming.keys():
                self._introduced(key)
                self._watch(key, us)
        if self.clock.steady_s() - self._looked_s >= SILENT_S and step.whole:
            self._looked_s = self.clock.steady_s()
            self._find_silent(batch, us)
        self._publish(batch)
        for series in list(islice(self._silent, SILENCES)):
            if series.stale is None:
                del self._silent[series]
                self._watch(series.key, series.time_us)

    def _watch(self, key: int, since_us: int) -> None:
        """Look at a series again when it may have fallen silent."""
        expiry_us = self.catalogue.series[key].expiry_us
        if expiry_us is not None:
            heapq.heappush(self._limits, (since_us + expiry_us, key))

    def _find_silent(self, batch: Batch, us: int) -> None:
        """Call series stale whose limit is over; one that spoke meanwhile is looked at again at its new limit."""
        spoke = {reading[0]: reading[1] for reading in batch.readings} if self._due(us) else {}
        for _ in range(SILENCES):
            if not self._due(us):
                return
            key = heapq.heappop(self._limits)[1]
            series = self.catalogue.series.get(key)
            if series is None or series.expiry_us is None:
                continue
            due_us = max(series.time_us, spoke.get(key, 0)) + series.expiry_us
            if due_us > us:
                heapq.heappush(self._limits, (due_us, key))
            else:
                self._silent[series] = None
                batch.qualities.append(QualityChange(series, "stale", due_us))

    def _due(self, us: int) -> bool:
        return bool(self._limits) and self._limits[0][0] <= us

    def _say(self, batch: Batch, row: StatusRow) -> None:
        """Put a status into a batch; a device that was forgotten leaves, and may come back."""
        if row.status is not None:
            device = self._device(row.device)
            batch.statuses.append(StatusChange(device, Status(row.status), row.time_us, row.reason, said=False))
            return
        gone = self.catalogue.devices.get(row.device)
        if gone is None:
            return
        batch.removed_series += gone.series.values()
        batch.removed_devices.append(gone)
        for series in gone.series.values():
            self._coming[series.key] = self.keys[series.key]
            self._silent.pop(series, None)
        self.catalogue.forget_device(gone)

    def _device(self, device_id: str) -> Device:
        """Return a device of then, introduced now if nothing was heard of it before."""
        found = self.catalogue.devices.get(device_id)
        if found is not None:
            return found
        known = self.devices[device_id]
        made = self.catalogue.device(device_id, known.source)
        assert made is not None  # noqa: S101 - its bound is above that of what takes part
        made.name, made.place, made.model = known.name, known.place, known.model
        self.catalogue.changed(made)
        return made

    def _introduced(self, key: int) -> Series:
        """Return a series of then, introduced now if nothing was heard of it before."""
        known = self._coming.pop(key, None)
        if known is None:
            return self.catalogue.series[key]
        device = self._device(known.device.id)
        made = Series(key, device, known.metric, known.unit, known.datatype, known.kind, known.name)
        made.cadence_us, made.expiry_us = known.cadence_us, known.expiry_us
        self.catalogue.restore_series(device, made)
        return made

    def _publish(self, batch: Batch) -> None:
        news = self.catalogue.take_news()
        batch.devices += news.devices
        batch.series += news.series
        if batch:
            self._log.append(batch)
            self.broadcaster.publish(batch)
        self.broadcaster.tick()
