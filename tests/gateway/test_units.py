"""Values in the units that somebody asks for: over HTTP, on the live protocol, on the events stream, alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hub.gateway.answers import DeviceAnswer, LatestAnswer, SeriesAnswer
from hub.gateway.protocol import CLIENT_MESSAGE, Subscribe
from tests.gateway.test_sse import events
from tests.support.sockets import live

if TYPE_CHECKING:
    import httpx

    from tests.gateway.stand import Stand


@pytest.fixture(autouse=True)
async def _boiler(stand: Stand) -> None:
    stand.hears(
        "plant/boiler",
        {
            "flow": {"value": 60, "unit": "C"},
            "pressure": {"value": 1500, "unit": "hPa"},
            "way": {"value": 5, "unit": "km"},
            "noise": {"value": 3, "unit": "sone"},
            "burner": True,
            "mode": "eco",
        },
    )


async def get(http: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await http.get(f"/api/v1/{path}", params={"devices": "plant/#", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


AS_SENT = {
    "flow": (60, "°C", "integer"),
    "pressure": (1500, "hPa", "integer"),
    "way": (5, "km", "integer"),
    "noise": (3, "sone", "integer"),
    "burner": (True, None, "boolean"),
    "mode": ("eco", None, "string"),
}
IMPERIAL = AS_SENT | {
    "flow": (140.0, "°F", "float"),
    "pressure": (44.295, "inHg", "float"),
    "way": (3.10686, "mi", "float"),
}
SI = AS_SENT | {
    "flow": (333.15, "K", "float"),
    "pressure": (150000.0, "Pa", "float"),
    "way": (5000.0, "m", "float"),
}
ASKED = [(None, AS_SENT), ("imperial", IMPERIAL), ("SI", SI), ("metric", AS_SENT)]


@pytest.mark.parametrize(("units", "expected"), ASKED)
async def test_every_answer_with_values_has_them_in_the_units_asked_for(
    http: httpx.AsyncClient, units: str | None, expected: dict[str, tuple[Any, ...]]
) -> None:
    asked = {} if units is None else {"units": units}
    latest = await get(http, "latest", **asked)
    LatestAnswer.model_validate(latest)
    assert {row["metric"]: (row["value"], row["unit"], row["datatype"]) for row in latest["readings"]} == expected
    series = await get(http, "series", **asked)
    SeriesAnswer.model_validate(series)
    shown = {row["metric"]: (row["latest"]["value"], row["unit"], row["datatype"]) for row in series["series"]}
    assert shown == expected
    assert {row["metric"]: row["kind"] for row in series["series"]}["flow"] == "temperature"
    answer = await http.get("/api/v1/device", params={"device": "plant/boiler", **asked})
    DeviceAnswer.model_validate(answer.json())
    shown = {row["metric"]: (row["latest"]["value"], row["unit"], row["datatype"]) for row in answer.json()["series"]}
    assert shown == expected


async def test_prometheus_may_scrape_in_base_units(http: httpx.AsyncClient) -> None:
    answer = await http.get("/metrics/readings", params={"devices": "plant/#", "units": "SI"})
    assert 'hub_reading{device="plant/boiler",metric="flow",unit="K"} 333.15\n' in answer.text
    assert 'hub_reading{device="plant/boiler",metric="noise",unit="sone"} 3\n' in answer.text
    assert 'hub_reading{device="plant/boiler",metric="burner"} 1\n' in answer.text


@pytest.mark.parametrize("path", ["latest", "series", "events"])
async def test_another_system_is_a_problem_that_names_those_there_are(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/api/v1/{path}", params={"units": "imperail"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error == {"field": "units", "message": "Input should be 'SI', 'metric' or 'imperial'"}


async def test_an_endpoint_without_values_takes_no_units(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/devices", params={"units": "SI"})
    assert answer.status_code == 422


def told(series: dict[str, Any], rows: list[list[Any]]) -> dict[str, tuple[Any, ...]]:
    """What a client knows of its series: value, unit, type."""
    facts = {row[0]: (row[2], row[3], row[4]) for row in series["add"]}
    return {facts[row[0]][0]: (row[2], *facts[row[0]][1:]) for row in rows}


@pytest.mark.parametrize(("units", "expected"), ASKED)
async def test_a_subscription_tells_series_and_values_in_the_units_asked_for(
    stand: Stand, base: str, units: str | None, expected: dict[str, tuple[Any, ...]]
) -> None:
    async with live(base) as client:
        asked = {} if units is None else {"units": units}
        await client.send("subscribe", id=1, devices=["plant/#"], interval_ms=0, **asked)
        series = await client.until("series")
        snapshot = await client.until("snapshot")
        assert told(series, snapshot["rows"]) == expected
        stand.clock.advance(1)
        stand.hears("plant/boiler", {"flow": {"value": 100, "unit": "C"}})
        data = await client.until("data")
        ((_, _, value),) = data["rows"]
        assert value == {"imperial": 212.0, "SI": 373.15}.get(units or "", 100)


async def test_two_subscriptions_of_a_connection_may_have_two_units(stand: Stand, base: str) -> None:
    async with live(base) as client:
        channels = {}
        for number, units in enumerate(("imperial", "SI")):
            await client.send("subscribe", id=number, devices=["plant/#"], metrics=["flow"], units=units, interval_ms=0)
            channels[(await client.until("subscribed"))["channel"]] = units
            await client.until("snapshot")
        assert len(channels) == 2
        stand.clock.advance(1)
        stand.hears("plant/boiler", {"flow": {"value": 0, "unit": "C"}})
        heard: dict[str, float] = {}
        while len(heard) < 2:
            data = await client.until("data")
            heard[channels[data["channel"]]] = data["rows"][0][2]
        assert heard == {"imperial": 32.0, "SI": 273.15}


async def test_a_client_may_take_latest_and_then_subscribe_since_in_the_same_units(
    stand: Stand, base: str, http: httpx.AsyncClient
) -> None:
    latest = await get(http, "latest", units="imperial", metrics="flow")
    stand.clock.advance(1)
    stand.hears("plant/boiler", {"flow": {"value": 10, "unit": "C"}})
    async with live(base) as client:
        asked = {"devices": ["plant/#"], "metrics": ["flow"], "units": "imperial", "since": latest["position"]}
        await client.send("subscribe", id=1, **asked)
        assert (await client.until("subscribed"))["resumed"] is True
        page = await client.until("snapshot")
        assert [row[2] for row in page["rows"]] == [50.0]


async def test_units_that_do_not_exist_are_an_error_and_the_connection_stays(base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id=1, devices=["#"], units="cgs")
        error = await client.until("error")
        assert (error["id"], error["field"]) == (1, "units")
        assert "'SI', 'metric' or 'imperial'" in error["message"]
        await client.send("ping", n=1)
        await client.until("pong")


async def test_the_events_stream_tells_the_same(base: str) -> None:
    async with events(base, devices="plant/#", units="imperial") as stream:
        frames = dict(await stream.until("snapshot"))
        assert told(frames["series"], frames["snapshot"]["rows"]) == IMPERIAL


def test_units_are_part_of_what_a_channel_is() -> None:
    asked = {"type": "subscribe", "id": 1, "devices": ["#"]}
    keys = set()
    for units in (None, "SI", "imperial", "metric"):
        message = CLIENT_MESSAGE.validate_python(asked | {"units": units})
        assert isinstance(message, Subscribe)
        keys.add(message.key())
    assert len(keys) == 4
