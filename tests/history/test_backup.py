"""Backups: a copy that a hub can start on, taken while another one writes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from hub.core.errors import StoreError
from hub.history.model import Span
from hub.history.sqlite.backup import back_up
from tests.history.rig import rig

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_copy_holds_all_that_was_committed_before_it_however_much_is_written_meanwhile(tmp_path: Path) -> None:
    source, target = tmp_path / "live", tmp_path / "copy"
    source.mkdir()
    async with rig(source) as hub, asyncio.TaskGroup() as group:
        writing = group.create_task(hub.writer.run(), name="history")
        number = 0

        async def write() -> None:
            nonlocal number
            while True:
                hub.take(*(hub.reading("m", number + more, number + more) for more in range(50)))
                number += 50
                await asyncio.sleep(0.001)
                if number % 1000 == 0:
                    await hub.writer.settle()

        feeding = group.create_task(write(), name="devices")
        while number < 3000 or hub.writer.waits:  # noqa: ASYNC110 - the writer tells nobody
            await asyncio.sleep(0.001)
        before = int(hub.meters.counters["history_readings", ""].n)
        size = await asyncio.to_thread(back_up, source, target)
        assert size > 0
        feeding.cancel()
        writing.cancel()
    async with rig(target) as copy:
        row = await copy.store.find(("d", "m"))
        assert row is not None
        found = (await copy.store.samples(row.key, Span(0, 2**60), limit=1_000_000)).found
        assert [sample.value for sample in found] == list(range(len(found)))
        assert len(found) >= before


async def test_a_backup_replaces_nothing_and_needs_something(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no head\.db"):
        back_up(tmp_path, tmp_path / "copy")
    source = tmp_path / "live"
    source.mkdir()
    async with rig(source) as hub:
        hub.take(hub.reading("m", 1, 1))
        await hub.commit()
        seen: list[tuple[int, int]] = []
        back_up(source, tmp_path / "copy", lambda done, total: seen.append((done, total)))
        assert seen[-1][0] == seen[-1][1] > 0
        with pytest.raises(StoreError, match="never replaces"):
            back_up(source, tmp_path / "copy")
