"""Terms: what each kind of search term means, for a device and for one of its series."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from hub.core.conversion import between
from hub.core.model import Status
from hub.core.units import canonical
from hub.gateway.rows import MICROSECONDS, last_seen_us, place_of
from hub.gateway.wildcard import Wildcard

if TYPE_CHECKING:
    from hub.core.model import Device, Series

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

    def of_all(self, device: Device, now_us: int) -> bool | None:
        """Return whether it holds for every series of a device, None if that depends on the series.

        Args:
            device: any device.
            now_us: the hub's time.
        """

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if it holds for a series, asked only where :meth:`of_all` cannot tell.

        Args:
            series: any series.
            now_us: the hub's time.
        """


@dataclass(frozen=True, slots=True)
class Words:
    """A word or phrase somewhere in what names a device or series.

    Args:
        wanted: the text.
    """

    wanted: Wildcard

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True if the id, name, place, model, source or anything known of it has the text."""
        del now_us
        is_in = self.wanted.is_in
        named = (device.id, device.name, device.place, device.model, device.source, *device.info.values())
        return any(name is not None and is_in(name.casefold()) for name in named)

    def of_all(self, device: Device, now_us: int) -> bool | None:
        """Return True if the device has the text, else None."""
        return True if self.of_device(device, now_us) else None

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if the metric, its name or kind has the text."""
        del now_us
        is_in = self.wanted.is_in
        return any(name is not None and is_in(name.casefold()) for name in (series.metric, series.name, series.kind))


@dataclass(frozen=True, slots=True)
class OfDevice:
    """A field of the device.

    Args:
        test: asked with the device.
    """

    test: Callable[[Device], bool]

    def of_device(self, device: Device, now_us: int) -> bool:
        """Return True if the device passes."""
        del now_us
        return self.test(device)

    def of_all(self, device: Device, now_us: int) -> bool | None:
        """Return whether the device passes."""
        del now_us
        return self.test(device)

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True if its device passes."""
        del now_us
        return self.test(series.device)


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
        return any(map(self.test, device.series.values()))

    def of_all(self, device: Device, now_us: int) -> None:
        """Say nothing: it depends on the series."""

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

    def of_all(self, device: Device, now_us: int) -> None:
        """Say nothing: it depends on the series."""

    def of_series(self, series: Series, now_us: int) -> bool:
        """Return True for the last time the series was heard."""
        return self._holds(series.heard_us, now_us)

    def _holds(self, heard_us: int, now_us: int) -> bool:
        """Return True if the time fits."""
        ago_us = now_us - heard_us if heard_us else math.inf
        return _TESTS[self.op](ago_us, self.ago_us)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A metric whose latest value compares so: what ``metric op number unit`` means for a series.

    Args:
        metric: the whole dotted name or its last parts.
        op: a comparison.
        number: what it is compared with, None for a word.
        unit: the number's unit, None for whatever the series has.
        word: what was typed, for texts and booleans.
    """

    metric: Wildcard
    op: str
    number: float | None
    unit: str | None
    word: Wildcard

    def __call__(self, series: Series) -> bool:
        """Return True if it is the series' metric and its value compares so."""
        value = series.value
        if value is None or not self.metric.names(series.metric.casefold()):
            return False
        if isinstance(value, bool):
            return self.op == "=" and self.word.text in (_TRUE if value else _FALSE)
        if isinstance(value, str):
            return self.op == "=" and self.word.is_all_of(value.casefold())
        wanted = self._wanted(series)
        return wanted is not None and _TESTS[self.op](value, wanted)

    def _wanted(self, series: Series) -> float | None:
        """Return what a series' numbers are compared with, in its own unit; None if they cannot be."""
        if self.number is None or self.unit in (None, series.unit):
            return self.number
        unit = canonical(series.unit or "") or ""
        if unit == self.unit:
            return self.number
        found = between(self.unit or "", unit, delta=series.kind == "temperature_delta")
        return None if found is None else float(f"{found.exactly(self.number):.12g}")  # 176 °F are 80 °C, no less


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
    return OfDevice(lambda device: device.status is status)


def _quality(value: str) -> Term:
    """Return the term of a quality, whatever its reason."""
    quality = _one_of("quality", value, QUALITIES)
    return OfSeries(lambda series: (series.shown_quality or "good").partition(":")[0] == quality)


def _place(value: str) -> Term:
    """Return the term of a place: its path, the beginning of it up to a level, or whole words of a level."""
    text = value.strip("/")
    whole, beginning, words = Wildcard(text), Wildcard(f"{text}/*"), _worded(text)

    def is_there(device: Device) -> bool:
        place = (place_of(device) or "").casefold()
        if whole.is_all_of(place) or beginning.is_all_of(place):
            return True
        return any(whole.is_all_of(level) or words in _worded(level) for level in place.split("/"))

    return OfDevice(is_there)


def _worded(text: str) -> str:
    """Return a text with one blank around each of its words."""
    return f" {' '.join(text.replace('-', ' ').replace('_', ' ').split())} "


def _source(value: str) -> Term:
    """Return the term of a decoder."""
    wanted = Wildcard(value)
    return OfDevice(lambda device: wanted.is_all_of(device.source.casefold()))


def _model(value: str) -> Term:
    """Return the term of a model."""
    wanted = Wildcard(value)
    return OfDevice(lambda device: wanted.is_in((device.model or device.info.get("model", "")).casefold()))


def _metric(value: str) -> Term:
    """Return the term of a metric."""
    wanted = Wildcard(value)
    return OfSeries(lambda series: wanted.names(series.metric.casefold()))


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


_FIELDS: dict[str, Callable[[str], Term]] = {
    "status": _status,
    "quality": _quality,
    "place": _place,
    "source": _source,
    "model": _model,
    "metric": _metric,
    "seen": _seen,
}
