from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from hub.core.batch import Batch, StatusChange
from hub.core.clock import ManualClock
from hub.core.errors import StoreDamaged, StoreError
from hub.core.model import Status
from hub.history import writer
from hub.history.model import Span
from hub.history.sqlite.retention import Retention
from tests.history.rig import UNRECORDED, Asked, Failing, Rig, rig

if TYPE_CHECKING:
    from pathlib import Path

EVER = Span(0, 2**60)
SECOND_US = 1_000_000


async def test_a_message_is_acknowledged_after_its_readings_are_committed_and_not_before(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        receipt = Asked()
        hub.take(hub.reading("d:x", 10**15, 1.5), receipt=receipt)
        assert not receipt.acknowledged
        await hub.commit()
        assert receipt.acknowledged


async def test_what_waits_when_a_commit_ends_is_the_next_commit(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        for number in range(50):
            hub.take(hub.reading("d:x", 10**15 + number, float(number)))
        await hub.commit()
        assert hub.count("history_commits") == 1
        assert hub.count("history_readings") == 50


async def test_while_the_store_is_full_nothing_is_acknowledged_and_all_of_it_is_written_afterwards(
    tmp_path: Path,
) -> None:
    store = Failing(tmp_path, fsync=False)
    hub = Rig(store, await store.open(), ManualClock())
    store.full = "database or disk is full"
    receipts = [Asked() for _ in range(3)]
    for number, receipt in enumerate(receipts):
        hub.take(hub.reading("d:x", 10**15 + number, float(number)), receipt=receipt)
        with pytest.raises(StoreError):
            await hub.writer.commit()
    assert not any(receipt.acknowledged for receipt in receipts)
    store.full = ""
    await hub.commit()
    assert all(receipt.acknowledged for receipt in receipts)
    await hub.writer.settle()
    assert [sample.value for sample in (await store.samples(1, EVER, limit=9)).found] == [0, 1, 2]
    await store.close(now_us=0)


async def test_people_are_told_that_the_store_is_full_and_when_it_is_not_any_more(tmp_path: Path) -> None:
    store = Failing(tmp_path, fsync=False)
    hub = Rig(store, await store.open(), ManualClock())
    told: list[tuple[bool, str]] = []
    hub.feeds.listen(lambda feed: told.append((feed.up, feed.reason)))
    changed = asyncio.Event()
    hub.feeds.listen(lambda _: changed.set())
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(hub.writer.run(), name="writer")
        store.full = "database or disk is full"
        hub.take(hub.reading("d:x", 10**15, 1.0))
        await changed.wait()
        store.full = ""
        changed.clear()
        await changed.wait()
        running.cancel()
    assert (told[0], told[-1]) == ((False, "database or disk is full"), (True, ""))
    await store.close(now_us=0)


async def test_beyond_its_bound_it_drops_what_nobody_waits_for_and_then_has_no_room(tmp_path: Path) -> None:
    async with rig(tmp_path, pending=4) as hub:
        kept = Asked()
        hub.take(hub.reading("d:x", 10**15, 1.0), receipt=kept)
        for number in range(1, 6):
            hub.take(hub.reading("d:x", 10**15 + number, float(number)))
        assert hub.count("history_dropped", "store_down") == 2
        for number in range(6, 10):
            hub.take(hub.reading("d:x", 10**15 + number, float(number)), receipt=Asked())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await hub.writer.room()
        await hub.commit()
        await hub.writer.room()
        await hub.writer.settle()
        found = [sample.value for sample in (await hub.store.samples(1, EVER, limit=99)).found]
        assert found == [1, 6, 7, 8, 9]


async def test_what_is_stored_state_only_and_what_is_too_old_is_not_kept(tmp_path: Path) -> None:
    clock = ManualClock()
    async with rig(tmp_path, clock=clock, retention=Retention(raw_us=86_400 * SECOND_US)) as hub:
        await hub.store.tidy(clock.now_us())
        old_us = clock.now_us() - 5 * 86_400 * SECOND_US
        hub.take(
            hub.reading("d:x", clock.now_us(), 1.0, mark=UNRECORDED),
            hub.reading("d:x", old_us, 2.0),
            hub.reading("d:x", clock.now_us(), 3.0),
        )
        await hub.commit()
        await hub.writer.settle()
        assert [sample.value for sample in (await hub.store.samples(1, EVER, limit=9)).found] == [3]
        assert hub.count("history_dropped", "too_late") == 1


async def test_statuses_and_outages_are_kept_with_their_times(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        hub.take(hub.reading("d:x", 10**15, 1.0))
        device = hub.catalogue.devices["d"]
        hub.writer.take(Batch(5, statuses=[StatusChange(device, Status.OFFLINE, 5, "will")]), [])
        hub.feeds.say("mqtt", up=False, reason="gone")
        since_us = hub.clock.now_us()
        hub.clock.advance(60)
        hub.feeds.say("mqtt", up=True)
        hub.take(hub.reading("d:x", 10**15 + 1, 1.0))
        await hub.commit()
        await hub.writer.settle()
        assert [(row.status, row.reason) for row in await hub.store.statuses("d", EVER)] == [("offline", "will")]
        outages = await hub.store.outages(EVER)
        assert outages == [("mqtt", since_us, since_us + 60 * SECOND_US)]


async def test_a_cancelled_writer_commits_what_waits(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(hub.writer.run(), name="writer")
            await asyncio.sleep(0)
            receipt = Asked()
            hub.take(hub.reading("d:x", 10**15, 1.0), receipt=receipt)
            running.cancel()
        assert receipt.acknowledged
    async with rig(tmp_path) as again:
        assert [sample and sample.value for _, sample in again.restored.series] == [1.0]
        assert again.restored.clean


async def test_a_record_that_was_not_acknowledged_is_known_to_the_next_process(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        asked = Asked()
        asked.flown = asked.flown._replace(first_us=7, ids=b"\x01\x00", crcs=b"abcd")
        hub.take(receipt=asked)
        await hub.commit()
    async with rig(tmp_path) as again:
        assert again.restored.flown == [(7, b"\x01\x00", b"abcd", b"")]


async def test_what_a_damaged_store_is_told_again_is_settled_whenever_a_settling_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_COMMITTED", 2)
    async with rig(tmp_path) as hub:
        for number in range(6):
            hub.take(hub.reading("d:x", 10**15 + number, float(number)), receipt=Asked())
        await hub.writer.commit()
        await damage(hub)
        while hub.writer.waits:
            await hub.writer.commit()
            await hub.store.settle()
        found = [sample.value for sample in (await hub.store.samples(1, EVER, limit=9)).found]
        assert found == [0, 1, 2, 3, 4, 5]


async def damage(hub: Rig) -> None:
    """Let the head turn out to be damaged at the next commit."""
    hub.store.damaged = True
    hub.take(hub.reading("d:other", 10**15, 1.0))
    with pytest.raises(StoreDamaged):
        await hub.writer.commit()


async def test_readings_that_were_acknowledged_are_never_dropped(tmp_path: Path) -> None:
    async with rig(tmp_path, pending=4) as hub:
        for number in range(4):
            hub.take(hub.reading("d:x", 10**15 + number, float(number)), receipt=Asked())
        await hub.commit()
        await damage(hub)
        for number in range(4, 9):
            hub.take(hub.reading("d:x", 10**15 + number, float(number)))
        await hub.commit()
        await hub.writer.settle()
        found = [sample.value for sample in (await hub.store.samples(1, EVER, limit=99)).found]
        assert found[:4] == [0, 1, 2, 3]


async def test_while_the_disk_is_full_memory_has_a_bound(tmp_path: Path) -> None:
    async with rig(tmp_path, pending=4) as hub:
        for number in range(2000):
            hub.take(hub.reading("d:x", 10**15 + number, float(number)))
        assert len(list(hub.writer.unsettled(0))) <= 5


class Tidying(Failing):
    """A store that never comes to the end of its tidying."""

    done: list[str]

    async def tidy(self, now_us: int) -> int:
        assert now_us
        self.done.append("tidy")
        await asyncio.sleep(0.005)
        return 1

    async def settle(self) -> int:
        self.done.append("settle")
        return await super().settle()


async def test_a_long_round_of_tidying_lets_settling_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "SETTLE_S", 0.05)
    store = Tidying(tmp_path, fsync=False)
    store.done = []
    hub = Rig(store, await store.open(), ManualClock())
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(hub.writer.run(), name="writer")
        number = 0
        while store.done.count("settle") < 3:
            number += 1
            hub.clock.advance(0.01)
            hub.take(hub.reading("d:x", 10**15 + number, 1.0))
            await asyncio.sleep(0.005)
        running.cancel()
    assert "tidy" in store.done
    await store.close(now_us=0)
