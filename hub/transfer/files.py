"""Files of readings, read in chunks from any place on: what exports write, and InfluxDB line protocol."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

import orjson

from hub.transfer.link import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS: Final = 2_000
"""Rows of a chunk: one request, some hundred KiB."""
CHUNK_BYTES: Final = 1_000_000
"""A chunk ends at the latest with the line that reaches this."""
NDJSON: Final = "application/x-ndjson"
LINES: Final = "text/plain"
_ENDINGS: Final = {
    ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet",
    ".lp": "influx", ".line": "influx", ".txt": "influx", ".influx": "influx",
}  # fmt: skip
_WORDS: Final = {"true": True, "false": False}


class Chunk(NamedTuple):
    """Some rows.

    Args:
        body: to be posted.
        kind: its media type.
        place: behind the last of them: a byte of the file, of Parquet a row.
    """

    body: bytes
    kind: str
    place: int


def format_of(path: Path, told: str) -> str:
    """Return the format of a file.

    Args:
        path: the file.
        told: by whoever gave it, empty for its name's ending.

    Raises:
        TransferError: nothing tells it.
    """
    found = told or _ENDINGS.get(path.suffix.lower(), "")
    if not found:
        raise TransferError(f"{path.name} does not tell its format; --format csv, ndjson, parquet or influx does.")
    return found


def length_of(path: Path, written: str) -> int:
    """Return where a file ends, as places count.

    Args:
        path: the file.
        written: its format.
    """
    return int(_parquet(path).metadata.num_rows) if written == "parquet" else path.stat().st_size


def chunks(path: Path, written: str, place: int) -> Iterator[Chunk]:
    """Yield the rows of a file.

    Args:
        path: the file.
        written: its format.
        place: where to begin, as an earlier chunk told.

    Raises:
        TransferError: it cannot be read as what it is said to be.
    """
    match written:
        case "parquet":
            yield from _parquet_chunks(path, place)
        case "csv":
            with path.open("rb") as file:
                yield from _csv_chunks(file, path.name, place)
        case _:
            with path.open("rb") as file:
                file.seek(place)
                yield from _line_chunks(file, NDJSON if written == "ndjson" else LINES, place)


def _line_chunks(file: BinaryIO, kind: str, place: int) -> Iterator[Chunk]:
    """Yield lines as they are."""
    while lines := file.readlines(CHUNK_BYTES // 4):
        for start in range(0, len(lines), ROWS):
            body = b"".join(lines[start : start + ROWS])
            place += len(body)
            yield Chunk(body, kind, place)


class _Counted:
    """The lines of a file, with how many bytes they were; a quoted field may hold several."""

    def __init__(self, file: BinaryIO, place: int) -> None:
        self._file = file
        self.place = place

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.place += len(line)
            yield line.decode("utf-8-sig" if self.place == len(line) else "utf-8", "replace")


def _csv_chunks(file: BinaryIO, name: str, place: int) -> Iterator[Chunk]:
    """Yield the rows of comma-separated values as lines of JSON."""
    head = _Counted(file, 0)
    columns = next(csv.reader(head), [])
    if not {"device", "metric", "value"} <= set(columns):
        raise TransferError(f"{name} has no header with device, metric and value.")
    lines = _Counted(file, max(place, head.place))
    file.seek(lines.place)
    rows = csv.reader(lines)
    try:
        while some := list(islice(rows, ROWS)):
            body = b"".join(_line(dict(zip(columns, row, strict=False))) for row in some if row)
            yield Chunk(body, NDJSON, lines.place)
    except csv.Error as error:
        raise TransferError(f"{name} is no CSV near byte {lines.place}: {error}.") from error


def _line(row: dict[str, str]) -> bytes:
    """Return a row of CSV as a line of JSON."""
    told: dict[str, Any] = {key: row[key] for key in ("device", "metric", "time", "unit", "quality") if row.get(key)}
    told["value"] = typed(row.get("value", ""), row.get("datatype", ""))
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def typed(text: str, datatype: str) -> bool | float | str:
    """Return the value that a text of CSV is.

    Args:
        text: as it is written.
        datatype: as exports write it; empty: the text tells it.
    """
    if datatype == "string":
        return text
    if datatype in ("boolean", "") and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        if datatype != "float":
            return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _parquet(path: Path) -> Any:  # noqa: ANN401 - the package has no types
    """Return an open file of Parquet."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise TransferError("Parquet needs a package: pip install 'telemetry-hub[parquet]'.") from error
    try:
        return pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise TransferError(f"{path.name} is no Parquet: {error}.") from error


def _parquet_chunks(path: Path, place: int) -> Iterator[Chunk]:
    """Yield the rows of Parquet as lines of JSON."""
    at = 0
    for batch in _parquet(path).iter_batches(batch_size=ROWS):
        at += batch.num_rows
        if at <= place:
            continue
        rows = batch.to_pylist()
        yield Chunk(b"".join(map(_of_columns, rows[max(0, len(rows) - (at - place)) :])), NDJSON, at)


def _of_columns(row: dict[str, Any]) -> bytes:
    """Return a row of Parquet as a line of JSON."""
    told = {key: row[key] for key in ("device", "metric", "time", "unit", "quality") if row.get(key) is not None}
    typed_columns = (row.get(column) for column in ("boolean", "integer", "number", "text", "value"))
    told["value"] = next((value for value in typed_columns if value is not None), None)
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
