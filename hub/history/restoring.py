"""Restoring: what history knows of the fleet becomes the latest state again, before anybody can ask for it.

It is published like everything else, as one batch. Its readings are marked as stored state, so they count neither for
freshness nor for history; its series are ``stale:restart`` until they say something, its devices unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.core.batch import Batch, QualityChange, StatusChange
from hub.core.model import Datatype, Mark, Series, Status

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.history.model import Restored

REASON: Final = "restart"
STALE: Final = f"stale:{REASON}"
_MARK: Final = int(Mark.RETAINED | Mark.UNRECORDED)


def restored_batch(restored: Restored, catalogue: Catalogue, now_us: int) -> Batch:
    """Put devices and series into an empty catalogue and return the batch that tells of them, to be published.

    Args:
        restored: what a store knew.
        catalogue: without devices.
        now_us: the hub's time.
    """
    batch = Batch(now_us)
    catalogue.reserve_keys(restored.greatest_key)
    for told in restored.devices:
        device = catalogue.device(told.id, told.source)
        if device is None:
            continue
        device.name, device.place, device.model = told.name, told.place, told.model
        device.info = dict(told.info)
        device.created_us = 0  # it is forgotten with its last series, however often the hub is started
        batch.statuses.append(StatusChange(device, Status.UNKNOWN, restored.seen_us or now_us, REASON, said=False))
    for row, newest in restored.series:
        device = catalogue.devices.get(row.device)
        if device is None:
            continue
        series = Series(row.key, device, row.metric, row.unit, Datatype(row.datatype), row.kind, row.name)
        series.created_us = now_us if newest is None else min(newest.time_us, now_us)
        series.cadence_us, series.expiry_us = row.cadence_us, row.expiry_us
        catalogue.restore_series(device, series)
        if newest is not None:
            batch.readings.append((row.key, newest.time_us, newest.value, newest.quality, newest.time_us, _MARK))
            batch.qualities.append(QualityChange(series, STALE, now_us))
    return batch
