"""What only the PostgreSQL store does: its lock, broken links, partitions, and the views for other programs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest

from hub.adapting import history_store
from hub.config import Settings
from hub.core.errors import StoreError, Unusable
from hub.history.model import SECOND_US, Bucket, Sample, Span
from hub.history.postgres import opening
from hub.history.postgres.linking import Target
from hub.history.postgres.store import PostgresStore
from hub.history.postgres.values import clean, copied
from tests.history.stores import DAY_US, EVER, T0, Bench, numbers, texts
from tests.support.postgres import Postgres
from tests.support.services import service_or_skip

if TYPE_CHECKING:
    from pathlib import Path

    from hub.core.model import Value

TEN_US = 10 * SECOND_US


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def break_links(url: str) -> None:
    """End every connection of a store, as a restart of the server does."""
    ask(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'telemetry-hub'",
    )


async def test_what_is_committed_can_be_asked_for_before_it_is_settled(postgres: Postgres) -> None:
    bench = Bench(postgres.fresh())
    await bench.open()
    rows = [(1, second * SECOND_US, float(second)) for second in range(0, 130, 5)]
    await bench.put(*rows, *((2, row[1], f"{row[2] // 20}") for row in rows), series=[numbers(1), texts(2)])

    async def answers() -> list[object]:
        found: list[object] = [await bench.samples(), (await bench.store.states(2, EVER, limit=99)).found]
        for width_s, step_s in ((10, 10), (60, 60), (60, 10), (86_400, 3_600)):
            answer = await bench.store.buckets(1, Span(T0, T0 + DAY_US), width_us=width_s * SECOND_US, step_s=step_s)
            assert answer.upto == bench.seq
            found.append(answer.found)
        return found

    before = await answers()
    await bench.settle()
    assert await answers() == before
    await bench.put((1, 61 * SECOND_US, 500.0), (2, 61 * SECOND_US, "late"))
    before = await answers()
    await bench.settle()
    assert await answers() == before
    assert Bucket(T0 + 60 * SECOND_US, 13, 60.0, 500.0, 1550.0, 115.0) in before[3]  # type: ignore[operator]  # a list
    await bench.close()


async def test_two_hubs_do_not_share_a_database(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LOCK_S", 0.2)
    url = postgres.fresh()
    first, second = Bench(url), Bench(url)
    await first.open()
    with pytest.raises(Unusable, match="another hub writes to this database"):
        await second.open()
    await first.put((1, 0, 1.0), series=[numbers(1)])
    await first.close()
    assert (await second.open()).seq == 1
    await second.close()


async def test_a_hub_whose_lock_was_taken_meanwhile_commits_nothing(postgres: Postgres) -> None:
    url = postgres.fresh()
    bench = Bench(url)
    await bench.open()
    break_links(url)
    record = bench.record((1, 0, 1.0), series=[numbers(1)])
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (opening.LOCK,))
        with pytest.raises(StoreError):
            await bench.store.commit([record])
        with pytest.raises(StoreError, match="another hub writes"):
            await bench.store.commit([record])
        assert ask(url, "SELECT count(*) FROM reading") == [(0,)]
    await bench.store.commit([record])
    assert await bench.samples() == [Sample(T0, 1.0)]
    await bench.close()


async def test_a_broken_link_is_a_fault_and_is_made_anew(postgres: Postgres) -> None:
    url = postgres.fresh()
    bench = Bench(url)
    await bench.open()
    await bench.put((1, 0, 1.0), series=[numbers(1)])
    assert await bench.samples() == [Sample(T0, 1.0)]
    break_links(url)
    assert await bench.samples() == [Sample(T0, 1.0)]
    record = bench.record((1, 1, 2.0))
    with pytest.raises(StoreError):
        await bench.store.commit([record])
    await bench.store.commit([record])
    with pytest.raises(StoreError):
        await bench.store.settle()
    await bench.settle()
    assert [value for _, _, value in await bench.told()] == [1.0, 2.0]
    await bench.close()


async def test_a_database_that_is_away_is_said_so_and_found_again() -> None:
    cluster = Postgres(service_or_skip("initdb").parent)
    try:
        cluster.start()
        bench = Bench(cluster.fresh())
        await bench.open()
        await bench.put((1, 0, 1.0), series=[numbers(1)])
        cluster.stop()
        record = bench.record((1, 1, 2.0))
        for _ in range(2):
            with pytest.raises(StoreError):
                await bench.store.commit([record])
            with pytest.raises(StoreError):
                await bench.store.samples(1, EVER, limit=1)
        with pytest.raises(Unusable, match=r"history postgresql://.* cannot be used .*history\.url"):
            await Bench(bench.place).open()
        cluster.start()
        await bench.store.commit([record])
        with pytest.raises(StoreError):
            await bench.store.settle()
        await bench.settle()
        assert [value for _, _, value in await bench.told()] == [1.0, 2.0]
        await bench.close()
    finally:
        cluster.remove()


async def test_a_database_that_does_not_answer_does_not_hold_up_the_end(postgres: Postgres) -> None:
    url = postgres.fresh()
    bench = Bench(url)
    await bench.open()
    await bench.put((1, 0, 1.0), series=[numbers(1)])
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE meta")
        async with asyncio.timeout(4):
            await bench.close()
    restored = await bench.open()
    assert (restored.clean, await bench.samples()) == (False, [Sample(T0, 1.0)])
    await bench.close()


async def test_readings_lie_in_partitions_that_are_made_ahead_and_dropped_whole(postgres: Postgres) -> None:
    url = postgres.fresh()
    bench = Bench(url, raw_us=2 * DAY_US)
    await bench.open()
    await bench.put(*((1, day * DAY_US, float(day)) for day in range(4)), series=[numbers(1)])

    def days() -> list[int]:
        names = ask(url, "SELECT relname::text FROM pg_class WHERE relname ~ '^reading_[0-9]+$'")
        return sorted(int(str(name).removeprefix("reading_")) - T0 // DAY_US for (name,) in names)

    assert days() == [0, 1, 2, 3]
    assert await bench.tidy(T0 + 5 * DAY_US) == 3
    assert days() == [3, 5, 6]
    assert await bench.tidy(T0 + 5 * DAY_US) == 0
    await bench.close()


async def test_nothing_that_postgresql_does_not_take_stops_a_commit(postgres: Postgres) -> None:
    bench = Bench(postgres.fresh())
    await bench.open()
    odd = texts(1, "a\0b\ud800")
    await bench.put((1, 0, "a\0b\ud800"), (1, 1, 2**70), series=[odd])
    assert await bench.told() == [(0, "str", "a\ufffdb?"), (1, "float", float(2**70))]
    assert await bench.store.find(("plant/d", "a\ufffdb?")) is not None
    await bench.close()


async def test_the_views_tell_readings_and_buckets_by_name(postgres: Postgres) -> None:
    url = postgres.fresh()
    bench = Bench(url)
    await bench.open()
    await bench.put((1, 0, 2), (1, 1, 4.0, "bad:x"), (2, 0, "on"), (2, 1, True), series=[numbers(1), texts(2)])
    await bench.settle()
    assert ask(url, "SELECT metric, unit, time_us, value, text, quality FROM readings ORDER BY metric, time_us") == [
        ("m1", "°C", T0, 2.0, None, None),
        ("m1", "°C", T0 + 1, 4.0, None, "bad:x"),
        ("m2", None, T0, None, "on", None),
        ("m2", None, T0 + 1, 1.0, "true", None),
    ]
    assert ask(url, "SELECT device, metric, step_s, count, min, max, mean, last FROM buckets WHERE step_s = 60") == [
        ("plant/d", "m1", 60, 1, 2.0, 2.0, 2.0, 2.0),
    ]
    assert ask(url, "SELECT extract(epoch FROM time)::bigint FROM readings LIMIT 1") == [(T0 // SECOND_US,)]
    await bench.close()


def test_an_address_tells_no_secret() -> None:
    assert Target("postgresql://me:hunter2@db:5433/plant?sslmode=require").address == "postgresql://db:5433/plant"
    store = PostgresStore("postgres://me:hunter2@db/plant")
    assert store.address == "postgresql://db/plant"
    with pytest.raises(Unusable, match="nonsense") as caught:
        PostgresStore("postgresql://me:hunter2@db/plant?nonsense=1")
    assert "hunter2" not in str(caught.value)


def test_the_setting_chooses_the_store(tmp_path: Path) -> None:
    def chosen(url: str) -> object:
        return history_store(Settings.model_validate({"data_dir": tmp_path, "history": {"url": url}}))

    assert isinstance(chosen("postgresql://db/plant"), PostgresStore)
    assert not isinstance(chosen("sqlite"), PostgresStore)
    assert chosen("none") is None
    for wrong in ("mysql://db/plant", "postgresql://", "postgresql://a b/c", ""):
        with pytest.raises(ValueError, match="history is kept in"):
            chosen(wrong)


def test_copied_rows_have_the_same_fields_whatever_is_in_them() -> None:
    values: list[Value] = ["a\tb\nc\\", True, False, 1, -(2**63), 2**64, 1.5, ""]
    text = copied([(1, T0, value, "bad:\t\n", T0, 0) for value in values]).decode()
    lines = text.split("\n")
    assert lines.pop() == ""
    assert [line.count("\t") for line in lines] == [7] * len(values)
    assert clean("a\0\ud800") == "a\ufffd?"
