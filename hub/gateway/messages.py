"""Messages: the JSON Schemas of what the hub sends on the live protocol.

Shared frames are made by hand for speed (:mod:`hub.live.frame`), so their schemas stand here; tests hold the hub's own
frames and the golden files to them.

References:
    JSON Schema 2020-12; the live protocol, "Hub → client".
"""

from __future__ import annotations

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
MS: Schema = {"type": "number", "description": "Milliseconds since 1970 UTC."}
OFFSET: Schema = {"type": "number", "description": "Milliseconds after `base`, or before it."}
TRUTH: Schema = {"type": "boolean"}
KEY: Schema = {"type": "integer", "minimum": 1, "description": "A series, on this connection."}
VALUE: Schema = {"type": ["boolean", "number", "string", "null"]}
ID: Schema = {"type": ["integer", "string"], "description": "As the client chose it."}
CHANNEL: Schema = {"type": "integer", "minimum": 0, "description": "What several subscriptions may share."}
SEQ: Schema = {"type": "integer", "minimum": 0, "description": "Everything of the channel up to here has been sent."}
POSITION: Schema = {"type": "string", "pattern": "^.+:[0-9]{1,18}$", "description": "A place in the log, `epoch:seq`."}
QUALITY: Schema = {
    "type": "string",
    "pattern": "^(good|uncertain|bad|stale)(:.+)?$",
    "description": "With a reason after a colon where there is one; left out of rows where it is good.",
}


def nullable(schema: Schema) -> Schema:
    """Return a schema that allows null too.

    Args:
        schema: with one type.
    """
    return {**schema, "type": [schema["type"], "null"]}


def rows(*columns: Schema, optional: int = 0) -> Schema:
    """Return the schema of rows that are arrays.

    Args:
        columns: of each row, in order.
        optional: how many of the last may be missing.
    """
    row = {"type": "array", "prefixItems": list(columns), "items": False, "minItems": len(columns) - optional}
    return {"type": "array", "items": row}


def listed(items: Schema) -> Schema:
    """Return the schema of a list.

    Args:
        items: of each item.
    """
    return {"type": "array", "items": items}


def message(kind: str, summary: str, fields: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of a message; clients ignore fields they do not know, so more are allowed.

    Args:
        kind: its ``type``.
        summary: what it tells.
        fields: besides ``type``.
        optional: those that may be missing.
    """
    return {
        "type": "object",
        "description": summary,
        "required": ["type", *(name for name in fields if name not in optional)],
        "properties": {"type": {"const": kind}, **fields},
    }


_STATUS: Schema = {"enum": ["online", "offline", "unknown", None], "description": "Null: the device is forgotten."}
_DATATYPE: Schema = {"enum": ["boolean", "integer", "float", "string", "mixed"]}
_FACTS: Schema = {
    "type": "object",
    "properties": {"kind": TEXT, "name": TEXT, "cadence_ms": WHOLE, "settable": TRUTH},
}
_LIMITS: Schema = {
    "type": "object",
    "required": ["subscriptions", "filters", "frame_bytes", "buffer_bytes"],
    "properties": {"subscriptions": WHOLE, "filters": WHOLE, "frame_bytes": WHOLE, "buffer_bytes": WHOLE},
}
_AFTER: Schema = {"type": "array", "items": WHOLE, "minItems": 2, "maxItems": 2}

HUB_MESSAGES: tuple[Schema, ...] = (
    message(
        "welcome",
        "Answers `hello`: what the hub is and allows.",
        {
            "protocol": {"const": 1}, "hub": TEXT, "build": TEXT, "epoch": TEXT, "now": MS, "zone": TEXT,
            "heartbeat_ms": WHOLE, "user": TEXT, "role": TEXT, "limits": _LIMITS,
        },
    ),
    message(
        "feed",
        "The state of a link that values come through: one for each after `welcome`, then on change.",
        {"source": TEXT, "up": TRUTH, "since": MS, "reason": TEXT, "tries": WHOLE, "address": TEXT},
        optional=("reason", "tries", "address"),
    ),
    message(
        "subscribed",
        "Answers `subscribe`; nothing of an older subscription with the same id follows.",
        {
            "id": ID, "channel": CHANNEL, "position": POSITION, "resumed": TRUTH, "series": WHOLE,
            "interval_ms": WHOLE,
        },
    ),
    message(
        "devices",
        "Devices of a channel, before anything names them: id, source, name, place, model.",
        {
            "channel": CHANNEL, "seq": SEQ, "remove": listed(TEXT),
            "add": rows(TEXT, TEXT, nullable(TEXT), nullable(TEXT), nullable(TEXT)),
        },
    ),
    message(
        "series",
        "Series of a channel, before their keys are used: key, device, metric, unit, datatype, facts.",
        {
            "channel": CHANNEL, "seq": SEQ, "remove": listed(KEY),
            "add": rows(KEY, TEXT, TEXT, nullable(TEXT), _DATATYPE, _FACTS, optional=1),
        },
    ),
    message(
        "status",
        "Statuses of devices: device, status, since, reason.",
        {"channel": CHANNEL, "seq": SEQ, "rows": rows(TEXT, _STATUS, MS, TEXT)},
    ),
    message(
        "snapshot",
        "A page of the newest values, at most 64 KiB: key, time, value, quality.",
        {"channel": CHANNEL, "position": POSITION, "rows": rows(KEY, MS, VALUE, QUALITY, optional=1), "more": TRUTH},
    ),
    message(
        "data",
        "Readings: key, time after `base`, value, quality; `n` is how many readings they stand for.",
        {
            "channel": CHANNEL, "seq": SEQ, "base": MS, "rows": rows(KEY, OFFSET, VALUE, QUALITY, optional=1),
            "n": WHOLE,
        },
    ),
    message(
        "quality",
        "Changes of quality without a reading: key, quality, since.",
        {"channel": CHANNEL, "seq": SEQ, "rows": rows(KEY, QUALITY, MS)},
    ),
    message(
        "gap",
        "Readings that this client will not get. After `overflow` a snapshot follows, after `dropped` nothing does.",
        {
            "channel": CHANNEL, "from": MS, "to": MS, "missed": nullable(WHOLE),
            "reason": {"enum": ["restart", "expired", "overflow", "dropped"]},
        },
    ),
    message(
        "lag",
        "The client takes less than there is, and gets the newest values as it can; or has caught up.",
        {"behind": TRUTH, "buffered_bytes": WHOLE, "conflated": WHOLE},
    ),
    message(
        "summary",
        "Counts by place: path, devices, offline, unknown, stale, uncertain, critical, high, medium, low.",
        {"channel": CHANNEL, "seq": SEQ, "places": rows(TEXT, *(WHOLE,) * 9)},
    ),
    message(
        "replay",
        "Where this connection's replay is, up to four times a second and at once after a command; or its end.",
        {
            "live": {"type": "boolean", "description": "True: back in the present; no other field then."},
            "from": MS, "to": nullable(MS), "now": MS, "speed": {"type": "number"}, "paused": TRUTH, "loading": TRUTH,
            "ended": {"enum": ["to", "now", None], "description": "Where it ended, null while it has not."},
            "outages": rows(TEXT, MS, MS),
        },
        optional=("from", "to", "now", "speed", "paused", "loading", "ended", "outages"),
    ),
    message(
        "history",
        "The past of one series, in buckets (`resolution_ms` 0: each reading), or as changes of its value. Complete up"
        " to `position`: readings in frames up to there are in it, those in later frames are not.",
        {
            "id": ID, "key": KEY, "time": listed(MS), "min": listed(NUMBER), "max": listed(NUMBER),
            "mean": listed(nullable(NUMBER)), "last": listed(NUMBER), "count": listed(WHOLE), "value": listed(VALUE),
            "quality": listed(TEXT), "resolution_ms": NUMBER,
            "previous": {"anyOf": [{"type": "array", "items": VALUE}, {"type": "null"}]},
            "gaps": rows(MS, MS, TEXT), "position": POSITION, "more": TRUTH,
        },
        optional=("min", "max", "mean", "last", "count", "value", "quality", "previous", "more"),
    ),
    message("heartbeat", "A sign of life.", {"now": MS, "every_ms": WHOLE}, optional=("every_ms",)),
    message(
        "pong",
        "Answers `ping`; `latency_ms` is from a message to its frame, p50 of the last 10 s.",
        {"n": {"type": "number"}, "now": MS, "latency_ms": {"type": ["number", "null"], "minimum": 0}},
        optional=("latency_ms",),
    ),
    message(
        "error",
        "Something the client sent cannot be done; the connection stays.",
        {"id": ID, "code": TEXT, "message": TEXT, "field": TEXT},
        optional=("id", "field"),
    ),
    message(
        "bye",
        "The last message: why the hub closes, whether to come back, and between which waits.",
        {"code": WHOLE, "reason": TEXT, "reconnect": TRUTH, "after_ms": _AFTER},
    ),
)  # fmt: skip
"""Everything the hub says."""
