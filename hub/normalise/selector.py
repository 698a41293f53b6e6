"""Selecting: what the JSONPaths of a source rule find in a document.

References:
    RFC 9535 (JSONPath). Normalisation G8 (times).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jsonpath_rfc9535 as jsonpath

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.content import Document, Text
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import MAX_READINGS
from hub.normalise.names import TIME_KEYS, snake_case
from hub.normalise.values import classify

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

    from hub.core.model import Value
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric that a path selects.

    Args:
        query: the compiled path.
        name: the metric's name.
        unit: canonical symbol, None for none.
    """

    query: JSONPathQuery
    name: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Selector:
    """Reads what paths select.

    Args:
        device: whose it is.
        metrics: what to read.
        typed: True if texts keep their type ("on" stays "on").
    """

    device: str
    metrics: tuple[Metric, ...]
    typed: bool = False

    def read(self, message: Message) -> Decoded:
        """Return what a message says.

        Args:
            message: its payload is a document.
        """
        if not message.payload:
            return Decoded()
        match message.content:
            case Document(root):
                return self.selected(root)
            case Text():
                return Decoded(undecoded=Rejection("unexpected_shape", "The source rule expects a JSON document."))
            case Rejection() as rejection:
                return Decoded(undecoded=rejection)

    def selected(self, root: dict[str, Json] | list[Json]) -> Decoded:
        """Return the samples that the paths select; the first of each is named as the rule says, more are numbered.

        Args:
            root: parsed.
        """
        decoded = Decoded()
        time_us = _document_time(root)
        for metric in self.metrics:
            try:
                whole = self._follow(metric, root, time_us, decoded)
            except (jsonpath.JSONPathError, RecursionError) as error:
                decoded.rejections.append(
                    Rejection("too_deep", f"The path could not be followed: {error}", metric.name)
                )
                continue
            if not whole:
                detail = f"More than {MAX_READINGS} values in one message; the rest is not read."
                decoded.rejections.append(Rejection("too_many", detail, metric.name))
                break
        return decoded

    def _follow(
        self, metric: Metric, root: dict[str, Json] | list[Json], time_us: int | None, decoded: Decoded
    ) -> bool:
        """Append what a path selects; return False if that is more than a message may hold, and was not followed."""
        part = snake_case(metric.name.rpartition(".")[2])
        for number, node in enumerate(metric.query.finditer(root)):
            if number >= MAX_READINGS or len(decoded.samples) >= MAX_READINGS:
                return False
            name = f"{metric.name}.{number}" if number else metric.name
            value = self._scalar(node.value, part)
            if value is not None:
                decoded.samples.append(Sample(self.device, name, value, metric.unit, time_us))
        return True

    def _scalar(self, node: object, part: str) -> Value | None:
        """Return what a selected node holds, None if it is no scalar or no value."""
        if isinstance(node, str):
            return node if self.typed else classify(node, part)
        return node if isinstance(node, (bool, int, float)) else None


def _document_time(root: Json) -> int | None:
    """Return the time that a document tells at its top, None if it tells none."""
    if not isinstance(root, dict):
        return None
    keys = {snake_case(key): key for key in root}
    return times.first(*(root[keys[name]] for name in TIME_KEYS if name in keys))
