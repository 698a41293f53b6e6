"""Forgetting: series and devices that have said nothing for a long time leave the catalogue.

Removal is an entry of the log like any other change, so every client sees it at a position; history keeps the data.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hub.core.batch import Batch, StatusChange
from hub.core.model import Device, Series, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock

SLICE = 2000
"""Series and devices looked at in one call: 200,000 take a hundred calls, about a millisecond each."""
_STEPPED_US = 1_000_000


class Forgetting:
    """Finds what is to be forgotten, a slice of the catalogue a call.

    A round looks at every series and then at every device. After the wall clock was set nothing is forgotten until the
    silence has lasted by the new time: a machine that wakes up in 1970 must not lose its fleet once it learns the date.

    Args:
        catalogue: the devices and series.
        clock: the hub's time.
        after_s: silence after which a series goes, in seconds; 0 for never.
    """

    def __init__(self, *, catalogue: Catalogue, clock: Clock, after_s: float) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._after_us = round(after_s * 1_000_000)
        self._round: Iterator[Series | Device] = iter(())
        self._offset_us = self._offset()
        self._anew_us = 0

    def sweep(self) -> Batch | None:
        """Look at the next slice; return the removals to append and publish, None if there are none."""
        if not self._after_us:
            return None
        now_us = self._clock.now_us()
        offset_us = self._offset()
        if abs(offset_us - self._offset_us) > _STEPPED_US:
            self._anew_us = now_us
        self._offset_us = offset_us
        looked_at = list(islice(self._round, SLICE))
        if len(looked_at) < SLICE:
            self._round = iter([*self._catalogue.series.values(), *self._catalogue.devices.values()])
        oldest_us = now_us - self._after_us
        if oldest_us < self._anew_us:
            return None
        gone = {one: None for one in looked_at if isinstance(one, Series) and _is_silent(one, oldest_us)}
        batch = Batch(now_us, removed_series=list(gone))
        for device in dict.fromkeys(one.device if isinstance(one, Series) else one for one in looked_at):
            if all(series in gone for series in device.series.values()) and self._is_over(device, oldest_us):
                batch.removed_devices.append(device)
                batch.statuses.append(StatusChange(device, None, now_us, "forgotten", said=False))
        return batch or None

    def _is_over(self, device: Device, oldest_us: int) -> bool:
        """Return True if a device without series has neither a place in the catalogue any more nor a recent word."""
        if self._catalogue.devices.get(device.id) is not device or device.created_us >= oldest_us:
            return False
        return device.status is Status.UNKNOWN or (device.status is Status.OFFLINE and device.status_us < oldest_us)

    def _offset(self) -> int:
        """Return the difference between the wall clock and steady time, which changes when the clock is set."""
        return self._clock.now_us() - round(self._clock.steady_s() * 1_000_000)

    def forget(self, batch: Batch) -> None:
        """Take published removals out of the catalogue.

        Args:
            batch: as :meth:`sweep` returned it, published.
        """
        for series in batch.removed_series:
            self._catalogue.forget_series(series)
        for device in batch.removed_devices:
            self._catalogue.forget_device(device)


def _is_silent(series: Series, oldest_us: int) -> bool:
    """Return True if a series has said nothing since a time, though it was known before it."""
    return not series.removed and max(series.received_us, series.heard_us, series.created_us) < oldest_us
