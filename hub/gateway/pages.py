"""Pages: the dashboard's addresses. Every view is a URL, and the dashboard itself reads which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from hub.gateway.problems import problem
from hub.gateway.static import ABSENT, ICON, made, sent

if TYPE_CHECKING:
    from starlette.requests import Request

    from hub.gateway.static import Files

VIEWS = ("/", "/d/{path:path}", "/alarms", "/inspector", "/inspector/{path:path}", "/status", "/w/{path:path}")
SETTINGS_VIEWS = ("/settings", "/settings/{path:path}")
"""Every address of a view; a reload of any of them gives the dashboard."""


async def needs_upgrade(request: Request) -> Response:
    """Return that the live protocol is a WebSocket, to who asks for it without one (RFC 9110 §15.5.22).

    Args:
        request: the request.
    """
    detail = f"{request.url.path} is a WebSocket; without one, use the events stream at /api/v1/events."
    return problem("upgrade_needed", detail, status=426, headers={"Connection": "Upgrade", "Upgrade": "websocket"})


def page_routes(files: Files) -> list[Route]:
    """Return the routes of the dashboard: its views, its files, its icon, and a word to who misses the live protocol.

    Args:
        files: its build.
    """
    icon = made("favicon.svg", ICON)

    async def view(request: Request) -> Response:
        return files.answer("index.html", request) or HTMLResponse(ABSENT, headers={"Cache-Control": "no-store"})

    async def favicon(request: Request) -> Response:
        return files.answer("favicon.ico", request) or files.answer("favicon.svg", request) or sent(icon, request)

    async def file(request: Request) -> Response:
        found = files.answer(request.path_params["path"], request)
        if found is not None:
            return found
        detail = f"There is nothing at {request.url.path}; /api/docs lists what there is."
        return problem("unknown_path", detail, status=404)

    views = [Route(path, view, methods=["GET"]) for path in (*VIEWS, *SETTINGS_VIEWS)]
    icons = [Route("/favicon.ico", favicon, methods=["GET"])]
    live = [Route("/api/v1/live", needs_upgrade, methods=["GET"])]
    return [*live, *views, *icons, Route("/{path:path}", file, methods=["GET"])]
