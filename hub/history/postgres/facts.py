"""Facts: single values that the database tells, and what stands about itself in its table ``meta``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg.abc import Params, QueryNoTemplate


async def value(connection: AsyncConnection[Any], statement: QueryNoTemplate, asked: Params = ()) -> Any:  # noqa: ANN401 - of any type
    """Return the first column of the first row of an answer, None without one.

    Args:
        connection: any.
        statement: the question.
        asked: its parameters.
    """
    row = await (await connection.execute(statement, asked)).fetchone()
    return None if row is None else row[0]


async def facts(connection: AsyncConnection[Any]) -> dict[str, int]:
    """Return all that stands in ``meta``.

    Args:
        connection: any.
    """
    return dict(await (await connection.execute("SELECT key, value FROM meta")).fetchall())


async def committed(connection: AsyncConnection[Any]) -> int:
    """Return the number of the newest record that can be seen.

    Args:
        connection: any.
    """
    return await value(connection, "SELECT max(seq) FROM commits") or 0


async def note(connection: AsyncConnection[Any], key: str, fact: int) -> None:
    """Write a fact down, in the place of what it was.

    Args:
        connection: that writes.
        key: its name.
        fact: what is so now.
    """
    await connection.execute(
        "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, fact)
    )
