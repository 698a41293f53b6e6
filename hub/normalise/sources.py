"""Source rules: topics that the configuration explains.

References:
    Settings, ``[[source]]``. RFC 9535 (JSONPath).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import jsonpath_rfc9535 as jsonpath

from hub.core.errors import Mistake, SettingsError
from hub.core.units import canonical
from hub.normalise.decoders import json
from hub.normalise.decoders.protocol import Claim
from hub.normalise.described import description
from hub.normalise.selector import Metric, Selector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonpath_rfc9535 import JSONPathQuery

    from hub.normalise.decoders.protocol import Decoded, Message, Topic
    from hub.normalise.options import SourceRule

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


class Source:
    """One source rule, ready to claim topics.

    Args:
        rule: as it is configured.
        place: its number in the configuration from 0 on, for messages to people.

    Raises:
        SettingsError: its topic, its placeholders, a JSONPath or its description cannot be used.
    """

    def __init__(self, rule: SourceRule, *, place: int = 0) -> None:
        self.decoder = rule.decoder
        self.topic = rule.topic
        self._device = rule.device
        self._key = f"source.{place}"
        self._pattern = self._compiled(rule.topic)
        self._metrics = tuple(
            Metric(self._query(metric.path, number), metric.name, canonical(metric.unit) if metric.unit else None)
            for number, metric in enumerate(rule.metrics)
        )
        names = {
            "device": rule.device,
            **{f"metric.{number}.name": metric.name for number, metric in enumerate(rule.metrics)},
            **{f"field.{number}.name": field.name for number, field in enumerate(rule.fields)},
        }
        for key, text in names.items():
            unknown = set(_PLACEHOLDER.findall(text)) - set(self._pattern.groupindex)
            if unknown:
                raise self._mistake(key, f"{text!r} names {{{min(unknown)}}}, which the topic does not have")
        self._description = description(rule, place=self._key)

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
        rule = f"source rule for {self.topic}"
        metrics = tuple(Metric(metric.query, _filled(metric.name, levels), metric.unit) for metric in self._metrics)
        if self._description is not None:
            reader = self._description.reader(device or json.device_of(topic), metrics, partial(_filled, levels=levels))
            return Claim(self.decoder, f"{rule}: {self._description}", reader)
        if metrics:
            return Claim(self.decoder, rule, Selector(device or json.device_of(topic), metrics).read)
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
        decoded.about = [about._replace(device=self.device) for about in decoded.about]
        return decoded


def _level_pattern(level: str) -> str:
    """Return the pattern of one level, with its placeholders as groups."""
    parts = _PLACEHOLDER.split(level)
    return "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))


def _filled(template: str, levels: Mapping[str, str]) -> str:
    """Return a template with its placeholders replaced."""
    return _PLACEHOLDER.sub(lambda found: levels[found[1]], template)
