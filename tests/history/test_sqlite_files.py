"""The embedded store's files when they are damaged or the disk is full: what is lost, what is not, and what is said."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

import apsw
import pytest

from hub.core.errors import StoreDamaged, StoreError
from hub.history.model import SECOND_US
from hub.history.sqlite.store import SqliteStore
from tests.history.stores import EVER, T0, Bench, numbers
from tests.support.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

PAGE = 4_096


def overwrite(path: Path, first: int = 1, last: int | None = None) -> None:
    """Write nonsense over pages of a file: from one, counted from 0, to its end or before another one."""
    with path.open("r+b") as file:
        pages = path.stat().st_size // PAGE
        assert pages > first + 2
        for page in range(first, last or pages):
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)


def checkpoint(path: Path) -> None:
    """Bring the log into its file."""
    file = apsw.Connection(str(path))
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()


def aside(folder: Path, name: str) -> list[str]:
    return sorted(path.name for path in folder.glob(f"{name}.damaged-*") if not path.name.endswith(("-wal", "-shm")))


async def filled(folder: Path, *, settled: bool) -> Bench:
    """Return an open store with some pages of readings."""
    bench = Bench(folder)
    await bench.open()
    for group in range(20):
        rows = [(1, group * 1_000 + number, float(number)) for number in range(1_000)]
        await bench.put(*rows, series=None if group else [numbers(1)])
    if settled:
        await bench.settle()
    return bench


async def unclean(bench: Bench) -> None:
    """End in order, but leave no note of it: the next start looks for damage."""
    await bench.close()
    assert not isinstance(bench.place, str)
    file = apsw.Connection(str(bench.place / "history.db"))
    file.execute("DELETE FROM meta WHERE key = 'closed_us'")
    file.close()
    for name in ("history.db", "head.db"):
        checkpoint(bench.place / name)


@pytest.mark.parametrize("name", ["history.db", "head.db"])
async def test_a_file_damaged_while_the_hub_was_away_is_moved_aside_at_start(tmp_path: Path, name: str) -> None:
    bench = await filled(tmp_path, settled=name == "history.db")
    await unclean(bench)
    overwrite(tmp_path / name)
    restored = await bench.open()
    assert not restored.clean
    assert f"{name} was damaged; it was moved aside to {name}.damaged-" in restored.fault
    assert len(aside(tmp_path, name)) == 1
    await bench.put((1, 50_000, 5.0), series=[numbers(1)])
    await bench.store.settle()
    assert (50_000, "float", 5.0) in await bench.told()
    await bench.close()
    assert (await bench.open()).fault == ""
    await bench.close()


@pytest.mark.parametrize("name", ["history.db", "head.db"])
async def test_a_file_that_is_no_database_is_moved_aside(tmp_path: Path, name: str) -> None:
    bench = await filled(tmp_path, settled=True)
    await bench.close()
    (tmp_path / name).write_bytes(b"not a database" * 1_000)
    restored = await bench.open()
    assert f"{name} was damaged" in restored.fault
    await bench.put((1, 0, 1.0), series=[numbers(1)])
    await bench.store.settle()
    await bench.close()


async def test_a_settled_file_damaged_at_run_time_is_replaced_and_filled_again(tmp_path: Path) -> None:
    bench = await filled(tmp_path, settled=True)
    checkpoint(tmp_path / "history.db")
    overwrite(tmp_path / "history.db", first=0)
    last = await bench.put((1, 500, 123.0), (1, 90_000, 7.0))
    with pytest.raises(StoreDamaged, match=r"history\.db was damaged; it was moved aside to history\.db\.damaged-"):
        await bench.store.settle()
    assert len(aside(tmp_path, "history.db")) == 1
    everything = bench.record(series=[numbers(1)])
    await bench.store.commit([everything, last])
    await bench.settle()
    assert await bench.told() == [(500, "float", 123.0), (90_000, "float", 7.0)]
    await bench.close()
    restored = await bench.open()
    assert [row for row, _ in restored.series] == [numbers(1)]
    await bench.close()


@pytest.mark.parametrize("found_by", ["commit", "settle"])
async def test_a_head_damaged_at_run_time_is_replaced_and_nothing_settled_is_lost(
    tmp_path: Path, found_by: str
) -> None:
    bench = await filled(tmp_path, settled=True)
    unsettled = await bench.put(*((1, 30_000 + number, float(number)) for number in range(5_000)))
    checkpoint(tmp_path / "head.db")
    overwrite(tmp_path / "head.db", first=0)
    last = bench.record((1, 90_000, 7.0))
    ask = bench.store.commit([last]) if found_by == "commit" else bench.store.settle()
    with pytest.raises(StoreDamaged, match=r"head\.db was damaged; it was moved aside to head\.db\.damaged-"):
        await ask
    assert aside(tmp_path, "history.db") == []
    await bench.store.commit([unsettled, last])
    await bench.settle()
    assert len(await bench.told()) == 10_000  # the most that is asked for
    assert (await bench.store.count(1, EVER, limit=99_999)).found == 25_001
    await bench.close()


@contextlib.contextmanager
def without_room(file: apsw.Connection) -> Iterator[None]:
    """Let a file have no room to grow for as long as a block takes."""
    pages = file.execute("PRAGMA main.page_count").get
    file.execute(f"PRAGMA main.max_page_count = {pages}")
    yield
    file.execute("PRAGMA main.max_page_count = 1000000")


async def says_full(ask: Callable[[], Awaitable[object]]) -> None:
    """Check that a store says that it is full, each time, and not that it is damaged."""
    for _ in range(2):
        with pytest.raises(StoreError, match="full") as caught:
            await ask()
        assert not isinstance(caught.value, StoreDamaged)


async def test_a_head_that_has_no_room_says_so_keeps_what_it_has_and_goes_on(tmp_path: Path) -> None:
    bench = await filled(tmp_path, settled=False)
    store = bench.store
    assert isinstance(store, SqliteStore)
    record = bench.record(*((1, 40_000 + number, float(number)) for number in range(10_000)))
    with without_room(store._open_files().head._file):
        await says_full(lambda: store.commit([record]))
    await store.commit([record])
    await bench.settle()
    assert (await store.count(1, EVER, limit=99_999)).found == 30_000
    await bench.close()


async def test_a_settled_file_that_has_no_room_loses_nothing_and_goes_on(tmp_path: Path) -> None:
    bench = await filled(tmp_path, settled=False)
    store = bench.store
    assert isinstance(store, SqliteStore)
    with without_room(store._open_files().settler.file):
        await says_full(store.settle)
        assert await store.samples(1, EVER, limit=5) == ([], 0)
    await bench.settle()
    assert (await store.count(1, EVER, limit=99_999)).found == 20_000
    await bench.close()


LIMITED = """
import asyncio, resource, signal, sys
from pathlib import Path
from hub.core.errors import StoreDamaged, StoreError
from tests.history.stores import Bench, numbers

async def main(folder):
    bench = Bench(folder)
    await bench.open()
    await bench.put((1, 0, 1.0), series=[numbers(1)])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    kept, record = 1, None
    for group in range(200):
        record = record or bench.record(*((1, 1 + group * 500 + number, float(number)) for number in range(500)))
        try:
            await bench.store.commit([record])
        except StoreDamaged:
            sys.exit("a full disk is no damage")
        except StoreError as error:
            print("full:", error.reason)
            break
        kept, record = kept + 500, None
    else:
        sys.exit("never full")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await bench.store.commit([record])
    await bench.settle()
    await bench.close()
    print("kept", kept + 500)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_disk_that_is_full_is_a_fault_until_there_is_room(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    full, kept = done.stdout.splitlines()
    assert full.startswith("full: ")
    file = apsw.Connection(str(tmp_path / "history.db"))
    assert file.execute("SELECT count(*) FROM reading").get == int(kept.removeprefix("kept "))
    assert file.execute("PRAGMA integrity_check").get == "ok"
    file.close()


async def test_damage_of_the_settled_file_is_found_by_whoever_reads(tmp_path: Path) -> None:
    bench = await filled(tmp_path, settled=True)
    checkpoint(tmp_path / "history.db")
    assert (await bench.store.before(1, T0 + 50)).found is not None
    overwrite(tmp_path / "history.db")
    with pytest.raises(StoreError):
        await bench.store.samples(1, EVER, limit=99_999)
    await bench.close()


async def test_damage_that_comes_after_an_end_in_order_is_found_and_moved_aside(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.open()
    await bench.put(*((1, number, float(number)) for number in range(3000)), series=[numbers(1)])
    await bench.settle()
    await bench.close()
    with contextlib.closing(apsw.Connection(str(tmp_path / "history.db"))) as file:
        page = int(file.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'series'").get)
    overwrite(tmp_path / "history.db", page - 1, page)
    restored = await bench.open()
    assert "moved aside" in restored.fault
    assert aside(tmp_path, "history.db")
    await bench.put((2, 0, 1.0), series=[numbers(2)])
    await bench.settle()
    await bench.close()


async def test_closing_while_a_commit_is_under_way_ends_after_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.open()
    await bench.put((1, 0, 1.0), series=[numbers(1)])
    with contextlib.closing(apsw.Connection(str(tmp_path / "head.db"))) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as group:
            committing = group.create_task(bench.store.commit([bench.record((1, 1, 2.0))]), name="commit")
            await asyncio.sleep(0.05)
            committing.cancel()
        other.execute("ROLLBACK")
        await bench.store.close(now_us=T0)
    await bench.open()
    assert [value for _, _, value in await bench.told()] == [1.0, 2.0]
    await bench.close()


async def test_a_size_that_a_day_exceeds_never_refuses_what_comes_now(tmp_path: Path) -> None:
    hour_us = 3600 * SECOND_US
    bench = Bench(tmp_path, max_bytes=50_000)
    await bench.open()
    await bench.put(*((1, 7 * hour_us + number * SECOND_US, 1.0) for number in range(9000)), series=[numbers(1)])
    await bench.settle()
    await bench.tidy(T0 + 10 * hour_us)
    assert bench.store.raw_from_us == T0 + 8 * hour_us
    assert len(await bench.told()) == 9000 - 3600
    await bench.close()
