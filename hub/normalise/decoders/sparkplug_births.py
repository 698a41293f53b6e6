"""Sparkplug B's births: how the metrics that they describe are read from then on.

References:
    Eclipse Sparkplug 3.0.0, Payload Component Definitions (metric, property set, quality codes, template).
    Normalisation section 8, G2, G6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from hub.core.units import canonical
from hub.normalise.decoders.sparkplug_nodes import MAX_NODE_METRICS, Known
from hub.normalise.names import metric_name, snake_case
from hub.normalise.naming import MAX_METRIC_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.normalise.decoders.sparkplug_wire import Metric, Property, PropertySet, Template

MAX_TEMPLATE_DEPTH = 16
"""Deepest nesting of templates."""
MAX_PROPERTIES = 64
"""Properties of one metric that are looked at."""
BD_SEQ = "bdSeq"
"""The metric that tells which session a birth and a death belong to."""

MAX_KEPT_CHARACTERS = 128
"""A longer name is worked out each time it comes."""
KEPT_NAMES = 8192
"""Names on the wire whose meaning is kept, for devices alike and for their next births; the least recent goes."""

_GOOD = 192
_UNIT_KEYS = frozenset({"engunit", "engunits", "engineeringunit", "engineeringunits", "unit", "units"})
_WORDS: dict[str | bytes, str] = {"engUnit": "engunit", "Quality": "quality"}
"""As they are usually written."""
_INTEGERS = ("int_value", "long_value")
_OWN = ("Node Control/", "Device Control/")
_TYPES = "_types_/"


@dataclass(slots=True)
class Description:
    """What a birth describes.

    Args:
        templates: members of the definitions, by their names; those of the birth are added.
    """

    templates: dict[str, dict[str, Known]]
    metrics: dict[str, Known] = field(default_factory=dict)
    aliases: dict[int, Known] = field(default_factory=dict)
    room: int = 0
    """How many metrics it is, members of templates and definitions included."""

    def add(self, metrics: Sequence[Metric]) -> None:
        """Describe a birth's metrics.

        Args:
            metrics: of the message.
        """
        for metric in islice(metrics, MAX_NODE_METRICS):
            name = metric.name
            if isinstance(name, str):
                known = self.describe(metric, name, "")
                if name and len(name) <= MAX_METRIC_BYTES:
                    self.metrics[name] = known

    def describe(self, metric: Metric, name: str, prefix: str, depth: int = 0) -> Known:
        """Return how a metric is read.

        Args:
            metric: of a birth, or of data whose birth did not describe it.
            name: its name on the wire.
            prefix: the hub's name of the template that it is a member of, empty without one.
            depth: of nested templates.
        """
        own, hidden = _kept_name(name) if len(name) <= MAX_KEPT_CHARACTERS else _name(name)
        symbol = unit_and_quality(metric.properties)[0] if metric.HasField("properties") else None
        if prefix:
            known = Known(f"{prefix}.{own}", metric.datatype, symbol)
        else:
            known = Known(own, metric.datatype, symbol, hidden=hidden)
        self.room += 1
        alias = metric.alias
        if alias or metric.HasField("alias"):
            self.aliases[alias] = known
        if metric.HasField("template_value") and depth < MAX_TEMPLATE_DEPTH:
            self._template(metric.template_value, known, name, depth)
        return known

    def _template(self, template: Template, known: Known, name: str, depth: int) -> None:
        """Describe the members of a template; a definition's are kept by its name."""
        definition = template.is_definition
        prefix = "" if definition else known.metric
        for member in islice(template.metrics, max(0, MAX_NODE_METRICS - self.room)):
            if isinstance(member.name, str) and len(member.name) <= MAX_METRIC_BYTES:
                known.members[member.name] = self.describe(member, member.name, prefix, depth + 1)
        if definition:
            known.hidden = known.special = True
            self.templates[name] = self.templates[name.removeprefix(_TYPES)] = known.members


def _name(name: str) -> tuple[str, bool]:
    """Return the hub's name for a metric's on the wire, and True if the metric is Sparkplug's own business."""
    parts = tuple(snake_case(part) for part in name[: MAX_METRIC_BYTES + 1].split("/"))
    return metric_name(parts), name == BD_SEQ or name.startswith((*_OWN, _TYPES))


_kept_name = lru_cache(maxsize=KEPT_NAMES)(_name)


def unit_and_quality(properties: PropertySet) -> tuple[str | None, bool]:
    """Return the unit that properties tell, None without one, and False if they say that the value is not good.

    Args:
        properties: of a metric.

    References:
        Eclipse Sparkplug 3.0.0, Quality Codes: 0 bad, 192 good, 500 stale.
    """
    unit, good = None, True
    for key, value in islice(zip(properties.keys, properties.values, strict=False), MAX_PROPERTIES):
        word = _WORDS.get(key) or _word(key)
        if not word or value.is_null:
            continue
        if word == "quality":
            good = good and _is_good(value)
        elif (unit is None or word == "engunit") and isinstance(text := value.string_value, str):
            unit = canonical(text) or unit
    return unit, good


def _word(key: str | bytes) -> str:
    """Return what a property's key means, empty for what is not looked at."""
    word = key.lower().replace(" ", "").replace("_", "") if isinstance(key, str) else ""
    return word if word in _UNIT_KEYS or word == "quality" else ""


def _is_good(value: Property) -> bool:
    """Return False for a quality code other than good."""
    field_name = value.WhichOneof("value")
    return field_name is None or (field_name in _INTEGERS and (value.int_value or value.long_value) == _GOOD)
