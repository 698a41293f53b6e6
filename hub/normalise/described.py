"""Described payloads: bytes that nobody can read but by what a source rule says about them.

References:
    Settings, ``[[source]]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.core.errors import Mistake, SettingsError
from hub.core.model import Rejection
from hub.normalise.compressed import opened
from hub.normalise.decoders.cayenne import CayenneLpp
from hub.normalise.decoders.documents import flattened
from hub.normalise.decoders.protobuf_messages import ProtobufMessage
from hub.normalise.decoders.protocol import Decoded
from hub.normalise.decoders.structs import LITTLE, Layout
from hub.normalise.flatten import Dialect
from hub.normalise.selector import Selector

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.decoders.protocol import Message
    from hub.normalise.options import SourceRule
    from hub.normalise.selector import Metric

PROTOBUF, STRUCT = "protobuf", "struct"
DESCRIBED: Final = frozenset({PROTOBUF, STRUCT})
"""Decoders that need the description of a source rule."""

_WITHOUT_DOCUMENTS = frozenset({STRUCT, CayenneLpp.name})
"""Decoders of payloads that no JSONPath leads into."""
_TYPED = Dialect(typed=True)


@dataclass(frozen=True, slots=True)
class DescribedMessage:
    """Payloads that are a message of Protocol Buffers.

    Args:
        message: its description.
    """

    message: ProtobufMessage

    def __str__(self) -> str:
        return f"Protocol Buffers, message {self.message.name}"

    def reader(self, device: str, metrics: tuple[Metric, ...], _: Callable[[str], str]) -> Callable[[Message], Decoded]:
        """Return what reads the messages of a topic.

        Args:
            device: whose they are.
            metrics: what to read; empty for everything.
        """
        selector = Selector(device, metrics, typed=True)

        def read(message: Message) -> Decoded:
            if not message.payload:
                return Decoded()
            root = self.message.document(opened(message.payload))
            if isinstance(root, Rejection):
                return Decoded(undecoded=root)
            return selector.selected(root) if metrics else flattened(root, device, _TYPED)

        return read


@dataclass(frozen=True, slots=True)
class DescribedLayout:
    """Payloads of a fixed binary layout.

    Args:
        layout: its description.
    """

    layout: Layout

    def __str__(self) -> str:
        return f"fixed binary layout of {self.layout.size_bytes} bytes"

    def reader(self, device: str, _: tuple[Metric, ...], name: Callable[[str], str]) -> Callable[[Message], Decoded]:
        """Return what reads the messages of a topic.

        Args:
            device: whose they are.
            name: fills the placeholders in a metric's name.
        """
        named = self.layout.named(name)

        def read(message: Message) -> Decoded:
            return named.decode(opened(message.payload), device) if message.payload else Decoded()

        return read


def description(rule: SourceRule, *, place: str) -> DescribedMessage | DescribedLayout | None:
    """Return what a rule says about how its payloads are written, None if its decoder knows that by itself.

    Args:
        rule: as it is configured.
        place: of the rule in the configuration, for messages to people.

    Raises:
        SettingsError: the description cannot be used, or the rule describes what its decoder does not ask for.
    """
    mistakes = [Mistake(f"{place}.{key}", reason, "source rules") for key, reason in _misplaced(rule)]
    if mistakes:
        raise SettingsError(mistakes)
    if rule.decoder == PROTOBUF:
        return DescribedMessage(ProtobufMessage(Path(rule.descriptor_set), rule.message, place=place))
    if rule.decoder == STRUCT:
        return DescribedLayout(Layout(rule.fields, endianness=rule.endianness, longer=rule.longer, place=place))
    return None


def _misplaced(rule: SourceRule) -> list[tuple[str, str]]:
    """Return the keys of a rule that its decoder does not ask for, or lacks, with the reasons."""
    said = (
        (PROTOBUF, "descriptor_set", rule.descriptor_set),
        (PROTOBUF, "message", rule.message),
        (STRUCT, "field", rule.fields),
        (STRUCT, "endianness", rule.endianness != LITTLE),
        (STRUCT, "longer", rule.longer),
    )
    found = [
        (key, f"only the decoder {asks} asks for it, and this one is {rule.decoder}")
        for asks, key, value in said
        if value and rule.decoder != asks
    ]
    if rule.decoder == PROTOBUF:
        found += [
            (key, f"the decoder {PROTOBUF} needs it") for asks, key, value in said if asks == PROTOBUF and not value
        ]
    if rule.metrics and rule.decoder in _WITHOUT_DOCUMENTS:
        found.append(("metric", f"the decoder {rule.decoder} reads no document that a path leads into"))
    return found
