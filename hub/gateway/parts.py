"""Parts: what the gateway is given and what it makes of it for itself, as its handlers get it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.gateway.export import Exports
from hub.gateway.metrics import registry_of
from hub.gateway.rates import Rates
from hub.gateway.sse import EventStreams
from hub.gateway.static import Files
from hub.gateway.submissions import Waiting

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from hub.gateway.deps import GatewayDeps


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a handler may use.

    Args:
        deps: what the gateway is given.
        rates: how fast its counters grow.
        registry: the hub's own metrics for Prometheus.
        files: the dashboard.
        events: the events streams.
        exports: those under way.
        waiting: readings over HTTP that are not durable yet.
    """

    deps: GatewayDeps
    rates: Rates
    registry: CollectorRegistry
    files: Files
    events: EventStreams
    exports: Exports
    waiting: Waiting

    @classmethod
    def of(cls, deps: GatewayDeps) -> Parts:
        """Return the parts that belong to what the gateway is given.

        Args:
            deps: what it is given.
        """
        return cls(
            deps=deps,
            rates=Rates(meters=deps.meters, clock=deps.clock),
            registry=registry_of(deps.meters),
            files=Files(deps.options.static_dir),
            events=EventStreams(limit=deps.options.sse_clients),
            exports=Exports(deps.meters),
            waiting=Waiting(deps.meters),
        )
