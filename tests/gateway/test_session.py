"""Sessions under stress, over real sockets: floods, deaf peers, impatient clients, an end in the midst of it."""

from __future__ import annotations

import asyncio

import orjson
import pytest
import websockets
from websockets.frames import Frame, Opcode

from hub.gateway.clients import HEARTBEAT_S
from hub.gateway.deps import AuthMode, GatewayOptions
from hub.gateway.protocol import BUFFER_HIGH_BYTES
from hub.gateway.tokens import new_token
from tests.gateway.served import served
from tests.gateway.stand import Stand
from tests.support.sockets import live, raw


async def test_a_flood_is_slowed_down_and_nothing_of_it_is_lost(stand: Stand, base: str) -> None:
    async with live(base) as client:
        for number in range(500):
            await client.send("ping", n=number)
        heard: list[int] = []
        while len(heard) < 500:
            frame = await client.next()
            if frame["type"] == "pong":
                heard.append(frame["n"])
            else:
                assert (frame["type"], frame["code"]) == ("error", "rate_limited")
                stand.clock.advance(2)
                stand.clients.sweep()
        assert heard == list(range(500))


async def test_a_peer_that_asks_and_never_listens_fills_no_more_than_its_buffer(stand: Stand, base: str) -> None:
    question = Frame(Opcode.TEXT, orjson.dumps({"type": "subscribe", "id": "x" * 60, "devices": ["#"]}))
    async with raw(base, receive_bytes=4096) as deaf:
        deaf.send_text(b'{"type":"hello"}')
        asked = question.serialize(mask=True) * 50
        async with asyncio.timeout(30):
            while not any(session.held & 4 for session in stand.clients.all()):
                deaf.send(asked)
                stand.clock.advance(2)
                stand.clients.sweep()
                await asyncio.sleep(0)
        (session,) = stand.clients.all()
        for _ in range(20):
            deaf.send(asked)
            stand.clock.advance(2)
            stand.clients.sweep()
            await asyncio.sleep(0)
        assert session._sink.buffered_bytes() < 2 * BUFFER_HIGH_BYTES
        for _ in range(4):
            stand.clock.advance(20)
            for _ in range(HEARTBEAT_S):
                stand.clients.sweep()
        assert session.closed


async def test_what_comes_while_a_token_is_looked_at_is_answered_after_the_welcome() -> None:
    token, digest = new_token()
    stand = Stand(GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(digest,)))
    async with served(stand) as address, live(address, hello=False) as client:
        await client.send("hello", token=token)
        await client.send("subscribe", id=1, devices=["#"])
        await client.until("welcome")
        await client.until("subscribed")
        await client.until("snapshot")


async def test_who_comes_while_the_hub_stops_is_sent_away_to_come_back(stand: Stand, base: str) -> None:
    stand.clients.stop()
    async with live(base, hello=False) as client:
        bye = await client.until("bye")
        assert (bye["code"], bye["reconnect"]) == (3001, True)
        with pytest.raises(websockets.ConnectionClosed):
            await client.next()


async def test_a_mistake_names_the_request_it_is_about(base: str) -> None:
    async with live(base) as client:
        await client.send("subscribe", id="mine", devices=["a"], interval_ms=-1)
        assert (await client.until("error"))["id"] == "mine"
        await client.send("subscribe", id={"no": "id"}, devices=["a"])
        assert "id" not in await client.until("error")


async def test_sessions_that_come_and_go_share_the_heartbeats_evenly(stand: Stand, base: str) -> None:
    async with live(base), live(base), live(base), live(base):
        slots = {session.slot for session in stand.clients.all()}
        assert len(slots) == 4
    async with live(base), live(base):
        for _ in range(3):
            async with live(base):
                assert max(len(slot) for slot in stand.clients._slots) == 1


async def test_a_client_of_several_subscriptions_is_told_once_that_it_has_caught_up(stand: Stand, base: str) -> None:
    async with live(base) as client:
        for number, devices in enumerate((["#"], ["sites/#"], ["sites/b/#"])):
            await client.send("subscribe", id=number, devices=devices, interval_ms=0)
            await client.until("snapshot")
        (session,) = stand.clients.all()
        session.pause_writing()
        for level in range(10):
            stand.hears("sites/b/tank", {"level": level})
        session.resume_writing()
        await client.send("ping", n=1)
        await client.until(lambda frame: frame["type"] == "lag" and not frame["behind"])
        stand.hears("sites/b/tank", {"level": 99})
        await client.value("sites/b/tank", "level", 99)
        lags = [(frame["behind"], frame["conflated"]) for frame in client.frames if frame["type"] == "lag"]
        assert lags == [(True, 0), (False, 30)]
