"""A replay: one connection that is shown the past.

Its task loads the moment, then has pages of history read ahead and lets the rewound hub tell them at its pace, some 50
times a second. What the client asks for meanwhile is noted and done between two steps. A client that takes less than
there is lets the clock of then stand: nothing is left out for want of speed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core.errors import RequestError, StoreError
from hub.gateway import protocol
from hub.gateway.replay_loading import load, wanted
from hub.gateway.replay_tape import Tape
from hub.gateway.rewound import Rewound
from hub.gateway.subscriptions import Memberships, subscribed
from hub.live.frame import encode, milliseconds

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.gateway.replay_command import ReplayCommand
    from hub.gateway.session import Session
    from hub.history.past import Past
    from hub.live.broadcaster import Broadcaster
    from hub.live.request import ChannelKey
    from hub.live.timer import Timer

TICK_S: Final = 0.02
TELL_S: Final = 0.25
"""The state is told at most this often, and the clock of then is looked at so often while it stands."""
BEHIND_S: Final = 0.5
"""How far its clock may be behind for want of readings and catch up; beyond that it stands."""
STEP_ROWS: Final = 150
"""Readings of one step, some 0.25 ms: what is live takes several rounds of the loop, and waits for one step in each."""


class Ground(NamedTuple):
    """What a replay stands on.

    Args:
        past: answers how it was.
        catalogue: of the present: which devices and series there are.
        clock: the hub's.
        timer: the hub's.
    """

    past: Past
    catalogue: Catalogue
    clock: Clock
    timer: Timer


class Replay:
    """What one connection sees of the past.

    Args:
        ground: what it stands on.
        session: the connection.
        keys: its subscriptions.
    """

    def __init__(self, ground: Ground, session: Session, keys: dict[int | str, ChannelKey]) -> None:
        self._ground = ground
        self._session = session
        self.keys = keys
        self._members = Memberships(session)
        self._waiting: list[int | str] = []
        self._number = 0
        self._rewound: Rewound | None = None
        self._tape: Tape | None = None
        self._start_us = 0
        self._stop_us: int | None = None
        self._seek_us: int | None = None
        self._speed = 1.0
        self._paused = False
        self._ended: str | None = None
        self._loading = True
        self._news = asyncio.Event()
        self._told_s = float("-inf")
        self._told_us = -1
        self._untold = True
        self.closed = False

    @property
    def broadcaster(self) -> Broadcaster | None:
        """The one that tells this connection, None before there is one."""
        return None if self._rewound is None else self._rewound.broadcaster

    @property
    def series(self) -> int:
        """How many series it holds."""
        return 0 if self._rewound is None else len(self._rewound.keys)

    def command(self, asked: ReplayCommand) -> None:
        """Note what the client asks; it is done with the next step.

        Args:
            asked: not ``live``; the first one has ``from``.

        Raises:
            RequestError: the moment is still to come.
        """
        moment_ms = asked.seek if asked.start is None else asked.start
        if moment_ms is not None:
            moment_us = round(moment_ms * 1000)
            if moment_us > self._ground.clock.now_us():
                field = "seek" if asked.start is None else "from"
                raise RequestError("bad_time", "That moment is still to come.", field=field)
            if asked.start is not None:
                self._start_us = moment_us
                self._stop_us = None if asked.to is None else round(asked.to * 1000)
            self._seek_us, self._ended = moment_us, None
        self._speed = asked.speed or self._speed
        self._paused = self._paused if asked.paused is None else asked.paused
        self._untold = True
        self._news.set()

    def subscribe(self, request: int | str, key: ChannelKey) -> None:
        """Let a subscription show the past too; the same id again replaces it.

        Args:
            request: the client's id.
            key: what it is.
        """
        self.unsubscribe(request)
        self.keys[request] = key
        self._waiting.append(request)
        self._news.set()

    def unsubscribe(self, request: int | str) -> None:
        """End a subscription; an unknown one is no error.

        Args:
            request: the client's id.
        """
        self.keys.pop(request, None)
        self._leave(request)

    def close(self) -> None:
        """Leave the past; twice is once."""
        self.closed = True
        for request in list(self._members.by_id):
            self._leave(request)
        self._rewound = self._tape = None
        self._news.set()

    async def run(self) -> None:
        """Play until it is closed. Cancelling it loses nothing."""
        while not self.closed:
            try:
                await self._go()
            except StoreError as error:
                text = f"History cannot be read now: {error.reason}"
                self._session.send(protocol.error_frame(RequestError("history_unavailable", text)))
                self._paused, self._loading, self._untold = True, False, True
                self._tell()
                self._news.clear()
                await self._news.wait()

    async def _go(self) -> None:
        """Load what is asked for, and play on from there until something else is asked for."""
        if self._seek_us is not None:
            self._rewind(self._seek_us)
        while self._waiting and self._seek_us is None and not self.closed:
            if not self._loading:
                self._loading = self._untold = True
            self._tell()
            await self._open(self._waiting[0])
        rewound = self._rewound
        if rewound is None or self._seek_us is not None:
            return
        if self._loading:
            self._loading, self._untold = False, True
        tape = self._tape = Tape(
            past=self._ground.past,
            keys=list(rewound.keys),
            devices=list(rewound.devices),
            start_us=rewound.next_us,
            end_us=self._end_us,
            now_us=self._ground.clock.now_us,
        )
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(tape.run(), name="replay reads ahead")
            await self._play(rewound, tape)
            reading.cancel()
        if tape.fault is not None:
            raise tape.fault

    def _end_us(self) -> int:
        """Return where it ends: where it was asked to, but not after now."""
        now_us = self._ground.clock.now_us()
        return now_us if self._stop_us is None else min(self._stop_us, now_us)

    def _rewind(self, us: int) -> None:
        """Begin anew at a moment, with all subscriptions."""
        for request in list(self._members.by_id):
            self._leave(request)
        self._seek_us = self._tape = None
        self._loading = self._untold = True
        ground = self._ground
        self._rewound = Rewound(clock=ground.clock, timer=ground.timer, us=us, number=self._number)
        self._number += 1
        self._waiting = list(self.keys)

    def _leave(self, request: int | str) -> None:
        """End a membership, unless another subscription shares it."""
        if request in self._waiting:
            self._waiting.remove(request)
        if self._rewound is not None:
            self._members.leave(self._rewound.broadcaster, request)

    async def _open(self, request: int | str) -> None:
        """Load what a subscription wants and tell it how everything was, if it is still wanted then."""
        rewound, key = self._rewound, self.keys[request]
        assert rewound is not None  # noqa: S101 - there is one before anything waits
        try:
            parts = await wanted(rewound, self._ground.catalogue, key)
        except RequestError as error:
            self.unsubscribe(request)
            self._session.send(protocol.error_frame(error, request))
            return
        await load(rewound, self._ground.past, parts)
        if self._rewound is rewound and self.keys.get(request) is key and request in self._waiting:
            self._waiting.remove(request)
            self._join(rewound, request, key)

    def _join(self, rewound: Rewound, request: int | str, key: ChannelKey) -> None:
        """Let a subscription's frames begin."""
        broadcaster = rewound.broadcaster
        member, _ = self._members.join(broadcaster, request, key)
        self._session.send(subscribed(request, member, broadcaster.position, resumed=False))
        broadcaster.start(member)

    async def _play(self, rewound: Rewound, tape: Tape) -> None:
        """Tell what the tape holds at the pace that was asked for, until something else is asked for."""
        clock = self._ground.clock
        target_us = rewound.next_us  # what was at that very moment is shown, even if nothing moves
        before_s, stood = clock.steady_s(), True
        await tape.arrived()
        while not self._interrupted and tape.fault is None:
            now_s = clock.steady_s()
            stands = self._paused or self._session.stalled or self._ended is not None
            if not stands and not stood:
                target_us += round((now_s - before_s) * 1e6 * self._speed)
            before_s, stood = now_s, stands
            target_us = await self._tell_upto(rewound, tape, target_us)
            self._tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(TELL_S if stands else TICK_S):
                    await self._news.wait()
            self._news.clear()

    @property
    def _interrupted(self) -> bool:
        """True if it cannot just go on playing."""
        return self.closed or self._seek_us is not None or bool(self._waiting)

    async def _tell_upto(self, rewound: Rewound, tape: Tape, target_us: int) -> int:
        """Tell what happened up to a time; return that, or less where there is no more or the client is full."""
        whole, rest_us = True, 0
        while rewound.next_us <= target_us and not (whole and (self._interrupted or self._session.stalled)):
            step = tape.take(target_us, STEP_ROWS)
            if step is None:
                if tape.over:
                    self._finish(rewound)
                else:
                    rest_us = round(BEHIND_S * 1e6 * self._speed)
                break
            whole = step.whole
            rewound.advance(step)
            await asyncio.sleep(0)
        return min(target_us, rewound.next_us + rest_us)

    def _finish(self, rewound: Rewound) -> None:
        """Stand still at the end, and say so."""
        if self._ended is None:
            self._ended = "to" if self._stop_us is not None and rewound.next_us >= self._stop_us else "now"
            self._untold = True

    def _tell(self) -> None:
        """Tell the client where its replay is: at once after a command, else if the last time was long enough ago."""
        rewound, steady_s = self._rewound, self._ground.clock.steady_s()
        if rewound is None or self._session.stalled:
            return
        now_us = rewound.clock.us
        if not self._untold and (now_us == self._told_us or steady_s - self._told_s < TELL_S):
            return
        self._told_s, self._told_us, self._untold = steady_s, now_us, False
        outages = [] if self._tape is None else self._tape.outages
        window = {"from": milliseconds(self._start_us), "to": self._stop_us and milliseconds(self._stop_us)}
        self._session.send(
            encode(
                "replay",
                live=False,
                **window,
                now=milliseconds(now_us),
                speed=self._speed,
                paused=self._paused,
                loading=self._loading,
                ended=self._ended,
                outages=[
                    (source, milliseconds(from_us), milliseconds(to_us))
                    for source, from_us, to_us in outages
                    if from_us <= now_us < to_us
                ],
            )
        )
