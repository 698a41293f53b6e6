"""A hub on a test stand: every stage real but the broker, with a clock that stands still."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from hub.core.batch import Batch, StatusChange
from hub.core.catalogue import Catalogue
from hub.core.clock import ManualClock
from hub.core.feed import Feeds
from hub.core.meters import Meters
from hub.core.raw import RawBatch, RawMessage
from hub.gateway.auth import Access
from hub.gateway.clients import Clients
from hub.gateway.deps import GatewayDeps, GatewayOptions
from hub.gateway.histories import Histories
from hub.gateway.protocol import Greeting
from hub.gateway.readiness import Readiness
from hub.gateway.routes import create_gateway
from hub.history.window import History
from hub.history.writer import HistoryWriter
from hub.live.broadcaster import Broadcaster
from hub.live.timer import LoopTimer
from hub.log.local import LocalLog
from hub.normalise.normaliser import Normaliser

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from hub.core.model import Status
    from hub.core.raw import Receipt
    from hub.history.model import Restored
    from hub.history.sqlite.store import SqliteStore

ORIGIN = "http://localhost:8080"


@dataclass(slots=True)
class Stand:
    """A hub without a broker.

    Args:
        options: the gateway's settings.
    """

    options: GatewayOptions = field(default_factory=GatewayOptions)
    clock: ManualClock = field(default_factory=ManualClock)
    meters: Meters = field(default_factory=Meters)
    catalogue: Catalogue = field(init=False)
    feeds: Feeds = field(init=False)
    log: LocalLog = field(init=False)
    normaliser: Normaliser = field(init=False)
    readiness: Readiness = field(init=False)
    broadcaster: Broadcaster = field(init=False)
    clients: Clients = field(init=False)
    deps: GatewayDeps = field(init=False)
    app: Starlette = field(init=False)
    writer: HistoryWriter | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        parts: dict[str, Any] = {"clock": self.clock, "meters": self.meters}
        self.catalogue = Catalogue(**parts)
        self.feeds = Feeds(clock=self.clock)
        self.log = LocalLog(meters=self.meters, epoch="k3f9")
        self.normaliser = Normaliser(catalogue=self.catalogue, **parts)
        self.readiness = Readiness(clock=self.clock)
        timer = LoopTimer(asyncio.get_running_loop(), self.clock)
        self.broadcaster = Broadcaster(catalogue=self.catalogue, log=self.log, timer=timer, **parts)
        self.options = replace(self.options, version="0.1.0", build="a1b2c3")
        access = Access(self.options, **parts)
        greeting = Greeting(hub="0.1.0", build="a1b2c3", epoch=self.log.epoch, heartbeat_ms=20_000, max_clients=1_000)
        self.clients = Clients(
            broadcaster=self.broadcaster, feeds=self.feeds, access=access, greeting=greeting, **parts
        )
        self.deps = GatewayDeps(
            catalogue=self.catalogue,
            normaliser=self.normaliser,
            log=self.log,
            feeds=self.feeds,
            meters=self.meters,
            clock=self.clock,
            readiness=self.readiness,
            live=self.clients,
            access=access,
            submit=self.submit,
            options=self.options,
        )
        self.app = create_gateway(self.deps)

    def keep(self, store: SqliteStore, restored: Restored) -> HistoryWriter:
        """Keep what is published from now on, and answer for it; return what writes it."""
        self.writer = HistoryWriter(
            store=store,
            catalogue=self.catalogue,
            feeds=self.feeds,
            restored=restored,
            clock=self.clock,
            meters=self.meters,
        )
        history = History(store=store, writer=self.writer, log=self.log, clock=self.clock)
        self.clients.histories = Histories(
            history=history, catalogue=self.catalogue, broadcaster=self.broadcaster, clock=self.clock
        )
        self.app = create_gateway(replace(self.deps, history=history))
        return self.writer

    def client(self, **options: Any) -> httpx.AsyncClient:
        """Return an HTTP client of the gateway."""
        transport = httpx.ASGITransport(app=self.app, client=("127.0.0.1", 50_000))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **options)

    def hears(self, topic: str, payload: object, *, retain: bool = False) -> None:
        """Let a device publish; what is no bytes is sent as JSON."""
        body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        raw = RawBatch([RawMessage(topic.encode(), body, int(retain))], self.clock.now_us())
        batch = Batch(self.clock.now_us(), messages=1)
        self.normaliser.normalise(raw, batch)
        self.publish(batch)

    def submit(self, batch: Batch, receipt: Receipt) -> None:
        """Publish what came over HTTP, acknowledged as the pipeline does."""
        self.publish(batch, receipt)

    def publish(self, batch: Batch, *receipts: Receipt) -> None:
        """Take the last steps of the pipeline."""
        news = self.catalogue.take_news()
        batch.devices += news.devices
        batch.series += news.series
        if batch:
            self.log.append(batch)
            self.broadcaster.publish(batch)
        if self.writer is not None:
            self.writer.take(batch, list(receipts))
        else:
            for receipt in receipts:
                receipt.acknowledge()

    def say(self, device: str, status: Status, reason: str = "data") -> None:
        """Give a device a status."""
        found = self.catalogue.devices[device]
        self.publish(Batch(self.clock.now_us(), statuses=[StatusChange(found, status, self.clock.now_us(), reason)]))
