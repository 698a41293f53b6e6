"""The words of the hub: raw message, reading, series, device, batch, position.

Times are integers of microseconds since 1970 UTC. A reading is a tuple of atoms and names its series by key, so that
the garbage collector can forget about the hundreds of thousands of readings the log holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = bool | int | float | str
"""What a reading can hold (normalisation G15)."""


class RawMessage(NamedTuple):
    """One MQTT PUBLISH as it was received.

    Args:
        topic: the topic's bytes; not yet checked to be UTF-8.
        payload: the payload's bytes.
        flags: low four bits of the packet's first byte: 8 DUP, 6 QoS, 1 RETAIN (MQTT 3.1.1 §3.3.1).
        packet_id: 1…65535 for QoS 1, else 0.
        content_type: the MQTT 5 property, empty without one.
        skipped_bytes: payload size of a message that was too large to keep, else 0; then ``payload`` is empty.
    """

    topic: bytes
    payload: bytes
    flags: int = 0
    packet_id: int = 0
    content_type: str = ""
    skipped_bytes: int = 0


class Receipt(Protocol):
    """Acknowledges the QoS 1 messages of one raw batch, all at once."""

    def acknowledge(self) -> None:
        """Tell the broker that the batch is safe; nothing happens if that connection is gone. Never waits."""


@dataclass(slots=True)
class RawBatch:
    """Messages received together from one connection.

    Args:
        messages: in order of receipt.
        received_us: receive time of the first; the i-th was received ``i`` µs later, unless ``redelivered`` says so.
        receipt: acknowledges them; None if none needs it.
        redelivered: recorded receive times of redelivered messages by index (redelivery guard).
        taken_s: steady time of the intake in seconds, for the hub's own latency.
    """

    messages: list[RawMessage]
    received_us: int
    receipt: Receipt | None = None
    redelivered: dict[int, int] | None = None
    taken_s: float = 0.0


class Mark(IntFlag):
    """What is special about a reading."""

    LIVE = 0
    RETAINED = 1
    """Stored state of unknown age: counts neither for freshness nor for "online" (G12)."""
    HISTORICAL = 2
    """A stored sample: never replaces the latest value."""
    UNRECORDED = 4
    """Not written to history (the first retained value of a series, G12)."""


Reading: TypeAlias = tuple[int, int, Value, str | None, int, int]
"""``(series key, time µs, value, quality or None for good, received µs, Mark)``."""


Row: TypeAlias = tuple[int, int | float, Value] | tuple[int, int | float, Value, str]
"""A reading on the live protocol: ``[key, ms, value, quality?]``."""

STAMP_BITS = 24
"""Bits of a stamp that order changes inside one batch: 16 million, more than a step can hold."""


class Datatype(StrEnum):
    """The type that a series' values have; MIXED after a change of type that is no widening."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    STRING = "string"
    MIXED = "mixed"


class Status(StrEnum):
    """What is known of a device's connection (normalisation 1b)."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class Watcher(Protocol):
    """Wants to know of a series' next live reading; most series have none most of the time."""

    def heard(self, series: Series, received_us: int) -> None:
        """Take note of a live reading of a watched series.

        Args:
            series: the series, already showing the reading if it is the latest.
            received_us: when it was received.
        """


class Origin(Protocol):
    """Where a series' readings come from; the normaliser keeps it, people ask for it."""

    @property
    def topic(self) -> str:
        """The MQTT topic of the newest message."""

    @property
    def decoder(self) -> str:
        """The decoder's name."""

    @property
    def rule(self) -> str:
        """The rule that was applied, with the number of its section."""

    @property
    def last_payload(self) -> bytes:
        """The start of the newest payload, at most 4 KiB."""


class Listener(Protocol):
    """A channel that wants a device or series; the live stage alone knows more of it."""

    @property
    def number(self) -> int:
        """The channel's number on the wire."""


@dataclass(slots=True, eq=False)
class Place:
    """A branch of the fleet, with its devices counted by their worst cause.

    Args:
        path: levels joined by ``/``; empty for the whole fleet.
        counts: devices; of these offline, unknown, stale, uncertain (each device counts once, by its worst).
    """

    path: str
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])


@dataclass(slots=True, eq=False)
class Device:
    """One device of the fleet.

    Args:
        id: its id in the hub, levels joined by ``/``.
        source: the decoder that speaks its language.
        name: a friendly name, where the ecosystem gives one.
        place: a friendly place, else None; then it is the id without its last level.
        model: maker and model, where known.
        info: whatever else is known: manufacturer, firmware, …
        places: the branches it counts in, the whole fleet first.
    """

    id: str
    source: str
    name: str | None = None
    place: str | None = None
    model: str | None = None
    info: dict[str, str] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    series: dict[str, Series] = field(default_factory=dict)
    status: Status = Status.UNKNOWN
    status_us: int = 0
    status_reason: str = ""
    said: Status | None = None
    """What the device itself, or its will, said last; None if it never said anything."""
    created_us: int = 0
    added_seq: int = 0
    """Position of its last introduction or change of name."""
    status_seq: int = 0
    """Position of its last status."""
    stale: int = 0
    """How many of its series are stale."""
    doubtful: int = 0
    """How many of its series show an uncertain or bad value."""
    cause: int = 0
    """Index into :attr:`Place.counts` it counts under: 0 none, 1 offline, 2 unknown, 3 stale, 4 uncertain."""
    channels: tuple[Listener, ...] = ()
    """Channels whose selection it is in."""
    whole: tuple[Listener, ...] = ()
    """Those of them that conflate and want all its metrics: a message marks them once, whatever it carries."""
    skew_us: int | None = None
    """Device clock minus receive time, of its newest reading with a device time."""


@dataclass(slots=True, eq=False)
class Series:
    """One metric of one device, with its latest value.

    Args:
        key: index in the catalogue, also its key on the live protocol.
        device: its device.
        metric: dotted name.
        unit: canonical symbol or None.
        datatype: see :class:`Datatype`.
        kind: Home Assistant's device class, where known.
        name: a friendly name, where known.
    """

    key: int
    device: Device
    metric: str
    unit: str | None
    datatype: Datatype
    kind: str | None = None
    name: str | None = None
    added_seq: int = 0
    """Position of its last introduction or change of unit or type."""
    time_us: int = -1
    """Measured time of the latest value; -1 while there is none."""
    value: Value | None = None
    quality: str | None = None
    """Quality of the latest reading, None for good."""
    stale: str | None = None
    """``stale`` or ``stale:restart`` while nothing fresh came, else None; it hides :attr:`quality`."""
    stale_us: int = 0
    received_us: int = 0
    stamp: int = 0
    """Place of its last change of value or quality: ``seq << STAMP_BITS | order inside the batch``."""
    requalified: tuple[int, int] | None = None
    """Stamps before and after its last change of quality without a reading."""
    heard_us: int = 0
    """Receive time of the newest live reading."""
    cadence_us: int | None = None
    """Median interval of live readings, once it is known to be regular."""
    expiry_us: int | None = None
    """Silence after which it is stale, None if that is not known."""
    learnt_us: int = 0
    """When its rhythm was last learnt."""
    watch: Watcher | None = None
    channels: tuple[Listener, ...] = ()
    """Channels that conflate and have picked it, but not all of its device's metrics."""
    streams: tuple[list[Row], ...] = ()
    """Rows that wait in channels which tell every reading."""
    origin: Origin | None = None
    removed: bool = False

    @property
    def shown_quality(self) -> str | None:
        """The quality people see: stale before the reading's own, None for good."""
        return self.stale or self.quality

    @property
    def changed_seq(self) -> int:
        """Position of its last change of value or quality."""
        return self.stamp >> STAMP_BITS


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
        reason: ``will``, ``availability``, ``data``, ``silent``, ``restart``, …
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


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a message, or a part of it, became no reading. Bad input is a value, not an exception.

    Args:
        reason: a word of a closed set, such as ``broken_json``, ``too_long``, ``not_a_number``.
        detail: a sentence for people, with the place where reading stopped.
        path: the metric or key it is about, empty for the whole message.
    """

    reason: str
    detail: str
    path: str = ""
