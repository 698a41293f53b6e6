"""Login: a browser changes a token for a cookie once, because it can send no header with a page or an event stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from hub.gateway.auth import address_of
from hub.gateway.endpoint import json_answer, read_body
from hub.gateway.problems import Refused
from hub.gateway.queries import SessionBody, parse_body
from hub.gateway.sessions import LIFETIME_S

if TYPE_CHECKING:
    from starlette.requests import Request

    from hub.gateway.parts import Parts
    from hub.gateway.queries import Query
    from hub.gateway.tokens import Identity

MAX_BODY_BYTES = 4_096


async def sign_in(parts: Parts, query: Query, request: Request) -> Response:
    """Return who a token stands for, with a cookie that stands for it from now on.

    Args:
        parts: the gateway's.
        query: nothing.
        request: its body has the token.

    Raises:
        RequestError: if the token is not valid.
    """
    del query
    body = parse_body(SessionBody, await read_body(request, MAX_BODY_BYTES))
    identity = await parts.deps.access.check_token(body.token, address_of(request))
    answer = _told(identity)
    if identity.token_id:
        sessions = parts.deps.access.sessions
        answer.set_cookie(
            sessions.cookie,
            sessions.issue(identity),
            max_age=LIFETIME_S,
            secure=sessions.secure,
            httponly=True,
            samesite="strict",
        )
    return answer


async def show_session(parts: Parts, query: Query, request: Request) -> Response:
    """Return who a request comes from.

    Args:
        parts: the gateway's.
        query: nothing.
        request: its cookie or header says so.

    Raises:
        RequestError: if it does not.
    """
    del query
    identity = await parts.deps.access.identify(request)
    if identity is None:
        raise Refused("no_token", "Nobody is signed in.", 401, {"WWW-Authenticate": 'Bearer realm="hub"'})
    return _told(identity)


async def sign_out(parts: Parts, query: Query, request: Request) -> Response:
    """Return nothing, and have the browser forget its cookie.

    Args:
        parts: the gateway's.
        query: nothing.
        request: the request.
    """
    del query, request
    sessions = parts.deps.access.sessions
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(sessions.cookie, secure=sessions.secure, httponly=True, samesite="strict")
    return answer


def _told(identity: Identity) -> Response:
    """Return somebody as :class:`hub.gateway.answers.SessionAnswer` has them."""
    return json_answer({"user": identity.user, "role": identity.role})
