"""Documents: what programs and people read about the API: OpenAPI, AsyncAPI and the page made of both."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from hub.gateway.instants import dumps
from hub.gateway.problems import TITLES
from hub.gateway.static import made, sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from hub.gateway.static import File

PATHS = ("/api/openapi.json", "/api/asyncapi.json", "/api/docs", "/api/docs.css")

STYLE = b"""\
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.25; font-weight: 600; }
h3 { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid #8886; }
code { font: 13px/1.4 ui-monospace, monospace; background: #8882; padding: .1em .3em; border-radius: 3px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #8884; }
nav ul { columns: 2; padding-left: 1rem; }
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
        f"<nav><ul>{contents}</ul></nav><h2>HTTP</h2>{''.join(_section(*operation) for operation in operations)}"
        f"<h2>Live protocol</h2><p>{_prose(asyncapi['info']['description'])}</p><table>{messages}</table>"
        f"<h2>Problems</h2><table>{problems}</table></body></html>\n"
    )


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    """Return one method of one path."""
    parameters = "".join(
        f"<tr><td><code>{parameter['name']}</code></td><td>{_type(parameter['schema'])}</td>"
        f"<td>{_prose(parameter.get('description', ''))}</td></tr>"
        for parameter in operation["parameters"]
    )
    answers = "".join(
        f"<tr><td><code>{status}</code></td><td>{_prose(answer['description'])}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    token = "" if operation["security"] else " No token is needed."
    link = f' <a href="{path}">Try it</a>' if method == "GET" and not parameters else ""
    return (
        f'<h3 id="{_anchor(method, path)}"><code>{method} {path}</code></h3>'
        f"<p>{_prose(operation['summary'])}.{token}{link}</p>"
        + (f"<table><tr><th>Parameter</th><th>Type</th><th></th></tr>{parameters}</table>" if parameters else "")
        + f"<table><tr><th>Answer</th><th></th></tr>{answers}</table>"
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
