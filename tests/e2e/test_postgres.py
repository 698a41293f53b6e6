"""A hub that keeps history in PostgreSQL: killed in mid-stream, and with the database away, it has everything once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import psycopg

from tests.e2e.test_durability import everything_is_acknowledged, publish, publish_and_kill, running
from tests.support.postgres import Postgres
from tests.support.services import service_or_skip
from tests.support.sockets import live

if TYPE_CHECKING:
    from tests.support.hub import StartHub
    from tests.support.services import StartMosquitto


def recorded(url: str) -> list[int]:
    """Return the values of all readings of ``n``, in order."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT value::bigint FROM readings WHERE metric = 'n' ORDER BY value").fetchall()
    return [value for (value,) in rows]


async def test_a_hub_killed_in_mid_stream_has_every_reading_exactly_once(
    mosquitto: StartMosquitto, start_hub: StartHub, postgres: Postgres
) -> None:
    url = postgres.fresh()
    broker, hub = await running(mosquitto, start_hub, history__url=url)
    await publish_and_kill(broker, hub, 8_000, pauses_s=(0.7, 0.5))
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
    cluster = Postgres(service_or_skip("initdb").parent)
    try:
        cluster.start()
        url = cluster.fresh()
        broker, hub = await running(mosquitto, start_hub, history__url=url)
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
