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
from hub.normalise.decoders.home_assistant_paths import Path, keys, metric_of, names_of, reads
from hub.normalise.decoders.home_assistant_rendering import Rendering
from hub.normalise.decoders.home_assistant_words import meant, overlaid
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.flatten import MAX_REJECTIONS, Flattener
from hub.normalise.names import NAMELESS
from hub.normalise.values import classify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.normalise.content import Json
    from hub.normalise.decoders.home_assistant_config import Use
    from hub.normalise.decoders.home_assistant_templates import Templates
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
        shared: paths that components of the same devices also read on other topics: there the component's name goes
            before the path, and before all that nobody reads.
        templates: that are kept ready.
    """

    uses: tuple[Use, ...]
    shared: frozenset[Path]
    templates: Templates
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
            if use.path and reads(use.template).plain:
                self._paths.setdefault(use.path, use)
                for name in names_of(use.path):
                    self._names.setdefault(name, use)
        for use in self.uses:
            if not reads(use.template).plain:
                self._add_rendered(use)

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
        del decoded.rejections[MAX_REJECTIONS:]
        if self._abouts:
            self._tell(decoded, message)
        return decoded

    def _add_rendered(self, use: Use) -> None:
        """Give a value that a template makes its name: that of the first path it reads, if nobody else has it."""
        if use.path and use.path not in self._paths and use.path not in self._replaced:
            self._replaced[use.path] = metric_of(use.path)
            self._rendered.append(_Rendered(use, self._named(use, metric_of(use.path)), use.path))
        else:
            self._rendered.append(_Rendered(use, use.own, ()))

    def _named(self, use: Use | None, metric: str) -> str:
        """Return the name of what a component reads, or of what nobody does."""
        if not self.shared:
            return metric
        if use is None:
            return f"{self.uses[0].own}.{metric}"
        return f"{use.own}.{metric}" if use.path in self.shared else metric

    def _document(self, root: dict[str, Json] | list[Json], message: Message) -> Decoded:
        """Return what a document says: all its keys, and what templates make of them."""
        first = self.uses[0].device
        flattener = Flattener(first)
        flattener.add(root)
        decoded = Decoded(skipped=flattener.skipped, rejections=flattener.rejections)
        moments: dict[Path, int | None] = {(): flattener.samples[0].time_us if flattener.samples else None}
        replaced = {name: path for path, name in self._replaced.items()}
        for sample in flattener.samples:
            path = replaced.get(sample.metric) if sample.path is None else keys(sample.path)
            if path in self._replaced:
                moments[path] = sample.time_us
                continue
            use = self._names.get(sample.metric) if path is None else self._paths.get(path)
            found = sample._replace(metric=self._named(use, sample.metric)) if self.shared else sample
            if use is not None:
                found = overlaid(found if use.device == first else found._replace(device=use.device), use, root)
            decoded.samples.append(found)
        if self._rendered:
            decoded.samples, decoded.skipped = [_unplanned(one) for one in decoded.samples if one.value is not None], []
            rendering = Rendering(message, self.templates)
            for use, metric, path in self._rendered:
                _append(decoded, rendering, use, metric, moments.get(path, moments[()]))
        return decoded

    def _value(self, text: str, message: Message) -> Decoded:
        """Return what a message says that is one value, for each component that reads it."""
        decoded = Decoded()
        rendering: Rendering | None = None
        told: set[tuple[str, str]] = set()
        for use in self._readers():
            if (use.device, use.metric) in told:
                continue
            told.add((use.device, use.metric))
            if use.is_text:
                value = None if classify(text, NAMELESS) is None else text
                decoded.samples.append(Sample(use.device, use.metric, value))
            elif reads(use.template).plain:
                sample = plain.sample(text, use.device, use.metric)
                decoded.samples.append(sample if use.path else overlaid(sample, use, text))
            else:
                rendering = rendering or Rendering(message, self.templates)
                _append(decoded, rendering, use, use.metric, None)
        if len(self.uses) > 1:
            decoded.samples = [sample._replace(path=None) for sample in decoded.samples]
        return decoded

    def _readers(self) -> Iterable[Use]:
        """Return the components that read a message which is one value; if none does, the first stands for all."""
        found = [use for use in self.uses if not use.path or not reads(use.template).plain]
        return found or self.uses[:1]

    def _tell(self, decoded: Decoded, message: Message) -> None:
        """Append what is known of the devices that have their first value now."""
        seen = {sample.device for sample in decoded.samples if sample.value is not None}
        for device in sorted(seen.intersection(self._abouts)):
            decoded.about.append(self._abouts[device])
            if not message.trial:
                del self._abouts[device]


def _unplanned(sample: Sample) -> Sample:
    """Return a sample that no plan learns from: each document of its topic is read anew, for templates are rendered."""
    device, metric, value, unit, time_us, historical, offset_us, _, kind = sample
    return Sample(device, metric, value, unit, time_us, historical, offset_us, None, kind)


def _append(decoded: Decoded, rendering: Rendering, use: Use, metric: str, time_us: int | None) -> None:
    """Append what a template makes of a message."""
    made = rendering.of(use.template)
    if isinstance(made, Rejection):
        decoded.rejections.append(Rejection(made.reason, made.detail, metric))
    elif isinstance(made, str):
        value = meant(made, use)
        value = classify(made, metric.rpartition(".")[2]) if value is None else value
        decoded.samples.append(Sample(use.device, metric, value, use.unit, time_us, kind=use.kind))
