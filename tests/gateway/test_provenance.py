from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from hub.gateway.answers import DecodeAnswer, ExplainAnswer, QuarantineAnswer
from hub.gateway.provenance import MAX_DECODE_BODY_BYTES

if TYPE_CHECKING:
    import httpx

    from tests.gateway.stand import Stand


async def test_a_series_says_where_it_comes_from(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.catalogue.devices["sites/b/tank"].skew_us = -1_500_000
    stand.catalogue.devices["sites/b/tank"].series["level"].cadence_us = 10_000_000
    answer = await http.get("/api/v1/explain", params={"device": "sites/b/tank", "metric": "level"})
    found = answer.json()
    ExplainAnswer.model_validate(found)
    assert found["topic"] == "sites/b/tank"
    assert found["decoder"] == "json"
    assert found["rule"]
    assert found["last_payload"] == {"text": '{"level":63,"serial":"0042"}', "base64": None, "bytes": 28}
    assert found["cadence_s"] == 10
    assert found["clock_skew_s"] == -1.5
    assert found["latest"]["value"] == 63


async def test_a_series_restored_without_a_message_has_no_topic_yet(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.catalogue.devices["sites/b/tank"].series["level"].origin = None
    found = (await http.get("/api/v1/explain", params={"device": "sites/b/tank", "metric": "level"})).json()
    ExplainAnswer.model_validate(found)
    assert found["topic"] is None
    assert found["last_payload"] is None


async def test_an_unknown_metric_is_404_and_names_those_there_are(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/explain", params={"device": "sites/b/tank", "metric": "levl"})
    assert answer.status_code == 404
    assert answer.json()["type"] == "/api/docs#unknown_metric"
    assert "level, serial" in answer.json()["detail"]


async def test_what_could_not_be_read_is_shown_with_its_bytes(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.hears("bad/bytes", b"\xff\xfe\x00\x01")
    stand.hears("bad/json", b'{"temperature": 21')
    stand.hears("bad/json", b'{"temperature": 22')
    found = (await http.get("/api/v1/quarantine")).json()
    QuarantineAnswer.model_validate(found)
    assert found["total"] == 3
    assert sum(found["reasons"].values()) == 3
    assert [row["topic"] for row in found["topics"]] == ["bad/json", "bad/bytes"]
    newest = found["topics"][0]
    assert newest["count"] == 2
    assert newest["samples"][0]["payload"]["text"] == '{"temperature": 22'
    assert newest["samples"][0]["detail"]
    raw = found["topics"][1]["samples"][0]["payload"]
    assert raw["text"] is None
    assert base64.b64decode(raw["base64"]) == b"\xff\xfe\x00\x01"
    reason = found["topics"][1]["reason"]
    only = (await http.get("/api/v1/quarantine", params={"reason": reason})).json()
    assert all(any(sample["reason"] == reason for sample in row["samples"]) for row in only["topics"])
    assert (await http.get("/api/v1/quarantine", params={"reason": "nothing"})).json()["topics"] == []


async def test_pages_of_the_quarantine_join_to_the_whole(stand: Stand, http: httpx.AsyncClient) -> None:
    for number in range(7):
        stand.hears(f"bad/{number}", b"\xff\x00")
        stand.clock.advance(0.5 * (number % 2))
    whole = [row["topic"] for row in (await http.get("/api/v1/quarantine")).json()["topics"]]
    assert len(whole) == 7
    joined: list[str] = []
    following: str | None = ""
    while following is not None:
        params: dict[str, Any] = {"limit": 3, **({"cursor": following} if following else {})}
        page = (await http.get("/api/v1/quarantine", params=params)).json()
        joined += [row["topic"] for row in page["topics"]]
        following = page["next"]
    assert joined == whole
    assert (await http.get("/api/v1/quarantine", params={"cursor": "WyJ4Il0"})).status_code == 422


async def test_a_message_can_be_tried_and_nothing_of_it_is_kept(stand: Stand, http: httpx.AsyncClient) -> None:
    body = {"topic": "lab/oven", "payload": '{"temperature": 180.5, "door": "open"}'}
    answer = await http.post("/api/v1/decode", json=body)
    assert answer.status_code == 200
    found = answer.json()
    DecodeAnswer.model_validate(found)
    assert {row["metric"]: row["value"] for row in found["readings"]} == {"temperature": 180.5, "door": "open"}
    assert {row["device"] for row in found["readings"]} == {"lab/oven"}
    assert found["undecoded"] is None
    assert "lab/oven" not in stand.catalogue.devices
    assert stand.log.seq == 3


async def test_bytes_can_be_tried_in_base64(http: httpx.AsyncClient) -> None:
    body = {"topic": "lab/oven", "payload_base64": base64.b64encode(b"\xff\xfe\x00").decode(), "retain": True}
    found = (await http.post("/api/v1/decode", json=body)).json()
    DecodeAnswer.model_validate(found)
    assert found["readings"] == []
    assert found["undecoded"]["reason"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"topic": "a/b"}, "payload"),
        ({"topic": "a/b", "payload": "1", "payload_base64": "MQ=="}, "payload"),
        ({"topic": "a/b", "payload_base64": "no base64!"}, "payload_base64"),
        ({"payload": "1"}, "topic"),
        ({"topic": "", "payload": "1"}, "topic"),
        ({"topic": "a/b", "payload": "1", "qos": 1}, "qos"),
        ({"topic": "a/b", "payload": 1}, "payload"),
        ([], "body"),
    ],
)
async def test_a_body_that_cannot_be_tried_is_explained(http: httpx.AsyncClient, body: Any, field: str) -> None:
    answer = await http.post("/api/v1/decode", json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/api/docs#bad_body"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_body_that_is_no_json_is_explained(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/decode", content=b"temperature=1")
    assert answer.status_code == 422
    assert "is not JSON" in answer.json()["errors"][0]["message"]


async def test_a_payload_of_one_mebibyte_can_be_tried_and_a_larger_one_cannot(http: httpx.AsyncClient) -> None:
    largest = base64.b64encode(b'{"note": "%s"}' % (b"x" * (1_048_576 - 12))).decode()
    assert (await http.post("/api/v1/decode", json={"topic": "a/b", "payload_base64": largest})).status_code == 200
    larger = base64.b64encode(b"1" * 1_048_577).decode()
    answer = await http.post("/api/v1/decode", json={"topic": "a/b", "payload_base64": larger})
    assert answer.status_code == 413
    assert "1048577 bytes" in answer.json()["detail"]


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(http: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 65_536
            yield b" " * 65_536

    answer = await http.post("/api/v1/decode", content=endless())
    assert answer.status_code == 413
    assert read < MAX_DECODE_BODY_BYTES + 200_000
    declared = await http.post("/api/v1/decode", content=b"{}", headers={"Content-Length": "99999999999999999999"})
    assert declared.status_code == 413
