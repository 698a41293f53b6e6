"""Overlay: messages of other ecosystems, with the units that discovery knows.

References:
    Normalisation section 6, rule 1: the other ecosystem names devices and metrics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.normalise.content import Document
from hub.normalise.decoders.home_assistant_paths import Path, keys, reads
from hub.normalise.decoders.home_assistant_states import metric_of
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
    _whole: Use | None = None

    def __post_init__(self) -> None:
        """Work out once which path has which unit; what a template makes of a value is not what is read here."""
        for use in self.uses:
            read = reads(use.template)
            if not read.plain:
                continue
            if read.path:
                self._paths.setdefault(read.path, use)
                self._names.setdefault(metric_of(read.path), use)
            elif self._whole is None:
                self._whole = use

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
        for name, place in self._named(samples, unplanned).items():
            samples[place] = overlaid(samples[place], self._names[name], root)

    def _named(self, samples: list[Sample], places: list[int]) -> dict[str, int]:
        """Return where the samples are that have the names of paths: the shortest metric that ends so."""
        found: dict[str, int] = {}
        for place in sorted(places, key=lambda one: len(samples[one].metric)):
            for name in _endings(samples[place].metric):
                if name in self._names:
                    found.setdefault(name, place)
        return found


def _endings(metric: str) -> list[str]:
    """Return a metric's name and what remains of it without its first parts."""
    parts = metric.split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]
