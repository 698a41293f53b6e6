"""Batches and their positions: what the log is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.model import Device, Reading, Series, Status


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the hub's log.

    Args:
        epoch: identifies the log; a new one after a restart of an in-process log.
        seq: number of the last batch that is included; 0 before the first.
    """

    epoch: str
    seq: int

    def __str__(self) -> str:
        """Return the form used on the wire, ``epoch:seq``."""
        return f"{self.epoch}:{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """Return the position of a wire form, None if it is none.

        Args:
            text: ``epoch:seq``.
        """
        epoch, colon, seq = text.rpartition(":")
        if not colon or not epoch or not (seq.isascii() and seq.isdigit()) or len(seq) > 18:  # noqa: PLR2004 - 64 bits
            return None
        return cls(epoch, int(seq))


class StatusChange(NamedTuple):
    """A device's status, from the device itself or from a judge.

    Args:
        device: whose.
        status: None where the device was forgotten.
        time_us: since when.
        reason: ``will``, ``availability``, ``bridge``, ``data``, ``silent``, ``restart``, …
        said: True if the device or its ecosystem said so; it is then announced even if it repeats.
    """

    device: Device
    status: Status | None
    time_us: int
    reason: str
    said: bool = True


class QualityChange(NamedTuple):
    """A change of quality without a reading.

    Args:
        series: whose.
        stale: the new :attr:`Series.stale`.
        time_us: since when.
    """

    series: Series
    stale: str | None
    time_us: int


@dataclass(slots=True)
class Batch:
    """One entry of the log: everything that changed together.

    Args:
        time_us: the hub's time of the step.
        readings: in order of arrival.
        devices: introduced or renamed, before anything that names them.
        series: introduced or changed, before anything that names them.
        statuses: in order.
        qualities: in order.
        removed_series: forgotten.
        removed_devices: forgotten.
        messages: how many raw messages it stands for.
        seq: its position, given by the log.
    """

    time_us: int
    readings: list[Reading] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    qualities: list[QualityChange] = field(default_factory=list)
    removed_series: list[Series] = field(default_factory=list)
    removed_devices: list[Device] = field(default_factory=list)
    messages: int = 0
    seq: int = 0

    def __bool__(self) -> bool:
        """Return True if anything changed."""
        return bool(
            self.readings
            or self.devices
            or self.series
            or self.statuses
            or self.qualities
            or self.removed_series
            or self.removed_devices
        )


class Log(Protocol):
    """The append-only, ordered sequence of batches. Holes in ``seq`` mean nothing."""

    @property
    def epoch(self) -> str:
        """Identifies this log; positions of another one mean nothing here."""

    @property
    def seq(self) -> int:
        """Number of the last batch, 0 before the first."""

    @property
    def first_seq(self) -> int:
        """Number of the oldest batch that is still held; ``seq + 1`` if none is."""

    def append(self, batch: Batch) -> int:
        """Give a batch its position and keep it.

        Args:
            batch: not appended yet.

        Returns:
            Its ``seq``.
        """

    def since(self, seq: int) -> Iterator[Batch]:
        """Yield the held batches after a position, oldest first.

        Args:
            seq: the position; with ``seq + 1 < first_seq`` some are gone already.
        """
