"""The decoder for every topic that no other one claims: documents by the rules for JSON, the rest by those for texts.

References:
    Normalisation G9, G10, G11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise.content import Document, Lines, Text
from hub.normalise.decoders import json, plain
from hub.normalise.decoders.protocol import Claim, Decoded, nothing
from hub.normalise.names import COMMAND_LEVELS, STATUS_LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.normalise.decoders.protocol import Format, Message, Topic

JSON, PLAIN = "json", "plain"
_JSON_RULE = "G11 generic JSON: the topic is the device, keys are metrics"
_PLAIN_RULE = "G9 plain topic: all levels but the last are the device, the last is the metric"
_NO_LINES = Rejection(
    "unsupported_format", "This is InfluxDB line protocol, and no decoder that reads it is switched on."
)


class Generic:
    """Claims every topic.

    Args:
        off: of ``json`` and ``plain``, what is switched off.
        formats: what is recognised by the payload, whatever the topic; the first that does reads it.
    """

    name = JSON

    def __init__(self, *, off: frozenset[str] = frozenset(), formats: Sequence[Format] = ()) -> None:
        self._off = off
        self._formats = {form.name: form for form in formats}
        self._telling = frozenset().union(*(form.telling for form in formats))

    def claim(self, topic: Topic) -> Claim:
        """Return how messages of any topic are read.

        Args:
            topic: to be claimed.
        """
        last = topic.levels[-1].lower()
        if last in COMMAND_LEVELS and len(topic.levels) > 1:
            return Claim(PLAIN, f"G9 topics that end in /{last} ask a device for something", nothing)
        guarded = last in STATUS_LEVELS
        return Claim(PLAIN, _PLAIN_RULE, self.read, planned=True, guarded=guarded, telling=self._telling)

    def claim_for(self, name: str, topic: Topic) -> Claim:
        """Return how messages of a topic are read that somebody gave to a format, or to the generic rules.

        Args:
            name: of a format: what it does not recognise is read by the rules for any topic.
            topic: to be claimed.
        """
        if name not in self._formats:
            return self.claim(topic)
        return Claim(name, f"the configuration gives this topic to {name}", self.read)

    def read(self, message: Message) -> Decoded:
        """Return what a message says.

        Args:
            message: of any topic.
        """
        for form in self._formats.values() if message.payload else ():
            decoded = form.recognise(message)
            if decoded is not None:
                decoded.decoder = decoded.decoder or form.name
                return decoded
        decoded = read(message)
        if decoded.decoder in self._off:
            return Decoded(undecoded=Rejection("switched_off", f"The decoder {decoded.decoder} is switched off."))
        return decoded


def read(message: Message) -> Decoded:
    """Return what a message says that is of no ecosystem; for decoders too whose topics may be anybody's.

    Args:
        message: of any topic.
    """
    if not message.payload:
        return Decoded(rule="G9 an empty payload takes a retained message back")
    content = message.content
    match content:
        case Document(root):
            decoded, decoded.decoder, decoded.rule = json.read(root, message.topic), JSON, _JSON_RULE
        case Lines():
            decoded = Decoded(undecoded=_NO_LINES)
        case Text(text):
            decoded, decoded.decoder, decoded.rule = plain.read(text, message.topic), PLAIN, _PLAIN_RULE
        case Rejection():
            decoded = Decoded(undecoded=content)
    return decoded
