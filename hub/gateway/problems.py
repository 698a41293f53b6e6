"""Problem documents: every error answer has the same form, a sentence that says what, where and how to go on.

References:
    RFC 9457, Problem Details for HTTP APIs.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub.core.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"

TITLES = {
    "bad_parameter": "A parameter is wrong",
    "bad_body": "The request's body is wrong",
    "unknown_device": "No such device",
    "unknown_metric": "No such metric",
    "unknown_path": "Nothing is here",
    "wrong_method": "Not by this method",
    "upgrade_needed": "This is a WebSocket",
    "too_large": "The request is too large",
    "too_slow": "The request took too long to arrive",
    "no_token": "A token is needed",
    "bad_token": "The token is not valid",
    "too_many_failures": "Too many wrong tokens",
    "foreign_origin": "Not from this origin",
    "foreign_host": "Not under this name",
    "too_many_clients": "Too many event streams",
    "not_ready": "Not ready yet",
    "no_history": "No history is kept",
    "store_down": "History cannot be read now",
    "too_busy": "Too much at a time",
    "not_durable": "Not durable yet",
    "bad_type": "This notation cannot be read",
    "missing_package": "A package is missing",
    "internal": "The hub has made a mistake",
}
"""Every kind of problem by the last part of its ``type``, with its title."""


class FieldError(BaseModel):
    """One thing that is wrong with a request."""

    field: str = Field(description="The parameter, or the field of the body.")
    message: str = Field(description="What is wrong with it, and what would be right.")


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(description="Identifies the kind of problem; its description on the page of the API.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time, and how to go on.")
    errors: list[FieldError] | None = Field(default=None, description="For bad input, each thing that is wrong.")


class BadRequest(RequestError):
    """Parameters or a body that cannot be used.

    Args:
        errors: everything that is wrong, at least one.
        code: ``bad_parameter`` or ``bad_body``.
    """

    def __init__(self, errors: Sequence[FieldError], *, code: str = "bad_parameter") -> None:
        self.errors = errors
        sentence = "; ".join(f"{error.field}: {error.message}" for error in errors)
        super().__init__(code, sentence, field=errors[0].field)


class Refused(RequestError):
    """Somebody may not have what they ask.

    Args:
        code: a key of :data:`TITLES`.
        message: a sentence for people.
        status: the HTTP status.
        headers: what the answer has to tell programs, such as ``Retry-After``.
    """

    def __init__(self, code: str, message: str, status: int, headers: Mapping[str, str]) -> None:
        self.headers = headers
        super().__init__(code, message, status=status)


def problem(
    code: str,
    detail: str,
    *,
    status: int,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document as an answer.

    Args:
        code: a key of :data:`TITLES`.
        detail: a sentence for people.
        status: the HTTP status, 400…599.
        errors: for bad input, each thing that is wrong.
        headers: more headers.
    """
    document: dict[str, object] = {
        "type": f"/api/docs#{code}",
        "title": TITLES[code] if code in TITLES else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = [error.model_dump() for error in errors]
    return Response(
        orjson.dumps(document),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def of_error(error: RequestError) -> Response:
    """Return the problem document of an error.

    Args:
        error: what a client asked and cannot have.
    """
    errors: Sequence[FieldError] = ()
    if isinstance(error, BadRequest):
        errors = error.errors
    elif error.field:
        errors = [FieldError(field=error.field, message=error.message)]
    headers = error.headers if isinstance(error, Refused) else None
    return problem(error.code, error.message, status=error.status, errors=errors, headers=headers)


async def of_http(request: Request, error: Exception) -> Response:
    """Return the problem document of what the router refuses: an unknown path, a wrong method.

    Args:
        request: the request.
        error: Starlette's exception.
    """
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    path = request.url.path
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return problem("unknown_path", f"There is nothing at {path}; /api/docs lists what there is.", status=404)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = (error.headers or {}).get("Allow", "")
            detail = f"{request.method} is not possible at {path}; it takes {allowed}."
            return problem("wrong_method", detail, status=405, headers=error.headers)
        case status:
            return problem("bad_body", error.detail, status=status, headers=error.headers)


async def of_request(request: Request, error: Exception) -> Response:
    """Return the problem document of an error that left a route.

    Args:
        request: the request.
        error: a :class:`hub.core.errors.RequestError`.
    """
    del request
    assert isinstance(error, RequestError)  # noqa: S101 - registered for this class only
    return of_error(error)
