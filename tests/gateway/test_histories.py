"""Subscriptions that begin with the past: live readings follow from it without a hole and without a double."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from hub.core.errors import StoreError
from hub.gateway import asyncapi, histories
from hub.history.sqlite.store import SqliteStore
from tests.gateway.served import served
from tests.gateway.stand import Stand
from tests.support.sockets import live

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.sockets import LiveClient

WINDOW = {"window_ms": 3_600_000, "points": 1000}


@asynccontextmanager
async def stand(folder: Path) -> AsyncIterator[Stand]:
    store, made = SqliteStore(folder, fsync=False), Stand()
    made.keep(store, await store.open())
    yield made
    await store.close(now_us=0)


@asynccontextmanager
async def connected(hub: Stand) -> AsyncIterator[LiveClient]:
    async with served(hub) as base, live(base) as client:
        yield client


async def commit(hub: Stand, *, settle: bool = True) -> None:
    assert hub.writer is not None
    while hub.writer.waits:
        await hub.writer.commit()
    if settle:
        await hub.writer.settle()


async def past(client: LiveClient, count: int = 1) -> list[dict[str, Any]]:
    """Return so many frames of history."""
    return [await client.until("history") for _ in range(count)]


async def test_windows_follow_the_snapshot_one_for_each_series(tmp_path: Path) -> None:
    async with stand(tmp_path) as hub:
        for second in range(60):
            hub.hears("site/pump", {"temperature": {"value": 20 + second, "unit": "°C"}, "running": second < 30})
            hub.clock.advance(1)
            if second == 40:
                await commit(hub)
        async with connected(hub) as client:
            asked = {"devices": ["site/#"], "mode": "every", "units": "imperial"}
            await client.send("subscribe", id="w", history={"window_ms": 60_000, "points": 40}, **asked)
            frames = {client.series[frame["key"]][1]: frame for frame in await past(client, 2)}
            assert [frame["type"] for frame in client.frames].index("snapshot") < len(client.frames) - 2
            numbers, states = frames["temperature"], frames["running"]
            assert sum(numbers["count"]) == 60
            assert (numbers["resolution_ms"], numbers["min"][0], len(numbers["time"])) == (2000, 68.0, 30)
            assert (states["value"], states["quality"], states["more"]) == ([True, False], ["good", "good"], False)
            assert (numbers["id"], numbers["position"]) == ("w", f"k3f9:{hub.log.seq}")
            schema = {"$ref": "#/components/schemas/history", "components": asyncapi.document("1")["components"]}
            for frame in frames.values():
                jsonschema.validate(frame, schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("seed", range(12))
async def test_history_and_what_follows_it_are_all_readings_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    told: list[tuple[str, int]] = []
    async with stand(tmp_path) as hub:

        def say() -> None:
            device = chance.choice(["a", "b", "c"])
            told.append((device, len(told)))
            hub.hears(device, {"m": len(told) - 1})
            hub.clock.advance(chance.choice([0.001, 0.1, 2]))

        for _ in range(chance.randrange(3, 60)):
            say()
            if chance.random() < 0.1:
                await commit(hub, settle=chance.random() < 0.5)
        devices = {device for device, _ in told}
        async with connected(hub) as client:
            interval_ms = chance.choice([0, 1000])
            await client.send(
                "subscribe", id=1, devices=["#"], mode="every", interval_ms=interval_ms,
                history=WINDOW | {"points": chance.choice([1000, 2000])},
            )  # fmt: skip
            for _ in range(60):  # while its windows are being read
                say()
                if chance.random() < 0.3:
                    await commit(hub, settle=chance.random() < 0.7)
                await asyncio.sleep(chance.choice([0, 0, 0.001, 0.005]))
            while sum(frame["type"] == "history" for frame in client.frames) < len(devices):
                await client.next()
            hub.clock.advance(5)
            told.append(("a", len(told)))
            hub.hears("a", {"m": len(told) - 1})
            await client.value("a", "m", len(told) - 1)
        found = []
        positions = {}
        for frame in client.frames:
            if frame["type"] == "history":
                device = client.series[frame["key"]][0]
                found += [(device, value) for value in frame["last"]]
                positions[frame["key"]] = int(frame["position"].partition(":")[2])
        for frame in client.frames:
            for row in frame["rows"] if frame["type"] == "data" else ():
                if frame["seq"] > positions.get(row[0], 0):
                    found.append((client.series[row[0]][0], row[2]))
        assert sorted(found, key=lambda one: one[1]) == told


async def test_pages_of_changes_come_until_the_window_is_whole(tmp_path: Path) -> None:
    async with stand(tmp_path) as hub:
        for second in range(25):
            hub.hears("d", {"on": second % 2 == 0})
            hub.clock.advance(1)
        async with connected(hub) as client:
            await client.send("subscribe", id=1, devices=["#"], history={"window_ms": 60_000, "points": 10})
            frames = await past(client, 3)
            assert [frame["more"] for frame in frames] == [True, True, False]
            assert [value for frame in frames for value in frame["value"]] == [second % 2 == 0 for second in range(25)]


async def test_nothing_follows_a_subscription_that_ended(tmp_path: Path) -> None:
    async with stand(tmp_path) as hub:
        hub.hears("d", {"m": 1})
        async with connected(hub) as client:
            await client.send("subscribe", id=1, devices=["#"], history=WINDOW)
            await client.send("unsubscribe", id=1)
            await client.send("subscribe", id=2, devices=["d"], history=WINDOW)
            frame = (await past(client))[0]
            assert frame["id"] == 2
            assert hub.clients.histories is not None
        async with asyncio.timeout(5):
            while len(hub.clients.histories):  # noqa: ASYNC110 - forgotten at its next turn
                await asyncio.sleep(0.01)


async def test_a_hidden_client_gets_its_past_when_it_is_seen_again(tmp_path: Path) -> None:
    async with stand(tmp_path) as hub:
        hub.hears("d", {"m": 1})
        async with connected(hub) as client:
            await client.send("pause")
            await client.send("subscribe", id=1, devices=["#"], history=WINDOW)
            await client.send("ping", n=1)
            await client.until("pong")
            await asyncio.sleep(histories.IDLE_S * 2)
            assert not [frame for frame in client.frames if frame["type"] == "history"]
            await client.send("resume")
            assert (await past(client))[0]["last"] == [1]


async def test_what_cannot_be_had_is_said_and_live_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stand(tmp_path) as hub:
        hub.hears("d", {"m": 1})
        async with connected(hub) as client:
            for wanted in ({"window_ms": 0}, {"window_ms": 1000, "points": 0}, {"points": 5}, {"window_ms": "long"}, 7):
                await client.send("subscribe", id=1, devices=["#"], history=wanted)
                assert (await client.until("error"))["field"].startswith("history")
            monkeypatch.setattr(histories, "MOST_SERIES", 0)
            await client.send("subscribe", id=1, devices=["#"], history=WINDOW)
            assert (await client.until("error"))["code"] == "too_many_series"
            monkeypatch.undo()

            async def fail(*_: object, **__: object) -> None:
                raise StoreError("disk I/O error")

            assert hub.writer is not None
            monkeypatch.setattr(hub.writer._store, "count", fail)
            await client.send("subscribe", id=1, devices=["#"], history=WINDOW)
            assert (await client.until("error"))["code"] == "history_unavailable"
            hub.clock.advance(1)
            hub.hears("d", {"m": 2})
            await client.value("d", "m", 2)


async def test_a_hub_without_history_says_so(base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id=1, devices=["#"], history=WINDOW)
        assert (await client.until("error"))["code"] == "no_history"
