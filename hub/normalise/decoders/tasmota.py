"""Tasmota: telemetry, results and states of devices with this firmware, and of Zigbee devices behind its bridges.

References:
    Normalisation section 3; Tasmota documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.normalise import times
from hub.normalise.content import Document
from hub.normalise.decoders import tasmota_about
from hub.normalise.decoders.documents import flattened, mapping, said, scalar, text
from hub.normalise.decoders.protocol import About, Claim, Decoded, Skip, Topic, nothing
from hub.normalise.decoders.tasmota_topics import COMMAND, Place, place
from hub.normalise.decoders.tasmota_units import dialect, zigbee_dialect
from hub.normalise.flatten import Flattener
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Sample, Step

_READINGS = "3 Tasmota: the levels beside the prefix are the device, keys are metrics, the last level is the kind"
_WRAPPED = "3 Tasmota: a status with readings, without the object around them"
_WILL = "3 Tasmota LWT: whether the device is connected"
_DESCRIPTION = "3 Tasmota INFO and STATUS describe the device and hold no readings"
_DISCOVERY = "3 Tasmota discovery entries describe the device and say where it publishes"

_STATUS = re.compile(r"STATUS\d*", re.ASCII)
_INFO = re.compile(r"INFO\d*", re.ASCII)
_WITH_READINGS = frozenset({"STATUS8", "STATUS10", "STATUS11"})
_WRAPPERS = ("StatusSNS", "StatusSTS")
_ZIGBEE, _WILL_KIND = "ZbReceived", "LWT"
_DISCOVERED = ("tasmota", "discovery")
_RELAYS = 8
_KINDS = (
    *(_WILL_KIND, "STATE", "SENSOR", "RESULT", _ZIGBEE, *sorted(_WITH_READINGS)),
    *("POWER", *(f"POWER{number}" for number in range(1, _RELAYS + 1))),
)
"""Last levels of topics that may have come before the discovery entry which explains them, or takes them back."""


class Tasmota:
    """Claims topics with the levels ``tele``, ``stat`` or ``cmnd``, and those that discovery entries announce."""

    name = "tasmota"

    def __init__(self) -> None:
        self._entries = tasmota_about.Entries()

    @property
    def kept(self) -> int:
        """How many discovery entries."""
        return len(self._entries)

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a Tasmota topic are read.

        Args:
            topic: to be claimed.
        """
        levels = topic.levels
        if levels[:2] == _DISCOVERED and len(levels) == len(_DISCOVERED) + 2:
            reader = self._read_entry if levels[-1] == "config" else nothing
            return Claim(self.name, _DISCOVERY, reader)
        found, words = self._meaning(topic)
        if found == COMMAND:
            return Claim(self.name, "3 Tasmota commands tell nothing", nothing)
        return None if found is None else self._claim(found, words)

    def _meaning(self, topic: Topic) -> tuple[Place | None, dict[str, Status]]:
        """Return what a topic says by the discovery entries that are known now, and the words if it is a will's."""
        start, _, last = topic.name.rpartition("/")
        if self._entries.commands(start):
            return COMMAND, {}
        entry = self._entries.reports(start)
        found = place(topic.levels) if entry is None else Place(entry.topic.device, last)
        if last.upper() != _WILL_KIND:
            return found, {}
        return found, tasmota_about.USUAL_WORDS if entry is None else dict(entry.words)

    def _claim(self, found: Place, words: dict[str, Status]) -> Claim:
        """Return how one kind of message of a device is read."""
        kind, device = found.kind.upper(), found.device
        if kind == _WILL_KIND:
            return Claim(self.name, _WILL, lambda message: said(message, device, words))
        if kind in _WITH_READINGS:
            return Claim(self.name, _WRAPPED, _Device(device, ()).read_wrapped, planned=True)
        if _STATUS.fullmatch(kind) or _INFO.fullmatch(kind):
            return Claim(self.name, _DESCRIPTION, lambda message: _described(message, device))
        reader = _Device(device, (snake_case(found.kind),))
        return Claim(self.name, _READINGS, reader.read_zigbee if found.kind == _ZIGBEE else reader.read, planned=True)

    def _read_entry(self, message: Message) -> Decoded:
        """Return what a discovery entry tells, and the topics that it explains."""
        members = mapping(message)
        if isinstance(members, Rejection):
            return Decoded(undecoded=members)
        address = message.topic.levels[-2]
        entry = tasmota_about.entry(members)
        if members and entry is None:
            return Decoded()
        decoded = Decoded() if message.trial else self._replace(address, entry)
        if entry is not None:
            decoded.about.append(tasmota_about.of_entry(members, entry.topic.device))
        return decoded

    def _replace(self, address: str, entry: tasmota_about.Entry | None) -> Decoded:
        """Keep a device's entry, or none of it any more; return the topics that are read differently from now on."""
        before = self._entries.of(address)
        if before == entry:
            return Decoded()
        topics = [Topic(name) for name in dict.fromkeys(_topics(before, entry))]
        meant = list(map(self._meaning, topics))
        if entry is None:
            self._entries.drop(address)
        elif (rejection := self._entries.put(address, entry)) is not None:
            return Decoded(rejections=[rejection])
        changed = [topic.name for topic, meaning in zip(topics, meant, strict=True) if self._meaning(topic) != meaning]
        told = frozenset(_topics(entry))
        left = tuple(name for name in changed if name not in told)
        return Decoded(renewed=tuple(name for name in changed if name in told), reclaimed=left)


def _topics(*entries: tasmota_about.Entry | None) -> Iterator[str]:
    """Yield the topics that discovery entries tell of."""
    for entry in filter(None, entries):
        for start in (*entry.topic.reports, entry.topic.commands):
            yield from (f"{start}/{kind}" for kind in _KINDS)


def _described(message: Message, device: str) -> Decoded:
    """Return what a device tells about itself; whatever else it tells there is configuration."""
    content = message.content
    members = content.root if isinstance(content, Document) else None
    about = tasmota_about.of_report(members, device) if isinstance(members, dict) else None
    return Decoded() if about is None else Decoded(about=[about])


@dataclass(frozen=True, slots=True)
class _Device:
    """Reads one kind of message of one device.

    Args:
        device: its id.
        parts: of the metric's name where the message is one value.
    """

    device: str
    parts: tuple[str, ...]

    def read(self, message: Message) -> Decoded:
        """Return what a message says: a document, or one value."""
        content = message.content if message.payload else None
        if not isinstance(content, Document):
            return scalar(message, self.device, self.parts, dialect({}))
        if isinstance(content.root, dict):
            return self._document(content.root)
        return flattened(content.root, self.device, dialect({}))

    def read_wrapped(self, message: Message) -> Decoded:
        """Return what a status says; the object around it has its name and no meaning."""
        members = mapping(message)
        if isinstance(members, Rejection):
            return Decoded(undecoded=members)
        reader = _Reader(self.device)
        wrapped = [(key, inner) for key, inner in members.items() if key in _WRAPPERS and isinstance(inner, dict)]
        for key, inner in wrapped:
            reader.add(inner, ((None, key),))
        return reader.decoded() if wrapped else _unplanned(self._document(members))

    def read_zigbee(self, message: Message) -> Decoded:
        """Return what Zigbee devices say whose bridge has a topic for them."""
        members = mapping(message)
        if isinstance(members, Rejection):
            return Decoded(undecoded=members)
        reader = _Reader(self.device)
        reader.add_received(members, (), None)
        return reader.decoded()

    def _document(self, members: dict[str, Json]) -> Decoded:
        """Return what a document says."""
        reader = _Reader(self.device)
        reader.add(members, ())
        return reader.decoded()


@dataclass(slots=True)
class _Reader:
    """Takes a message apart: values of the device itself, and of Zigbee devices behind it.

    Args:
        device: its id.
        flattener: has read so much of the message.
        about: what the devices behind it tell of themselves.
    """

    device: str
    flattener: Flattener = field(init=False)
    about: list[About] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing read."""
        self.flattener = Flattener(self.device)

    def add(self, members: dict[str, Json], path: tuple[Step, ...]) -> None:
        """Append the values of a document.

        Args:
            members: of the document.
            path: how it is reached.
        """
        own, passed = _dated(members)
        received = own.pop(_ZIGBEE) if isinstance(own.get(_ZIGBEE), dict) else None
        flattener = self.flattener
        before = len(flattener.samples)
        flattener.device, flattener.dialect = self.device, dialect(own)
        flattener.add(own, path=path)
        flattener.skipped += [Skip((*path, step)) for step in passed]
        if isinstance(received, dict):
            key = next((key for key in ("Epoch", "Time") if key in own), None)
            time_us = None if key is None else times.parse(own[key])
            later = _later(flattener.samples[before:], members, len(path))
            del flattener.samples[len(flattener.samples) - len(later) :]
            self.add_received(received, (*path, (key, _ZIGBEE)), time_us)
            flattener.samples += later

    def add_received(self, received: dict[str, Json], path: tuple[Step, ...], time_us: int | None) -> None:
        """Append the values of devices by their address or name, or of the one that the topic names.

        Args:
            received: by device; or the values themselves, if the bridge leaves the device out.
            path: how they are reached.
            time_us: when they were received, as the bridge says.
        """
        if not all(isinstance(members, dict) for members in received.values()):
            self._add_device(received, self.device, path, time_us)
            return
        if self.flattener.has_room_for(received):
            for address, members in received.items():
                if isinstance(members, dict):
                    self._add_device(members, f"{self.device}/{address}", (*path, (None, address)), time_us)

    def decoded(self) -> Decoded:
        """Return all that was read."""
        flattener = self.flattener
        return Decoded(flattener.samples, flattener.skipped, about=self.about, rejections=flattener.rejections)

    def _add_device(self, members: dict[str, Json], device: str, path: tuple[Step, ...], time_us: int | None) -> None:
        """Append the values of one Zigbee device."""
        self.flattener.device, self.flattener.dialect = device, zigbee_dialect(members)
        self.flattener.add(members, time_us=time_us, path=path)
        name, address = text(members.get("Name")), text(members.get("Device"))
        if name or address:
            self.about.append(About(device, name=name or None, info=(("address", address),) if address else ()))


def _later(samples: list[Sample], members: dict[str, Json], depth: int) -> list[Sample]:
    """Return the last samples, those of keys behind ``ZbReceived``: a plan reads keys in the document's order too.

    Args:
        samples: of the other keys, in order.
        members: of the document.
        depth: how many steps lead to it.
    """
    keys = list(members)
    behind = frozenset(keys[keys.index(_ZIGBEE) + 1 :])
    first = next(
        (place for place, one in enumerate(samples) if one.path and {key for _, key in one.path[depth:][:1]} & behind),
        len(samples),
    )
    return samples[first:]


def _unplanned(decoded: Decoded) -> Decoded:
    """Return what was read of a status that lacks the usual object, so that no plan is learnt from it."""
    decoded.samples = [sample._replace(path=None) for sample in decoded.samples]
    decoded.skipped = []
    return decoded


def _dated(members: dict[str, Json]) -> tuple[dict[str, Json], list[Step]]:
    """Return a document with at most one key that tells the time, and the steps to what a plan may pass by.

    ``Epoch`` wins over ``Time``. What is no time under these keys says nothing.
    """
    own: dict[str, Json] = dict(members)
    passed: list[Step] = []
    if "Epoch" in own and times.parse(own["Epoch"]) is None:
        del own["Epoch"]
    if "Time" in own:
        if "Epoch" in own:
            passed.append(("Epoch", "Time"))
            del own["Time"]
        elif times.parse(own["Time"]) is None:
            del own["Time"]
    return own, passed
