"""The tutorial's commands, run as they stand there against a real hub, do what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

READY = re.compile(r"ready: (http://\S+) \(broker mqtt://[\d.]+:(\d+)")


class Reader:
    """A reader of the tutorial, who types its commands with the addresses of the hub at hand."""

    def __init__(self, dashboard: str, broker_port: str) -> None:
        text = (ROOT / "docs/tutorial/first-dashboard.md").read_text()
        blocks = re.findall(r"^```sh\n(.+?)^```$", text, re.DOTALL | re.MULTILINE)
        lines = [line for block in blocks for line in block.splitlines() if not line.startswith("make ")]
        self.commands = [
            line.replace("http://127.0.0.1:8080", dashboard.rstrip("/")).replace("-h 127.0.0.1", f"-p {broker_port}")
            for line in lines
        ]
        # The page is there a moment before the hub hears devices; a person takes longer to type than that moment.
        self.runs(f"curl {dashboard.rstrip('/')}/readyz")

    def types(self, number: int) -> str:
        """Run one of the commands, counted from 0, and give what it prints."""
        return self.runs(self.commands[number])

    def types_until(self, number: int, told: Callable[[str], bool]) -> str:
        """Run one of the commands until it tells what a message just published should bring; give what it prints."""
        for _ in range(100):
            if told(said := self.types(number)):
                return said
            time.sleep(0.1)
        pytest.fail(f"{self.commands[number]} still prints {said}")

    def runs(self, command: str) -> str:
        """Run a command, asking again for a while where an answer is not there yet."""
        command = command.replace("curl ", "curl --silent --fail --retry 20 --retry-delay 1 --retry-all-errors ")
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Give a reader with a running hub and its embedded broker, both on free ports."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment |= {"HUB_DATA_DIR": str(tmp_path), "HUB_HTTP__PORT": "0", "HUB_BROKER__PORT": "0"}
    hub = subprocess.Popen(
        [sys.executable, "-m", "hub", "run"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert hub.stdout is not None
    try:
        with hub.stdout:
            found = next(found for line in hub.stdout if (found := READY.search(line)))
            yield Reader(*found.groups())
    finally:
        hub.terminate()
        assert hub.wait(10) == 0


@pytest.mark.service("mosquitto_pub", "curl")
def test_a_reader_sees_the_value_where_it_comes_from_and_the_nonsense_in_quarantine(reader: Reader) -> None:
    publish, explain, publish_nonsense, quarantine = range(4)
    assert len(reader.commands) == 4
    reader.types(publish)
    answer = json.loads(reader.types(explain))
    assert answer["topic"] == "kitchen/thermometer"
    assert "json" in answer["decoder"]
    reader.types(publish_nonsense)
    held = reader.types_until(quarantine, lambda said: bool(json.loads(said)["topics"]))
    assert [topic["topic"] for topic in json.loads(held)["topics"]] == ["kitchen/thermometer"]
