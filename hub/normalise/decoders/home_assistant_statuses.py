"""Statuses: which devices are there, by what discovery says of availability.

References:
    Normalisation section 6, rule 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from hub.core.model import Rejection, Status
from hub.normalise.decoders.generic import JSON, PLAIN
from hub.normalise.decoders.home_assistant_availability import MAX_STATUSES, status
from hub.normalise.decoders.home_assistant_rendering import Rendering
from hub.normalise.decoders.protocol import Decoded, Said, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.normalise.decoders.home_assistant_availability import Check, Verdict, Watch
    from hub.normalise.decoders.home_assistant_entries import Entries
    from hub.normalise.decoders.home_assistant_templates import Templates
    from hub.normalise.decoders.protocol import Claim, Find, Message

Home: TypeAlias = tuple[str, str]
"""A decoder and one of its devices."""

MAX_KNOWN: Final = 50_000
"""Topics of which is known who reads them, or whose values they tell; all are forgotten when there are more."""


class Statuses:
    """Tells whether devices are there, under the name that their ecosystem gives them.

    Args:
        name: of the decoder whose devices are those that entries describe.
        entries: that are known.
        templates: that are kept ready.
    """

    def __init__(self, name: str, entries: Entries, templates: Templates) -> None:
        self.name = name
        self._entries = entries
        self._templates = templates
        self._readers: dict[str, tuple[str, str | None]] = {}
        self._told: dict[str, Home] = {}
        self._spoken = 0
        self.find: Find | None = None
        """Returns who reads a topic that no entry explains; the router gives it."""

    def read(self, message: Message) -> Decoded:
        """Return whether devices are there, by a message on a topic of availability.

        Args:
            message: of the topic.
        """
        name = message.topic.name
        watched = self._entries.watched(name)
        decoded = Decoded()
        if watched is None or not message.payload:
            return decoded
        rendering = Rendering(message, self._templates)
        checks = watched.checks(name)
        self._spoken += 1
        said: dict[Check, Verdict] = {
            check: (self._spoken, verdict) for check in checks if (verdict := check.verdict(rendering)) is not None
        }
        if not message.trial:
            known = {**watched.verdicts, **said}
            watched.verdicts = {check: known[check] for check in checks if check in known}
        asked = [watch for watch in watched.watches if not said.keys().isdisjoint(watch.availability.checks)]
        return self._tell(asked, decoded, said)

    def tell(self, watches: Iterable[Watch], decoded: Decoded) -> None:
        """Append whether devices are there whose entries came after the word that says so.

        Args:
            watches: of the entries.
            decoded: of the entry; takes the statuses.
        """
        self._tell(watches, decoded, {})

    def note(self, topic: str, claim: Claim) -> None:
        """Take note that a topic is claimed anew: its ecosystem may have learnt of it only now.

        Args:
            topic: its name.
            claim: of whoever reads it otherwise than by entries.
        """
        if topic in self._readers or self._entries.is_state(topic):
            self._readers[topic] = claim.decoder, claim.device

    def learn(self, topic: str, claim: Claim, decoded: Decoded) -> None:
        """Remember whose values a topic of another ecosystem tells, and append whether that device is there.

        Args:
            topic: its name.
            claim: of its decoder.
            decoded: what a message of it says; takes the status.
        """
        devices = {sample.device for sample in decoded.samples if sample.value is not None}
        if len(devices) != 1 or claim.device is not None or decoded.statuses:
            return
        source = decoded.decoder or claim.decoder
        home = source, devices.pop()
        watches = self._entries.watches_of(topic)
        if self._told.get(topic) == home or not watches:
            return
        if len(self._told) >= MAX_KNOWN:
            self._told.clear()
        self._told[topic] = home
        found = Decoded()
        self._tell(watches, found, {})
        decoded.statuses += found.statuses

    def _tell(self, watches: Iterable[Watch], decoded: Decoded, said: Mapping[Check, Verdict]) -> Decoded:
        """Append the statuses of the devices that are watched; a device is there if any part of it is."""
        found: dict[Home, Status] = {}
        for watch in watches:
            home = self._home(watch)
            if home is None or found.get(home) is Status.ONLINE:
                continue
            known = status(
                watch.availability, lambda check: said.get(check) or self._entries.verdict(check), self._is_heard
            )
            if known is not None:
                found[home] = known
        statuses = [Said(device, known, decoder=source) for (source, device), known in found.items()]
        if len(statuses) > MAX_STATUSES:
            detail = f"The status of {MAX_STATUSES} devices is told by one message, no more."
            decoded.rejections.append(Rejection("too_many", detail))
        decoded.statuses += statuses[:MAX_STATUSES]
        return decoded

    def _home(self, watch: Watch) -> Home | None:
        """Return the device whose availability is watched; None while nobody knows whose values its topic tells."""
        decoder, device = self._reader(watch.topic)
        if decoder in (JSON, PLAIN, self.name):
            return self.name, watch.device
        return self._told.get(watch.topic) if device is None else (decoder, device)

    def _is_heard(self, topic: str) -> bool:
        """Return False for a topic of availability that another ecosystem reads."""
        return self._reader(topic)[0] in (JSON, PLAIN, self.name)

    def _reader(self, topic: str) -> tuple[str, str | None]:
        """Return the decoder of a topic that no entry explains, and the device if the topic alone names it."""
        known = self._readers.get(topic)
        if known is None:
            if self.find is None:
                return self.name, None
            if len(self._readers) >= MAX_KNOWN:
                self._readers.clear()
            claim = self.find(Topic(topic))
            known = self._readers[topic] = (claim.decoder, claim.device)
        return known
