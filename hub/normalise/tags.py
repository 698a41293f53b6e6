"""Tags: what CBOR's tags mean, in the forms that JSON has for it.

A tag whose content is not what the tag asks for does not spoil its message: the content is taken as it is, or it is no
value. A tagged key is refused, for big integers can be chosen so that a map of them takes hours.

References:
    RFC 8949 §3.4 (times, big integers, decimal fractions), RFC 8746 §2 (typed arrays), RFC 9164 (IP addresses), the
    IANA registry of CBOR tags.
"""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from uuid import UUID

from hub.normalise import times
from hub.normalise.values import fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cbor2 import CBORTag

    from hub.core.model import Value

MAX_EXPONENT: Final = 400
"""Beyond this power of ten, or four times as many of two, no float is left."""
MAX_MANTISSA_BITS: Final = 2048
"""A longer mantissa is no measured number."""
MAX_ELEMENTS: Final = 10_000
"""Most elements of a typed array."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEYOND_CALENDARS_S = 10**12
_BITS_PER_DECADE = 4
_UUID_BYTES = 16
_ADDRESS_BYTES = (4, 16)
_PAIR = 2
_TYPED_ARRAYS = {
    64: "B",
    65: ">H",
    66: ">I",
    67: ">Q",
    68: "B",
    69: "<H",
    70: "<I",
    71: "<Q",
    72: "b",
    73: ">h",
    74: ">i",
    75: ">q",
    77: "<h",
    78: "<i",
    79: "<q",
    80: ">e",
    81: ">f",
    82: ">d",
    84: "<e",
    85: "<f",
    86: "<d",
}
"""Element by tag; 83 and 87 are floats of 128 bits, which are taken as bytes."""


def content(tag: CBORTag, immutable: bool) -> object:  # noqa: FBT001 - the library calls it so
    """Return the content of a tag that changes nothing for telemetry.

    Args:
        tag: any other than those in :data:`MEANINGS`.
        immutable: True where it is a key.

    Raises:
        ValueError: it is a key.
    """
    _refuse_key(immutable=immutable)
    return tag.value


def moment(moment_us: int) -> str | None:
    """Return a time as text in UTC, None if no calendar has it.

    Args:
        moment_us: microseconds since 1970.

    References:
        RFC 3339.
    """
    try:
        at = _EPOCH + timedelta(microseconds=moment_us)
    except OverflowError:
        return None
    whole = at.replace(tzinfo=None, microsecond=0).isoformat()
    return f"{whole}.{at.microsecond:06d}".rstrip("0") + "Z" if at.microsecond else f"{whole}Z"


def _date_time(value: object) -> object:
    """Return a time that is written as text (tag 0) in UTC."""
    moment_us = times.parse(value) if isinstance(value, str) else None
    return value if moment_us is None or moment_us <= times.UNSET else moment(moment_us)


def _epoch(value: object) -> str | None:
    """Return a time that is a number of seconds since 1970 (tag 1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _BEYOND_CALENDARS_S:
        return None
    return moment(round(value * 1_000_000))


def _days(value: object) -> str | None:
    """Return a date that is a number of days since 1970 (tag 100)."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    try:
        return (_EPOCH + timedelta(days=value)).date().isoformat()
    except OverflowError:
        return None


def _big(value: object) -> int | None:
    """Return an integer of any length (tag 2)."""
    return int.from_bytes(value) if isinstance(value, bytes) else None


def _big_negative(value: object) -> int | None:
    """Return a negative integer of any length (tag 3)."""
    return -1 - int.from_bytes(value) if isinstance(value, bytes) else None


def _pair(value: object) -> tuple[int, int] | None:
    """Return two integers, the second of which is of a length that numbers have; None if it is anything else."""
    if not isinstance(value, (list, tuple)) or len(value) != _PAIR:
        return None
    one, other = value
    if not isinstance(one, int) or not isinstance(other, int) or other.bit_length() > MAX_MANTISSA_BITS:
        return None
    return one, other


def _decimal(value: object) -> Value | None:
    """Return a decimal fraction (tag 4): exponent of ten and mantissa."""
    pair = _pair(value)
    if pair is None or pair[0] > MAX_EXPONENT:
        return None
    exponent, mantissa = pair
    if exponent >= 0:
        return fit(mantissa * 10**exponent)
    return float(f"{mantissa}e{max(exponent, -(10**6))}")


def _binary_float(value: object) -> Value | None:
    """Return a big float (tag 5): exponent of two and mantissa."""
    pair = _pair(value)
    if pair is None or pair[0] > _BITS_PER_DECADE * MAX_EXPONENT:
        return None
    exponent, mantissa = pair
    if exponent >= 0:
        return fit(mantissa << exponent)
    try:
        return math.ldexp(mantissa, exponent)
    except OverflowError:
        return None


def _ratio(value: object) -> float | None:
    """Return a rational number (tag 30): numerator and denominator."""
    pair = _pair(value)
    try:
        return None if pair is None else pair[0] / pair[1]
    except (ZeroDivisionError, OverflowError):
        return None


def _uuid(value: object) -> object:
    """Return a UUID (tag 37) as it is usually written."""
    return str(UUID(bytes=value)) if isinstance(value, bytes) and len(value) == _UUID_BYTES else value


def _address(value: object) -> object:
    """Return an IP address (tags 52, 54, 260) as it is usually written; 260 may be a MAC address."""
    if not isinstance(value, bytes):
        return value
    return str(ip_address(value)) if len(value) in _ADDRESS_BYTES else value.hex(":")


def _as_it_is(value: object) -> object:
    """Return the content of a tag of which the library would make something that is no telemetry."""
    return value


def _reference(_: object) -> object:
    """Refuse what stands for another part of the document: a few bytes of it can unfold without end.

    Raises:
        ValueError: always.
    """
    message = "it has references to parts of itself"
    raise ValueError(message)


def _typed_array(layout: str) -> Callable[[object], object]:
    """Return the reader of a typed array.

    Args:
        layout: of one element, as :mod:`struct` writes it.
    """
    element = struct.Struct(layout)

    def read(value: object) -> object:
        if not isinstance(value, bytes) or len(value) % element.size or len(value) > MAX_ELEMENTS * element.size:
            return value
        return [number for (number,) in element.iter_unpack(value)]

    return read


def _refuse_key(*, immutable: bool) -> None:
    """Refuse a tag that is a key, or a part of one.

    Raises:
        ValueError: it is.
    """
    if immutable:
        message = "a key has a tag"
        raise ValueError(message)


def _unless_key(read: Callable[[object], object]) -> Callable[[object, bool], object]:
    """Return a reader in the form that the library calls; it refuses keys."""

    def reading(value: object, immutable: bool) -> object:  # noqa: FBT001 - the library calls it so
        _refuse_key(immutable=immutable)
        return read(value)

    return reading


MEANINGS: Final[dict[int, Callable[[object, bool], object]]] = {
    tag: _unless_key(read)
    for tag, read in {
        0: _date_time,
        1: _epoch,
        2: _big,
        3: _big_negative,
        4: _decimal,
        5: _binary_float,
        25: _reference,
        28: _reference,
        29: _reference,
        30: _ratio,
        35: _as_it_is,
        36: _as_it_is,
        37: _uuid,
        52: _address,
        54: _address,
        100: _days,
        256: _reference,
        258: _as_it_is,
        260: _address,
        261: _as_it_is,
        1004: _as_it_is,
        43000: _as_it_is,
        55799: _as_it_is,
        **{tag: _typed_array(layout) for tag, layout in _TYPED_ARRAYS.items()},
    }.items()
}
"""What the library asks for the tags that it would read itself, and for typed arrays."""
