"""InfluxDB line protocol, and Telegraf's metrics in JSON: recognised by their form, whatever the topic.

References:
    Normalisation section 12; InfluxDB, line protocol; Telegraf, JSON output data format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, TypeGuard

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.content import Document, Lines
from hub.normalise.decoders import influx_lines
from hub.normalise.decoders.influx_lines import metric_of
from hub.normalise.decoders.json import device_of
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import MAX_PLACES, MAX_READINGS, MAX_REJECTIONS, Dialect, Flattener
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Topic

_LINES_RULE = "12 InfluxDB line protocol: a tag is the device; measurement, other tags and field are the metric"
_JSON_RULE = "12 Telegraf JSON: a tag is the device; measurement, other tags and field are the metric"
_KEYS = frozenset({"name", "fields", "tags", "timestamp"})
_NESTED = Dialect(time_keys=(), typed=True)
_sample = tuple.__new__


class Metric(TypedDict, total=False):
    """One of Telegraf's metrics."""

    name: str
    fields: dict[str, Json]
    tags: dict[str, Json] | None
    timestamp: Json


class Influx:
    """Recognises InfluxDB line protocol and Telegraf JSON."""

    name = "influx"
    telling = frozenset({"fields", "metrics"})

    def recognise(self, message: Message) -> Decoded | None:
        """Return what a message says, None if it is neither line protocol nor Telegraf JSON.

        Args:
            message: of a topic that no decoder claims.
        """
        content = message.content
        if isinstance(content, Lines):
            return _read_lines(content.text, message.topic)
        root = content.root if isinstance(content, Document) else None
        if not isinstance(root, dict):
            return None
        told: Json = [root]
        if "fields" not in root:
            told = root.get("metrics") if len(root) == 1 else None
        if not isinstance(told, list):
            return None
        metrics = [metric for metric in told if _is_metric(metric)]
        return _read_metrics(metrics, told, message.topic) if metrics else None


def _read_lines(text: str, topic: Topic) -> Decoded:
    """Return the readings of a text in line protocol."""
    decoded = Decoded(rule=_LINES_RULE)
    append, rejections, room = decoded.samples.append, decoded.rejections, MAX_READINGS
    for line in influx_lines.split(text):
        point = influx_lines.parse(line)
        if isinstance(point, Rejection):
            if len(rejections) < MAX_REJECTIONS:
                rejections.append(point)
            continue
        if point.rest and len(rejections) < MAX_REJECTIONS:
            rejections.append(Rejection("broken_line", point.odd, point.prefix))
        room -= len(point.fields)
        if room < 0:
            detail = f"More than {MAX_READINGS} fields in one message; the rest is not read."
            rejections.append(Rejection("too_many", detail))
            break
        device, prefix = point.device or device_of(topic), point.prefix
        time_us = None if point.time is None else times.parse(point.time)
        for key, value in point.fields:
            if value is not None:
                append(_sample(Sample, (device, metric_of(prefix, key), value, None, time_us, False, 0, None, None)))
    return decoded


def _read_metrics(metrics: list[Metric], told: Sequence[Json], topic: Topic) -> Decoded:
    """Return the readings of Telegraf's metrics, and how many of what was told are none."""
    flattener = Flattener("", _NESTED)
    for metric in metrics if flattener.has_room_for(told) else ():
        name, tags, fields = metric["name"], metric.get("tags"), metric["fields"]
        if not flattener.has_room_for(fields):
            break
        texts = [(key, str(value)) for key, value in tags.items() if _is_tag(value)] if tags else []
        device, prefix = influx_lines.identity(name, tuple(texts))
        flattener.device = device or device_of(topic)
        time_us = times.parse(metric.get("timestamp"))
        for key, value in fields.items():
            if isinstance(value, (float, int, str)):
                flattener.add_value(metric_of(prefix, key), value, time_us)
            else:
                flattener.add(value, parts=(prefix, snake_case(key)), time_us=time_us)
    if len(metrics) < len(told) <= MAX_PLACES:
        odd = len(told) - len(metrics)
        detail = f'A metric has "name", "fields", and "tags" or "timestamp"; {odd} of {len(told)} have not.'
        flattener.rejections.append(Rejection("unexpected_shape", detail))
    return Decoded(flattener.samples, rejections=flattener.rejections, rule=_JSON_RULE)


def _is_metric(value: Json) -> TypeGuard[Metric]:
    """Return True for an object that has what a metric of Telegraf has, and nothing else."""
    if not isinstance(value, dict) or not value.keys() <= _KEYS:
        return False
    tags, timestamp = value.get("tags"), value.get("timestamp")
    if not isinstance(value.get("name"), str) or not isinstance(value.get("fields"), dict):
        return False
    if not isinstance(tags, (dict, type(None))) or (timestamp is not None and times.parse(timestamp) is None):
        return False
    return tags is not None or timestamp is not None


def _is_tag(value: Json) -> bool:
    """Return True for what can be a tag's value: a text, or a number in its place."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)
