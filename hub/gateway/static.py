"""Static files: the dashboard's build, read once, compressed once, told apart by content.

What Vite names by its content (``assets/name-hash.ext``) never changes and may be kept for ever; everything else is
asked for again each time and answered with 304 where nothing changed.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

MAX_FILE_BYTES = 16 * 1024 * 1024
_COMPRESSED = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg+xml")
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}

ICON = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="none" stroke="#808890"
stroke-width="1.5" d="M8 1.5 14.5 8 8 14.5 1.5 8Z"/><circle cx="8" cy="8" r="2" fill="#808890"/></svg>"""

ABSENT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Telemetry Hub</title>
<h1>The hub is running, but its dashboard has not been built.</h1>
<p>In the checkout, with Node 20 or newer: <code>make setup</code>, then reload this page.</p>
<p>The API works meanwhile: <a href="/api/docs">its description</a>,
<a href="/api/v1/status">status</a>, <a href="/api/v1/devices">devices</a>.</p></html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """One file, ready to be sent.

    Args:
        body: its bytes.
        packed: the same in gzip, None where that gains nothing.
        media_type: with the charset for text.
        tag: its entity tag.
        cache: its ``Cache-Control``.
    """

    body: bytes
    packed: bytes | None
    media_type: str
    tag: str
    cache: str


class Files:
    """The files below a folder, by path; looked for again while there is no ``index.html``.

    Args:
        folder: where the build is, or will be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, File] = {}
        self.get("index.html")

    def get(self, path: str) -> File | None:
        """Return a file, None if there is none.

        Args:
            path: below the folder, without a leading slash.
        """
        if "index.html" not in self._files and (self._folder / "index.html").is_file():
            self._files = {name: file_of(name, self._folder / name) for name in self._names()}
        return self._files.get(path)

    def answer(self, path: str, request: Request) -> Response | None:
        """Return a file as an answer, None if there is none.

        Args:
            path: below the folder, without a leading slash.
            request: says what the browser has and can unpack.
        """
        found = self.get(path)
        return None if found is None else sent(found, request)

    def _names(self) -> list[str]:
        """Return the paths of all files of a fair size; links that lead elsewhere are none."""
        root = self._folder.resolve()
        found = [path for path in root.rglob("*") if path.is_file() and path.resolve().is_relative_to(root)]
        return [path.relative_to(root).as_posix() for path in found if path.stat().st_size <= MAX_FILE_BYTES]


def file_of(name: str, path: Path) -> File:
    """Return a file, read and compressed.

    Args:
        name: its path below the folder.
        path: where it is.
    """
    return made(name, path.read_bytes())


def made(name: str, body: bytes) -> File:
    """Return a file of some bytes.

    Args:
        name: its path below the folder.
        body: its bytes.
    """
    suffix = "." + name.rpartition(".")[2]
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(body, mtime=0) if media_type.startswith(_COMPRESSED) else None
    if packed is not None and len(packed) >= len(body):
        packed = None
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return File(body, packed, media_type, tag, _FOR_EVER if name.startswith("assets/") else _ASK_AGAIN)


def sent(file: File, request: Request) -> Response:
    """Return a file as an answer: packed where the browser can unpack it, 304 where it has it.

    Args:
        file: the file.
        request: says so.
    """
    headers = {"ETag": file.tag, "Cache-Control": file.cache, "Vary": "Accept-Encoding"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if file.tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = file.media_type
    if file.packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        headers |= {"Content-Encoding": "gzip", "ETag": f"W/{file.tag}"}
        return Response(file.packed, headers=headers)
    return Response(file.body, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Return True if an ``Accept-Encoding`` allows gzip (RFC 9110 §12.5.3)."""
    for part in accepted.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().casefold() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
