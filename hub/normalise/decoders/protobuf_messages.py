"""Protocol Buffers: payloads of one message, described by a compiled descriptor set.

``protoc --include_imports --descriptor_set_out=plant.desc plant.proto`` makes such a set. A message is read as what the
same document would be in JSON: fields have the names of the ``.proto`` file, enumerations are their names, bytes
base64url without padding; integers of 64 bits stay integers. A field without presence is read although its zero is not
sent; a field with presence (``optional``, ``oneof``, messages) is read where it was sent.

References:
    Protocol Buffers, encoding and field presence; the well-known types.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Any

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto
from google.protobuf.message import DecodeError

from hub.core.errors import Mistake, SettingsError
from hub.core.model import Rejection
from hub.normalise.binary import MAX_ITEMS, MAX_NESTING, base64url
from hub.normalise.decoders.descriptor_sets import described
from hub.normalise.tags import moment
from hub.normalise.values import single

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from google.protobuf.message import Message

    from hub.normalise.content import Json

_SHOWN = 5
_WRAPPERS = frozenset(
    f"google.protobuf.{kind}Value"
    for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)


class _TooMuch(ValueError):
    """A message holds more than telemetry does."""


@dataclass(frozen=True, slots=True)
class _Field:
    """How a field is read."""

    name: str
    repeated: bool
    mapped: bool
    present: bool
    read: Callable[[Any, _Budget], Json]


@dataclass(slots=True)
class _Budget:
    """What may still be read of one message."""

    items: int = MAX_ITEMS
    levels: int = MAX_NESTING

    def take(self, items: int) -> None:
        """Count items.

        Raises:
            ValueError: there are too many, or they lie too deep.
        """
        self.items -= items
        if self.items < 0 or self.levels < 0:
            message = f"more than {MAX_ITEMS} values, or nested deeper than {MAX_NESTING} levels"
            raise _TooMuch(message)


class ProtobufMessage:
    """Reads payloads that are one message.

    Args:
        descriptor_set: the file that ``protoc`` wrote.
        name: the message's full name, with its package.
        place: of the rule in the configuration, for messages to people.

    Raises:
        SettingsError: there is no such file, it is no descriptor set, or it has no such message.
    """

    def __init__(self, descriptor_set: Path, name: str, *, place: str) -> None:
        self._pool, known = described(descriptor_set, place=place)
        if name not in known:
            close = [one for one in known if one.endswith(f".{name}")] or get_close_matches(name, known)
            shown = ", ".join(close or known[:_SHOWN]) or "none"
            reason = f"there is no message {name!r} in it; there are {len(known)}: {shown}"
            raise SettingsError([Mistake(f"{place}.message", reason, "source rules")])
        self.name = name
        self._class = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))
        self._fields: dict[str, tuple[_Field, ...]] = {}

    def document(self, payload: bytes) -> dict[str, Json] | Rejection:
        """Return what a payload holds, or why it is no such message.

        Args:
            payload: not empty: a message of no bytes and a message that nobody sent are the same.
        """
        try:
            message = self._class.FromString(payload)
            if not message.ListFields():
                return Rejection("broken_protobuf", f"It has no field of the message {self.name}.")
            document = self._message(message, _Budget())
        except DecodeError:
            return Rejection("broken_protobuf", f"It is no message {self.name}.")
        except _TooMuch as fault:
            return Rejection("too_many", f"The message {self.name} has {fault}.")
        except Exception as error:  # noqa: BLE001 - texts of proto2 are checked when they are read
            return Rejection("broken_protobuf", f"The message {self.name} cannot be read: {error}.")
        return document if isinstance(document, dict) else {"value": document}

    def _message(self, message: Message, budget: _Budget) -> Json:
        """Return what a message holds."""
        budget.take(1)
        full_name = message.DESCRIPTOR.full_name
        read = _WELL_KNOWN_TYPES.get(full_name)
        if read is not None:
            return read(message)
        fields = self._fields.get(full_name)
        if fields is None:
            fields = self._fields[full_name] = tuple(self._described(message.DESCRIPTOR))
        budget.levels -= 1
        if full_name == "google.protobuf.Any":
            document = self._any(message, budget)
        elif full_name in ("google.protobuf.Value", "google.protobuf.ListValue", "google.protobuf.Struct"):
            document = next(iter(self._members(message, fields, budget).values()), None)
        else:
            document = self._members(message, fields, budget)
        budget.levels += 1
        return document

    def _members(self, message: Message, fields: tuple[_Field, ...], budget: _Budget) -> dict[str, Json]:
        """Return the fields of a message that it holds."""
        document: dict[str, Json] = {}
        for field in fields:
            if field.present and not message.HasField(field.name):
                continue
            value = getattr(message, field.name)
            if field.mapped:
                budget.take(len(value))
                document[field.name] = {_text(key): field.read(value[key], budget) for key in value}
            elif field.repeated:
                budget.take(len(value))
                document[field.name] = [field.read(element, budget) for element in value]
            elif field.present or (value not in ("", b"")):
                document[field.name] = field.read(value, budget)
        return document

    def _any(self, message: Any, budget: _Budget) -> Json:  # noqa: ANN401 - a class made at run time
        """Return the message that another one encloses, if its description is there."""
        try:
            descriptor = self._pool.FindMessageTypeByName(message.type_url.rpartition("/")[2])
        except KeyError:
            return {"type_url": message.type_url, "value": base64url(message.value)}
        enclosed = message_factory.GetMessageClass(descriptor).FromString(message.value)
        return self._message(enclosed, budget)

    def _described(self, descriptor: Any) -> Iterator[_Field]:  # noqa: ANN401 - likewise
        """Yield how the fields of a message are read; its descriptor's class depends on the library's build."""
        proto = DescriptorProto()
        descriptor.CopyToProto(proto)
        for field, written in zip(descriptor.fields, proto.field, strict=True):
            repeated = written.label == FieldDescriptorProto.LABEL_REPEATED
            entry = field.message_type if repeated else None
            mapped = entry is not None and entry.GetOptions().map_entry
            element = entry.fields_by_name["value"] if entry is not None and mapped else field
            present = field.has_presence and not repeated
            yield _Field(field.name, repeated, mapped, present, self._reader(element))

    def _reader(self, field: FieldDescriptor) -> Callable[[Any, _Budget], Json]:
        """Return how one value of a field is read."""
        if field.message_type is not None:
            return self._message
        if field.enum_type is not None and field.enum_type.full_name == "google.protobuf.NullValue":
            return lambda _, __: None
        if field.enum_type is not None:
            names = {number: value.name for number, value in field.enum_type.values_by_number.items()}
            return lambda value, _: names.get(value, value)
        if field.type == FieldDescriptor.TYPE_BYTES:
            return lambda value, _: base64url(value)
        if field.cpp_type in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
            shown = single if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT else float
            return lambda value, _: shown(value) if isfinite(value) else None
        return lambda value, _: value


def _text(key: bool | int | str) -> str:  # noqa: FBT001 - the key of a map
    """Return a map's key as text."""
    return str(key).lower() if isinstance(key, bool) else str(key)


def _wrapped(message: Any) -> Json:  # noqa: ANN401 - a class made at run time
    """Return the value of a wrapper."""
    value = message.value
    if isinstance(value, bytes):
        return base64url(value)
    return None if isinstance(value, float) and not isfinite(value) else value


_WELL_KNOWN_TYPES: dict[str, Callable[[Any], Json]] = {
    "google.protobuf.Timestamp": lambda message: moment(message.seconds * 1_000_000 + message.nanos // 1000),
    "google.protobuf.Duration": lambda message: message.seconds + message.nanos / 1e9,
    **dict.fromkeys(_WRAPPERS, _wrapped),
}
"""Those that are one value; a duration in seconds."""
