"""Opening: the lock that lets one hub alone write to a database, and what the database knows of the world before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from hub.core.errors import StoreError
from hub.core.raw import Flown
from hub.history.model import DeviceRow, Restored, SeriesRow
from hub.history.postgres.facts import committed, facts, value
from hub.history.postgres.reading import SERIES, Reader

if TYPE_CHECKING:
    from psycopg import AsyncConnection

LOCK: Final = 0x68_75_62_31
"""Number of the advisory lock, the same for all hubs: the letters of hub, and 1."""
TAKEN: Final = "another hub writes to this database; each needs one of its own"
LOCK_S: Final = 5.0
"""How long the lock is waited for at start: a hub that was killed has it until the database notices."""
_TRY_S: Final = 0.2
_FAR_US: Final = 2**62
_MANY: Final = 1_000


async def lock(connection: AsyncConnection[Any]) -> None:
    """Take the lock for as long as the connection lives.

    Args:
        connection: that commits.

    Raises:
        StoreError: another hub has it.
    """
    if not await value(connection, "SELECT pg_try_advisory_lock(%s)", (LOCK,)):
        raise StoreError(TAKEN)


async def lock_soon(connection: AsyncConnection[Any]) -> None:
    """Take the lock as :func:`lock` does, but wait up to :data:`LOCK_S` for it.

    Args:
        connection: that commits.

    Raises:
        StoreError: another hub has it.
    """
    for _ in range(round(LOCK_S / _TRY_S)):
        try:
            return await lock(connection)
        except StoreError:
            await asyncio.sleep(_TRY_S)
    return await lock(connection)


async def restore(connection: AsyncConnection[Any]) -> Restored:
    """Return what the database knows; that the process before ended in order is known only once.

    Args:
        connection: that commits, with the lock; everything is settled.
    """
    closed_us = (await facts(connection)).get("closed_us")
    await connection.execute("DELETE FROM meta WHERE key = 'closed_us'")
    seen_us = await value(connection, "SELECT max(time_us) FROM commits") or 0
    restored = Restored(
        seq=await committed(connection),
        seen_us=max(seen_us, closed_us or 0),
        clean=closed_us is not None or not seen_us,
    )
    restored.greatest_key = await value(connection, "SELECT max(id) FROM series") or 0
    found = await connection.execute(f"{SERIES} WHERE NOT forgotten ORDER BY id")
    rows = [SeriesRow(*row) for row in await found.fetchall()]
    for first in range(0, len(rows), _MANY):
        some = rows[first : first + _MANY]
        newest = await Reader(connection).moment([row.key for row in some], _FAR_US)
        restored.series += [(row, newest.get(row.key)) for row in some]
    needed = {row.device for row in rows}
    found = await connection.execute("SELECT * FROM device ORDER BY id")
    restored.devices = [DeviceRow(*row) for row in await found.fetchall() if row[0] in needed]
    found = await connection.execute("SELECT first_us, ids, crcs, times FROM guard ORDER BY id")
    restored.flown = [Flown(*row) for row in await found.fetchall()]
    return restored
