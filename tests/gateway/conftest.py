"""Fixtures of the gateway's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gateway.served import served
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx


@pytest.fixture
async def stand() -> Stand:
    """A hub with a small fleet that is open to its own machine."""
    stand = Stand()
    stand.hears("sites/a/pump-1", {"temperature": 71.2, "running": True, "mode": "auto"})
    stand.clock.advance(1)
    stand.hears("sites/a/pump-2", {"temperature": 70.1})
    stand.clock.advance(1)
    stand.hears("sites/b/tank", {"level": 63, "serial": "0042"})
    return stand


@pytest.fixture
async def http(stand: Stand) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that hub."""
    async with stand.client() as client:
        yield client


@pytest.fixture
async def base(stand: Stand) -> AsyncIterator[str]:
    """The address of that hub behind the real server."""
    async with served(stand) as address:
        yield address
