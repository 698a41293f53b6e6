"""Names: how a key of a message becomes part of a metric's name, and what a name tells about its values.

References:
    Normalisation G2 (metric names), G5 (enumeration and identifier keys), G8 (time keys), G9 and G11 (topic levels).
"""

from __future__ import annotations

import re
from functools import lru_cache

_STEPS = (
    re.compile(r"(?<=[A-Z])(?=[A-Z][a-z]{2})"),
    re.compile(r"(?<=[a-z])(?=[A-Z])"),
    re.compile(r"(?<=[0-9])(?=[A-Z][a-z]{2})"),
)
"""Where words meet: between two characters, so that a long run of capitals costs no more than its length."""
_OTHER_CHARACTERS = re.compile(r"[\W_]+")
_FORBIDDEN_IN_DEVICES = re.compile(r"[\x00-\x1f\x7f-\x9f+#\u2028\u2029\ud800-\udfff]")

MAX_NAME_CHARACTERS = 256
"""A longer part of a name is cut; keys are names, not values."""

MAX_LABEL_CHARACTERS = 512
"""A longer name or description of a device is not kept."""

NAMELESS = "value"
"""The metric of a value that nothing names."""

TIME_KEYS = (
    "ts",
    "time",
    "timestamp",
    "datetime",
    "date",
    "epoch",
    "created_at",
    "measured_at",
    "observed_at",
    "sampled_at",
    "read_at",
    "last_seen",
)
"""Keys that may hold the time of what stands beside and below them; the first that tells a time wins."""

ENVELOPE_TIME_KEYS = frozenset({"ts", "time", "timestamp"})
"""With one of these beside it, ``values`` is an envelope."""

SELF = "me"
"""The device of topics that do not name it: it is whoever holds the MQTT session."""

UNIT_KEYS = ("unit", "units")

STATUS_LEVELS = frozenset(
    {"status", "availability", "available", "online", "lwt", "connected", "connection", "state"},
)
"""Last levels under which a device, or its will, says whether it is connected."""

GENERIC_LEVELS = frozenset(
    {
        "state",
        "status",
        "data",
        "telemetry",
        "sensor",
        "sensors",
        "json",
        "attributes",
        "values",
        "value",
        "reading",
        "readings",
        "event",
        "events",
        "measurement",
        "measurements",
        "payload",
        "raw",
        "tele",
    },
)
"""Last levels that name a kind of message and no device."""

COMMAND_LEVELS = frozenset({"set", "command", "get"})
"""Last levels of topics that ask a device for something; they tell nothing about it."""

_ENUMERATION_KEYS = frozenset({"action", "preset", "effect", "event", "fan_speed", "source", "reason", "type"})
_IDENTIFIER_KEYS = frozenset(
    {
        "id",
        "uid",
        "uuid",
        "mac",
        "serial",
        "serial_number",
        "imei",
        "eui",
        "dev_eui",
        "address",
        "addr",
        "version",
        "mpan",
        "mprn",
        "ssid",
        "bssid",
        "hostname",
        "ip",
        "ip_address",
        "token",
    },
)


def snake_case(key: str) -> str:
    """Return a key as a part of a metric's name; empty if it has no letter or digit.

    Args:
        key: a key of a document, or a topic's level.
    """
    return _snake_case(key if len(key) <= MAX_NAME_CHARACTERS else key[:MAX_NAME_CHARACTERS])


@lru_cache(maxsize=16_384)
def _snake_case(key: str) -> str:
    """Return a short key in snake_case; short, because the cache keeps it."""
    for step in _STEPS:
        key = step.sub("_", key)
    return _OTHER_CHARACTERS.sub("_", key).strip("_").lower()


def metric_name(parts: tuple[str, ...]) -> str:
    """Return the dotted name of parts that are snake_case already; empty parts are left out.

    Args:
        parts: from the outermost object inwards.
    """
    return ".".join(part for part in parts if part) or NAMELESS


def is_enumeration(part: str) -> bool:
    """Return True if words under this name are choices and never booleans.

    Args:
        part: the last part of a metric's name.
    """
    return part in _ENUMERATION_KEYS or part.endswith("mode")


def is_identifier(part: str) -> bool:
    """Return True if digits under this name are a label and never a number.

    Args:
        part: the last part of a metric's name.
    """
    return part in _IDENTIFIER_KEYS or part.endswith("version")


def label(value: object) -> str | None:
    """Return a text that people can be shown, trimmed; None if it is too long, not printable, or no text at all.

    Args:
        value: whatever stands where a name or a description is expected.
    """
    if not isinstance(value, str) or len(value) > MAX_LABEL_CHARACTERS or not value.isprintable():
        return None
    return value.strip() or None


def clean_device(device: str) -> str:
    """Return a device id that can be an MQTT topic filter and a line of text.

    Args:
        device: as the ecosystem writes it.
    """
    return _FORBIDDEN_IN_DEVICES.sub("_", device)
