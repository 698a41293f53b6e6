"""The words of the hub: reading, series, device, rejection.

Times are integers of microseconds since 1970 UTC. A reading is a tuple of atoms and names its series by key, so that
the garbage collector can forget about the hundreds of thousands of readings the log holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from hub.core.conversion import Scale

Value: TypeAlias = bool | int | float | str
"""What a reading can hold (normalisation G15)."""


def same(one: Value | None, other: Value | None) -> bool:
    """Return True if two values are the same for people: 1 is 1.0 but not true.

    Args:
        one: a value, None for none.
        other: a value, None for none.
    """
    return one == other and isinstance(one, bool) == isinstance(other, bool)


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
WHOLE = (1 << STAMP_BITS) - 1
"""Bits of a stamp that stand for all of its batch: frames and openings always bring a batch to its end."""


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
    last: int = 0
    """Stamp of its newest reading or change of quality."""
    told: int = 0
    """How many of its readings became the newest value, ever."""
    prior: int = 0
    """Stamp before its newest run of readings: a channel that was told up to here lacks just that run."""
    fragment: bytes | None = None
    """The rows of that run, encoded for the first channel and taken by the others; None until one asks."""
    fragment_base_us: int = 0
    """What the times in it are relative to."""
    fragment_since: int = 0
    """Stamp: a channel that was told up to here lacks just these rows. -1 once it was asked and they are all of the
    device's series: then any channel lacks just them, however long ago it was told anything."""
    skew_us: int | None = None
    """Device clock minus receive time, of its newest reading with a device time."""

    @property
    def branch(self) -> str:
        """Where it is: its friendly place, else its id without the last level; empty at the top."""
        return self.place or self.id.rpartition("/")[0]


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
    created_us: int = 0
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
    scale: Scale | None = None
    """What other units make of its values, by the unit and kind that were told last; None if they leave them alone."""

    @property
    def shown_quality(self) -> str | None:
        """The quality people see: stale before the reading's own, None for good."""
        return self.stale or self.quality

    @property
    def changed_seq(self) -> int:
        """Position of its last change of value or quality."""
        return self.stamp >> STAMP_BITS


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
