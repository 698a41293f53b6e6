"""Sparkplug B's metrics: which readings the metrics of a message are.

References:
    Eclipse Sparkplug 3.0.0, Payload Component Definitions. Normalisation section 8, G8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.decoders.protocol import Sample
from hub.normalise.decoders.sparkplug_births import MAX_TEMPLATE_DEPTH, Description, unit_and_quality
from hub.normalise.decoders.sparkplug_values import COMPLEX, Datatype, cells, elements
from hub.normalise.flatten import MAX_PLACES, MAX_READINGS, MAX_REJECTIONS
from hub.normalise.naming import MAX_METRIC_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hub.core.model import Value
    from hub.normalise.decoders.sparkplug_births import Known
    from hub.normalise.decoders.sparkplug_nodes import Born
    from hub.normalise.decoders.sparkplug_values import Outcome
    from hub.normalise.decoders.sparkplug_wire import Metric, Template

_EARLIEST_MS: Final = times.EARLIEST_US // 1000
_LATEST_MS: Final = 10**14
_NO_NAME = Rejection("unexpected_shape", "A metric that has neither a name nor an alias.")
_BAD_NAME = Rejection("bad_text", "A metric's name that is no UTF-8.")
_sample = tuple.__new__


@dataclass(slots=True)
class Reading:
    """Reads the metrics of one message.

    Args:
        device: the ecosystem's own id.
        born: what is known of its metrics; learns names that it does not know.
        templates: members of the definitions, by their names.
        time_us: the payload's time, None if it tells none.
        learns: how many new names may be remembered.
    """

    device: str
    born: Born | Description
    templates: dict[str, dict[str, Known]]
    time_us: int | None = None
    learns: int = 0
    learnt: int = 0
    unknown: int = 0
    """Metrics by an alias that no birth explained, or whose datatype nobody told."""
    places: int = 0
    """Elements of arrays, cells of data sets and members of templates that were looked at."""
    samples: list[Sample] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def read(self, metrics: Sequence[Metric], ordered: Sequence[Known | None] | None = None) -> None:
        """Read a message's metrics; those that are numbers, texts and booleans of known names or aliases at once.

        Args:
            metrics: of the message.
            ordered: what is known of each in turn, where the message itself describes them.
        """
        if len(metrics) > MAX_READINGS:
            detail = f"{len(metrics)} metrics in one message; the first {MAX_READINGS} are read."
            self._reject(Rejection("too_many", detail))
            metrics = metrics[:MAX_READINGS]
        if ordered is None:
            metrics = list(metrics)  # each look at the wire's own costs more than this list
            names, aliases = self.born.metrics, self.born.aliases
            # bytes are no key, and alias 0 may be none
            ordered = [
                names.get(name) if (name := metric.name) else aliases.get(metric.alias or -1)  # type: ignore[arg-type]
                for metric in metrics
            ]
        device, append = self.device, self.samples.append
        for metric, known in zip(metrics, ordered, strict=False):
            if (
                known is None
                or known.special
                or ((datatype := metric.datatype) and datatype != known.datatype)
                or (metric.HasField("properties") and unit_and_quality(metric.properties) != (known.symbol, True))
            ):
                self._one(metric, known, self.time_us, historical=metric.is_historical)
                continue
            if metric.is_null:
                continue
            value = known.take(metric)
            if value is None or type(value) is Rejection:
                self._refuse(value, known.metric)
                continue
            stamp = metric.timestamp
            time_us = stamp * 1000 if _EARLIEST_MS <= stamp < _LATEST_MS else moment(stamp, self.time_us)
            stored = metric.is_historical
            append(_sample(Sample, (device, known.metric, value, known.unit, time_us, stored, 0, None, None)))
        del self.samples[MAX_READINGS:]

    def _one(self, metric: Metric, known: Known | None, time_us: int | None, *, historical: bool) -> None:
        """Read a metric that takes more than a look at its value."""
        known = self._found(metric, known)
        if known is not None:
            self._read(metric, self._told(metric, known, self.born.metrics), time_us, historical=historical, depth=0)

    def _told(self, metric: Metric, known: Known, table: dict[str, Known]) -> Known | None:
        """Return how a metric is read by what its properties say; None if they say that its value is not good."""
        if not metric.HasField("properties"):
            return known
        symbol, good = unit_and_quality(metric.properties)
        if symbol is not None and symbol != known.symbol:
            before, known = known, known.changed(symbol=symbol)
            if self.learns:
                aliases, alias = self.born.aliases, known.alias
                if table.get(known.name) is before:
                    table[known.name] = known
                if alias is not None and aliases.get(alias) is before:
                    aliases[alias] = known
        return known if good else None

    def _read(self, metric: Metric, known: Known | None, time_us: int | None, *, historical: bool, depth: int) -> None:
        """Read a metric, a member of a template likewise; None where its value is not good."""
        if known is None or known.hidden or metric.is_null:
            return
        unit = known.unit
        time_us = moment(metric.timestamp, time_us)
        historical = historical or metric.is_historical
        if known.datatype not in COMPLEX:
            self._take(known.take(metric), known.metric, unit, time_us, historical=historical)
        elif known.datatype == Datatype.TEMPLATE:
            self._template(metric, known, time_us, historical=historical, depth=depth)
        else:
            self._several(known.metric, _several(metric, known.datatype), unit, time_us, historical=historical)

    def _found(self, metric: Metric, known: Known | None) -> Known | None:
        """Return how a metric is read, by what the message itself says where no birth does; None if it cannot be."""
        name = metric.name
        if not name:
            if not metric.HasField("alias"):
                self._reject(_NO_NAME)
                return None
            known = known or self.born.aliases.get(metric.alias)
            if known is None:
                self.unknown += 1
                return None
        if not isinstance(name, str):
            self._reject(_BAD_NAME)
            return None
        if known is None or (metric.datatype and metric.datatype != known.datatype):
            told = known
            known = (
                Description({}).describe(metric, name, "") if known is None else known.changed(datatype=metric.datatype)
            )
            if name and len(name) <= MAX_METRIC_BYTES:
                self._learn(self.born.metrics, name, known, new=told is None)
        return known

    def _learn(self, table: dict[str, Known], name: str, known: Known, *, new: bool) -> None:
        """Remember how a name is read, if there is room."""
        if not new and self.learns:
            table[name] = known
        elif self.learnt < self.learns:
            table[name] = known
            self.learnt += 1

    def _template(self, metric: Metric, known: Known, time_us: int | None, *, historical: bool, depth: int) -> None:
        """Read the members of a template that is an instance."""
        if not metric.HasField("template_value"):
            self._refuse(_unfit(metric, "a template"), known.metric)
            return
        template = metric.template_value
        if template.is_definition:
            return
        if depth >= MAX_TEMPLATE_DEPTH:
            self._reject(Rejection("too_deep", f"Templates nested deeper than {MAX_TEMPLATE_DEPTH}.", known.metric))
            return
        for member in template.metrics:
            if self._is_full(known.metric):
                return
            child = self._member(member, known, template)
            if child is not None:
                child = self._told(member, child, known.members)
                self._read(member, child, time_us, historical=historical, depth=depth + 1)

    def _member(self, member: Metric, known: Known, template: Template) -> Known | None:
        """Return how a template's member is read: by the instance's birth, else by its definition, else by itself."""
        name = member.name
        if not name:
            child = self.born.aliases.get(member.alias)
            self.unknown += child is None
            return child
        if not isinstance(name, str):
            self._reject(_BAD_NAME)
            return None
        told, datatype = known.members.get(name), member.datatype
        if told is not None and told.datatype:
            return told if not datatype or datatype == told.datatype else told.changed(datatype=datatype)
        child = told or Description({}).describe(member, name, known.metric)
        defined = self.templates.get(template.template_ref, {}).get(name)  # type: ignore[arg-type]  # bytes are no key
        if defined is not None:
            child = child.changed(datatype=datatype or defined.datatype, symbol=child.symbol or defined.symbol)
        if len(name) <= MAX_METRIC_BYTES:
            self._learn(known.members, name, child, new=told is None)
        return child

    def _several(
        self,
        metric: str,
        values: Rejection | Iterable[tuple[str, Outcome]] | None,
        unit: str | None,
        time_us: int | None,
        *,
        historical: bool,
    ) -> None:
        """Take the elements of an array or the cells of a data set."""
        if values is None or isinstance(values, Rejection):
            self._refuse(values, metric)
            return
        for name, value in values:
            if self._is_full(metric):
                return
            self._take(value, f"{metric}.{name}", unit, time_us, historical=historical)

    def _take(self, value: Outcome, metric: str, unit: str | None, time_us: int | None, *, historical: bool) -> None:
        """Take a value."""
        if value is None or isinstance(value, Rejection):
            self._refuse(value, metric)
        else:
            self.samples.append(Sample(self.device, metric, value, _fitting(unit, value), time_us, historical))

    def _refuse(self, outcome: Rejection | None, metric: str) -> None:
        """Take note of a metric that holds no value that can be read."""
        if outcome is None:
            return
        if outcome.reason == "no_datatype":
            self.unknown += 1
        else:
            self._reject(Rejection(outcome.reason, outcome.detail, metric))

    def _is_full(self, metric: str) -> bool:
        """Return True if a message has had as many elements and members as one may: the rest is left out."""
        self.places += 1
        if len(self.samples) < MAX_READINGS and self.places <= MAX_PLACES:
            return False
        detail = f"More than {MAX_READINGS} readings, or {MAX_PLACES} places for one, in one message."
        self._reject(Rejection("too_many", detail, metric))
        return True

    def _reject(self, rejection: Rejection) -> None:
        """Take note of a part that could not be read, once."""
        if len(self.rejections) < MAX_REJECTIONS and rejection not in self.rejections[-1:]:
            self.rejections.append(rejection)


def moment(stamp: int, or_else_us: int | None) -> int | None:
    """Return the microsecond that a timestamp means; the next candidate where it is none, or of a clock never set.

    Args:
        stamp: milliseconds by the specification, seconds or finer by devices that do not follow it; 0 for none.
        or_else_us: the next candidate.
    """
    found = times.parse(stamp) if stamp else None
    return or_else_us if found is None or found == times.UNSET else found


def _several(metric: Metric, datatype: int) -> Rejection | Iterator[tuple[str, Outcome]] | None:
    """Return the elements of an array, or the cells of a data set; a Rejection or None where there is neither."""
    if datatype == Datatype.DATA_SET:
        return cells(metric.dataset_value) if metric.HasField("dataset_value") else _unfit(metric, "a data set")
    if not metric.HasField("bytes_value"):
        return _unfit(metric, "bytes")
    values = elements(metric.bytes_value, datatype)
    return values if isinstance(values, Rejection) else ((str(place), value) for place, value in enumerate(values))


def _unfit(metric: Metric, wanted: str) -> Rejection | None:
    """Return why a metric's value is not what its datatype says, None if it has none."""
    found = metric.WhichOneof("value")
    return None if found is None else Rejection("unexpected_shape", f"Its datatype wants {wanted}; it has {found}.")


def _fitting(unit: str | None, value: Value) -> str | None:
    """Return the unit of a value; texts and booleans have none."""
    return None if isinstance(value, (bool, str)) else unit
