"""Spelling: an answer's JSON, made in slices while the loop runs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.gateway.instants import dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.gateway.pace import Pace

_ROWS_A_CHUNK = 250


async def spelled(head: dict[str, Any], name: str, rows: Sequence[dict[str, Any]], pace: Pace) -> list[bytes]:
    """Return an answer's JSON in chunks: the head's fields, then the rows under their name.

    Args:
        head: at least one field.
        name: of the list of rows.
        rows: many.
        pace: lets the loop run between chunks.
    """
    chunks = [dumps(head)[:-1], b',"%s":[' % name.encode()]
    for start in range(0, len(rows), _ROWS_A_CHUNK):
        if start:
            chunks.append(b",")
        chunks.append(dumps(rows[start : start + _ROWS_A_CHUNK])[1:-1])
        await pace.rest()
    chunks.append(b"]}")
    return chunks
