"""Health: signs of life, readiness, and the status that people and the dashboard's Status page read."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from hub.core.batch import Position
from hub.core.errors import StoreError
from hub.gateway.endpoint import json_answer
from hub.gateway.instants import instant
from hub.gateway.problems import problem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from hub.core.meters import Counter, Latency
    from hub.gateway.deps import GatewayDeps
    from hub.gateway.parts import Parts
    from hub.gateway.queries import Query
    from hub.history.window import History

SIZE_S: Final = 1.0
_LOSSES = ("drop", "refus", "reject", "quarantin", "overflow", "skipped", "lost")
"""What the names of counters of lost or refused things have in them."""


async def show_life(parts: Parts, query: Query, request: Request) -> Response:
    """Return that the process answers.

    Args:
        parts: the gateway's.
        query: nothing.
        request: the request.
    """
    del parts, query, request
    return json_answer({"status": "ok"})


async def show_readiness(parts: Parts, query: Query, request: Request) -> Response:
    """Return 200 once the hub can be shown to people, 503 before.

    Args:
        parts: the gateway's.
        query: nothing.
        request: the request.
    """
    del query, request
    missing = parts.deps.readiness.missing
    if missing is None:
        return json_answer({"status": "ready"})
    return problem("not_ready", f"Not yet: {missing}.", status=503, headers={"Retry-After": "1"})


async def show_status(parts: Parts, query: Query, request: Request) -> Response:
    """Return how the hub is.

    Args:
        parts: the gateway's.
        query: nothing.
        request: the request.
    """
    del query, request
    deps = parts.deps
    counters = [_counter(counter, parts) for counter in deps.meters.counters.values()]
    missing = deps.readiness.missing
    return json_answer(
        {
            "version": deps.options.version,
            "build": deps.options.build,
            "now": instant(deps.clock.now_us()),
            "uptime_s": round(deps.readiness.uptime_s, 3),
            "ready": missing is None,
            "waiting_for": missing,
            "auth": "open" if deps.options.open else "required",
            "feeds": _feeds(deps),
            "log": {"position": str(Position(deps.log.epoch, deps.log.seq)), "first_seq": deps.log.first_seq},
            "devices": len(deps.catalogue.devices),
            "series": len(deps.catalogue.series),
            "history": None if deps.history is None else await _history(deps.history),
            "clients": {"live": deps.live.clients, "events": parts.events.count, "lagging": deps.live.lagging},
            "latency": _latency(deps.live.broadcaster.latency),
            "latencies": {name: _latency(latency) for name, latency in deps.meters.latencies.items()},
            "gauges": {name: gauge.read() for name, gauge in deps.meters.gauges.items()},
            "drops": [row for row in counters if row["total"] and any(word in row["name"] for word in _LOSSES)],
            "counters": counters,
        }
    )


async def _history(history: History) -> dict[str, Any]:
    """Return how history is; its size is null while the store cannot tell it soon."""
    writer, size_bytes = history.writer, None
    with suppress(StoreError, TimeoutError):
        async with asyncio.timeout(SIZE_S):
            size_bytes = await history.store.size_bytes()
    return {
        "address": history.store.address,
        "pending": writer.pending,
        "unsettled": writer.unsettled_readings,
        "commits": writer.commits,
        "last_commit_ms": None if writer.took_s is None else round(writer.took_s * 1000, 3),
        "size_bytes": size_bytes,
        "oldest": instant(history.store.raw_from_us),
    }


def _feeds(deps: GatewayDeps) -> list[dict[str, Any]]:
    """Return the hub's links."""
    return [
        {
            "source": feed.source,
            "up": feed.up,
            "since": instant(feed.since_us),
            "reason": feed.reason,
            "tries": feed.tries,
            "address": feed.address,
        }
        for feed in deps.feeds.all()
    ]


def _counter(counter: Counter, parts: Parts) -> dict[str, Any]:
    """Return a counter with its rate."""
    return {
        "name": counter.name,
        "label": counter.label,
        "value": counter.value,
        "total": counter.n,
        "per_s": parts.rates.per_s(counter),
    }


def _latency(latency: Latency) -> dict[str, Any]:
    """Return a duration's distribution, in milliseconds."""
    p50_s, p99_s = latency.quantile(0.5), latency.quantile(0.99)
    return {
        "count": latency.total,
        "p50_ms": None if p50_s is None else round(p50_s * 1000, 3),
        "p99_ms": None if p99_s is None else round(p99_s * 1000, 3),
    }
