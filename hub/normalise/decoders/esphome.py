"""ESPHome: a topic for each value of a node, ``<node>/<component>/<object>/state``.

References:
    Normalisation section 6 (ESPHome); ESPHome's MQTT client component.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from hub.core.model import Rejection
from hub.normalise.decoders import documents, generic, plain
from hub.normalise.decoders.bases import cleaned
from hub.normalise.decoders.protocol import About, Claim, Decoded, nothing
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message, Topic

COMPONENTS: Final = frozenset(
    {
        *("sensor", "binary_sensor", "text_sensor", "switch", "light", "fan", "cover", "climate", "number", "select"),
        *("lock", "valve", "alarm_control_panel", "datetime", "text", "event", "update", "media_player"),
    }
)
"""What an ESPHome node publishes by MQTT."""
MAX_NODES: Final = 10_000
"""Most nodes that are remembered; the one that was met first is forgotten, and met again at its next new topic."""

_ANNOUNCED = ("esphome", "discover")
_LOG = re.compile(rb"\s*(?:\x1b\[[0-9;]*m)?\[[A-Z]{1,2}\]\[")
"""How a line of a node's log begins, colour aside; a document cannot begin so."""
_INFO = {"version": "firmware", "mac": "mac", "ip": "ip", "network": "network"}
_STATE, _STATUS, _DEBUG = "state", "status", "debug"


class EspHome:
    """Claims the topics of ESPHome's nodes.

    Args:
        others: prefixes of topics that look the same and are none of ESPHome's: Home Assistant's own.
    """

    name = "esphome"

    def __init__(self, others: tuple[str, ...] = ("homeassistant",)) -> None:
        self._others = tuple(f"{prefix}/" for prefix in cleaned(others))
        self._nodes: dict[str, None] = {}

    @property
    def kept(self) -> int:
        """How many nodes a topic of theirs told of."""
        return len(self._nodes)

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a node's topics are read.

        Args:
            topic: to be claimed.
        """
        levels = topic.levels
        if levels[:2] == _ANNOUNCED:
            return Claim(self.name, "6 ESPHome: a node tells its name and model", self._read_announced)
        if topic.name.startswith(self._others):
            return None
        if levels[-1] == _STATE:
            return self._claim_value(topic)
        node = topic.name.rpartition("/")[0]
        if levels[-1] == _STATUS and node in self._nodes:
            read = partial(documents.said, device=node, words=plain.WORDS)
            return Claim(self.name, "6 ESPHome: a node's birth and will", read)
        if levels[-1] == _DEBUG and node:
            return Claim(
                self.name, "6 ESPHome: a node's log tells nothing", partial(_read_log, known=node in self._nodes)
            )
        return None

    def _claim_value(self, topic: Topic) -> Claim | None:
        """Return how the topic of one value is read, None if no component stands where it has to."""
        levels = topic.levels
        place = next(
            (len(levels) - back for back in (3, 4) if len(levels) > back and levels[-back] in COMPONENTS), None
        )
        if place is None:
            return None
        node = "/".join(levels[:place])
        parts = tuple(filter(None, map(snake_case, levels[place + 1 : -1])))
        if not node or not parts:
            return None
        rule = f"6 ESPHome: the {levels[place]} {'.'.join(parts)} of the node {node}"
        return Claim(self.name, rule, partial(self._read_value, node=node, parts=parts), planned=True, device=node)

    def _read_value(self, message: Message, node: str, parts: tuple[str, ...]) -> Decoded:
        """Return one value, or what the document of a light or fan says; the first one explains the node's status."""
        decoded = documents.scalar(message, node, parts)
        self._meet(node, message, decoded)
        return decoded

    def _read_announced(self, message: Message) -> Decoded:
        """Return what a node says of itself."""
        root = documents.mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        node = root.get("name")
        if not isinstance(node, str) or not node:
            return Decoded()
        told = {key: value for key, value in root.items() if isinstance(value, str) and value}
        model = " ".join(told[key] for key in ("platform", "board") if key in told)
        info = tuple((name, told[key]) for key, name in _INFO.items() if key in told)
        decoded = Decoded(about=[About(node, told.get("friendly_name"), model=model or None, info=info)])
        self._meet(node, message, decoded)
        return decoded

    def _meet(self, node: str, message: Message, decoded: Decoded) -> None:
        """Remember a node that was not known; that explains the topic of its status."""
        if node in self._nodes or message.trial:
            return
        if len(self._nodes) >= MAX_NODES:
            del self._nodes[next(iter(self._nodes))]
        self._nodes[node] = None
        decoded.renewed = (f"{node}/{_STATUS}",)


def _read_log(message: Message, *, known: bool) -> Decoded:
    """Return nothing for a line of a log; what else somebody calls ``debug`` is of no ecosystem."""
    if known or not message.payload or _LOG.match(message.payload):
        return nothing(message)
    return generic.read(message)
