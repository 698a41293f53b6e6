"""The words of history: what a store is given, and what it answers.

Times are integers of microseconds since 1970 UTC. A series is named by its id in the store, which the embedded store
makes the same as its key in the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from hub.core.model import Reading, Value
    from hub.core.raw import Flown

STEPS_S: Final = (10, 60, 600, 3600, 86_400)
"""Widths of the buckets that are kept of numbers, finest first; each is a multiple of the one before."""

SECOND_US: Final = 1_000_000


class DeviceRow(NamedTuple):
    """A device as it is stored; names are those of :class:`hub.core.model.Device`."""

    id: str
    source: str
    name: str | None
    place: str | None
    model: str | None
    info: dict[str, str]


class SeriesRow(NamedTuple):
    """A series as it is stored; names are those of :class:`hub.core.model.Series`."""

    key: int
    device: str
    metric: str
    unit: str | None
    datatype: str
    kind: str | None
    name: str | None
    cadence_us: int | None
    expiry_us: int | None


class StatusRow(NamedTuple):
    """A device's status since a time; None where the device was forgotten."""

    device: str
    time_us: int
    status: str | None
    reason: str


class Outage(NamedTuple):
    """A time in which nothing could be recorded of what devices said.

    Args:
        source: ``hub`` (it was not running), ``mqtt`` (the broker's link was down) or ``store`` (full, or damaged).
        from_us: since when.
        to_us: until when.
    """

    source: str
    from_us: int
    to_us: int


@dataclass(slots=True)
class Record:
    """One step of the hub as it is made durable: everything in it is stored, or nothing.

    Args:
        seq: its number in the store, one more than the record before, restarts included.
        time_us: the hub's time of the step.
        readings: to be kept; what is not to be kept was left out.
        devices: introduced or changed.
        series: introduced or changed.
        statuses: in order.
        outages: that ended.
        forgotten: series that left the catalogue; their readings stay.
        flown: QoS 1 messages the readings came with.
    """

    seq: int
    time_us: int
    readings: list[Reading] = field(default_factory=list)
    devices: list[DeviceRow] = field(default_factory=list)
    series: list[SeriesRow] = field(default_factory=list)
    statuses: list[StatusRow] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    forgotten: list[SeriesRow] = field(default_factory=list)
    flown: list[Flown] = field(default_factory=list)
    _rows: dict[int, list[Reading]] | None = field(default=None, repr=False, compare=False)

    def rows_of(self, key: int) -> list[Reading]:
        """Return its readings of a series; the first call indexes all of them.

        Args:
            key: the series.
        """
        if self._rows is None:
            self._rows = {}
            for reading in self.readings:
                self._rows.setdefault(reading[0], []).append(reading)
        return self._rows.get(key, [])

    def has_news(self) -> bool:
        """Return True if it holds anything but readings and messages."""
        return bool(self.devices or self.series or self.statuses or self.outages or self.forgotten)


@dataclass(slots=True)
class Restored:
    """What a store knew when it was opened.

    Args:
        seq: number of its newest record, 0 if it is new.
        greatest_key: of any series it ever had, 0 if none.
        devices: with a series that is not forgotten.
        series: that are not forgotten, each with its newest reading (time, value, quality) or None.
        flown: QoS 1 messages that were recorded lately, oldest first.
        seen_us: when the process before was alive last, 0 if there was none.
        clean: True if it ended in order.
        fault: what was wrong with the files and what was done about it, for people; empty if nothing.
    """

    seq: int = 0
    greatest_key: int = 0
    devices: list[DeviceRow] = field(default_factory=list)
    series: list[tuple[SeriesRow, Sample | None]] = field(default_factory=list)
    flown: list[Flown] = field(default_factory=list)
    seen_us: int = 0
    clean: bool = True
    fault: str = ""


class Sample(NamedTuple):
    """A reading as history answers it; quality None for good."""

    time_us: int
    value: Value
    quality: str | None = None


class Bucket(NamedTuple):
    """The good and uncertain numbers of one span of time.

    Args:
        start_us: its start; a multiple of its width since 1970.
        n: how many readings it stands for, at least 1.
        min: the least.
        max: the greatest.
        sum: of all, for the mean.
        last: the newest.
    """

    start_us: int
    n: int
    min: float
    max: float
    sum: float
    last: float


class Span(NamedTuple):
    """A half-open span of time, ``start_us <= t < end_us``."""

    start_us: int
    end_us: int


def identity(time_us: int, value: Value) -> tuple[int, bool, Value]:
    """Return what readings of one series have in common if they are the same: time and value.

    Numbers are the same whatever their type, as the stores compare them; a boolean is no number.

    Args:
        time_us: when it was measured.
        value: what.
    """
    return time_us, type(value) is bool, value


SeriesName: TypeAlias = tuple[str, str]
"""Device id and metric: how a series is named for ever."""
