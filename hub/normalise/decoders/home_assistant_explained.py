"""Explained topics: what their messages say, by the entries that are known when the first one comes.

References:
    Normalisation section 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.normalise.decoders.home_assistant_overlay import Overlay
from hub.normalise.decoders.home_assistant_states import States

if TYPE_CHECKING:
    from hub.normalise.decoders.home_assistant_entries import Entries
    from hub.normalise.decoders.home_assistant_statuses import Statuses
    from hub.normalise.decoders.home_assistant_templates import Templates
    from hub.normalise.decoders.protocol import Claim, Decoded, Message


class ExplainedState:
    """Reads a topic that is of no other ecosystem.

    Args:
        entries: that are known; when they change, the topic is claimed anew.
        statuses: tells who is there.
        templates: that are kept ready.
    """

    __slots__ = ("_entries", "_states", "_statuses", "_templates")

    def __init__(self, entries: Entries, statuses: Statuses, templates: Templates) -> None:
        self._entries, self._statuses, self._templates = entries, statuses, templates
        self._states: States | None = None

    def read(self, message: Message) -> Decoded:
        """Return the values and the statuses that a message tells.

        Args:
            message: of the topic.
        """
        if self._states is None:
            uses = self._entries.uses(message.topic.name)
            self._states = States(uses, self._entries.shared(uses), self._templates)
        decoded = self._states.read(message)
        said = self._statuses.read(message)
        decoded.statuses = said.statuses
        decoded.rejections += said.rejections
        return decoded


class ExplainedOther:
    """Reads a topic of another ecosystem.

    Args:
        claim: the other's.
        entries: that are known; when they change, the topic is claimed anew.
        statuses: tells who is there.
    """

    __slots__ = ("_claim", "_entries", "_overlay", "_statuses")

    def __init__(self, claim: Claim, entries: Entries, statuses: Statuses) -> None:
        self._claim, self._entries, self._statuses = claim, entries, statuses
        self._overlay: Overlay | None = None

    def read(self, message: Message) -> Decoded:
        """Return what a message says by its own ecosystem, with what discovery adds to it.

        Args:
            message: of the topic.
        """
        if self._overlay is None:
            self._overlay = Overlay(self._claim.read, self._entries.uses(message.topic.name))
        decoded = self._overlay.read(message)
        said = self._statuses.read(message)
        if not decoded.statuses:  # its own ecosystem's word counts more
            decoded.statuses = said.statuses
            decoded.rejections += said.rejections
        if not message.trial:
            self._statuses.learn(message.topic.name, self._claim, decoded)
        return decoded
