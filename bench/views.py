"""Private views: 200 dashboards that share nothing, each with 40 devices of its own among 1,000.

10,000 messages/s of three metrics, ``latest`` every 100 ms: what the project's dashboard asks for while people look at
different parts of a fleet.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from random import Random

from bench.broker import mosquitto
from bench.drain import Audience, Drain, hub_scripts, subscribe
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.profile import profiled
from bench.setting import Row, Setting

DEVICES = 1000
VIEWS = 200
SEEN = 40
"""Devices of a view."""
RATE_HZ = 10_000.0
WARM_S = 4.0
WINDOW_S = 10.0
INTERVAL_MS = 100


def views(count: int, seen: int, devices: int) -> list[list[str]]:
    """Return which devices each dashboard looks at, the same at every call.

    Args:
        count: how many dashboards.
        seen: how many devices each.
        devices: how many there are to choose from.
    """
    random = Random(1)  # noqa: S311 - a choice that can be repeated is the point
    names = [f"load/device-{number:04d}" for number in range(devices)]
    return [random.sample(names, seen) for _ in range(count)]


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where.
    """
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
        hub = stack.enter_context(HubProcess(broker, setting.folder, (setting.cores.measured,)))
        stream = Stream(seconds=WARM_S + WINDOW_S + 2, rate_hz=RATE_HZ, devices=DEVICES)
        stack.enter_context(Load(stream, broker, setting.cores.others))
        time.sleep(WARM_S / 2)
        scripts = [hub_scripts(subscribe(view, interval_ms=INTERVAL_MS)) for view in views(VIEWS, SEEN, DEVICES)]
        audience = Audience(port=hub.port, clients=VIEWS, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=scripts)
        drain = stack.enter_context(Drain(audience, setting.folder, setting.cores.others))
        drain.wait_open()
        time.sleep(WARM_S / 2)
        before, used, counted = drain.report(), hub.usage(), hub.metrics()["hub_messages_total"]
        with profiled(hub.pid, "views", WINDOW_S - 1, setting):
            time.sleep(WINDOW_S)
        after, taken, total = drain.report(), hub.usage(), hub.metrics()["hub_messages_total"]
    seconds = after.at_s - before.at_s
    return Round(
        samples={"views": Sample(taken.share_since(used) * 100)},
        facts={
            "messages_a_second": round((total - counted) / seconds),
            "frames_a_second_each": round((after.frames - before.frames) / seconds / VIEWS, 2),
            "readings_a_second_each": round((after.n - before.n) / seconds / VIEWS),
            "bytes_a_frame": round((after.bytes - before.bytes) / (after.frames - before.frames)),
            "hub_waited_for_its_core": round(taken.wait_since(used), 3),
            "closed": after.closed,
        },
    )


ROWS = (
    Row(
        "views",
        "200 private views of 40 of 1,000 devices, 10,000 messages/s, every 100 ms",
        (
            Figure(
                "views", "200 private views, 1,000 devices of 3 metrics at 10 Hz, 100 ms, the hub's CPU", "% of a core",
                Bound.AT_MOST, 25,
            ),
        ),
        measure,
    ),
)  # fmt: skip
