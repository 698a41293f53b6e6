"""Line protocol: the points of a text, one a line.

Whether a text is line protocol was found out before, by :func:`hub.normalise.content.is_line_protocol`; so here a line
is read in one pass, and what is odd in it all the same is told.

References:
    InfluxDB, line protocol: elements, data types and format, special characters, comments.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from hub.core.model import Rejection
from hub.core.units import NUMBER
from hub.normalise.names import NAMELESS, snake_case
from hub.normalise.values import MAX_NUMBER_CHARACTERS, fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.core.model import Value

MAX_KEPT_CHARACTERS = 512
"""A longer measurement with its tags is worked out each time it comes: the cache is for those of real devices."""
KEPT_SERIES = 8192
"""Measurements with their tags whose device and name are kept; the least recent goes."""
KEPT_METRICS = 16_384
"""Names of metrics that are kept; the least recent goes."""
_SHOWN_CHARACTERS = 40

_DEVICE_TAGS = ("device", "device_id", "sensor_id", "sensor", "id", "host", "location")
"""Tags that may name the device; the first that is there does."""
_HEAD = re.compile(r"((?:[^\s\\]++|\\.)++) +")
_PART = re.compile(r"(?:[^,\\]++|\\.)++")
_TAG = re.compile(r"((?:[^=\\]++|\\.)++)=(.+)")
_FIELD = re.compile(r'((?:[^\s,=\\]++|\\.)++)=(?:"((?:[^"\\]++|\\.)*+)"|([^\s,="]++))(?:,|(?= )|$)')
"""Key; then text, or what stands without quotes."""
_TIME = re.compile(r" *(-?\d{1,20})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+[iu]", re.ASCII)
_NUMBER = re.compile(rf"{NUMBER}[iu]?", re.ASCII)
_GUARDED_IN_NAMES = re.compile(r"\\([,= ])")
_GUARDED_IN_TEXTS = re.compile(r'\\(["\\])')
_WHOLE_MARKS = ("i", "u")
_WORDS = {
    **dict.fromkeys(("t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("f", "F", "false", "False", "FALSE"), False),
}
_ODD = "no value"
"""Stands for what is no value of line protocol; told apart by identity."""


class Point(NamedTuple):
    """One line.

    Args:
        device: as a tag names it, None if none does.
        prefix: how its metrics' names begin: the measurement and the other tags, in snake_case; may be empty.
        fields: in order, with their values; None for a number beyond every float, which is no value.
        time: as it is written, whatever its precision; None if the line tells none.
        rest: what could not be read, empty for nothing.
    """

    device: str | None
    prefix: str
    fields: list[tuple[str, Value | None]]
    time: int | None
    rest: str

    @property
    def odd(self) -> str:
        """What is wrong with the rest, for people."""
        return f"Neither a field with a value nor a timestamp: {self.rest[:_SHOWN_CHARACTERS]!r}."


def split(text: str) -> Iterator[str]:
    """Yield the lines that are no comments, trimmed.

    Args:
        text: recognised as line protocol.
    """
    for line in text.splitlines():
        trimmed = line.strip()
        if trimmed and line[0] != "#":
            yield trimmed


def parse(line: str) -> Point | Rejection:
    """Return the point of a line, or why it is none.

    Args:
        line: trimmed, no comment.
    """
    if '"' not in line and "\\" not in line:
        point = _unguarded(line)
        if point is not None:
            return point
    head = _HEAD.match(line)
    if head is None:
        return Rejection("broken_line", "A line without a measurement and a blank after it.")
    device, prefix = _identity(head[1])
    fields: list[tuple[str, Value | None]] = []
    place = head.end()
    while (found := _FIELD.match(line, place)) is not None:
        key, text, bare = found.groups()
        value = _bare(bare) if text is None else _GUARDED_IN_TEXTS.sub(r"\1", text) if "\\" in text else text
        if value is _ODD:
            break
        fields.append((_plain(key), value))
        place = found.end()
    stamp = _TIME.fullmatch(line, place)
    if stamp is None:
        return Point(device, prefix, fields, None, line[place:])
    return Point(device, prefix, fields, int(stamp[1]) if stamp[1] else None, "")


def _unguarded(line: str) -> Point | None:
    """Return the point of a line without quotes and backslashes, most are; None if it is not of the usual form."""
    series, _, rest = line.partition(" ")
    bare_fields, _, stamp = rest.partition(" ")
    if stamp and _TIME.fullmatch(stamp) is None:
        return None
    fields: list[tuple[str, Value | None]] = []
    for field in bare_fields.split(","):
        key, _, bare = field.partition("=")
        value = _bare(bare)
        if value is _ODD or not key:
            return None
        fields.append((key, value))
    return Point(*_identity(series), fields, int(stamp) if stamp else None, "")


def _bare(text: str) -> Value | None:
    """Return the value of a field without quotes, None for a number beyond every float, ``_ODD`` if it is no value."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > MAX_NUMBER_CHARACTERS:
        return None if _NUMBER.fullmatch(text) else _ODD
    if text[-1:] in _WHOLE_MARKS:
        return fit(int(text[:-1])) if _WHOLE.fullmatch(text) else _ODD
    if _NUMBER.fullmatch(text) is None:
        return _ODD
    number = float(text)
    return number if math.isfinite(number) else None


def identify(measurement: str, tags: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the device that tags name, None if none does, and how the names of the metrics begin.

    Args:
        measurement: as it is meant.
        tags: as they are meant; an empty one names nothing.
    """
    identity = next((key for key in _DEVICE_TAGS if tags.get(key)), None)
    others = (value for key, value in sorted(tags.items()) if key != identity)
    prefix = ".".join(filter(None, (snake_case(measurement), *map(snake_case, others))))
    return (None if identity is None else tags[identity]), prefix


def identity(measurement: str, tags: tuple[tuple[str, str], ...]) -> tuple[str | None, str]:
    """Return what :func:`identify` does, from memory where that is possible.

    Args:
        measurement: as it is meant.
        tags: as they are meant, in any order.
    """
    length = len(measurement) + sum([len(key) + len(value) for key, value in tags])
    return (_kept_tags if length <= MAX_KEPT_CHARACTERS else _tagged)(measurement, tags)


def metric_of(prefix: str, key: str) -> str:
    """Return a metric's name, from memory where that is possible.

    Args:
        prefix: of its point.
        key: of its field.
    """
    return (_kept_metric if len(prefix) + len(key) <= MAX_KEPT_CHARACTERS else _joined)(prefix, key)


def _joined(prefix: str, key: str) -> str:
    """Return the name of a field after that of its measurement and tags."""
    part = snake_case(key)
    return f"{prefix}.{part}" if prefix and part else prefix or part or NAMELESS


def _tagged(measurement: str, tags: tuple[tuple[str, str], ...]) -> tuple[str | None, str]:
    """Return the device that tags name, and how the names of the metrics begin."""
    return identify(measurement, dict(tags))


def _identified(series: str) -> tuple[str | None, str]:
    """Return the device of a measurement with its tags, and how the names of the metrics begin."""
    measurement, *pairs = _PART.findall(series) or ("",)
    found = [tag for tag in map(_TAG.fullmatch, pairs) if tag is not None]
    return identify(_plain(measurement), {_plain(tag[1]): _plain(tag[2]) for tag in found})


_kept = lru_cache(maxsize=KEPT_SERIES)(_identified)
_kept_metric = lru_cache(maxsize=KEPT_METRICS)(_joined)
_kept_tags = lru_cache(maxsize=KEPT_SERIES)(_tagged)


def _identity(series: str) -> tuple[str | None, str]:
    """Return the device of a measurement with its tags, and how the names of the metrics begin."""
    return _kept(series) if len(series) <= MAX_KEPT_CHARACTERS else _identified(series)


def _plain(name: str) -> str:
    """Return a name as it is meant: without what guards its commas, blanks and equals signs."""
    return _GUARDED_IN_NAMES.sub(r"\1", name) if "\\" in name else name
