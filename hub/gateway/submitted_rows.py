"""Rows of a body: readings handed over as JSON, as lines of JSON, or in InfluxDB line protocol.

References:
    RFC 8259; https://github.com/ndjson/ndjson-spec; InfluxDB, line protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.decoders import influx_lines
from hub.normalise.submitted import Submitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row: TypeAlias = "tuple[int, Submitted | Rejection]"
"""Number of the row, from 1 on, and what it says, or what is wrong with it; its path is the field."""

_KNOWN: Final = frozenset({"device", "metric", "value", "values", "time", "unit", "quality", "datatype", "received"})
"""Fields of a row; the last two are those of the hub's own answers, and are passed over."""
_PRECISIONS_US: Final = {"us": 1, "ms": 1_000, "s": 1_000_000}
_SHOWN: Final = 40


def json_rows(body: bytes) -> Iterator[Row]:
    """Yield the rows of a JSON document: an array of readings, one reading, or an object with ``readings``.

    Args:
        body: the document.

    Raises:
        ValueError: it is no JSON.
    """
    found = orjson.loads(body)
    if isinstance(found, dict) and isinstance(found.get("readings"), list):
        found = found["readings"]
    for number, row in enumerate(found if isinstance(found, list) else [found], 1):
        for told in told_by(row):
            yield number, told


def json_line_rows(body: bytes) -> Iterator[Row]:
    """Yield the rows of a text with one JSON object a line; empty lines count, and are passed over.

    Args:
        body: the text.
    """
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except ValueError as error:
            yield number, Rejection("broken_json", f"is no JSON: {error}", "row")
            continue
        for told in told_by(row):
            yield number, told


def line_protocol_rows(body: bytes, *, device: str, precision: str, name: Callable[[str], str]) -> Iterator[Row]:
    """Yield the rows of a text in line protocol, one for each field of a line.

    Args:
        body: the text.
        device: of lines whose tags name none; empty: they are refused.
        precision: of times, ``ns``, ``us``, ``ms`` or ``s``; empty: their magnitude tells it.
        name: returns a device's id in the hub, from what a tag says.
    """
    for number, raw in enumerate(body.split(b"\n"), 1):
        line = raw.decode("utf-8", "replace").strip()
        if not line or line.startswith("#"):
            continue
        point = influx_lines.parse(line)
        if isinstance(point, Rejection):
            yield number, Rejection(point.reason, point.detail, "line")
            continue
        if point.rest:
            yield number, Rejection("broken_line", point.odd, "line")
        named = device if point.device is None else name(point.device)
        time_us = None if point.time is None else _line_time_us(point.time, precision)
        for key, value in point.fields:
            metric = influx_lines.metric_of(point.prefix, key)
            if value is None:
                yield number, Rejection("not_a_number", "is beyond every number", metric)
            elif not named:
                yield number, Rejection("bad_name", "no tag names it; give it as parameter", "device")
            else:
                yield number, Submitted(named, metric, value, None, time_us)


def told_by(row: Any) -> Iterator[Submitted | Rejection]:  # noqa: ANN401 - parsed JSON
    """Yield what a row says: one reading, or one for each of its ``values``.

    Args:
        row: parsed.
    """
    if not isinstance(row, dict):
        yield Rejection("unexpected_shape", "is no object with device, metric and value", "row")
        return
    odd = next((key for key in row if key not in _KNOWN), None)
    if odd is not None:
        known = "is not known here; known: device, metric, value, values, time, unit, quality"
        yield Rejection("unexpected_shape", known, odd[:_SHOWN])
        return
    values = row.get("values")
    if values is None:
        yield _reading(row, row.get("metric"), row.get("value"))
    elif isinstance(values, dict) and "value" not in row and "metric" not in row:
        for metric, value in values.items():
            yield _reading(row, metric, value)
    else:
        yield Rejection("unexpected_shape", "is an object of metrics, instead of metric and value", "values")


def _reading(row: dict[str, Any], metric: object, value: object) -> Submitted | Rejection:
    """Return one reading of a row, or which of its fields is of the wrong type."""
    device, unit, quality, told = row.get("device"), row.get("unit"), row.get("quality"), row.get("time")
    for field, text in (("device", device), ("metric", metric)):
        if not isinstance(text, str):
            return Rejection("unexpected_shape", "is missing, or no text", field)
    for field, text in (("unit", unit), ("quality", quality)):
        if text is not None and not isinstance(text, str):
            return Rejection("unexpected_shape", "is no text", field)
    if not isinstance(value, (bool, int, float, str)):
        return Rejection("unexpected_shape", "is missing, or neither number, text nor truth", "value")
    time_us = None if told is None else times.parse(told)
    if told is not None and time_us is None:
        return Rejection("bad_time", "is no time: RFC 3339, or Unix s, ms, µs or ns", "time")
    return Submitted(device, metric, value, unit, time_us, quality)  # type: ignore[arg-type]  # texts, as seen above


def _line_time_us(time: int, precision: str) -> int:
    """Return the microsecond of a line's time; what is no time of this century is refused later."""
    if precision == "ns":
        return time // 1000
    if precision:
        return time * _PRECISIONS_US[precision]
    found = times.parse(time)
    return times.UNSET if found is None else found
