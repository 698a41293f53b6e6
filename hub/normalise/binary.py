"""Binary documents: CBOR and MessagePack, read as what the same document would be in JSON.

What JSON cannot say gets the form that a JSON document would give it: integer keys are text, byte strings base64url
without padding, times RFC 3339 in UTC, decimal fractions numbers, NaN and undefined are null. So every rule for JSON
holds for them.

References:
    Normalisation G10. RFC 8949 (CBOR), RFC 4648 §5 (base64url), the specification of
    MessagePack.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from enum import Enum
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

import cbor2
import msgpack

from hub.core.model import Rejection
from hub.normalise import tags
from hub.normalise.values import fit

if TYPE_CHECKING:
    from hub.normalise.content import Json

MAX_BINARY_BYTES: Final = 1024 * 1024
"""A larger document is refused: a byte of it can become 64 bytes in memory, and decoding holds up everybody else."""
MAX_NUMBERED_BYTES: Final = 128 * 1024
"""A larger document has texts as keys: numbers can be chosen so that a map of them takes hours."""
MAX_ITEMS: Final = 100_000
"""Most keys and elements of a document."""
MAX_MEMBERS: Final = 16_384
"""Most elements of one MessagePack array or map: room for them is made before they are there."""
MAX_NESTING: Final = 128
"""Deepest nesting; what lies deeper is no telemetry."""
MAX_KEY_BITS: Final = 64
"""A longer integer is no key."""
MAX_FAULT_CHARACTERS: Final = 200
"""What is told of a fault."""


_MESSAGEPACK_MAPS = range(0x80, 0x90)
"""First bytes of a map in MessagePack and of an array in CBOR, where maps are the more frequent by far."""
_CONTAINERS = (dict, list)
_AS_IT_IS = (str, bool, type(None))


class Encoding(Enum):
    """How a document is written."""

    JSON = "JSON"
    CBOR = "CBOR"
    MESSAGEPACK = "MessagePack"


class Packed(NamedTuple):
    """What a binary payload holds.

    Args:
        value: as JSON would hold it.
        encoding: how it is written.
    """

    value: Json
    encoding: Encoding


class _Refused(ValueError):
    """The document goes beyond a bound, or has what no JSON document can have."""


def unpack(payload: bytes, encoding: Encoding) -> Packed | Rejection:
    """Return what a payload holds that is said to be of an encoding.

    Args:
        payload: the bytes of the message.
        encoding: CBOR or MessagePack.
    """
    if len(payload) > MAX_BINARY_BYTES:
        detail = f"{encoding.value} of {len(payload)} bytes; {MAX_BINARY_BYTES} is the limit."
        return Rejection("too_large", detail)
    decode = _cbor if encoding is Encoding.CBOR else _msgpack
    try:
        return Packed(_Plain().of(decode(payload), 0), encoding)
    except Exception as error:  # noqa: BLE001 - a decoder tells what is wrong by exceptions of a dozen classes
        return Rejection("broken_binary", f"Broken {encoding.value}: {_sentence(error)}.")
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of cbor2, which is written in Rust; it is no Exception
            raise
        return Rejection("broken_binary", f"Broken {encoding.value}.")


def recognised(payload: bytes) -> Packed | Rejection:
    """Return what a payload holds that nobody says to be binary: a map, or an array of maps, that fills it exactly.

    Args:
        payload: the bytes of the message.
    """
    order = (Encoding.CBOR, Encoding.MESSAGEPACK)
    if payload[0] in _MESSAGEPACK_MAPS:
        order = (Encoding.MESSAGEPACK, Encoding.CBOR)
    found: Packed | None = None
    faults: list[Rejection] = []
    for encoding in order:
        packed = unpack(payload, encoding)
        if isinstance(packed, Packed):
            names = _names(packed.value)
            if names is not None and names.isascii() and names.isprintable():
                return packed
            packed = _telemetry(packed, names)
        if isinstance(packed, Rejection):
            faults.append(packed)
        else:
            found = found or packed
    return found or Rejection(faults[-1].reason, " ".join(fault.detail for fault in faults))


def base64url(data: bytes) -> str:
    """Return bytes as text.

    Args:
        data: any.

    References:
        RFC 4648 §5, without padding.
    """
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _telemetry(packed: Packed, names: str | None) -> Packed | Rejection:
    """Return it if it is a map or an array of maps, and all keys can be names; else it could be any bytes."""
    if names is None:
        return Rejection("not_text", f"As {packed.encoding.value} it would be no map.")
    if not names.isprintable():
        return Rejection("not_text", f"As {packed.encoding.value} it would have keys that are no names.")
    return packed


def _names(value: Json) -> str | None:
    """Return all keys of a map or an array of maps in one text, None for anything else."""
    if isinstance(value, list) and not all(type(element) is dict for element in value):
        return None
    keys: list[str] = []
    waiting: list[Json] = [value]
    for node in waiting:
        if isinstance(node, dict):
            keys += node
            node = list(node.values())  # noqa: PLW2901 - the members are looked at as elements are
        elif not isinstance(node, list):
            return None
        waiting += [element for element in node if type(element) in _CONTAINERS]
    return "".join(keys)


def _cbor(payload: bytes) -> object:
    """Return what CBOR decodes to.

    Raises:
        Exception: it is broken.
    """
    stream = BytesIO(payload)
    decoder = cbor2.CBORDecoder(
        stream,
        tag_hook=tags.content,
        semantic_decoders=tags.MEANINGS,
        max_depth=MAX_NESTING,
        strict_hashable_types=len(payload) > MAX_NUMBERED_BYTES,
    )
    value = decoder.decode()
    if stream.tell() != len(payload):
        message = f"{len(payload) - stream.tell()} bytes follow the first item"
        raise _Refused(message)
    return value


def _msgpack(payload: bytes) -> object:
    """Return what MessagePack decodes to.

    Raises:
        Exception: it is broken.
    """
    return msgpack.unpackb(
        payload,
        raw=False,
        timestamp=0,  # 3 would refuse a message because of one time beyond the year 9999
        strict_map_key=len(payload) > MAX_NUMBERED_BYTES,
        max_array_len=MAX_MEMBERS,
        max_map_len=MAX_MEMBERS,
    )


class _Plain:
    """Turns one decoded document into what JSON can hold."""

    def __init__(self) -> None:
        self._room = MAX_ITEMS

    def of(self, node: object, depth: int) -> Json:
        """Return a node as JSON can hold it.

        Args:
            node: decoded.
            depth: how many maps and arrays are around it.

        Raises:
            ValueError: it goes beyond a bound, or a key is none.
        """
        kind = type(node)
        if kind is dict or isinstance(node, Mapping):
            self._enter(len(node), depth)  # type: ignore[arg-type]  # a mapping
            return {
                key if type(key) is str else _key(key): (
                    member if type(member) in _AS_IT_IS else self.of(member, depth + 1)
                )
                for key, member in node.items()  # type: ignore[attr-defined]  # likewise
            }
        if kind is list or (isinstance(node, (list, tuple, set, frozenset)) and kind is not msgpack.ExtType):
            self._enter(len(node), depth)  # type: ignore[arg-type]  # a list or a set
            return [element if type(element) in _AS_IT_IS else self.of(element, depth + 1) for element in node]  # type: ignore[attr-defined]  # likewise
        if kind is int:
            return fit(node)  # type: ignore[arg-type]  # an integer
        return _scalar(node)

    def _enter(self, members: int, depth: int) -> None:
        """Count the members of a map or an array.

        Raises:
            ValueError: there are too many, or it lies too deep.
        """
        self._room -= members
        if self._room < 0:
            message = f"more than {MAX_ITEMS} keys and elements"
            raise _Refused(message)
        if depth >= MAX_NESTING:
            message = f"nested deeper than {MAX_NESTING} levels"
            raise _Refused(message)


def _scalar(value: object) -> Json:
    """Return a single value as JSON can hold it; null for undefined, and for simple values that mean nothing."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return fit(value)
        case float():
            return value if isfinite(value) else None
        case bytes() | msgpack.ExtType():
            return base64url(value if isinstance(value, bytes) else value.data)
        case msgpack.Timestamp():
            return tags.moment(value.seconds * 1_000_000 + value.nanoseconds // 1000)
        case _:
            return None


def _key(key: object) -> str:
    """Return a map's key as text.

    Raises:
        ValueError: it is a map, an array, or something else that has no name.
    """
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int) and key.bit_length() <= MAX_KEY_BITS:
        return str(key)
    if isinstance(key, float):
        return str(key)
    if isinstance(key, bytes):
        return base64url(key)
    message = "a key is neither a text nor a number"
    raise _Refused(message)


def _sentence(error: Exception) -> str:
    """Return what is wrong, in a few words; the cause where the error only names the place."""
    told = str(error) or type(error).__name__
    if error.__cause__ is not None:
        told = f"{told}: {error.__cause__}"
    return "".join(filter(str.isprintable, told[:MAX_FAULT_CHARACTERS])).rstrip(".")
