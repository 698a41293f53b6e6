from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Status
from hub.gateway import cursor
from hub.gateway.answers import DeviceAnswer, DevicesAnswer, LatestAnswer, SeriesAnswer

if TYPE_CHECKING:
    import httpx

    from tests.gateway.stand import Stand


async def get(http: httpx.AsyncClient, path: str, **params: Any) -> dict[str, Any]:
    answer = await http.get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


async def test_devices_come_by_id_with_what_is_known_of_them(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.say("sites/a/pump-1", Status.ONLINE)
    stand.catalogue.devices["sites/a/pump-1"].skew_us = 250_000
    found = await get(http, "/api/v1/devices")
    DevicesAnswer.model_validate(found)
    assert [row["device"] for row in found["devices"]] == ["sites/a/pump-1", "sites/a/pump-2", "sites/b/tank"]
    pump = found["devices"][0]
    assert pump["status"] == "online"
    assert pump["status_reason"] == "data"
    assert pump["place"] == "sites/a"
    assert pump["metrics"] == 3
    assert pump["last_seen"] == "2025-12-23T14:26:40Z"
    assert pump["clock_skew_s"] == 0.25
    assert found["devices"][1]["clock_skew_s"] is None
    assert found["next"] is None


async def test_devices_are_selected_by_filter_status_and_search(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.say("sites/a/pump-2", Status.OFFLINE, "will")
    for params, expected in (
        ({"devices": "sites/a/#"}, ["sites/a/pump-1", "sites/a/pump-2"]),
        ({"devices": ["sites/b/tank", "+/a/pump-1"]}, ["sites/a/pump-1", "sites/b/tank"]),
        ({"status": "offline"}, ["sites/a/pump-2"]),
        ({"status": ["offline", "unknown"], "devices": "sites/a/+"}, ["sites/a/pump-1", "sites/a/pump-2"]),
        ({"q": "temperature>71"}, ["sites/a/pump-1"]),
        ({"q": "pump -status:offline"}, ["sites/a/pump-1"]),
        ({"devices": "nowhere/#"}, []),
    ):
        found = await get(http, "/api/v1/devices", **params)
        assert [row["device"] for row in found["devices"]] == expected, params


async def test_pages_of_devices_join_to_the_whole_list(stand: Stand, http: httpx.AsyncClient) -> None:
    for number in range(25):
        stand.hears(f"hall/{number}/sensor", {"value": number})
    whole = [row["device"] for row in (await get(http, "/api/v1/devices"))["devices"]]
    assert len(whole) == 28
    assert whole == sorted(whole)
    joined: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        page = await get(http, "/api/v1/devices", limit=9, **({"cursor": page["next"]} if page["next"] else {}))
        assert len(page["devices"]) <= 9
        joined += [row["device"] for row in page["devices"]]
    assert joined == whole


async def test_a_device_introduced_between_two_pages_does_not_shift_the_second(
    stand: Stand, http: httpx.AsyncClient
) -> None:
    first = await get(http, "/api/v1/devices", limit=2)
    stand.hears("sites/a/early", {"value": 1})
    second = await get(http, "/api/v1/devices", limit=2, cursor=first["next"])
    assert [row["device"] for row in second["devices"]] == ["sites/b/tank"]


async def test_a_device_is_shown_with_its_series(http: httpx.AsyncClient) -> None:
    found = await get(http, "/api/v1/device", device="sites/a/pump-1")
    DeviceAnswer.model_validate(found)
    assert [row["metric"] for row in found["series"]] == ["mode", "running", "temperature"]
    assert [row["latest"]["value"] for row in found["series"]] == ["auto", True, 71.2]
    assert found["position"] == "k3f9:3"


async def test_an_unknown_device_is_404_and_names_close_ones(http: httpx.AsyncClient) -> None:
    for asked, close in (
        ("sites/a/pump-3", "sites/a/pump-1"),
        ("tank", "sites/b/tank"),
        ("sites/a/PUMP-1", "sites/a/pump-1"),
    ):
        answer = await http.get("/api/v1/device", params={"device": asked})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "/api/docs#unknown_device"
        assert close in problem["detail"]
    answer = await http.get("/api/v1/device", params={"device": "#"})
    assert answer.status_code == 404


async def test_looking_for_close_ids_holds_nobody_up(stand: Stand, http: httpx.AsyncClient) -> None:
    alike = "ab" * 70
    for number in range(500):
        stand.hears(f"hall/{alike}{number}", {"value": number})
    started_s = time.process_time()
    answer = await http.get("/api/v1/device", params={"device": f"hall/{alike}x"})
    assert time.process_time() - started_s < 0.5
    assert f"hall/{alike}" in answer.json()["detail"]


async def test_series_are_searched_by_the_hub(http: httpx.AsyncClient) -> None:
    found = await get(http, "/api/v1/series", q="temperature")
    SeriesAnswer.model_validate(found)
    assert [(row["device"], row["metric"]) for row in found["series"]] == [
        ("sites/a/pump-1", "temperature"),
        ("sites/a/pump-2", "temperature"),
    ]
    found = await get(http, "/api/v1/series", devices="sites/a/#", metrics=["r*", "mode"])
    assert [row["metric"] for row in found["series"]] == ["mode", "running"]


async def test_latest_gives_readings_with_the_position_to_subscribe_from(http: httpx.AsyncClient) -> None:
    found = await get(http, "/api/v1/latest", devices="sites/a/#", metrics="temperature")
    LatestAnswer.model_validate(found)
    assert found["position"] == "k3f9:3"
    assert found["readings"][0] == {
        "device": "sites/a/pump-1",
        "metric": "temperature",
        "value": 71.2,
        "unit": None,
        "time": "2025-12-23T14:26:40Z",
        "received": "2025-12-23T14:26:40Z",
        "quality": "good",
        "datatype": "float",
    }


async def test_latest_is_not_sent_again_while_the_position_stays(stand: Stand, http: httpx.AsyncClient) -> None:
    first = await http.get("/api/v1/latest")
    tag = first.headers["etag"]
    assert tag == 'W/"k3f9:3"'
    again = await http.get("/api/v1/latest", headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == tag
    stand.hears("sites/a/pump-1", {"temperature": 72})
    changed = await http.get("/api/v1/latest", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] == 'W/"k3f9:4"'


async def test_pages_of_latest_readings_cross_devices(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.hears("big", {f"m{number:03}": number for number in range(50)})
    whole = [(row["device"], row["metric"]) for row in (await get(http, "/api/v1/latest"))["readings"]]
    assert len(whole) == 56
    joined: list[tuple[str, str]] = []
    following: str | None = ""
    while following is not None:
        page = await get(http, "/api/v1/latest", limit=7, **({"cursor": following} if following else {}))
        joined += [(row["device"], row["metric"]) for row in page["readings"]]
        following = page["next"]
    assert joined == whole == sorted(whole)


async def test_integers_beyond_2_to_the_53_are_exact_and_times_have_microseconds(
    stand: Stand, http: httpx.AsyncClient
) -> None:
    stand.clock.us += 123_456
    stand.hears("counter", b'{"total": 9007199254740993, "least": -9223372036854775808}')
    answer = await http.get("/api/v1/latest", params={"devices": "counter"})
    assert b'"value":9007199254740993,' in answer.content
    assert b'"value":-9223372036854775808,' in answer.content
    assert b'"received":"2025-12-23T14:26:42.123456Z"' in answer.content


@pytest.mark.parametrize(
    ("path", "params", "field", "words"),
    [
        ("devices", {"limit": 0}, "limit", "greater than or equal to 1"),
        ("devices", {"limit": 10_001}, "limit", "less than or equal to 10000"),
        ("devices", {"limit": "many"}, "limit", "valid integer"),
        ("devices", {"devices": "a/#/b"}, "devices", "number 1: has a # that is not the whole last level"),
        ("devices", {"status": "broken"}, "status", "'online', 'offline' or 'unknown'"),
        ("devices", {"colour": "red"}, "colour", "is not known here; known: devices, status, q, limit, cursor"),
        ("devices", {"cursor": "nonsense"}, "cursor", "is not one this endpoint has given"),
        ("devices", {"q": "tint:red"}, "q", "unknown field tint:"),
        ("devices", {"q": "alarm:high+"}, "q", "status, quality, place, source, model, metric, seen"),
        ("device", {}, "device", "is missing"),
        ("latest", {"metrics": ""}, "metrics", "at least 1 character"),
        ("latest", {"limit": ["1", "2"]}, "limit", "more than once"),
        ("latest", {"devices": ["a"] * 257}, "devices", "at most 256 items"),
        ("status", {"verbose": "1"}, "verbose", "is not known here; known: none"),
    ],
)
async def test_bad_parameters_are_named_with_what_would_be_right(
    http: httpx.AsyncClient, path: str, params: dict[str, Any], field: str, words: str
) -> None:
    answer = await http.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "/api/docs#bad_parameter"
    assert problem["status"] == 422
    assert [error["field"] for error in problem["errors"]] == [field]
    assert words in problem["errors"][0]["message"]


async def test_all_bad_parameters_are_named_at_once(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/latest", params={"limit": "x", "colour": "red", "devices": ""})
    assert {error["field"] for error in answer.json()["errors"]} == {"limit", "colour", "devices"}


async def test_the_loop_runs_while_a_long_answer_is_made(stand: Stand, http: httpx.AsyncClient) -> None:
    for number in range(60):
        stand.hears(f"many/{number}", {f"m{metric}": metric for metric in range(50)})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as group:
        counting = group.create_task(count(), name="count")
        found = await get(http, "/api/v1/latest", limit=3000)
        counting.cancel()
    assert len(found["readings"]) == 3000
    assert turns >= 3000 // 250 - 1


@given(parts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), min_size=1, max_size=3))
def test_a_cursor_gives_back_what_it_was_made_of(parts: list[str]) -> None:
    text = cursor.encode(*parts)
    assert text.isascii()
    assert cursor.decode(text, len(parts)) == tuple(parts)
    assert cursor.decode(text, len(parts) + 1) is None


@given(text=st.text(max_size=100))
def test_no_text_breaks_the_reading_of_cursors(text: str) -> None:
    found = cursor.decode(text, 2)
    assert found is None or len(found) == 2
