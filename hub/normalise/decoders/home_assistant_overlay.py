"""Overlay: messages of other ecosystems, with the units that discovery knows.

References:
    Normalisation section 6, rule 1: the other ecosystem names devices and metrics.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.normalise.content import Document
from hub.normalise.decoders.home_assistant_keys import word
from hub.normalise.decoders.home_assistant_paths import Path, at, keys, metric_of, names_of, reads
from hub.normalise.decoders.home_assistant_words import overlaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.content import Json
    from hub.normalise.decoders.home_assistant_config import Use
    from hub.normalise.decoders.protocol import Decoded, Message, Sample


@dataclass(slots=True)
class Overlay:
    """Reads the messages of one topic.

    Args:
        inner: the other ecosystem's reader.
        uses: what discovery says of the topic.
    """

    inner: Callable[[Message], Decoded]
    uses: tuple[Use, ...]
    _paths: dict[Path, Use] = field(default_factory=dict)
    _names: dict[str, Use] = field(default_factory=dict)
    _ends: dict[str, Use | None] = field(default_factory=dict)
    _whole: Use | None = None

    def __post_init__(self) -> None:
        """Work out once which path has which unit; what a template reckons from a value is not what is read here."""
        for use in self.uses:
            read = reads(use.template)
            if not read.keeps_unit:
                continue
            if not read.path:
                self._whole = self._whole or use
            elif read.path not in self._paths:
                self._paths[read.path] = use
                for name in names_of(read.path):
                    self._names.setdefault(name, use)
                for end in _endings(metric_of(read.path)):
                    self._ends[end] = None if end in self._ends else use

    def read(self, message: Message) -> Decoded:
        """Return what a message says by its own ecosystem, with units, kinds and what its words mean.

        Args:
            message: of the topic.
        """
        decoded = self.inner(message)
        samples = decoded.samples
        if not samples:
            return decoded
        content = message.content
        if isinstance(content, Document):
            self._overlay(samples, content.root)
        elif self._whole is not None and len(samples) == 1:
            text = getattr(content, "text", "")
            samples[0] = overlaid(samples[0], self._whole, text)
        return decoded

    def _overlay(self, samples: list[Sample], root: Json) -> None:
        """Add to the samples of a document what is known of them."""
        unplanned: list[int] = []
        for place, sample in enumerate(samples):
            if sample.path is None:
                unplanned.append(place)
            elif (use := self._paths.get(keys(sample.path))) is not None:
                samples[place] = overlaid(sample, use, root)
        named = self._named(samples, unplanned)
        for place, use in (named | self._shortened(samples, unplanned, named, root)).items():
            samples[place] = overlaid(samples[place], use, root)

    def _named(self, samples: list[Sample], places: list[int]) -> dict[int, Use]:
        """Return what belongs to samples of which only the metric is known.

        The ecosystem may have put something before the names of keys; the shortest metric that ends with a path is it.
        """
        found: dict[str, int] = {}
        for place in sorted(places, key=lambda one: len(samples[one].metric)):
            for name in _endings(samples[place].metric):
                if name in self._names:
                    found.setdefault(name, place)
        return {place: self._names[name] for name, place in found.items()}

    def _shortened(self, samples: list[Sample], places: list[int], named: dict[int, Use], root: Json) -> dict[int, Use]:
        """Return what belongs to samples whose ecosystem left out what stands around a key.

        That is sure if the metric is the end of one path only, no other metric ends so, and its value stands there.
        """
        last = Counter(samples[place].metric.rpartition(".")[2] for place in places)
        taken = {use.path for use in named.values()}
        found: dict[int, Use] = {}
        for place in places:
            sample = samples[place]
            use = self._ends.get(sample.metric)
            if use is None or place in named or use.path in taken or last[sample.metric.rpartition(".")[2]] > 1:
                continue
            if word(at(root, use.path)) == word(sample.value):
                found[place] = use
        return found


def _endings(metric: str) -> list[str]:
    """Return a metric's name and what remains of it without its first parts."""
    parts = metric.split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]
