"""Eclipse Sparkplug B 3.0: edge nodes and their devices, which describe their metrics once, in births.

Who asks for a rebirth are messages of data only: one that cannot be read without a birth, that comes without one, or
after others that are missing. A birth or a death explains itself.

References:
    Eclipse Sparkplug 3.0.0, Topics and Messages, Operational Behavior. Normalisation section 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hub.core.model import Rejection
from hub.normalise.decoders.bases import Bases
from hub.normalise.decoders.generic import Generic
from hub.normalise.decoders.protocol import Claim, Decoded, Said, Topic, nothing
from hub.normalise.decoders.sparkplug_host import Hosts, State, word
from hub.normalise.decoders.sparkplug_nodes import Nodes
from hub.normalise.decoders.sparkplug_session import STORED, Part
from hub.normalise.decoders.sparkplug_wire import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.decoders.bases import Below
    from hub.normalise.decoders.protocol import Message
    from hub.normalise.decoders.sparkplug_wire import Payload

USUAL_BASE = "spBv1.0"
"""The namespace of Sparkplug B."""
MAX_TOPIC_CHARACTERS = 1024
"""A longer topic names no device that the hub could take (:data:`hub.normalise.naming.MAX_DEVICE_BYTES`)."""

_LEGACY_LEVELS = 2
_STATE_RULE = "8 Sparkplug STATE: whether a host application is online"


class _Kind(NamedTuple):
    """One type of message: how it is read, and the rule for people."""

    read: Callable[[Part, Message, Payload], Decoded]
    rule: str


_KINDS = {
    "BIRTH": _Kind(Part.read_birth, "8 Sparkplug B birth: readings, online, and what later messages mean"),
    "DATA": _Kind(Part.read_data, "8 Sparkplug B data: names, datatypes and units come from the birth"),
    "DEATH": _Kind(Part.read_death, "8 Sparkplug B death: offline, if it is of the session that was born last"),
}


class Sparkplug:
    """Claims ``spBv1.0/…`` and ``STATE/…``.

    Args:
        bases: what stands in place of ``spBv1.0``, such as ``spBv1.0`` behind a prefix that a bridge puts before it.
    """

    name = "sparkplug"

    def __init__(self, bases: tuple[str, ...] = (USUAL_BASE,)) -> None:
        self._bases = Bases(bases)
        self._legacy_state = USUAL_BASE in bases
        self.nodes = Nodes()
        self.hosts = Hosts()

    @property
    def kept(self) -> int:
        """How many edge nodes and hosts."""
        return len(self.nodes) + len(self.hosts)

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of Sparkplug's topics are read.

        Args:
            topic: to be claimed.
        """
        stored = topic.name.startswith(STORED)
        if stored:
            topic = Topic(topic.name.removeprefix(STORED))
        below = self._bases.below(topic)
        if below is None:
            is_legacy = self._legacy_state and topic.levels[0] == "STATE" and len(topic.levels) == _LEGACY_LEVELS
            return Claim(self.name, _STATE_RULE, _Legacy(topic).read) if is_legacy and not stored else None
        if len(topic.name) > MAX_TOPIC_CHARACTERS:
            detail = f"A topic of {len(topic.name)} characters; its device's id would be too long."
            return self._refused(Rejection("name_too_long", detail))
        return self._claim(topic, below, stored=stored)

    def _claim(self, topic: Topic, below: Below, *, stored: bool) -> Claim:
        """Return how messages of a topic in Sparkplug's namespace are read."""
        match below.levels:
            case ("STATE", host) if host:
                return Claim(self.name, _STATE_RULE, State(below.within + host, self.hosts).read)
            case (group, kind, edge) if kind.startswith("N") and group and edge:
                levels = (group, edge, "")
            case (group, kind, edge, device) if kind.startswith("D") and group and edge and device:
                levels = (group, edge, device)
            case _:
                return self._odd()
        if kind[1:] == "CMD":
            return Claim(self.name, "8 Sparkplug B commands ask an edge node for something and tell nothing", nothing)
        found = _KINDS.get(kind[1:])
        if found is None:
            return self._odd()
        base = topic.name.removesuffix("/".join(below.levels))
        part = Part(self.nodes, base, below.within, levels, stored=stored)

        def read(message: Message) -> Decoded:
            payload = parse(message.payload) if message.payload else None
            if payload is None or isinstance(payload, Rejection):
                return Decoded(undecoded=payload)
            return found.read(part, message, payload)

        return Claim(self.name, found.rule, read)

    def _odd(self) -> Claim:
        """Return the claim of a topic in Sparkplug's namespace that the specification does not know."""
        detail = "Sparkplug's topics are <namespace>/<group>/<message type>/<edge node>[/<device>]."
        return self._refused(Rejection("bad_topic", detail))

    def _refused(self, rejection: Rejection) -> Claim:
        """Return the claim of a topic whose messages cannot be read."""

        def read(message: Message) -> Decoded:
            return Decoded(undecoded=rejection) if message.payload else Decoded()

        return Claim(self.name, "8 Sparkplug B: not a topic of the specification", read)


class _Legacy:
    """Reads ``STATE/<host>``, which any other device may use as well: only a host application's words are its own."""

    def __init__(self, topic: Topic) -> None:
        self._host = topic.levels[1]
        self._other = Generic().claim(topic)

    def read(self, message: Message) -> Decoded:
        """Return what the message says, by the generic rules where it is no host application's."""
        status = word(message)
        if status is not None:
            return Decoded(statuses=[Said(self._host, status)])
        decoded = self._other.read(message)
        decoded.decoder = decoded.decoder or self._other.decoder
        decoded.rule = decoded.rule or self._other.rule
        return decoded
