"""Filters: what templates may do with a value. Each is bounded in time and in the size of what it returns.

Functions and methods are filters too: ``float(x)`` is ``x | float``, ``x.split(",")`` is ``x | .split(",")``. So a
template never touches an attribute of an object of Python.

References:
    Home Assistant, templating; Jinja 3, list of built-in filters.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import orjson
from jinja2 import Undefined
from jinja2.exceptions import TemplateRuntimeError, UndefinedError

from hub.normalise import times
from hub.normalise.decoders.home_assistant_bounds import MAX_TEXT_CHARACTERS, Spent, bounded, number
from hub.normalise.names import NAMELESS
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.normalise.decoders.home_assistant_bounds import Operand

_TRUE: Final = frozenset({"true", "yes", "on", "enable", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "disable", "0"})
_FORMAT: Final = re.compile(r"(?:[^%]|%%|%[-+ 0#]{0,3}\d{0,3}(?:\.\d{1,2})?[diouxXeEfFgGs])*+")
_MOST_PLACES: Final = 32
_LARGEST_DIGIT: Final = 15
_FALLBACK: Final = object()


def _float(value: Operand, default: Operand = _FALLBACK) -> Operand:
    """Return a value as a float, the default where it is none."""
    try:
        return float(_given(value, bool, int, float, str))
    except (TypeError, ValueError, OverflowError, UndefinedError):
        return _or(default, value)


def _int(value: Operand, default: Operand = _FALLBACK, base: int = 10) -> Operand:
    """Return a value as an integer, the default where it is none."""
    try:
        if isinstance(value, str):
            text = bounded(value).strip()
            return int(text, base) if base != 10 or text.lstrip("+-").isdigit() else int(float(text))  # noqa: PLR2004 - a base
        return int(_given(value, bool, int, float))
    except (TypeError, ValueError, OverflowError, UndefinedError):
        return _or(default, value)


def _bool(value: Operand, default: Operand = _FALLBACK) -> Operand:
    """Return what a word or number means as a boolean, the default where it means neither."""
    if isinstance(value, (bool, int, float)):
        return bool(value)
    text = value.strip().lower() if isinstance(value, str) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return _or(default, value)


def _or(default: Operand, value: Operand) -> Operand:
    """Return a default; without one, what could not be read is a failure, as it is in Home Assistant.

    A word that means no value anywhere (G5), such as ``unavailable``, means none here.
    """
    if default is not _FALLBACK:
        return default
    if value is None or isinstance(value, Undefined) or (isinstance(value, str) and classify(value, NAMELESS) is None):
        raise UndefinedError("a value is missing")
    raise TemplateRuntimeError("what is read here is no such value, and the template has no default for it")


def _given(value: Operand, *types: type) -> Operand:
    """Return a value that must be of one of some types."""
    if isinstance(value, Undefined):
        raise UndefinedError("a value is missing")
    if not isinstance(value, types):
        raise TypeError(f"{type(value).__name__} cannot stand here")
    return bounded(value) if isinstance(value, str) else value


def _round(value: Operand, precision: int = 0, method: str = "common", default: Operand = _FALLBACK) -> Operand:
    """Return a rounded number; an integer if no digits are asked for."""
    held = _float(value, None)
    if held is None or not math.isfinite(held):
        return _or(default, value)
    digits = max(-_LARGEST_DIGIT, min(_LARGEST_DIGIT, int(precision)))
    if method in ("ceil", "floor"):
        factor = 10.0**digits
        rounded = (math.ceil if method == "ceil" else math.floor)(held * factor) / factor
    elif method == "half":
        rounded = round(held * 2) / 2
    else:
        rounded = round(held, digits)
    return int(rounded) if digits == 0 and method != "half" else rounded


def _default(value: Operand, default_value: Operand = "", boolean: Operand = False) -> Operand:  # noqa: FBT002 - Jinja's own signature
    """Return a default for what is missing, or is nothing where that counts as missing."""
    return default_value if isinstance(value, Undefined) or (boolean and not value) else value


def _is_defined(value: Operand) -> Operand:
    """Return a value that must be there; without it nothing is read."""
    return _given(value, object)


def _iif(value: Operand, yes: Operand = True, no: Operand = False, none: Operand = _FALLBACK) -> Operand:  # noqa: FBT002 - Home Assistant's own signature
    """Return one of two values."""
    if value is None and none is not _FALLBACK:
        return none
    return yes if value else no


def _text(value: Operand) -> str:
    """Return a value as text."""
    return value if isinstance(value, str) else bounded(str(value))


def _items(value: Operand) -> list[Operand]:
    """Return the elements of a list, the keys of an object or the characters of a text."""
    return list(_given(value, list, tuple, dict, str))


def _join(value: Operand, separator: str = "") -> str:
    """Return texts joined."""
    parts = [_text(part) for part in _items(value)]
    if sum(map(len, parts)) + len(_text(separator)) * len(parts) > MAX_TEXT_CHARACTERS:
        raise Spent("a text")
    return separator.join(parts)


def _replace(value: Operand, old: str, new: str, count: int = -1) -> str:
    """Return a text with another in the place of some of its parts."""
    text, old, new = _text(value), _given(old, str), _text(new)
    if len(text) + text.count(old) * len(new) > MAX_TEXT_CHARACTERS:
        raise Spent("a text")
    return text.replace(old, new, count)


def formatted(pattern: Operand, values: Operand) -> str:
    """Return a text with values in the places of ``%s``, ``%.2f`` and the like.

    Args:
        pattern: with places of known width.
        values: one, or a tuple of several.

    Raises:
        TypeError: it is no such pattern, or it does not go with the values.
    """
    pattern = _given(pattern, str)
    if pattern.count("%") > _MOST_PLACES or _FORMAT.fullmatch(pattern) is None:
        raise TypeError("a format that is not allowed here")
    given = values if isinstance(values, tuple) else (values,)
    return bounded(pattern % tuple(number(one) if isinstance(one, (int, float)) else _text(one) for one in given))


def _split(value: Operand, separator: str | None = None, most: int = -1) -> list[str]:
    """Return the parts of a text."""
    return bounded(_given(value, str)).split(separator, most)


def _length(value: Operand) -> int:
    """Return how many elements, keys or characters there are."""
    return len(_given(value, list, tuple, dict, str))


def _ordered(choose: Callable[[list[Operand]], Operand]) -> Callable[..., Operand]:
    """Return a filter that chooses one of several values; ``max(a, b)`` and ``[a, b] | max`` are the same."""

    def chosen(value: Operand, *others: Operand) -> Operand:
        return choose([value, *others] if others else _items(value))

    return chosen


def _sum(value: Operand, start: Operand = 0) -> Operand:
    """Return the sum of numbers."""
    return sum((number(one) for one in _items(value)), number(start))


def _average(value: Operand, *others: Operand) -> Operand:
    """Return the mean of numbers."""
    numbers = [number(one) for one in ([value, *others] if others else _items(value))]
    return math.fsum(numbers) / len(numbers)


def _map(value: Operand, *, attribute: str) -> list[Operand]:
    """Return what each of several objects holds under a key."""
    return [one[attribute] for one in _items(value) if isinstance(one, dict) and attribute in one]


def _selected(*, kept: bool) -> Callable[..., Operand]:
    """Return the filter that keeps, or leaves out, the objects of which a key passes a test."""

    def selected(value: Operand, attribute: str, test: str = "true", other: Operand = None) -> list[Operand]:
        passes = _PASSES[_given(test, str)]
        objects = [one for one in _items(value) if isinstance(one, dict)]
        return [one for one in objects if passes(one.get(attribute), other) is kept]

    return selected


def _get(value: Operand, key: Operand, default: Operand = None) -> Operand:
    """Return what an object holds under a key."""
    return _given(value, dict).get(key, default)


def _from_json(value: Operand) -> Operand:
    """Return the value of a text of JSON."""
    return orjson.loads(bounded(_given(value, str)).encode("utf-8", "replace"))


def _to_json(value: Operand, **_: Operand) -> str:
    """Return a value as JSON."""
    return bounded(orjson.dumps(_given(value, dict, list, tuple, str, int, float, bool, type(None))).decode())


def _moment(value: Operand) -> datetime:
    """Return the moment that a number of seconds or a text of ISO 8601 tells."""
    moment_us = times.parse(_given(value, str, int, float))
    if moment_us is None or moment_us == times.UNSET:
        raise ValueError("no time")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment_us)


def _log(value: Operand, base: Operand = math.e) -> float:
    """Return the logarithm of a number."""
    return math.log(number(value), number(base))


def _of_texts(change: Callable[..., Operand]) -> Callable[..., Operand]:
    """Return a filter of texts; its arguments are texts too."""
    return lambda value, *others: change(_text(value), *(_given(other, str) for other in others))


def _of_numbers(change: Callable[..., Operand]) -> Callable[..., Operand]:
    """Return a filter of numbers."""
    return lambda *values: change(*map(number, values))


def _of_integers(change: Callable[[int, int], int]) -> Callable[[Operand, Operand], int]:
    """Return a filter of integers, such as one that looks at single bits."""
    return lambda one, other: change(_int(one), _int(other))


_EQUAL: Final = ("eq", "equalto", "==")
_PASSES: Final[Mapping[str, Callable[[Operand, Operand], bool]]] = {
    **dict.fromkeys(_EQUAL, lambda one, other: bool(one == other)),
    **dict.fromkeys(("ne", "!="), lambda one, other: bool(one != other)),
    "in": lambda one, other: one in _items(other),
    "defined": lambda one, _: one is not None,
    "true": lambda one, _: bool(one),
}
"""Tests of a key; what it has not is none."""

FUNCTIONS: Final[Mapping[str, Callable[..., Operand]]] = {
    "abs": _of_numbers(abs),
    "acos": _of_numbers(math.acos),
    "add": lambda value, amount, default=_FALLBACK: number(_float(value, default)) + number(amount),
    "as_datetime": lambda value: str(_moment(value)),
    "as_timestamp": lambda value: _moment(value).timestamp(),
    "asin": _of_numbers(math.asin),
    "atan": _of_numbers(math.atan),
    "average": _average,
    "bitwise_and": _of_integers(lambda one, other: one & other),
    "bitwise_or": _of_integers(lambda one, other: one | other),
    "bitwise_xor": _of_integers(lambda one, other: one ^ other),
    "bool": _bool,
    "capitalize": _of_texts(str.capitalize),
    "cos": _of_numbers(math.cos),
    "count": _length,
    "d": _default,
    "default": _default,
    "first": lambda value: _items(value)[0],
    "float": _float,
    "format": lambda pattern, *values: formatted(pattern, values),
    "from_json": _from_json,
    "iif": _iif,
    "int": _int,
    "is_defined": _is_defined,
    "is_number": lambda value: math.isfinite(_float(value, math.nan)),
    "join": _join,
    "last": lambda value: _items(value)[-1],
    "length": _length,
    "list": _items,
    "log": _log,
    "lower": _of_texts(str.lower),
    "map": _map,
    "max": _ordered(max),
    "min": _ordered(min),
    "multiply": lambda value, amount, default=_FALLBACK: number(_float(value, default)) * number(amount),
    "rejectattr": _selected(kept=False),
    "replace": _replace,
    "reverse": lambda value: value[::-1] if isinstance(value, str) else _items(value)[::-1],
    "round": _round,
    "selectattr": _selected(kept=True),
    "sin": _of_numbers(math.sin),
    "sort": lambda value: sorted(_items(value)),
    "sqrt": _of_numbers(math.sqrt),
    "string": _text,
    "sum": _sum,
    "tan": _of_numbers(math.tan),
    "timestamp_utc": lambda value: _moment(value).isoformat(),
    "title": _of_texts(str.title),
    "to_json": _to_json,
    "tojson": _to_json,
    "trim": _of_texts(str.strip),
    "unique": lambda value: list(dict.fromkeys(_items(value))),
    "upper": _of_texts(str.upper),
}
"""What may stand behind ``|``, or be called."""

METHODS: Final[Mapping[str, Callable[..., Operand]]] = {
    "capitalize": _of_texts(str.capitalize),
    "count": lambda value, what: _given(value, str, list, tuple).count(what),
    "endswith": _of_texts(str.endswith),
    "find": _of_texts(str.find),
    "get": _get,
    "isdigit": _of_texts(str.isdigit),
    "isnumeric": _of_texts(str.isnumeric),
    "items": lambda value: list(_given(value, dict).items()),
    "keys": lambda value: list(_given(value, dict)),
    "lower": _of_texts(str.lower),
    "lstrip": _of_texts(str.lstrip),
    "replace": _replace,
    "rsplit": lambda value, separator=None, most=-1: _given(value, str).rsplit(separator, most),
    "rstrip": _of_texts(str.rstrip),
    "split": _split,
    "startswith": _of_texts(str.startswith),
    "strip": _of_texts(str.strip),
    "title": _of_texts(str.title),
    "upper": _of_texts(str.upper),
    "values": lambda value: list(_given(value, dict).values()),
}
"""What may be called behind a dot."""
