"""``POST /api/v1/readings``: readings that are handed over, live at once and answered once they are durable."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from hub.core.errors import StoreError
from hub.core.model import Status
from hub.gateway import submissions
from hub.gateway.answers import StatusAnswer
from hub.gateway.history_answers import SubmitAnswer
from hub.history.model import Span
from hub.history.sqlite.store import SqliteStore
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from hub.history.model import Record

PATH = "/api/v1/readings"


class Halting(SqliteStore):
    """A store whose disk is full as long as somebody says so."""

    full = False

    async def commit(self, records: list[Record]) -> None:
        if self.full:
            raise StoreError("database or disk is full")
        await super().commit(records)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Stand]:
    """A stand that keeps history, with a writer at work."""
    store, stand = Halting(tmp_path, fsync=False), Stand()
    writer = stand.keep(store, await store.open())
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(writer.run(), name="history")
        yield stand
        writing.cancel()
    await store.close(now_us=0)


async def post(hub: Stand, body: Any, *, kind: str = "application/json", status: int = 200, **more: Any) -> Any:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"content-type": kind, **more.pop("headers", {})}
    async with hub.client() as http:
        answer: httpx.Response = await http.post(PATH, content=content, headers=headers, params=more)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_reading_that_is_handed_over_is_durable_and_live(hub: Stand) -> None:
    row = {"device": "site/meter", "metric": "power", "value": 12.5, "unit": "kW"}
    found = await post(hub, row)
    SubmitAnswer.model_validate(found)
    assert (found["accepted"], found["rejected"], found["durable"], found["errors"]) == (1, 0, True, [])
    series = hub.catalogue.devices["site/meter"].series["power"]
    assert (series.value, series.unit, series.datatype, series.device.source) == (12.5, "kW", "float", "http")
    assert hub.writer is not None
    await hub.writer.settle()
    kept = await hub.writer._store.samples(series.key, Span(0, 2**60), limit=10)
    assert [sample.value for sample in kept.found] == [12.5]
    assert hub.meters.gauges["submitted_waiting"].read() == 0


async def test_rows_that_are_wrong_are_named_and_the_others_count(hub: Stand) -> None:
    rows = [
        {"device": "a", "metric": "m", "value": 1},
        {"device": "a/+", "metric": "m", "value": 1},
        {"device": "a", "metric": "m"},
        {"device": "a", "metric": "m", "value": 1, "time": "yesterday"},
        {"device": "a", "metric": "m", "value": 1, "time": "1999-01-01T00:00:00Z"},
        {"device": "a", "metric": "m", "value": 1, "time": hub.clock.now_us() / 1e6 + 100},
        {"device": "a", "metric": "m", "value": 1, "quality": "stale"},
        {"device": "a", "metric": "m", "value": 1, "colour": "red"},
        {"device": 7, "metric": "m", "value": 1},
        "nothing",
        {"device": "a", "values": {"x": True, "y": None}},
    ]
    found = await post(hub, rows)
    assert (found["accepted"], found["rejected"]) == (2, 10)
    assert [(error["row"], error["field"]) for error in found["errors"]] == [
        (2, "device"), (3, "value"), (4, "time"), (5, "time"), (6, "time"), (7, "quality"), (8, "colour"),
        (9, "device"), (10, "row"), (11, "value"),
    ]  # fmt: skip


async def test_nothing_right_at_all_is_a_mistake_of_the_request(hub: Stand) -> None:
    found = await post(hub, [{"device": "a"}], status=422)
    assert found["errors"][0]["field"] == "rows.1.metric"
    assert (await post(hub, [], status=422))["errors"][0]["message"] == "has no rows"
    assert "is not JSON" in (await post(hub, b"{", status=422))["detail"]
    await post(hub, b"x", kind="image/png", status=415)


async def test_lines_of_json_are_read_one_by_one(hub: Stand) -> None:
    lines = b'{"device":"a","metric":"m","value":1}\n\nbroken\n{"device":"a","metric":"t","value":"on"}\n'
    found = await post(hub, lines, kind="application/x-ndjson; charset=utf-8")
    assert (found["accepted"], found["errors"][0]["row"]) == (2, 3)


async def test_line_protocol_gives_the_devices_and_metrics_that_it_gives_over_mqtt(hub: Stand) -> None:
    text = b"cpu,host=web1,core=0 usage=12.5,idle=87i 1766500000\n# a comment\nload one=0.5\nodd\n"
    found = await post(hub, text, kind="text/plain", precision="s", device="rack")
    assert (found["accepted"], [error["row"] for error in found["errors"]]) == (3, [4])
    assert set(hub.catalogue.devices["influx/web1"].series) == {"cpu.0.usage", "cpu.0.idle"}
    assert set(hub.catalogue.devices["rack"].series) == {"load.one"}
    nameless = await post(hub, b"load one=0.5\n", kind="text/plain", status=422)
    assert nameless["errors"][0]["field"] == "rows.1.device"


@pytest.mark.parametrize(("precision", "stamp"), [("ns", 10**9), ("us", 10**6), ("ms", 1000), ("s", 1), (None, 10**9)])
async def test_a_lines_time_is_of_the_precision_that_was_said(hub: Stand, precision: str | None, stamp: int) -> None:
    params: dict[str, Any] = {} if precision is None else {"precision": precision}
    await post(hub, b"m,device=d v=1 %d" % (1_766_400_000 * stamp), kind="text/plain", **params)
    assert hub.catalogue.devices["influx/d"].series["m.v"].time_us == 1_766_400_000_000_000


async def test_what_was_measured_long_ago_does_not_bring_its_device_online(hub: Stand) -> None:
    await post(hub, {"device": "old", "metric": "m", "value": 1, "time": "2025-01-01T00:00:00Z"})
    device = hub.catalogue.devices["old"]
    assert device.status is not Status.ONLINE
    assert device.series["m"].heard_us == 0
    assert device.series["m"].value == 1


async def test_gzip_is_unpacked_within_bounds(hub: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"content-encoding": "gzip"}
    row = orjson.dumps({"device": "a", "metric": "m", "value": 1})
    assert (await post(hub, gzip.compress(row), headers=headers))["accepted"] == 1
    await post(hub, gzip.compress(row)[:-9], headers=headers, status=422)
    await post(hub, row, headers=headers, status=422)
    await post(hub, row, headers={"content-encoding": "br"}, status=415)
    monkeypatch.setattr(submissions, "MAX_BODY_BYTES", 1000)
    await post(hub, gzip.compress(b" " * 100_000), headers=headers, status=413)
    await post(hub, b" " * 1001, status=413)


async def test_what_is_not_durable_in_time_is_said_and_the_client_may_send_it_again(
    hub: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub.writer is not None
    store = hub.writer._store
    assert isinstance(store, Halting)
    store.full = True
    monkeypatch.setattr(submissions, "DURABLE_S", 0.05)
    row = {"device": "a", "metric": "m", "value": 1, "time": hub.clock.now_us() // 1000}
    found = await post(hub, row, status=503)
    assert found["type"].endswith("not_durable")
    monkeypatch.setattr(submissions, "MOST_WAITING", 1)
    assert (await post(hub, row, status=503))["type"].endswith("too_busy")
    store.full = False
    while hub.writer.waits:  # noqa: ASYNC110 - the writer tries again by itself
        await asyncio.sleep(0.01)
    monkeypatch.undo()
    assert (await post(hub, row))["accepted"] == 1
    await hub.writer.settle()
    key = hub.catalogue.devices["a"].series["m"].key
    assert len((await store.samples(key, Span(0, 2**60), limit=10)).found) == 1


async def test_many_rows_are_taken_in_slices_up_to_a_bound(hub: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "MAX_ROWS", 1000)
    rows = [{"device": "a", "metric": f"m{number % 10}", "value": number} for number in range(1005)]
    before = hub.log.seq
    found = await post(hub, rows)
    assert (found["accepted"], found["rejected"]) == (1000, 5)
    assert hub.log.seq - before == 1000 / submissions.SLICE_ROWS


async def test_without_history_readings_are_taken_and_said_not_to_be_durable() -> None:
    found = await post(Stand(), {"device": "a", "metric": "m", "value": 1})
    assert found["durable"] is False


async def test_the_status_says_how_history_is(hub: Stand) -> None:
    await post(hub, {"device": "a", "metric": "m", "value": 1})
    async with hub.client() as http:
        status = (await http.get("/api/v1/status")).json()
    StatusAnswer.model_validate(status)
    history = status["history"]
    assert (history["pending"], history["unsettled"], history["commits"] >= 1) == (0, 1, True)
    assert history["size_bytes"] > 0
    assert history["last_commit_ms"] is not None
    assert [feed["source"] for feed in status["feeds"] if feed["up"]] == ["store"]
