"""Clients that cost next to nothing: the C program ``drain.c`` and what it reports."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from bench.errors import PeerFailed
from bench.process import Process
from bench.workshop import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import TracebackType


class Quantiles(NamedTuple):
    """A duration's distribution in milliseconds."""

    p50: float
    p99: float
    max: float


class Report(NamedTuple):
    """What all clients have seen so far."""

    at_s: float
    open: int
    closed: int
    """How many lost a connection they had."""
    refused: int
    """How many never had one."""
    last_code: int
    """The code of the last Close that came, 0 without."""
    valued: int
    """How many have received a first value."""
    bytes: int
    frames: int
    n: int
    """Readings, all clients together."""
    least_n: int
    """Readings of the client that received fewest."""
    most_n: int
    first_ms: Quantiles | None
    """From a client's connect to its first value."""
    latency_ms: Quantiles | None
    """From the time a row carries to its reading, since the last reset."""


def parse_report(line: str) -> Report:
    """Return a report of the line that the program printed.

    Args:
        line: one JSON object.
    """
    found: dict[str, Any] = json.loads(line)
    values: dict[str, Any] = {name: found[name] for name in Report._fields if name in found}
    for name in ("first_ms", "latency_ms"):
        got = found.get(name)
        values[name] = Quantiles(got["p50"], got["p99"], got["max"]) if got else None
    return Report(**{**values, "at_s": found["at_us"] / 1e6})


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who listens, and how.

    Args:
        port: where the server is.
        clients: how many.
        path: of the WebSocket.
        subprotocol: offered in the handshake; empty for none.
        scripts: what each client says, one message after the other; client i takes entry i modulo their number.
        per_frame: True to count every text frame as one, for peers other than the hub.
        raw: True for plain TCP without handshake.
        stalled: how many of the clients never read.
        spread_ms: connect evenly over this time; 0 as fast as they are accepted.
        rest_us: how long the clients' process sleeps between two looks at its sockets, at most 999,999; so a write
            does not pay for waking its reader, which on a network is another machine's business.
        latency: True to measure from the time of each row.
    """

    port: int
    clients: int
    path: str = "/"
    subprotocol: str = ""
    scripts: Sequence[Sequence[str]] = ()
    per_frame: bool = False
    raw: bool = False
    stalled: int = 0
    spread_ms: int = 0
    rest_us: int = 1000
    latency: bool = False

    def arguments(self, script: Path) -> Iterable[str]:
        """Yield the program's arguments.

        Args:
            script: where the messages stand, if there are any.
        """
        yield from ("--port", str(self.port), "--clients", str(self.clients), "--path", self.path)
        yield from ("--stalled", str(self.stalled), "--spread", str(self.spread_ms), "--rest", str(self.rest_us))
        if self.subprotocol:
            yield from ("--subprotocol", self.subprotocol)
        if self.scripts:
            yield from ("--script", str(script))
        for name, wanted in (("--per-frame", self.per_frame), ("--raw", self.raw), ("--latency", self.latency)):
            if wanted:
                yield name


class Drain:
    """An audience that has been seated, as a context.

    Args:
        audience: who listens.
        folder: for what they say, and the program's log.
        cores: where it may run.
    """

    def __init__(self, audience: Audience, folder: Path, cores: Sequence[int]) -> None:
        self.audience = audience
        script = folder / "drain.script"
        script.write_text("".join("\t".join(messages) + "\n" for messages in audience.scripts))
        self._process = Process((compiled("drain"), *audience.arguments(script)), cores=cores)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.stop()

    def report(self, *, reset: bool = False) -> Report:
        """Return what has been seen so far.

        Args:
            reset: True to begin measuring latencies anew.

        Raises:
            PeerFailed: the program has ended.
        """
        popen = self._process.popen
        assert popen.stdin is not None
        assert popen.stdout is not None
        try:
            popen.stdin.write("reset\n" if reset else "report\n")
            popen.stdin.flush()
        except BrokenPipeError:
            raise PeerFailed("drain", f"ended with {popen.wait()}") from None
        line = popen.stdout.readline()
        if not line:
            raise PeerFailed("drain", f"ended with {popen.wait()}")
        return parse_report(line)

    def wait_open(self, *, timeout_s: float = 30.0) -> Report:
        """Wait until every client has its connection.

        Args:
            timeout_s: how long at most.

        Raises:
            PeerFailed: the time is over, or a client was refused.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            report = self.report()
            if report.open == self.audience.clients:
                return report
            if report.refused or time.monotonic() > deadline_s:
                raise PeerFailed("drain", f"has {report.open} of {self.audience.clients} connections: {report}")
            time.sleep(0.02)

    def wait_settled(self, *, still_s: float = 0.3, timeout_s: float = 20.0) -> Report:
        """Wait until nothing new has come for a while.

        Args:
            still_s: for how long nothing.
            timeout_s: how long at most; then the last report is returned as it is.
        """
        deadline_s = time.monotonic() + timeout_s
        report = self.report()
        while time.monotonic() < deadline_s:
            time.sleep(still_s)
            later = self.report()
            if later.n == report.n:
                return later
            report = later
        return report


def hub_scripts(*subscriptions: str) -> tuple[str, ...]:
    """Return what a client of the hub says: hello, then its subscriptions.

    Args:
        subscriptions: ``subscribe`` messages.
    """
    return ('{"type":"hello","client":"bench"}', *subscriptions)


def subscribe(
    devices: Sequence[str],
    *,
    request: int = 1,
    mode: str = "latest",
    interval_ms: int = 100,
    metrics: Sequence[str] = ("*",),
) -> str:
    """Return a ``subscribe`` message.

    Args:
        devices: filters.
        request: its id.
        mode: ``latest`` or ``every``.
        interval_ms: 0…60000.
        metrics: globs.
    """
    return json.dumps(
        {
            "type": "subscribe",
            "id": request,
            "devices": list(devices),
            "metrics": list(metrics),
            "mode": mode,
            "interval_ms": interval_ms,
        },
        separators=(",", ":"),
    )
