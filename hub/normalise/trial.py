"""Trials: what a message would become, without anything being kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.core.model import Datatype, Rejection, Status, Value


@dataclass(frozen=True, slots=True)
class TrialReading:
    """One reading that a message would give.

    Args:
        device: the device's id in the hub.
        metric: dotted name.
        value: typed.
        unit: canonical symbol, None where nothing tells it.
        datatype: the value's type.
        time_us: its time; the receive time where the device tells none.
        device_time: True if the device told it.
        quality: None for good.
        historical: True for a stored sample.
    """

    device: str
    metric: str
    value: Value
    unit: str | None
    datatype: Datatype
    time_us: int
    device_time: bool
    quality: str | None = None
    historical: bool = False


@dataclass(frozen=True, slots=True)
class TrialStatus:
    """One status that a message would announce.

    Args:
        device: the device's id in the hub.
        status: as it was said.
        reason: why it counts as said.
    """

    device: str
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a message would become.

    Args:
        decoder: who reads it.
        rule: by which rule, with the number of its section.
        readings: in order.
        statuses: in order.
        rejections: parts that could not be read.
        undecoded: why nothing could be read, None if it could.
    """

    decoder: str
    rule: str
    readings: tuple[TrialReading, ...] = ()
    statuses: tuple[TrialStatus, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    undecoded: Rejection | None = None
