"""InfluxDB line protocol and Telegraf's JSON; a metric's name is `<measurement>.<field>`.

References:
    InfluxData documentation, Line protocol; Telegraf, JSON output data format and MQTT output plugin.
"""

from typing import Any

from simulators.dialects.dialect import Dialect, Member
from simulators.dialects.wording import Values, message
from simulators.readout import Message
from simulators.signals import Value


class Influx(Dialect):
    """A logger whose points carry its id as the tag `device`."""

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """All points in one message, a line each."""
        lines = [
            f"{_escaped(measurement)},device={_escaped(member.id)} "
            + ",".join(f"{_escaped(key)}={_field(value)}" for key, value in fields.items())
            + f" {measured_us * 1000}"
            for measurement, fields in _measurements(values).items()
        ]
        return [message(f"influx/{member.id}", "\n".join(lines) + "\n")] if lines else []


class Telegraf(Dialect):
    """An agent that publishes a message for each measurement; its id is its host's name."""

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """A message for each measurement."""
        return [
            message(f"telegraf/{member.id}/{measurement}", self._point(member, measurement, fields, measured_us))
            for measurement, fields in _measurements(values).items()
        ]

    def _point(self, member: Member, measurement: str, fields: Values, measured_us: int) -> dict[str, Any]:
        tags = {"host": member.id}
        return {"fields": fields, "name": measurement, "tags": tags, "timestamp": measured_us // 1_000_000}


def _measurements(values: Values) -> dict[str, Values]:
    measurements: dict[str, Values] = {}
    for name, value in values.items():
        measurement, _, field = name.partition(".")
        if value is not None:
            measurements.setdefault(measurement, {})[field or "value"] = value
    return measurements


def _field(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}i"
        case float():
            return repr(value)
        case _:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'


def _escaped(name: str) -> str:
    for character in ("\\", ",", "=", " "):
        name = name.replace(character, f"\\{character}")
    return name
