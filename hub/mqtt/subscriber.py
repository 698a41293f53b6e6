"""The subscriber: keeps the hub subscribed, whatever happens to the broker or the network.

One :class:`hub.mqtt.link.Link` a connection; between them a pause with full jitter, so that a fleet of hubs does not
come back in step. What the link is doing is told to the feeds.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from typing import TYPE_CHECKING

from hub.core.errors import LinkError
from hub.mqtt import reasons
from hub.mqtt.link import Link
from hub.mqtt.stock import StockReader
from hub.mqtt.verification import reader_class

if TYPE_CHECKING:
    from hub.core.clock import Clock
    from hub.core.feed import Feeds
    from hub.core.meters import Meters
    from hub.core.raw import Request
    from hub.mqtt.intake import Intake
    from hub.mqtt.options import SubscriberOptions

ASK_S = 0.2
"""How often what decoders want to be published is looked for."""
LEAST_PAUSE_S = 0.5
"""Shortest pause before trying again."""
MOST_PAUSE_S = 30.0
"""Longest pause before trying again."""
CONNECTING = "connecting"
"""Why the link is down before the broker has answered at all."""
STABLE_S = 10.0
"""A subscription that held so long was good; the next pause is short again."""
SHORT_LIVES = 3
"""Subscriptions lost one after the other before they were stable: no accident."""

log = logging.getLogger("hub.mqtt")


class Subscriber:
    """Subscribes to the broker and puts what it sends into the intake, again and again until cancelled.

    Args:
        options: broker, topics, session.
        intake: takes the messages.
        feeds: told as ``mqtt`` whether the subscription stands, and why not.
        clock: times pauses.
        meters: counts connections and denied topics.
        requests: what is to be published for decoders; emptied while there is a link.

    Raises:
        Unusable: the authority's file cannot be read.
    """

    def __init__(
        self,
        *,
        options: SubscriberOptions,
        intake: Intake,
        feeds: Feeds,
        clock: Clock,
        meters: Meters,
        requests: deque[Request] | None = None,
    ) -> None:
        self._requests: deque[Request] = deque() if requests is None else requests
        self._options = options
        self._tls = options.tls_context()
        self._intake = intake
        self._feeds = feeds
        self._clock = clock
        self._version_5 = options.version != "3.1.1"
        self._version_proven = False
        self._tries = 0
        self._short_lives = 0
        self._jitter = random.Random()  # noqa: S311 - spreads reconnects, keeps no secret
        self._reader_class, fault = reader_class()
        if fault:
            log.warning("Reading MQTT the slow way: %s.", fault)
        slow = issubclass(self._reader_class, StockReader)
        self.first_subscription = asyncio.Event()
        """Set once a subscription was granted for the first time."""
        self.denied: tuple[str, ...] = ()
        """Topics that the broker denies, while others are granted."""
        self._connections = meters.counter("mqtt_connections", "Sessions that the broker accepted.")
        self._failures = meters.counter("mqtt_failures", "Connections to the broker that failed or broke.")
        self._asked = meters.counter("device_requests", "Requests published to devices, such as Sparkplug's rebirths.")
        meters.gauge("mqtt_denied_topics", "Topic filters that the broker denies.", lambda: len(self.denied))
        meters.gauge("mqtt_stock_reader", "1 if MQTT is read with the slow stock reader.", lambda: float(slow))

    async def run(self) -> None:
        """Keep the subscription up until cancelled; then say goodbye within a second."""
        address = str(self._options.address)
        self._feeds.say("mqtt", up=False, reason=CONNECTING, address=address)
        while True:
            started_s = self._clock.steady_s()
            link = Link(
                self._options,
                version_5=self._version_5,
                reader_class=self._reader_class,
                tls=self._tls,
                intake=self._intake,
                clock=self._clock,
            )
            try:
                await self._serve(link)
            except* LinkError as group:
                fault = next(error for error in _flat(group) if isinstance(error, LinkError))
            finally:
                await link.close()
            self._failures.n += 1
            if self._downgrade(link, fault):
                continue
            if self._clock.steady_s() - started_s > STABLE_S:
                self._tries = self._short_lives = 0
            elif fault.reason == reasons.LOST and self._up():
                self._short_lives += 1
                if self._short_lives >= SHORT_LIVES:
                    fault = LinkError(reasons.LOST_AGAIN)
            self._tell_down(fault)
            await asyncio.sleep(self.pause_s(self._tries))
            self._tries += 1

    def pause_s(self, tries: int) -> float:
        """Return how long to wait before trying again: random, the bound doubling with each try.

        Args:
            tries: pauses since the last stable subscription.
        """
        return self._jitter.uniform(LEAST_PAUSE_S, min(MOST_PAUSE_S, LEAST_PAUSE_S * 2.0 ** min(tries + 1, 16)))

    async def _serve(self, link: Link) -> None:
        """Connect, subscribe and stay; raises a group with a :class:`LinkError` when it is over."""
        async with asyncio.TaskGroup() as tasks:
            await link.open()
            self._connections.n += 1
            self._version_proven = True
            if not link.session_present:
                self._intake.guard.forget()
            tasks.create_task(link.ended(), name="mqtt-link-end")
            await self._subscribe(link)
            tasks.create_task(self._ask(link), name="mqtt-requests")

    async def _ask(self, link: Link) -> None:
        """Publish what decoders want to be published, as long as the link stands."""
        while True:
            while self._requests:
                await link.ask(self._requests.popleft())
                self._asked.n += 1
            await asyncio.sleep(ASK_S)

    async def _subscribe(self, link: Link) -> None:
        """Subscribe and tell what came of it."""
        answers = await link.subscribe_all()
        topics = self._options.topics
        denied = [topic for topic, answer in zip(topics, answers, strict=True) if answer.is_failure]
        if len(denied) == len(topics):
            raise LinkError(reasons.denied_topics(denied), permanent=True)
        self.denied = tuple(denied)
        reason = reasons.denied_topics(denied) if denied else ""
        if denied:
            log.warning("%s: %s.", self._options.address, reason)
        if not self._up():
            log.info("Subscribed at %s with MQTT %s.", self._options.address, "5" if self._version_5 else "3.1.1")
        self._feeds.say("mqtt", up=True, reason=reason)
        self.first_subscription.set()
        await link.say("online")

    def _downgrade(self, link: Link, fault: LinkError) -> bool:
        """Return True if the broker may only dislike MQTT 5, so that 3.1.1 is worth a try at once.

        What works is remembered; as long as nothing did, the versions take turns.
        """
        if self._options.version != "auto":
            return False
        if not self._version_5:
            self._version_5 = not self._version_proven
            return False
        refused = link.refusal == reasons.UNSUPPORTED_VERSION
        if refused or (fault.reason in (reasons.HUNG_UP, reasons.SILENT) and not self._version_proven):
            self._version_5 = False
            return True
        return False

    def _tell_down(self, fault: LinkError) -> None:
        """Tell the feeds why the link is down, and the log once for each reason."""
        feed = self._feeds.get("mqtt")
        if feed is None or feed.up or feed.reason != fault.reason:
            log.warning("No link to the broker at %s: %s.", self._options.address, fault.reason)
        self._feeds.say("mqtt", up=False, reason=fault.reason)

    def _up(self) -> bool:
        """Return True if the feeds say that the link is up."""
        feed = self._feeds.get("mqtt")
        return feed is not None and feed.up


def _flat(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """Return the errors of a group and of those in it."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _flat(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
