"""How values, times and addresses are written in messages."""

import zlib
from datetime import UTC, datetime
from typing import Any

import orjson

from simulators.readout import Message
from simulators.scenario import Metric
from simulators.signals import ConstantSpec, Value
from simulators.switching import StatesSpec, ToggleSpec, WordsSpec

Values = dict[str, Value]
"""A device's values by metric."""

_MOST_STEPS = 2.0**63


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


def presence(topic: str, *, alive: bool) -> Message:
    """What most say of themselves on a topic of their own: `online` or `offline`, retained.

    Args:
        topic: Where it goes.
        alive: Which of both.
    """
    return message(topic, "online" if alive else "offline", retain=True, qos=1)


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
    return _moment(wall_us).isoformat(timespec=digits).replace("+00:00", "Z")


def local(wall_us: int, separator: str = "T") -> str:
    """A time as devices write it that do not say in which zone they are.

    Args:
        wall_us: µs since 1970.
        separator: Between date and time.
    """
    return _moment(wall_us).replace(tzinfo=None).isoformat(separator, "seconds")


def _moment(wall_us: int) -> datetime:
    return datetime.fromtimestamp(wall_us / 1_000_000, UTC)


def mac(name: str) -> str:
    """A hardware address for a device that has none in its id: 12 digits, always the same for one name.

    Args:
        name: The device's id.
    """
    digits = zlib.crc32(name.encode()) << 16 | zlib.crc32(name[::-1].encode()) & 0xFFFF
    return f"{digits & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000:012X}"


def octets(digits: str) -> bytes | None:
    """The bytes that hexadecimal digits stand for; nothing if they are none, or not two a byte.

    Args:
        digits: As an id has them.
    """
    if len(digits) % 2 or set(digits) - set("0123456789abcdefABCDEF"):
        return None
    return bytes.fromhex(digits)
