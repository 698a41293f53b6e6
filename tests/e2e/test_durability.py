"""What is acknowledged is in history, exactly once: hubs that are killed in mid-stream, full disks, damaged files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sqlite3
import time
from typing import TYPE_CHECKING

import httpx
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.e2e.test_devices import wait_for_feed
from tests.support.sockets import live

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.support.broker import Mosquitto
    from tests.support.hub import HubProcess, StartHub
    from tests.support.services import StartMosquitto

DEVICES = 20
RATE = 2000
BURST = 20


async def running(mosquitto: StartMosquitto, start_hub: StartHub, **settings: str) -> tuple[Mosquitto, HubProcess]:
    """Return a broker that forgets nothing, and a hub that listens to it."""
    broker = mosquitto("max_queued_messages 100000", persistence=True)
    hub = start_hub(mqtt__url=broker.url, **settings)
    await wait_for_feed(hub.base)
    return broker, hub


def publish(broker: Mosquitto, count: int) -> None:
    """Publish numbered readings of some devices with QoS 1 at a steady rate; they tell no time of their own."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(RATE)
    client.connect(broker.host, broker.port)
    client.loop_start()
    began = time.monotonic()
    for number in range(count):
        payload = json.dumps({"n": number, "even": number % 2 == 0})
        told = client.publish(f"d/{number % DEVICES}", payload, qos=1)
        if number % BURST == 0:
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
    told.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


async def publish_and_kill(
    broker: Mosquitto, hub: HubProcess, count: int, *, pauses_s: Sequence[float], look: Callable[[], object] = bool
) -> None:
    """Publish; after each pause kill the hub, look at what is left, start it again; wait until it has everything."""
    async with asyncio.TaskGroup() as group:
        publishing = group.create_task(asyncio.to_thread(publish, broker, count), name="publish")
        for pause_s in pauses_s:
            await asyncio.sleep(pause_s)
            hub.kill()
            look()
            await asyncio.to_thread(hub.start)
        await publishing
    await everything_is_acknowledged(hub)


def check_integrity(path: Path) -> None:
    """Check a file of history."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def recorded(folder: Path) -> list[int]:
    """Return the values of all settled readings of ``n``, in order; the hub was ended in order before."""
    path = folder / "history.db"
    check_integrity(path)
    with contextlib.closing(sqlite3.connect(path)) as file:
        rows = file.execute(
            "SELECT value FROM reading JOIN series ON series.id = reading.series WHERE metric = 'n' ORDER BY value"
        )
        return [value for (value,) in rows]


async def end(hub: HubProcess) -> None:
    """End a hub in order and start it once more, which settles everything, and end that."""
    hub.terminate()
    assert await asyncio.to_thread(hub.wait) == 0
    await asyncio.to_thread(hub.start)
    hub.terminate()
    assert await asyncio.to_thread(hub.wait) == 0


async def test_a_hub_killed_in_mid_stream_has_every_reading_exactly_once(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker, hub = await running(mosquitto, start_hub)
    count = 12_000
    await publish_and_kill(
        broker, hub, count, pauses_s=(0.6, 0.4, 0.8), look=lambda: check_integrity(hub.folder / "history.db")
    )
    await end(hub)
    assert recorded(hub.folder) == list(range(count))


async def test_a_full_disk_is_said_and_what_came_meanwhile_is_kept_once_there_is_room(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker, hub = await running(mosquitto, start_hub)
    await asyncio.to_thread(publish, broker, 200)
    await everything_is_acknowledged(hub)
    async with live(hub.base) as client:
        before = resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        await asyncio.to_thread(publish, broker, 3000)
        down = await client.until(lambda frame: frame["type"] == "feed" and not frame["up"])
        assert down["source"] == "store"
        assert down["reason"]
        resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, before)
        await client.until(lambda frame: frame["type"] == "feed" and frame["source"] == "store" and frame["up"])
    await everything_is_acknowledged(hub)
    await end(hub)
    assert recorded(hub.folder) == sorted([*range(200), *range(3000)])


async def test_a_damaged_file_is_moved_aside_and_the_hub_goes_on(
    mosquitto: StartMosquitto, start_hub: StartHub
) -> None:
    broker, hub = await running(mosquitto, start_hub)
    await asyncio.to_thread(publish, broker, 500)
    await everything_is_acknowledged(hub)
    await end(hub)
    file = hub.folder / "history.db"
    with file.open("r+b") as damaged:
        damaged.seek(4096)
        damaged.write(b"no database " * 2000)
    hub.lines.clear()
    await asyncio.to_thread(hub.start)
    assert any("moved aside" in line for line in hub.lines), hub.lines
    assert len(list(hub.folder.glob("history.db.damaged-*"))) == 1
    async with live(hub.base) as client:
        told = await client.until(lambda frame: frame["type"] == "feed" and frame["source"] == "store")
        assert told["up"]
        assert "moved aside" in told["reason"]
    await asyncio.to_thread(publish, broker, 100)
    await everything_is_acknowledged(hub)
    await end(hub)
    assert recorded(hub.folder) == list(range(100))


async def everything_is_acknowledged(hub: HubProcess) -> None:
    """Wait until history has taken nothing new for a second."""
    async with httpx.AsyncClient() as http:
        last = -1.0
        while True:
            text = (await http.get(f"{hub.base}/metrics")).text
            now = next(
                float(line.split()[1]) for line in text.splitlines() if line.startswith("hub_history_readings_total ")
            )
            if now == last and now > 0:
                return
            last = now
            await asyncio.sleep(1)
