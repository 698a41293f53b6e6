"""Formats of exports: each turns pages of readings into bytes that follow one another, and remembers next to nothing.

References:
    RFC 4180 (CSV); https://github.com/ndjson/ndjson-spec; https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import asyncio
import csv
import io
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from hub.core.errors import RequestError
from hub.gateway.instants import clamped
from hub.normalise.values import datatype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.core.model import Value
    from hub.history.model import Sample, SeriesRow

COLUMNS: Final = ("time", "device", "metric", "value", "unit", "quality", "datatype")
GROUP_ROWS: Final = 50_000
"""Rows of a row group of Parquet, which is held until it is whole: some 20 MiB."""
_LINE: Final = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class Format(Protocol):
    """Turns readings into bytes, in the order of the calls: :meth:`head`, :meth:`add` for each page, :meth:`tail`."""

    @property
    def media_type(self) -> str:
        """The media type of the whole."""

    @property
    def extension(self) -> str:
        """How the name of a file of it ends."""

    def head(self) -> bytes:
        """Return what goes before all readings."""

    async def add(self, series: SeriesRow, samples: Sequence[Sample]) -> bytes:
        """Return the bytes of a page, perhaps none yet.

        Args:
            series: whose.
            samples: in order of time.
        """

    async def tail(self) -> bytes:
        """Return what is left, and what goes behind it."""


class Csv:
    """Comma-separated values, with a header."""

    media_type = "text/csv; charset=utf-8; header=present"
    extension = "csv"

    def head(self) -> bytes:
        """See :class:`Format`."""
        return (",".join(COLUMNS) + "\r\n").encode()

    async def add(self, series: SeriesRow, samples: Sequence[Sample]) -> bytes:
        """See :class:`Format`."""
        text = io.StringIO()
        write = csv.writer(text).writerow
        device, metric, unit = series.device, series.metric, series.unit or ""
        for time_us, value, quality in samples:
            kind = datatype(value)
            shown = ("false", "true")[value] if isinstance(value, bool) else value
            write((_time(time_us), device, metric, shown, _unit(unit, value), quality or "good", kind))
        return text.getvalue().encode("utf-8", "replace")

    async def tail(self) -> bytes:
        """See :class:`Format`."""
        return b""


class Ndjson:
    """One JSON object a line."""

    media_type = "application/x-ndjson"
    extension = "ndjson"

    def head(self) -> bytes:
        """See :class:`Format`."""
        return b""

    async def add(self, series: SeriesRow, samples: Sequence[Sample]) -> bytes:
        """See :class:`Format`."""
        device, metric, unit = series.device, series.metric, series.unit
        lines = []
        for time_us, value, quality in samples:
            row: dict[str, Any] = {"time": clamped(time_us), "device": device, "metric": metric, "value": value}
            if unit is not None and _unit(unit, value):
                row["unit"] = unit
            if quality is not None:
                row["quality"] = quality
            lines.append(orjson.dumps(row, option=_LINE))
        return b"".join(lines)

    async def tail(self) -> bytes:
        """See :class:`Format`."""
        return b""


class _Sink:
    """A file that is emptied while it is written."""

    def __init__(self) -> None:
        self.closed = False
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: Any) -> int:  # noqa: ANN401 - a buffer
        self._parts.append(bytes(data))
        self._size += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class Parquet:
    """Apache Parquet: a value stands in the column of its type. Row groups are written in a thread.

    Raises:
        RequestError: the package that writes it is not installed.
    """

    media_type = "application/vnd.apache.parquet"
    extension = "parquet"

    def __init__(self) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError as error:
            message = "Parquet needs a package that is not installed: pip install 'telemetry-hub[parquet]'."
            raise RequestError("missing_package", message, field="format", status=501) from error
        text = pa.string()
        self._pa = pa
        self._schema = pa.schema(
            [
                ("time", pa.timestamp("us", tz="UTC")), ("device", text), ("metric", text), ("number", pa.float64()),
                ("integer", pa.int64()), ("text", text), ("boolean", pa.bool_()), ("unit", text), ("quality", text),
            ]
        )  # fmt: skip
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._rows: list[tuple[Any, ...]] = []

    def head(self) -> bytes:
        """See :class:`Format`."""
        return self._sink.take()

    async def add(self, series: SeriesRow, samples: Sequence[Sample]) -> bytes:
        """See :class:`Format`."""
        device, metric, unit = series.device, series.metric, series.unit
        self._rows += [
            (time_us, device, metric, *_typed(value), _unit(unit or "", value) or None, quality)
            for time_us, value, quality in samples
        ]
        if len(self._rows) < GROUP_ROWS:
            return b""
        await asyncio.to_thread(self._write)
        return self._sink.take()

    async def tail(self) -> bytes:
        """See :class:`Format`."""
        if self._rows:
            await asyncio.to_thread(self._write)
        await asyncio.to_thread(self._writer.close)
        return self._sink.take()

    def _write(self) -> None:
        """Write a row group."""
        columns = zip(*self._rows, strict=True)
        arrays = [self._pa.array(list(column), field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._rows = []
        self._writer.write_table(self._pa.table(arrays, schema=self._schema))


FORMATS: Final[dict[str, type[Csv | Ndjson | Parquet]]] = {"csv": Csv, "ndjson": Ndjson, "parquet": Parquet}


def _time(time_us: int) -> str:
    """Return a time as RFC 3339."""
    return clamped(time_us).isoformat().replace("+00:00", "Z")


def _unit(unit: str, value: Value) -> str:
    """Return the unit of a value; texts and booleans have none."""
    return unit if type(value) in (int, float) else ""


def _typed(value: Value) -> tuple[float | None, int | None, str | None, bool | None]:
    """Return a value in the column of its type; what is no 64-bit integer is a number."""
    if isinstance(value, bool):
        return None, None, None, value
    if isinstance(value, str):
        return None, None, value.encode("utf-8", "replace").decode(), None
    if isinstance(value, int) and _SMALLEST <= value <= _LARGEST:
        return None, value, None, None
    return float(value), None, None, None
