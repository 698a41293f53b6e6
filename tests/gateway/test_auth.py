from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import WebSocketRoute

from hub.core.clock import ManualClock
from hub.core.errors import RequestError
from hub.core.meters import Meters
from hub.gateway.auth import BURST, REFILL_S, Access, identity_of, is_guarded
from hub.gateway.deps import AuthMode, GatewayOptions
from hub.gateway.sessions import LIFETIME_S
from hub.gateway.tokens import MAX_WAITING, Tokens, hash_fault, new_token
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Message
    from starlette.websockets import WebSocket

TOKEN, DIGEST = new_token()
"""Made once: hashing is slow on purpose."""


def locked(**options: Any) -> Stand:
    return Stand(options=GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(DIGEST,), **options))


@pytest.mark.parametrize(
    ("mode", "loopback", "is_open"),
    [
        (AuthMode.AUTO, True, True),
        (AuthMode.AUTO, False, False),
        (AuthMode.OPEN, False, True),
        (AuthMode.REQUIRED, True, False),
    ],
)
def test_a_hub_is_open_on_loopback_or_where_somebody_wrote_so(*, mode: AuthMode, loopback: bool, is_open: bool) -> None:
    assert GatewayOptions(auth_mode=mode, loopback=loopback).open is is_open


@pytest.mark.parametrize(
    "path",
    ["/api/v1/devices", "/api/v1/latest", "/api/v1/status", "/api/v1/anything-new", "/metrics", "/metrics/readings"],
)
async def test_a_locked_hub_gives_nothing_without_a_token(path: str) -> None:
    async with locked().client() as http:
        answer = await http.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "/api/docs#no_token"


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/", "/d/a/b", "/api/openapi.json", "/api/docs", "/favicon.ico"]
)
async def test_a_locked_hub_shows_what_holds_no_data(path: str) -> None:
    async with locked().client() as http:
        assert (await http.get(path)).status_code in (200, 503)


async def test_a_token_in_the_header_lets_in() -> None:
    async with locked().client(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        assert (await http.get("/api/v1/devices")).status_code == 200


async def test_a_token_in_the_address_lets_nobody_in() -> None:
    async with locked().client() as http:
        for name in ("token", "access_token"):
            assert (await http.get("/api/v1/devices", params={name: TOKEN})).status_code == 401


async def test_a_wrong_token_is_refused_and_too_many_of_them_have_to_wait() -> None:
    stand = locked()
    async with stand.client() as http:
        for _ in range(BURST):
            answer = await http.get("/api/v1/devices", headers={"Authorization": "Bearer wrong"})
            assert answer.status_code == 401
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        answer = await http.get("/api/v1/devices", headers={"Authorization": "Bearer wrong"})
        assert answer.status_code == 429
        assert answer.json()["type"] == "/api/docs#too_many_failures"
        assert 0 < int(answer.headers["retry-after"]) <= REFILL_S
        stand.clock.advance(REFILL_S)
        answer = await http.get("/api/v1/devices", headers={"Authorization": "Bearer wrong"})
        assert answer.status_code == 401
    assert stand.meters.counters["auth_failures", ""].n == BURST + 1


async def test_who_has_been_verified_is_not_held_up_by_somebody_elses_guesses() -> None:
    async with locked().client() as http:
        good = {"Authorization": f"Bearer {TOKEN}"}
        assert (await http.get("/api/v1/devices", headers=good)).status_code == 200
        for _ in range(BURST + 1):
            await http.get("/api/v1/devices", headers={"Authorization": "Bearer wrong"})
        assert (await http.get("/api/v1/devices", headers=good)).status_code == 200


async def test_a_browser_signs_in_once_and_out_again() -> None:
    stand = locked()
    async with stand.client() as http:
        assert (await http.get("/api/v1/session")).status_code == 401
        answer = await http.post("/api/v1/session", json={"token": TOKEN})
        assert answer.status_code == 200
        assert answer.json()["role"] == "admin"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/" in cookie
        assert "Secure" not in cookie
        assert TOKEN not in cookie
        assert (await http.get("/api/v1/devices")).status_code == 200
        assert (await http.get("/api/v1/session")).json()["user"].startswith("token ")
        assert (await http.delete("/api/v1/session")).status_code == 204
        assert (await http.get("/api/v1/devices")).status_code == 401


async def test_under_tls_the_cookie_goes_over_tls_only() -> None:
    async with locked(secure=True).client() as http:
        answer = await http.post("/api/v1/session", json={"token": TOKEN})
        assert answer.headers["set-cookie"].startswith("__Host-hub_session=")
        assert "Secure" in answer.headers["set-cookie"]


async def test_a_wrong_token_signs_nobody_in() -> None:
    async with locked().client() as http:
        for body, status in (({"token": "wrong"}, 401), ({}, 422), ({"token": TOKEN, "user": "me"}, 422)):
            answer = await http.post("/api/v1/session", json=body)
            assert answer.status_code == status
            assert "set-cookie" not in answer.headers
        answer = await http.post("/api/v1/session", content=b"{" * 5_000)
        assert answer.status_code == 413


async def test_a_session_survives_a_restart_but_not_its_end_or_its_token() -> None:
    key = b"k" * 32
    clock, options = ManualClock(), GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(DIGEST,), session_key=key)
    first = Access(options, clock=clock, meters=Meters())
    cookie = first.sessions.issue(await first.check_token(TOKEN, "::1"))
    again = Access(options, clock=clock, meters=Meters())
    assert again.sessions.check(cookie) is not None
    revoked = GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(new_token()[1],), session_key=key)
    assert Access(revoked, clock=clock, meters=Meters()).sessions.check(cookie) is None
    other_key = GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(DIGEST,), session_key=b"o" * 32)
    assert Access(other_key, clock=clock, meters=Meters()).sessions.check(cookie) is None
    token_id, end_s, signature = cookie.split(".")
    forged = f"{token_id}.{int(end_s) + 1}.{signature}"
    assert again.sessions.check(forged) is None
    for nonsense in ("", ".", "..", f"{token_id}..", f"{token_id}.x.{signature}", "\xfc.1.2", cookie + "\xfc"):
        assert again.sessions.check(nonsense) is None
    clock.advance(LIFETIME_S + 1)
    assert again.sessions.check(cookie) is None


async def test_tokens_are_told_from_their_hashes_only() -> None:
    tokens = Tokens([DIGEST])
    assert TOKEN not in DIGEST
    assert tokens.cached(TOKEN) is None
    identity = await tokens.verify(TOKEN)
    assert identity is not None
    assert tokens.cached(TOKEN) == identity
    assert await tokens.verify(TOKEN[:-1]) is None
    assert await tokens.verify("hub_00000000_" + "x" * 43) is None
    assert await tokens.verify("x" * 10_000) is None
    assert await Tokens(["$argon2id$broken"]).verify("anything") is None


async def test_who_floods_the_hub_with_tokens_does_not_fill_its_memory() -> None:
    tokens = Tokens([DIGEST])
    refused = 0

    async def guess() -> None:
        nonlocal refused
        try:
            assert await tokens.verify(TOKEN + "x") is None
        except RequestError as error:
            assert error.status == 429  # noqa: PT017 - both ends are right
            refused += 1

    async with asyncio.TaskGroup() as group:
        for number in range(MAX_WAITING + 5):
            group.create_task(guess(), name=f"guess {number}")
    assert refused == 5
    assert await tokens.verify(TOKEN)


async def test_a_hash_without_an_id_is_a_hash_too() -> None:
    nameless = DIGEST.partition(":")[2]
    tokens = Tokens([nameless])
    identity = await tokens.verify(TOKEN)
    assert identity is not None
    assert identity.token_id in tokens.ids


def test_a_text_that_is_no_hash_is_named() -> None:
    assert hash_fault(DIGEST) is None
    assert hash_fault(DIGEST.partition(":")[2]) is None
    assert "argon2id" in (hash_fault("hunter2") or "")
    assert "colon" in (hash_fault("a b:$argon2id$x") or "")


async def test_an_open_hub_asks_nobody() -> None:
    access = Access(GatewayOptions(), clock=ManualClock(), meters=Meters())
    assert (await access.check_token("whatever", "::1")).user == "local"


async def handshake(app: Starlette, **headers: str) -> list[Message]:
    """Offer a WebSocket; give what the hub sends."""
    sent: list[Message] = []
    named = [(name.encode(), value.encode()) for name, value in {"host": "localhost:8080", **headers}.items()]
    scope = {
        "type": "websocket", "path": "/api/v1/live", "raw_path": b"/api/v1/live", "root_path": "", "scheme": "ws",
        "query_string": b"", "headers": named, "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8080),
        "subprotocols": [], "extensions": {"websocket.http.response": {}}, "state": {}, "asgi": {"version": "3.0"},
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def test_a_live_client_without_a_token_may_still_say_hello_but_a_wrong_one_may_not() -> None:
    """The handshake passes without a token, because ``hello`` brings it; a wrong one is refused at once."""
    seen: list[object] = []

    async def live(websocket: WebSocket) -> None:
        seen.append(identity_of(websocket.scope))
        await websocket.accept()
        await websocket.close()

    stand = locked()
    stand.app.router.routes.insert(0, WebSocketRoute("/api/v1/live", live))
    assert (await handshake(stand.app))[0]["type"] == "websocket.accept"
    assert (await handshake(stand.app, authorization=f"Bearer {TOKEN}"))[0]["type"] == "websocket.accept"
    assert seen[0] is None
    assert seen[1] is not None
    for headers, status in (({"authorization": "Bearer wrong"}, 401), ({"origin": "https://evil.example"}, 403)):
        refusal = (await handshake(stand.app, **headers))[0]
        assert refusal["type"] == "websocket.http.response.start"
        assert refusal["status"] == status
        assert (b"x-content-type-options", b"nosniff") in refusal["headers"]


def test_whatever_is_added_to_the_api_is_guarded() -> None:
    assert is_guarded("/api/v1/later")
    assert is_guarded("/api/v2/anything")
    assert not is_guarded("/")


async def test_the_failure_of_one_address_is_not_anothers() -> None:
    access = Access(
        GatewayOptions(auth_mode=AuthMode.REQUIRED, token_hashes=(DIGEST,)), clock=ManualClock(), meters=Meters()
    )
    for _ in range(BURST):
        with pytest.raises(RequestError):
            await access.check_token("wrong", "192.0.2.1")
    with pytest.raises(RequestError) as raised:
        await access.check_token(TOKEN, "192.0.2.1")
    assert raised.value.status == 429
    assert (await access.check_token(TOKEN, "192.0.2.2")).token_id
