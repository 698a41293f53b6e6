"""Links to the database: connections that are made when they are needed, and made anew after they broke.

Whoever uses one has it alone. What PostgreSQL raises becomes a fault of the store with a short reason.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict

from hub.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Prepare: TypeAlias = Callable[[AsyncConnection[Any]], Awaitable[None]]

CONNECT_S: Final = 5
SILENT_MS: Final = 15_000
"""How long what was sent may stay unconfirmed by the other machine before the connection counts as broken."""


class Target(NamedTuple):
    """Where to connect, and how.

    Args:
        url: ``postgresql://user:password@host:port/database?option=…``.
        fsync: True if a commit survives a loss of power there.
    """

    url: str
    fsync: bool = True

    @property
    def address(self) -> str:
        """The URL without user, password and options."""
        told = conninfo_to_dict(self.url)
        host, port = told.get("host") or "localhost", told.get("port")
        place = f"{host}:{port}" if port else host
        return f"postgresql://{place}/{told.get('dbname') or told.get('user') or ''}"


async def connect(target: Target) -> AsyncConnection[Any]:
    """Return a new connection. It begins no transaction by itself.

    Args:
        target: where.

    Raises:
        psycopg.Error: it cannot be made.
    """
    made: AsyncConnection[Any] = await AsyncConnection.connect(
        target.url,
        autocommit=True,
        prepare_threshold=None,  # planned for the times that are asked for, so that other partitions are left out
        connect_timeout=CONNECT_S,
        application_name="telemetry-hub",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=SILENT_MS,
    )
    await made.execute("SET jit = off")
    await made.execute("SET client_min_messages = warning")
    if not target.fsync:
        await made.execute("SET synchronous_commit = off")
    return made


def reason_of(error: psycopg.Error) -> str:
    """Return what people are told of an error, in one line.

    Args:
        error: as it was raised.
    """
    said = error.diag.message_primary or str(error) or type(error).__name__
    return said.strip().splitlines()[0]


class Links:
    """A few connections of one kind. Who finds all of them in use waits for one.

    Args:
        target: where.
        count: most connections.
        prepare: what is done with each new one.
    """

    def __init__(self, target: Target, count: int, prepare: Prepare | None = None) -> None:
        self._target = target
        self._prepare = prepare
        self._free: asyncio.LifoQueue[AsyncConnection[Any] | None] = asyncio.LifoQueue(count)  # full: all are free
        self._open: set[AsyncConnection[Any]] = set()
        for _ in range(count):
            self._free.put_nowait(None)

    @asynccontextmanager
    async def use(self) -> AsyncIterator[AsyncConnection[Any]]:
        """Lend a connection. One on which something else than an answer of the database came up is made anew.

        Raises:
            StoreError: the database cannot be reached, or refuses.
        """
        connection = await self._free.get()
        whole = False
        try:
            if connection is None or connection.closed:
                connection = await self._connect()
            yield connection
            whole = not connection.closed
        except psycopg.Error as error:
            whole = connection is not None and not connection.closed
            raise StoreError(reason_of(error)) from error
        finally:
            if not whole and connection is not None:
                await self._end(connection)
            self._free.put_nowait(connection if whole else None)

    async def close(self) -> None:
        """Close all that are open."""
        for connection in tuple(self._open):
            await self._end(connection)

    async def _connect(self) -> AsyncConnection[Any]:
        made = await connect(self._target)
        self._open.add(made)
        try:
            if self._prepare is not None:
                await self._prepare(made)
        except BaseException:
            await self._end(made)
            raise
        return made

    async def _end(self, connection: AsyncConnection[Any]) -> None:
        self._open.discard(connection)
        with suppress(psycopg.Error):
            await connection.close()
