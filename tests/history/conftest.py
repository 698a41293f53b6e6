"""Both stores, one after the other, for tests of what a store does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.history.stores import Bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.support.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path | str]:
    """Give a function that gives an empty place for a store."""
    if request.param == "sqlite":
        return lambda: tmp_path_factory.mktemp("store")
    cluster: Postgres = request.getfixturevalue("postgres")
    return cluster.fresh


@pytest.fixture
async def bench(place: Callable[[], Path | str]) -> AsyncIterator[Bench]:
    """Give an open, empty store."""
    made = Bench(place())
    await made.open()
    yield made
    await made.close()
