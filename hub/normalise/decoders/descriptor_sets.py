"""Descriptor sets: the files that describe Protocol Buffers, as ``protoc --descriptor_set_out`` writes them.

References:
    Protocol Buffers, ``descriptor.proto``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from hub.core.errors import Mistake, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from google.protobuf.descriptor_pool import DescriptorPool

MAX_SET_BYTES: Final = 16 * 1024 * 1024
"""A larger file is no descriptor set of telemetry."""

_WELL_KNOWN, _WELL_KNOWN_MESSAGES = "google/protobuf/", "google.protobuf."


class _Fault(ValueError):
    """A descriptor set cannot be used."""


def described(path: Path, *, place: str) -> tuple[DescriptorPool, list[str]]:
    """Return what a descriptor set describes, with the full names of its own messages.

    Args:
        path: of the file.
        place: of the rule in the configuration, for messages to people.

    Raises:
        SettingsError: there is no such file, it is no descriptor set, or it lacks what it imports.
    """
    pool = descriptor_pool.DescriptorPool()
    try:
        found = _loaded(path)
        for file in _needed(found):
            pool.AddSerializedFile(file)
        return pool, sorted(name for file in found.file for name in _names(pool, file.SerializeToString()))
    except _Fault as fault:
        raise SettingsError([Mistake(f"{place}.descriptor_set", str(fault), "source rules")]) from fault


def _loaded(path: Path) -> FileDescriptorSet:
    """Return a descriptor set.

    Raises:
        ValueError: there is no such file, or it is no descriptor set.
    """
    try:
        if path.stat().st_size > MAX_SET_BYTES:
            message = f"{str(path)!r} is larger than {MAX_SET_BYTES} bytes"
            raise _Fault(message)
        content = path.read_bytes()
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}"
        raise _Fault(message) from error
    try:
        found = FileDescriptorSet.FromString(content)
    except DecodeError:
        found = FileDescriptorSet()
    if not found.file or not all(file.name for file in found.file):
        message = f"{str(path)!r} is no descriptor set; protoc --include_imports --descriptor_set_out=… makes one"
        raise _Fault(message)
    return found


def _needed(described: FileDescriptorSet) -> list[bytes]:
    """Return the well-known files that a set imports without having them, each after those that it imports itself.

    Raises:
        ValueError: it imports others that it does not have.
    """
    own = {file.name for file in described.file}
    needed: dict[str, bytes] = {}
    for file in described.file:
        for name in file.dependency:
            if name not in own:
                _collect(name, needed, file.name)
    return list(needed.values())


def _collect(name: str, needed: dict[str, bytes], by: str) -> None:
    """Add a well-known file, and before it those that it imports.

    Raises:
        ValueError: it is not well known.
    """
    if name in needed:
        return
    if not name.startswith(_WELL_KNOWN):
        message = f"{by} imports {name}, which is not in it; use protoc --include_imports"
        raise _Fault(message)
    _import_well_known()
    try:
        file = descriptor_pool.Default().FindFileByName(name)
    except KeyError as error:
        message = f"{by} imports {name}, which does not exist"
        raise _Fault(message) from error
    for dependency in file.dependencies:
        _collect(dependency.name, needed, name)
    needed[name] = file.serialized_pb


def _import_well_known() -> None:
    """Make the library know the well-known types; it does so when their modules are imported."""
    from google.protobuf import any_pb2, duration_pb2, empty_pb2, struct_pb2, timestamp_pb2, wrappers_pb2

    del any_pb2, duration_pb2, empty_pb2, struct_pb2, timestamp_pb2, wrappers_pb2


def _names(pool: DescriptorPool, file: bytes) -> Iterator[str]:
    """Yield the full names of all messages of a file, which is added to a pool.

    Raises:
        ValueError: it contradicts itself or another one.
    """
    try:
        waiting = list(pool.AddSerializedFile(file).message_types_by_name.values())
    except TypeError as error:
        message = f"it cannot be used: {error}"
        raise _Fault(message) from error
    while waiting:
        message_type = waiting.pop()
        waiting.extend(message_type.nested_types)
        if not message_type.GetOptions().map_entry and not message_type.full_name.startswith(_WELL_KNOWN_MESSAGES):
            yield message_type.full_name
