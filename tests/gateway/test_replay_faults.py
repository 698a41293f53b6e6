"""Time travel that goes wrong: bad commands, limits, a store that fails, clients that leave or take nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from hub.core.errors import StoreError
from hub.gateway import replays
from hub.history.sqlite.store import SqliteStore
from tests.gateway.past import kept, ms, opened, passes, rows, watching
from tests.gateway.served import served
from tests.support.sockets import live, raw

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.gateway.past import Kept


async def test_what_is_asked_in_a_wrong_way_is_refused_and_the_connection_stays(heated: Kept) -> None:
    async with watching(heated) as client:
        for fields, code in (
            ({"seek": ms(heated, 1)}, "no_replay"),
            ({"from": ms(heated, -60)}, "bad_time"),
            ({"from": -1}, "bad_field"),
            ({"from": float("1e300")}, "bad_field"),
            ({"from": "yesterday"}, "bad_field"),
            ({"from": ms(heated, 5), "to": ms(heated, 6)}, "bad_field"),
            ({"from": ms(heated, 5), "seek": ms(heated, 6)}, "bad_field"),
            ({"from": ms(heated, 5), "speed": 0.1}, "bad_field"),
            ({"from": ms(heated, 5), "speed": 101}, "bad_field"),
            ({"from": ms(heated, 5), "colour": 1}, "unknown_field"),
            ({"live": True, "paused": True}, "bad_field"),
            ({"live": False}, "bad_field"),
            ({"to": ms(heated, 5)}, "bad_field"),
            ({}, "bad_field"),
        ):
            await client.send("replay", **fields)
            assert (await client.until("error"))["code"] == code, fields
        await client.send("replay", live=True)
        assert (await client.until("replay"))["live"] is True
        heated.hears("a/pump", {"temperature": 1.25})
        await client.value("a/pump", "temperature", 1.25)


async def test_a_past_that_is_asked_for_in_a_replay_is_refused_and_the_subscription_stays(heated: Kept) -> None:
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 5)}, paused=True)
        await opened(client)
        await client.send("subscribe", id=2, devices=["a/#"], history={"window_ms": 60_000, "points": 10})
        error = await client.until("error")
        assert (error["id"], error["code"], error["field"]) == (2, "replaying", "history")
        assert (await client.until("subscribed"))["id"] == 2


async def test_a_hub_without_history_says_so(heated: Kept) -> None:
    heated.clients.replays = None
    async with watching(heated) as client:
        await client.send("replay", **{"from": ms(heated, 5)})
        assert (await client.until("error"))["code"] == "no_history"


async def test_there_are_only_so_many_replays_at_a_time(heated: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "MOST_REPLAYS", 1)
    async with served(heated) as base, live(base) as first, live(base) as second:
        await first.send("replay", **{"from": ms(heated, 5)})
        await first.until("replay")
        await second.send("replay", **{"from": ms(heated, 5)})
        assert (await second.until("error"))["code"] == "too_many_replays"
        assert heated.meters.counters["replays_refused", ""].n == 1
        await first.send("replay", live=True)
        await first.until(lambda frame: frame.get("live", False))
        await second.send("replay", **{"from": ms(heated, 5)})
        await second.until("replay")


async def test_a_client_that_leaves_leaves_nothing_behind(heated: Kept) -> None:
    async with served(heated) as base:
        async with live(base) as client:
            await client.send("subscribe", id=1, devices=["#"])
            await client.send("replay", **{"from": ms(heated, 9)})
            await client.until("snapshot")
            (session,) = heated.clients.all()
        async with asyncio.timeout(10):
            while len(heated.replays or ()):  # noqa: ASYNC110 - a socket's end is told by a callback
                await asyncio.sleep(0.01)
        session.gone()
        assert session.members == []
        assert session.replay is not None
        session.replay.close()


async def test_commands_without_end_cost_no_more_than_the_last_one(heated: Kept) -> None:
    async with watching(heated) as client:
        for second in range(60):
            await client.send("replay", **{"from": ms(heated, 9.5 - second % 9)}, speed=1 + second, paused=True)
        await client.send("replay", seek=ms(heated, 2.5), speed=7)
        frames = await opened(client)
        while frames[-1]["speed"] != 7:
            await passes(heated, client, 0.3, 0.3)
            frames = client.frames
            frames = [frame for frame in frames if frame["type"] == "replay"]
        assert frames[-1]["now"] == ms(heated, 2.5) - (ms(heated, 0) - ms(heated, 0)) or frames[-1]["now"] > 0
        assert sum(frame["type"] == "subscribed" for frame in client.frames) <= 62


class Broken(SqliteStore):
    """A store that cannot be read as long as somebody says so."""

    broken = False

    async def slice(self, *args: Any, **asked: Any) -> Any:
        if self.broken:
            raise StoreError("the disk is on fire")
        return await super().slice(*args, **asked)


async def test_a_store_that_cannot_be_read_pauses_the_replay_until_it_is_asked_again(tmp_path: Path) -> None:
    store = Broken(tmp_path, fsync=False)
    async with kept(tmp_path, store) as stand:
        stand.hears("a", {"x": 1})
        stand.clock.advance(5)
        await stand.commit()
        store.broken = True
        async with watching(stand) as client:
            await client.send("replay", **{"from": ms(stand, 6)})
            error = await client.until("error")
            assert error["code"] == "history_unavailable"
            assert "the disk is on fire" in error["message"]
            store.broken = False
            stand.clock.advance(1)
            await client.send("replay", paused=False)
            frames = await passes(stand, client, 2)
            assert [value for _, value in rows(frames)] == [1]


async def test_a_client_that_takes_nothing_lets_the_time_of_then_stand(tmp_path: Path) -> None:
    async with kept(tmp_path) as stand:
        text = "x" * 200
        for second in range(100):
            stand.hears("a", {f"m{number}": f"{text}{second}" for number in range(50)})
            stand.clock.advance(1)
        await stand.commit()
        async with served(stand) as base, raw(base, receive_bytes=4096) as deaf:
            deaf.send_text(b'{"type":"hello"}')
            deaf.send_text(b'{"type":"subscribe","id":1,"devices":["#"],"mode":"every","interval_ms":0}')
            deaf.send_text(orjson.dumps({"type": "replay", "from": ms(stand, 100), "speed": 100}))
            async with asyncio.timeout(20):
                while not any(session.stalled for session in stand.clients.all()):
                    stand.clock.advance(0.05)
                    await asyncio.sleep(0.02)
            (session,) = stand.clients.all()
            assert session.replay is not None
            rewound = session.replay._rewound
            assert rewound is not None
            reached = rewound.clock.us
            for _ in range(5):
                stand.clock.advance(1)
                await asyncio.sleep(0.03)
            assert rewound.clock.us - reached <= 1_000_000, "at most the step that was under way"
            assert session._sink.buffered_bytes() < 1_000_000
            seen = b""
            async with asyncio.timeout(30):
                while b"%s99" % text.encode() not in seen:
                    seen = seen[-1000:] + await deaf.reader.read(1 << 20)
                    stand.clock.advance(0.02)
                    await asyncio.sleep(0)
