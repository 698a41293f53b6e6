"""Ghosts: devices and series that exist only because a topic was read before something explained it.

A broker hands over retained messages in any order. A state message that comes before its discovery entry is read as
plain; once the entry comes it is decoded again, and becomes what the device really is. What it was taken for before is
a ghost: nothing will ever tell it again. It leaves the catalogue, so that any order gives the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from hub.core.batch import Batch, StatusChange

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.core.meters import Meters
    from hub.core.model import Device, Series
    from hub.normalise.decoders.protocol import Decoded
    from hub.normalise.leads import Leads
    from hub.normalise.naming import Naming
    from hub.normalise.plan import Plan

MAX_GHOSTS: Final = 20_000
"""Most series or devices that wait to be taken back; what there is no room for is forgotten when it is silent."""

_Kept = TypeVar("_Kept")
_About = TypeVar("_About")


@dataclass(slots=True)
class _Told:
    """What a message tells of a device."""

    metrics: set[str] = field(default_factory=set)
    has_status: bool = False


class Ghosts:
    """Finds them.

    Args:
        catalogue: knows the devices and series.
        naming: their ids.
        leads: who tells a series.
        meters: counts those for which there was no room.
    """

    def __init__(self, *, catalogue: Catalogue, naming: Naming, leads: Leads, meters: Meters) -> None:
        self._catalogue = catalogue
        self._naming = naming
        self._leads = leads
        self._series: dict[Series, Plan] = {}
        self._devices: dict[Device, bool] = {}
        self._left = meters.counter("ghosts_left", "Mistaken series or devices that were left for want of room.")

    def compare(self, old: Plan, before: Decoded, new: Plan, after: Decoded) -> None:
        """Find what only the old way to read a topic gave.

        Args:
            old: the topic's plan before it was explained.
            before: what its last message said by that.
            new: the plan now.
            after: what the same message says by this.
        """
        real = self._told(new, after)
        for device, told in self._told(old, before).items():
            metrics = told.metrics & set(device.series)
            if device not in real:
                self._note(self._devices, device, told.has_status)
                metrics = set(device.series)
            for metric in metrics:
                series = device.series[metric]
                if series.origin is old:
                    self._note(self._series, series, old)

    def take(self, now_us: int) -> Batch | None:
        """Return the removals to append and publish, None if there are none.

        Args:
            now_us: the hub's time.
        """
        if not self._series and not self._devices:
            return None
        found, self._series = self._series, {}
        devices, self._devices = self._devices, {}
        gone = {
            series: None
            for series, plan in found.items()
            if not series.removed and self._leads.is_told_only_by(series, plan)
        }
        batch = Batch(now_us, removed_series=list(gone))
        for device, said in devices.items():
            if self._is_nothing_else(device, gone, said=said):
                batch.removed_devices.append(device)
                batch.statuses.append(StatusChange(device, None, now_us, "forgotten", said=False))
        return batch or None

    def _is_nothing_else(self, device: Device, gone: dict[Series, None], *, said: bool) -> bool:
        """Return True if nobody but the mistaken message told anything of a device."""
        if self._catalogue.devices.get(device.id) is not device or device.name or device.model or device.info:
            return False
        return (device.said is None or said) and all(series in gone for series in device.series.values())

    def _told(self, plan: Plan, decoded: Decoded) -> dict[Device, _Told]:
        """Return what a message tells, by device."""
        source = decoded.decoder or plan.claim.decoder
        told: dict[tuple[str, str], _Told] = {}
        for sample in decoded.samples:
            told.setdefault((source, sample.device), _Told()).metrics.add(sample.metric)
        for said in decoded.statuses:
            told.setdefault((said.decoder or source, said.device), _Told()).has_status = True
        found = ((self._catalogue.devices.get(self._naming.hub_id(*whose)), of) for whose, of in told.items())
        return {device: of for device, of in found if device is not None}

    def _note(self, kept: dict[_Kept, _About], one: _Kept, about: _About) -> None:
        """Keep one until it is taken, if there is room."""
        if len(kept) < MAX_GHOSTS:
            kept[one] = about
        else:
            self._left.n += 1
