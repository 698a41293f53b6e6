"""Exporting: a file of readings, from a running hub."""

from __future__ import annotations

import http.client
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.transfer.link import TransferError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from hub.transfer.link import Link

_CHUNK_BYTES: Final = 65_536


def export(
    link: Link, params: Mapping[str, str | Sequence[str]], output: Path | None, moved: Callable[[int, int], None]
) -> int:
    """Write an export; return its bytes. A file is there once it is whole, and not before.

    Args:
        link: to the hub.
        params: of ``GET /api/v1/export``.
        output: the file; None for standard output.
        moved: called with the bytes so far after each chunk, and with 0: nobody knows how many there will be.

    Raises:
        TransferError: the hub refuses, or the export breaks off.
    """
    with link.get("/api/v1/export", params) as answer:
        if output is None:
            return _copy(answer, sys.stdout.buffer, moved)
        partial = output.with_name(output.name + ".partial")
        with partial.open("wb") as file:
            size = _copy(answer, file, moved)
        partial.replace(output)
        return size


def _copy(answer: http.client.HTTPResponse, file: BinaryIO, moved: Callable[[int, int], None]) -> int:
    """Copy a body."""
    size = 0
    try:
        while chunk := answer.read(_CHUNK_BYTES):
            file.write(chunk)
            size += len(chunk)
            moved(size, 0)
    except (http.client.HTTPException, OSError) as error:
        raise TransferError(
            f"The export broke off after {size} bytes: {str(error) or type(error).__name__}."
        ) from error
    return size
