"""Rendering: what templates make of one message.

References:
    Normalisation section 6, rule 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import orjson

from hub.core.model import Rejection
from hub.normalise.compressed import opened
from hub.normalise.content import Document, Text
from hub.normalise.decoders.home_assistant_bounds import Budget
from hub.normalise.decoders.home_assistant_paths import at, has, reads
from hub.normalise.decoders.home_assistant_templates import undefined

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.home_assistant_bounds import Operand
    from hub.normalise.decoders.home_assistant_templates import Templates
    from hub.normalise.decoders.protocol import Message

_NO_JSON: Final = undefined()


@dataclass(slots=True)
class Rendering:
    """One message, as templates see it.

    Args:
        message: the message.
        templates: that are kept ready.
    """

    message: Message
    templates: Templates
    text: str = field(init=False)
    root: Operand = field(init=False)
    _budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        """Look at the message once."""
        payload = opened(self.message.payload)
        self._budget = Budget(len(payload))
        self.text = payload.decode("utf-8", "replace").strip()
        match self.message.content:
            case Document(root):
                self.root = root
            case Text(text):
                self.root = _parsed(payload)
                self.text = text if isinstance(self.root, str) else self.text
            case _:
                self.root = _NO_JSON

    def of(self, template: str) -> str | Json | Rejection:
        """Return what a template makes of the message, None for no value; a Rejection if it fails.

        Args:
            template: usable; empty for the message itself.
        """
        read = reads(template)
        if read.plain:
            if read.paths:
                return at(self.root, read.path)
            return self.text if not isinstance(self.root, (dict, list)) else self.root
        ready = self.templates.ready(template, self._budget)
        if isinstance(ready, Rejection):
            return ready
        if not ready.reads_text and not any(has(self.root, path) for path in read.paths or ((),)):
            return None
        return ready.render(self.text, self.root, self._budget)


def _parsed(payload: bytes) -> Operand:
    """Return the JSON scalar that a payload is, a mark that there is none if it is none."""
    try:
        return orjson.loads(payload)
    except ValueError:
        return _NO_JSON
