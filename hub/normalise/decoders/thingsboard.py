"""ThingsBoard's device and gateway topics.

References:
    Normalisation section 2; ThingsBoard MQTT device API and MQTT gateway API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.normalise.content import Document
from hub.normalise.decoders.protocol import Claim, Decoded, Said, nothing
from hub.normalise.flatten import Flattener
from hub.normalise.names import SELF

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Topic

_DEVICE, _GATEWAY = ("v1", "devices", "me"), ("v1", "gateway")


class ThingsBoard:
    """Claims ``v1/devices/me/…`` and ``v1/gateway/…``."""

    name = "thingsboard"

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of ThingsBoard's topics are read.

        Args:
            topic: to be claimed.
        """
        reader = _READERS.get(topic.levels)
        if reader is not None:
            rule = f"2 ThingsBoard {topic.levels[1]}: {topic.levels[-1]}"
            return Claim(self.name, rule, reader, planned=reader is read_own)
        if topic.levels[:3] == _DEVICE or topic.levels[:2] == _GATEWAY:
            return Claim(self.name, "2 ThingsBoard requests and responses tell nothing", nothing)
        return None


def read_own(message: Message) -> Decoded:
    """Return the readings of the device that is the session itself.

    Args:
        message: a document, or an array of samples.
    """
    root = _document(message)
    if isinstance(root, Rejection):
        return Decoded(undecoded=root)
    flattener = Flattener(SELF)
    flattener.add(root)
    return Decoded(flattener.samples, rejections=flattener.rejections)


def read_gateway(message: Message) -> Decoded:
    """Return the readings of the devices behind a gateway.

    Args:
        message: an object with samples by device.
    """
    root = _document(message)
    if isinstance(root, Rejection):
        return Decoded(undecoded=root)
    if not isinstance(root, dict):
        return Decoded(undecoded=Rejection("unexpected_shape", "A gateway sends an object with its devices as keys."))
    flattener = Flattener(SELF)
    odd = 0
    for device, samples in root.items() if flattener.has_room_for(root) else ():
        if isinstance(samples, (dict, list)):
            flattener.device = device
            flattener.add(samples)
        else:
            odd += 1
    if odd:
        detail = f"A device has an object or an array; {odd} of {len(root)} have neither."
        flattener.rejections.append(Rejection("unexpected_shape", detail))
    return Decoded(flattener.samples, rejections=flattener.rejections)


def _read_connect(message: Message) -> Decoded:
    """Return which device connected to its gateway."""
    return _said(message, Status.ONLINE)


def _read_disconnect(message: Message) -> Decoded:
    """Return which device left its gateway."""
    return _said(message, Status.OFFLINE)


def _said(message: Message, status: Status) -> Decoded:
    """Return the status of the device that a gateway names."""
    root = _document(message)
    if isinstance(root, Rejection):
        return Decoded(undecoded=root)
    device = root.get("device") if isinstance(root, dict) else None
    if not isinstance(device, str) or not device:
        return Decoded(undecoded=Rejection("unexpected_shape", 'A gateway names the device: {"device": "…"}.'))
    return Decoded(statuses=[Said(device, status, "gateway")])


def _document(message: Message) -> dict[str, Json] | list[Json] | Rejection:
    """Return a message's document, or why it has none."""
    if not message.payload:
        return {}
    content = message.content
    if isinstance(content, Document):
        return content.root
    if isinstance(content, Rejection):
        return content
    return Rejection("unexpected_shape", "ThingsBoard's topics carry JSON objects and arrays.")


_READERS: dict[tuple[str, ...], Callable[[Message], Decoded]] = {
    (*_DEVICE, "telemetry"): read_own,
    (*_DEVICE, "attributes"): read_own,
    (*_GATEWAY, "telemetry"): read_gateway,
    (*_GATEWAY, "attributes"): read_gateway,
    (*_GATEWAY, "connect"): _read_connect,
    (*_GATEWAY, "disconnect"): _read_disconnect,
}
