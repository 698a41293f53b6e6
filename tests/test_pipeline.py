from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from hub.core.batch import Batch, StatusChange
from hub.core.model import Datatype, Status
from hub.core.raw import Flown, RawBatch, RawMessage
from hub.judges.forgetting import Forgetting
from hub.judges.freshness import Freshness
from hub.pipeline import STEP_MESSAGES, STEP_S, UNHEARD_REST_S, UNHURRIED_REST_S, Pipeline
from tests.support.live import Client, LiveHub, believed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.model import Series


class Waiting:
    """An intake that gives what it was given."""

    def __init__(self) -> None:
        self.batches: deque[RawBatch] = deque()
        self.limits: list[int] = []
        self.news = asyncio.Event()

    def __len__(self) -> int:
        return sum(len(batch.messages) for batch in self.batches)

    async def ready(self) -> None:
        await self.news.wait()

    def take(self, limit: int) -> RawBatch | None:
        self.limits.append(limit)
        if not self.batches:
            self.news.clear()
            return None
        return self.batches.popleft()


@dataclass
class Receipt:
    """Remembers what was known when it was acknowledged."""

    client: Client
    known: list[dict[str, object]] = field(default_factory=list)

    def record(self) -> Flown:
        return Flown(0, b"", b"", b"")

    def acknowledge(self) -> None:
        self.known.append(dict(believed(self.client)))


class Plain:
    """A normaliser for which a topic is a device and a payload a number; it takes as long as it is told to."""

    def __init__(self, hub: LiveHub) -> None:
        self.hub = hub
        self.seconds_a_message = 0.0
        self.forgotten: list[str] = []
        self.mistakes: list[Batch] = []

    def normalise(self, raw: RawBatch, batch: Batch) -> None:
        for message in raw.messages:
            device = self.hub.catalogue.device(message.topic.decode(), "json")
            assert device is not None
            series = self.hub.catalogue.series_of(device, "x", unit=None, datatype=Datatype.FLOAT)
            assert series is not None
            batch.readings.append((series.key, raw.received_us, float(message.payload), None, raw.received_us, 0))
            self.hub.clock.advance(self.seconds_a_message)

    def mistaken(self) -> Batch | None:
        return self.mistakes.pop() if self.mistakes else None

    def forget(self, gone: Iterable[Series]) -> None:
        self.forgotten += [series.metric for series in gone if not series.removed]


class Stages:
    """A whole pipeline on a test stand."""

    def __init__(self) -> None:
        self.hub = LiveHub()
        self.intake = Waiting()
        self.normaliser = Plain(self.hub)
        clock, catalogue = self.hub.clock, self.hub.catalogue
        self.pipeline = Pipeline(
            intake=self.intake,
            normaliser=self.normaliser,
            catalogue=catalogue,
            log=self.hub.log,
            broadcaster=self.hub.broadcaster,
            freshness=Freshness(catalogue=catalogue, clock=clock),
            forgetting=Forgetting(catalogue=catalogue, clock=clock, after_s=86_400),
            clock=clock,
            meters=self.hub.meters,
        )

    def hears(self, *values: float, receipt: Receipt | None = None) -> None:
        messages = [RawMessage(b"d", str(value).encode()) for value in values]
        self.intake.batches.append(RawBatch(messages, self.hub.clock.now_us(), receipt))
        self.intake.news.set()


@pytest.fixture
async def stages() -> Stages:
    return Stages()


async def test_a_step_brings_messages_all_the_way_and_acknowledges_them_after_that(stages: Stages) -> None:
    client = Client(stages.hub)
    stages.hub.join(client)
    stages.hub.timer.run()
    receipt = Receipt(client)
    stages.hears(1.0, 2.0, receipt=receipt)
    stages.pipeline.step()
    assert receipt.known == [{"d:x": 2.0}]
    assert stages.hub.catalogue.devices["d"].status is Status.ONLINE
    assert stages.hub.meters.counters["messages", ""].n == 2


async def test_a_step_without_messages_is_none(stages: Stages) -> None:
    stages.pipeline.step()
    assert stages.hub.log.seq == 0


async def test_slow_steps_take_fewer_messages_and_quick_ones_more_again(stages: Stages) -> None:
    stages.normaliser.seconds_a_message = 0.001
    for _ in range(12):
        stages.hears(*range(50))
        stages.pipeline.step()
    assert stages.intake.limits[0] < STEP_MESSAGES
    slow = stages.intake.limits[-1]
    assert slow < 50
    stages.normaliser.seconds_a_message = 0.000001
    for _ in range(20):
        stages.hears(*range(50))
        stages.pipeline.step()
    assert stages.intake.limits[-1] > 10 * slow


async def test_a_step_rests_long_only_where_nobody_wants_to_be_told_at_once(stages: Stages) -> None:
    stages.hub.publish(("other", "x", 0.0))
    patient, hasty = Client(stages.hub), Client(stages.hub)
    stages.hub.join(patient, "d", interval_ms=100)
    stages.hub.timer.run()
    stages.hears(1.0)
    stages.pipeline.step()
    assert stages.pipeline.rest_s(0.001) == 0.002
    assert stages.pipeline.rest_s(1.0) == STEP_S
    stages.hears(2.0)
    stages.pipeline.step()
    assert stages.pipeline.rest_s(0.001) == UNHURRIED_REST_S
    member, _ = stages.hub.join(hasty, "other", interval_ms=0)
    stages.hub.timer.run()
    stages.hears(3.0)
    stages.pipeline.step()
    assert stages.pipeline.rest_s(0.001) == UNHEARD_REST_S
    stages.hub.broadcaster.leave(member)
    assert stages.pipeline.rest_s(0.001) == UNHURRIED_REST_S


async def test_what_judges_find_is_published_like_everything_else(stages: Stages) -> None:
    client = Client(stages.hub)
    stages.hub.join(client)
    stages.hub.timer.run()
    stages.hears(1.0)
    stages.pipeline.step()
    for _ in range(12):
        stages.hub.clock.advance(1)
        stages.hears(1.0)
        stages.pipeline.step()
    for _ in range(20):
        stages.hub.clock.advance(0.5)
        stages.pipeline.judge()
    (quality,) = {quality for _, _, quality in client.values.values()}
    assert quality == "stale"
    assert client.devices["d"] == "unknown"
    stages.hub.clock.advance(86_400)
    for _ in range(4):
        stages.pipeline.judge()
    assert (client.devices, client.series) == ({}, {})
    assert stages.normaliser.forgotten == ["x"]


async def test_what_a_message_was_mistaken_for_leaves_like_everything_else(stages: Stages) -> None:
    client = Client(stages.hub)
    stages.hub.join(client)
    stages.hub.timer.run()
    stages.hears(1.0)
    stages.pipeline.step()
    device = stages.hub.catalogue.devices["d"]
    change = StatusChange(device, None, stages.hub.clock.now_us(), "forgotten", said=False)
    ghosts = Batch(stages.hub.clock.now_us(), removed_series=[device.series["x"]], removed_devices=[device])
    ghosts.statuses.append(change)
    stages.normaliser.mistakes.append(ghosts)
    stages.pipeline.judge()
    assert (client.devices, client.series) == ({}, {})
    assert stages.normaliser.forgotten == ["x"]
    assert stages.hub.catalogue.devices == {}


async def test_a_fault_in_a_step_ends_the_pipeline_loudly(stages: Stages) -> None:
    def fail(raw: RawBatch, batch: Batch) -> None:
        del raw, batch
        raise ZeroDivisionError

    stages.normaliser.normalise = fail  # type: ignore[method-assign]
    stages.hears(1.0)
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(10):
            await stages.pipeline.run()
    assert caught.group_contains(ZeroDivisionError)


async def test_cancelling_falls_between_two_steps(stages: Stages) -> None:
    stages.hears(1.0)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stages.pipeline.run(), name="pipeline")
        while stages.hub.log.seq == 0:  # noqa: ASYNC110 - the pipeline takes a step each time the loop runs
            await asyncio.sleep(0)
        running.cancel()
    assert running.cancelled()
