from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from hub.gateway.deps import GatewayOptions
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    from pathlib import Path

INDEX = b"<!doctype html><title>Dashboard</title>" + b"<!-- filling -->" * 20


@pytest.fixture(name="build")
def _build(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (folder / "assets" / "main-a1b2c3.js").write_bytes(b"export const a = 1;\n" * 50)
    (folder / "manifest.webmanifest").write_bytes(b"{}")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


def dashboard(folder: Path) -> Stand:
    return Stand(options=GatewayOptions(static_dir=folder))


@pytest.mark.parametrize(
    "path", ["/", "/d/sites/a/pump-1", "/status", "/alarms", "/settings/users", "/w/north", "/inspector/a/b"]
)
async def test_every_address_of_a_view_gives_the_dashboard(build: Path, path: str) -> None:
    async with dashboard(build).client() as http:
        answer = await http.get(path)
        assert answer.status_code == 200
        assert answer.content == INDEX
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"


async def test_what_is_named_by_its_content_is_kept_for_ever_and_the_rest_asked_for_again(build: Path) -> None:
    async with dashboard(build).client() as http:
        asset = await http.get("/assets/main-a1b2c3.js")
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
        tag = (await http.get("/")).headers["etag"]
        again = await http.get("/", headers={"If-None-Match": tag})
        assert again.status_code == 304
        assert again.content == b""
        manifest = await http.get("/manifest.webmanifest")
        assert manifest.headers["content-type"] == "application/manifest+json"


async def test_files_are_packed_for_who_can_unpack_them(build: Path) -> None:
    async with dashboard(build).client() as http:
        packed = await http.get("/", headers={"Accept-Encoding": "br, gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == INDEX
        assert int(packed.headers["content-length"]) == len(gzip.compress(INDEX, mtime=0))
        for accepted in ("identity", "gzip;q=0", ""):
            plain = await http.get("/", headers={"Accept-Encoding": accepted})
            assert "content-encoding" not in plain.headers
            assert plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt", "/link.txt", "/assets", "/nothing.js"]
)
async def test_nothing_outside_the_build_is_given(build: Path, path: str) -> None:
    async with dashboard(build).client() as http:
        answer = await http.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_build_a_page_says_how_to_make_one_and_the_api_works(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    async with dashboard(folder).client() as http:
        answer = await http.get("/d/a/b")
        assert answer.status_code == 200
        assert "make setup" in answer.text
        assert (await http.get("/api/v1/status")).status_code == 200
        folder.mkdir()
        (folder / "index.html").write_bytes(INDEX)
        assert (await http.get("/d/a/b")).content == INDEX


async def test_there_is_always_an_icon(tmp_path: Path, build: Path) -> None:
    async with dashboard(tmp_path / "none").client() as http:
        answer = await http.get("/favicon.ico")
        assert answer.headers["content-type"] == "image/svg+xml"
    (build / "favicon.svg").write_bytes(b"<svg/>")
    async with dashboard(build).client() as http:
        assert (await http.get("/favicon.ico")).content == b"<svg/>"


async def test_who_asks_for_the_live_protocol_without_a_websocket_is_told(stand: Stand) -> None:
    async with stand.client() as http:
        answer = await http.get("/api/v1/live")
        assert answer.status_code == 426
        assert answer.headers["upgrade"] == "websocket"
        assert "/api/v1/events" in answer.json()["detail"]


async def test_an_unknown_path_and_a_wrong_method_are_problems(stand: Stand) -> None:
    async with stand.client() as http:
        unknown = await http.get("/api/v1/unknown")
        assert unknown.status_code == 404
        assert unknown.json()["type"] == "/api/docs#unknown_path"
        wrong = await http.put("/api/v1/latest")
        assert wrong.status_code == 405
        assert wrong.json()["type"] == "/api/docs#wrong_method"
        assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}
        session = await http.put("/api/v1/session")
        assert set(session.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "DELETE"}
        assert (await http.head("/api/v1/latest")).content == b""
