"""Messages of real devices, each with everything it must become."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.normalise.rig import NOW_US, Rig, message

CORPUS = Path(__file__).parents[1] / "corpus"
LINES = [json.loads(line) for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text().splitlines() if line]
BY_ID = {line["id"]: line for line in LINES}
PREFIXES = ("thingsboard/", "aws/", "azure/")


def payload_of(line: dict[str, Any]) -> bytes:
    return b64decode(line["payload_b64"]) if "payload_b64" in line else line["payload"].encode()


def own_id(device: str) -> str:
    """The id that the ecosystem itself uses."""
    return next((device.removeprefix(prefix) for prefix in PREFIXES if device.startswith(prefix)), device)


def expected(reading: dict[str, Any]) -> tuple[Any, ...]:
    if reading["time"] is None:
        time_us = NOW_US + round(reading.get("time_offset_s", 0) * 1_000_000)
    else:
        time_us = round(datetime.fromisoformat(reading["time"]).timestamp() * 1_000_000)
    value = reading["value"]
    return (reading["device"], reading["metric"], isinstance(value, bool), value, reading["unit"], time_us)


def order(row: tuple[Any, ...]) -> tuple[str, str, int, str]:
    return row[0], row[1], row[5], repr(row[3])


def check(rig: Rig, line: dict[str, Any]) -> None:
    before = sum(rig.rejected.values())
    content_type = line.get("content_type", "")
    batch = rig.batch(message(line["topic"], payload_of(line), retain=line["retain"], content_type=content_type))
    found = sorted(
        (
            (own_id(row.device), row.metric, isinstance(row.value, bool), row.value, row.unit, row.time_us)
            for row in rig.rows(batch)
        ),
        key=order,
    )
    wanted = sorted(map(expected, line["expect"]), key=order)
    assert [row[:3] for row in found] == [row[:3] for row in wanted]
    for row, want in zip(found, wanted, strict=True):
        assert row[3] == (pytest.approx(want[3], rel=1e-6) if isinstance(want[3], float) else want[3])
        assert row[4] == want[4]
        assert abs(row[5] - want[5]) <= 1
    statuses = [line[key] for key in ("expect_status", "expect_status_also") if key in line]
    assert [{"device": own_id(said.device.id), "status": said.status} for said in batch.statuses] == statuses
    rejected = sum(rig.rejected.values()) - before
    assert rejected == (1 if line.get("expect_undecoded") else 0)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["id"])
def test_a_real_message_becomes_exactly_what_the_corpus_says(line: dict[str, Any]) -> None:
    rig = Rig()
    for before in line["after"]:
        check(rig, BY_ID[before])
    check(rig, line)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["id"])
def test_the_same_message_again_becomes_the_same(line: dict[str, Any]) -> None:
    rig = Rig()
    check(rig, line)
    if not line["retain"]:
        check(rig, line)
        check(rig, line)


def test_the_corpus_is_there() -> None:
    assert len(LINES) == 34
