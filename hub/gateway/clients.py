"""All live clients: who is connected, what they share, and the one clock that looks after them.

Nothing is kept per idle client but its session. Heartbeats, missing hellos and peers that take nothing are found by one
task, which looks at a part of the sessions every second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from hub.core.errors import RequestError
from hub.gateway import protocol
from hub.gateway.protocol import Code
from hub.gateway.session import Hold
from hub.gateway.tokens import LOCAL
from hub.live.frame import encode

if TYPE_CHECKING:
    from hub.core.clock import Clock
    from hub.core.feed import Feed, Feeds
    from hub.core.meters import Meters
    from hub.gateway.auth import Access
    from hub.gateway.histories import Histories
    from hub.gateway.replays import Replays
    from hub.gateway.session import Session
    from hub.gateway.tokens import Identity
    from hub.live.broadcaster import Broadcaster
    from hub.live.frame import Frame

HEARTBEAT_S = 20
HELLO_S = 10.0
MISSED = 2.5
"""Heartbeats without a byte from the client after which it is closed."""
TAKES_NOTHING_S = 60.0
FLOOD_PAUSE_S = 1.0


class Clients:
    """The live sessions of this process.

    Args:
        broadcaster: the live stage.
        feeds: the hub's links.
        access: says who a token stands for.
        greeting: what ``welcome`` says.
        clock: the hub's time.
        meters: counts clients and closes.
        replays: those that are shown the past; None if history is not kept.
        histories: those whose subscriptions begin with the past; likewise.
    """

    def __init__(  # noqa: PLR0913 - the composition of a service, all by keyword
        self,
        *,
        broadcaster: Broadcaster,
        feeds: Feeds,
        access: Access,
        greeting: protocol.Greeting,
        clock: Clock,
        meters: Meters,
        replays: Replays | None = None,
        histories: Histories | None = None,
    ) -> None:
        self.broadcaster = broadcaster
        self.feeds = feeds
        self.access = access
        self.greeting = greeting
        self.clock = clock
        self.replays = replays
        self.histories = histories
        self.latency_ms: float | None = None
        self.stopping = False
        self._slots: list[dict[Session, None]] = [{} for _ in range(HEARTBEAT_S)]
        self._turn = 0
        self._count = 0
        self._newcomers: deque[Session] = deque()
        self._unread: deque[tuple[float, Session]] = deque()
        self._to_verify: asyncio.Queue[tuple[Session, str]] = asyncio.Queue(maxsize=1000)
        self._meters = meters
        self._refused = meters.counter("clients_refused", "Live clients refused because the limit is reached.")
        meters.gauge("clients", "Live clients, whatever their transport.", lambda: self._count)
        meters.gauge("clients_lagging", "Live clients that are behind.", lambda: self.lagging)
        feeds.listen(self._tell_feed)

    @property
    def clients(self) -> int:
        """How many sessions there are."""
        return self._count

    @property
    def lagging(self) -> int:
        """How many of them are behind right now."""
        return sum(session.behind for session in self.all())

    def latency_s(self, q: float) -> float | None:
        """Return a quantile of the time from a message to its frame.

        Args:
            q: 0…1.
        """
        return self.broadcaster.latency.quantile(q)

    def all(self) -> list[Session]:
        """Return every session."""
        return [session for slot in self._slots for session in slot]

    @property
    def full(self) -> bool:
        """True if a newcomer must be refused; counted when asked."""
        if self._count < self.greeting.max_clients and not self.stopping:
            return False
        self._refused.n += 1
        return True

    def add(self, session: Session) -> None:
        """Look after a new session.

        Args:
            session: connected just now.
        """
        session.slot = min(range(HEARTBEAT_S), key=lambda slot: len(self._slots[slot]))
        self._slots[session.slot][session] = None
        self._count += 1
        self._newcomers.append(session)

    def discard(self, session: Session) -> None:
        """Forget a session; twice is once.

        Args:
            session: any session.
        """
        if self._slots[session.slot].pop(session, self) is None:
            self._count -= 1

    def let_in(self, session: Session) -> None:
        """Welcome a session of an open hub.

        Args:
            session: one that said hello.
        """
        session.welcome(LOCAL)

    def verify(self, session: Session, token: str) -> None:
        """Have a token looked at; the session is welcomed or closed later.

        Args:
            session: one that said hello.
            token: what it showed. Bound 1,000; policy when full: refuse, the client comes back.
        """
        try:
            self._to_verify.put_nowait((session, token))
        except asyncio.QueueFull:
            session.end(Code.NO_HELLO, "Too many sign in at once; try again.")

    def later(self, session: Session) -> None:
        """Have a flooding session read again in a second.

        Args:
            session: one whose reading is paused.
        """
        self._unread.append((self.clock.steady_s() + FLOOD_PAUSE_S, session))

    async def run(self) -> None:
        """Look after the sessions until cancelled, which leaves them as they are."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._verify(), name="token checks")
            if self.replays is not None:
                group.create_task(self.replays.run(), name="replays")
            if self.histories is not None:
                group.create_task(self.histories.run(), name="histories")
            while True:
                await asyncio.sleep(1)
                self.sweep()

    def sweep(self) -> None:
        """Do one second's work: hellos that did not come, floods that are over, a share of the heartbeats."""
        now = self.clock.steady_s()
        p50 = self.latency_s(0.5)
        self.latency_ms = None if p50 is None else round(p50 * 1000, 2)
        while self._newcomers and now - self._newcomers[0].joined_s >= HELLO_S:
            session = self._newcomers.popleft()
            if not session.greeted and not session.verifying:
                session.end(Code.NO_HELLO, f"No hello came within {HELLO_S:.0f} s.")
        while self._unread and self._unread[0][0] <= now:
            self._unread.popleft()[1].release(Hold.FLOOD)
        self._turn = (self._turn + 1) % HEARTBEAT_S
        beat = encode("heartbeat", now=self.clock.now_us() // 1000)
        for session in list(self._slots[self._turn]):
            self._look_at(session, now, beat)

    def stop(self) -> None:
        """Send every client away, to come back."""
        self.stopping = True
        for session in self.all():
            session.end(Code.SHUTTING_DOWN, "The hub is stopping.")

    def _look_at(self, session: Session, now: float, beat: Frame) -> None:
        """Give a session its heartbeat, or close it."""
        if not session.held and now - session.heard_s > HEARTBEAT_S * MISSED:
            session.end(Code.HEARTBEAT_MISSED, "Nothing came from you, not even a pong.")
        elif session.takes_nothing_since(now) >= TAKES_NOTHING_S:
            session.end(Code.TAKES_NOTHING, "You have taken no byte for a minute.")
        elif session.greeted:
            session.beat(beat)

    def _tell_feed(self, feed: Feed) -> None:
        frame = protocol.feed_frame(feed)
        for session in self.all():
            if session.greeted:
                session.send(frame)

    async def _verify(self) -> None:
        """Check tokens one after the other; a check takes a worker thread some 50 ms."""
        while True:
            session, token = await self._to_verify.get()
            try:
                identity: Identity = await self.access.check_token(token, session.address)
            except RequestError as error:
                session.end(Code.BAD_TOKEN, str(error))
            else:
                session.welcome(identity)
            finally:
                session.verifying = False
                session.release(Hold.TOKEN)
