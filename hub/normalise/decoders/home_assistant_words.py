"""Words: what discovery adds to a value - its unit, its kind, and whether a word means on or off.

References:
    Normalisation section 6, rules 1, 3 and 5; G6: what discovery says of a unit counts before all others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hub.normalise.decoders.home_assistant_keys import word
from hub.normalise.decoders.home_assistant_paths import at, keys
from hub.normalise.decoders.protocol import Sample
from hub.normalise.values import classify

if TYPE_CHECKING:
    from hub.core.model import Value
    from hub.normalise.content import Json
    from hub.normalise.decoders.home_assistant_config import Use


def overlaid(sample: Sample, use: Use, root: Json) -> Sample:
    """Return a sample with what discovery says of it.

    A JSON boolean stays as it was sent: ``payload_on: false`` of a contact turns the sense of what is shown, not of
    what was measured; and since the kind says what true means, it is not that kind. Where the words are not those that
    mean the same everywhere, a plan may not read the value; a message that is such a word it may know by its bytes.

    Args:
        sample: as it was read.
        use: what discovery says.
        root: the message's document, or its text.
    """
    device, metric, value, unit, time_us, historical, offset_us, path, kind = sample
    kind = use.kind or kind
    if use.words and not _agrees(use.words, metric.rpartition(".")[2]):
        raw = at(root, keys(path)) if path else root if not isinstance(root, (dict, list)) else value
        told = None if isinstance(raw, (dict, list)) else meant(word(raw), use)
        path = () if path == () and _are_learnt(use.words, metric.rpartition(".")[2]) else None
        if isinstance(raw, bool):
            kind = kind if told in (None, raw) else None
        elif told is not None:
            value = told
    elif use.is_text and path is not None and type(value) in (int, float):
        raw = at(root, keys(path)) if path else root
        value, path = (raw.strip() if isinstance(raw, str) else str(value)), None
    return Sample(device, metric, value, use.unit or unit, time_us, historical, offset_us, path, kind)


def meant(text: str, use: Use) -> Value | None:
    """Return what a word means to a component, None if it is none of its words.

    Args:
        text: trimmed.
        use: of the component.
    """
    return next((meaning for told, meaning in use.words if told == text), None)


@lru_cache(maxsize=4096)
def _agrees(words: tuple[tuple[str, bool], ...], part: str) -> bool:
    """Return True if words mean to a component what they mean everywhere under a name."""
    return all(classify(told, part) is meaning for told, meaning in words)


@lru_cache(maxsize=4096)
def _are_learnt(words: tuple[tuple[str, bool], ...], part: str) -> bool:
    """Return True if none of the words is a number or a word that means something else everywhere."""
    return all(isinstance(found := classify(told, part), str) or found is meaning for told, meaning in words)
