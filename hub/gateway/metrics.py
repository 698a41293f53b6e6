"""Metrics: what the hub counts of itself, for Prometheus, at ``/metrics``.

References:
    Prometheus text format; OpenMetrics 1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric
    from starlette.requests import Request

    from hub.core.meters import Counter, Meters
    from hub.gateway.parts import Parts
    from hub.gateway.queries import Query

PREFIX = "hub_"
QUANTILES = (0.5, 0.9, 0.99)


class MetersCollector:
    """Gives Prometheus what :class:`hub.core.meters.Meters` holds, when it asks.

    Args:
        meters: the hub's.
    """

    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def describe(self) -> list[Metric]:
        """Return nothing: what there is becomes known while the hub works."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every counter, gauge and latency."""
        by_name: dict[str, list[Counter]] = {}
        for counter in list(self._meters.counters.values()):
            by_name.setdefault(counter.name, []).append(counter)
        for name, counters in by_name.items():
            yield _family(name, counters)
        for gauge in list(self._meters.gauges.values()):
            yield GaugeMetricFamily(PREFIX + gauge.name, gauge.help, value=gauge.read())
        for latency in list(self._meters.latencies.values()):
            name = PREFIX + latency.name
            summary = SummaryMetricFamily(name, latency.help, count_value=latency.total, sum_value=latency.sum)
            for q in QUANTILES:
                value = latency.quantile(q)
                if value is not None:
                    summary.add_sample(name, {"quantile": str(q)}, value)
            yield summary


def _family(name: str, counters: list[Counter]) -> Metric:
    """Return the counters of one name, one sample for each value of their label."""
    label = next((counter.label for counter in counters if counter.label), "")
    family = CounterMetricFamily(PREFIX + name, counters[0].help, labels=[label] if label else [])
    for counter in counters:
        family.add_metric([counter.value] if label else [], counter.n)
    return family


def registry_of(meters: Meters) -> CollectorRegistry:
    """Return the hub's own metrics and those of its process.

    Args:
        meters: the hub's.
    """
    registry = CollectorRegistry()
    registry.register(MetersCollector(meters))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


async def show_metrics(parts: Parts, query: Query, request: Request) -> Response:
    """Return the hub's own metrics in the format that the scraper asks for.

    Args:
        parts: the gateway's.
        query: nothing.
        request: its ``Accept`` chooses between the text format and OpenMetrics.
    """
    del query
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(parts.registry), headers={"Content-Type": media_type, "Cache-Control": "no-store"})
