"""The load: the simulators' pre-encoding generator in a process of its own, so that its rate is its own business."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bench.errors import PeerFailed
from bench.process import Process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What devices publish.

    Args:
        seconds: for how long.
        rate_hz: messages a second; 0 as many as the broker takes.
        devices: from how many devices.
        metrics: how many fields a message has.
        qos: 0 or 1.
        stamped: True if each message carries its time of sending.
    """

    seconds: float
    rate_hz: float = 0.0
    devices: int = 100
    metrics: int = 3
    qos: int = 0
    stamped: bool = False

    def arguments(self, broker: str) -> tuple[str, ...]:
        """Return the generator's arguments.

        Args:
            broker: the broker's URL.
        """
        fixed = ("load", "--url", broker, "--json", "--seconds", f"{self.seconds:g}", "--rate", f"{self.rate_hz:g}")
        shape = ("--devices", str(self.devices), "--metrics", str(self.metrics), "--qos", str(self.qos))
        return (*fixed, *shape, *(("--stamp",) if self.stamped else ()))


class Load:
    """A stream that runs, as a context; leaving it ends the stream.

    Args:
        stream: what is published.
        broker: the broker's URL.
        cores: where the generator may run.
    """

    def __init__(self, stream: Stream, broker: str, cores: Sequence[int]) -> None:
        self._seconds = stream.seconds
        self._process = Process((sys.executable, "-m", "simulators", *stream.arguments(broker)), cores=cores)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.stop()

    def finish(self) -> dict[str, Any]:
        """Wait until everything is sent, and return the generator's report.

        Raises:
            PeerFailed: it failed.
        """
        printed, _ = self._process.popen.communicate(timeout=self._seconds + 30)
        if self._process.popen.returncode:
            raise PeerFailed("the load generator", f"ended with {self._process.popen.returncode}", printed)
        report: dict[str, Any] = json.loads(printed)
        return report
