"""The commands of the how-to pages do what the pages say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

if TYPE_CHECKING:
    import httpx

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "use-the-api.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines() if "curl" in line
]


def options(command: str) -> tuple[str, dict[str, str], dict[str, str], bytes | None]:
    """Return the URL, headers, parameters and body of a curl command."""
    words = iter(shlex.split(command)[1:])
    url, headers, params, body = "", {}, {}, None
    for word in words:
        match word:
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "--data-urlencode":
                name, _, value = next(words).partition("=")
                params[name] = value
            case "--json":
                body = next(words).encode()
            case "-i" | "-G" | "-N":
                pass
            case _:
                url = word
    return url, headers, params, body


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_of_the_page_is_answered_as_it_says(http: httpx.AsyncClient, command: str) -> None:
    url, headers, params, body = options(command)
    path = url.removeprefix("http://localhost:8080")
    if path.startswith("/api/v1/events"):
        assert (await http.head(path)).status_code == 200
        return
    answer = await http.request("POST" if body else "GET", path, params=params or None, headers=headers, content=body)
    if "colour" in path:
        assert [error["field"] for error in answer.json()["errors"]] == ["limit", "colour"]
        return
    assert answer.status_code == 200, answer.text
    assert orjson.loads(answer.content)


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 10
