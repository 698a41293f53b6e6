"""The page of the HTTP API, from the OpenAPI document that the hub itself serves.

References:
    OpenAPI 3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.gateway import openapi
from hub.gateway.routes import ENDPOINTS
from scripts.pages.schema import bounds, kind, sentence, table, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.pages.schema import Schema

_INTRODUCTION = """\
# HTTP API

Written by `make docs` from the document that a hub serves at `/api/openapi.json`; people read it at `/api/docs`.

{description}

Where the hub asks for a token, send `Authorization: Bearer …`, or sign in once with `POST /api/v1/session` and keep the
cookie. Any path may answer 401, 422, 429 or 500 with a problem document; what else one answers is listed with it.
"""
_EVERYWHERE = frozenset(("200", "401", "422", "429", "500"))
_DEPTH = 2


def page() -> str:
    """Give the page that lists every method of every path."""
    document = openapi.document(ENDPOINTS, "")
    schemas: Schema = document["components"]["schemas"]
    description = document["info"]["description"].replace(". ", ".\n")
    lines = [_INTRODUCTION.format(description=description)]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            lines += _lines(f"{method.upper()} {path}", operation, schemas)
    return "\n".join(lines).rstrip() + "\n"


def _lines(title: str, operation: Schema, schemas: Schema) -> Iterator[str]:
    """Yield the lines of one method of one path."""
    yield f"## `{title}`\n"
    yield sentence(operation["summary"]) + "\n"
    asked = (_asked(parameter, _plain(parameter["schema"], schemas)) for parameter in operation.get("parameters", ()))
    yield from _with_gap(table(("parameter", "type", "meaning"), asked))
    body = _content(operation.get("requestBody", {}))
    if body:
        yield from _with_gap(table(("body", "type", "meaning"), _fields(body, schemas)))
    answer = _content(operation["responses"].get("200", {}))
    if answer:
        yield from _with_gap(table(("answer", "type", "meaning"), _fields(answer, schemas)))
    others = {code: response for code, response in operation["responses"].items() if code not in _EVERYWHERE}
    rows = ((f"{code}", sentence(response["description"])) for code, response in others.items())
    yield from _with_gap(table(("status", "when"), rows))


def _with_gap(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines of a table and an empty one after it, nothing without a table."""
    made = list(lines)
    if made:
        yield from (*made, "")


def _asked(parameter: Schema, schema: Schema) -> tuple[str, ...]:
    """Give the row of a parameter."""
    default = schema.get("default")
    words = [sentence(parameter.get("description", "")), bounds(schema)]
    if default not in (None, [], ""):
        words.append(f"Default `{written(default)}`.")
    name = f"`{parameter['name']}`" + (" (required)" if parameter.get("required") else "")
    return name, kind(schema), " ".join(filter(None, words))


def _content(part: Schema) -> Schema | None:
    """Give the schema of a JSON body, None for other ones."""
    found: Schema | None = part.get("content", {}).get("application/json", {}).get("schema")
    return found


def _fields(schema: Schema, schemas: Schema, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Yield a row for each field of an object, and for those of the objects in it."""
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for name, found in schema.get("properties", {}).items():
        field = _plain(found, schemas)
        meaning = (sentence(found.get("description", "")), bounds(field))
        yield f"`{prefix}{name}`", kind(field), " ".join(filter(None, meaning))
        inner = _inner(field)
        if inner and depth < _DEPTH:
            mark = "[]" if field.get("type") == "array" else ""
            yield from _fields(inner, schemas, f"{prefix}{name}{mark}.", depth + 1)


def _plain(field: Schema, schemas: Schema) -> Schema:
    """Give a field with the closed sets that it refers to written out; objects stay references."""
    named: Schema = schemas.get(field.get("$ref", "").rpartition("/")[2], {})
    if "enum" in named:
        return {**named, **{key: value for key, value in field.items() if key != "$ref"}}
    if "items" in field:
        items = _plain(field["items"], schemas)
        return {**field, "items": items, **({"enum": items["enum"]} if "enum" in items else {})}
    if "anyOf" in field:
        return {**field, "anyOf": [_plain(option, schemas) for option in field["anyOf"]]}
    return field


def _inner(field: Schema) -> Schema | None:
    """Give the schema of the object that a field is, may be, or is a list of."""
    options: list[Schema] = [field, field.get("items") or {}, *field.get("anyOf", ())]
    return next((option for option in options if "$ref" in option), None)
