"""The planned way for packed payloads: compressed JSON, CBOR and MessagePack are read by their topic's plan as well.

The general way takes them apart first and then does as with JSON, and so does this; what the plan does not know for
sure is left to the general way.

References:
    Normalisation G10 and Plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.raw import RETAIN
from hub.normalise import planned
from hub.normalise.compressed import inflated, is_compressed
from hub.normalise.content import Document
from hub.normalise.content import read as content_of
from hub.normalise.plan import HELD_PAYLOAD_BYTES, MAX_PLANNED_BYTES

if TYPE_CHECKING:
    from hub.core.model import Reading
    from hub.core.raw import RawMessage
    from hub.normalise.plan import Plan

_TEXT_BELOW = b"\x80"
"""No document in CBOR or MessagePack begins with a lower byte."""
_NAMED_FORMAT = "+"
"""In a content type such as ``application/senml+cbor``: the topic alone does not say what its keys mean (RFC 6839)."""


def read(plan: Plan, message: RawMessage, received_us: int, readings: list[Reading]) -> bool:
    """Append the readings of a live packed message by its topic's plan; return False if the plan cannot read it.

    Args:
        plan: of its topic.
        message: any; only a packed one is read.
        received_us: when it was received.
        readings: takes them; nothing is left in it if the plan cannot.
    """
    payload, content_type = message.payload, message.content_type
    if not plan.planned or message.flags & RETAIN or len(payload) > MAX_PLANNED_BYTES:
        return False
    packed = is_compressed(payload)
    if packed:
        content = inflated(payload, limit_bytes=MAX_PLANNED_BYTES)
        if not isinstance(content, bytes) or is_compressed(content):
            return False
        payload = content
    before = len(readings)
    try:
        if payload[:1] >= _TEXT_BELOW:
            known = plan.has_learnt and _document(plan, payload, content_type, received_us, readings)
        elif packed and planned.is_planned_type(content_type, payload):
            planned.read(plan, payload, received_us, readings.append)
            known = True
        else:
            known = False
    except (KeyError, ValueError):
        known = False
    if not known:
        del readings[before:]
        return False
    plan.payload, plan.heard_us = message.payload[:HELD_PAYLOAD_BYTES], received_us
    plan.manner = (False, content_type)
    return True


def _document(plan: Plan, payload: bytes, content_type: str, received_us: int, readings: list[Reading]) -> bool:
    """Append the readings of a binary document; return False if it is none, or could be of another format.

    Raises:
        KeyError: something is not known for sure; what was appended must be taken back.
    """
    if _NAMED_FORMAT in content_type:
        return False
    content = content_of(payload, content_type)
    if not isinstance(content, Document) or not isinstance(content.root, dict):
        return False
    planned.take(plan.root, content.root, received_us, None, received_us, readings.append)
    return True
