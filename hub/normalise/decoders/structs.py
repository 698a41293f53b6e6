"""Fixed binary layouts: payloads whose fields a rule of the configuration declares.

References:
    Settings, ``[[source.field]]``. Normalisation G8 (times). IEEE 754 (floats of 16, 32 and 64 bits).
"""

from __future__ import annotations

import math
import struct
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from hub.core.errors import Mistake, SettingsError
from hub.core.model import Rejection
from hub.core.units import canonical
from hub.normalise import times
from hub.normalise.binary import base64url
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.names import TIME_KEYS, snake_case
from hub.normalise.values import single

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.core.model import Value
    from hub.normalise.options import SourceField

MAX_FIELDS: Final = 1000
"""Most fields of a layout."""
MAX_LENGTH_BYTES: Final = 4096
"""Longest text, and most bytes that are skipped at once."""
MAX_SCALE: Final = 1e30
"""Largest factor; its inverse is the smallest."""

_INTEGERS = {f"{sign}{bits}": (bits // 8, sign == "i") for sign in "ui" for bits in (8, 16, 24, 32, 40, 48, 56, 64)}
"""Bytes and whether it is signed, by type."""
_FLOATS = {"f16": (2, "e"), "f32": (4, "f"), "f64": (8, "d")}
"""Bytes and how :mod:`struct` writes it, by type."""
_OF_LENGTH = ("text", "bytes")
TYPES: Final = (*_INTEGERS, *_FLOATS, "bool", *_OF_LENGTH)
"""What a field can be."""
LITTLE: Final = "little"
"""The order of a field's bytes if nobody says another."""
_ORDERS = {LITTLE: "<", "big": ">"}
_WHOLE = 1e-9
"""How near to an integer the inverse of a decimal scale is."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field that is ready to be read."""

    name: str
    start: int
    end: int
    read: Callable[[bytes], Value | None]
    unit: str | None
    is_time: bool


class Layout:
    """Reads payloads of a fixed layout.

    Args:
        fields: in the order in which they stand in the payload.
        endianness: ``little`` or ``big``, of fields that do not say it.
        longer: True if more bytes may follow.
        place: of the rule in the configuration, for messages to people.

    Raises:
        SettingsError: there is no field, or one is of no type, has no length, or another fault.
    """

    def __init__(self, fields: tuple[SourceField, ...], *, endianness: str, longer: bool, place: str) -> None:
        if not 0 < len(fields) <= MAX_FIELDS:
            reason = f"a struct has 1 to {MAX_FIELDS} fields, this has {len(fields)}"
            raise SettingsError([Mistake(f"{place}.field", reason, "source rules")])
        mistakes = [
            Mistake(f"{place}.field.{number}.{key}", reason, "source rules")
            for number, declared in enumerate(fields)
            for key, reason in _faults(declared, endianness)
        ]
        if mistakes:
            raise SettingsError(mistakes)
        self._fields: list[_Field] = []
        self._longer = longer
        end = 0
        for declared in fields:
            start = end + declared.skip
            end = start + _size(declared)
            self._fields.append(
                _Field(
                    name=declared.name,
                    start=start,
                    end=end,
                    read=_reader(declared, declared.endianness or endianness),
                    unit=canonical(declared.unit) if declared.unit else None,
                    is_time=snake_case(declared.name) in TIME_KEYS,
                )
            )
        self.size_bytes = end

    def named(self, name: Callable[[str], str]) -> Layout:
        """Return the same layout with other names.

        Args:
            name: fills the placeholders in a field's name.
        """
        fields = [replace(field, name=name(field.name)) for field in self._fields]
        other = copy(self)
        other._fields = fields
        return other

    def decode(self, payload: bytes, device: str) -> Decoded:
        """Return what a payload says.

        Args:
            payload: any bytes.
            device: whose it is.
        """
        if len(payload) != self.size_bytes and not (self._longer and len(payload) > self.size_bytes):
            least = "at least " if self._longer else ""
            detail = f"The layout has {least}{self.size_bytes} bytes, this payload has {len(payload)}."
            return Decoded(undecoded=Rejection("unexpected_shape", detail))
        decoded = Decoded()
        time_us: int | None = None
        for field in self._fields:
            try:
                value = field.read(payload[field.start : field.end])
            except UnicodeDecodeError as error:
                detail = f"The text is not UTF-8 from byte {error.start} on."
                decoded.rejections.append(Rejection("bad_text", detail, field.name))
                continue
            moment_us = times.parse(value) if field.is_time else None
            if moment_us is not None:
                time_us = times.best((time_us, moment_us))
            elif value is not None:
                decoded.samples.append(Sample(device, field.name, value, field.unit))
        if time_us is not None:
            decoded.samples = [sample._replace(time_us=time_us) for sample in decoded.samples]
        return decoded


def _faults(field: SourceField, endianness: str) -> list[tuple[str, str]]:
    """Return the keys of a field that are wrong, with the reasons."""
    faults: list[tuple[str, str]] = []
    if field.type not in TYPES:
        faults.append(("type", f"there is no type {field.type!r}; there are {', '.join(TYPES)}"))
    if (field.endianness or endianness) not in _ORDERS:
        faults.append(("endianness", f"{field.endianness or endianness!r} is neither little nor big"))
    if not 1 / MAX_SCALE <= abs(field.scale) <= MAX_SCALE:
        faults.append(("scale", f"a scale lies between {1 / MAX_SCALE:g} and {MAX_SCALE:g}"))
    if not math.isfinite(field.offset):
        faults.append(("offset", "an offset is a finite number"))
    if not 0 <= field.skip <= MAX_LENGTH_BYTES:
        faults.append(("skip", f"0 to {MAX_LENGTH_BYTES} bytes can be skipped"))
    if field.type in _OF_LENGTH and not 1 <= field.length <= MAX_LENGTH_BYTES:
        faults.append(("length", f"{field.type} needs a length of 1 to {MAX_LENGTH_BYTES} bytes"))
    if field.type not in _OF_LENGTH and field.length:
        faults.append(("length", f"the length of {field.type} is known; only text and bytes have another"))
    if field.type in (*_OF_LENGTH, "bool") and (field.scale, field.offset) != (1, 0):
        faults.append(("scale", f"{field.type} is no number"))
    return faults


def _size(field: SourceField) -> int:
    """Return how many bytes a field has."""
    if field.type in _INTEGERS:
        return _INTEGERS[field.type][0]
    if field.type in _FLOATS:
        return _FLOATS[field.type][0]
    return field.length or 1


def _reader(field: SourceField, endianness: str) -> Callable[[bytes], Value | None]:
    """Return what reads the bytes of a field."""
    if field.type == "bool":
        return any
    if field.type == "bytes":
        return base64url
    if field.type == "text":
        return _text
    if field.type in _INTEGERS:
        signed = _INTEGERS[field.type][1]
        return partial(_integer, order=endianness, signed=signed, measure=_measure(field))
    layout, measure = struct.Struct(_ORDERS[endianness] + _FLOATS[field.type][1]), _measure(field)
    if field.type == "f32":
        return partial(_float, layout=layout, measure=lambda value: measure(single(value)))
    return partial(_float, layout=layout, measure=measure)


def _text(data: bytes) -> str | None:
    """Return a text that fills its place or ends with a NUL; None for an empty one.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    return data.partition(b"\0")[0].decode().strip() or None


def _integer(data: bytes, *, order: str, signed: bool, measure: Callable[[float], float]) -> Value | None:
    """Return what an integer measures."""
    return measure(int.from_bytes(data, order, signed=signed))  # type: ignore[arg-type]  # little or big


def _float(data: bytes, *, layout: struct.Struct, measure: Callable[[float], float]) -> Value | None:
    """Return what a float measures; NaN and infinity are no values."""
    value = measure(layout.unpack(data)[0])
    return value if math.isfinite(value) else None


def _measure(field: SourceField) -> Callable[[float], float]:
    """Return what scales a raw number; one tenth divides by ten, so that 3 becomes 0.3 and not 0.30000000000000004."""
    scale, offset = _integral(field.scale), _integral(field.offset)
    inverse = 1 / scale
    if scale == 1:
        return (lambda raw: raw + offset) if offset else (lambda raw: raw)
    if abs(scale) < 1 and abs(inverse - round(inverse)) < _WHOLE * abs(inverse):
        divisor = round(inverse)
        return lambda raw: raw / divisor + offset
    return lambda raw: raw * scale + offset


def _integral(number: float) -> float:
    """Return a number as an integer if it is one, so that what it is applied to stays an integer."""
    return int(number) if float(number).is_integer() else number
