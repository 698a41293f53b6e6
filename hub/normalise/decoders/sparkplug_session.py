"""Sparkplug B's sessions: births, data and deaths of an edge node or one of its devices.

References:
    Eclipse Sparkplug 3.0.0, Operational Behavior (edge node session establishment and termination, message ordering,
    Node Control/Rebirth).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.core.raw import Request
from hub.normalise.decoders.protocol import About, Decoded, Said
from hub.normalise.decoders.sparkplug_births import BD_SEQ, Description
from hub.normalise.decoders.sparkplug_metrics import Reading, moment
from hub.normalise.decoders.sparkplug_nodes import MAX_NODE_METRICS, Born, Node, Sequence
from hub.normalise.decoders.sparkplug_wire import rebirth

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message
    from hub.normalise.decoders.sparkplug_births import Known
    from hub.normalise.decoders.sparkplug_nodes import Nodes
    from hub.normalise.decoders.sparkplug_wire import Payload

STORED = "$sparkplug/certificates/"
"""Where a Sparkplug-aware broker keeps the births that it has seen."""

_MAKE, _MODEL = "properties.hardware_make", "properties.hardware_model"
_MODEL_METRICS = frozenset({_MAKE, _MODEL})
_OTHER_SESSION = "8 Sparkplug B death of another session than the one that was born last: tells nothing"
_NO_ROOM = Rejection("limit", f"Its edge node's births describe more than {MAX_NODE_METRICS} metrics.")


class Part:
    """An edge node, or one of its devices: reads its topics.

    Args:
        nodes: the state of all edge nodes.
        base: what stands before the group, with its ``/``.
        within: what goes before the ids of devices of another base than the usual one.
        levels: group, edge node and device; an empty device for the edge node itself.
        stored: True if the topic is a broker's copy of a birth, of unknown age.
    """

    def __init__(
        self, nodes: Nodes, base: str, within: str, levels: tuple[str, str, str], *, stored: bool = False
    ) -> None:
        group, edge, self._own = levels
        self._nodes = nodes
        self._stored = stored
        self._node = f"{base}{group}/{edge}"
        self._edge = f"{within}{group}/{edge}"
        self._device = self._id(self._own)
        self._command = f"{base}{group}/NCMD/{edge}"
        self._data = f"{base}{group}/DDATA/{edge}/{self._own}" if self._own else f"{base}{group}/NDATA/{edge}"

    def _id(self, device: str) -> str:
        """Return the ecosystem's own id of a device, or of the edge node for the empty name."""
        return f"{self._edge}/{device}" if device else self._edge

    def read_birth(self, message: Message, payload: Payload) -> Decoded:
        """Return the readings of a birth, and remember what it describes.

        Args:
            message: NBIRTH or DBIRTH.
            payload: parsed.
        """
        node = self._nodes.find(self._node)
        described = Description({} if node is None or not self._own else dict(node.templates))
        metrics = list(payload.metrics)
        described.add(metrics)
        reading = self._reading(payload, described, described.templates)
        reading.read(metrics, described.ordered)
        decoded = Decoded(
            reading.samples,
            statuses=[Said(self._device, Status.ONLINE, "birth")],
            about=self._about(reading),
            rejections=reading.rejections,
        )
        if not message.trial:
            decoded.renewed = self._adopt(message, payload, described)
        return decoded

    def _adopt(self, message: Message, payload: Payload, described: Description) -> tuple[str, ...]:
        """Remember a birth; return the topics whose last message it explains."""
        node = self._nodes.heard(self._node)
        renewed = []
        if self._own:
            born = self._nodes.device(node, self._own)
            self._nodes.release(node, born)
            if node.waiting.pop(message.topic.name, None) != message.received_us:
                self._follow(node, message, payload)
            if not node.own.alive:
                node.waiting[message.topic.name] = message.received_us
        else:
            born = node.own
            renewed = self._begin(node, message, payload)
        born.alive = born.returned = True
        born.sent_ms = payload.timestamp
        if self._nodes.has_room(node, described.room):
            born.metrics, born.aliases = described.metrics, described.aliases
            self._nodes.hold(node, born, described.room)
            if not self._own:
                node.templates = described.templates
        if self._data in node.waiting:
            renewed.append(self._data)
        return tuple(renewed)

    def _begin(self, node: Node, message: Message, payload: Payload) -> list[str]:
        """Begin an edge node's session; return the topics of births of devices that came before their edge node's."""
        early = [] if node.own.alive else list(node.waiting)
        bd_seq = _bd_seq(payload)
        if node.own.alive and node.bd_seq != bd_seq:
            node.waiting.clear()  # data of the session before: there, its aliases meant something else
        self._nodes.end(node)
        node.bd_seq = bd_seq
        is_known = payload.HasField("seq") and not (message.retained or self._stored)
        node.sequence = Sequence((payload.seq + 1) % 256 if is_known else None)
        node.born_us, node.returning = message.received_us, bool(node.devices)
        renewed = []
        prefix = self._data.replace("/NDATA/", "/DBIRTH/") + "/"
        for topic in early:
            name = topic.removeprefix(STORED)
            device = node.devices.get(name.removeprefix(prefix)) if name.startswith(prefix) else None
            # by the edge node's own clock the device was born after it, so it belongs to this session
            if device is not None and device.sent_ms >= payload.timestamp:
                renewed.append(topic)
        for device in node.devices.values():
            device.returned = False
        return renewed

    def read_data(self, message: Message, payload: Payload) -> Decoded:
        """Return the readings of data, and ask for births where they are missing.

        Args:
            message: NDATA or DDATA.
            payload: parsed.
        """
        if message.trial:
            known = self._nodes.find(self._node) or Node()
            reading = self._reading(payload, known.part(self._own) or Born(), known.templates)
            reading.read(payload.metrics)
            return Decoded(reading.samples, rejections=reading.rejections)
        node = self._nodes.heard(self._node)
        born = self._nodes.device(node, self._own)
        again = node.waiting.pop(message.topic.name, None) == message.received_us
        if not again:
            self._follow(node, message, payload)
        learns = max(0, MAX_NODE_METRICS - node.metrics)
        reading = self._reading(payload, born, node.templates, learns=learns)
        reading.read(payload.metrics)
        if reading.learnt:
            self._nodes.has_room(node, reading.learnt)
            self._nodes.hold(node, born, reading.learnt)
        decoded = Decoded(reading.samples, rejections=reading.rejections)
        if reading.unknown and node.full:
            decoded.rejections.append(_NO_ROOM)
        elif reading.unknown:
            node.waiting[message.topic.name] = message.received_us
        if again:
            return decoded
        lost = node.gone(message.received_us)
        decoded.statuses = [Said(self._id(name), Status.OFFLINE, "death") for name in lost if name != self._own]
        is_born = node.own.alive and born.alive and born.returned
        if (reading.unknown and not node.full) or not is_born or node.sequence.has_gap:
            if node.may_ask(message.received_us):
                decoded.requests = (Request(self._command, rebirth(message.received_us // 1000)),)
        else:
            node.unanswered = 0
        return decoded

    def read_death(self, message: Message, payload: Payload) -> Decoded:
        """Return who is offline.

        Args:
            message: NDEATH or DDEATH.
            payload: parsed.
        """
        node = self._nodes.find(self._node)
        if self._own:
            if node is not None and not message.trial:
                self._follow(node, message, payload)
                self._lose(node)
            return Decoded(statuses=[Said(self._device, Status.OFFLINE, "death")])
        if node is None or not node.born_us or node.bd_seq != _bd_seq(payload):
            return Decoded(rule=_OTHER_SESSION)
        if not message.trial:
            self._nodes.end(node)
            node.waiting.clear()
            node.sequence, node.returning = Sequence(), False
            for born in (node.own, *node.devices.values()):
                born.alive = False
        names = ("", *node.devices)
        return Decoded(statuses=[Said(self._id(name), Status.OFFLINE, "death") for name in names])

    def _lose(self, node: Node) -> None:
        """Forget a device's birth, after its death."""
        born = node.devices.get(self._own)
        if born is not None:
            self._nodes.release(node, born)
            born.alive = False
        node.waiting.pop(self._data, None)

    def _follow(self, node: Node, message: Message, payload: Payload) -> None:
        """Take note of a live message's sequence number."""
        if payload.HasField("seq") and not (message.retained or self._stored):
            node.sequence.take(payload.seq)

    def _reading(
        self, payload: Payload, born: Born | Description, templates: dict[str, dict[str, Known]], learns: int = 0
    ) -> Reading:
        """Return what reads a payload's metrics."""
        return Reading(self._device, born, templates, moment(payload.timestamp, None), learns)

    def _about(self, reading: Reading) -> list[About]:
        """Return maker and model, where a birth tells them as the specification's examples do."""
        told = {sample[1]: sample[2] for sample in reading.samples if sample[1] in _MODEL_METRICS}
        if not told:
            return []
        words = [str(told[metric]) for metric in (_MAKE, _MODEL) if told.get(metric)]
        return [About(self._device, model=" ".join(words)[:256])] if words else []


def _bd_seq(payload: Payload) -> int | None:
    """Return which session a birth or death is of, None if it does not tell."""
    for metric in payload.metrics[:1000]:
        if metric.name == BD_SEQ and not metric.is_null and metric.WhichOneof("value") in ("int_value", "long_value"):
            return metric.long_value or metric.int_value
    return None
