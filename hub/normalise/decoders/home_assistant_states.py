"""States: messages on topics that discovery named and that are of no other ecosystem.

References:
    Normalisation section 6, rules 2 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hub.core.model import Rejection
from hub.normalise.content import Document
from hub.normalise.decoders import plain
from hub.normalise.decoders.home_assistant_paths import Path, keys, reads
from hub.normalise.decoders.home_assistant_rendering import Rendering
from hub.normalise.decoders.home_assistant_words import meant, overlaid
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import Flattener
from hub.normalise.names import metric_name, snake_case
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.normalise.content import Json
    from hub.normalise.decoders.home_assistant_config import Use
    from hub.normalise.decoders.protocol import About, Message


class _Rendered(NamedTuple):
    """A value that a template makes of a document.

    Args:
        use: whose it is.
        metric: its name.
        replaced: the path whose raw value it stands for; empty for none.
    """

    use: Use
    metric: str
    replaced: Path


@dataclass(slots=True)
class States:
    """Reads the messages of one topic.

    Args:
        uses: what is taken from them, at least one; in an order that does not depend on who came first.
    """

    uses: tuple[Use, ...]
    _paths: dict[Path, Use] = field(default_factory=dict)
    _names: dict[str, Use] = field(default_factory=dict)
    _rendered: list[_Rendered] = field(default_factory=list)
    _replaced: dict[Path, str] = field(default_factory=dict)
    _abouts: dict[str, About] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out once which component reads which path."""
        for use in self.uses:
            if use.about is not None:
                self._abouts.setdefault(use.device, use.about)
            read = reads(use.template)
            if read.plain and read.path:
                self._paths.setdefault(read.path, use)
                self._names.setdefault(metric_of(read.path), use)
        for use in self.uses:
            read = reads(use.template)
            if not read.plain:
                self._add_rendered(use, read.path)

    def read(self, message: Message) -> Decoded:
        """Return what a message says; the first one that has a value also tells what is known of the devices.

        Args:
            message: of the topic.
        """
        if not message.payload:
            return Decoded()
        content = message.content
        if isinstance(content, Rejection):
            return Decoded(undecoded=content)
        if isinstance(content, Document):
            decoded = self._document(content.root, message)
        else:
            decoded = self._value(content.text, message)
        if self._abouts:
            self._tell(decoded, message)
        return decoded

    def _add_rendered(self, use: Use, path: Path) -> None:
        """Give a value that a template makes its name: that of the first path it reads, if nobody else has it."""
        if path and path not in self._paths and path not in self._replaced:
            self._replaced[path] = metric_of(path)
            self._rendered.append(_Rendered(use, metric_of(path), path))
        else:
            self._rendered.append(_Rendered(use, use.own, ()))

    def _document(self, root: dict[str, Json] | list[Json], message: Message) -> Decoded:
        """Return what a document says: all its keys, and what templates make of them."""
        flattener = Flattener(self.uses[0].device)
        flattener.add(root)
        decoded = Decoded(skipped=flattener.skipped, rejections=flattener.rejections)
        names = self._replaced.values() if self._replaced else ()
        for sample in flattener.samples:
            path = None if sample.path is None else keys(sample.path)
            if path in self._replaced or (path is None and sample.metric in names):
                continue
            use = self._names.get(sample.metric) if path is None else self._paths.get(path)
            decoded.samples.append(sample if use is None else overlaid(sample._replace(device=use.device), use, root))
        if self._rendered:
            rendering = Rendering(message)
            for rendered in self._rendered:
                self._render(rendered, rendering, decoded)
        return decoded

    def _render(self, rendered: _Rendered, rendering: Rendering, decoded: Decoded) -> None:
        """Append what a template makes of a document."""
        use = rendered.use
        made = rendering.of(use.template)
        if isinstance(made, Rejection):
            decoded.rejections.append(_at(made, rendered.metric))
        elif isinstance(made, str):
            value = meant(made, use)
            value = classify(made, rendered.metric.rpartition(".")[2]) if value is None else value
            decoded.samples.append(Sample(use.device, rendered.metric, value, use.unit, kind=use.kind))

    def _value(self, text: str, message: Message) -> Decoded:
        """Return what a message says that is one value, for each component that reads it."""
        decoded = Decoded()
        rendering: Rendering | None = None
        found: dict[tuple[str, str], Sample] = {}
        for use in self._readers():
            key = use.device, use.metric
            if key in found:
                continue
            read = reads(use.template)
            if read.plain:
                found[key] = _taken(text, use, is_all=not read.paths)
                continue
            rendering = rendering or Rendering(message)
            made = rendering.of(use.template)
            if isinstance(made, Rejection):
                decoded.rejections.append(_at(made, use.metric))
            elif isinstance(made, str):
                value = meant(made, use)
                value = classify(made, use.metric.rpartition(".")[2]) if value is None else value
                found[key] = Sample(use.device, use.metric, value, use.unit, kind=use.kind)
        decoded.samples = list(found.values())
        if len(self.uses) > 1:
            decoded.samples = [sample._replace(path=None) for sample in decoded.samples]
        return decoded

    def _readers(self) -> Iterable[Use]:
        """Return the components that read a message which is one value; if none does, the first stands for all."""
        found = [use for use in self.uses if not reads(use.template).plain or not reads(use.template).paths]
        return found or self.uses[:1]

    def _tell(self, decoded: Decoded, message: Message) -> None:
        """Append what is known of the devices that have their first value now."""
        seen = {sample.device for sample in decoded.samples if sample.value is not None}
        for device in seen.intersection(self._abouts):
            decoded.about.append(self._abouts[device])
            if not message.trial:
                del self._abouts[device]


def metric_of(path: Path) -> str:
    """Return the name that the flattener gives what stands at a path.

    Args:
        path: keys and indexes.
    """
    return metric_name(tuple(snake_case(str(part)) for part in path))


def _at(rejection: Rejection, metric: str) -> Rejection:
    """Return a rejection with the metric that it is about."""
    return Rejection(rejection.reason, rejection.detail, metric)


def _taken(text: str, use: Use, *, is_all: bool) -> Sample:
    """Return the sample of a message that is one value; the unit is of what the component reads."""
    sample = plain.sample(text, use.device, use.metric)
    return overlaid(sample, use, text) if is_all else sample
