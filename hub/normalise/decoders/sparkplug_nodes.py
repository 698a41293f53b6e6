"""Sparkplug B's state: what the births of each edge node and its devices said, and what was heard since.

All of it is bounded. Where there is no room, the edge node that was silent for longest is forgotten; when it speaks
again it is asked for its births, so forgetting costs one rebirth.

References:
    Eclipse Sparkplug 3.0.0, Operational Behavior (session establishment and termination, message ordering).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.normalise.decoders.sparkplug_births import Known

MAX_NODES = 10_000
"""Most edge nodes that are remembered."""
MAX_METRICS = 400_000
"""Most metrics that are remembered, of all edge nodes."""
MAX_NODE_METRICS = 50_000
"""Most metrics of one edge node and its devices; of what is beyond, only names are read, no aliases."""
MAX_NODE_DEVICES = 10_000
"""Most devices of one edge node; beyond, the one that was heard first is forgotten."""
MAX_DEVICES = 100_000
"""Most devices that are remembered, of all edge nodes."""
REBIRTH_EVERY_US = 10_000_000
"""Least time between two requests to one edge node."""
PATIENCE = 6
"""Requests without an answer after which an edge node is asked less often: it does not, or may not, obey."""
REBIRTH_SELDOM_US = 300_000_000
"""Least time between two requests to such an edge node."""
RETURN_WITHIN_US = 10_000_000
"""How long after its edge node's birth a device may take to be born again, before it counts as gone."""

_NUMBERS = 256
"""Sequence numbers run from 0 to 255."""


@dataclass(slots=True)
class Born:
    """An edge node itself, or one of its devices.

    Args:
        alive: True from its birth to its death.
        metrics: by their names on the wire.
        aliases: of the same metrics.
        returned: False if it has not been born again since its edge node was.
        sent_ms: when its birth was sent, by its edge node's clock; 0 if that did not tell.
        room: how many metrics are held for it.
    """

    alive: bool = False
    metrics: dict[str, Known] = field(default_factory=dict)
    aliases: dict[int, Known] = field(default_factory=dict)
    returned: bool = True
    sent_ms: int = 0
    room: int = 0


class Sequence:
    """The sequence numbers of one edge node's messages."""

    __slots__ = ("_missing", "_next")

    def __init__(self, following: int | None = None) -> None:
        self._next = following
        self._missing = 0

    @property
    def has_gap(self) -> bool:
        """True while a message is missing: it was lost, or comes later."""
        return self._missing != 0

    def take(self, number: int) -> None:
        """Take note of a message.

        The last number again is a redelivery and a missing one comes late; neither opens a gap.

        Args:
            number: its sequence number.
        """
        number %= _NUMBERS
        expected = self._next
        if self._missing >> number & 1:
            self._missing &= ~(1 << number)
            if number != expected:
                return
        if expected is not None and number != expected:
            if (number + 1) % _NUMBERS == expected:
                return
            for lost in range((number - expected) % _NUMBERS):
                self._missing |= 1 << (expected + lost) % _NUMBERS
        self._next = (number + 1) % _NUMBERS


@dataclass(slots=True)
class Node:
    """One edge node.

    Args:
        own: the edge node itself.
        devices: by their names.
        bd_seq: number of its session, None where its birth did not tell.
        sequence: of its messages.
        templates: members of the definitions in the edge node's birth, by their names; a device's birth must have none
            (tck-id-payloads-template-definition-nbirth-only), so those that it has count for itself alone.
        waiting: topics whose last message could not be read for want of a birth, with its receive time; at most those
            of births and data of the edge node and its devices.
        born_us: when its last birth was received.
        asked_us: when it was last asked for its births.
        unanswered: how often it was asked since its last birth.
        returning: True while devices may still be born again after it.
        full: True if its births described more than there is room for.
        metrics: how many are remembered, with those of its devices.
    """

    own: Born = field(default_factory=Born)
    devices: dict[str, Born] = field(default_factory=dict)
    bd_seq: int | None = None
    sequence: Sequence = field(default_factory=Sequence)
    templates: dict[str, dict[str, Known]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    born_us: int = 0
    asked_us: int | None = None
    unanswered: int = 0
    returning: bool = False
    full: bool = False
    metrics: int = 0

    def part(self, device: str) -> Born | None:
        """Return a device, or the edge node itself; None if nothing is known of it.

        Args:
            device: its name, empty for the edge node.
        """
        return self.devices.get(device) if device else self.own

    def may_ask(self, now_us: int) -> bool:
        """Return True, and take note, if the edge node may be asked for its births now.

        Args:
            now_us: receive time of the message that gives cause to.
        """
        pause_us = REBIRTH_EVERY_US if self.unanswered < PATIENCE else REBIRTH_SELDOM_US
        if self.asked_us is not None and 0 <= now_us - self.asked_us < pause_us:
            return False
        self.asked_us = now_us
        self.unanswered += 1
        return True

    def gone(self, now_us: int) -> list[str]:
        """Return the devices that did not come back after the edge node's birth, each once.

        Args:
            now_us: receive time of a message of data.
        """
        if not self.returning or 0 <= now_us - self.born_us < RETURN_WITHIN_US:
            return []
        self.returning = False
        lost = [name for name, born in self.devices.items() if born.alive and not born.returned]
        for name in lost:
            self.devices[name].alive = False
        return lost


class Nodes:
    """All edge nodes, the one that was silent for longest first."""

    def __init__(self) -> None:
        self._nodes: OrderedDict[str, Node] = OrderedDict()
        self.metrics = 0
        """How many metrics are remembered."""
        self.devices = 0
        """How many devices are remembered."""
        self.forgotten = 0
        """How many edge nodes were forgotten for want of room."""

    def __len__(self) -> int:
        """Return how many edge nodes are remembered."""
        return len(self._nodes)

    def find(self, name: str) -> Node | None:
        """Return an edge node if it is known.

        Args:
            name: ``<group>/<edge>``, with the base topic where it is not the usual one.
        """
        return self._nodes.get(name)

    def heard(self, name: str) -> Node:
        """Return an edge node that has just been heard, a new one if it is not known.

        Args:
            name: as of :meth:`find`.
        """
        node = self._nodes.get(name)
        if node is None:
            while len(self._nodes) >= MAX_NODES:
                self._forget_eldest()
            node = self._nodes[name] = Node()
        else:
            self._nodes.move_to_end(name)
        return node

    def device(self, node: Node, name: str) -> Born:
        """Return a device of an edge node, a new one if it is not known.

        Args:
            node: that was just heard.
            name: the device's name, empty for the edge node itself.
        """
        if not name:
            return node.own
        born = node.devices.get(name)
        if born is None:
            if len(node.devices) >= MAX_NODE_DEVICES:
                self.release(node, node.devices.pop(next(iter(node.devices))))
                self.devices -= 1
                node.waiting.clear()  # only topics of devices that are remembered wait, so both have one bound
            while self.devices >= MAX_DEVICES and len(self._nodes) > 1:
                self._forget_eldest()
            born = node.devices[name] = Born()
            self.devices += 1
        return born

    def has_room(self, node: Node, wanted: int) -> bool:
        """Return True if an edge node may remember more metrics; others are forgotten for it.

        Args:
            node: that was just heard.
            wanted: how many.
        """
        if node.metrics + wanted > MAX_NODE_METRICS:
            node.full = True
            return False
        while self.metrics + wanted > MAX_METRICS and len(self._nodes) > 1:
            self._forget_eldest()
        return True

    def hold(self, node: Node, born: Born, count: int) -> None:
        """Count metrics that are remembered from now on.

        Args:
            node: of the device.
            born: whose they are.
            count: how many.
        """
        born.room += count
        node.metrics += count
        self.metrics += count

    def release(self, node: Node, born: Born) -> None:
        """Forget what a birth described.

        Args:
            node: of the device.
            born: whose birth is void.
        """
        self.hold(node, born, -born.room)
        born.metrics, born.aliases = {}, {}

    def end(self, node: Node) -> None:
        """Forget what all births of an edge node described: its session is over, or starts anew.

        Args:
            node: that was just heard.
        """
        self.release(node, node.own)
        for born in node.devices.values():
            self.release(node, born)
        node.templates = {}
        node.full = False

    def _forget_eldest(self) -> None:
        """Forget the edge node that was silent for longest."""
        _, node = self._nodes.popitem(last=False)
        self.metrics -= node.metrics
        self.devices -= len(node.devices)
        self.forgotten += 1
