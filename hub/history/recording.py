"""Records: what of a published batch is to be stored, and what is left out and counted."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from hub.core.model import Mark
from hub.history.deadband import Deadbands
from hub.history.model import DeviceRow, Outage, Record, SeriesRow, StatusRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.core.batch import Batch
    from hub.core.catalogue import Catalogue
    from hub.core.meters import Meters
    from hub.core.model import Device, Reading, Series
    from hub.core.raw import Receipt
    from hub.history.deadband import Deadband

_TIME, _MARK = itemgetter(1), itemgetter(5)
_UNRECORDED: Final = Mark.UNRECORDED.value


class Recorder:
    """Makes records of batches and numbers them.

    Args:
        catalogue: names the series; all of it is told again to a store that had to begin anew.
        meters: counts what is left out.
        seq: number of the newest record there is.
        deadbands: what may be left out.
    """

    def __init__(self, *, catalogue: Catalogue, meters: Meters, seq: int, deadbands: Sequence[Deadband] = ()) -> None:
        self._catalogue = catalogue
        self._seq = seq
        self.deadbands = Deadbands(deadbands, catalogue.series)
        self.outages: list[Outage] = []
        """Outages that ended, for the next record."""
        dropped = "Readings that are not in history, by reason."
        self._late = meters.counter("history_dropped", dropped, label="reason", value="too_late")
        self._filtered = meters.counter("history_dropped", dropped, label="reason", value="deadband")

    def record(self, batch: Batch, receipts: Sequence[Receipt], *, oldest_us: int) -> Record:
        """Return what of a batch is to be stored.

        Args:
            batch: published.
            receipts: of its messages.
            oldest_us: readings before this are not taken any more.
        """
        record = self.empty(batch.time_us)
        record.flown = [flown for receipt in receipts if (flown := receipt.record()).ids]
        record.readings = self._recordable(batch.readings, oldest_us) if batch.readings else []
        if batch.devices or batch.series or batch.statuses or batch.removed_series:
            record.devices = [device_row(device) for device in batch.devices]
            record.series = [series_row(series) for series in batch.series if not series.removed]
            record.forgotten = [series_row(series) for series in batch.removed_series]
            for series in batch.removed_series:
                self.deadbands.forget(series.key)
            record.statuses = [
                StatusRow(device.id, time_us, status and status.value, reason)
                for device, status, time_us, reason, _ in batch.statuses
            ]
        record.outages, self.outages = self.outages, []
        return record

    def empty(self, time_us: int) -> Record:
        """Return a record that says nothing but that the hub was alive.

        Args:
            time_us: when.
        """
        record = Record(0, time_us)
        self.number(record)
        return record

    def number(self, record: Record) -> None:
        """Give a record the next number.

        Args:
            record: numbered or not.
        """
        self._seq += 1
        record.seq = self._seq

    def everything(self, time_us: int) -> Record:
        """Return a record that introduces all devices and series.

        Args:
            time_us: when.
        """
        record = self.empty(time_us)
        record.devices = [device_row(device) for device in self._catalogue.devices.values()]
        record.series = [series_row(series) for series in self._catalogue.series.values()]
        return record

    def _recordable(self, readings: list[Reading], oldest_us: int) -> list[Reading]:
        """Return the readings that are kept: those of most batches are, and then it is the list itself."""
        if max(map(_MARK, readings)) >= _UNRECORDED:
            readings = [reading for reading in readings if not reading[5] & _UNRECORDED]
        if readings and min(map(_TIME, readings)) < oldest_us:
            kept = [reading for reading in readings if reading[1] >= oldest_us]
            self._late.n += len(readings) - len(kept)
            readings = kept
        if self.deadbands:
            kept = self.deadbands.kept(readings)
            self._filtered.n += len(readings) - len(kept)
            readings = kept
        return readings


def device_row(device: Device) -> DeviceRow:
    """Return a device as it is stored.

    Args:
        device: of the catalogue.
    """
    return DeviceRow(device.id, device.source, device.name, device.place, device.model, dict(device.info))


def series_row(series: Series) -> SeriesRow:
    """Return a series as it is stored.

    Args:
        series: of the catalogue.
    """
    return SeriesRow(
        series.key,
        series.device.id,
        series.metric,
        series.unit,
        series.datatype.value,
        series.kind,
        series.name,
        series.cadence_us,
        series.expiry_us,
    )
