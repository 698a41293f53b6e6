"""AsyncAPI: the document of the live protocol, over WebSocket and as an events stream.

References:
    AsyncAPI Specification 3.0.0.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel  # noqa: TC002 - the tuple below is made at run time

from hub.gateway import protocol
from hub.gateway.messages import HUB_MESSAGES, Schema
from hub.gateway.replay_command import ReplayCommand

CLIENT_MESSAGES: tuple[type[BaseModel], ...] = (
    protocol.Hello,
    protocol.Subscribe,
    protocol.Unsubscribe,
    protocol.Pause,
    protocol.Resume,
    protocol.Ping,
    ReplayCommand,
)

_DESCRIPTION = (
    "Values as they come. One JSON object with a `type` in each text frame; sub-protocol `hub.v1.json`. Clients ignore"
    " fields they do not know. As `text/event-stream` at `GET /api/v1/events`: the same messages of the hub for one"
    " subscription, whose parameters are those of `subscribe`, and `Last-Event-ID` resumes it."
)
_EVENTS = ("pong", "summary", "replay.state")
"""What only a WebSocket client can ask for."""


def document(version: str) -> dict[str, Any]:
    """Return the AsyncAPI document.

    Args:
        version: the hub's.
    """
    client = {_kind(model): _client_schema(model) for model in CLIENT_MESSAGES}
    hub = {_hub_name(schema, client): schema for schema in HUB_MESSAGES}
    stream = [kind for kind in hub if kind not in _EVENTS]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Telemetry Hub, live protocol hub.v1",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/api/v1/live",
                "title": "WebSocket",
                "messages": {kind: _ref("messages", kind) for kind in (*client, *hub)},
            },
            "events": {
                "address": "/api/v1/events",
                "title": "Events stream (text/event-stream)",
                "messages": {kind: _ref("messages", kind) for kind in stream},
            },
        },
        "operations": {
            "ask": _operation("receive", "live", "What a client sends.", client),
            "tell": _operation("send", "live", "What the hub sends.", hub),
            "stream": _operation("send", "events", "What the hub sends on an events stream.", stream),
        },
        "components": {
            "messages": {kind: _message(kind, schema) for kind, schema in {**client, **hub}.items()},
            "schemas": {**client, **hub},
        },
    }


def _kind(model: type[BaseModel]) -> str:
    """Return the ``type`` of a client's message."""
    kind: str = model.model_fields["type"].annotation.__args__[0]  # type: ignore[union-attr]
    return kind


def _hub_name(schema: Schema, client: dict[str, Schema]) -> str:
    """Return the name of a hub's message: its ``type``, unless a client's message of another shape has the same."""
    kind = str(schema["properties"]["type"]["const"])
    return f"{kind}.state" if kind in client else kind


def _client_schema(model: type[BaseModel]) -> Schema:
    """Return the schema of a client's message."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("title", None)
    within = schema.pop("$defs", {})
    for described in schema["properties"].values():
        for place, choice in enumerate(described.get("anyOf", ())):
            if "$ref" in choice:
                described["anyOf"][place] = within[choice["$ref"].rpartition("/")[2]]
    for described in schema["properties"].values():
        described.pop("title", None)
    return schema


def _message(kind: str, schema: Schema) -> dict[str, Any]:
    """Return the description of a message."""
    name = schema["properties"]["type"]["const"]
    return {"name": name, "summary": schema.get("description", ""), "payload": _ref("schemas", kind)}


def _operation(action: str, channel: str, summary: str, kinds: Any) -> dict[str, Any]:  # noqa: ANN401 - an iterable of names
    """Return the description of one direction of a channel."""
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{kind}"} for kind in kinds],
    }


def _ref(section: str, name: str) -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{section}/{name}"}
