"""How a device's values become messages: JSON with or without units, plain text, timestamps as devices write them."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

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
    """The messages in which a device says its values: one in JSON, one for each metric in plain.

    Args:
        device: Its id.
        profile: Says how.
        values: Metrics that are due, rounded.
        measured_us: The device's clock, µs since 1970.
    """
    topic = profile.topic.replace("{id}", device)
    if profile.format == "plain":
        return [
            Message(f"{topic}/{name}".encode(), _plain(profile, name, value, measured_us), profile.qos, profile.retain)
            for name, value in values.items()
        ]
    return [Message(topic.encode(), _json(profile, values, measured_us), profile.qos, profile.retain)]


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


def _json(profile: Profile, values: dict[str, Value], measured_us: int) -> bytes:
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
    if any(isinstance(value, float) and not math.isfinite(value) for value in values.values()):
        return json.dumps(document, ensure_ascii=False).encode()
    return orjson.dumps(document)


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
