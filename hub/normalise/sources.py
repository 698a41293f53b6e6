"""Source rules: topics that the configuration explains.

References:
    Settings, ``[[source]]``. RFC 9535 (JSONPath).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import jsonpath_rfc9535 as jsonpath

from hub.core.errors import Mistake, SettingsError
from hub.core.model import Rejection
from hub.core.units import canonical
from hub.normalise import times
from hub.normalise.content import Document, Text
from hub.normalise.decoders import json
from hub.normalise.decoders.protocol import Claim, Decoded, Sample
from hub.normalise.flatten import MAX_READINGS
from hub.normalise.names import TIME_KEYS, snake_case
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonpath_rfc9535 import JSONPathQuery

    from hub.core.model import Value
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message, Topic
    from hub.normalise.options import SourceRule

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


@dataclass(frozen=True, slots=True)
class _Metric:
    """One compiled metric of a rule."""

    query: JSONPathQuery
    name: str
    unit: str | None


class Source:
    """One source rule, ready to claim topics.

    Args:
        rule: as it is configured.
        place: its number in the configuration from 0 on, for messages to people.

    Raises:
        SettingsError: its topic, its placeholders or a JSONPath cannot be used.
    """

    def __init__(self, rule: SourceRule, *, place: int = 0) -> None:
        self.decoder = rule.decoder
        self.topic = rule.topic
        self._device = rule.device
        self._key = f"source.{place}"
        self._pattern = self._compiled(rule.topic)
        self._metrics = tuple(
            _Metric(self._query(metric.path, number), metric.name, canonical(metric.unit) if metric.unit else None)
            for number, metric in enumerate(rule.metrics)
        )
        for text in (rule.device, *(metric.name for metric in rule.metrics)):
            unknown = set(_PLACEHOLDER.findall(text)) - set(self._pattern.groupindex)
            if unknown:
                raise self._mistake("device", f"{text!r} names {{{min(unknown)}}}, which the topic does not have")

    def match(self, topic: Topic) -> Mapping[str, str] | None:
        """Return the topic's placeholders with their levels, None if the rule is not for it.

        Args:
            topic: to be claimed.
        """
        found = self._pattern.fullmatch(topic.name)
        return None if found is None else found.groupdict()

    def claim(self, topic: Topic, levels: Mapping[str, str], claim: Claim) -> Claim:
        """Return how messages of a matching topic are read.

        Args:
            topic: to be claimed.
            levels: what :meth:`match` returned.
            claim: of the decoder that the rule names.
        """
        device = _filled(self._device, levels)
        if self._metrics:
            metrics = tuple(
                _Metric(metric.query, _filled(metric.name, levels), metric.unit) for metric in self._metrics
            )
            read = _Selector(device or json.device_of(topic), metrics).read
            return Claim(self.decoder, f"source rule for {self.topic}", read)
        return replace(claim, read=_Renamer(self.topic, device, claim).read)

    def _compiled(self, template: str) -> re.Pattern[str]:
        """Return the pattern of a topic template."""
        levels = template.split("/")
        parts: list[str] = []
        for place, level in enumerate(levels):
            if level == "#" and place == len(levels) - 1:
                return self._checked("/".join(parts) + ("(?:/.*)?" if parts else ".*"))
            parts.append("[^/]*" if level == "+" else _level_pattern(level))
        if not template or any("#" in level or ("+" in level and level != "+") for level in levels):
            raise self._mistake("topic", f"{template!r} is no topic; + stands for a level, # for the rest")
        return self._checked("/".join(parts))

    def _checked(self, pattern: str) -> re.Pattern[str]:
        """Return the compiled pattern; a placeholder that stands twice is a mistake."""
        try:
            return re.compile(pattern, re.DOTALL)
        except re.error as error:
            raise self._mistake("topic", f"{self.topic!r} uses a placeholder twice") from error

    def _query(self, path: str, number: int) -> JSONPathQuery:
        """Return a compiled JSONPath."""
        try:
            return jsonpath.compile(path)
        except jsonpath.JSONPathError as error:
            raise self._mistake(f"metric.{number}.path", f"{path!r} is no JSONPath: {error}") from error

    def _mistake(self, key: str, reason: str) -> SettingsError:
        """Return the error that names what is wrong."""
        return SettingsError([Mistake(f"{self._key}.{key}", reason, "source rules")])


@dataclass(frozen=True, slots=True)
class _Renamer:
    """Reads as another claim does, and says that it was by the rule, and the rule's device."""

    topic: str
    device: str
    inner: Claim

    def read(self, message: Message) -> Decoded:
        """Return what a message says."""
        decoded = self.inner.read(message)
        decoded.rule = f"source rule for {self.topic}, then {decoded.rule or self.inner.rule}"
        if not self.device:
            return decoded
        decoded.samples = [sample._replace(device=self.device) for sample in decoded.samples]
        decoded.statuses = [said._replace(device=self.device) for said in decoded.statuses]
        return decoded


@dataclass(frozen=True, slots=True)
class _Selector:
    """Reads what a rule's paths select."""

    device: str
    metrics: tuple[_Metric, ...]

    def read(self, message: Message) -> Decoded:
        """Return what a message says."""
        if not message.payload:
            return Decoded()
        match message.content:
            case Document(root):
                return self._selected(root)
            case Text():
                return Decoded(undecoded=Rejection("unexpected_shape", "The source rule expects a JSON document."))
            case Rejection() as rejection:
                return Decoded(undecoded=rejection)

    def _selected(self, root: dict[str, Json] | list[Json]) -> Decoded:
        """Return the samples that the rule's paths select; the first is named as the rule says, more are numbered."""
        decoded = Decoded()
        time_us = _document_time(root)
        for metric in self.metrics:
            try:
                nodes = metric.query.find(root).values()
            except (jsonpath.JSONPathError, RecursionError) as error:
                decoded.rejections.append(
                    Rejection("too_deep", f"The path could not be followed: {error}", metric.name)
                )
                continue
            for number, node in enumerate(nodes):
                if len(decoded.samples) >= MAX_READINGS:
                    detail = f"More than {MAX_READINGS} values in one message; the rest is not read."
                    decoded.rejections.append(Rejection("too_many", detail, metric.name))
                    return decoded
                name = f"{metric.name}.{number}" if number else metric.name
                value = _scalar(node, name.rpartition(".")[2])
                if value is not None:
                    unit = metric.unit if type(value) in (int, float) else None
                    decoded.samples.append(Sample(self.device, name, value, unit, time_us))
        return decoded


def _scalar(node: object, part: str) -> Value | None:
    """Return what a selected node holds, None if it is no scalar or no value."""
    if isinstance(node, str):
        return classify(node, snake_case(part))
    return node if isinstance(node, (bool, int, float)) else None


def _document_time(root: Json) -> int | None:
    """Return the time that a document tells at its top, None if it tells none."""
    if not isinstance(root, dict):
        return None
    keys = {snake_case(key): key for key in root}
    moments = (times.parse(root[keys[name]]) for name in TIME_KEYS if name in keys)
    return next((moment for moment in moments if moment not in (None, times.UNSET)), None)


def _level_pattern(level: str) -> str:
    """Return the pattern of one level, with its placeholders as groups."""
    parts = _PLACEHOLDER.split(level)
    return "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))


def _filled(template: str, levels: Mapping[str, str]) -> str:
    """Return a template with its placeholders replaced."""
    return _PLACEHOLDER.sub(lambda found: levels[found[1]], template)
