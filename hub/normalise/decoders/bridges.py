"""Bridges: a gateway that tells the status of the devices behind it, and whose own end is theirs.

Once a bridge is lost nobody publishes that its devices are unreachable, and the last word about them, ``online``, stays
at the broker for ever. So they are offline with it; when it is back, what they said themselves counts again, and what
never said anything is online with its next reading.

References:
    Home Assistant's entities of Zigbee2MQTT: available only if both bridge and device are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.core.model import Status
from hub.normalise.decoders import documents
from hub.normalise.decoders.protocol import Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.normalise.decoders.protocol import Decoded, Message

MAX_DEVICES: Final = 5000
"""Devices that are remembered behind one bridge; the status of further ones is what they say themselves."""
MAX_NAMES: Final = 16
"""Names of one bridge."""


class Bridge:
    """One bridge and the devices behind it, by what each said last itself."""

    def __init__(self) -> None:
        self._devices: dict[str, Status | None] = {}
        self._names: dict[str, Status] = {}
        self._is_lost = False

    def __len__(self) -> int:
        """Return how many devices are remembered."""
        return len(self._devices)

    def read_state(self, message: Message, device: str, words: dict[str, Status], *, key: str = "state") -> Decoded:
        """Return what a message says of the bridge itself, and what follows for its devices.

        Args:
            message: of the bridge's own topic.
            device: the bridge's id.
            words: as of :func:`hub.normalise.decoders.documents.said`.
            key: likewise.
        """
        decoded = documents.said(message, device, words, key=key)
        if decoded.statuses and not message.trial:
            decoded.statuses += self.turn(device, decoded.statuses[0].status)
        return decoded

    def read_device(self, message: Message, device: str, words: dict[str, Status], *, key: str = "state") -> Decoded:
        """Return what a message says of a device behind the bridge.

        Args:
            message: of the device's own topic.
            device: its id.
            words: as of :func:`hub.normalise.decoders.documents.said`.
            key: likewise.
        """
        decoded = documents.said(message, device, words, key=key)
        if not message.trial:
            decoded.statuses = [self.hear(said) for said in decoded.statuses]
        return decoded

    def know(self, devices: Iterable[str]) -> list[Said]:
        """Remember devices; return what follows for those that were not known.

        Args:
            devices: ids of the ecosystem.
        """
        new = [device for device in devices if device not in self._devices]
        kept = new[: max(0, MAX_DEVICES - len(self._devices))]
        self._devices.update(dict.fromkeys(kept))
        return [_lost(device) for device in kept] if self._is_lost else []

    def hear(self, said: Said) -> Said:
        """Remember what a device behind the bridge says; return what its status is.

        Args:
            said: by the device, or about it alone.
        """
        if said.device in self._devices or len(self._devices) < MAX_DEVICES:
            self._devices[said.device] = said.status
        return _lost(said.device) if self._is_lost else said

    def turn(self, name: str, status: Status) -> list[Said]:
        """Take note that the bridge is there or not; return what follows for its devices.

        Args:
            name: of the bridge; the last word of one that was renamed stays at the broker, and says nothing about it
                while another name is there.
            status: of the bridge itself.
        """
        if name in self._names or len(self._names) < MAX_NAMES:
            self._names[name] = status
        was_lost, self._is_lost = self._is_lost, set(self._names.values()) == {Status.OFFLINE}
        if self._is_lost:
            return [_lost(device) for device in self._devices]
        if not was_lost:
            return []
        return [Said(device, own) for device, own in self._devices.items() if own is not None]


def _lost(device: str) -> Said:
    """Return what is to be said of a device whose bridge is lost."""
    return Said(device, Status.OFFLINE, "bridge")
