"""Sparkplug's host applications: whether they are online, and what the hub says of itself if it is one.

References:
    Eclipse Sparkplug 3.0.0, Sparkplug Host Application (STATE). Normalisation section 8.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from hub.core.model import Rejection, Status
from hub.normalise.content import Document, Text
from hub.normalise.decoders.protocol import Decoded, Said

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message

MAX_HOSTS = 1000
"""Most host applications whose last birth is remembered; the one that was silent for longest is forgotten."""

_WORDS = {"ONLINE": Status.ONLINE, "OFFLINE": Status.OFFLINE}
_NEWER = "8 Sparkplug STATE: the death of a session that a newer birth has replaced tells nothing"
_ODD = Rejection("unexpected_shape", 'A host says {"online": true, "timestamp": …}, or ONLINE, or OFFLINE.')


def state_topic(host: str) -> str:
    """Return the topic under which a host application says that it is online.

    Args:
        host: its id, one level of a topic.
    """
    return f"spBv1.0/STATE/{host}"


def state_birth(host: str, timestamp_ms: int) -> tuple[str, bytes]:
    """Return topic and payload that a host application publishes after it has subscribed: QoS 1, retained.

    Args:
        host: its id.
        timestamp_ms: that of the will of the same connection, milliseconds since 1970 UTC.

    References:
        Eclipse Sparkplug 3.0.0, tck-id-host-topic-phid-birth-payload-timestamp.
    """
    return state_topic(host), orjson.dumps({"online": True, "timestamp": timestamp_ms})


def state_will(host: str, timestamp_ms: int) -> tuple[str, bytes]:
    """Return topic and payload of a host application's will: QoS 1, retained.

    It publishes the same itself, with the time at which it does, before it disconnects.

    Args:
        host: its id.
        timestamp_ms: when it connects, milliseconds since 1970 UTC.

    References:
        Eclipse Sparkplug 3.0.0, tck-id-host-topic-phid-death-payload-connect, -disconnect-clean.
    """
    return state_topic(host), orjson.dumps({"online": False, "timestamp": timestamp_ms})


def word(message: Message) -> Status | None:
    """Return the status that a host application says as version 2.2 of the specification had it, None if it does not.

    Args:
        message: any.
    """
    content = message.content
    return _WORDS.get(content.text) if isinstance(content, Text) else None


class Hosts:
    """What host applications said last."""

    def __init__(self) -> None:
        self._births: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._births)

    def is_old(self, host: str, timestamp_ms: int) -> bool:
        """Return True if a death is older than the last birth: it is the will of a connection long replaced.

        Args:
            host: its id.
            timestamp_ms: of the death.
        """
        return timestamp_ms < self._births.get(host, timestamp_ms)

    def note(self, host: str, timestamp_ms: int) -> None:
        """Remember a birth.

        Args:
            host: its id.
            timestamp_ms: of the birth.
        """
        self._births[host] = timestamp_ms
        self._births.move_to_end(host)
        if len(self._births) > MAX_HOSTS:
            self._births.popitem(last=False)


@dataclass(frozen=True, slots=True)
class State:
    """Reads one host application's topic.

    Args:
        host: the ecosystem's own id of its device.
        hosts: all of them.
    """

    host: str
    hosts: Hosts

    def read(self, message: Message) -> Decoded:
        """Return whether the host application is online.

        Args:
            message: JSON as version 3.0 has it, or a word as version 2.2 had it.
        """
        if not message.payload:
            return Decoded()
        match message.content:
            case Document({"online": bool(is_online), **rest}):
                return self._told(message, rest.get("timestamp"), is_online=is_online)
            case Text():
                status = word(message)
                return Decoded(undecoded=_ODD) if status is None else Decoded(statuses=[Said(self.host, status)])
            case Rejection() as rejection:
                return Decoded(undecoded=rejection)
            case _:
                return Decoded(undecoded=_ODD)

    def _told(self, message: Message, timestamp: object, *, is_online: bool) -> Decoded:
        """Return the status, unless it is the death of an older session."""
        if isinstance(timestamp, int) and not isinstance(timestamp, bool):
            if not is_online and self.hosts.is_old(self.host, timestamp):
                return Decoded(rule=_NEWER)
            if is_online and not message.trial:
                self.hosts.note(self.host, timestamp)
        status, reason = (Status.ONLINE, "birth") if is_online else (Status.OFFLINE, "death")
        return Decoded(statuses=[Said(self.host, status, reason)])
