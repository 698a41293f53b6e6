"""Processes are pinned, watched, and ended whatever happens; a peer that ends early says why."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from bench.errors import PeerFailed, PeerMissing
from bench.machine import Cores, choose_cores, facts
from bench.process import Process, Usage, free_port, listens
from bench.workshop import program

if TYPE_CHECKING:
    from pathlib import Path

CORE = choose_cores().measured


def test_a_process_runs_on_its_core_alone() -> None:
    code = "import os; print(sorted(os.sched_getaffinity(0)), flush=True); input()"
    with Process((sys.executable, "-c", code), cores=(CORE,)) as process:
        assert process.popen.stdout is not None
        assert process.popen.stdout.readline().strip() == f"[{CORE}]"


def test_leaving_the_context_ends_the_process_and_stopping_twice_is_once() -> None:
    with Process((sys.executable, "-c", "input()"), cores=(CORE,)) as process:
        pid = process.popen.pid
        process.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_process_that_ends_early_fails_with_what_it_printed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "print('no such port'); raise SystemExit(3)")
    with (
        Process(command, cores=(CORE,), log=tmp_path / "log") as process,
        pytest.raises(PeerFailed, match=r"ended with 3 before it listens(.|\n)*no such port"),
    ):
        process.wait_until(lambda: False, "it listens")


def test_waiting_for_a_process_ends() -> None:
    with (
        Process((sys.executable, "-c", "input()"), cores=(CORE,)) as process,
        pytest.raises(PeerFailed, match="took more than 0 s for it listens"),
    ):
        process.wait_until(lambda: False, "it listens", timeout_s=0.01)


def test_work_and_memory_of_a_process_are_seen() -> None:
    code = "x = bytearray(50_000_000)\nwhile True: pass"
    with Process((sys.executable, "-c", code), cores=(CORE,)) as process:
        process.wait_until(lambda: process.usage().cpu_s >= 0.1, "it has worked")
        assert process.usage().rss_bytes > 50_000_000


def test_shares_are_of_the_time_between_two_looks() -> None:
    before, after = Usage(10.0, 1.0, 0.5, 0), Usage(14.0, 3.0, 1.5, 0)
    assert after.cpu_since(before) == 2.0
    assert after.share_since(before) == 0.5
    assert after.wait_since(before) == 0.25


def test_nothing_listens_on_a_free_port() -> None:
    assert not listens(free_port())


def test_a_missing_program_is_one_sentence() -> None:
    with pytest.raises(PeerMissing, match=r"no-such-broker is needed and was not found; it comes from nowhere\."):
        program("no-such-broker", "from nowhere")


def test_with_one_core_everything_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5})
    assert choose_cores() == Cores(5, (5,))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {7, 2, 5})
    assert choose_cores() == Cores(2, (5,))


def test_the_machine_is_told_with_versions() -> None:
    told = facts()
    assert told["cores"]
    assert told["python"] == sys.version.split()[0]
    packages = told["packages"]
    assert isinstance(packages, dict)
    assert set(packages) >= {"uvloop", "orjson"}
