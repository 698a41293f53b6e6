"""Home Assistant's MQTT discovery: entries that explain the topics of others.

An entry never is a reading. It says whose values a topic tells, how they are taken out of its messages, and their
units; so this decoder claims the entries' own topics, and explains all others to the router.

References:
    Normalisation section 6; Home Assistant, MQTT integration: discovery.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from hub.core.model import Rejection
from hub.normalise.decoders.bases import cleaned
from hub.normalise.decoders.documents import mapping
from hub.normalise.decoders.generic import JSON, PLAIN
from hub.normalise.decoders.home_assistant_config import Place, entry
from hub.normalise.decoders.home_assistant_entries import Entries
from hub.normalise.decoders.home_assistant_explained import ExplainedOther, ExplainedState
from hub.normalise.decoders.home_assistant_keys import COMPONENTS, DEVICE_COMPONENT
from hub.normalise.decoders.home_assistant_paths import reads
from hub.normalise.decoders.home_assistant_statuses import Statuses
from hub.normalise.decoders.home_assistant_templates import Templates
from hub.normalise.decoders.protocol import Claim, Decoded, nothing

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Find, Message, Topic

DISCOVERY_PREFIX: Final = "homeassistant"
"""What Home Assistant and all devices are set to unless somebody changes it."""

_ENTRY = "6 Home Assistant discovery: an entry explains topics and is no reading"
_SILENT = "6 Home Assistant discovery: topics of commands and pictures tell nothing"
_STATE = "6 Home Assistant discovery: the entry names the device, template paths and object ids are metrics"
_AVAILABILITY = "6 Home Assistant discovery: availability is the status of the device"
_CONFIG: Final = "config"
_MIGRATING: Final = ("migrate_discovery", "migr_discvry")
"""The announcement that an entry will be told anew as a part of a device's: until then it holds."""
_LENGTHS: Final = (3, 4)
"""Levels of an entry's topic after the prefix: ``<component>/[<node>/]<object>/config``."""


class HomeAssistant:
    """Claims discovery entries, and explains the topics that they name.

    Args:
        bases: discovery prefixes.
    """

    name = "homeassistant"

    def __init__(self, bases: tuple[str, ...] = (DISCOVERY_PREFIX,)) -> None:
        self._prefixes = sorted((tuple(name.split("/")) for name in cleaned(bases)), key=len, reverse=True)
        self._entries = Entries()
        self._templates = Templates()
        self._statuses = Statuses(self.name, self._entries, self._templates)

    @property
    def kept(self) -> int:
        """How many values are known from entries."""
        return len(self._entries)

    def claim(self, topic: Topic) -> Claim | None:
        """Return how entries are read, None for any other topic.

        Args:
            topic: to be claimed.
        """
        place = self._place(topic)
        return None if place is None else Claim(self.name, _ENTRY, partial(self._read, place=place))

    def explanation(self, topic: Topic, claim: Claim, find: Find) -> Claim:
        """Return how the messages of a topic are read with what entries say of it.

        Args:
            topic: to be claimed.
            claim: of whoever reads it otherwise.
            find: returns that claim for any topic.
        """
        self._statuses.find = find
        name = topic.name
        self._statuses.note(name, claim)
        is_state, is_watched = self._entries.is_state(name), self._entries.watched(name) is not None
        if claim.decoder not in (JSON, PLAIN):
            if not (is_state or is_watched) or claim.decoder == self.name:
                return claim
            other = ExplainedOther(claim, self._entries, self._statuses)
            return replace(claim, read=other.read, planned=claim.planned and not is_watched)
        if is_state:
            reader = ExplainedState(self._entries, self._statuses, self._templates)
            planned = not is_watched and all(reads(use.template).plain for use in self._entries.uses(name))
            return Claim(self.name, _STATE, reader.read, planned=planned)
        if is_watched:
            return Claim(self.name, _AVAILABILITY, self._statuses.read)
        if self._entries.is_silent(name):
            return Claim(self.name, _SILENT, nothing)
        return claim

    def _place(self, topic: Topic) -> Place | None:
        """Return where an entry lies, None if a topic is none of an entry."""
        levels = topic.levels
        if levels[-1] != _CONFIG:
            return None
        for prefix in self._prefixes:
            rest = levels[len(prefix) :]
            if levels[: len(prefix)] == prefix and len(rest) in _LENGTHS:
                return Place(prefix, rest[0], rest[-2])
        return None

    def _read(self, message: Message, place: Place) -> Decoded:
        """Remember what an entry says, and return the topics that it explains."""
        if self._entries.knows(message.topic.name, message.payload):
            return Decoded()
        members = mapping(message)
        if isinstance(members, Rejection):
            return Decoded(undecoded=members)
        if place.component not in COMPONENTS and place.component != DEVICE_COMPONENT:
            return Decoded()
        if any(members.get(key) is True for key in _MIGRATING):
            return Decoded()
        found, rejections = entry(place, members, self._templates)
        decoded = Decoded(rejections=rejections)
        if message.trial:
            return decoded
        change = self._entries.put(message.topic.name, found, message.payload)
        if change.rejection is not None:
            decoded.rejections.append(change.rejection)
        decoded.renewed = tuple(dict.fromkeys(change.renewed))
        decoded.reclaimed = tuple(dict.fromkeys(change.reclaimed))
        self._statuses.tell(change.watches, decoded)
        return decoded
