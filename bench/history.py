"""History: what it costs to keep everything, beside the same hub that keeps nothing, and how fast windows come.

The stream is QoS 1 and stamped: the broker hands a message over again unless it is acknowledged, which the hub does
only after the commit, so keeping up means that all of it is durable. A settling comes every few seconds at this rate.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.broker import mosquitto
from bench.drain import Audience, Drain, hub_scripts, subscribe
from bench.errors import PeerFailed
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.profile import profiled
from bench.setting import Row, Setting

RATE_HZ = 20_000.0
METRICS = 3
DEVICES = 1_000
WARM_S = 6.0
WINDOW_S = 40.0
DASHBOARDS = 2


class _Run(NamedTuple):
    """One run of the hub."""

    cpu_us: float
    p99_ms: float
    stall_ms: float
    backlog: float
    disk_bytes: float
    written_bytes: float
    facts: dict[str, object]


def _run(setting: Setting, url: str) -> _Run:
    """Return what the stream costs a hub that keeps history where ``url`` says."""
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
        hub = stack.enter_context(
            HubProcess(broker, setting.folder, (setting.cores.measured,), {"HUB_HISTORY__URL": url})
        )
        drain = stack.enter_context(Drain(_audience(hub.port), setting.folder, setting.cores.others))
        drain.wait_open()
        stream = Stream(
            seconds=WARM_S + WINDOW_S + 1, rate_hz=RATE_HZ, metrics=METRICS, devices=DEVICES, qos=1, stamped=True
        )
        load = stack.enter_context(Load(stream, broker, setting.cores.others))
        time.sleep(WARM_S)
        before, used, metrics = drain.report(reset=True), hub.usage(), hub.metrics()
        io = _written_bytes(hub.pid)
        with profiled(hub.pid, f"history_{url}", WINDOW_S - 1, setting):
            time.sleep(WINDOW_S)
        after, taken, last = drain.report(), hub.usage(), hub.metrics()
        io = _written_bytes(hub.pid) - io
        offered = load.finish()
        messages = last["hub_messages_total"] - metrics["hub_messages_total"]
        drain.wait_settled()
        at_last = hub.metrics()
        hub.stop()
        if after.latency_ms is None:
            raise PeerFailed("drain", f"measured nothing: {after}")
        readings = at_last.get("hub_history_readings_total", 0.0)
        return _Run(
            cpu_us=taken.cpu_since(used) / messages * 1e6,
            p99_ms=after.latency_ms.p99,
            stall_ms=last["hub_loop_stall_max_seconds"] * 1000,
            backlog=RATE_HZ * WINDOW_S - messages,
            disk_bytes=_disk_bytes(setting, hub) / readings if readings else 0.0,
            written_bytes=io / messages / METRICS,
            facts={
                "latency_ms": after.latency_ms._asdict(),
                "offered_hz": offered["rate_hz"],
                "messages_hz": round(messages / (after.at_s - before.at_s)),
                "core_share": round(taken.share_since(used), 3),
                "hub_waited_for_its_core": round(taken.wait_since(used), 3),
                "rss_mib": round(taken.rss_bytes / 2**20, 1),
                "readings_kept": readings,
                "messages_at_last": at_last["hub_messages_total"],
                "commits": at_last.get("hub_history_commits_total", 0.0),
            },
        )


def _audience(port: int) -> Audience:
    """Return the dashboards that measure the latency."""
    wanted = hub_scripts(subscribe(["#"], mode="every", interval_ms=0))
    return Audience(
        port=port, clients=DASHBOARDS, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=(wanted,), latency=True,
        rest_us=0,
    )  # fmt: skip


def _written_bytes(pid: int) -> int:
    """Return what a process has had written to disk."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes:")).split()[1])


def _disk_bytes(setting: Setting, hub: HubProcess) -> int:
    """Return the size of what is settled, once a start has settled all of it."""
    hub.start()
    hub.stop()
    return (setting.folder / "data" / "history.db").stat().st_size


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where.
    """
    folders = [setting.folder / name for name in ("without", "with")]
    for folder in folders:
        folder.mkdir()
    without, kept = (
        _run(setting._replace(folder=folder), url) for folder, url in zip(folders, ("none", "sqlite"), strict=True)
    )
    return Round(
        samples={
            "history_cpu": Sample(kept.cpu_us, without.cpu_us),
            "history_backlog": Sample(max(0.0, kept.backlog) / RATE_HZ),
            "history_p99": Sample(kept.p99_ms, without.p99_ms),
            "history_stall": Sample(kept.stall_ms, without.stall_ms),
            "history_disk": Sample(kept.disk_bytes),
            "history_written": Sample(kept.written_bytes),
        },
        facts={"without": without.facts, "with": kept.facts},
    )


ROWS = (
    Row(
        "history",
        "20,000 messages/s × 3 readings, QoS 1, all kept, beside the same without history",
        (
            Figure("history_cpu", "Keeping 60,000 readings/s: the hub's CPU", "µs a message", Bound.AT_MOST, 25),
            Figure("history_backlog", "the same: how far behind at the end", "s", Bound.AT_MOST, 0.5),
            Figure("history_p99", "the same: publish → dashboard, p99", "ms", Bound.AT_MOST, 2, of_peer=True),
            Figure("history_stall", "the same: longest stall of the loop", "ms", Bound.AT_MOST, 50),
            Figure("history_disk", "the same: on disk", "bytes a reading", Bound.AT_MOST, 40),
            Figure("history_written", "the same: written to disk", "bytes a reading", Bound.AT_MOST, 600),
        ),
        measure,
    ),
)
