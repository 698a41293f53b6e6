"""The documents: links lead somewhere, decisions are numbered, the changelog keeps its form."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hub.gateway.protocol import Code
from hub.live.request import INTERVALS_MS
from tests.support.tree import ROOT, committed

PAGES = [path for path in committed() if path.suffix == ".md"]
BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?\)")
CHANGES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def prose(path: Path) -> str:
    return CODE.sub("", (ROOT / path).read_text())


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", BLOCK.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.replace("`", "").lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_of_a_page_leads_to_something_in_the_tree(page: Path) -> None:
    broken = []
    for link in LINK.findall(prose(page)):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (ROOT / page.parent / target).resolve() if target else ROOT / page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_has_one_title_and_closes_its_code_blocks(page: Path) -> None:
    text = (ROOT / page).read_text()
    assert text.count("```") % 2 == 0
    assert len(re.findall(r"^# ", BLOCK.sub("", text), re.MULTILINE)) == 1
    assert text.startswith("# ")


def test_every_page_of_the_documentation_is_reached_from_its_index() -> None:
    docs = ROOT / "docs"
    seen: set[Path] = set()
    waiting = [docs / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        targets = (link.partition("#")[0] for link in LINK.findall(prose(page.relative_to(ROOT))))
        linked = {(page.parent / target).resolve() for target in targets if target.endswith(".md")}
        waiting += [target for target in linked if target.is_file() and target not in seen]
    unreached = [str(page.relative_to(ROOT)) for page in docs.rglob("*.md") if page not in seen]
    assert unreached == []


def test_the_documentation_has_four_kinds_and_decisions() -> None:
    folders = {path.name for path in (ROOT / "docs").iterdir() if path.is_dir()}
    assert folders - {"images"} == {"tutorial", "how-to", "reference", "explanation", "adr"}


def test_decisions_are_numbered_without_holes_and_keep_their_form() -> None:
    pages = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert pages
    for number, page in enumerate(pages, start=1):
        text = page.read_text()
        assert page.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        assert re.search(r"^(Accepted|Superseded by \[.+\]\(.+\)), \d{4}-\d\d-\d\d$", text, re.MULTILINE), page.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], page.name
        assert len(text.splitlines()) <= 60, f"{page.name} is longer than a page"


def test_the_index_of_decisions_lists_each_once_by_its_title() -> None:
    index = (ROOT / "docs/adr/README.md").read_text()
    rows = re.findall(r"^\| (\d+) \| \[(.+?)\]\((.+?)\)", index, re.MULTILINE)
    pages = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    titles = [re.sub(r"^# ", "", page.read_text().splitlines()[0]) for page in pages]
    assert [f"{number}. {title}" for number, title, _ in rows] == titles
    assert [name for _, _, name in rows] == [page.name for page in pages]


def test_the_changelog_keeps_a_changelogs_form() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    assert [line for line in versions[1:] if not re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line)] == []
    assert {line.removeprefix("### ") for line in lines if line.startswith("### ")} <= CHANGES


def test_the_paths_that_the_documents_name_exist() -> None:
    named = re.compile(r"`((?:hub|tests|scripts|docker|docs|bench|simulators|dashboard)/[\w./-]+)`")
    pages = [Path("README.md"), Path("CONTRIBUTING.md"), *(path for path in PAGES if path.parts[0] == "docs")]
    built = ("hub/gateway/static",)
    absent = [
        f"{page}: {path}"
        for page in pages
        for path in named.findall((ROOT / page).read_text())
        if not path.startswith(built) and not (ROOT / path).exists()
    ]
    assert absent == []


def test_the_examples_of_the_live_protocol_are_golden_frames() -> None:
    page = (ROOT / "docs/reference/live-protocol.md").read_text()
    golden = [json.loads(path.read_text())["frame"] for path in (ROOT / "tests/golden").glob("*.json")]
    examples = [json.loads(example) for example in re.findall(r"^```json\n(.+?)\n```$", page, re.DOTALL | re.MULTILINE)]
    assert examples
    assert [example for example in examples if example not in golden] == []
    assert {example["type"] for example in examples} >= {"hello", "welcome", "subscribe", "data", "quality", "bye"}


def test_the_close_codes_and_paces_of_the_live_protocol_are_those_of_the_hub() -> None:
    page = (ROOT / "docs/reference/live-protocol.md").read_text()
    rows = re.findall(r"^\| (3\d{3}) \| .+ \| (yes|no) \|$", page, re.MULTILINE)
    assert {int(code): answer == "yes" for code, answer in rows} == {
        code.value: code.reconnect for code in Code if code >= 3000
    }
    paces = ", ".join(str(pace) for pace in INTERVALS_MS[:-1])
    assert f"rounds up to {paces} or {INTERVALS_MS[-1]};" in page
