"""How a device's values become messages: documents with or without units, packed or not, and plain text."""

import gzip
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import cbor2
import msgpack
import orjson

from simulators.formats import Format
from simulators.scenario import Metric, Profile
from simulators.signals import Value


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the broker."""

    topic: bytes
    payload: bytes
    qos: int = 0
    retain: bool = False


def rounded(value: Value, metric: Metric) -> Value:
    """A value with the decimals the metric has; what is no float stays.

    Args:
        value: The exact value.
        metric: Says how many.
    """
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    number = round(value, metric.decimals)
    return number if metric.decimals else int(number)


def read_out(device: str, profile: Profile, values: dict[str, Value], measured_us: int) -> list[Message]:
    """The messages in which a device says its values: one with all of them, in plain one for each metric.

    Args:
        device: Its id.
        profile: Says how.
        values: Metrics that are due, rounded.
        measured_us: The device's clock, µs since 1970.
    """
    topic = profile.topic.replace("{id}", device)
    if profile.format is Format.PLAIN:
        return [
            Message(f"{topic}/{name}".encode(), _plain(profile, name, value, measured_us), profile.qos, profile.retain)
            for name, value in values.items()
        ]
    payload = _packed(profile.format, _document(profile, values, measured_us))
    return [Message(topic.encode(), payload, profile.qos, profile.retain)]


def _plain(profile: Profile, name: str, value: Value, measured_us: int) -> bytes:
    unit = profile.metrics[name].unit
    if value is None:
        text = "unavailable"
    elif isinstance(value, bool):
        text = "ON" if value else "OFF"
    elif isinstance(value, str):
        text = value
    elif profile.timestamp != "none":
        text = f"{_time(profile, measured_us)} {_number(value, profile.metrics[name])}"
    else:
        text = _number(value, profile.metrics[name]) + (f" {unit}" if unit else "")
    return text.encode()


def _number(value: float, metric: Metric) -> str:
    whole = isinstance(value, int) or not math.isfinite(value)
    return str(value) if whole else f"{value:.{metric.decimals}f}"


def _document(profile: Profile, values: dict[str, Value], measured_us: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if profile.timestamp != "none":
        document["ts"] = _time(profile, measured_us)
    units = set()
    for name, value in values.items():
        unit = profile.metrics[name].unit
        *path, leaf = name.split(".")
        place = document
        for part in path:
            place = place.setdefault(part, {})
        place[leaf] = {"value": value, "unit": unit} if unit and profile.units == "objects" else value
        units.add(unit)
    if profile.units == "sibling" and units - {None}:
        document["unit"] = min(unit for unit in units if unit)
    return document


def _packed(how: Format, document: dict[str, Any]) -> bytes:
    match how:
        case Format.CBOR:
            return cbor2.dumps(document)
        case Format.MESSAGEPACK:
            packed: bytes = msgpack.packb(document)
            return packed
        case Format.GZIP:
            return gzip.compress(_json(document), mtime=0)
        case _:
            return _json(document)


def _json(document: dict[str, Any]) -> bytes:
    """JSON; with `NaN` and `Infinity` as careless encoders write them, where a fault put them."""
    written = orjson.dumps(document)
    return json.dumps(document, ensure_ascii=False).encode() if _careless(document) else written


def _careless(held: object) -> bool:
    if isinstance(held, dict):
        return any(_careless(value) for value in held.values())
    return isinstance(held, float) and not math.isfinite(held)


def _time(profile: Profile, measured_us: int) -> int | str:
    match profile.timestamp:
        case "s":
            return measured_us // 1_000_000
        case "ms":
            return measured_us // 1000
        case "iso":
            moment = datetime.fromtimestamp(measured_us / 1e6, UTC)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            return measured_us
