"""The page of ecosystems: each decoder with one real message and what it becomes, read by the decoders themselves."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hub.core.batch import Batch
from hub.core.catalogue import Catalogue
from hub.core.clock import ManualClock
from hub.core.meters import Meters
from hub.core.raw import RawBatch
from hub.normalise.decoders.builtin import BASED, BUILTIN
from hub.normalise.normaliser import Normaliser
from tests.normalise.corpus import NOW_US, all_lines, payload_of, raw_of

_FEW, _ENOUGH = 3, 10
_SHORT = 700
_HEAD = """# Ecosystems

Written by `make docs` from the decoders and from the corpus of real messages in `tests/corpus`; every line of it is a
test. Each ecosystem is recognised by topic or payload, without configuration. In `hub.toml`, `[decoders]` switches one
off, moves its base topics, changes the prefix of its device ids, or forces it for a topic filter:

```toml
[decoders]
off = ["frigate"]

[decoders.bases]
zwave = ["zwave", "garage/zwave"]    # devices of the second one begin with garage/zwave/

[decoders.prefixes]
ttn = "lora"

[decoders.forced]
"plant/+/raw" = "influx"
```

What a message would become, and by which rule, is also told by `hub decode TOPIC [FILE]` and, for what was received, on
each device's page.
"""


class Example(NamedTuple):
    """A message of the corpus that a decoder read."""

    line: dict[str, Any]
    rule: str
    rows: list[tuple[str, str, str, str, str]]


def page() -> str:
    """Return the page's text."""
    by_id = all_lines()
    found: dict[str, list[Example]] = {}
    for line in by_id.values():
        source, example = _read(line, by_id)
        if example is not None:
            found.setdefault(source, []).append(example)
    names = [name for name in (*BUILTIN, "json", "plain") if name in found]
    return "\n".join([_HEAD, *_overview(names, found), *(_section(name, found[name]) for name in names)])


def _read(line: dict[str, Any], by_id: dict[str, Any]) -> tuple[str, Example | None]:
    """Return the decoder that made readings of a line, and the line as an example; none if it made no readings."""
    clock, meters = ManualClock(NOW_US), Meters()
    catalogue = Catalogue(clock=clock, meters=meters)
    normaliser = Normaliser(catalogue=catalogue, clock=clock, meters=meters)
    batch = Batch(NOW_US)
    for one in (*(by_id[before] for before in line["after"]), line):
        batch = Batch(NOW_US)
        normaliser.normalise(RawBatch([raw_of(one)], NOW_US), batch)
    if not batch.readings:
        return "", None
    rows = []
    source, rule = "", ""
    for key, time_us, value, quality, *_ in batch.readings:
        series = catalogue.series[key]
        source = series.device.source
        rule = rule or str(getattr(series.origin, "rule", ""))
        moment = "as received" if time_us == NOW_US else _written(time_us)
        shown = json.dumps(value, ensure_ascii=False) + (f" ({quality})" if quality else "")
        rows.append((series.device.id, series.metric, shown, series.unit or "", moment))
    return source, Example(line, rule, rows)


def _written(time_us: int) -> str:
    """Return a time as RFC 3339 writes it."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    return moment.isoformat().replace("+00:00", "Z")


def _overview(names: list[str], found: dict[str, list[Example]]) -> list[str]:
    """Return the table of all decoders."""
    rows = ["| decoder | base topics can be moved | messages of the corpus |", "|---|---|---|"]
    counts = Counter({name: len(examples) for name, examples in found.items()})
    rows += [f"| [{name}](#{name}) | {'yes' if name in BASED else 'no'} | {counts[name]} |" for name in names]
    return [*rows, ""]


def _section(name: str, examples: list[Example]) -> str:
    """Return the section of one decoder."""
    example = min(examples, key=_oddness)
    payload = payload_of(example.line)
    try:
        shown, language = payload.decode(), "json" if payload[:1] in b"{[" else "text"
    except UnicodeDecodeError:
        shown, language = payload.hex(" "), "text"
    rows = ["| device | metric | value | unit | time |", "|---|---|---|---|---|"]
    rows += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in example.rows]
    head = [f"## {name}", "", f"Rule: {example.rule}", "", f"`{example.line['topic']}`", ""]
    return "\n".join([*head, f"```{language}", shown, "```", "", *rows, ""])


def _oddness(example: Example) -> tuple[bool, bool, int]:
    """Return how far an example is from one that shows something and is read at one glance."""
    size = len(payload_of(example.line))
    return size > _SHORT, not _FEW <= len(example.rows) <= _ENOUGH, size


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
