"""Replays: all connections that are shown the past, how many there may be, and the tasks that play them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from hub.core.errors import RequestError
from hub.gateway import protocol
from hub.gateway.replay import Ground, Replay
from hub.gateway.rewound import MOST_SERIES
from hub.live.frame import encode

if TYPE_CHECKING:
    from hub.core.meters import Meters
    from hub.gateway.replay_command import ReplayCommand
    from hub.gateway.session import Session

MOST_REPLAYS: Final = 50
MOST_SERIES_OF_ALL: Final = 4 * MOST_SERIES
"""Series of all replays together, of some 2 KiB each; policy when full: the newcomer is refused."""


class Replays:
    """The replays of this process; a service with one :meth:`run`.

    Args:
        ground: what they stand on.
        meters: counts them.
    """

    def __init__(self, *, ground: Ground, meters: Meters) -> None:
        self._ground = ground
        self._tasks: dict[Replay, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._refused = meters.counter("replays_refused", "Replays refused because the limit is reached.")
        meters.gauge("replays", "Connections that are shown the past.", lambda: len(self._tasks))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._tasks)

    async def run(self) -> None:
        """Play them until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                await asyncio.Event().wait()
        finally:
            self._group = None

    def asked(self, session: Session, message: ReplayCommand) -> None:
        """Do what a client asks of its replay, or say why not.

        Args:
            session: the client.
            message: what it asks.
        """
        try:
            self._do(session, message)
        except RequestError as error:
            session.send(protocol.error_frame(error))

    def close(self, replay: Replay) -> None:
        """End a replay; twice is once.

        Args:
            replay: any replay.
        """
        replay.close()
        task = self._tasks.pop(replay, None)
        if task is not None:
            task.cancel()
            if not self._tasks:
                self._ground.past.rest()

    def _do(self, session: Session, message: ReplayCommand) -> None:
        """Begin, change or end the replay of a client."""
        replay = session.replay
        if message.live:
            if replay is not None:
                self._end(session, replay)
            session.send(encode("replay", live=True))
            return
        if replay is not None:
            replay.command(message)
            return
        if message.start is None:
            raise RequestError("no_replay", "Nothing is replayed: begin with from.", field="from")
        self._begin(session, message)

    def _begin(self, session: Session, message: ReplayCommand) -> None:
        """Take a client out of the present."""
        if self._group is None:
            raise RequestError("history_unavailable", "The hub is starting or stopping.")
        if len(self._tasks) >= MOST_REPLAYS or sum(one.series for one in self._tasks) >= MOST_SERIES_OF_ALL:
            self._refused.n += 1
            text = f"{len(self._tasks)} connections are shown the past already, which is all this hub can do at a time."
            raise RequestError("too_many_replays", text)
        replay = Replay(self._ground, session, session.subscriptions.keys())
        replay.command(message)
        session.subscriptions.end_all()
        session.replay = replay
        self._tasks[replay] = self._group.create_task(replay.run(), name=f"replay for {session.address}")

    def _end(self, session: Session, replay: Replay) -> None:
        """Bring a client back to the present."""
        keys = dict(replay.keys)
        self.close(replay)
        session.replay = None
        for request, key in keys.items():
            session.subscriptions.join(request, key)
