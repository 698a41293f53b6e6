"""Spelling: an answer's JSON, made in slices while the loop runs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from hub.gateway.instants import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.gateway.pace import Pace

_ROWS_A_CHUNK = 250
T = TypeVar("T")


async def spelled(head: dict[str, Any], name: str, rows: Sequence[dict[str, Any]], pace: Pace) -> list[bytes]:
    """Return an answer's JSON in chunks: the head's fields, then the rows under their name.

    Args:
        head: at least one field.
        name: of the list of rows.
        rows: many.
        pace: lets the loop run between chunks.
    """
    return await spelled_columns(head, rows, {name: _itself}, pace)


async def spelled_columns(
    head: dict[str, Any], rows: Sequence[T], cells: Mapping[str, Callable[[T], Any]], pace: Pace
) -> list[bytes]:
    """Return an answer's JSON in chunks: the head's fields, then columns.

    Args:
        head: at least one field.
        rows: many.
        cells: columns by name, each with what a row has in it.
        pace: lets the loop run between chunks.
    """
    chunks = [dumps(head)[:-1]]
    for name, cell in cells.items():
        chunks.append(b',"%s":[' % name.encode())
        for start in range(0, len(rows), _ROWS_A_CHUNK):
            if start:
                chunks.append(b",")
            chunks.append(dumps([cell(row) for row in rows[start : start + _ROWS_A_CHUNK]])[1:-1])
            await pace.rest()
        chunks.append(b"]")
    chunks.append(b"}")
    return chunks


def _itself(row: T) -> T:
    """Return a row that is spelled as it is."""
    return row
