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
from hub.normalise.decoders.documents import flattened, mapping, said, scalar
from hub.normalise.decoders.protocol import About, Claim, Decoded, Skip, Topic, nothing
from hub.normalise.decoders.tasmota_topics import COMMAND, Place, place
from hub.normalise.decoders.tasmota_units import dialect, zigbee_dialect
from hub.normalise.flatten import Flattener
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Step

_READINGS = "3 Tasmota: the levels beside the prefix are the device, keys are metrics, the last level is the kind"
_WRAPPED = "3 Tasmota: a status with readings, without the object around them"
_WILL = "3 Tasmota LWT: whether the device is connected"
_DESCRIPTION = "3 Tasmota INFO and STATUS describe the device and hold no readings"
_DISCOVERY = "3 Tasmota discovery entries describe the device and say where it publishes"

_STATUS = re.compile(r"STATUS\d*", re.ASCII)
_INFO = re.compile(r"INFO\d*", re.ASCII)
_WITH_READINGS = frozenset({"STATUS8", "STATUS10", "STATUS11"})
_WRAPPERS = ("StatusSNS", "StatusSTS")
_ZIGBEE = "ZbReceived"
_DISCOVERED = ("tasmota", "discovery")
_RELAYS = 8
_KINDS = (
    *("LWT", "STATE", "SENSOR", "RESULT", _ZIGBEE, *sorted(_WITH_READINGS)),
    *("POWER", *(f"POWER{number}" for number in range(1, _RELAYS + 1))),
)
"""Last levels of topics that may have come before the discovery entry which explains them."""


class Tasmota:
    """Claims topics with the levels ``tele``, ``stat`` or ``cmnd``, and those that discovery entries announce."""

    name = "tasmota"

    def __init__(self) -> None:
        self._entries = tasmota_about.Entries()

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a Tasmota topic are read.

        Args:
            topic: to be claimed.
        """
        levels = topic.levels
        if levels[:2] == _DISCOVERED and len(levels) == len(_DISCOVERED) + 2:
            reader = self._read_entry if levels[-1] == "config" else nothing
            return Claim(self.name, _DISCOVERY, reader)
        start, _, last = topic.name.rpartition("/")
        entry = self._entries.reports(start)
        found = place(levels) if entry is None else Place(entry.topic.device, last)
        if found == COMMAND or self._entries.commands(start):
            return Claim(self.name, "3 Tasmota commands tell nothing", nothing)
        if found is None:
            return None
        return self._claim(found, tasmota_about.USUAL_WORDS if entry is None else dict(entry.words))

    def _claim(self, found: Place, words: dict[str, Status]) -> Claim:
        """Return how one kind of message of a device is read."""
        kind, device = found.kind.upper(), found.device
        if kind == "LWT":
            return Claim(self.name, _WILL, lambda message: said(message, device, words))
        if kind in _WITH_READINGS:
            return Claim(self.name, _WRAPPED, _Device(device, ()).read_wrapped)
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
        if not members:
            if not message.trial:
                self._entries.drop(address)
            return Decoded()
        entry = tasmota_about.entry(members)
        if entry is None:
            return Decoded()
        decoded = Decoded(about=[tasmota_about.of_entry(members, entry.topic.device)])
        news = False if message.trial else self._entries.put(address, entry)
        if isinstance(news, Rejection):
            decoded.rejections.append(news)
        elif news:
            decoded.renewed = tuple(_explained(entry))
        return decoded


def _explained(entry: tasmota_about.Entry) -> Iterator[str]:
    """Yield the topics that are read differently now that a discovery entry is known."""
    changed_words = dict(entry.words) != tasmota_about.USUAL_WORDS
    for start in entry.topic.reports:
        for kind in _KINDS:
            name = f"{start}/{kind}"
            if place(Topic(name).levels) != Place(entry.topic.device, kind) or (changed_words and kind == "LWT"):
                yield name


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
        inner = next((inner for key in _WRAPPERS if isinstance(inner := members.get(key), dict)), members)
        return self._document(inner)

    def read_zigbee(self, message: Message) -> Decoded:
        """Return what Zigbee devices say whose bridge has a topic for them."""
        members = mapping(message)
        if isinstance(members, Rejection):
            return Decoded(undecoded=members)
        behind = _Behind(Flattener(self.device), self.device)
        behind.add(members, (), None)
        return behind.decoded()

    def _document(self, members: dict[str, Json]) -> Decoded:
        """Return what a document says."""
        own, skipped = _dated(members)
        received = own.pop(_ZIGBEE, None) if isinstance(own.get(_ZIGBEE), dict) else None
        flattener = Flattener(self.device, dialect(own))
        flattener.add(own)
        flattener.skipped += skipped
        if not isinstance(received, dict):
            return Decoded(flattener.samples, skipped=flattener.skipped, rejections=flattener.rejections)
        key = next((key for key in ("Epoch", "Time") if key in own), None)
        behind = _Behind(flattener, self.device)
        behind.add(received, ((key, _ZIGBEE),), None if key is None else times.parse(own[key]))
        return behind.decoded()


@dataclass(slots=True)
class _Behind:
    """Reads what the Zigbee devices behind a bridge say.

    Args:
        flattener: has read the rest of the message.
        bridge: the bridge's id.
        about: what they tell of themselves.
    """

    flattener: Flattener
    bridge: str
    about: list[About] = field(default_factory=list)

    def add(self, received: dict[str, Json], path: tuple[Step, ...], time_us: int | None) -> None:
        """Append the values of devices by their address or name, or of the one that the topic names.

        Args:
            received: by device; or the values themselves, if the bridge leaves the device out.
            path: how they are reached.
            time_us: when they were received, as the bridge says.
        """
        if not all(isinstance(members, dict) for members in received.values()):
            self._device(received, self.bridge, path, time_us)
            return
        if self.flattener.has_room_for(received):
            for address, members in received.items():
                if isinstance(members, dict):
                    self._device(members, f"{self.bridge}/{address}", (*path, (None, address)), time_us)

    def decoded(self) -> Decoded:
        """Return all that was read."""
        flattener = self.flattener
        return Decoded(flattener.samples, flattener.skipped, about=self.about, rejections=flattener.rejections)

    def _device(self, members: dict[str, Json], device: str, path: tuple[Step, ...], time_us: int | None) -> None:
        """Append the values of one device; their paths begin where the device stands."""
        flattener = self.flattener
        samples, skipped = len(flattener.samples), len(flattener.skipped)
        flattener.device, flattener.dialect = device, zigbee_dialect(members)
        flattener.add(members)
        flattener.samples[samples:] = [
            sample._replace(path=None if sample.path is None else path + sample.path, time_us=time_us)
            for sample in flattener.samples[samples:]
        ]
        flattener.skipped[skipped:] = [skip._replace(path=path + skip.path) for skip in flattener.skipped[skipped:]]
        name, address = tasmota_about.text(members.get("Name")), tasmota_about.text(members.get("Device"))
        if name or address:
            self.about.append(About(device, name=name or None, info=(("address", address),) if address else ()))


def _dated(members: dict[str, Json]) -> tuple[dict[str, Json], list[Skip]]:
    """Return a document with at most one key that tells the time, and the keys that a plan may pass by without it.

    ``Epoch`` wins over ``Time``. What is no time under these keys says nothing.
    """
    own, skipped = dict(members), []
    if "Epoch" in own and times.parse(own["Epoch"]) is None:
        del own["Epoch"]
    if "Time" in own:
        if "Epoch" in own:
            skipped.append(Skip((("Epoch", "Time"),)))
            del own["Time"]
        elif times.parse(own["Time"]) is None:
            del own["Time"]
    return own, skipped
