"""The MQTT stage of a hub, running as in production but without the rest: intake, subscriber, and a hand that takes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hub.core.clock import SystemClock
from hub.core.feed import Feed, Feeds
from hub.core.meters import Meters
from hub.mqtt.intake import Intake
from hub.mqtt.options import Address, SubscriberOptions, parse_address
from hub.mqtt.subscriber import Subscriber

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from hub.core.raw import RawBatch, RawMessage
    from tests.support.fake_broker import Visit

PATIENCE_S = 20.0


def address_of(url: str) -> Address:
    address = parse_address(url)
    assert isinstance(address, Address)
    return address


class Hub:
    """What a test sees of it."""

    def __init__(self, options: SubscriberOptions, *, queue_messages: int = 100_000) -> None:
        self.clock = SystemClock()
        self.meters = Meters()
        self.feeds = Feeds(clock=self.clock)
        self.history: list[Feed] = []
        self._news = asyncio.Condition()
        self.feeds.listen(self._heard)
        self.intake = Intake(max_messages=queue_messages, max_bytes=64 << 20, clock=self.clock, meters=self.meters)
        self.subscriber = Subscriber(
            options=options, intake=self.intake, feeds=self.feeds, clock=self.clock, meters=self.meters
        )
        self.batches: list[RawBatch] = []
        self._changed = asyncio.Event()

    def _heard(self, feed: Feed) -> None:
        self.history.append(feed)
        self._changed.set()

    async def feed(self, wanted: Callable[[Feed], bool]) -> Feed:
        """Wait for a state of the feed, a past one counts from the last call on."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                while self.history:
                    if wanted(feed := self.history.pop(0)):
                        return feed
                self._changed.clear()
                await self._changed.wait()

    async def up(self) -> Feed:
        return await self.feed(lambda feed: feed.up)

    async def down(self) -> Feed:
        return await self.feed(lambda feed: not feed.up and feed.reason != "connecting")

    async def take(self, *, acknowledge: bool = True) -> RawBatch:
        async with asyncio.timeout(PATIENCE_S):
            await self.intake.ready()
        batch = self.intake.take(1000)
        assert batch is not None
        self.batches.append(batch)
        if acknowledge and batch.receipt is not None:
            batch.receipt.acknowledge()
        return batch

    async def messages(self, count: int, *, acknowledge: bool = True) -> list[RawMessage]:
        """Take until there are so many messages of devices, not counting the hub's own status."""
        got: list[RawMessage] = []
        while len(got) < count:
            batch = await self.take(acknowledge=acknowledge)
            got += [message for message in batch.messages if not message.topic.startswith(b"telemetry-hub/")]
        return got

    def count(self, name: str, value: str = "") -> int:
        return self.meters.counters[name, value].n


@asynccontextmanager
async def running_hub(url: str, *, queue_messages: int = 100_000, **options: Any) -> AsyncIterator[Hub]:
    """Run the MQTT stage against a broker while the block lasts."""
    wanted = replace(SubscriberOptions(address_of(url), "hub-test"), **options)
    hub = Hub(wanted, queue_messages=queue_messages)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(hub.subscriber.run(), name="subscriber")
        try:
            yield hub
        finally:
            running.cancel()


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


async def good(visit: Visit) -> None:
    connect = await visit.accept(version_5=True)
    assert visit.version(connect) == 5
    await visit.grant(1, version_5=True)
    await visit.serve()
