"""The pipeline: one step from raw messages to the frames of every client, and nothing awaits inside it.

Waiting happens before (the intake) and after (each client's socket buffer). Because a step is one piece, *snapshot and
subscribe* needs no lock. A step takes at most 1,000 messages and aims at 5 ms, then the loop runs once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from hub.core.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.batch import Log
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.meters import Meters
    from hub.core.model import Series
    from hub.core.raw import RawBatch, Receipt
    from hub.history.writer import HistoryWriter
    from hub.judges.forgetting import Forgetting
    from hub.judges.freshness import Freshness
    from hub.live.broadcaster import Broadcaster

STEP_MESSAGES = 1000
STEP_S = 0.005
REST = 2.0
"""A step that left messages for a next one to come is followed by a rest of so many times its own duration, at most
:data:`STEP_S`: what it costs to write to every client is then shared by more messages. A full intake allows no rest."""
UNHEARD_REST_S = 0.0125
"""The rest after a step that nobody was told of at once, though somebody wants to be told of what may come next."""
UNHURRIED_REST_S = 0.025
"""The rest where all who look on wait for the end of an interval, whatever comes."""
_LEAST_MESSAGES = 16
_FIRST_MESSAGES = 100
"""A hub that starts knows no topic yet, and a message of a new one takes ten times as long."""
JUDGE_S = 0.5
"""How often the judges look at the clock."""
STALL_S = 0.02
"""A loop held up for longer is counted."""
_MIND_S = 0.01


class Source(Protocol):
    """Where raw messages wait: :class:`hub.mqtt.intake.Intake`."""

    def __len__(self) -> int:
        """Return how many messages wait."""

    async def ready(self) -> None:
        """Wait until there is something to take."""

    def take(self, limit: int) -> RawBatch | None:
        """Return the oldest messages of one connection, at most ``limit``; None if there are none."""


class Decoding(Protocol):
    """What turns raw messages into readings: :class:`hub.normalise.normaliser.Normaliser`."""

    def normalise(self, raw: RawBatch, batch: Batch) -> None:
        """Append the readings and statuses of all messages; never raises."""

    def mistaken(self) -> Batch | None:
        """Return the removal of what messages were mistaken for, None if nothing was."""

    def forget(self, gone: Iterable[Series]) -> None:
        """Forget what was learnt of topics that lead to series which leave the catalogue."""


class Pipeline:
    """Joins intake, normaliser, log, live state and judges.

    Args:
        intake: raw messages.
        normaliser: makes readings of them.
        catalogue: devices and series.
        log: gives positions.
        broadcaster: tells clients.
        freshness: judges series and devices.
        forgetting: removes the long silent.
        clock: dates batches, measures steps.
        meters: counts messages, steps and stalls.
        history: makes batches durable and acknowledges their messages then; None: they are acknowledged once published.
    """

    def __init__(  # noqa: PLR0913 - the composition of all stages, all by keyword
        self,
        *,
        intake: Source,
        normaliser: Decoding,
        catalogue: Catalogue,
        log: Log,
        broadcaster: Broadcaster,
        freshness: Freshness,
        forgetting: Forgetting,
        clock: Clock,
        meters: Meters,
        history: HistoryWriter | None = None,
    ) -> None:
        self._intake = intake
        self._normaliser = normaliser
        self._catalogue = catalogue
        self._log = log
        self._broadcaster = broadcaster
        self._freshness = freshness
        self._forgetting = forgetting
        self._history = history
        self._clock = clock
        self._limit = _FIRST_MESSAGES
        self._heard = False
        self._messages = meters.counter("messages", "MQTT messages taken from the intake.")
        self._stalls = meters.counter("loop_stalls", "Times the event loop was held up for more than 20 ms.")
        self._longest_stall_s = 0.0
        meters.gauge(
            "loop_stall_max_seconds",
            "Longest time the event loop was held up since the start.",
            lambda: self._longest_stall_s,
        )
        self._steps = meters.latency("step_seconds", "Duration of one step from raw messages to frames.")

    async def run(self) -> None:
        """Work until cancelled. Cancellation falls between two steps and loses nothing that was taken."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._judge(), name="judges")
            group.create_task(self._mind_the_loop(), name="loop stalls")
            while True:
                await self._intake.ready()
                if self._history is not None:
                    await self._history.room()
                took_s = self.step()
                full = len(self._intake) >= self._limit
                await asyncio.sleep(0 if full else self.rest_s(took_s))

    def rest_s(self, took_s: float) -> float:
        """Return for how many seconds the last step is to be followed by a rest.

        Args:
            took_s: what the step took, in seconds.
        """
        if self._heard:
            return min(STEP_S, REST * took_s)
        return UNHEARD_REST_S if self._broadcaster.hurried else UNHURRIED_REST_S

    def step(self) -> float:
        """Take what waits, at most a step's worth, bring it all the way to the clients; return the seconds it took."""
        began_s = self._clock.steady_s()
        batch = Batch(self._clock.now_us())
        receipts: list[Receipt] = []
        taken_s = 0.0
        while batch.messages < self._limit:
            raw = self._intake.take(self._limit - batch.messages)
            if raw is None:
                break
            self._normaliser.normalise(raw, batch)
            batch.messages += len(raw.messages)
            taken_s = taken_s or raw.taken_s
            if raw.receipt is not None:
                receipts.append(raw.receipt)
        self._heard = self._publish(batch, receipts, taken_s=taken_s)
        self._messages.n += batch.messages
        took_s = self._clock.steady_s() - began_s
        self._steps.note(took_s)
        if batch.messages and took_s > 0:
            fitting = int(batch.messages * STEP_S / took_s)
            self._limit = min(STEP_MESSAGES, max(_LEAST_MESSAGES, (self._limit + fitting) // 2))
        return took_s

    def judge(self) -> None:
        """Let the judges look at the clock, and publish what they find."""
        self._freshness.tick()
        self._publish(Batch(self._clock.now_us()), [])
        for find in (self._forgetting.sweep, self._normaliser.mistaken):
            removals = find()
            if removals is not None:
                self._publish(removals, [])
                self._normaliser.forget(removals.removed_series)
                self._forgetting.forget(removals)

    def restore(self, batch: Batch) -> None:
        """Publish what an earlier process knew, before anything else; it is in history already.

        Args:
            batch: as :func:`hub.history.restoring.restored_batch` made it.
        """
        news = self._catalogue.take_news()
        batch.devices += news.devices
        batch.series += news.series
        self._freshness.observe(batch)
        self._log.append(batch)
        self._broadcaster.publish(batch)

    def submit(self, batch: Batch, receipt: Receipt) -> None:
        """Publish readings that came by another way than the intake, as a step of their own. Never waits.

        Args:
            batch: its readings name series of the catalogue.
            receipt: acknowledged when history has them, or now.
        """
        self._publish(batch, [receipt])

    def _publish(self, batch: Batch, receipts: list[Receipt], *, taken_s: float = 0.0) -> bool:
        """Append a batch with the catalogue's news, tell everybody, then do the same with the verdicts it causes.

        Its messages are acknowledged when history has it, or now.

        Returns:
            True if anybody was told at once.
        """
        heard = False
        if self._catalogue.has_news:
            news = self._catalogue.take_news()
            batch.devices += news.devices
            batch.series += news.series
        if batch:
            self._freshness.observe(batch)
            self._log.append(batch)
            heard = self._broadcaster.publish(batch, taken_s=taken_s)
        self._keep(batch, receipts)
        verdicts = self._freshness.verdicts()
        if verdicts is not None:
            self._log.append(verdicts)
            heard = self._broadcaster.publish(verdicts) or heard
            self._keep(verdicts, [])
        return heard

    def _keep(self, batch: Batch, receipts: list[Receipt]) -> None:
        """Hand a published batch to history; without one its messages are safe now."""
        if self._history is not None:
            self._history.take(batch, receipts)
            return
        for receipt in receipts:
            receipt.acknowledge()

    async def _judge(self) -> None:
        while True:
            await asyncio.sleep(JUDGE_S)
            self.judge()

    async def _mind_the_loop(self) -> None:
        """Count the times that a short sleep took much longer: something held up the loop."""
        while True:
            asked_s = self._clock.steady_s()
            await asyncio.sleep(_MIND_S)
            held_s = self._clock.steady_s() - asked_s - _MIND_S
            self._longest_stall_s = max(self._longest_stall_s, held_s)
            if held_s > STALL_S:
                self._stalls.n += 1
