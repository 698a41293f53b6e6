"""What Tasmota devices tell about themselves: on start-up, on request, and in their discovery entries.

A discovery entry also says where a device publishes and which words its will has, where its owner changed them.

References:
    Normalisation section 3; Tasmota documentation, MQTT and JSON status responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hub.core.model import Rejection, Status
from hub.normalise.decoders.documents import text
from hub.normalise.decoders.protocol import About
from hub.normalise.decoders.tasmota_topics import FullTopic, full_topic

if TYPE_CHECKING:
    from hub.normalise.content import Json

MAX_ENTRIES = 10_000
"""Devices whose discovery entry is kept; those after them are read with the usual prefixes."""

USUAL_WORDS = {"online": Status.ONLINE, "offline": Status.OFFLINE}
"""What a will says if its owner did not change it."""

_SECTIONS = ("Info1", "Info2", "Info3", "Status", "StatusFWR", "StatusNET")
_INFO = {
    "Version": "firmware",
    "Hardware": "hardware",
    "Hostname": "hostname",
    "IPAddress": "ip_address",
    "Mac": "mac",
    "RestartReason": "restart_reason",
}
_ENTRY_INFO = {"sw": "firmware", "hn": "hostname", "ip": "ip_address", "mac": "mac"}
_PREFIXES = 3


class Entry(NamedTuple):
    """What a discovery entry says.

    Args:
        topic: where the device publishes.
        words: what its will says.
    """

    topic: FullTopic
    words: tuple[tuple[str, Status], ...]


class Entries:
    """The discovery entries of devices, by the last level but one of their topic (the address of the device).

    Two devices may say that they publish on the same topics, such as one that was replaced and the one in its place:
    the last that said so is believed, and the other again once the last is forgotten.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._reports: dict[str, dict[str, Entry]] = {}
        self._commands: dict[str, dict[str, Entry]] = {}

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._entries)

    def of(self, address: str) -> Entry | None:
        """Return a device's entry, None if none is kept.

        Args:
            address: of the device.
        """
        return self._entries.get(address)

    def put(self, address: str, entry: Entry) -> Rejection | None:
        """Keep a device's entry, in place of the one before; return why it is not kept, if there is no room.

        Args:
            address: of the device.
            entry: what it says.
        """
        if address not in self._entries and len(self._entries) >= MAX_ENTRIES:
            return Rejection("limit", f"The discovery entries of {MAX_ENTRIES} Tasmota devices are kept, no more.")
        self.drop(address)
        self._entries[address] = entry
        self._commands.setdefault(entry.topic.commands, {})[address] = entry
        for start in entry.topic.reports:
            self._reports.setdefault(start, {})[address] = entry
        return None

    def drop(self, address: str) -> None:
        """Forget a device's entry.

        Args:
            address: of the device; one that is not known is no error.
        """
        entry = self._entries.pop(address, None)
        if entry is not None:
            _release(self._commands, entry.topic.commands, address)
            for start in entry.topic.reports:
                _release(self._reports, start, address)

    def reports(self, start: str) -> Entry | None:
        """Return the entry of the device whose reports a topic carries, None if none announced it.

        Args:
            start: the topic without its last level.
        """
        announced = self._reports.get(start)
        return announced[next(reversed(announced))] if announced else None

    def commands(self, start: str) -> bool:
        """Return True if a topic carries commands to a device that announced it.

        Args:
            start: the topic without its last level.
        """
        return start in self._commands


def _release(announced: dict[str, dict[str, Entry]], start: str, address: str) -> None:
    """Forget that a device announced the beginning of its topics, which others may have announced too."""
    del announced[start][address]
    if not announced[start]:
        del announced[start]


def entry(members: dict[str, Json]) -> Entry | None:
    """Return what a discovery entry says, None if it does not say where the device publishes.

    Args:
        members: of the entry.
    """
    prefixes = members.get("tp")
    starts = [text(prefix) for prefix in prefixes] if isinstance(prefixes, list) else []
    address = text(members.get("mac"))
    names = {"%topic%": text(members.get("t")), "%hostname%": text(members.get("hn")), "%id%": address[-6:]}
    pattern = members.get("ft")
    if not isinstance(pattern, str) or len(starts) != _PREFIXES or not all(starts) or not names["%topic%"]:
        return None
    topic = full_topic(pattern, starts, names)
    if topic is None:
        return None
    online, offline = text(members.get("onln")).lower(), text(members.get("ofln")).lower()
    words = USUAL_WORDS | {
        word: status for word, status in ((online, Status.ONLINE), (offline, Status.OFFLINE)) if word
    }
    return Entry(topic, tuple(words.items()))


def of_entry(members: dict[str, Json], device: str) -> About:
    """Return what a discovery entry tells about its device.

    Args:
        members: of the entry.
        device: its id.
    """
    friendly = members.get("fn")
    first = friendly[0] if isinstance(friendly, list) and friendly else None
    return _about(device, text(members.get("dn")) or text(first), text(members.get("md")), members, _ENTRY_INFO)


def of_report(members: dict[str, Json], device: str) -> About | None:
    """Return what a device tells about itself in ``INFO<n>`` and ``STATUS<n>``, None if it is nothing for people.

    Args:
        members: of the message: sections, or what older firmware wrote without them.
        device: its id.
    """
    told = dict(members)
    for section in _SECTIONS:
        inner = members.get(section)
        if isinstance(inner, dict):
            told |= inner
    friendly = told.get("FriendlyName")
    first = friendly[0] if isinstance(friendly, list) and friendly else friendly
    about = _about(device, text(told.get("DeviceName")) or text(first), text(told.get("Module")), told, _INFO)
    return about if about.name or about.model or about.info else None


def _about(device: str, name: str, model: str, members: dict[str, Json], keys: dict[str, str]) -> About:
    """Return what is known of a device; empty texts say nothing."""
    info = tuple((label, told) for key, label in keys.items() if (told := text(members.get(key))))
    return About(device, name=name or None, model=model or None, info=info)
