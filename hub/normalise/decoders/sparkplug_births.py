"""Sparkplug B's births: how the metrics that they describe are read from then on.

References:
    Eclipse Sparkplug 3.0.0, Payload Component Definitions (metric, property set, quality codes, template).
    Normalisation section 8, G2, G6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from hub.core.units import canonical
from hub.normalise.decoders.sparkplug_nodes import MAX_NODE_METRICS
from hub.normalise.decoders.sparkplug_values import COMPLEX, NUMERIC, Datatype, take_of
from hub.normalise.names import metric_name, snake_case
from hub.normalise.naming import MAX_METRIC_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.normalise.decoders.sparkplug_values import Take
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
"""Names on the wire, and descriptions of metrics, that are kept for devices alike and for their next births; the least
recent goes."""

_GOOD = 192
_UNIT_KEYS = frozenset({"engunit", "engunits", "engineeringunit", "engineeringunits", "unit", "units"})
_WORDS: dict[str | bytes, str] = {"engUnit": "engunit", "Quality": "quality"}
"""As they are usually written."""
_OF_TEMPLATES = (Datatype.TEMPLATE, 0)
"""Datatypes of metrics that may have members; devices leave it out where the value tells it."""
_INTEGERS = ("int_value", "long_value")
_OWN = ("Node Control/", "Device Control/")
_TYPES = "_types_/"


class _Traits(NamedTuple):
    """What a datatype is to a metric: whether it may have a unit, whether it takes more than :attr:`take`, and that."""

    numeric: bool
    special: bool
    take: Take


def _traits(datatype: int) -> _Traits:
    """Return what a datatype is to a metric."""
    return _Traits(datatype in NUMERIC or not datatype, datatype in COMPLEX or not datatype, take_of(datatype))


_TRAITS = {datatype: _traits(datatype) for datatype in range(35)}
"""Of the datatypes that there are."""


class Known:
    """A metric as its birth describes it.

    Args:
        metric: dotted name in the hub.
        datatype: the specification's number, 0 where nobody told it.
        unit: canonical symbol, None where nobody told it.
        hidden: True if it is Sparkplug's own business and no reading.
        name: its name on the wire.
        alias: its alias, None without one.

    Births that describe a metric alike share one, so nothing but :attr:`members` of a template changes once it is made.
    """

    __slots__ = ("alias", "datatype", "hidden", "members", "metric", "name", "special", "symbol", "take", "unit")

    def __init__(
        self,
        metric: str,
        datatype: int,
        unit: str | None = None,
        *,
        hidden: bool = False,
        name: str = "",
        alias: int | None = None,
    ) -> None:
        self.metric = metric
        self.datatype = datatype
        self.symbol = unit
        """What the properties say; :attr:`unit` is what its readings show."""
        traits = _TRAITS.get(datatype) or _traits(datatype)
        self.unit = unit if traits.numeric else None
        self.name, self.alias = name, alias
        self.hidden = hidden
        self.special = hidden or traits.special
        """True if reading it takes more than :attr:`take`."""
        self.take: Take = traits.take
        self.members: dict[str, Known] = {}
        """Of a template, by their names."""

    def changed(self, *, datatype: int | None = None, symbol: str | None = None) -> Known:
        """Return one for the same metric of which a later message told something else than its birth.

        Args:
            datatype: None for the same.
            symbol: of its unit, None for the same.
        """
        datatype = self.datatype if datatype is None else datatype
        changed = Known(
            self.metric, datatype, symbol or self.symbol, hidden=self.hidden, name=self.name, alias=self.alias
        )
        if self.members:
            changed.members = self.members
        return changed


@dataclass(slots=True)
class Description:
    """What a birth describes.

    Args:
        templates: members of the definitions, by their names; those of the birth are added.
    """

    templates: dict[str, dict[str, Known]]
    metrics: dict[str, Known] = field(default_factory=dict)
    aliases: dict[int, Known] = field(default_factory=dict)
    ordered: list[Known | None] = field(default_factory=list)
    """Of each metric in turn; None for one without a name that can be read."""
    room: int = 0
    """How many metrics it is, members of templates and definitions included."""

    def add(self, metrics: Sequence[Metric]) -> None:
        """Describe a birth's metrics.

        Args:
            metrics: of the message.
        """
        for metric in islice(metrics, MAX_NODE_METRICS):
            name = metric.name
            known = None
            if isinstance(name, str):
                known = self.describe(metric, name, "")
                if name and len(name) <= MAX_METRIC_BYTES:
                    self.metrics[name] = known
            self.ordered.append(known if name else None)

    def describe(self, metric: Metric, name: str, prefix: str, depth: int = 0) -> Known:
        """Return how a metric is read.

        Args:
            metric: of a birth, or of data whose birth did not describe it.
            name: its name on the wire.
            prefix: the hub's name of the template that it is a member of, empty without one.
            depth: of nested templates.
        """
        symbol = unit_and_quality(metric.properties)[0] if metric.HasField("properties") else None
        datatype, alias = metric.datatype, metric.alias if metric.HasField("alias") else None
        is_template = datatype in _OF_TEMPLATES
        is_shared = not (prefix or is_template) and len(name) <= MAX_KEPT_CHARACTERS
        known = (_kept_known if is_shared else _known)(name, prefix, datatype, symbol, alias)
        self.room += 1
        if alias is not None:
            self.aliases[alias] = known
        if is_template and depth < MAX_TEMPLATE_DEPTH and metric.HasField("template_value"):
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


def _known(name: str, prefix: str, datatype: int, symbol: str | None, alias: int | None) -> Known:
    """Return how a metric is read that is described so."""
    own, hidden = _kept_name(name) if len(name) <= MAX_KEPT_CHARACTERS else _name(name)
    if prefix:
        own, hidden = f"{prefix}.{own}", False
    return Known(own, datatype, symbol, hidden=hidden, name=name, alias=alias)


_kept_known = lru_cache(maxsize=KEPT_NAMES)(_known)


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
