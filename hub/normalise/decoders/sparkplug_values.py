"""Sparkplug B's values: what the fields on the wire mean by the datatype that a birth or the metric itself tells.

References:
    Eclipse Sparkplug 3.0.0, Datatype Details. Normalisation section 8. RFC 3339, RFC 4648 §4.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from itertools import islice
from struct import Struct
from typing import TYPE_CHECKING, Final

from hub.core.model import Rejection
from hub.normalise.flatten import MAX_ELEMENTS, MAX_READINGS
from hub.normalise.names import snake_case
from hub.normalise.values import MAX_TEXT_BYTES, single

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.core.model import Value
    from hub.normalise.decoders.sparkplug_wire import DataSet, Holder

    Outcome = Value | Rejection | None
    Take = Callable[[Holder], Outcome]


class Datatype(IntEnum):
    """The datatypes that are more than a scalar, and the first and last of their kind."""

    DATA_SET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19
    BOOLEAN_ARRAY = 32
    STRING_ARRAY = 33
    DATE_TIME_ARRAY = 34


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTEGER_FIELDS = ("int_value", "long_value")
_NUMBER_FIELDS = ("float_value", "double_value", *_INTEGER_FIELDS)
_TOP_BIT = {"int_value": 1 << 31, "long_value": 1 << 63}
_WORD, _SIGN = 1 << 64, 1 << 63
_COUNT: Final = Struct("<I")
_ARRAYS: dict[int, Struct] = {
    code: Struct(f"<{kind}")
    for code, kind in zip([*range(22, 32), Datatype.DATE_TIME_ARRAY], "bhiqBHIQfdq", strict=True)
}
NUMERIC: Final = frozenset({*range(1, 11), *range(22, 32)})
"""Datatypes that may have a unit."""
COMPLEX: Final = frozenset({Datatype.DATA_SET, Datatype.TEMPLATE, *range(22, 35)})
"""Datatypes of which one metric is several readings."""


def _mismatch(holder: Holder, wanted: str) -> Rejection | None:
    """Return why a value is not what its datatype says, None if there is simply no value."""
    field = holder.WhichOneof("value")
    return None if field is None else Rejection("unexpected_shape", f"Its datatype wants {wanted}; it has {field}.")


def _signed(bits: int) -> Take:
    """Return what reads two's complement of some width, whatever width it was packed to."""
    mask, sign, span = (1 << bits) - 1, 1 << (bits - 1), 1 << bits

    def take(holder: Holder) -> Outcome:
        value = holder.int_value or holder.long_value
        if not value:
            return _zero(holder, _INTEGER_FIELDS, 0, "an integer")
        value &= mask
        return value - span if value & sign else value

    return take


def _zero(holder: Holder, fields: tuple[str, ...], value: Value, wanted: str) -> Outcome:
    """Return a value that looks the same on the wire whether it is there or not: only now it matters which."""
    return value if holder.WhichOneof("value") in fields else _mismatch(holder, wanted)


def _unsigned(holder: Holder) -> Outcome:
    """Return an integer that has no sign."""
    return holder.int_value or holder.long_value or _zero(holder, _INTEGER_FIELDS, 0, "an integer")


def _float(holder: Holder) -> Outcome:
    """Return a number with a fraction; integers are taken as one."""
    if holder.float_value:
        return single(holder.float_value)
    if holder.double_value:
        return holder.double_value
    return float(holder.int_value or holder.long_value) or _zero(holder, _NUMBER_FIELDS, 0.0, "a number")


def _boolean(holder: Holder) -> Outcome:
    """Return a boolean; 0 and 1 are taken as one."""
    if holder.boolean_value:
        return True
    number = holder.int_value or holder.long_value
    if number:
        return True if number == 1 else _mismatch(holder, "a boolean")
    return _zero(holder, ("boolean_value", *_INTEGER_FIELDS), value=False, wanted="a boolean")


def _text(holder: Holder) -> Outcome:
    """Return a text as it was sent: a typed "on" stays "on", and an empty text says something too."""
    text = holder.string_value
    if isinstance(text, bytes):
        return Rejection("bad_text", "A text that is no UTF-8.")
    return text or _zero(holder, ("string_value",), "", "a text")


def _date(holder: Holder) -> Outcome:
    """Return a date as RFC 3339 writes it."""
    moment_ms = holder.long_value or holder.int_value
    if not moment_ms and holder.WhichOneof("value") not in _INTEGER_FIELDS:
        return _mismatch(holder, "milliseconds since 1970")
    return rfc_3339(moment_ms - _WORD if moment_ms >= _SIGN else moment_ms)


def rfc_3339(moment_ms: int) -> str | Rejection:
    """Return a time in UTC, with milliseconds if it has any; a Rejection beyond the years 1 to 9999.

    Args:
        moment_ms: milliseconds since 1970 UTC.
    """
    try:
        moment = _EPOCH + timedelta(milliseconds=moment_ms)
    except OverflowError:
        return Rejection("unexpected_shape", f"{moment_ms} ms since 1970 is beyond the year 9999.")
    text = moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if moment_ms % 1000 else "seconds")
    return f"{text}Z"


def natural(holder: Holder) -> Outcome:
    """Return a value whose datatype nobody told, as its field is typed.

    An integer with the top bit of its field may be negative as well as large, and bytes may be anything: neither is
    guessed.

    Args:
        holder: of the value.
    """
    field = holder.WhichOneof("value")
    if field is None:
        return None
    if field == "string_value":
        return _text(holder)
    value: Value = getattr(holder, field)
    if not isinstance(value, (bool, int, float)):
        return Rejection("no_datatype", "Nobody has told the datatype of this value.")
    if field in _TOP_BIT and value >= _TOP_BIT[field]:
        return Rejection("no_datatype", f"Nobody has told whether {value} is large or negative.")
    return value


def _octets(holder: Holder) -> Outcome:
    """Return bytes as base64, if they are short enough to be a value; only metrics have bytes."""
    octets: bytes = getattr(holder, "bytes_value", b"")
    if not octets:
        return _zero(holder, ("bytes_value",), "", "bytes")
    if len(octets) * 4 // 3 > MAX_TEXT_BYTES:
        detail = f"{len(octets)} bytes are longer than {MAX_TEXT_BYTES} characters in base64."
        return Rejection("too_long", detail)
    return b64encode(octets).decode()


_TAKES: dict[int, Take] = {
    **{code: _signed(bits) for code, bits in zip(range(1, 5), (8, 16, 32, 64), strict=True)},
    **dict.fromkeys(range(5, 9), _unsigned),
    **dict.fromkeys((9, 10), _float),
    11: _boolean,
    **dict.fromkeys((12, 14, 15), _text),
    13: _date,
    **dict.fromkeys((Datatype.BYTES, Datatype.FILE), _octets),
}


def take_of(datatype: int) -> Take:
    """Return what reads the values of a datatype that are one reading.

    Args:
        datatype: the specification's number; 0 where nobody told it.
    """
    return _TAKES.get(datatype, natural)


def elements(octets: bytes, datatype: int) -> list[Outcome] | Rejection:
    """Return the elements of a packed array, or why it is none.

    Args:
        octets: as the metric carries them.
        datatype: one of the array types.
    """
    if datatype == Datatype.BOOLEAN_ARRAY:
        return _booleans(octets)
    if datatype == Datatype.STRING_ARRAY:
        return _texts(octets)
    packing = _ARRAYS[datatype]
    count, odd = divmod(len(octets), packing.size)
    if odd:
        detail = f"Its elements have {packing.size} bytes; {len(octets)} bytes are no whole number of them."
        return Rejection("unexpected_shape", detail)
    if count > MAX_ELEMENTS:
        return _too_long(count)
    values = [value for (value,) in packing.iter_unpack(octets)]
    return [rfc_3339(value) for value in values] if datatype == Datatype.DATE_TIME_ARRAY else values


def _booleans(octets: bytes) -> list[Outcome] | Rejection:
    """Return booleans: their count, then their bits, the most significant first."""
    if not octets:
        return []
    if len(octets) < _COUNT.size:
        return Rejection("unexpected_shape", "An array of booleans begins with their number in 4 bytes.")
    (count,) = _COUNT.unpack_from(octets)
    bits = octets[_COUNT.size :]
    if count > len(bits) * 8:
        return Rejection("unexpected_shape", f"It says that it has {count} booleans, and has room for {len(bits) * 8}.")
    if count > MAX_ELEMENTS:
        return _too_long(count)
    return [bool(bits[place >> 3] & 0x80 >> (place & 7)) for place in range(count)]


def _texts(octets: bytes) -> list[Outcome] | Rejection:
    """Return texts, each ended by a zero byte; the last may lack it."""
    count = octets.count(b"\0") + (not octets.endswith(b"\0"))
    if count > MAX_ELEMENTS:
        return _too_long(count)
    parts = octets.removesuffix(b"\0").split(b"\0") if octets else []
    try:
        return [part.decode() for part in parts]
    except UnicodeDecodeError:
        return Rejection("bad_text", "An array with a text that is no UTF-8.")


def _too_long(count: int) -> Rejection:
    """Return why an array is refused as a whole."""
    return Rejection("array_too_long", f"An array of {count} elements; {MAX_ELEMENTS} is the limit.")


def cells(table: DataSet) -> Iterator[tuple[str, Outcome]]:
    """Yield what a data set holds, row by row: ``<row>.<column>`` and the value.

    Args:
        table: elements beyond its columns are left out; a column without a name goes by its number.
    """
    columns = [
        (isinstance(name, str) and snake_case(name)) or str(place)
        for place, name in enumerate(table.columns[:MAX_READINGS])
    ]
    types = table.types
    takes = [take_of(types[place]) if place < len(types) else natural for place in range(len(columns))]
    for number, row in enumerate(islice(table.rows, MAX_READINGS)):
        for column, take, element in zip(columns, takes, row.elements, strict=False):
            yield f"{number}.{column}", take(element)
