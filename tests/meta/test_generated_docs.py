"""The reference pages that are generated say what the code says, and say it for everything."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from hub.gateway.routes import ENDPOINTS
from scripts.generate_docs import PAGES
from scripts.pages import commands, http_api, settings
from scripts.pages.schema import bounds, kind, sentence, table, written

if TYPE_CHECKING:
    from pathlib import Path

    from hub.gateway.endpoint import Endpoint


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_committed_page_is_what_make_docs_writes(path: Path) -> None:
    assert path.is_file(), "run make docs"
    assert path.read_text(encoding="utf-8") == PAGES[path](), "run make docs"


def test_every_setting_has_a_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.*?) \|$", settings.page(), re.MULTILINE)
    assert len(rows) > 30
    assert [key for key, _, meaning in rows if not meaning] == []


def test_every_default_is_valid_toml() -> None:
    defaults = re.findall(r"^\| `\w+` \| `(.+?)` \|", settings.page(), re.MULTILINE)
    for default in defaults:
        tomllib.loads(f"key = {default}")


def test_ranges_are_said_in_words() -> None:
    assert bounds({"minimum": 0, "maximum": 1}) == "0…1."
    assert bounds({"minimum": 1}) == "At least 1."
    assert bounds({"exclusiveMinimum": 0}) == "More than 0."
    assert bounds({"maximum": 9}) == "At most 9."
    assert bounds({"enum": ["auto", "off"]}) == 'One of `"auto"`, `"off"`.'
    assert bounds({}) == ""


def test_types_are_said_in_words() -> None:
    assert kind({"anyOf": [{"type": "string"}, {"type": "null"}]}) == "text or null"
    assert kind({"type": "array", "items": {"$ref": "#/components/schemas/Row"}}) == "list of objects"
    assert kind({"type": "string", "format": "date-time"}) == "time"
    assert kind({"type": ["boolean", "number"]}) == "true or false or number"
    assert kind({}) == "anything"


def test_values_are_written_as_toml_writes_them() -> None:
    values: tuple[object, ...] = ([], "ü", 30.0, 0.5, True)
    assert [written(value) for value in values] == ["[]", '"ü"', "30", "0.5", "true"]


def test_a_sentence_begins_with_a_capital_and_ends_with_a_stop() -> None:
    assert sentence("how long,\n  in seconds\n\nMore.") == "How long, in seconds."
    assert sentence("auto: what it says") == "auto: what it says."
    assert sentence("") == ""


def test_a_bar_ends_no_cell_and_no_rows_make_no_table() -> None:
    assert list(table(("a",), [("x | y",)])) == ["| a |", "|---|", "| x \\| y |"]
    assert list(table(("a",), [])) == []


def test_every_command_and_every_option_has_a_meaning() -> None:
    page = commands.page()
    assert {"hub run", "hub demo", "python -m simulators run"} <= set(re.findall(r"^## `(.+)`$", page, re.MULTILINE))
    rows = re.findall(r"^\| `(.+?)` \| .*? \| (.*?) \|$", page, re.MULTILINE)
    assert rows
    assert [name for name, meaning in rows if not meaning] == []


def test_every_endpoint_has_its_section() -> None:
    sections = re.findall(r"^## `(.+)`$", http_api.page(), re.MULTILINE)
    assert sections == [f"{endpoint.method} {endpoint.path}" for endpoint in in_order()]


def in_order() -> list[Endpoint]:
    paths = list(dict.fromkeys(endpoint.path for endpoint in ENDPOINTS))
    return sorted(ENDPOINTS, key=lambda endpoint: paths.index(endpoint.path))
