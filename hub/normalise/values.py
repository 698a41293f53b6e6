"""Values: what a text means, and which values a reading may hold.

References:
    Normalisation G5 (texts) and G15 (admissible values).
"""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING

from hub.core.model import Datatype, Rejection
from hub.core.units import NUMBER
from hub.normalise.names import is_enumeration, is_identifier

if TYPE_CHECKING:
    from hub.core.model import Value

MAX_TEXT_BYTES = 4096
"""Longest text of a reading, in UTF-8."""
MAX_NUMBER_CHARACTERS = 400
"""A longer run of digits is text; a 64-bit float has 309 digits before the point at most."""

_32_BITS = struct.Struct("<f")
_LARGEST_OF_32_BITS = (2 - 2**-23) * 2.0**127
_DIGITS_OF_32_BITS = (6, 7, 8)
"""Six are always kept; nine always tell the number, but then its exact value serves as well."""

_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_NUMBER = re.compile(NUMBER, re.ASCII)
_LEADING_ZERO = re.compile(r"[+-]?0\d+")
_NOTHING = frozenset(
    {
        "",
        "nan",
        "+nan",
        "-nan",
        "inf",
        "+inf",
        "-inf",
        "infinity",
        "+infinity",
        "-infinity",
        "null",
        "undefined",
        "unavailable",
        "unknown",
        "n/a",
        "?",
    },
)
_LONGEST_WORD = 11
_SWITCHES = {"on": True, "true": True, "online": True, "off": False, "false": False, "offline": False}


def classify(text: str, part: str) -> Value | None:
    """Return what a text of an untyped message means: boolean, number, text, or None for no value.

    Args:
        text: as it was sent.
        part: last part of the metric's name, which may say that it is a choice or a label.
    """
    trimmed = text.strip()
    if len(trimmed) <= _LONGEST_WORD:
        word = trimmed.lower()
        if word in _NOTHING:
            return None
        if word in _SWITCHES:
            return trimmed if is_enumeration(part) else _SWITCHES[word]
    if is_identifier(part):
        return trimmed
    return number(trimmed, or_else=trimmed)


def number(text: str, *, or_else: Value | None = None) -> Value | None:
    """Return the number that a trimmed text is; what is beyond a float is no value.

    Args:
        text: trimmed.
        or_else: returned where it is no number, or an integer with a leading zero.
    """
    if len(text) > MAX_NUMBER_CHARACTERS or _NUMBER.fullmatch(text) is None:
        return or_else
    if not text.lstrip("+-").isdigit():
        value = float(text)
        return value if math.isfinite(value) else None
    if _LEADING_ZERO.fullmatch(text) is not None:
        return or_else
    return fit(int(text))


def single(value: float) -> float:
    """Return the shortest decimal that is the same number in 32 bits.

    A device that means 23.3 sends what is 23.299999237060547 in 64 bits; nobody else shows that.

    Args:
        value: of 32 bits (IEEE 754 binary32).
    """
    for digits in _DIGITS_OF_32_BITS:
        short = float(f"{value:.{digits}g}")
        if abs(short) <= _LARGEST_OF_32_BITS and _32_BITS.unpack(_32_BITS.pack(short))[0] == value:
            return short
    return value


def fit(value: int) -> Value | None:
    """Return an integer as the hub can hold it: itself in 64 bits, else the nearest float; None beyond that.

    Args:
        value: any.
    """
    if _SMALLEST <= value <= _LARGEST:
        return value
    try:
        return float(value)
    except OverflowError:
        return None


def fault(value: Value) -> Rejection | None:
    """Return why a reading may not hold a value, None if it may.

    Args:
        value: a boolean, an integer of any size, a float or a text.
    """
    if isinstance(value, str):
        return text_fault(value)
    if isinstance(value, float) and not math.isfinite(value):
        return Rejection("not_a_number", "NaN and infinity are no values.")
    if isinstance(value, int) and fit(value) is None:
        return Rejection("not_a_number", "An integer that is beyond every float.")
    return None


def text_fault(text: str) -> Rejection | None:
    """Return why a reading may not hold a text, None if it may.

    Args:
        text: any.
    """
    if len(text) > MAX_TEXT_BYTES:
        return Rejection("too_long", f"A text of {len(text)} characters; {MAX_TEXT_BYTES} bytes is the limit.")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        return Rejection("bad_text", f"Half of a surrogate pair at character {error.start}.")
    if size > MAX_TEXT_BYTES:
        return Rejection("too_long", f"A text of {size} bytes; {MAX_TEXT_BYTES} is the limit.")
    if "\0" in text:
        return Rejection("bad_text", f"A NUL at character {text.index(chr(0))}.")
    return None


def datatype(value: Value) -> Datatype:
    """Return the type of a value.

    Args:
        value: of a reading.
    """
    return _DATATYPES[type(value)]


_DATATYPES: dict[type, Datatype] = {
    bool: Datatype.BOOLEAN,
    int: Datatype.INTEGER,
    float: Datatype.FLOAT,
    str: Datatype.STRING,
}
