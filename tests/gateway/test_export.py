"""``GET /api/v1/export``: all readings of a selection, streamed in three formats."""

from __future__ import annotations

import csv
import io
import tracemalloc
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from hub.core.batch import Batch
from hub.core.errors import StoreError
from hub.core.model import Datatype
from hub.gateway import export
from hub.history.sqlite.store import SqliteStore
from tests.gateway.served import served
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATH = "/api/v1/export"


async def commit(hub: Stand, *, settle: bool = False) -> None:
    assert hub.writer is not None
    while hub.writer.waits:
        await hub.writer.commit()
    if settle:
        await hub.writer.settle()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Stand]:
    """A stand that keeps history, with ten seconds of a pump, half of them settled."""
    store, stand = SqliteStore(tmp_path, fsync=False), Stand()
    stand.keep(store, await store.open())
    for second in range(10):
        reading = {
            "temperature": {"value": 20.5 + second, "unit": "°C"},
            "running": second < 5,
            "mode": 'a,"b\nc',
            "n": 2,
        }
        stand.hears("site/pump", reading)
        stand.clock.advance(1)
        if second == 5:
            await commit(stand, settle=True)
    await commit(stand)
    yield stand
    await store.close(now_us=0)


async def get(hub: Stand, status: int = 200, **params: Any) -> httpx.Response:
    async with hub.client() as http:
        answer = await http.get(PATH, params=params)
    assert answer.status_code == status, answer.text
    return answer


async def test_csv_has_a_header_and_every_reading_with_its_type(hub: Stand) -> None:
    answer = await get(hub)
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="readings.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["metric"] for row in rows] == ["mode"] * 10 + ["n"] * 10 + ["running"] * 10 + ["temperature"] * 10
    assert rows[0]["value"] == 'a,"b\nc'
    assert (rows[20]["value"], rows[29]["value"], rows[20]["datatype"]) == ("true", "false", "boolean")
    assert [float(row["value"]) for row in rows[30:]] == [20.5 + second for second in range(10)]
    assert {(row["unit"], row["quality"], row["datatype"]) for row in rows[30:]} == {("°C", "good", "float")}


async def test_lines_of_json_keep_the_types_of_values(hub: Stand) -> None:
    answer = await get(hub, format="ndjson", metrics=["temperature", "running"], start="-5s")
    rows = [orjson.loads(line) for line in answer.text.splitlines()]
    assert [row["value"] for row in rows] == [False] * 5 + [25.5, 26.5, 27.5, 28.5, 29.5]
    assert rows[-1].keys() == {"time", "device", "metric", "value", "unit"}


async def test_parquet_has_a_column_for_each_type(hub: Stand) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    answer = await get(hub, format="parquet")
    rows = parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    assert len(rows) == 40
    assert (rows[0]["text"], rows[10]["integer"], rows[20]["boolean"], rows[30]["number"]) == ('a,"b\nc', 2, True, 20.5)
    assert rows[30]["unit"] == "°C"


async def test_an_empty_selection_is_an_empty_file(hub: Stand) -> None:
    assert (await get(hub, devices="nobody")).text.splitlines() == ["time,device,metric,value,unit,quality,datatype"]
    assert (await get(hub, devices="nobody", format="ndjson")).content == b""
    parquet = pytest.importorskip("pyarrow.parquet")
    nothing = await get(hub, devices="nobody", format="parquet")
    assert parquet.read_table(io.BytesIO(nothing.content)).num_rows == 0


async def test_without_the_package_parquet_says_what_to_install(hub: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    found = (await get(hub, 501, format="parquet")).json()
    assert "telemetry-hub[parquet]" in found["detail"]
    assert hub.meters.gauges["exports"].read() == 0


async def test_a_series_that_was_forgotten_is_exported_by_its_name(hub: Stand) -> None:
    device = hub.catalogue.devices["site/pump"]
    gone = device.series["temperature"]
    hub.catalogue.forget_series(gone)
    hub.publish(Batch(hub.clock.now_us(), removed_series=[gone]))
    await commit(hub, settle=True)
    assert len((await get(hub)).text.splitlines()) > 30
    named = await get(hub, devices="site/pump", metrics="temperature", format="ndjson")
    assert len(named.text.splitlines()) == 10


async def test_what_cannot_be_exported_is_a_problem_before_the_first_byte(
    hub: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ({"start": "never"}, {"start": "now", "end": "-1h"}, {"format": "xml"}, {"devices": "a/#/b"}):
        await get(hub, 422, **wrong)
    assert (await get(Stand(), 404)).json()["type"].endswith("no_history")

    async def fail(*_: object, **__: object) -> None:
        raise StoreError("disk I/O error")

    assert hub.writer is not None
    monkeypatch.setattr(hub.writer._store, "samples", fail)
    answer = await get(hub, 503)
    assert answer.headers["retry-after"]
    assert hub.meters.gauges["exports"].read() == 0


async def test_only_so_many_exports_are_under_way_at_a_time(hub: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_EXPORTS", 0)
    assert (await get(hub, 503)).headers["retry-after"] == "10"


async def test_many_readings_are_streamed_in_little_memory(hub: Stand) -> None:
    device = hub.catalogue.device("big", "json")
    assert device is not None
    series = hub.catalogue.series_of(device, "m", unit=None, datatype=Datatype.FLOAT)
    assert series is not None
    now_us = hub.clock.now_us()
    for start in range(0, 100_000, 10_000):
        rows = [
            (series.key, now_us - 1_000_000 + number, number / 2, None, now_us, 1)
            for number in range(start, start + 10_000)
        ]
        hub.publish(Batch(now_us, readings=list(rows)))
    await commit(hub, settle=True)
    lines = size = 0
    async with served(hub) as base, httpx.AsyncClient(base_url=base) as http:
        await http.get(PATH, params={"devices": "nobody"})  # everything that is imported late is here now
        tracemalloc.start()
        try:
            async with http.stream("GET", PATH, params={"devices": "big", "format": "ndjson"}) as answer:
                async for chunk in answer.aiter_raw():
                    lines += chunk.count(b"\n")
                    size += len(chunk)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert lines == 100_000
    assert peak < size * 3 / 4  # all rows as objects would take some 30 MB, as text all of the size
    assert hub.meters.gauges["exports"].read() == 0


async def test_a_client_that_goes_away_ends_its_export(hub: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE_ROWS", 1)
    async with served(hub) as base, httpx.AsyncClient(base_url=base) as http:
        async with http.stream("GET", PATH) as answer:
            assert answer.status_code == 200
        answer = await http.get("/healthz")
        assert answer.status_code == 200
    assert hub.meters.gauges["exports"].read() == 0
