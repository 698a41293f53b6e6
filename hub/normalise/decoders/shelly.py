"""Shelly devices of all generations: whose a topic is.

Gen2 and later say by their topics what they are; where they do not (``<prefix>/online``), it is known once one of the
others was heard, or by the prefix, which begins with ``shelly`` unless its owner changed it.

References:
    Normalisation section 5; Shelly API documentation, Gen1 MQTT and Gen2+ Mqtt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.normalise.content import Document, Text
from hub.normalise.decoders import generic
from hub.normalise.decoders.bases import Bases
from hub.normalise.decoders.documents import said
from hub.normalise.decoders.protocol import Claim, Decoded, nothing
from hub.normalise.decoders.shelly_gen1 import WORDS, Gen1
from hub.normalise.decoders.shelly_gen2 import Notifications, Status, is_frame, read_announcement

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.decoders.protocol import Message, Topic

MAX_PREFIXES = 20_000
"""Topic prefixes of Gen2 devices that are kept; when full, further ones are refused, which is a rejection."""

_NUMBERED = re.compile(r"[a-z][a-z0-9_]*:\d{1,6}", re.ASCII)
_NAMED = re.compile(r"[a-z][a-z0-9_]*(?::\d{1,6})?", re.ASCII)
_SINGLE = frozenset(
    {
        *("sys", "wifi", "eth", "ble", "bthome", "cloud", "mqtt", "ws", "knx", "modbus", "matter", "zigbee", "lora"),
        *("ui", "ht_ui", "wd_ui", "plugs_ui", "plugpm_ui", "pluguk_ui", "plugus_ui", "rgbw_ui", "poe_ui"),
    }
)
"""Components of which a device has one."""
_TOLD_APART = ("online", "announce", "rpc", "command", "debug/log")
"""What is claimed once the prefix is known."""
_REQUESTS = "5 Shelly Gen2 requests and their answers tell nothing"
_NOT_KEPT = Rejection(
    "limit", f"More than {MAX_PREFIXES} Shelly devices; whether further ones are online is read as of plain topics."
)


class Shelly:
    """Claims topics by their ends, and those below ``shellies/``; recognises RPC frames on any other ``…/rpc``.

    Args:
        bases: where Gen1 devices publish.
    """

    name = "shelly"
    telling = frozenset({"src"})

    def __init__(self, bases: tuple[str, ...] = ("shellies",)) -> None:
        self._gen1 = Gen1(self.name, Bases(bases))
        self._prefixes: dict[str, None] = {}

    @property
    def kept(self) -> int:
        """How many prefixes of Gen2 devices and announced ids of Gen1 devices."""
        return len(self._prefixes) + self._gen1.kept

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a Shelly's topic are read.

        Args:
            topic: to be claimed.
        """
        return self._gen2(topic) or self._gen1.claim(topic) or self._guessed(topic)

    def recognise(self, message: Message) -> Decoded | None:
        """Return that a request to a device, or its answer to whoever asked, tells nothing.

        Args:
            message: of a topic that nobody claims.
        """
        if message.topic.levels[-1] != "rpc":
            return None
        content = message.content
        return Decoded(rule=_REQUESTS) if isinstance(content, Document) and is_frame(content.root) else None

    def knows(self, device: str) -> bool:
        """Return True if a prefix is that of a Gen2 device.

        Args:
            device: the prefix.
        """
        return device in self._prefixes or _looks_own(device)

    def learn(self, device: str) -> tuple[str, ...] | Rejection:
        """Keep a prefix; return the topics to claim anew because of it, or why it is not kept.

        Args:
            device: the prefix.
        """
        if device in self._prefixes:
            return ()
        if len(self._prefixes) >= MAX_PREFIXES:
            return _NOT_KEPT
        self._prefixes[device] = None
        return tuple(f"{device}/{end}" for end in _TOLD_APART)

    def _gen2(self, topic: Topic) -> Claim | None:
        """Return how a Gen2 topic is read that says so itself, or has a prefix that is known."""
        match topic.levels:
            case (*prefix, "events", "rpc") if prefix:
                device = "/".join(prefix)
                rule = "5 Shelly Gen2 notifications: the prefix is the device, components and keys are metrics"
                return Claim(self.name, rule, _Telling(self, device, Notifications(device).read).read, planned=True)
            case (*prefix, "status", component) if prefix and self._is_component(prefix, component):
                device = "/".join(prefix)
                rule = f"5 Shelly Gen2 status: the prefix is the device, {component} and its keys are metrics"
                return Claim(self.name, rule, _Telling(self, device, Status(device, component).read).read, planned=True)
            case (*prefix, "command", component) if prefix and _NUMBERED.fullmatch(component):
                return Claim(self.name, _REQUESTS, nothing)
        for size in (1, 2):
            device = "/".join(topic.levels[:-size])
            if device in self._prefixes:
                return self._of(device, "/".join(topic.levels[-size:]))
        return None

    def _guessed(self, topic: Topic) -> Claim | None:
        """Return how a topic is read whose prefix looks like a Gen2 device's id."""
        for size in (1, 2):
            device = "/".join(topic.levels[:-size])
            if _looks_own(device):
                return self._of(device, "/".join(topic.levels[-size:]))
        return None

    def _of(self, device: str, end: str) -> Claim | None:
        """Return how a topic of a Gen2 device is read, None if it is none of its own."""
        match end:
            case "online":
                return Claim(self.name, "5 Shelly Gen2 online: its status", _Online(device).read)
            case "announce":
                return Claim(self.name, "5 Shelly Gen2 announcement: what it is", _Announcement(device).read)
            case "rpc" | "command":
                return Claim(self.name, _REQUESTS, nothing)
            case "debug/log":
                return Claim(self.name, "5 Shelly Gen2 logs tell nothing", nothing)
        return None

    def _is_component(self, prefix: list[str], name: str) -> bool:
        """Return True for the name of a component; without a number only if it, or the prefix, is known."""
        if name in _SINGLE or _NUMBERED.fullmatch(name) is not None:
            return True
        return _NAMED.fullmatch(name) is not None and self.knows("/".join(prefix))


def _looks_own(device: str) -> bool:
    """Return True if the last level of a prefix is like what a device calls itself."""
    return device.rpartition("/")[2].lower().startswith("shelly")


@dataclass(frozen=True, slots=True)
class _Telling:
    """Reads a topic that only Gen2 devices have, and learns its prefix."""

    shelly: Shelly
    device: str
    inner: Callable[[Message], Decoded]

    def read(self, message: Message) -> Decoded:
        """Return what a message says; a mere word of who need not be a Shelly is an ordinary value."""
        if not message.payload:
            return Decoded()
        if isinstance(message.content, Text) and not self.shelly.knows(self.device):
            return generic.read(message)
        decoded = self.inner(message)
        if message.trial or decoded.undecoded is not None:
            return decoded
        renewed = self.shelly.learn(self.device)
        if isinstance(renewed, Rejection):
            decoded.rejections.append(renewed)
        else:
            decoded.renewed = renewed
        return decoded


@dataclass(frozen=True, slots=True)
class _Online:
    """Reads whether a device is there."""

    device: str

    def read(self, message: Message) -> Decoded:
        """Return the status, which is also the device's will."""
        return said(message, self.device, WORDS)


@dataclass(frozen=True, slots=True)
class _Announcement:
    """Reads what a device is."""

    device: str

    def read(self, message: Message) -> Decoded:
        """Return what it tells of itself."""
        return read_announcement(self.device, message)
