"""Plain topics: one value or word a message, the topic says what it is.

References:
    Normalisation G9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hub.core.model import Status
from hub.core.units import NUMBER, canonical, split_number
from hub.normalise import times
from hub.normalise.decoders.protocol import Decoded, Said, Sample
from hub.normalise.names import NAMELESS, STATUS_LEVELS, is_identifier, snake_case
from hub.normalise.values import classify, number

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Topic

WORDS: Final[dict[str, Status]] = {
    **dict.fromkeys(("online", "connected", "available", "alive", "up", "ready"), Status.ONLINE),
    **dict.fromkeys(
        ("offline", "disconnected", "unavailable", "lost", "dead", "down", "connection lost"), Status.OFFLINE
    ),
}
"""What devices and most ecosystems call their states."""
_YES_NO = {
    **dict.fromkeys(("1", "true", "yes"), Status.ONLINE),
    **dict.fromkeys(("0", "false", "no"), Status.OFFLINE),
}
_YES_NO_LEVELS = frozenset({"online", "available", "availability", "connected", "lwt"})
_DATED = re.compile(rf"(\d{{9,19}}(?:\.\d+)?)[ ]({NUMBER})", re.ASCII)


def status_word(level: str, text: str) -> Status | None:
    """Return the status that a text means under a topic's last level, None if it is no such word there.

    Args:
        level: the last level.
        text: the payload, trimmed.
    """
    last = level.lower()
    if last not in STATUS_LEVELS:
        return None
    word = text.lower()
    return WORDS.get(word) or (_YES_NO.get(word) if last in _YES_NO_LEVELS else None)


def device_before(topic: Topic) -> str:
    """Return the device of a topic whose last level says what the message is about.

    Args:
        topic: with one level only, it is the device itself.
    """
    return "/".join(topic.levels[:-1]) or topic.name


def read(text: str, topic: Topic) -> Decoded:
    """Return what a payload says that is no document.

    Args:
        text: trimmed.
        topic: names the device and the metric.
    """
    status = status_word(topic.levels[-1], text)
    if status is not None:
        return Decoded(statuses=[Said(device_before(topic), status)])
    device = device_before(topic)
    metric = NAMELESS if device == topic.name else snake_case(topic.levels[-1]) or NAMELESS
    return Decoded(samples=[sample(text, device, metric)])


def sample(text: str, device: str, metric: str) -> Sample:
    """Return the one sample of a text: a number with its unit, with its time, or whatever the text means.

    Args:
        text: trimmed.
        device: whose it is.
        metric: its name; its last part may say that it is a choice or a label.
    """
    part = metric.rpartition(".")[2]
    if not is_identifier(part):
        split = split_number(text)
        if split is not None:
            value = number(split[0], or_else=text)
            return Sample(device, metric, value, None if value is text else canonical(split[1]))
        dated = _DATED.fullmatch(text)
        moment_us = None if dated is None else times.parse(dated[1])
        if dated is not None and moment_us is not None and times.EARLIEST_US <= moment_us < times.LATEST_EPOCH_US:
            return Sample(device, metric, number(dated[2], or_else=dated[2]), None, moment_us)
    return Sample(device, metric, classify(text, part), path=())
