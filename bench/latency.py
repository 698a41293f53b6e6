"""Latency: from a device's publish to a dashboard's read, while two of 100 dashboards never read a byte.

1,000 messages/s, every reading at once. Each message carries its time of sending as its device time; every healthy
dashboard compares it with its own clock, which on one machine is the same clock. The hub's log holds four seconds here,
so that it is full before the memory is looked at for the first time.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from bench.broker import mosquitto
from bench.drain import Audience, Drain, hub_scripts, subscribe
from bench.errors import PeerFailed
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.profile import profiled
from bench.setting import Row, Setting

DASHBOARDS, STALLED = 100, 2
RATE_HZ = 1000.0
METRICS = 3
LOG_S = 4
WARM_S = LOG_S * 4.0
WINDOW_S = 28.0


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where.
    """
    log = {"HUB_LOG__RETENTION_READINGS": str(int(RATE_HZ * METRICS * LOG_S)), "HUB_LOG__RETENTION_S": str(LOG_S)}
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
        hub = stack.enter_context(HubProcess(broker, setting.folder, (setting.cores.measured,), log))
        wanted = hub_scripts(subscribe(["#"], mode="every", interval_ms=0))
        audience = Audience(
            port=hub.port, clients=DASHBOARDS, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=(wanted,),
            stalled=STALLED, latency=True, rest_us=0,
        )  # fmt: skip
        drain = stack.enter_context(Drain(audience, setting.folder, setting.cores.others))
        drain.wait_open()
        stream = Stream(seconds=WARM_S + WINDOW_S + 1, rate_hz=RATE_HZ, metrics=METRICS, stamped=True)
        load = stack.enter_context(Load(stream, broker, setting.cores.others))
        time.sleep(WARM_S)
        before, used = drain.report(reset=True), hub.usage()
        with profiled(hub.pid, "latency", WINDOW_S - 1, setting):
            time.sleep(WINDOW_S)
        after, taken, metrics = drain.report(), hub.usage(), hub.metrics()
        behind = metrics.get("hub_members_behind", 0.0)
        load.finish()
        last = drain.wait_settled()
        at_last = hub.metrics()
        sent = at_last["hub_messages_total"] * METRICS
        # A dashboard that reads nothing does not see that it was closed, but the hub knows.
        gone = max(float(last.closed), DASHBOARDS - at_last["hub_clients"])
    if after.latency_ms is None:
        raise PeerFailed("drain", f"measured nothing: {after}")
    return Round(
        samples={
            "latency_p99": Sample(after.latency_ms.p99),
            "latency_closed": Sample(gone),
            "latency_memory": Sample((taken.rss_bytes - used.rss_bytes) / 2**20),
        },
        facts={
            "latency_ms": after.latency_ms._asdict(),
            "members_behind": behind,
            "readings_of_each_healthy": [last.least_n, last.most_n, sent],
            "frames_a_second_each": round((after.frames - before.frames) / WINDOW_S / (DASHBOARDS - STALLED), 1),
            "rss_mib": [round(used.rss_bytes / 2**20, 1), round(taken.rss_bytes / 2**20, 1)],
            "hub_core_share": round(taken.share_since(used), 3),
            "hub_waited_for_its_core": round(taken.wait_since(used), 3),
            "hub_loop_stall_max_ms": round(metrics.get("hub_loop_stall_max_seconds", float("nan")) * 1000, 1),
        },
    )


ROWS = (
    Row(
        "latency",
        "publish → receive at 1,000 messages/s, 100 dashboards of which 2 take nothing",
        (
            Figure("latency_p99", "Publish → receive, 98 healthy of 100 dashboards, p99", "ms", Bound.AT_MOST, 20),
            Figure("latency_closed", "the same: dashboards disconnected", "of 100", Bound.AT_MOST, 0),
            Figure("latency_memory", f"the same: growth of RSS in {WINDOW_S:.0f} s", "MiB", Bound.AT_MOST, 4),
        ),
        measure,
    ),
)
