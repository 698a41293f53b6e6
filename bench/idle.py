"""Idle dashboards: what 10,000 live connections that have nothing to do add to the hub's memory.

Each has said hello and holds one small subscription. The first hundred are not counted, for they load what is loaded
once.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from bench.broker import mosquitto
from bench.drain import Audience, Drain, hub_scripts, subscribe
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.setting import Row, Setting

FIRST, CLIENTS = 100, 10_000
SETTLE_S = 3.0
REST_S = 22.0
"""Long enough for a heartbeat, and with it for what a first write costs."""


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where.
    """
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
        hub = stack.enter_context(HubProcess(broker, setting.folder, (setting.cores.measured,)))
        with Load(Stream(seconds=1, rate_hz=100, devices=10), broker, setting.cores.others) as load:
            load.finish()
        script = hub_scripts(subscribe(["load/device-0001"]))
        few = Audience(port=hub.port, clients=FIRST, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=(script,))
        stack.enter_context(Drain(few, setting.folder, setting.cores.others)).wait_open()
        time.sleep(SETTLE_S)
        before = hub.usage()
        many = Audience(port=hub.port, clients=CLIENTS, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=(script,))
        drain = stack.enter_context(Drain(many, setting.folder, setting.cores.others))
        opened = drain.wait_open(timeout_s=40)
        time.sleep(REST_S)
        after, report = hub.usage(), drain.report()
    return Round(
        samples={"idle": Sample((after.rss_bytes - before.rss_bytes) / CLIENTS / 1024)},
        facts={
            "rss_mib": [round(before.rss_bytes / 2**20, 1), round(after.rss_bytes / 2**20, 1)],
            "open": report.open,
            "with_a_value": report.valued,
            "cpu_ms_a_connection": round(after.cpu_since(before) / CLIENTS * 1000, 3),
            "seconds_to_connect_all": round(opened.at_s - before.at_s, 1),
        },
    )


ROWS = (
    Row(
        "idle",
        "10,000 dashboards that have nothing to do",
        (Figure("idle", "Idle WebSocket with one subscription, RSS, at 10,000", "KiB", Bound.AT_MOST, 14),),
        measure,
    ),
)
