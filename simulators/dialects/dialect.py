"""What a dialect is: the words of everybody on one connection, from birth to last will."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, ClassVar, NamedTuple

import orjson

from simulators.readout import Message
from simulators.scenario import Metric, Profile
from simulators.signals import ConstantSpec, Value
from simulators.switching import StatesSpec, ToggleSpec, WordsSpec

Values = dict[str, Value]

_MOST_STEPS = 2.0**63


class Member(NamedTuple):
    """A device as its dialect sees it."""

    id: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Now:
    """A moment at which something is said."""

    wall_us: int
    """The true time, µs since 1970."""
    read: Callable[[str], Values]
    """A device's present values by its id, for those who tell everything at birth."""


class Dialect:
    """What the members of one connection say; a dialect says what its ecosystem's real devices say.

    A dialect is made once a connection, and is told when the connection is made anew. With the same random source and
    the same calls it says the same.
    """

    each_metric: ClassVar[bool] = False
    """Whether each metric has a message of its own."""

    def __init__(self, members: Sequence[Member], random: Random) -> None:
        """Make what the members of a connection speak.

        Args:
            members: Whoever shares the connection; one at least.
            random: For what is left to chance, used by nobody else.
        """
        self.members = members
        self.random = random

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The connection a device is on: its own, unless its ecosystem has gateways.

        Args:
            member: The device.
        """
        return f"{member.profile.format}/{member.id}"

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters the connection listens to."""
        return ()

    def will(self, wall_us: int) -> Message | None:  # noqa: ARG002  # some wills carry the time
        """What the broker is to say when the connection breaks; asked before each connecting.

        Args:
            wall_us: The true time, µs since 1970.
        """
        return None

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # the silent ones
        """What is said as soon as the connection is made: births, descriptions, availability.

        Args:
            now: When.
        """
        return []

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """How a device says its values.

        Args:
            member: The device.
            values: Metrics that are due, rounded.
            measured_us: The device's clock, µs since 1970.
        """
        raise NotImplementedError

    def hear(self, topic: str, payload: bytes, now: Now) -> list[Message]:  # noqa: ARG002  # the deaf ones
        """What is answered to a message of `filters`.

        Args:
            topic: Its topic.
            payload: Its payload.
            now: When.
        """
        return []

    def leave(self, wall_us: int) -> list[Message]:
        """What is said before a proper goodbye: what the will would say.

        Args:
            wall_us: The true time, µs since 1970.
        """
        will = self.will(wall_us)
        return [] if will is None else [will]


def message(topic: str, content: object, *, retain: bool = False, qos: int = 0) -> Message:
    """A message of any content: bytes and text as they are, anything else as JSON.

    Args:
        topic: Where it goes.
        content: What it says.
        retain: Whether the broker keeps it.
        qos: 0 or 1.
    """
    match content:
        case bytes():
            payload = content
        case str():
            payload = content.encode()
        case _:
            payload = orjson.dumps(content, default=str)
    return Message(topic.encode(), payload, qos, retain)


def nested(values: Values) -> dict[str, Any]:
    """Values as a document: a dot in a name leads into an object.

    Args:
        values: By metric.
    """
    document: dict[str, Any] = {}
    for name, value in values.items():
        *path, leaf = name.split(".")
        place = document
        for part in path:
            place = place.setdefault(part, {})
        place[leaf] = value
    return document


def text(value: Value, metric: Metric, words: tuple[str, str] = ("false", "true")) -> str:
    """A value as plain text with the decimals of its metric.

    Args:
        value: What is to be written; nothing gives an empty text.
        metric: Says how many decimals.
        words: For false and true.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return words[value]
    return f"{value:.{metric.decimals}f}" if isinstance(value, float) else str(value)


def steps(value: Value, a_unit: float = 1) -> int | None:
    """How many whole steps a value is, as devices count that have no floating point; nothing if it cannot be counted.

    Args:
        value: Any value; what is no number or needs more than 64 bits gives nothing.
        a_unit: Steps in one of its unit.
    """
    if not isinstance(value, int | float) or not abs(value * a_unit) < _MOST_STEPS:
        return None
    return round(value * a_unit)


def kind(metric: Metric) -> type[bool | int | float | str]:
    """The type of a metric's values.

    Args:
        metric: What a profile says of it.
    """
    match metric:
        case ToggleSpec():
            return bool
        case StatesSpec() | WordsSpec():
            return str
        case ConstantSpec():
            return type(metric.value)
        case _:
            return float if metric.decimals else int


def words_of(metric: Metric) -> tuple[str, ...]:
    """The words a metric's values are taken from, where they are.

    Args:
        metric: What a profile says of it.
    """
    match metric:
        case StatesSpec():
            return tuple(metric.states)
        case WordsSpec():
            return tuple(metric.words)
        case _:
            return ()


def iso(wall_us: int, digits: str = "milliseconds") -> str:
    """A time as RFC 3339 in UTC.

    Args:
        wall_us: µs since 1970.
        digits: As `datetime.isoformat` calls them.
    """
    return moment(wall_us).isoformat(timespec=digits).replace("+00:00", "Z")


def local(wall_us: int, separator: str = "T") -> str:
    """A time as devices write it that do not say in which zone they are.

    Args:
        wall_us: µs since 1970.
        separator: Between date and time.
    """
    return moment(wall_us).replace(tzinfo=None).isoformat(separator, "seconds")


def moment(wall_us: int) -> datetime:
    """A time as a datetime in UTC.

    Args:
        wall_us: µs since 1970.
    """
    return datetime.fromtimestamp(wall_us / 1_000_000, UTC)


def mac(name: str) -> str:
    """A hardware address for a device that has none in its id: 12 digits, always the same for one name.

    Args:
        name: The device's id.
    """
    digits = zlib.crc32(name.encode()) << 16 | zlib.crc32(name[::-1].encode()) & 0xFFFF
    return f"{digits & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000:012X}"
