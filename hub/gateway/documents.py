"""Documents: what programs and people read about the API: OpenAPI, AsyncAPI and the page made of both."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import orjson
from starlette.routing import Route

from hub.gateway.instants import dumps
from hub.gateway.problems import TITLES
from hub.gateway.static import made, sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from hub.gateway.static import File

COMMON = ("401", "422", "429", "500")
"""Statuses that are explained once for all."""
_ANYWHERE = (
    "Besides what is listed, any path may answer with a problem document: `401` without a valid token where the hub"
    " asks for one, `422` for wrong parameters (`errors` says which), `429` after too many wrong tokens, `500` where"
    " the hub has made a mistake."
)
PATHS = ("/api/openapi.json", "/api/asyncapi.json", "/api/docs", "/api/docs.css")

STYLE = b"""\
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.25; font-weight: 600; }
h3 { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid #8886; }
code { font: 13px/1.4 ui-monospace, monospace; background: #8882; padding: .1em .3em; border-radius: 3px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #8884; }
td:first-child, th:first-child { width: 11rem; }
nav ul { columns: 2; padding-left: 1rem; }
summary { cursor: pointer; padding: .5rem 0; }
pre { font: 12px/1.4 ui-monospace, monospace; background: #8882; padding: .75rem; overflow: auto; max-height: 30rem; }
"""


class Documents:
    """The documents, made when somebody first asks: a start does not wait for them.

    Args:
        openapi: makes the document of the HTTP API.
        asyncapi: makes the document of the live protocol.
    """

    def __init__(self, openapi: Callable[[], dict[str, Any]], asyncapi: Callable[[], dict[str, Any]]) -> None:
        self._openapi = openapi
        self._asyncapi = asyncapi
        self._files: dict[str, File] = {}

    def routes(self) -> list[Route]:
        """Return the routes of the documents."""
        return [Route(path, self._answer, methods=["GET"]) for path in PATHS]

    async def _answer(self, request: Request) -> Response:
        """Return a document; told apart by content."""
        if not self._files:
            openapi, asyncapi = self._openapi(), self._asyncapi()
            bodies = (dumps(openapi), dumps(asyncapi), page(openapi, asyncapi).encode(), STYLE)
            names = ("openapi.json", "asyncapi.json", "docs.html", "docs.css")
            self._files = {path: made(name, body) for path, name, body in zip(PATHS, names, bodies, strict=True)}
        return sent(self._files[request.url.path], request)


def page(openapi: dict[str, Any], asyncapi: dict[str, Any]) -> str:
    """Return the page that people read: plain HTML, nothing from elsewhere.

    Args:
        openapi: the document of the HTTP API.
        asyncapi: the document of the live protocol.
    """
    operations = [
        (method.upper(), path, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    contents = "".join(
        f'<li><a href="#{_anchor(method, path)}"><code>{method} {path}</code></a></li>'
        for method, path, _ in operations
    )
    schemas = openapi["components"]["schemas"]
    sections = "".join(_section(*operation, schemas) for operation in operations)
    problems = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{title}</td></tr>' for code, title in TITLES.items()
    )
    messages = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{_prose(message.get('summary', ''))}</td></tr>"
        for name, message in asyncapi["components"]["messages"].items()
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Telemetry Hub API</title>'
        '<link rel="stylesheet" href="/api/docs.css"></head><body>'
        f"<h1>Telemetry Hub API</h1><p>{_prose(openapi['info']['description'])}</p>"
        '<p>For programs: <a href="/api/openapi.json">OpenAPI 3.1</a>, <a href="/api/asyncapi.json">AsyncAPI 3</a>.</p>'
        f"<nav><ul>{contents}</ul></nav><h2>HTTP</h2><p>{_prose(_ANYWHERE)}</p>{sections}"
        f"<h2>Live protocol</h2><p>{_prose(asyncapi['info']['description'])}</p><table>{messages}</table>"
        f"<h2>Problems</h2><table>{problems}</table></body></html>\n"
    )


def _section(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return one method of one path."""
    parameters = "".join(
        f"<tr><td><code>{parameter['name']}</code></td><td>{_type(parameter['schema'])}</td>"
        f"<td>{_prose(parameter.get('description', ''))}</td></tr>"
        for parameter in operation["parameters"]
    )
    answers = "".join(
        f"<tr><td><code>{status}</code></td><td>{_prose(answer['description'])}</td></tr>"
        for status, answer in operation["responses"].items()
        if status not in COMMON
    )
    token = "" if operation["security"] else " No token is needed."
    link = f' <a href="{path}">Try it</a>' if method == "GET" and not parameters else ""
    body = operation.get("requestBody", {}).get("content", {})
    given = operation["responses"].get("200", {}).get("content", {})
    return (
        f'<h3 id="{_anchor(method, path)}"><code>{method} {path}</code></h3>'
        f"<p>{_prose(operation['summary'])}.{token}{link}</p>"
        + (f"<table><tr><th>Parameter</th><th>Type</th><th></th></tr>{parameters}</table>" if parameters else "")
        + _folded("Body", body, schemas)
        + f"<table><tr><th>Answer</th><th></th></tr>{answers}</table>"
        + _folded("Answer", given, schemas)
    )


def _folded(title: str, content: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return the JSON Schema of a body, to be unfolded; empty where there is none."""
    names = [str(media["schema"].get("$ref", "")).rpartition("/")[2] for media in content.values()]
    return "".join(
        f"<details><summary>{title} as JSON Schema</summary><pre>"
        f"{escape(orjson.dumps(schemas[name], option=orjson.OPT_INDENT_2).decode())}</pre></details>"
        for name in names
        if name
    )


def _type(schema: dict[str, Any]) -> str:
    """Return a parameter's type in a few words."""
    if "anyOf" in schema:
        return _type(schema["anyOf"][0])
    if "$ref" in schema:
        return escape(str(schema["$ref"]).rpartition("/")[2])
    kind = str(schema.get("type", "text")).replace("array", "repeatable").replace("string", "text")
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    default = f", default {schema['default']}" if schema.get("default") not in (None, "", []) else ""
    return escape(" ".join([kind, *bounds]) + default)


def _prose(text: str) -> str:
    """Return a sentence as HTML, what stands between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _anchor(method: str, path: str) -> str:
    """Return the name of a section."""
    return f"{method.lower()}{path.replace('/', '-')}"
