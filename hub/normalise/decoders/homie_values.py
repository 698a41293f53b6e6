"""The values of Homie properties: by what they are described as, else by what they look like.

References:
    Normalisation section 7, G5; the Homie convention 5.0, Payloads and Empty string values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise.content import Document, Text
from hub.normalise.decoders.documents import text_of
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import Dialect, Flattener
from hub.normalise.names import metric_name
from hub.normalise.values import classify, number

if TYPE_CHECKING:
    from hub.core.model import Value as Held
    from hub.normalise.content import Json
    from hub.normalise.decoders.homie_devices import Property
    from hub.normalise.decoders.protocol import Message

EMPTY = b"\0"
"""How an empty text is sent, since MQTT takes an empty payload for a deletion."""

_NUMBERS = frozenset({"integer", "float"})
_DOCUMENTS = frozenset({None, "json"})
_BOOLEANS = {"true": True, "false": False, "on": True, "off": False, "1": True, "0": False}
_INTEGER = re.compile(r"[+-]?\d{1,400}", re.ASCII)
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Value:
    """Reads the values of one property.

    Args:
        device: the ecosystem's own id.
        parts: of the metric's name.
        told: what the property holds, as far as somebody told.
    """

    device: str
    parts: tuple[str, ...]
    told: Property

    @property
    def is_text(self) -> bool:
        """True if what looks like a number need not be one."""
        return self.told.datatype not in _NUMBERS and self.told.datatype not in _DOCUMENTS

    def read(self, message: Message) -> Decoded:
        """Return the value that a message holds.

        Args:
            message: of the property's own topic.
        """
        if message.payload in (b"", EMPTY):
            return Decoded()
        if self.told.datatype in _DOCUMENTS:
            return self._as_it_looks(message)
        text = text_of(message)
        if isinstance(text, Rejection):
            return Decoded(undecoded=text)
        if self.told.datatype in _NUMBERS:
            held = _number(text.strip(), self.told.datatype)
        elif self.told.datatype == "boolean":
            held = _boolean(text.strip())
        else:
            return Decoded(samples=[self._sample(text)])
        if isinstance(held, str):
            shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
            detail = f"The property is described as {self.told.datatype}, but this is {shown!r}."
            return Decoded(undecoded=Rejection("not_as_described", detail))
        return Decoded(samples=[self._sample(held)])

    def _as_it_looks(self, message: Message) -> Decoded:
        """Return what a property holds that nobody described, or that is described as a document."""
        match message.content:
            case Rejection() as rejection:
                return Decoded(undecoded=rejection)
            case Document(root):
                return self._document(root)
            case Text(text):
                return Decoded(samples=[self._sample(classify(text, self.parts[-1]))])

    def _document(self, root: Json) -> Decoded:
        """Return the values of a document."""
        flattener = Flattener(self.device, Dialect(unit_of=self._unit_of))
        flattener.add(root, parts=self.parts, path=())
        return Decoded(flattener.samples, skipped=flattener.skipped, rejections=flattener.rejections)

    def _unit_of(self, _: tuple[str, ...]) -> str | None:
        """Return the unit of all numbers of the property."""
        return self.told.unit

    def _sample(self, held: Held | None) -> Sample:
        """Return the one sample of a message; None is no value, which a plan learns too."""
        return Sample(self.device, metric_name(self.parts), held, self.told.unit, path=())


def _number(text: str, datatype: str | None) -> Held | None:
    """Return a number, None for no value, or the text itself if it is neither."""
    held = number(text, or_else=text)
    if held is text:
        held = int(text) if _INTEGER.fullmatch(text) else _nothing_or(text)
    return float(held) if datatype == "float" and type(held) is int and abs(held) < 2**53 else held


def _boolean(text: str) -> Held | None:
    """Return a boolean, None for no value, or the text itself if it is neither."""
    held = _BOOLEANS.get(text.lower())
    return _nothing_or(text) if held is None else held


def _nothing_or(text: str) -> str | None:
    """Return a text, None for a word that means that there is no value."""
    return None if classify(text, "") is None else text
