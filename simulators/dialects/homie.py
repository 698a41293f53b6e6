"""Homie 4 and 5, and Valetudo, whose topics are Homie 4's: devices that describe themselves, with a state as will.

References:
    The Homie Convention 4.0.0 and 5.0.0; Valetudo documentation, MQTT.
"""

import zlib
from typing import Any

import orjson

from simulators.dialects.dialect import EachMetric, Member, Now
from simulators.dialects.wording import kind, message, words_of
from simulators.readout import Message
from simulators.scenario import Metric

_DATATYPES = {bool: "boolean", int: "integer", float: "float", str: "string"}


class Homie4(EachMetric):
    """One device; a metric's name is `<node>/<property>`."""

    retained = True
    qos = 1
    words = ("false", "true")
    root = "homie"

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """`$state` is `lost`."""
        return self._said("$state", "lost")

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """`$state` is `init`, then the description, then `ready`."""
        return [self._said("$state", "init"), *self.description(), self._said("$state", "ready")]

    def topic(self, member: Member, name: str) -> str:
        """A property."""
        return f"{self.root}/{member.id}/{name}"

    def leave(self, wall_us: int) -> list[Message]:  # noqa: ARG002  # no time in it
        """`$state` is `disconnected`."""
        return [self._said("$state", "disconnected")]

    def description(self) -> list[Message]:
        """The attributes of the device, its nodes and their properties."""
        device = self.members[0]
        nodes = _nodes(device)
        said = {"$homie": "4.0.0", "$name": _title(device.id), "$nodes": ",".join(nodes), "$extensions": ""}
        said |= {"$implementation": "esp32"}
        for node, properties in nodes.items():
            said |= {f"{node}/$name": _title(node), f"{node}/$type": node, f"{node}/$properties": ",".join(properties)}
            for key, metric in properties.items():
                attributes = {"name": _title(key)} | _attributes(metric)
                said |= {f"{node}/{key}/${name}": str(held) for name, held in attributes.items()}
        return [self._said(topic, held) for topic, held in said.items()]

    def _said(self, topic: str, content: object) -> Message:
        return message(f"{self.root}/{self.members[0].id}/{topic}", content, retain=True, qos=1)


class Homie5(Homie4):
    """The same with one document as its description."""

    root = "homie/5"

    def description(self) -> list[Message]:
        """`$description`."""
        device = self.members[0]
        nodes = {
            node: {
                "name": _title(node),
                "properties": {key: {"name": _title(key)} | _attributes(metric) for key, metric in properties.items()},
            }
            for node, properties in _nodes(device).items()
        }
        return [self._said("$description", {"homie": "5.0", "version": 1, "name": _title(device.id), "nodes": nodes})]


class Valetudo(Homie4):
    """A vacuum robot below `valetudo/`."""

    root = "valetudo"

    def greet(self, now: Now) -> list[Message]:
        """The same, and its map, which is compressed."""
        wall = {"type": "wall", "pixels": [self.random.randrange(1024) for _ in range(400)]}
        floor_plan = {"__class": "ValetudoMap", "size": {"x": 5120, "y": 5120}, "pixelSize": 5, "layers": [wall]}
        return [*super().greet(now), self._said("MapData/map-data", zlib.compress(orjson.dumps(floor_plan)))]


def _nodes(member: Member) -> dict[str, dict[str, Metric]]:
    nodes: dict[str, dict[str, Metric]] = {}
    for name, metric in member.profile.metrics.items():
        node, _, key = name.partition("/")
        nodes.setdefault(node, {})[key] = metric
    return nodes


def _attributes(metric: Metric) -> dict[str, Any]:
    words = words_of(metric)
    attributes: dict[str, Any] = {"datatype": "enum" if words else _DATATYPES[kind(metric)]}
    if words:
        attributes["format"] = ",".join(words)
    return attributes | ({"unit": metric.unit} if metric.unit else {})


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()
