"""Export, import and backup against real hubs: what comes out goes in again, and is the same."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.hub import ROOT, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import StartHub

VALUES = [1, 2.5, "text", True, False, -3, 1e-7, 'a,"b"', "line\nbreak", 2**53 + 1, "true", "7"]


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = spawn(folder, {}, *arguments)
    said, _ = process.communicate(timeout=90)
    return subprocess.CompletedProcess(arguments, process.returncode, said)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return sorted(csv.DictReader(file), key=lambda row: (row["device"], row["metric"], row["time"]))


@pytest.mark.parametrize("written", ["csv", "ndjson", "parquet"])
def test_what_is_exported_can_be_imported_and_is_the_same(start_hub: StartHub, tmp_path: Path, written: str) -> None:
    first, second = start_hub(mqtt__url="embedded"), start_hub(mqtt__url="embedded")
    now_ms = time.time_ns() // 1_000_000
    rows = [
        {
            "device": f"site/d{number % 3}", "metric": f"m{number % len(VALUES)}",
            "value": VALUES[number % len(VALUES)],
            "time": now_ms - 1000 * number, "unit": "°C", "quality": "uncertain:clock" if number % 5 == 0 else "good",
        }
        for number in range(500)
    ]  # fmt: skip
    assert httpx.post(f"{first.base}/api/v1/readings", json=rows).json()["accepted"] == 500
    original, file, copy = tmp_path / "original.csv", tmp_path / f"all.{written}", tmp_path / "copy.csv"
    for arguments in (
        ("export", "--url", first.base, "-o", str(original)),
        ("export", "--url", first.base, "--format", written, "-o", str(file)),
        ("import", str(file), "--url", second.base),
        ("export", "--url", second.base, "-o", str(copy)),
    ):
        done = command(tmp_path, *arguments)
        assert done.returncode == 0, done.stdout
    assert len(rows_of(original)) == 500
    assert rows_of(copy) == rows_of(original)


def test_an_import_that_is_killed_goes_on_and_everything_is_there_once(start_hub: StartHub, tmp_path: Path) -> None:
    hub = start_hub(mqtt__url="embedded")
    file, count = tmp_path / "many.lp", 40_000
    start_s = time.time_ns() // 1_000_000_000 - count
    file.write_text("".join(f"m,device=d{number % 4} n={number}i {start_s + number}\n" for number in range(count)))
    place = tmp_path / "place.json"
    arguments = ("import", str(file), "--url", hub.base, "--precision", "s", "--resume", str(place))
    process = spawn(tmp_path, {}, *arguments)
    ends_s = time.monotonic() + 60
    while not (place.exists() and json.loads(place.read_text())["place"] > 0):
        assert time.monotonic() < ends_s
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert place.exists(), "it was over before it was killed"
    done = command(tmp_path, *arguments)
    assert done.returncode == 0, done.stdout
    assert "going on from" in done.stdout
    output = tmp_path / "out.ndjson"
    command(tmp_path, "export", "--url", hub.base, "--format", "ndjson", "-o", str(output))
    values = sorted(json.loads(line)["value"] for line in output.read_text().splitlines())
    assert values == list(range(count))


async def test_a_hub_starts_on_a_backup_that_was_taken_while_another_wrote(start_hub: StartHub, tmp_path: Path) -> None:
    hub = start_hub(mqtt__url="embedded")
    durable, stop = [0], asyncio.Event()

    async def write() -> None:
        async with httpx.AsyncClient(base_url=hub.base) as http:
            while not stop.is_set():
                rows = [{"device": "d", "metric": "n", "value": durable[0] + more} for more in range(50)]
                start_us = time.time_ns() // 1000
                for more, row in enumerate(rows):
                    row["time"] = start_us + more
                answer = await http.post("/api/v1/readings", json=rows)
                assert answer.json()["accepted"] == 50
                durable[0] += 50

    async with asyncio.TaskGroup() as group:
        group.create_task(write(), name="writing")
        while durable[0] < 500:  # noqa: ASYNC110 - the other task counts
            await asyncio.sleep(0.01)
        before = durable[0]
        target = tmp_path / "copy"
        environment = {"HUB_DATA_DIR": str(hub.folder), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        call = [sys.executable, "-m", "hub", "backup", str(target)]
        done = await asyncio.to_thread(
            subprocess.run, call, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        stop.set()
    copy = start_hub(mqtt__url="embedded", data_dir=str(target))
    async with httpx.AsyncClient(base_url=copy.base) as http:
        answer = await http.get(
            "/api/v1/history", params={"device": "d", "metric": "n", "aggregate": "raw", "points": 10_000}
        )
    values = answer.json()["value"]
    assert len(values) >= before
    assert values == list(range(len(values)))
