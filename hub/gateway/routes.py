"""The public surface of the hub on one page.

Everything under ``/api/v1`` and ``/metrics`` is guarded by :mod:`hub.gateway.auth` where the hub needs tokens; what
stands outside, in this order: security headers, origins, access, then these routes.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute

from hub.core.errors import RequestError
from hub.gateway import (
    answers,
    asyncapi,
    catalogue,
    export,
    health,
    history,
    login,
    metrics,
    openapi,
    provenance,
    queries,
    scrape,
    sse,
    submissions,
)
from hub.gateway.auth import AccessMiddleware
from hub.gateway.documents import Documents
from hub.gateway.endpoint import Endpoint, routes_of
from hub.gateway.headers import SecurityHeadersMiddleware
from hub.gateway.history_answers import HistoryAnswer, SubmitAnswer
from hub.gateway.origins import OriginMiddleware
from hub.gateway.pages import page_routes
from hub.gateway.parts import Parts
from hub.gateway.problems import of_http, of_request
from hub.gateway.websocket import LiveRoute

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.routing import BaseRoute

    from hub.gateway.deps import GatewayDeps

ENDPOINTS = (
    Endpoint(
        "GET", "/api/v1/devices", catalogue.list_devices, "Devices, by id",
        query=queries.DevicesQuery, answer=answers.DevicesAnswer,
    ),
    Endpoint(
        "GET", "/api/v1/device", catalogue.show_device, "One device with its series and their latest readings",
        query=queries.DeviceQuery, answer=answers.DeviceAnswer, problems=(404,),
    ),
    Endpoint(
        "GET", "/api/v1/series", catalogue.list_series, "Series, searched by the hub",
        query=queries.SeriesQuery, answer=answers.SeriesAnswer,
    ),
    Endpoint(
        "GET", "/api/v1/latest", catalogue.list_latest, "Latest readings",
        query=queries.LatestQuery, answer=answers.LatestAnswer, problems=(304,),
    ),
    Endpoint(
        "GET", "/api/v1/history", history.show_history, "A window of one series' past",
        query=queries.HistoryQuery, answer=HistoryAnswer, problems=(404, 503), tag="history",
    ),
    Endpoint(
        "GET", "/api/v1/export", export.export_readings, "All readings of a selection, streamed",
        query=queries.ExportQuery, media_type="text/csv", problems=(404, 501, 503), tag="history",
    ),
    Endpoint(
        "POST", "/api/v1/readings", submissions.submit_readings, "Readings handed over, answered once they are durable",
        query=queries.SubmitQuery, answer=SubmitAnswer, notations=submissions.NOTATIONS, problems=(408, 413, 415, 503),
        tag="history",
    ),
    Endpoint(
        "GET", "/api/v1/events", sse.stream_events, "The live protocol as an events stream",
        query=queries.EventsQuery, media_type="text/event-stream", problems=(503,), tag="live",
    ),
    Endpoint(
        "GET", "/api/v1/explain", provenance.explain, "Where a series comes from",
        query=queries.ExplainQuery, answer=answers.ExplainAnswer, problems=(404,), tag="inside",
    ),
    Endpoint(
        "GET", "/api/v1/quarantine", provenance.list_quarantine, "What could not be read, and why",
        query=queries.QuarantineQuery, answer=answers.QuarantineAnswer, tag="inside",
    ),
    Endpoint(
        "POST", "/api/v1/decode", provenance.decode, "What a message would become; nothing of it is stored",
        body=queries.DecodeBody, answer=answers.DecodeAnswer, problems=(408, 413), tag="inside",
    ),
    Endpoint("GET", "/api/v1/status", health.show_status, "How the hub is", answer=answers.StatusAnswer, tag="hub"),
    Endpoint(
        "GET", "/healthz", health.show_life, "Whether the process answers", answer=answers.HealthAnswer, tag="hub",
    ),
    Endpoint(
        "GET", "/readyz", health.show_readiness, "Whether the hub can be shown to people",
        answer=answers.ReadyAnswer, problems=(503,), tag="hub",
    ),
    Endpoint(
        "GET", "/metrics", metrics.show_metrics, "The hub's own metrics for Prometheus",
        media_type="text/plain", tag="hub",
    ),
    Endpoint(
        "GET", "/metrics/readings", scrape.show_readings, "Latest numeric readings as OpenMetrics gauges",
        query=queries.ScrapeQuery, media_type="application/openmetrics-text", tag="readings",
    ),
    Endpoint(
        "POST", "/api/v1/session", login.sign_in, "A cookie for a token",
        body=queries.SessionBody, answer=answers.SessionAnswer, problems=(401, 408, 413, 429), tag="access",
    ),
    Endpoint(
        "GET", "/api/v1/session", login.show_session, "Who is signed in",
        answer=answers.SessionAnswer, problems=(401, 429), tag="access",
    ),
    Endpoint("DELETE", "/api/v1/session", login.sign_out, "Nothing; the cookie is forgotten", status=204, tag="access"),
)  # fmt: skip
"""Every method of every path that answers with data."""


def create_gateway(deps: GatewayDeps) -> Starlette:
    """Return the gateway's application.

    Args:
        deps: everything it is built from.
    """
    parts = Parts.of(deps)
    version = deps.options.version
    routes: list[BaseRoute] = [
        WebSocketRoute("/api/v1/live", LiveRoute(deps.live, compress=deps.options.compress).serve),
        *routes_of(ENDPOINTS, parts),
        *Documents(lambda: openapi.document(ENDPOINTS, version), lambda: asyncapi.document(version)).routes(),
        *page_routes(parts.files),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        async with asyncio.TaskGroup() as tasks:
            rates = tasks.create_task(parts.rates.run(), name="gateway rates")
            yield
            rates.cancel()

    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={HTTPException: of_http, RequestError: of_request},
        middleware=[
            Middleware(SecurityHeadersMiddleware),
            Middleware(OriginMiddleware, options=deps.options),
            Middleware(AccessMiddleware, access=deps.access),
        ],
    )
