"""A stand with history: what its devices say is kept by a real store, and can be replayed."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.gateway.replay import Ground
from hub.gateway.replays import Replays
from hub.history.past import Past
from hub.history.sqlite.store import SqliteStore
from hub.history.writer import HistoryWriter
from hub.live.timer import LoopTimer
from tests.gateway.served import served
from tests.gateway.stand import Stand
from tests.support.sockets import live

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.sockets import LiveClient


@dataclass(slots=True)
class Kept(Stand):
    """A stand whose batches are taken by a writer too."""

    replays: Replays | None = None
    past: Past | None = None

    async def commit(self, *, settle: bool = True) -> None:
        """Let all that was said be durable, and settled."""
        assert self.writer is not None
        while self.writer.waits:
            await self.writer.commit()
        if settle:
            await self.writer.settle()


@contextlib.asynccontextmanager
async def kept(folder: Path, store: SqliteStore | None = None) -> AsyncIterator[Kept]:
    """Give a stand that keeps history in a folder."""
    stand = Kept()
    store = store or SqliteStore(folder, fsync=False)
    restored = await store.open()
    parts: dict[str, Any] = {"clock": stand.clock, "meters": stand.meters}
    stand.writer = HistoryWriter(store=store, catalogue=stand.catalogue, feeds=stand.feeds, restored=restored, **parts)
    stand.past = Past(store=store, writer=stand.writer)
    timer = LoopTimer(asyncio.get_running_loop(), stand.clock)
    ground = Ground(stand.past, stand.catalogue, stand.clock, timer)
    stand.replays = stand.clients.replays = Replays(ground=ground, meters=stand.meters)
    try:
        yield stand
    finally:
        await store.close(now_us=stand.clock.now_us())


@contextlib.asynccontextmanager
async def watching(stand: Stand, *devices: str, **asked: Any) -> AsyncIterator[LiveClient]:
    """Give a client of a served stand that has its snapshot."""
    async with served(stand) as base, live(base) as client:
        await client.send("subscribe", id=1, devices=list(devices) or ["#"], interval_ms=0, **asked)
        await client.until("snapshot")
        yield client


def ms(stand: Stand, before_s: float = 0) -> int:
    """Return the stand's time some seconds ago."""
    return round(stand.clock.now_us() / 1000 - before_s * 1000)


async def passes(stand: Stand, client: LiveClient, seconds: float, step_s: float = 0.1) -> list[dict[str, Any]]:
    """Let time pass, and give what the client was told meanwhile."""
    seen = len(client.frames)
    for _ in range(round(seconds / step_s)):
        stand.clock.advance(step_s)
        await asyncio.sleep(0.03)
        await client.send("ping", n=len(client.frames))
        await client.until("pong")
    return client.frames[seen:]


def rows(frames: list[dict[str, Any]], kind: str = "data") -> list[tuple[float, Any]]:
    return [
        (row[1] + frame.get("base", 0), row[2]) for frame in frames if frame["type"] == kind for row in frame["rows"]
    ]


async def opened(client: LiveClient) -> list[dict[str, Any]]:
    """Return all frames from here to the state that says it is loaded."""
    seen = len(client.frames)
    await client.until(lambda frame: frame["type"] == "replay" and not frame.get("loading"))
    return client.frames[seen:]
