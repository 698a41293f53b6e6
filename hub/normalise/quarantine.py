"""Quarantine: what could not be read, why, and the bytes - countable, visible, bounded.

References:
    Architecture, rule 6: nothing is dropped in silence.
"""

from __future__ import annotations

from base64 import b64encode
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.core.meters import Counter, Meters
    from hub.core.model import Rejection

SAMPLES = 5
"""Payloads kept of each topic, the newest."""
SAMPLE_BYTES = 4096
"""How much of each payload is kept."""
TOPIC_BYTES = 1024
"""How much of a topic is kept; more is no telemetry but an attack on memory."""
TOLD_CHARACTERS = 512
"""How much of a rejection's detail and path is kept: both may quote what was sent."""
LIMIT_INTERVAL_US = 1_000_000
"""Refusals because a limit is reached come with every message; one a second is kept, all are counted."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One payload in quarantine.

    Args:
        received_us: when it was received.
        reason: the rejection's word.
        detail: the rejection's sentence.
        path: the metric or key that was rejected, empty for the whole message.
        payload: its start.
        size_bytes: its full size.
    """

    received_us: int
    reason: str
    detail: str
    path: str
    payload: bytes
    size_bytes: int

    @property
    def text(self) -> str | None:
        """The kept start as text, None if it is none."""
        try:
            return self.payload.decode()
        except UnicodeDecodeError as error:
            if len(self.payload) < self.size_bytes and error.start > len(self.payload) - 4:
                return self.payload[: error.start].decode()
            return None

    @property
    def base64(self) -> str:
        """The kept start in base64."""
        return b64encode(self.payload).decode()


@dataclass(slots=True)
class Inmate:
    """One topic in quarantine.

    Args:
        topic: as text; bytes that are no UTF-8 are written as escapes.
        reason: of the newest rejection.
        detail: likewise.
        count: rejections since it came in.
        first_us: when it came in.
        last_us: its newest rejection.
        samples: the newest payloads.
    """

    topic: str
    reason: str
    detail: str
    count: int
    first_us: int
    last_us: int
    samples: deque[Kept] = field(default_factory=lambda: deque(maxlen=SAMPLES))


class Quarantine:
    """The topics whose messages, or parts of them, could not be read.

    Args:
        meters: counts rejections by reason.
        topics: how many topics are kept; policy when full: the least recently rejected goes, and is counted.
    """

    def __init__(self, *, meters: Meters, topics: int = 1000) -> None:
        self._meters = meters
        self._topics = max(1, topics)
        self._inmates: OrderedDict[bytes, Inmate] = OrderedDict()
        self._limited_us = 0
        self._reasons: dict[str, Counter] = {}
        self._evicted = meters.counter("quarantine_evicted", "Topics that left quarantine because it is full.")
        meters.gauge("quarantine_topics", "Topics in quarantine.", lambda: len(self._inmates))

    def __len__(self) -> int:
        """Return how many topics are kept."""
        return len(self._inmates)

    @property
    def total(self) -> int:
        """How many rejections there were since the start."""
        return sum(counter.n for counter in self._reasons.values())

    def note(
        self, topic: bytes, payload: bytes, rejection: Rejection, received_us: int, *, size_bytes: int = 0
    ) -> None:
        """Count a rejection and keep its payload.

        Args:
            topic: the topic's bytes, valid or not.
            payload: the message's bytes.
            rejection: why.
            received_us: when the message was received.
            size_bytes: the payload's size where it was not kept by the reader.
        """
        counter = self._reasons.get(rejection.reason)
        if counter is None:
            counter = self._reasons[rejection.reason] = self._meters.counter(
                "quarantined",
                "Messages, or parts of them, that could not be read.",
                label="reason",
                value=rejection.reason,
            )
        counter.n += 1
        if rejection.reason == "limit":
            if abs(received_us - self._limited_us) < LIMIT_INTERVAL_US:
                return
            self._limited_us = received_us
        inmate = self._inmate(topic[:TOPIC_BYTES], received_us)
        detail, path = _told(rejection.detail), _told(rejection.path)
        inmate.reason, inmate.detail, inmate.last_us = rejection.reason, detail, received_us
        inmate.count += 1
        start = payload[:SAMPLE_BYTES]
        size = size_bytes or len(payload)
        inmate.samples.append(Kept(received_us, rejection.reason, detail, path, start, size))

    def _inmate(self, topic: bytes, received_us: int) -> Inmate:
        """Return a topic's entry, the most recent from now on."""
        inmate = self._inmates.get(topic)
        if inmate is None:
            if len(self._inmates) >= self._topics:
                self._inmates.popitem(last=False)
                self._evicted.n += 1
            name = topic.decode("utf-8", "backslashreplace")
            inmate = self._inmates[topic] = Inmate(name, "", "", 0, received_us, received_us)
        self._inmates.move_to_end(topic)
        return inmate

    def recent(self, *, limit: int = 1000) -> list[Inmate]:
        """Return the topics, the most recently rejected first.

        Args:
            limit: how many at most.
        """
        recent = reversed(self._inmates.values())
        return [inmate for inmate, _ in zip(recent, range(limit), strict=False)]

    def reasons(self) -> dict[str, int]:
        """Return how many rejections there were by reason, since the start."""
        return {reason: counter.n for reason, counter in self._reasons.items()}


def _told(text: str) -> str:
    """Return the start of a text as JSON can hold it; half a surrogate pair becomes a question mark."""
    return text[:TOLD_CHARACTERS].encode("utf-8", "replace").decode()
