from __future__ import annotations

import pytest

from hub.gateway.deps import AuthMode, GatewayOptions
from hub.gateway.headers import SECURITY_HEADERS
from hub.gateway.origins import is_loopback_name, is_same_origin
from tests.gateway.stand import Stand


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://localhost:8080", "localhost:8080", True),
        ("http://LOCALHOST:8080", "localhost:8080", True),
        ("https://hub.example", "hub.example", True),
        ("https://hub.example", "hub.example:443", True),
        ("http://hub.example", "hub.example:80", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://localhost:8081", "localhost:8080", False),
        ("https://hub.example", "hub.example:80", False),
        ("https://hub.example.evil.example", "hub.example", False),
        ("https://evil.example", "hub.example", False),
        ("null", "hub.example", False),
        ("file://", "hub.example", False),
        ("https://hub.example:port", "hub.example", False),
        ("https://[", "hub.example", False),
        ("https://hub.example", "", False),
    ],
)
def test_the_same_origin_is_told_from_a_foreign_one(*, origin: str, host: str, same: bool) -> None:
    assert is_same_origin(origin, host) is same


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("localhost:8080", True),
        ("hub.localhost", True),
        ("127.0.0.1:8080", True),
        ("127.8.9.1", True),
        ("[::1]:8080", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("192.0.2.1", False),
        ("[", False),
    ],
)
def test_a_loopback_name_is_told_from_a_foreign_one(*, host: str, loopback: bool) -> None:
    assert is_loopback_name(host) is loopback


async def test_pages_of_other_people_get_nothing(stand: Stand) -> None:
    async with stand.client() as http:
        for method, path in (("GET", "/api/v1/latest"), ("POST", "/api/v1/decode"), ("GET", "/"), ("OPTIONS", "/")):
            answer = await http.request(method, path, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 403
            assert answer.json()["type"] == "/api/docs#foreign_origin"
            assert "access-control-allow-origin" not in answer.headers
        assert (await http.get("/api/v1/latest", headers={"Origin": "http://localhost:8080"})).status_code == 200


async def test_a_page_whose_name_was_bound_to_this_machine_gets_nothing(stand: Stand) -> None:
    async with stand.client() as http:
        answer = await http.get("/api/v1/latest", headers={"Host": "rebound.example:8080"})
        assert answer.status_code == 403
        assert answer.json()["type"] == "/api/docs#foreign_host"
        assert "http.allowed_origins" in answer.json()["detail"]


async def test_a_hub_that_asks_for_tokens_answers_to_any_name() -> None:
    for options in (GatewayOptions(loopback=False), GatewayOptions(auth_mode=AuthMode.OPEN)):
        async with Stand(options=options).client() as http:
            assert (await http.get("/healthz", headers={"Host": "hub.example"})).status_code == 200


async def test_an_allowed_origin_may_read_and_ask_before() -> None:
    stand = Stand(options=GatewayOptions(allowed_origins=("https://Wall.example/",)))
    stand.hears("a/b", {"c": 1})
    async with stand.client(headers={"Origin": "https://wall.example"}) as http:
        answer = await http.get("/api/v1/latest")
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://wall.example"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert "Origin" in answer.headers["vary"]
        asked = await http.options("/api/v1/latest", headers={"Access-Control-Request-Method": "GET"})
        assert asked.status_code == 204
        assert "Authorization" in asked.headers["access-control-allow-headers"]
        assert (await http.get("/healthz", headers={"Host": "wall.example"})).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/d/a/b", "/api/v1/latest", "/api/v1/unknown", "/api/docs", "/metrics", "/metrics/readings", "/favicon.ico"],
)
async def test_every_answer_has_the_security_headers(stand: Stand, path: str) -> None:
    async with stand.client() as http:
        for headers in ({}, {"Origin": "https://evil.example"}):
            answer = await http.get(path, headers=headers)
            for name, value in SECURITY_HEADERS.items():
                assert answer.headers[name] == value
            assert "unsafe" not in answer.headers["content-security-policy"]
