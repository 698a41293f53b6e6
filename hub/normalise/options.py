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
class SourceField:
    """One field of a fixed binary layout, after the one before it.

    Args:
        name: the metric's name; placeholders of the topic may stand in it. A field with the name of a time (``ts``,
            ``time``, …) is the time of the others, if it holds one.
        type: ``u8``, ``i16``, ``u24``, ``f32``, ``bool``, ``text``, ``bytes``, …; see
            :data:`hub.normalise.decoders.structs.TYPES`.
        endianness: ``little`` or ``big``; empty for the rule's.
        scale: what a number is multiplied by.
        offset: what is added then.
        unit: how it is displayed, empty for none.
        skip: bytes before it that are not read.
        length: bytes of ``text`` and ``bytes``.
    """

    name: str
    type: str
    endianness: str = ""
    scale: float = 1
    offset: float = 0
    unit: str = ""
    skip: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class SourceRule:
    """A rule for topics that no built-in decoder claims, or that are to be read another way.

    Args:
        topic: levels joined by ``/``; ``{name}`` takes one level or a part of one, ``+`` one level, ``#`` at the end
            the rest.
        decoder: whose rules read the payload: ``json``, ``plain``, or any other decoder's name; ``protobuf`` and
            ``struct`` read what the rule describes.
        device: the device's id, with placeholders; empty leaves it to the decoder.
        metrics: what to read; empty for everything.
        descriptor_set: of ``protobuf``, the file that describes its messages.
        message: of ``protobuf``, the full name of the payload's message.
        fields: of ``struct``, in the order in which they stand in the payload.
        endianness: of ``struct``, ``little`` or ``big``.
        longer: of ``struct``, True if more bytes may follow, which are not read.
    """

    topic: str
    decoder: str = "json"
    device: str = ""
    metrics: tuple[SourceMetric, ...] = ()
    descriptor_set: str = ""
    message: str = ""
    fields: tuple[SourceField, ...] = ()
    endianness: str = "little"
    longer: bool = False


@dataclass(frozen=True, slots=True)
class NormaliseOptions:
    """How messages become readings.

    Args:
        topic_cache: most topic plans; when full all are forgotten, counted, and learnt again.
        quarantine_topics: most topics in quarantine; the least recent goes.
        off: names of decoders that are switched off.
        prefixes: prefix of device ids by decoder, where it is not the decoder's name; empty for none.
        bases: base topics by decoder, where they are not the usual ones.
        forced: (topic filter, decoder's name): who reads those topics, whoever else might claim them; the first wins.
        zone: IANA name of the time zone of devices that tell local times; empty if nobody knows it.
        zones: (topic filter, zone): where that is another zone; the first wins.
        sources: rules of the configuration, the first that matches wins.
    """

    topic_cache: int = 200_000
    quarantine_topics: int = 1000
    off: frozenset[str] = frozenset()
    prefixes: dict[str, str] = field(default_factory=dict)
    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    forced: tuple[tuple[str, str], ...] = ()
    zone: str = ""
    zones: tuple[tuple[str, str], ...] = ()
    sources: tuple[SourceRule, ...] = ()
