"""The catalogue: every device and series the hub knows, bounded, counted by place.

Whoever finds a new device or series (the normaliser) asks the catalogue for it and gets the one object that all stages
share. What was introduced meanwhile is handed over with :meth:`Catalogue.take_news`, to go into the next batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from hub.core import kinds
from hub.core.model import Datatype, Device, Place, Series, Status
from hub.core.select import DeviceTree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.clock import Clock
    from hub.core.meters import Meters

_OFFLINE, _UNKNOWN, _STALE, _UNCERTAIN = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class CatalogueLimits:
    """How much the catalogue takes; when full, new ones are refused and counted, existing ones go on.

    Args:
        devices: most devices.
        series: most series.
        metrics_per_device: most series of one device.
    """

    devices: int = 50_000
    series: int = 200_000
    metrics_per_device: int = 5_000


@dataclass(slots=True)
class News:
    """What was introduced or changed since the last batch, each once, in order."""

    devices: dict[Device, None] = field(default_factory=dict)
    series: dict[Series, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return True if there is any."""
        return bool(self.devices or self.series)


class Catalogue:
    """Devices by id, series by key, places with their counts.

    Args:
        clock: dates introductions.
        meters: counts refusals.
        limits: the bounds; policy when full: refuse the new one.
    """

    def __init__(self, *, clock: Clock, meters: Meters, limits: CatalogueLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or CatalogueLimits()
        self.devices: dict[str, Device] = {}
        self.tree: DeviceTree[Device] = DeviceTree()
        self.series: dict[int, Series] = {}
        self.places: dict[str, Place] = {"": Place("")}
        self.changed_places: dict[Place, None] = {}
        self._news = News()
        self._next_key = 1
        refused = "New devices or series refused because a limit is reached."
        self._refused_devices = meters.counter("catalogue_refused", refused, label="limit", value="devices")
        self._refused_series = meters.counter("catalogue_refused", refused, label="limit", value="series")
        self._refused_metrics = meters.counter("catalogue_refused", refused, label="limit", value="metrics_per_device")
        meters.gauge("devices", "Devices in the catalogue.", lambda: len(self.devices))
        meters.gauge("series", "Series in the catalogue.", lambda: len(self.series))

    def device(self, device_id: str, source: str) -> Device | None:
        """Return the device of an id, introduced now if it is new; None if the catalogue is full.

        Args:
            device_id: its id in the hub.
            source: the decoder's name, for a new one.
        """
        found = self.devices.get(device_id)
        if found is not None:
            return found
        if len(self.devices) >= self._limits.devices:
            self._refused_devices.n += 1
            return None
        device = Device(device_id, source, created_us=self._clock.now_us())
        self.devices[device_id] = device
        self.tree.add(device_id, device)
        device.cause = _cause(device)
        self._enter(device)
        self._news.devices[device] = None
        return device

    def series_of(
        self, device: Device, metric: str, *, unit: str | None, datatype: Datatype, kind: str | None = None
    ) -> Series | None:
        """Return the series of a metric, introduced now if it is new; None if a limit is reached.

        A unit or kind that becomes known and a type that widens are changes, and news.

        Args:
            device: a device of this catalogue.
            metric: dotted name.
            unit: canonical symbol, None if the message tells none.
            datatype: the type of the value at hand.
            kind: what its ecosystem says it is, None if the message tells none; see :func:`hub.core.kinds.of`.
        """
        found = device.series.get(metric)
        if found is not None:
            self._update(found, unit, datatype, kind)
            return found
        if len(self.series) >= self._limits.series:
            self._refused_series.n += 1
            return None
        if len(device.series) >= self._limits.metrics_per_device:
            self._refused_metrics.n += 1
            return None
        series = Series(self._next_key, device, metric, unit, datatype, created_us=self._clock.now_us())
        series.kind = kinds.of(metric, unit, datatype, kind)
        self._next_key += 1
        device.series[metric] = series
        self.series[series.key] = series
        self._news.series[series] = None
        return series

    def restore_series(self, device: Device, series: Series) -> None:
        """Take back a series that an earlier process knew, under the key it had; limits do not apply to it.

        Args:
            device: a device of this catalogue.
            series: of that device; neither its key nor its metric is in the catalogue.
        """
        device.series[series.metric] = series
        self.series[series.key] = series
        self._next_key = max(self._next_key, series.key + 1)
        self._news.series[series] = None

    def reserve_keys(self, upto: int) -> None:
        """Give no new series a key that history knows for another one.

        Args:
            upto: the greatest key history knows.
        """
        self._next_key = max(self._next_key, upto + 1)

    def _update(self, series: Series, unit: str | None, datatype: Datatype, kind: str | None) -> None:
        """Let a known series learn its unit, a wider type or its kind; a kind stays while unit and type allow it."""
        known = (series.unit, series.datatype, series.kind)
        if unit is not None:
            series.unit = unit
        if datatype is not series.datatype:
            series.datatype = _widened(series.datatype, datatype)
        if known[:2] != (series.unit, series.datatype) or kind not in (None, series.kind):
            series.kind = kinds.of(series.metric, series.unit, series.datatype, kind, series.kind)
        if known != (series.unit, series.datatype, series.kind):
            self._news.series[series] = None

    def changed(self, device: Device) -> None:
        """Announce a device again, after its name, place or model became known; it counts where it is now.

        Args:
            device: a device of this catalogue.
        """
        if device.places[-1].path != device.branch:
            left = device.places
            self._enter(device)  # first, so that the branches it stays in stay
            self._leave(device, left)
        self._news.devices[device] = None

    def changed_series(self, series: Series) -> None:
        """Announce a series again, after its cadence, kind or name became known.

        Args:
            series: a series of this catalogue.
        """
        self._news.series[series] = None

    def take_news(self) -> News:
        """Return what is new since the last call, and forget it."""
        news, self._news = self._news, News()
        return news

    @property
    def has_news(self) -> bool:
        """True if something waits for :meth:`take_news`."""
        return bool(self._news)

    def forget_series(self, series: Series) -> None:
        """Remove a series; its key is never used again in this process.

        Args:
            series: a series of this catalogue.
        """
        series.removed = True
        series.origin = series.watch = None  # its tombstone stays for the epoch and needs neither
        device = series.device
        device.stale -= series.stale is not None
        device.doubtful -= series.quality is not None
        self.series.pop(series.key, None)
        device.series.pop(series.metric, None)
        self.recount(device)

    def forget_device(self, device: Device) -> None:
        """Remove a device and its series.

        Args:
            device: a device of this catalogue.
        """
        for series in list(device.series.values()):
            self.forget_series(series)
        self.devices.pop(device.id, None)
        self.tree.discard(device.id)
        self._leave(device, device.places)

    def recount(self, device: Device) -> None:
        """Move a device to the count of its worst cause, after its status or a quality changed.

        Args:
            device: a device of this catalogue.
        """
        cause = _cause(device)
        if cause == device.cause:
            return
        for place in device.places:
            place.counts[device.cause] -= device.cause > 0
            place.counts[cause] += cause > 0
            self.changed_places[place] = None
        device.cause = cause

    def _enter(self, device: Device) -> None:
        """Count a device in the branches it lies in, the whole fleet first."""
        # A place that people name may begin with a slash, or be empty: the fleet is in there once all the same.
        paths = dict.fromkeys(("", *accumulate(device.branch.split("/"), "{}/{}".format)))
        device.places = tuple(self.places.setdefault(path, Place(path)) for path in paths)
        self._count(device, device.places, 1)

    def _leave(self, device: Device, places: Iterable[Place]) -> None:
        """Take a device out of branches it was counted in; a branch that nothing is left in goes."""
        self._count(device, places, -1)
        for place in places:
            if place.path and not place.counts[0]:
                self.places.pop(place.path, None)

    def _count(self, device: Device, places: Iterable[Place], step: int) -> None:
        """Count a device once more, or once less, in some branches."""
        for place in places:
            place.counts[0] += step
            place.counts[device.cause] += step * (device.cause > 0)
            self.changed_places[place] = None


def _cause(device: Device) -> int:
    """Return the worst cause why a device's values may not be trusted: one cause, one message."""
    if device.status is Status.OFFLINE:
        return _OFFLINE
    if device.status is Status.UNKNOWN:
        return _UNKNOWN
    if device.stale:
        return _STALE
    return _UNCERTAIN if device.doubtful else 0


def _widened(known: Datatype, seen: Datatype) -> Datatype:
    """Return the type that holds both: numbers widen to float, anything else is mixed."""
    numbers = (Datatype.INTEGER, Datatype.FLOAT)
    if known in numbers and seen in numbers:
        return Datatype.FLOAT
    return Datatype.MIXED
