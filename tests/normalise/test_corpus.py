"""Messages of real devices, each with everything it must become."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from hub.core.clock import ManualClock
from hub.core.model import Mark
from tests.normalise.corpus import CORPUS, NOW_US, all_lines, lines_of, raw_of
from tests.normalise.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.batch import Batch
    from hub.core.model import Device

BY_ID = all_lines()
LINES = list(BY_ID.values())


def own_id(device: Device) -> str:
    """The id that the ecosystem itself uses."""
    return device.id.removeprefix(f"{device.source}/")


def expected(reading: dict[str, Any]) -> tuple[Any, ...]:
    if reading["time"] is None:
        time_us = NOW_US + round(reading.get("time_offset_s", 0) * 1_000_000)
    else:
        time_us = round(datetime.fromisoformat(reading["time"]).timestamp() * 1_000_000)
    value = reading["value"]
    historical = reading.get("historical", False)
    return (reading["device"], reading["metric"], isinstance(value, bool), historical, value, reading["unit"], time_us)


def found(rig: Rig, batch: Batch) -> Iterator[tuple[Any, ...]]:
    for key, time_us, value, _, _, mark in batch.readings:
        series = rig.catalogue.series[key]
        historical = bool(mark & Mark.HISTORICAL)
        yield own_id(series.device), series.metric, isinstance(value, bool), historical, value, series.unit, time_us


def order(row: tuple[Any, ...]) -> tuple[str, str, int, str]:
    return row[0], row[1], row[6], repr(row[4])


def check(rig: Rig, line: dict[str, Any]) -> None:
    before = sum(rig.rejected.values())
    batch = rig.batch(raw_of(line))
    rows = sorted(found(rig, batch), key=order)
    wanted = sorted(map(expected, line["expect"]), key=order)
    assert [row[:4] for row in rows] == [row[:4] for row in wanted]
    for row, want in zip(rows, wanted, strict=True):
        assert row[4] == (pytest.approx(want[4], rel=1e-6) if isinstance(want[4], float) else want[4])
        assert row[5] == want[5]
        assert abs(row[6] - want[6]) <= 1
    statuses = [line["expect_status"], *line.get("expect_status_also", [])] if "expect_status" in line else []
    assert [{"device": own_id(said.device), "status": said.status} for said in batch.statuses] == statuses
    assert bool(rig.normaliser.requests) == line.get("expect_rebirth", False)
    rig.normaliser.requests.clear()
    rejected = sum(rig.rejected.values()) - before
    assert rejected == (1 if line.get("expect_undecoded") else 0)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["id"])
def test_a_real_message_becomes_exactly_what_the_corpus_says(line: dict[str, Any]) -> None:
    rig = Rig(clock=ManualClock(NOW_US))
    for before in line["after"]:
        check(rig, BY_ID[before])
    check(rig, line)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["id"])
def test_the_same_message_again_becomes_the_same(line: dict[str, Any]) -> None:
    rig = Rig(clock=ManualClock(NOW_US))
    for before in line["after"]:
        check(rig, BY_ID[before])
    check(rig, line)
    if not line["retain"] and not line.get("expect_rebirth"):  # asked for at most once in 10 s
        check(rig, line)
        check(rig, line)


def test_no_two_lines_have_one_id() -> None:
    assert len(BY_ID) == sum(len(lines_of(path.stem)) for path in CORPUS.glob("*.jsonl"))
    assert len(BY_ID) >= 305
