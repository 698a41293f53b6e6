"""Azure IoT Hub: device-to-cloud messages and reported properties of a twin.

References:
    Normalisation section 2; Azure IoT Hub, Communicate with an IoT hub using the MQTT protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from hub.core.model import Rejection
from hub.normalise import content
from hub.normalise.content import Document, Text
from hub.normalise.decoders import plain
from hub.normalise.decoders.protocol import Claim, Decoded, nothing
from hub.normalise.flatten import Flattener
from hub.normalise.names import NAMELESS, SELF

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message, Topic

_CONTENT_TYPE = "$.ct"
_REPORTED = "2 Azure twin: reported properties"


class AzureIotHub:
    """Claims ``devices/<id>/messages/…`` and ``$iothub/…``."""

    name = "azure"

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of Azure IoT Hub's topics are read.

        Args:
            topic: to be claimed.
        """
        match topic.levels:
            case ("devices", device, "messages", "events", *bag) if device:
                reader = _Reader(device, _content_type("/".join(bag)))
                return Claim(self.name, "2 Azure device-to-cloud message", reader.read, planned=True)
            case ("devices", _, "messages", "devicebound", *_):
                return Claim(self.name, "2 Azure cloud-to-device messages tell nothing", nothing)
            case ("$iothub", "twin", "PATCH", "properties", "reported", *_):
                return Claim(self.name, _REPORTED, _Reader(SELF, "application/json").read, planned=True)
            case ("$iothub", *_):
                return Claim(self.name, "2 Azure requests and desired properties tell nothing", nothing)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the messages of one device.

    Args:
        device: its id.
        content_type: as the topic tells it, for messages without MQTT 5's property.
    """

    device: str
    content_type: str

    def read(self, message: Message) -> Decoded:
        """Return what a message says."""
        if not message.payload:
            return Decoded()
        found = message.content if message.content_type else content.read(message.payload, self.content_type)
        match found:
            case Document(root):
                flattener = Flattener(self.device)
                flattener.add(root)
                return Decoded(flattener.samples, rejections=flattener.rejections)
            case Text(text):
                return Decoded([plain.sample(text, self.device, NAMELESS)])
            case Rejection():
                return Decoded(undecoded=found)


def _content_type(bag: str) -> str:
    """Return the content type that a topic's property bag tells, empty if it tells none."""
    for pair in bag.removeprefix("?").split("&"):
        key, _, value = pair.partition("=")
        if unquote_plus(key) == _CONTENT_TYPE:
            return unquote_plus(value)
    return ""
