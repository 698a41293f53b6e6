"""AWS IoT device shadows: what a thing reports, never what somebody desires.

References:
    Normalisation section 2; AWS IoT Core developer guide, Device Shadow MQTT topics and documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.decoders.documents import mapping
from hub.normalise.decoders.protocol import Claim, Decoded, nothing
from hub.normalise.flatten import Dialect, Flattener

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Step, Topic

_REPORTS = (("update",), ("update", "accepted"), ("get", "accepted"))
_DOCUMENTS = ("update", "documents")
_REPORTED = Dialect(time_keys=())


class AwsShadow:
    """Claims ``$aws/…``."""

    name = "aws"

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of AWS IoT's reserved topics are read.

        Args:
            topic: to be claimed.
        """
        match topic.levels:
            case ("$aws", "things", thing, "shadow", "name", shadow, *rest):
                device = f"{thing}/{shadow}"
            case ("$aws", "things", device, "shadow", *rest):
                pass
            case ("$aws", *_):
                return Claim(self.name, "2 AWS IoT topics other than shadows tell nothing", nothing)
            case _:
                return None
        kind = tuple(rest)
        if kind in _REPORTS:
            return Claim(self.name, "2 AWS IoT shadow: state.reported", _Shadow(device).read_report)
        if kind == _DOCUMENTS:
            return Claim(self.name, "2 AWS IoT shadow: current.state.reported", _Shadow(device).read_documents)
        return Claim(self.name, "2 AWS IoT shadow: what is desired, refused or deleted is no reading", nothing)


@dataclass(frozen=True, slots=True)
class _Shadow:
    """One shadow of one thing."""

    device: str

    def read_report(self, message: Message) -> Decoded:
        """Return what the thing reports."""
        root = mapping(message)
        return Decoded(undecoded=root) if isinstance(root, Rejection) else self._read(root, root.get("timestamp"))

    def read_documents(self, message: Message) -> Decoded:
        """Return what the thing reports after a change."""
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        current = root.get("current")
        return self._read(current, root.get("timestamp")) if isinstance(current, dict) else Decoded()

    def _read(self, document: dict[str, Json], timestamp: Json) -> Decoded:
        """Return the reported state of a shadow document; no such state is no error."""
        state = document.get("state")
        reported = state.get("reported") if isinstance(state, dict) else None
        if not isinstance(reported, (dict, list)):
            return Decoded()
        metadata = document.get("metadata")
        stamps = metadata.get("reported") if isinstance(metadata, dict) else None
        flattener = Flattener(self.device, _REPORTED, None if stamps is None else _Stamps(stamps).time_of)
        flattener.add(reported, time_us=times.parse(timestamp))
        return Decoded(flattener.samples, rejections=flattener.rejections)


@dataclass(frozen=True, slots=True)
class _Stamps:
    """The metadata of a reported state: the same shape, with a timestamp for each value."""

    root: Json

    def time_of(self, path: tuple[Step, ...]) -> int | None:
        """Return when a value was reported, None if the metadata does not tell."""
        node = self.root
        for _, key in path:
            if isinstance(node, dict) and isinstance(key, str):
                node = node.get(key)
            elif isinstance(node, list) and isinstance(key, int) and key < len(node):
                node = node[key]
            else:
                return None
        return times.parse(node.get("timestamp")) if isinstance(node, dict) else None
