"""The latest state: one pass over a batch's readings, the only work per reading between decoding and encoding.

Latest is by measured time: what arrives late goes to history and to ``every``, and never replaces newer (rule 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.batch import QualityChange
from hub.core.conversion import scale_of
from hub.core.model import STAMP_BITS, Mark, Status

if TYPE_CHECKING:
    from hub.core.batch import Batch
    from hub.core.catalogue import Catalogue
    from hub.core.meters import Meters
    from hub.core.model import Device, Row, Series
    from hub.live.channel import Channel

_HISTORICAL = Mark.HISTORICAL.value


class Latest:
    """Applies batches to the catalogue's series and devices, and marks the channels that want them.

    Args:
        catalogue: the series there are.
        meters: counts readings and late ones.
    """

    def __init__(self, *, catalogue: Catalogue, meters: Meters) -> None:
        self._catalogue = catalogue
        self._readings = meters.counter("readings", "Readings published.")
        self._late = meters.counter("readings_late", "Readings that did not replace a newer value.")
        self.touched: list[Channel] = []
        """Conflating channels with something to tell, each once; the broadcaster empties it."""
        self._fresh: list[Series] = []
        self.stamp = 0
        """Stamp of the newest change."""

    def apply(self, batch: Batch, base_us: int) -> None:
        """Let a batch that has its position become the latest state.

        Args:
            batch: appended to the log; gains the changes of quality that its late readings cause.
            base_us: what the times of rows are relative to, a whole millisecond.
        """
        self.stamp = batch.seq << STAMP_BITS
        rescaled = _rescaled(batch.series) if batch.series else ()
        self._apply_readings(batch, base_us)
        for series in rescaled:
            if series.changed_seq != batch.seq:
                self._restamp(series, batch.seq)
        if self._fresh:
            for series in self._fresh:
                if series.changed_seq != batch.seq:
                    batch.qualities.append(QualityChange(series, None, series.heard_us))
            self._fresh.clear()
        for change in batch.qualities:
            self._requalify(change, batch.seq)
        for device, status, time_us, reason, said in batch.statuses:
            if status is not None:
                self._settle(device, status, time_us, reason, said=said)
                device.status_seq = batch.seq

    def _apply_readings(self, batch: Batch, base_us: int) -> None:  # noqa: C901, PLR0912 - see below
        """Apply the readings; the loop is written out because it runs for every reading of every device."""
        by_key = self._catalogue.series
        touched = self.touched
        stamp = self.stamp
        late = run = 0
        told_us, told_ms = -1, 0.0
        marked: Device | None = None
        channel: Channel
        for key, time_us, value, quality, received_us, mark in batch.readings:
            series = by_key.get(key)
            if series is None:
                continue
            if mark == 0:
                series.heard_us = received_us
                if series.watch is not None:
                    self._heard(series, received_us)
            if series.streams:
                if time_us != told_us:
                    told_us = time_us
                    away = time_us - base_us
                    told_ms = away / 1000 if away % 1000 else away // 1000
                row: Row = (key, told_ms, value) if quality is None else (key, told_ms, value, quality)
                for rows in series.streams:
                    rows.append(row)
            if time_us < series.time_us or mark & _HISTORICAL:
                late += 1
                continue
            stamp += 1
            series.stamp = stamp
            series.time_us = time_us
            series.value = value
            series.received_us = received_us
            if quality is not series.quality:
                self._doubt(series, quality)
            if series.device is not marked:
                if run and marked is not None:
                    self._mark(marked, run, stamp - 1)
                marked, run = series.device, 0
            run += 1
            for channel in series.channels:  # type: ignore[assignment]
                if not channel.changed:
                    touched.append(channel)
                channel.changed[series] = None
                channel.n += 1
        if run and marked is not None:
            self._mark(marked, run, stamp)
        self.stamp = stamp
        self._readings.n += len(batch.readings)
        self._late.n += late

    def heard(self, series: Series, received_us: int) -> None:
        """Take note that a stale series spoke which no judge waits for (a gateway that only follows the log).

        Args:
            series: not stale any more.
            received_us: when.
        """
        del received_us
        series.watch = None

    def _mark(self, device: Device, readings: int, stamp: int) -> None:
        """Note in the channels that want all of a device that it has changed: once for a run of its readings."""
        device.prior, device.last = device.last, stamp
        device.fragment = None
        device.told += readings
        channel: Channel
        for channel in device.whole:  # type: ignore[assignment]
            if not channel.changed:
                self.touched.append(channel)
            channel.changed[device] = None
            channel.n += readings

    def _heard(self, series: Series, received_us: int) -> None:
        """A watched series spoke: it is not stale any more, and its watcher is told."""
        if series.stale is not None:
            series.stale = None
            series.device.stale -= 1
            self._catalogue.recount(series.device)
            self._fresh.append(series)
        if series.watch is not None:
            series.watch.heard(series, received_us)

    def _doubt(self, series: Series, quality: str | None) -> None:
        """Note another quality of the newest reading."""
        series.device.doubtful += (quality is not None) - (series.quality is not None)
        series.quality = quality
        self._catalogue.recount(series.device)

    def _requalify(self, change: QualityChange, seq: int) -> None:
        """Apply a change of quality without a reading, as a change that catching up finds."""
        series = change.series
        if series.removed:
            return
        if (change.stale is None) != (series.stale is None):
            series.device.stale += 1 if series.stale is None else -1
        series.stale = change.stale
        series.stale_us = change.time_us
        if change.stale is not None and series.watch is None:
            series.watch = self
        self._catalogue.recount(series.device)
        if series.time_us < 0:
            return
        before = series.stamp
        self._restamp(series, seq)
        series.requalified = (before, self.stamp)

    def _restamp(self, series: Series, seq: int) -> None:
        """Note a change of a series that is no reading, in its channels and as one that catching up finds."""
        self.stamp = max(self.stamp, seq << STAMP_BITS) + 1
        series.stamp = self.stamp
        self._mark(series.device, 0, self.stamp)
        series.device.prior = self.stamp  # no channel may take the device's newest run for all it lacks
        channel: Channel
        for channel in series.channels:  # type: ignore[assignment]
            if not channel.changed:
                self.touched.append(channel)
            channel.changed[series] = None

    def _settle(self, device: Device, status: Status, time_us: int, reason: str, *, said: bool) -> None:
        """Apply a status."""
        if status is not device.status:
            device.status_us = time_us
        device.status = status
        device.status_reason = reason
        if said:
            device.said = status
        self._catalogue.recount(device)


def _rescaled(changed: list[Series]) -> list[Series]:
    """Let series know what other units make of their values; return those of whose value that is something else now.

    A unit or kind that becomes known without a reading says so of the value that was told before: it is told again.
    """
    rescaled = []
    for series in changed:
        scale = scale_of(series.unit, series.kind)
        if scale is not series.scale:
            series.scale = scale
            if series.time_us >= 0:
                rescaled.append(series)
    return rescaled
