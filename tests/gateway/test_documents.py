from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from hub.gateway import asyncapi, openapi
from hub.gateway.problems import TITLES
from hub.gateway.protocol import parse
from hub.gateway.routes import ENDPOINTS

if TYPE_CHECKING:
    import httpx

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.json"))
LATER = {"command", "alarm.acknowledge", "alarm.shelve", "alarm.unshelve", "annotate"}
"""Messages of the protocol that the hub does not speak yet."""


def schema_of(document: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/components/schemas/{kind}",
        "components": document["components"],
    }


async def test_the_openapi_document_is_valid_and_names_every_endpoint(http: httpx.AsyncClient) -> None:
    document = (await http.get("/api/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    identifiers = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(identifiers) == len(set(identifiers))


def test_what_validates_a_parameter_also_describes_it() -> None:
    document = openapi.document(ENDPOINTS, "1")
    parameters = {found["name"]: found for found in document["paths"]["/api/v1/latest"]["get"]["parameters"]}
    assert set(parameters) == {"devices", "metrics", "units", "limit", "cursor"}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1_000}
    assert parameters["devices"]["schema"]["maxItems"] == 256
    device = document["paths"]["/api/v1/device"]["get"]["parameters"][0]
    assert device["required"] is True


def test_the_document_says_what_needs_a_token() -> None:
    paths = openapi.document(ENDPOINTS, "1")["paths"]
    assert paths["/api/v1/latest"]["get"]["security"] == [{"token": []}, {"session": []}]
    assert "401" in paths["/metrics"]["get"]["responses"]
    assert paths["/healthz"]["get"]["security"] == []


async def test_the_asyncapi_document_hangs_together(http: httpx.AsyncClient) -> None:
    document = (await http.get("/api/asyncapi.json")).json()
    assert document["asyncapi"] == "3.0.0"
    for reference in re.findall(r'"\$ref":\s*"([^"]+)"', json.dumps(document)):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert set(document["channels"]) == {"live", "events"}
    assert {operation["action"] for operation in document["operations"].values()} == {"send", "receive"}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_frame_is_as_the_asyncapi_document_says(path: Path) -> None:
    golden = orjson.loads(path.read_bytes())
    frame, document = golden["frame"], asyncapi.document("1")
    schemas = document["components"]["schemas"]
    if frame["type"] in LATER:
        assert frame["type"] not in schemas, "this message exists now: take it from the list of later ones"
        return
    name = f"{frame['type']}.state"
    kind = name if golden["direction"] == "hub" and name in schemas else frame["type"]
    jsonschema.validate(frame, schema_of(document, kind), cls=jsonschema.Draft202012Validator)
    if golden["direction"] == "client":
        assert parse(orjson.dumps(frame)) is not None


def test_the_schemas_refuse_frames_that_are_wrong() -> None:
    document = asyncapi.document("1")
    for frame in (
        {"type": "data", "channel": 1, "seq": 2, "base": 3, "rows": [[1, 2]], "n": 1},
        {"type": "data", "channel": 1, "seq": 2, "base": 3, "rows": [[1, 2, 3, "fine"]], "n": 1},
        {"type": "snapshot", "channel": 1, "position": "12", "rows": [], "more": False},
        {"type": "status", "channel": 1, "seq": 1, "rows": [["a", "broken", 1, ""]]},
        {"type": "bye", "code": 3001, "reason": "", "reconnect": True, "after_ms": [1]},
        {"type": "subscribe", "id": 1, "devices": []},
        {"type": "subscribe", "id": 1, "devices": ["#"], "colour": "red"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(frame, schema_of(document, str(frame["type"])), cls=jsonschema.Draft202012Validator)


async def test_the_page_of_the_api_is_plain_html_without_script(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = answer.text
    assert "<script" not in page
    assert " style=" not in page
    for endpoint in ENDPOINTS:
        assert f"<code>{endpoint.method} {endpoint.path}</code>" in page
    for code in TITLES:
        assert f'id="{code}"' in page
    assert not re.search(r'(src|href)="https?:', page)
    assert (await http.get("/api/docs.css")).headers["content-type"] == "text/css; charset=utf-8"


async def test_a_document_is_sent_again_only_when_it_changed(http: httpx.AsyncClient) -> None:
    tag = (await http.get("/api/openapi.json")).headers["etag"]
    assert (await http.get("/api/openapi.json", headers={"If-None-Match": tag})).status_code == 304
