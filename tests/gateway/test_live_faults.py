"""Clients that break rules, take nothing, flood, stay silent or go away; limits, tokens, compression, stopping."""

from __future__ import annotations

import asyncio
import gc

import pytest
import websockets
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode

from hub.gateway.clients import HEARTBEAT_S
from hub.gateway.connection import Connection
from hub.gateway.deps import AuthMode, GatewayOptions
from hub.gateway.tokens import new_token
from hub.gateway.websocket import agrees_to_deflate
from tests.gateway.served import people, served
from tests.gateway.stand import Stand
from tests.support.sockets import live, raw


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (WireFrame(Opcode.TEXT, b"{nope").serialize(mask=True), 1007),
        (WireFrame(Opcode.TEXT, b'"\xff"').serialize(mask=True), 1007),
        (WireFrame(Opcode.TEXT, b" " * 65_537).serialize(mask=True), 1009),
        (WireFrame(Opcode.BINARY, b"{}").serialize(mask=True), 1003),
        (WireFrame(Opcode.TEXT, b"{}").serialize(mask=False), 1002),
        (WireFrame(Opcode.TEXT, b'{"type":"ping","n":1}').serialize(mask=True), 3501),
        (WireFrame(Opcode.TEXT, b'{"type":"what"}').serialize(mask=True), 3501),
        (b"\xff\xff\xff\xff", 1002),
    ],
)
async def test_what_cannot_be_a_conversation_is_closed_with_its_code(
    stand: Stand, base: str, data: bytes, code: int
) -> None:
    async with raw(base) as client:
        client.send(data)
        assert await client.closed_with() == code
    assert await people(stand, 0)


async def test_a_flood_is_answered_once_and_reading_pauses_until_it_is_over(stand: Stand, base: str) -> None:
    async with live(base) as client:
        for number in range(400):
            await client.send("ping", n=number)
        error = await client.until("error")
        assert error["code"] == "rate_limited"
        stand.clock.advance(10)
        stand.clients.sweep()
        await client.send("ping", n="later")
        await client.until(lambda frame: frame.get("n") == "later")
        assert sum(frame["type"] == "error" for frame in client.frames) <= 2


async def test_no_hello_within_ten_seconds_closes(stand: Stand, base: str) -> None:
    async with live(base, hello=False) as client:
        assert await people(stand, 1)
        stand.clock.advance(10.5)
        stand.clients.sweep()
        bye = await client.until("bye")
        assert (bye["code"], bye["reconnect"]) == (3010, True)
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await client.next()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 3010


async def test_heartbeats_come_and_a_peer_that_answers_nothing_is_closed(stand: Stand, base: str) -> None:
    async with raw(base) as silent, live(base) as client:
        silent.send_text(b'{"type":"hello"}')
        for _ in range(HEARTBEAT_S):
            stand.clients.sweep()
        assert (await client.until("heartbeat"))["now"] == stand.clock.now_us() // 1000
        stand.clock.advance(51)
        await client.send("ping", n=1)
        await client.until("pong")
        for _ in range(HEARTBEAT_S):
            stand.clients.sweep()
        assert await silent.closed_with() == 3012
        await client.send("ping", n=2)
        await client.until(lambda frame: frame.get("n") == 2)


async def test_a_peer_that_takes_nothing_is_behind_then_closed_and_nobody_else_notices(stand: Stand, base: str) -> None:
    text = {f"t{number}": "x" * 4000 for number in range(8)}
    async with raw(base, receive_bytes=4096) as stalled, live(base) as client:
        for each in (stalled.send_text,):
            each(b'{"type":"hello"}')
            each(b'{"type":"subscribe","id":1,"devices":["#"],"interval_ms":0}')
        await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
        await client.until("snapshot")
        number = 0
        async with asyncio.timeout(30):
            while not stand.clients.lagging:
                number += 1
                stand.hears("big", {**text, "number": number})
                await client.value("big", "number", number)
        stand.hears("big", {**text, "number": -1})
        await client.value("big", "number", -1)
        for _ in range(5):
            stand.clock.advance(20)
            await client.send("ping", n=number)
            await client.until("pong")
            for _ in range(HEARTBEAT_S):
                for session in stand.clients.all():
                    session.heard_s = stand.clock.steady_s()
                stand.clients.sweep()
        assert await people(stand, 1)
        await client.send("ping", n=0)
        await client.until("pong")
        assert not any(frame["type"] == "lag" for frame in client.frames)


async def test_a_client_that_was_slow_gets_the_newest_and_is_told_how_much_was_merged(stand: Stand, base: str) -> None:
    text = {f"t{number}": "x" * 4000 for number in range(8)}
    async with live(base) as fast, live(base, max_queue=1) as slow:
        for client in (fast, slow):
            await client.send("subscribe", id=1, devices=["#"], interval_ms=0)
            await client.until("snapshot")
        number = 0
        async with asyncio.timeout(30):
            while not stand.clients.lagging:
                number += 1
                stand.hears("big", {**text, "number": number})
                await fast.value("big", "number", number)
        for _ in range(50):
            number += 1
            stand.hears("big", {**text, "number": number})
        await slow.value("big", "number", number)
        over = await slow.until(lambda frame: frame["type"] == "lag" and not frame["behind"])
        assert over["conflated"] > 100
        assert next(frame for frame in slow.frames if frame["type"] == "lag")["behind"] is True


async def test_stopping_sends_everybody_away_to_come_back(stand: Stand) -> None:
    async with served(stand) as address, live(address) as client:
        stand.clients.stop()
        bye = await client.until("bye")
        assert (bye["code"], bye["reconnect"]) == (3001, True)
        assert bye["after_ms"][0] < bye["after_ms"][1]


async def test_a_hub_that_is_full_says_so_and_lets_nobody_in(stand: Stand, base: str) -> None:
    object.__setattr__(stand.clients.greeting, "max_clients", 1)
    async with live(base):
        async with live(base, hello=False) as client:
            bye = await client.until("bye")
            assert (bye["code"], bye["reconnect"]) == (3510, False)
        assert stand.clients.clients == 1


async def test_a_token_lets_in_a_wrong_one_does_not_and_none_is_told_so() -> None:
    token, digest = new_token()
    stand = Stand(GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(digest,)))
    async with served(stand) as address:
        async with live(address, hello=False) as client:
            await client.send("hello", token=token)
            await client.send("subscribe", id=1, devices=["#"])
            welcome = await client.next()
            assert (welcome["type"], welcome["role"]) == ("welcome", "admin")
        for hello in ({"token": "hub_wrong"}, {}):
            async with live(address, hello=False) as client:
                await client.send("hello", **hello)
                bye = await client.until("bye")
                assert (bye["code"], bye["reconnect"]) == (3500, False)


async def test_compression_is_agreed_where_it_is_on_and_inflates_to_the_same() -> None:
    stand = Stand(GatewayOptions(compress=True))
    for number in range(200):
        stand.hears(f"d/{number}", {"value": number})
    async with served(stand) as address, live(address, compression="deflate") as client:
        assert "permessage-deflate" in client.socket.response.headers["Sec-WebSocket-Extensions"]  # type: ignore[union-attr]
        await client.send("subscribe", id=1, devices=["#"])
        page = await client.until("snapshot")
        assert len(page["rows"]) == 200


@pytest.mark.parametrize(
    ("offers", "agreed"),
    [
        ([], False),
        (["permessage-deflate"], True),
        (["permessage-deflate; client_max_window_bits"], True),
        (["permessage-deflate; server_max_window_bits=12"], False),
        (["permessage-deflate; server_max_window_bits=12, permessage-deflate"], True),
        (["x-webkit-deflate-frame"], False),
    ],
)
def test_an_offer_that_limits_the_window_is_declined(offers: list[str], agreed: bool) -> None:  # noqa: FBT001 - a parameter
    assert agrees_to_deflate(offers) is agreed


async def test_nothing_is_left_of_a_client_that_went_away(stand: Stand, base: str) -> None:
    for _ in range(5):
        async with live(base) as client:
            await client.send("subscribe", id=1, devices=["#"])
            await client.until("snapshot")
    assert await people(stand, 0)
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, Connection) and not thing._closing]
    assert stand.meters.gauges["channels"].read() == 0
