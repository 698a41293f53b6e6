"""Histories: subscriptions that begin with the past, and the live readings that follow from it without a seam.

A series' window is complete up to a position of the log. At the moment that position is taken, its channel tells what
it still holds back (``every``), so each reading is either in the window or in a frame after its position, never in
both. A member that is behind waits: its pages mix both sides.

One task reads, a page at a time, subscription after subscription: whoever asks for 50,000 series delays nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.core.errors import RequestError, StoreError
from hub.gateway import protocol
from hub.gateway.columns import columns_of
from hub.gateway.rows import conversion_of, converted
from hub.history.model import Span
from hub.history.pages import same_time
from hub.history.recording import series_row
from hub.live.frame import encode, milliseconds
from hub.live.member import State

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.conversion import Conversion
    from hub.gateway.protocol import HistoryWanted
    from hub.gateway.session import Session
    from hub.history.window import History, Window
    from hub.live.broadcaster import Broadcaster
    from hub.live.frame import Frame
    from hub.live.member import Member

MOST_SERIES: Final = 50_000
"""Of one subscription with history."""
AHEAD_US: Final = 1_000_000
"""How far a window reaches beyond the newest reading: what comes while it is read belongs to it."""
IDLE_S: Final = 0.05
"""How often is looked whether a member has caught up, while all that are left are behind."""


@dataclass(slots=True, eq=False)
class _Job:
    """The windows that one subscription still waits for.

    Args:
        session: the client.
        request: its id of the subscription.
        member: the membership whose frames follow.
        wanted: how much.
        keys: series that are left; the first one's pages are under way.
        start_us: of the first one's next page, None for its first.
        given: readings of that time that were given before.
        sound: True if, when the position was taken, the window had all and the member was on the shared frames.
    """

    session: Session
    request: int | str
    member: Member
    wanted: HistoryWanted
    keys: deque[int]
    start_us: int | None = None
    given: int = 0
    sound: bool = False

    @property
    def ready(self) -> bool:
        """True if a window can be sent, and live frames follow it."""
        return self.member.state is State.SHARED and not self.session.stalled


class Histories:
    """Gives subscriptions their past; a service with one :meth:`run`.

    Args:
        history: answers.
        catalogue: names the series.
        broadcaster: tells what comes after.
        clock: says where windows end.
    """

    def __init__(self, *, history: History, catalogue: Catalogue, broadcaster: Broadcaster, clock: Clock) -> None:
        self._history = history
        self._catalogue = catalogue
        self._broadcaster = broadcaster
        self._clock = clock
        self._jobs: dict[tuple[Session, int | str], _Job] = {}
        self._turns: deque[_Job] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        """Return how many subscriptions wait for windows."""
        return len(self._jobs)

    def begin(self, session: Session, request: int | str, member: Member, wanted: HistoryWanted) -> None:
        """Send the windows of a subscription's series, once it has its snapshot.

        Args:
            session: the client.
            request: its id of the subscription.
            member: what became of it.
            wanted: how much.
        """
        self.end(session, request)
        count = len(member.channel.order)
        if count > MOST_SERIES:
            text = f"{count} series are too many to begin with history; {MOST_SERIES} are possible. Live they go on."
            session.send(protocol.error_frame(RequestError("too_many_series", text, field="history"), request))
            return
        job = _Job(session, request, member, wanted, deque(series.key for series in member.channel.order))
        self._jobs[session, request] = job
        self._turns.append(job)
        self._arrived.set()

    def move(self, session: Session, request: int | str, member: Member) -> None:
        """Note that a subscription has another membership of the same channel now.

        Args:
            session: the client.
            request: its id of the subscription.
            member: the new one.
        """
        job = self._jobs.get((session, request))
        if job is not None:
            job.member = member

    def end(self, session: Session, request: int | str) -> None:
        """Send nothing more of a subscription's past; twice is once.

        Args:
            session: the client.
            request: its id of the subscription.
        """
        self._jobs.pop((session, request), None)

    async def run(self) -> None:
        """Read and send until cancelled."""
        while True:
            await self._arrived.wait()
            job = self._next()
            if job is None:
                await asyncio.sleep(IDLE_S)
                continue
            await self._page(job)
            self._turns.append(job)
            await asyncio.sleep(0)

    def _next(self) -> _Job | None:
        """Return whose turn it is, None if all have to wait."""
        for _ in range(len(self._turns)):
            job = self._turns.popleft()
            if not self._goes_on(job):
                continue
            if job.ready:
                return job
            self._turns.append(job)
        if not self._turns:
            self._arrived.clear()
        return None

    def _goes_on(self, job: _Job) -> bool:
        """Return True if somebody still waits for a job; forget it otherwise."""
        place = (job.session, job.request)
        if self._jobs.get(place) is not job:
            return False
        if job.session.closed or job.member.state is State.GONE or not job.keys:
            del self._jobs[place]
            return False
        return True

    async def _page(self, job: _Job) -> None:
        """Send one frame, or find out that there is none to send."""
        key = job.keys[0]
        series = self._catalogue.series.get(key)
        if series is None:
            job.keys.popleft()
            return
        now_us = self._clock.now_us()
        start_us = max(0, now_us - round(job.wanted.window_ms * 1000)) if job.start_us is None else job.start_us
        end_us = max(now_us, series.time_us) + AHEAD_US  # a device's clock may be ahead, and reading takes time
        job.sound = False

        def at_seam() -> None:
            """Let the channel tell all up to here, if the window has all up to here."""
            job.sound = job.ready and series.time_us < end_us
            if job.sound:
                self._broadcaster.settle(job.member.channel)

        try:
            window = await self._history.window(
                series_row(series),
                Span(start_us, end_us),
                points=job.wanted.points + job.given,
                at_seam=at_seam,
            )
        except StoreError as error:
            text = f"History cannot be read now: {error.reason}. Subscribe again for it; live it goes on."
            job.session.send(protocol.error_frame(RequestError("history_unavailable", text), job.request))
            self.end(job.session, job.request)
            return
        if not job.sound or not self._goes_on(job):
            return  # it is read again, where need be once the member has caught up
        scale = conversion_of(window.series, job.member.channel.key.units or None)
        more_us, given = window.more_us, same_time(window.samples)
        del window.samples[: job.given]
        job.start_us, job.given = (None, 0) if more_us is None else (more_us, given)
        if more_us is None:
            job.keys.popleft()
        position = f"{job.session.clients.greeting.epoch}:{window.seq}"
        job.session.send(history_frame(job.request, window, position, scale))


def history_frame(request: int | str, window: Window, position: str, conversion: Conversion | None) -> Frame:
    """Return a window as the live protocol tells it.

    Args:
        request: the client's id of the subscription.
        window: of one series.
        position: up to which it is complete.
        conversion: into the units that were asked for.
    """
    _, rows, cells = columns_of(window, "minmax", conversion, told=milliseconds)
    before = window.previous
    return encode(
        "history",
        id=request,
        key=window.series.key,
        **{name: [cell(row) for row in rows] for name, cell in cells.items()},
        resolution_ms=milliseconds(window.width_us),
        previous=None if before is None else [milliseconds(before.time_us), converted(before.value, conversion)],
        gaps=[[milliseconds(gap.from_us), milliseconds(gap.to_us), gap.reason] for gap in window.gaps],
        position=position,
        more=window.more_us is not None,
    )
