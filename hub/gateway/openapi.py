"""OpenAPI: the document of the HTTP API, made from the models that validate its requests and describe its answers.

References:
    OpenAPI Specification 3.1.0.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from hub.gateway.auth import is_guarded
from hub.gateway.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from hub.gateway.endpoint import Endpoint

_REF = "#/components/schemas/{model}"

_TAGS = {
    "readings": "Devices, their series and the latest readings.",
    "history": "The past of series, and readings that are handed over.",
    "inside": "Where readings come from, and what could not be read.",
    "hub": "How the hub is.",
    "access": "Signing in with a browser.",
    "live": "Values as they come.",
}

_INTRODUCTION = (
    "What an IoT telemetry hub knows: devices, series, latest readings, and how the hub is. Times are RFC 3339 in UTC"
    " with up to microseconds. Integers beyond 2^53 are exact: read them as such. Errors are problem documents"
    " (RFC 9457). Values as they come are on the live protocol: `/api/asyncapi.json`."
)

_WHY = {
    304: "Nothing changed since the position in `If-None-Match`.",
    400: "Only unknown sub-protocols were offered.",
    401: "A token is needed, or the one sent is not valid.",
    404: "There is no such device or metric; the detail names close ones.",
    408: "The body took too long to arrive.",
    413: "The body is too large.",
    415: "The body is in a notation, or an encoding, that cannot be read.",
    422: "Parameters or the body are wrong; `errors` says which.",
    429: "Too many wrong tokens came from this address; `Retry-After` says how long to wait.",
    500: "The hub has made a mistake; its log says which.",
    501: "A package that this needs is not installed; the detail names it.",
    503: "Not now; the detail says why.",
}


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """Return the OpenAPI document.

    Args:
        endpoints: everything it describes.
        version: the hub's.
    """
    schemas = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    used = {endpoint.query.__name__ for endpoint in endpoints}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Telemetry Hub",
            "version": version,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in used},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of `hub token create`."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "hub_session",
                    "description": "What `POST /api/v1/session` sets; `__Host-hub_session` under TLS.",
                },
            },
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> dict[str, dict[str, Any]]:
    """Return the schemas of all models by name: of answers as they are written, of the rest as they are read."""
    models: dict[tuple[type[BaseModel], Any], None] = {(Problem, "serialization"): None}
    for endpoint in endpoints:
        models[endpoint.query, "validation"] = None
        if endpoint.body is not None:
            models[endpoint.body, "validation"] = None
        if endpoint.answer is not None:
            models[endpoint.answer, "serialization"] = None
    _, schema = models_json_schema(list(models), ref_template=_REF)
    found: dict[str, dict[str, Any]] = schema["$defs"]
    return found


def _operation(endpoint: Endpoint, schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the description of one method of one path."""
    found: dict[str, Any] = {
        "operationId": endpoint.handle.__name__,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": _parameters(schemas[endpoint.query.__name__]),
        "responses": _responses(endpoint),
        "security": [{"token": []}, {"session": []}] if is_guarded(endpoint.path) else [],
    }
    if endpoint.body is not None:
        content = {"application/json": {"schema": {"$ref": _REF.format(model=endpoint.body.__name__)}}}
        found["requestBody"] = {"required": True, "content": content}
    if endpoint.notations:
        content = {media_type: {"schema": {}} for media_type in endpoint.notations}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters that a model of a query describes."""
    found = []
    for name, described in schema.get("properties", {}).items():
        own = {key: value for key, value in described.items() if key not in ("title", "description", "examples")}
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": own}
        if "description" in described:
            parameter["description"] = described["description"]
        if described.get("examples"):
            parameter["example"] = described["examples"][0]
        found.append(parameter)
    return found


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    """Return the answers that a method of a path can give."""
    found: dict[str, Any] = {}
    if endpoint.status == HTTPStatus.OK:
        schema: dict[str, Any] = {"type": "string"}
        if endpoint.answer is not None:
            schema = {"$ref": _REF.format(model=endpoint.answer.__name__)}
        elif endpoint.media_type == "application/json":
            schema = {"type": "object"}
        found["200"] = {"description": endpoint.summary, "content": {endpoint.media_type: {"schema": schema}}}
    else:
        found[str(endpoint.status)] = {"description": endpoint.summary}
    statuses = {*endpoint.problems, 422, 500, *((401, 429) if is_guarded(endpoint.path) else ())}
    for status in sorted(statuses):
        answer: dict[str, Any] = {"description": _WHY[status]}
        if status >= HTTPStatus.BAD_REQUEST:
            answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
        found[str(status)] = answer
    return found
