"""Whatever somebody sends: an answer, a problem document, never a 500."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jsonschema
import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.gateway import openapi
from hub.gateway.routes import ENDPOINTS
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    import httpx

DOCUMENT = openapi.document(ENDPOINTS, "1")
GETS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET" and endpoint.path != "/api/v1/events"]
NAMES = sorted({name for endpoint in GETS for name in endpoint.query.model_fields} | {"other"})

ids = st.sampled_from(["sites/a/pump-1", "sites/b/tank", "temperature", "level", "online", "#", "+/a/#", "a/#/b"])
words = st.one_of(ids, st.text(max_size=30), st.integers(-5, 20_000).map(str), st.sampled_from(["", "true", "k3f9:1"]))
queries = st.lists(st.tuples(st.sampled_from(NAMES), words), max_size=4)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=100),
    st.dictionaries(
        st.sampled_from(["topic", "payload", "payload_base64", "retain", "content_type", "token", "x"]),
        anything | st.sampled_from(["a/b", "aGk=", '{"t": 1}']),
        max_size=4,
    ).map(lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS) if _sendable(value) else b"{}"),
)
relaxed = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _sendable(value: object) -> bool:
    try:
        orjson.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def check(answer: httpx.Response, method: str, path: str) -> None:
    """Hold an answer to what the OpenAPI document says of it."""
    assert answer.status_code < 500 or (path == "/readyz" and answer.status_code == 503), answer.text
    described = DOCUMENT["paths"][path][method.lower()]["responses"]
    assert str(answer.status_code) in described, f"{answer.status_code} is not described: {answer.text}"
    contents = described[str(answer.status_code)].get("content", {})
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if not contents or answer.status_code == 304:
        return
    assert media_type in contents
    if media_type.endswith("json"):
        schema = {**contents[media_type]["schema"], "components": DOCUMENT["components"]}
        jsonschema.validate(answer.json(), schema, cls=jsonschema.Draft202012Validator)


async def ask(method: str, path: str, query: list[tuple[str, str]], body: bytes = b"") -> httpx.Response:
    stand = Stand()
    stand.hears("sites/a/pump-1", {"temperature": 71.2, "running": True, "mode": "auto"})
    stand.hears("sites/b/tank", {"level": 63})
    stand.hears("bad/one", b"\xff\xfe")
    pairs = "&".join(f"{quote(name, errors='replace')}={quote(value, errors='replace')}" for name, value in query)
    async with stand.client() as http:
        return await http.request(method, f"{path}?{pairs}", content=body or None)


@relaxed
@given(endpoint=st.sampled_from(GETS), query=queries)
def test_any_parameters_give_an_answer_as_described(endpoint: Any, query: list[tuple[str, str]]) -> None:
    check(asyncio.run(ask("GET", endpoint.path, query)), "GET", endpoint.path)


@relaxed
@given(path=st.sampled_from(["/api/v1/decode", "/api/v1/session"]), body=bodies)
def test_any_body_gives_an_answer_as_described(path: str, body: bytes) -> None:
    check(asyncio.run(ask("POST", path, [], body)), "POST", path)


@relaxed
@given(
    topic=st.text(max_size=40),
    payload=st.one_of(st.text(max_size=200), anything.map(json.dumps)),
)
def test_any_message_can_be_tried(topic: str, payload: str) -> None:
    body = json.dumps({"topic": topic, "payload": payload}).encode()
    check(asyncio.run(ask("POST", "/api/v1/decode", [], body)), "POST", "/api/v1/decode")


@relaxed
@given(raw=st.binary(max_size=30))
def test_any_bytes_in_the_address_give_an_answer(raw: bytes) -> None:
    async def run() -> httpx.Response:
        stand = Stand()
        async with stand.client() as http:
            return await http.get(f"/api/v1/device?device={quote(raw)}")

    check(asyncio.run(run()), "GET", "/api/v1/device")
