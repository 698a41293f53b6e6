"""Terms: what each kind of search term means, for a device and for one of its series."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from hub.core.model import Status
from hub.gateway import scales
from hub.gateway.rows import MICROSECONDS, last_seen_us, place_of

if TYPE_CHECKING:
    from hub.core.model import Device, Series, Value

FIELDS = ("status", "quality", "place", "source", "model", "metric", "seen")
"""Fields that can be asked for."""
LATER_FIELDS = ("alarm", "tag")
"""Fields of the grammar whose data the hub does not have."""
QUALITIES = ("good", "uncertain", "bad", "stale")

_TRUE, _FALSE = ("on", "true", "yes", "1"), ("off", "false", "no", "0")
_UNIT_S = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(>=|<=|>|<)?(\d{1,9}(?:\.\d{1,6})?)(s|min|m|h|d|w)")

_Test: TypeAlias = Callable[[float, float], bool]


def _close(value: float, wanted: float) -> bool:
    """Return True if two numbers are the same to whoever typed one of them."""
    return math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-9)


_TESTS: dict[str, _Test] = {
    ">": lambda value, wanted: value > wanted,
    ">=": lambda value, wanted: value >= wanted,
    "<": lambda value, wanted: value < wanted,
    "<=": lambda value, wanted: value <= wanted,
    "=": _close,
}


class Term(Protocol):
    """Something that holds for a device or series, or not."""

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True if it holds for a device.

        Args:
            device: any device.
            now_us: the hub's time.
        """

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if it holds for a series.

        Args:
            series: any series.
            now_us: the hub's time.
        """


@dataclass(frozen=True, slots=True)
class Words:
    """A word or phrase somewhere in what names a device or series.

    Args:
        text: in folded case; ``*`` stands for any run of characters.
    """

    text: str

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True if the id, name, place, model, source or anything known of it has the text."""
        del now_us
        named = (device.id, device.name, device.place, device.model, device.source, *device.info.values())
        return any(name is not None and _within(self.text, name) for name in named)

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if the metric, its name or kind, or its device has the text."""
        named = (series.metric, series.name, series.kind)
        if any(name is not None and _within(self.text, name) for name in named):
            return True
        return self.of_device(series.device, now_us)


@dataclass(frozen=True, slots=True)
class OfDevice:
    """A field of the device.

    Args:
        test: asked with the device and the hub's time.
    """

    test: Callable[[Device, int], bool]

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True if the device passes."""
        return self.test(device, now_us)

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if its device passes."""
        return self.test(series.device, now_us)


@dataclass(frozen=True, slots=True)
class OfSeries:
    """A field of the series; a device has it if any of its series has it.

    Args:
        test: asked with the series.
    """

    test: Callable[[Series], bool]

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True if any of its series passes."""
        del now_us
        return any(self.test(series) for series in device.series.values())

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if the series passes."""
        del now_us
        return self.test(series)


@dataclass(frozen=True, slots=True)
class Seen:
    """How long ago it was heard live; what never was has been silent forever.

    Args:
        op: ``>`` longer ago, ``<`` more recently.
        ago_us: the duration.
    """

    op: str
    ago_us: float

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True for the last time any of its series was heard."""
        return self._holds(last_seen_us(device), now_us)

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True for the last time the series was heard."""
        return self._holds(series.heard_us, now_us)

    def _holds(self, heard_us: int, now_us: int) -> bool:
        """Return True if the time fits."""
        ago_us = now_us - heard_us if heard_us else math.inf
        return _TESTS[self.op](ago_us, self.ago_us)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric whose latest value compares so.

    Args:
        metric: in folded case: the whole dotted name or its last parts; ``*`` is any run of characters.
        op: a comparison.
        number: what it is compared with, None for a word.
        unit: the number's unit, None for whatever the series has.
        word: what was typed, for texts and booleans.
    """

    metric: str
    op: str
    number: float | None
    unit: str | None
    word: str

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True if it holds for any of its series."""
        return any(self.of_series(series, now_us) for series in device.series.values())

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if it is the series' metric and its value compares so."""
        del now_us
        return _is_metric(self.metric, series.metric) and self._compares(series.value, series.unit)

    def _compares(self, value: Value | None, unit: str | None) -> bool:
        """Return True if a value compares so."""
        if value is None:
            return False
        if isinstance(value, bool):
            return self.op == "=" and self.word in (_TRUE if value else _FALSE)
        if isinstance(value, str):
            return self.op == "=" and _whole(self.word, value)
        if self.number is None:
            return False
        wanted = self.number if self.unit is None else scales.converted(self.number, self.unit, unit)
        return wanted is not None and _TESTS[self.op](value, wanted)


def field_term(name: str, value: str) -> Term:
    """Return the term of a field.

    Args:
        name: one of :data:`FIELDS`.
        value: what was typed after the colon, not empty.

    Raises:
        ValueError: for a value the field cannot have; says which it can.
    """
    return _FIELDS[name](value.casefold())


def _status(value: str) -> Term:
    """Return the term of a status."""
    status = Status(_one_of("status", value, tuple(Status)))
    return OfDevice(lambda device, _: device.status is status)


def _quality(value: str) -> Term:
    """Return the term of a quality, whatever its reason."""
    quality = _one_of("quality", value, QUALITIES)
    return OfSeries(lambda series: (series.shown_quality or "good").partition(":")[0] == quality)


def _place(value: str) -> Term:
    """Return the term of a place."""
    return OfDevice(lambda device, _: _in_place(value, place_of(device) or ""))


def _source(value: str) -> Term:
    """Return the term of a decoder."""
    return OfDevice(lambda device, _: _whole(value, device.source))


def _model(value: str) -> Term:
    """Return the term of a model."""
    return OfDevice(lambda device, _: _within(value, device.model or device.info.get("model", "")))


def _metric(value: str) -> Term:
    """Return the term of a metric."""
    return OfSeries(lambda series: _is_metric(value, series.metric))


def _seen(value: str) -> Seen:
    """Return the term of a duration such as ``>10m``."""
    found = _DURATION.fullmatch(value.replace(" ", ""))
    if found is None:
        message = f"has seen:{value}, which is no duration; write it like seen:>10m or seen:<2h (s, m, h, d, w)"
        raise ValueError(message)
    return Seen(found.group(1) or "<=", float(found.group(2)) * _UNIT_S[found.group(3)] * MICROSECONDS)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return a value of a closed set."""
    if value not in allowed:
        message = f"has {name}:{value}; it can be {', '.join(allowed)}"
        raise ValueError(message)
    return value


def _whole(text: str, name: str) -> bool:
    """Return True if a name is a text, in any case; linear, whatever the number of stars."""
    folded = name.casefold()
    first, *middle = text.split("*")
    if not middle:
        return text == folded
    last = middle.pop()
    if not folded.startswith(first) or not folded.endswith(last) or len(folded) < len(first) + len(last):
        return False
    place, end = len(first), len(folded) - len(last)
    for part in middle:
        found = folded.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _within(text: str, name: str) -> bool:
    """Return True if a name has a text anywhere, in any case."""
    return _whole(f"*{text}*", name)


def _is_metric(text: str, metric: str) -> bool:
    """Return True if a text names a metric: all of it, or its last parts."""
    return _whole(text, metric) or _whole(f"*.{text}", metric)


def _in_place(text: str, place: str) -> bool:
    """Return True if a text names a place: its path, the beginning of it up to a level, or whole words of a level."""
    folded = place.casefold()
    text = text.strip("/")
    if _whole(text, folded) or _whole(f"{text}/*", folded):
        return True
    return any(_whole(text, level) or _worded(text) in _worded(level) for level in folded.split("/"))


def _worded(text: str) -> str:
    """Return a text with one blank around each of its words."""
    return f" {' '.join(text.replace('-', ' ').replace('_', ' ').split())} "


_FIELDS: dict[str, Callable[[str], Term]] = {
    "status": _status,
    "quality": _quality,
    "place": _place,
    "source": _source,
    "model": _model,
    "metric": _metric,
    "seen": _seen,
}
