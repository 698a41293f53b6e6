"""Options: what people may set about normalisation."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceMetric:
    """One metric of a source rule.

    Args:
        path: JSONPath into the document.
        name: the metric's name; placeholders of the topic may stand in it.
        unit: how it is displayed, empty for none.

    References:
        RFC 9535.
    """

    path: str
    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SourceRule:
    """A rule for topics that no built-in decoder claims, or that are to be read another way.

    Args:
        topic: levels joined by ``/``; ``{name}`` takes one level, ``+`` too, ``#`` at the end takes the rest.
        decoder: whose rules read the payload: ``json``, ``plain``, or any other decoder's name.
        device: the device's id, with placeholders; empty leaves it to the decoder.
        metrics: what to read; empty for everything.
    """

    topic: str
    decoder: str = "json"
    device: str = ""
    metrics: tuple[SourceMetric, ...] = ()


@dataclass(frozen=True, slots=True)
class NormaliseOptions:
    """How messages become readings.

    Args:
        topic_cache: most topic plans; when full all are forgotten, counted, and learnt again.
        quarantine_topics: most topics in quarantine; the least recent goes.
        off: names of decoders that are switched off.
        prefixes: prefix of device ids by decoder, where it is not the decoder's name; empty for none.
        bases: base topics by decoder, where they are not the usual ones.
        forced: (topic filter, decoder's name): who reads those topics, whoever else might claim them.
        sources: rules of the configuration, the first that matches wins.
    """

    topic_cache: int = 200_000
    quarantine_topics: int = 1000
    off: frozenset[str] = frozenset()
    prefixes: dict[str, str] = field(default_factory=dict)
    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    forced: tuple[tuple[str, str], ...] = ()
    sources: tuple[SourceRule, ...] = ()
