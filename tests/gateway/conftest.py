"""Fixtures of the gateway's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gateway.past import Kept, kept
from tests.gateway.served import served
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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


@pytest.fixture
async def heated(tmp_path: Path) -> AsyncIterator[Kept]:
    """Ten seconds of a pump that heats up by a degree a second, and of a tank that comes in the middle."""
    async with kept(tmp_path) as stand:
        for second in range(10):
            stand.hears("a/pump", {"temperature": 20 + second})
            if second >= 5:
                stand.hears("b/tank", {"level": second})
            stand.clock.advance(1)
        await stand.commit()
        yield stand
