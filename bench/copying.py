"""Copying: how fast readings become durable in PostgreSQL, on two cores that hub and database share.

The database is Debian's as it comes, with ``fsync``. Readings come in commits as a steady stream makes them; buckets
are computed as often as the hub does it, and their time counts.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from typing import TYPE_CHECKING, Final

from bench.errors import PeerMissing
from bench.figures import Bound, Figure, Round, Sample
from bench.setting import Row, Setting
from hub.history.model import SECOND_US, Record, SeriesRow
from hub.history.postgres.store import PostgresStore
from hub.history.writer import SETTLE_READINGS
from tests.support.postgres import Postgres
from tests.support.services import service_path

if TYPE_CHECKING:
    from hub.core.model import Reading

SERIES: Final = 1_000
COMMIT: Final = 5_000
READINGS: Final = 1_000_000
START_US: Final = 1_790_000_000 * SECOND_US


def _records() -> list[Record]:
    """Return all readings, one of each series a second."""
    rows = [
        SeriesRow(key, f"plant/device-{key}", "temperature", "°C", "float", None, None, SECOND_US, 30 * SECOND_US)
        for key in range(1, SERIES + 1)
    ]
    records = [Record(1, START_US, series=rows)]
    for number in range(READINGS // COMMIT):
        readings: list[Reading] = []
        for place in range(number * COMMIT, (number + 1) * COMMIT):
            second, key = divmod(place, SERIES)
            at_us = START_US + second * SECOND_US + key
            readings.append((key + 1, at_us, round(20 + 5 * math.sin(second / 90 + key), 3), None, at_us, 0))
        records.append(Record(number + 2, START_US, readings=readings))
    return records


async def _copy(url: str) -> tuple[float, float, int]:
    """Return the seconds for all of it, those of settling among them, and what it takes on disk."""
    records = _records()
    store = PostgresStore(url)
    await store.open()
    began_s, settling_s, unsettled = time.perf_counter(), 0.0, 0
    for number, record in enumerate(records, start=1):
        await store.commit([record])
        unsettled += len(record.readings)
        if unsettled >= SETTLE_READINGS or number == len(records):
            at_s, unsettled = time.perf_counter(), 0
            await store.settle()
            settling_s += time.perf_counter() - at_s
    took_s = time.perf_counter() - began_s
    size = await store.size_bytes()
    await store.close(now_us=START_US)
    return took_s, settling_s, size


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where; the database has a temporary folder of its own, because it runs as another user.

    Raises:
        PeerMissing: PostgreSQL is not installed.
    """
    initdb = service_path("initdb")
    if initdb is None:
        raise PeerMissing("initdb", "Debian's package postgresql")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {setting.cores.measured, *setting.cores.others})
    cluster = Postgres(initdb.parent, settings=("shared_buffers = 128MB",))
    try:
        cluster.start()
        took_s, settling_s, size = asyncio.run(_copy(cluster.fresh()))
    finally:
        cluster.remove()
        os.sched_setaffinity(0, before)
    return Round(
        samples={"copy_rate": Sample(READINGS / took_s), "copy_disk": Sample(size / READINGS)},
        facts={
            "seconds": took_s,
            "settling_s": settling_s,
            "readings": READINGS,
            "commits": READINGS // COMMIT,
        },
    )


ROWS = (
    Row(
        "copy",
        "a million readings into PostgreSQL, buckets included, on two cores shared with it",
        (
            Figure("copy_rate", "Committed to PostgreSQL, buckets included", "readings/s", Bound.AT_LEAST, 50_000),
            Figure(
                "copy_disk", "the same: on disk, indexes and buckets included", "bytes a reading", Bound.AT_MOST, 200
            ),
        ),
        measure,
    ),
)
