"""Generic JSON: any document on a topic that no ecosystem claims.

References:
    Normalisation G11, G4, G8, G9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.normalise.decoders.plain import device_before, status_word
from hub.normalise.decoders.protocol import Decoded, Said
from hub.normalise.flatten import Flattener
from hub.normalise.names import GENERIC_LEVELS

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Topic


def device_of(topic: Topic) -> str:
    """Return the device of a topic: all of it, without a last level that only names a kind of message.

    Args:
        topic: the document's topic.
    """
    if len(topic.levels) > 1 and topic.levels[-1].lower() in GENERIC_LEVELS:
        return "/".join(topic.levels[:-1]) or topic.name
    return topic.name


def read(root: dict[str, Json] | list[Json], topic: Topic) -> Decoded:
    """Return what a document says.

    Args:
        root: parsed.
        topic: names the device.
    """
    decoded = Decoded()
    if isinstance(root, dict) and isinstance(word := root.get("state"), str):
        status = status_word(topic.levels[-1], word.strip()) if word.strip().lower() in ("online", "offline") else None
        if status is not None:
            decoded.statuses.append(Said(device_before(topic), status))
            root = {key: member for key, member in root.items() if key != "state"}
    flattener = Flattener(device_of(topic), samples=decoded.samples, rejections=decoded.rejections)
    flattener.add(root)
    return decoded
