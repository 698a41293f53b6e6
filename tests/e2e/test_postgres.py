"""A hub that keeps history in PostgreSQL: killed in mid-stream, and with the database away, it has everything once."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import httpx
import psycopg

from tests.e2e.test_devices import wait_for_feed
from tests.e2e.test_durability import everything_is_acknowledged, publish
from tests.support.postgres import Postgres
from tests.support.services import service_or_skip
from tests.support.sockets import live

if TYPE_CHECKING:
    from tests.support.hub import StartHub
    from tests.support.services import StartMosquitto

BURSTS = "max_queued_messages 100000"


def recorded(url: str) -> list[int]:
    """Return the values of all readings of ``n``, in order."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT value::bigint FROM readings WHERE metric = 'n' ORDER BY value").fetchall()
    return [value for (value,) in rows]


async def test_a_hub_killed_in_mid_stream_has_every_reading_exactly_once(
    mosquitto: StartMosquitto, start_hub: StartHub, postgres: Postgres
) -> None:
    chance = random.Random(7)  # noqa: S311 - moments of a test
    broker, url = mosquitto(BURSTS, persistence=True), postgres.fresh()
    hub = start_hub(mqtt__url=broker.url, history__url=url)
    await wait_for_feed(hub.base)
    async with asyncio.TaskGroup() as group:
        publishing = group.create_task(asyncio.to_thread(publish, broker, 8_000), name="publish")
        for _ in range(2):
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            hub.kill()
            await asyncio.to_thread(hub.start)
        await publishing
    await everything_is_acknowledged(hub)
    assert recorded(url) == list(range(8_000))
    asked: dict[str, str | int] = {"device": "d/1", "metric": "n", "points": 10}
    async with httpx.AsyncClient(base_url=hub.base) as client:
        answer = (await client.get("/api/v1/history", params=asked)).json()
    assert sum(answer["count"]) == 400
    assert (min(answer["min"]), max(answer["max"])) == (1, 7_981)
    hub.terminate()
    assert await asyncio.to_thread(hub.wait) == 0


async def test_while_the_database_is_away_the_feed_says_so_and_nothing_is_lost(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker = mosquitto(BURSTS, persistence=True)
    cluster = Postgres(service_or_skip("initdb").parent)
    try:
        cluster.start()
        url = cluster.fresh()
        hub = start_hub(mqtt__url=broker.url, history__url=url)
        await wait_for_feed(hub.base)
        async with live(hub.base) as client:
            await asyncio.to_thread(cluster.stop)
            await asyncio.to_thread(publish, broker, 3_000)
            down = await client.until(lambda frame: frame["type"] == "feed" and not frame["up"])
            assert (down["source"], bool(down["reason"])) == ("store", True)
            await asyncio.to_thread(cluster.start)
            await client.until(lambda frame: frame["type"] == "feed" and frame["source"] == "store" and frame["up"])
        await everything_is_acknowledged(hub)
        assert recorded(url) == list(range(3_000))
        hub.terminate()
        assert await asyncio.to_thread(hub.wait) == 0
    finally:
        cluster.remove()
