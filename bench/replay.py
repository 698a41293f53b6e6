"""Replay: 1,000 readings/s that were recorded, shown again at 100 times their speed beside live clients.

Its own speed is what the one client was told in the window, by what had been recorded in a second. Live clients are
measured before it and during it, in one run of the hub.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from bench.broker import mosquitto
from bench.drain import Audience, Drain, Quantiles, hub_scripts, subscribe
from bench.errors import PeerFailed
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.profile import profiled
from bench.setting import Row, Setting
from hub.history.model import DeviceRow, Record, SeriesRow
from hub.history.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

SERIES = 1_000
"""One reading a second each."""
RECORDED_S = 1_500
SPEED = 100
LIVE_HZ = 2_000.0
LIVE_CLIENTS = 10
WARM_S = 3.0
WINDOW_S = 9.0
_RECORD_S = 20
"""Seconds in one record."""


async def recorded(folder: Path) -> int:
    """Write a history of a machine hall into a data folder; return when it begins, in µs.

    Args:
        folder: the hub's data folder, which exists.
    """
    start_us = (round(time.time()) - RECORDED_S - 60) * 1_000_000  # noqa: TID251 - a bench has no hub's clock
    store = SqliteStore(folder, fsync=False)
    await store.open()
    names = Record(1, start_us)
    names.devices = [DeviceRow(f"hall/machine-{n:04d}", "json", None, None, None, {}) for n in range(SERIES)]
    names.series = [
        SeriesRow(n + 1, f"hall/machine-{n:04d}", "power", "kW", "float", "power", None, 1_000_000, 5_000_000)
        for n in range(SERIES)
    ]
    await store.commit([names])
    for seq, first in enumerate(range(0, RECORDED_S, _RECORD_S), 2):
        record = Record(seq, start_us)
        for second in range(first, first + _RECORD_S):
            at_us = start_us + second * 1_000_000
            record.readings += [
                (n + 1, at_us + n * 1_000, round(50 + 40 * math.sin(second / 60 + n), 2), None, at_us, 0)
                for n in range(SERIES)
            ]
        await store.commit([record])
    await store.settle()
    await store.close(now_us=start_us + RECORDED_S * 1_000_000)
    return start_us


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where.
    """
    data = setting.folder / "data"
    data.mkdir()
    start_us = asyncio.run(recorded(data))
    cores, folder = setting.cores, setting.folder
    at_once = subscribe(["load/#"], interval_ms=0)
    begin = json.dumps({"type": "replay", "from": start_us // 1000, "speed": SPEED}, separators=(",", ":"))
    wanted = subscribe(["hall/#"], mode="every", interval_ms=50)
    viewer = folder / "viewer"
    viewer.mkdir()
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(folder, cores.others))
        hub = stack.enter_context(HubProcess(broker, folder, (cores.measured,), {"HUB_HISTORY__URL": "sqlite"}))
        stream = Stream(seconds=2 * (WARM_S + WINDOW_S) + 4, rate_hz=LIVE_HZ, stamped=True)
        stack.enter_context(Load(stream, broker, cores.others))
        live = stack.enter_context(Drain(_audience(hub.port, LIVE_CLIENTS, at_once), folder, cores.others))
        live.wait_open()
        alone = _watch(live, live, hub)
        replay = stack.enter_context(Drain(_audience(hub.port, 1, begin, wanted), viewer, cores.others))
        replay.wait_open()
        with profiled(hub.pid, "replay", WARM_S + WINDOW_S - 1, setting):
            beside = _watch(live, replay, hub)
        stall_ms = hub.metrics()["hub_loop_stall_max_seconds"] * 1000
    return Round(
        samples={
            "replay_speed": Sample(beside.told_hz / SERIES),
            "replay_live_p99": Sample(beside.live_ms.p99, alone.live_ms.p99),
        },
        facts={"without": alone._asdict(), "with": beside._asdict(), "stall_ms": round(stall_ms, 1)},
    )


class _Window(NamedTuple):
    """What a while was like.

    Args:
        live_ms: from publishing to live clients.
        told_hz: readings that the other audience was told in a second.
        core_share: the hub's.
        waited: share of time for which the hub waited for its core.
        rss_mib: the hub's memory at its end.
    """

    live_ms: Quantiles
    told_hz: float
    core_share: float
    waited: float
    rss_mib: float


def _watch(live: Drain, other: Drain, hub: HubProcess) -> _Window:
    """Return what a while is like, once it has begun."""
    time.sleep(WARM_S)
    live.report(reset=True)
    before, used = other.report(), hub.usage()
    time.sleep(WINDOW_S)
    after, seen, taken = other.report(), live.report(), hub.usage()
    if seen.latency_ms is None or seen.closed or after.closed:
        raise PeerFailed("drain", f"measured nothing, or was closed: {seen} {after}")
    return _Window(
        live_ms=seen.latency_ms,
        told_hz=(after.n - before.n) / (after.at_s - before.at_s),
        core_share=round(taken.share_since(used), 3),
        waited=round(taken.wait_since(used), 3),
        rss_mib=round(taken.rss_bytes / 2**20, 1),
    )


def _audience(port: int, clients: int, *said: str) -> Audience:
    """Return clients that say the same."""
    return Audience(
        port=port, clients=clients, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=(hub_scripts(*said),),
        latency=True, rest_us=0,
    )  # fmt: skip


ROWS = (
    Row(
        "replay",
        "1,000 readings/s that were recorded, replayed at 100 ×, beside 2,000 messages/s to 10 live clients",
        (
            Figure("replay_speed", "Replay of 1,000 readings/s at 100 ×: its speed", "×", Bound.AT_LEAST, 99),
            Figure(
                "replay_live_p99", "the same: publish → live clients, p99, beside the same without", "ms",
                Bound.AT_MOST, 2, of_peer=True,
            ),
        ),
        measure,
    ),
)  # fmt: skip
