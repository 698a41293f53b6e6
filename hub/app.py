"""The composition root: builds every part of a hub, runs it, and stops it in order.

Order of stopping: live clients are sent away to come back, the subscription is given back, the web server ends, the
embedded broker and history last. Nothing takes longer than five seconds.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from hub.adapting import (
    broker_options,
    deadbands,
    gateway_options,
    history_store,
    normalise_options,
    subscriber_options,
)
from hub.core.catalogue import Catalogue, CatalogueLimits
from hub.core.clock import SystemClock
from hub.core.feed import Feed, Feeds
from hub.core.meters import Meters
from hub.gateway.auth import Access
from hub.gateway.clients import HEARTBEAT_S, Clients
from hub.gateway.deps import GatewayDeps
from hub.gateway.histories import Histories
from hub.gateway.protocol import Greeting
from hub.gateway.readiness import PATIENCE_S, Readiness
from hub.gateway.replay import Ground
from hub.gateway.replays import Replays
from hub.gateway.routes import create_gateway
from hub.history.past import Past
from hub.history.restoring import restored_batch
from hub.history.window import History
from hub.history.writer import HistoryWriter
from hub.judges.forgetting import Forgetting
from hub.judges.freshness import Freshness
from hub.live.broadcaster import Broadcaster
from hub.live.timer import LoopTimer
from hub.log.local import LocalLog
from hub.machine import calm_garbage_collector, data_folder, local_zone, raise_file_limit
from hub.mqtt.broker import EmbeddedBroker
from hub.mqtt.intake import Intake
from hub.mqtt.options import Address, SubscriberOptions, parse_address
from hub.mqtt.subscriber import CONNECTING, Subscriber
from hub.normalise.normaliser import Normaliser
from hub.pipeline import Pipeline
from hub.serving import WebServer, listen

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable

    from hub.config import Settings
    from hub.history.model import Restored
    from hub.history.store import Store

log = logging.getLogger("hub")

STOP_S = 5.0
"""Longest time from a signal to the end of the process."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running hub is.

    Args:
        dashboard: its URL.
        broker: the broker's URL, without secrets.
        fault: why the broker is not reached yet, empty if it is.
    """

    dashboard: str
    broker: str
    fault: str = ""


class _History(NamedTuple):
    """The parts of history."""

    store: Store
    writer: HistoryWriter
    restored: Restored


class Hub:
    """One hub, from its settings.

    Args:
        settings: validated.

    Raises:
        SettingsError: a source rule cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limits = settings.limits
        self.clock = SystemClock()
        self.meters = Meters()
        self.feeds = Feeds(clock=self.clock)
        self.readiness = Readiness(clock=self.clock)
        self.catalogue = Catalogue(
            clock=self.clock,
            meters=self.meters,
            limits=CatalogueLimits(limits.devices, limits.series, limits.metrics_per_device),
        )
        self.normaliser = Normaliser(
            catalogue=self.catalogue, clock=self.clock, meters=self.meters, options=normalise_options(settings)
        )
        self._stopping = asyncio.Event()
        self._broker_answered = asyncio.Event()
        self.feeds.listen(self._note_answer)

    async def run(self, ready: Callable[[Addresses], Awaitable[None]]) -> None:
        """Run until :meth:`stop` is called; then stop in order.

        Args:
            ready: awaited once the dashboard can be opened; may go on until the hub stops, and is then cancelled.

        Raises:
            StartError: the hub cannot start here; one sentence says why.
        """
        settings = self._settings
        async with AsyncExitStack() as stack:
            stack.enter_context(data_folder(settings.data_dir))
            http = settings.http
            listener = stack.enter_context(listen(http.host, http.port, key="http.port"))
            history = await self._open_history(stack)
            options, broker = await self._reach_broker(stack)
            intake = self._intake(history)
            subscriber = Subscriber(
                options=options,
                intake=intake,
                feeds=self.feeds,
                clock=self.clock,
                meters=self.meters,
                requests=self.normaliser.requests,
            )
            clients, pipeline, server = self._assemble(intake, listener, history)
            too_few = raise_file_limit(http.max_connections)
            if too_few:
                log.warning(too_few)
            calm_garbage_collector()
            self.readiness.say_restored()
            where = Addresses(
                dashboard=self._url(listener.getsockname()[1]), broker=f"{options.address.scheme}://{options.address}"
            )
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(server.run(), name="web server")
                working = [
                    group.create_task(pipeline.run(), name="pipeline"),
                    group.create_task(clients.run(), name="clients"),
                    group.create_task(self._note_grant(subscriber), name="first subscription"),
                    group.create_task(self._greet(server, ready, where), name="ready"),
                ]
                if history is not None:
                    working.append(group.create_task(history.writer.run(), name="history"))
                if broker is not None:
                    working.append(group.create_task(broker.run(), name="broker's rate"))
                subscribing = group.create_task(subscriber.run(), name="subscriber")
                await self._stopping.wait()
                clients.stop()
                subscribing.cancel()
                await asyncio.wait([subscribing], timeout=1.5)
                server.stop()
                await asyncio.wait([serving], timeout=STOP_S - 2)
                for task in (*working, serving):
                    task.cancel()

    def stop(self) -> None:
        """Begin to stop; twice is once."""
        self._stopping.set()

    async def _reach_broker(self, stack: AsyncExitStack) -> tuple[SubscriberOptions, EmbeddedBroker | None]:
        """Return how to subscribe, and the embedded broker, started, if that is the one."""
        settings = self._settings
        if settings.mqtt.url != "embedded":
            address = parse_address(settings.mqtt.url)
            assert isinstance(address, Address)  # noqa: S101 - the settings are validated
            return subscriber_options(settings, address), None
        broker = EmbeddedBroker(options=broker_options(settings), meters=self.meters)
        await stack.enter_async_context(broker)
        unset = Address("mqtt", settings.broker.host, broker.port)
        return broker.options(subscriber_options(settings, unset)), broker

    async def _open_history(self, stack: AsyncExitStack) -> _History | None:
        """Return the opened store and its writer, None if history is not kept; the stack closes it."""
        store = history_store(self._settings)
        if store is None:
            return None

        async def close() -> None:
            await store.close(now_us=self.clock.now_us())

        stack.push_async_callback(close)
        restored = await store.open()
        writer = HistoryWriter(
            store=store,
            catalogue=self.catalogue,
            feeds=self.feeds,
            clock=self.clock,
            meters=self.meters,
            restored=restored,
            pending_readings=self._settings.history.pending_readings,
            deadbands=deadbands(self._settings),
        )
        return _History(store, writer, restored)

    def _intake(self, history: _History | None) -> Intake:
        """Build the intake; it knows again what an earlier process recorded and did not acknowledge."""
        mqtt = self._settings.mqtt
        intake = Intake(
            max_messages=mqtt.queue_messages, max_bytes=mqtt.queue_bytes, clock=self.clock, meters=self.meters
        )
        if history is not None:
            intake.guard.restore(history.restored.flown)
        return intake

    def _assemble(
        self, intake: Intake, listener: socket.socket, history: _History | None
    ) -> tuple[Clients, Pipeline, WebServer]:
        """Build what follows the intake."""
        settings, clock, meters = self._settings, self.clock, self.meters
        log = LocalLog(
            meters=meters,
            retention_s=settings.log.retention_s,
            retention_readings=settings.log.retention_readings,
        )
        timer = LoopTimer(asyncio.get_running_loop(), clock)
        broadcaster = Broadcaster(catalogue=self.catalogue, log=log, clock=clock, timer=timer, meters=meters)
        freshness = Freshness(catalogue=self.catalogue, clock=clock)
        self.feeds.listen(freshness.link)
        pipeline = Pipeline(
            intake=intake,
            normaliser=self.normaliser,
            catalogue=self.catalogue,
            log=log,
            broadcaster=broadcaster,
            freshness=freshness,
            forgetting=Forgetting(catalogue=self.catalogue, clock=clock, after_s=settings.limits.forget_after),
            clock=clock,
            meters=meters,
            history=None if history is None else history.writer,
        )
        if history is not None:
            pipeline.restore(restored_batch(history.restored, self.catalogue, clock.now_us()))
        deps = self._gateway_deps(pipeline, log, broadcaster, history, timer)
        return deps.live, pipeline, WebServer(create_gateway(deps), listener=listener, settings=settings.http)

    def _replays(self, history: _History | None, timer: LoopTimer) -> Replays | None:
        """Build what shows the past, None if none is kept."""
        if history is None:
            return None
        past = Past(store=history.store, writer=history.writer)
        return Replays(ground=Ground(past, self.catalogue, self.clock, timer), meters=self.meters)

    def _answers(
        self, log: LocalLog, broadcaster: Broadcaster, history: _History | None
    ) -> tuple[History | None, Histories | None]:
        """Build what answers questions about the past, over HTTP and live; nothing if none is kept."""
        if history is None:
            return None, None
        found = History(store=history.store, writer=history.writer, log=log, clock=self.clock)
        return found, Histories(history=found, catalogue=self.catalogue, broadcaster=broadcaster, clock=self.clock)

    def _gateway_deps(
        self, pipeline: Pipeline, log: LocalLog, broadcaster: Broadcaster, history: _History | None, timer: LoopTimer
    ) -> GatewayDeps:
        """Build what the gateway is built from."""
        options = gateway_options(self._settings)
        answers, histories = self._answers(log, broadcaster, history)
        access = Access(options, clock=self.clock, meters=self.meters)
        clients = Clients(
            broadcaster=broadcaster,
            feeds=self.feeds,
            access=access,
            greeting=Greeting(
                hub=options.version,
                build=options.build,
                epoch=log.epoch,
                heartbeat_ms=HEARTBEAT_S * 1000,
                max_clients=options.max_connections,
                zone=local_zone(),
            ),
            clock=self.clock,
            meters=self.meters,
            replays=self._replays(history, timer),
            histories=histories,
        )
        return GatewayDeps(
            catalogue=self.catalogue,
            normaliser=self.normaliser,
            log=log,
            feeds=self.feeds,
            meters=self.meters,
            clock=self.clock,
            readiness=self.readiness,
            live=clients,
            access=access,
            submit=pipeline.submit,
            history=answers,
            options=options,
        )

    async def _note_grant(self, subscriber: Subscriber) -> None:
        await subscriber.first_subscription.wait()
        self.readiness.say_granted()

    async def _greet(self, server: WebServer, ready: Callable[[Addresses], Awaitable[None]], where: Addresses) -> None:
        """Say that the hub is ready once pages are served and the broker has answered, whatever it said."""
        await server.started()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._broker_answered.wait()
        feed = self.feeds.get("mqtt")
        await ready(where if feed is None or feed.up else replace(where, fault=feed.reason))

    def _note_answer(self, feed: Feed) -> None:
        """Note that the broker granted the subscription, or why it did not."""
        if feed.source == "mqtt" and (feed.up or feed.reason != CONNECTING):
            self._broker_answered.set()

    def _url(self, port: int) -> str:
        """Return the dashboard's URL for a browser on this machine."""
        http = self._settings.http
        scheme = "https" if http.certificate and http.private_key else "http"
        host = "127.0.0.1" if http.host in ("0.0.0.0", "::") else http.host  # noqa: S104 - compared, not bound
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
