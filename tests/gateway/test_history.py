"""``GET /api/v1/history``: windows of one series' past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.batch import Batch
from hub.core.errors import StoreError
from hub.gateway.history_answers import HistoryAnswer
from hub.gateway.moments import moment_us
from hub.history.sqlite.store import SqliteStore
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx


NOW_US = 1_766_500_000_000_000


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Stand]:
    """A stand that keeps history, with an hour of a pump."""
    store, stand = SqliteStore(tmp_path, fsync=False), Stand()
    stand.keep(store, await store.open())
    for second in range(3600):
        stand.hears("site/pump", {"temperature": {"value": 20 + second % 60, "unit": "°C"}, "running": second < 1800})
        stand.clock.advance(1)
        if second == 3000:
            await commit(stand)
            assert stand.writer is not None
            await stand.writer.settle()
    await commit(stand)
    yield stand
    await store.close(now_us=0)


async def commit(stand: Stand) -> None:
    assert stand.writer is not None
    while stand.writer.waits:
        await stand.writer.commit()


async def get(hub: Stand, status: int = 200, **params: Any) -> Any:
    async with hub.client() as http:
        answer: httpx.Response = await http.get("/api/v1/history", params={"device": "site/pump", **params})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_an_hour_comes_in_exact_buckets_up_to_a_position(hub: Stand) -> None:
    found = await get(hub, metric="temperature", start="-1h", points=60)
    HistoryAnswer.model_validate(found)
    assert found["position"] == f"{hub.log.epoch}:{hub.log.seq}"
    assert found["resolution"]["width_ms"] >= 60_000
    assert sum(found["count"]) == 3600
    assert {len(found[name]) for name in ("time", "min", "max", "mean", "last", "count")} == {len(found["time"])}
    assert (min(found["min"]), max(found["max"])) == (20, 79)


async def test_few_readings_come_as_they_are_and_pages_follow_one_another(hub: Stand) -> None:
    found = await get(hub, metric="temperature", start="-20s")
    assert (found["resolution"]["width_ms"], len(found["time"]), set(found["count"])) == (0, 20, {1})
    assert found["previous"]["value"] == 79 - 20
    values: list[float] = []
    following = None
    while True:
        page = await get(
            hub,
            metric="temperature",
            start="-100s",
            aggregate="raw",
            points=30,
            **({"cursor": following} if following else {}),
        )
        values += page["value"]
        following = page["next"]
        if following is None:
            break
    assert values == [20 + second % 60 for second in range(3500, 3600)]


async def test_of_what_is_no_number_its_changes_are_told(hub: Stand) -> None:
    found = await get(hub, metric="running", start="-2h")
    HistoryAnswer.model_validate(found)
    assert (found["aggregate"], found["value"]) == ("states", [True, False])
    assert found["previous"] is None


async def test_values_come_in_the_units_that_were_asked_for(hub: Stand) -> None:
    found = await get(hub, metric="temperature", start="-1h", points=10, units="imperial")
    assert (found["unit"], found["datatype"]) == ("°F", "float")
    assert (min(found["min"]), max(found["max"])) == (68.0, 174.2)
    assert found["previous"] is None or found["previous"]["value"] > 60


async def test_only_one_column_where_only_one_is_asked_for(hub: Stand) -> None:
    found = await get(hub, metric="temperature", start="-1h", points=10, aggregate="mean")
    assert found["aggregate"] == "mean"
    assert "min" not in found or found["min"] is None
    assert found["mean"]


async def test_a_series_that_was_forgotten_still_has_its_past(hub: Stand) -> None:
    series = hub.catalogue.devices["site/pump"].series["temperature"]
    hub.publish(Batch(hub.clock.now_us(), removed_series=[series]))
    hub.catalogue.forget_series(series)
    await commit(hub)
    found = await get(hub, metric="temperature", start="-1h", points=10)
    assert sum(found["count"]) == 3600


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"start": "yesterday"}, "start"),
        ({"end": "2026-13-01T00:00:00Z"}, "end"),
        ({"start": "-1h", "end": "-2h"}, "end"),
        ({"points": "0"}, "points"),
        ({"points": "10001"}, "points"),
        ({"aggregate": "median"}, "aggregate"),
        ({"cursor": "?"}, "cursor"),
        ({"units": "metric2"}, "units"),
        ({"start": "9" * 60}, "start"),
    ],
)
async def test_what_is_wrong_is_named(hub: Stand, params: dict[str, str], field: str) -> None:
    found = await get(hub, 422, metric="temperature", **params)
    assert [error["field"] for error in found["errors"]] == [field]


async def test_an_unknown_device_or_metric_is_said_with_what_is_there(hub: Stand) -> None:
    assert (await get(hub, 404, metric="pressure"))["type"].endswith("#unknown_metric")
    assert (await get(hub, 404, device="site/pumb", metric="x"))["type"].endswith("#unknown_device")


async def test_a_hub_without_history_says_which_setting_makes_it_so(stand: Stand) -> None:
    found = await get(stand, 404, device="sites/a/pump-1", metric="temperature")
    assert "history.url" in found["detail"]


async def test_a_store_that_cannot_be_read_says_when_to_come_again(hub: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise StoreError("disk I/O error")

    assert hub.writer is not None
    monkeypatch.setattr(hub.writer._store, "count", fails)
    async with hub.client() as http:
        answer = await http.get("/api/v1/history", params={"device": "site/pump", "metric": "temperature"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "disk I/O error" in answer.json()["detail"]


MOMENTS = {
    "now": NOW_US,
    "-15m": NOW_US - 900_000_000,
    "-1.5h": NOW_US - 5_400_000_000,
    "+1s": NOW_US + 1_000_000,
    "1766500000": NOW_US,
    "1766500000000": NOW_US,
    "1766500000.25": NOW_US + 250_000,
    "2025-12-23T14:26:40Z": NOW_US,
    "2025-12-23T15:26:40.000001+01:00": NOW_US + 1,
    "2025-12-23T15:26:40 01:00": NOW_US,
    "2025-12-23": NOW_US // 86_400_000_000 * 86_400_000_000,
}


@pytest.mark.parametrize("text", MOMENTS)
def test_times_are_read_as_people_and_programs_write_them(text: str) -> None:
    assert moment_us(text, NOW_US) == MOMENTS[text]


@pytest.mark.parametrize("text", ["", "x", "-", "-1", "-1q", "9" * 40, "1e9", "2026-02-30", "-9999999d", "nan", "٣"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert moment_us(text, NOW_US) is None


@given(st.text(max_size=40))
def test_no_text_makes_reading_a_time_fail(text: str) -> None:
    found = moment_us(text, NOW_US)
    assert found is None or found >= 0


async def test_readings_of_one_time_are_given_once_each_however_the_pages_fall(hub: Stand) -> None:
    for second in range(12):
        hub.hears("site/twin", {"n": second, "time": NOW_US // 1_000_000 + second // 5})
        hub.clock.advance(1)
    await commit(hub)
    found: list[int] = []
    following: dict[str, Any] = {}
    span: dict[str, Any] = {"start": str(NOW_US // 1_000_000), "end": "now"}
    while True:
        page = await get(hub, device="site/twin", metric="n", aggregate="raw", points=2, **span, **following)
        found += page["value"]
        if page["next"] is None:
            break
        following = {"cursor": page["next"]}
    assert found == list(range(12))
    elsewhere = await get(hub, 422, device="site/twin", metric="n", aggregate="raw", start="-1s", **following)
    assert elsewhere["errors"][0]["field"] == "cursor"
