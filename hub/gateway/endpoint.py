"""Endpoint: one method of one path with everything that is known of it, to route it and to describe it."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable  # noqa: TC003 - the alias below is made at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.responses import Response
from starlette.routing import Route

from hub.core.errors import RequestError
from hub.gateway.instants import dumps
from hub.gateway.problems import problem
from hub.gateway.queries import Query, parse_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel
    from starlette.requests import Request

    from hub.gateway.parts import Parts

Handler: TypeAlias = "Callable[[Parts, Any, Request], Awaitable[Response]]"
"""Answers a request: the gateway's parts, the validated parameters, the request."""

_log = logging.getLogger(__name__)

BODY_TIME_S = 30.0
"""How long a request's body may take to arrive."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path.

    Args:
        method: ``GET`` (then ``HEAD`` too), ``POST`` or ``DELETE``.
        path: as in the URL.
        handle: gives the answer.
        summary: what it gives, as a phrase.
        answer: model of its JSON; None for other media types.
        query: model of its parameters.
        body: model of its JSON body, if it takes one.
        notations: media types of a body that no model describes.
        media_type: of its answer.
        status: the HTTP status when all is well; 200 or, without a body, 204.
        problems: statuses of its problem documents besides 422 and 500.
        tag: the group it is listed in.
    """

    method: str
    path: str
    handle: Handler
    summary: str
    answer: type[BaseModel] | None = None
    query: type[Query] = Query
    body: type[BaseModel] | None = None
    notations: tuple[str, ...] = ()
    media_type: str = "application/json"
    status: int = 200
    problems: tuple[int, ...] = ()
    tag: str = "readings"

    async def answer_to(self, parts: Parts, request: Request) -> Response:
        """Return the answer to a request, whatever happens: one of the borders where exceptions end.

        Args:
            parts: the gateway's.
            request: the request.

        Raises:
            RequestError: for what the client may not or cannot have; the application makes it a problem document.
        """
        try:
            return await self.handle(parts, parse_query(self.query, request.query_params), request)
        except RequestError:
            raise
        except Exception:  # noqa: BLE001 - a border
            _log.exception("%s %s failed", self.method, self.path)
            detail = "The hub could not answer this; its log says why. Trying again may help."
            return problem("internal", detail, status=500)


def routes_of(endpoints: Iterable[Endpoint], parts: Parts) -> list[Route]:
    """Return one route for each path, with all its methods.

    Args:
        endpoints: in any order.
        parts: what their handlers are given.
    """
    by_path: defaultdict[str, dict[str, Endpoint]] = defaultdict(dict)
    for endpoint in endpoints:
        by_path[endpoint.path][endpoint.method] = endpoint
    return [_route(path, methods, parts) for path, methods in by_path.items()]


def _route(path: str, methods: dict[str, Endpoint], parts: Parts) -> Route:
    """Return the route of one path."""

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method].answer_to(parts, request)

    return Route(path, answer, methods=list(methods))


def json_answer(answer: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer as JSON that nobody stores.

    Args:
        answer: of dicts, lists, values and times.
        status: the HTTP status.
        headers: more headers.
    """
    return joined([dumps(answer)], status=status, headers=headers)


def joined(chunks: list[bytes], *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer whose JSON was made in slices.

    Args:
        chunks: its bytes.
        status: the HTTP status.
        headers: more headers.
    """
    all_headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(b"".join(chunks), status, all_headers, media_type="application/json")


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body of a request.

    Args:
        request: the request.
        limit: most bytes.

    Raises:
        RequestError: if it is larger, said before more than the limit is read; if it takes over 30 s.
    """
    too_large = RequestError("too_large", f"The body may have {limit} bytes.", status=413)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > len(str(limit)) or int(declared) > limit):
        raise too_large
    try:
        async with asyncio.timeout(BODY_TIME_S):
            body = await _bounded(request, limit)
    except TimeoutError:
        message = f"The body has not arrived within {BODY_TIME_S:g} s."
        raise RequestError("too_slow", message, status=408) from None
    if body is None:
        raise too_large
    return body


async def _bounded(request: Request, limit: int) -> bytes | None:
    """Return the body of a request, None as soon as it is over the limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
