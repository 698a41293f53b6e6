"""Cursors: where the next page of an answer begins, opaque to whoever carries it there."""

from __future__ import annotations

import base64
import binascii

import orjson

MAX_CURSOR_CHARS = 8192
"""A cursor holds at most a device id and a metric, whose bounds are 1,024 and 512 bytes, as JSON in base64."""


def encode(*parts: str) -> str:
    """Return the cursor of the last row that was given.

    Args:
        parts: its sort key, such as the device and the metric.
    """
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode("ascii").rstrip("=")


def decode(text: str, parts: int) -> tuple[str, ...] | None:
    """Return the sort key of a cursor, None if the text is no cursor of that many parts.

    Args:
        text: what a client sent.
        parts: of how many parts the sort key is.
    """
    if len(text) > MAX_CURSOR_CHARS or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = orjson.loads(raw)
    except (binascii.Error, orjson.JSONDecodeError):
        return None
    if not isinstance(found, list) or len(found) != parts or not all(isinstance(part, str) for part in found):
        return None
    return tuple(found)
