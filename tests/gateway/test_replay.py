"""Time travel over the live protocol: the hub as it was, at any pace, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.model import Status
from hub.gateway.replay_tape import PAGE_ROWS
from tests.gateway.past import kept, ms, opened, passes, rows, watching

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.past import Kept


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["type"] for frame in frames if frame["type"] != "pong"]


async def test_a_moment_is_shown_as_it_was(heated: Kept) -> None:
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 7.5)}, paused=True)
        frames = await opened(client)
        assert [kind for kind in kinds(frames) if kind != "replay"] == [
            "subscribed", "devices", "series", "status", "snapshot",
        ]  # fmt: skip
        (devices,) = [frame for frame in frames if frame["type"] == "devices"]
        assert [row[0] for row in devices["add"]] == ["a/pump"], "the tank had not come yet"
        assert rows(frames, "snapshot") == [(ms(heated, 8), 22)]
        state = frames[-1]
        assert (state["from"], state["to"], state["now"]) == (ms(heated, 7.5), None, ms(heated, 7.5))
        assert (state["paused"], state["ended"], state["speed"]) == (True, None, 1)


async def test_time_goes_on_at_the_speed_that_was_asked_for_and_what_comes_later_is_introduced(heated: Kept) -> None:
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 7.5)}, speed=2)
        await opened(client)
        first = await passes(heated, client, 1)
        assert [value for _, value in rows(first)] == [23, 24]
        second = await passes(heated, client, 1)
        assert [value for _, value in rows(second)] == [25, 5, 26, 6]
        assert kinds(second).index("devices") < kinds(second).index("series")
        assert [row[0] for frame in second if frame["type"] == "devices" for row in frame["add"]] == ["b/tank"]


async def test_pausing_lets_the_time_stand_and_speed_changes_from_there(heated: Kept) -> None:
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 9.5)})
        await opened(client)
        await passes(heated, client, 1)
        await client.send("replay", paused=True)
        still = await passes(heated, client, 3)
        assert rows(still) == []
        await client.send("replay", paused=False, speed=3)
        await client.until(lambda frame: frame["type"] == "replay" and frame["speed"] == 3)
        assert [value for _, value in rows(await passes(heated, client, 1))] == [22, 23, 24]


async def test_seeking_shows_another_moment_whole(heated: Kept) -> None:
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 1.5)}, paused=True)
        frames = await opened(client)
        first = next(frame["channel"] for frame in frames if frame["type"] == "subscribed")
        await client.send("replay", seek=ms(heated, 8.5))
        frames = await opened(client)
        assert rows(frames, "snapshot") == [(ms(heated, 9), 21)]
        assert next(frame["channel"] for frame in frames if frame["type"] == "subscribed") != first


async def test_it_ends_where_it_was_asked_to(heated: Kept) -> None:
    async with watching(heated) as client:
        start, to = ms(heated, 9.5), ms(heated, 7)
        await client.send("replay", **{"from": start}, to=to, speed=10)
        await opened(client)
        frames = await passes(heated, client, 1)
        assert [value for _, value in rows(frames)] == [21, 22], "the reading at the end itself is not part of it"
        state = [frame for frame in frames if frame["type"] == "replay"][-1]
        assert (state["ended"], state["now"]) == ("to", pytest.approx(to, abs=1))
        assert rows(await passes(heated, client, 1)) == []


async def test_it_ends_at_the_present_and_goes_on_live_when_asked(heated: Kept) -> None:
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 2.5)}, speed=100)
        await opened(client)
        frames = await passes(heated, client, 1)
        assert [frame["ended"] for frame in frames if frame["type"] == "replay"][-1] == "now"
        heated.hears("a/pump", {"temperature": 99})
        assert rows(await passes(heated, client, 1)) == [], "the present is not part of a replay that has ended"
        await client.send("replay", live=True)
        assert await client.until("replay") == {"type": "replay", "live": True}
        snapshot = await client.until("snapshot")
        assert 99 in [row[2] for row in snapshot["rows"]]
        heated.hears("a/pump", {"temperature": 100})
        await client.value("a/pump", "temperature", 100)


async def test_nothing_of_the_present_reaches_a_connection_that_is_shown_the_past(heated: Kept) -> None:
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 9.5)}, paused=True)
        await opened(client)
        heated.hears("a/pump", {"temperature": 77})
        heated.hears("new/device", {"level": 1})
        heated.say("a/pump", Status.OFFLINE, "will")
        assert kinds(await passes(heated, client, 1)) == []


async def test_statuses_change_as_they_did(tmp_path: Path) -> None:
    async with kept(tmp_path) as stand:
        stand.hears("a", {"x": 1})
        stand.say("a", Status.ONLINE)
        stand.clock.advance(10)
        stand.say("a", Status.OFFLINE, "will")
        stand.clock.advance(10)
        await stand.commit(settle=False)
        async with watching(stand) as client:
            await client.send("replay", **{"from": ms(stand, 12)}, speed=1)
            frames = await opened(client)
            assert [frame["rows"][0][1] for frame in frames if frame["type"] == "status"] == ["online"]
            frames = await passes(stand, client, 3)
            told = [frame["rows"][0] for frame in frames if frame["type"] == "status"]
            assert told == [["a", "offline", ms(stand, 13), "will"]]


async def test_silence_is_told_as_it_was(tmp_path: Path) -> None:
    async with kept(tmp_path) as stand:
        stand.hears("a", {"x": 1.5})
        series = stand.catalogue.devices["a"].series["x"]
        series.expiry_us = 5_000_000
        stand.clock.advance(20)
        stand.hears("a", {"x": 2.5})
        stand.clock.advance(20)
        await stand.commit()
        async with watching(stand) as client:
            await client.send("replay", **{"from": ms(stand, 38)}, speed=10)
            frames = await opened(client)
            assert all(len(row) == 3 for frame in frames if frame["type"] == "snapshot" for row in frame["rows"])
            frames = await passes(stand, client, 2.2)
            told = [frame["rows"][0] for frame in frames if frame["type"] == "quality"]
            begun = ms(stand, 42.2)
            assert told[0] == [series.key, "stale", begun + 5_000]
            assert rows(frames) == [(begun + 20_000, 2.5)]
            await client.send("replay", seek=ms(stand, 30))
            frames = await opened(client)
            (snapshot,) = [frame for frame in frames if frame["type"] == "snapshot"]
            assert snapshot["rows"][0][3] == "stale"


async def test_a_subscription_that_begins_in_the_past_shows_it(heated: Kept) -> None:
    async with watching(heated, "a/#") as client:
        await client.send("replay", **{"from": ms(heated, 3.5)}, paused=True)
        await opened(client)
        await client.send("subscribe", id="tanks", devices=["b/#"], mode="every", interval_ms=0)
        answer = await client.until("subscribed")
        assert answer["id"] == "tanks"
        snapshot = await client.until("snapshot")
        assert [row[2] for row in snapshot["rows"]] == [6]
        await client.send("unsubscribe", id=1)
        await client.send("replay", paused=False)
        assert [value for _, value in rows(await passes(heated, client, 2))] == [7, 8]


_VALUE = st.one_of(
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-1e9, 1e9, width=32).map(lambda number: number + 0.0),
    st.text('aä"', max_size=3),
)
_MOMENTS = st.integers(0, 40)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.tuples(_MOMENTS, st.integers(0, 2), _VALUE), max_size=60),
    window=st.tuples(_MOMENTS, _MOMENTS).filter(lambda pair: pair[0] < pair[1]),
    settled=st.booleans(),
)
async def test_the_replay_of_a_window_is_exactly_its_readings_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    said: list[tuple[int, int, Any]],
    window: tuple[int, int],
    settled: bool,  # noqa: FBT001 - drawn
) -> None:
    async with kept(tmp_path_factory.mktemp("replay")) as stand:
        start = stand.clock.now_us()
        for moment, device, value in sorted(said, key=lambda one: one[0]):
            stand.clock.advance(max(0.0, (start - stand.clock.now_us()) / 1e6 + moment))
            stand.hears(f"d{device}", {"x": value})
        stand.clock.advance((start - stand.clock.now_us()) / 1e6 + 41)
        await stand.commit(settle=settled)
        kept_once = {
            (at_us // 1000, stand.catalogue.series[key].device.id, type(value), value)
            for batch in stand.log.since(0)
            for key, at_us, value, _, _, _ in batch.readings
        }
        wanted = [row for row in kept_once if window[0] <= (row[0] - start // 1000) / 1000 < window[1]]
        async with watching(stand, mode="every") as client:
            seen = len(client.frames)
            begin, end = (start // 1000 + second * 1000 for second in window)
            await client.send("replay", **{"from": begin}, to=end, speed=100)
            while not any(frame.get("ended") for frame in client.frames[seen:]):
                await passes(stand, client, 0.3, 0.3)
            names = {key: name[0] for key, name in client.series.items()}
            told = [
                (row[1] + frame["base"], names[row[0]], type(row[2]), row[2])
                for frame in client.frames[seen:]
                if frame["type"] == "data"
                for row in frame["rows"]
            ]
        assert [row[0] for row in told] == sorted(row[0] for row in told)
        assert len(told) == len(set(told))
        assert sorted(map(repr, told)) == sorted(map(repr, wanted))


async def test_many_readings_of_one_time_come_once_and_whole(tmp_path: Path) -> None:
    async with kept(tmp_path) as stand:
        count = PAGE_ROWS + 1_500
        for device in range(count // 500):
            stand.hears(f"d{device}", {f"m{number}": number for number in range(500)})
        stand.clock.advance(10)
        await stand.commit()
        async with watching(stand, mode="every") as client:
            await client.send("replay", **{"from": ms(stand, 11)}, to=ms(stand, 9), speed=10)
            await opened(client)
            frames = await passes(stand, client, 1)
            assert len(rows(frames)) == count
