"""Forgetting: series and devices that have said nothing for a long time leave the catalogue.

Removal is an entry of the log like any other change, so every client sees it at a position; history keeps the data.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hub.core.batch import Batch, StatusChange
from hub.core.model import Status

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock

SLICE = 2000
"""Series looked at in one call: 200,000 take a hundred calls, a fraction of a millisecond each."""


class Forgetting:
    """Finds what is to be forgotten, a slice of the catalogue a call.

    Args:
        catalogue: the devices and series.
        clock: the hub's time.
        after_s: silence after which a series goes, in seconds; 0 for never.
    """

    def __init__(self, *, catalogue: Catalogue, clock: Clock, after_s: float) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._after_us = round(after_s * 1_000_000)
        self._next_key = 0

    def sweep(self) -> Batch | None:
        """Look at the next slice; return the removals to append and publish, None if there are none."""
        if not self._after_us:
            return None
        now_us = self._clock.now_us()
        oldest_us = now_us - self._after_us
        keys = list(islice((key for key in self._catalogue.series if key >= self._next_key), SLICE))
        self._next_key = keys[-1] + 1 if len(keys) == SLICE else 0
        batch = Batch(now_us)
        for key in keys:
            series = self._catalogue.series[key]
            if series.received_us < oldest_us and series.device.created_us < oldest_us:
                batch.removed_series.append(series)
        gone = set(batch.removed_series)
        for device in {series.device for series in gone}:
            if device.status is Status.UNKNOWN and gone.issuperset(device.series.values()):
                batch.removed_devices.append(device)
                batch.statuses.append(StatusChange(device, None, now_us, "forgotten", said=False))
        return batch if batch.removed_series else None

    def forget(self, batch: Batch) -> None:
        """Take published removals out of the catalogue.

        Args:
            batch: as :meth:`sweep` returned it, published.
        """
        for series in batch.removed_series:
            self._catalogue.forget_series(series)
        for device in batch.removed_devices:
            self._catalogue.forget_device(device)
