"""The reconnect storm: a hub with 1,000 dashboards restarts, and all of them are back within one second.

Each dashboard asks for what the project's own asks for: a live catalogue of all 1,000 devices, and a view of 40 of
them. Once there are 100 different views, for many people look at the same page; once every dashboard has a view of its
own, so that nothing is shared. Each device has a retained message at the broker, and sends once a second meanwhile. The
longest stall counts from the hub's start, so what it does before the first dashboard is back is in it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from urllib.parse import urlsplit

from paho.mqtt import publish

from bench.broker import mosquitto
from bench.drain import Audience, Drain, hub_scripts, subscribe
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.profile import profiled
from bench.setting import Row, Setting
from bench.views import DEVICES, SEEN, views

DASHBOARDS = 1000
SHARED_VIEWS = 100
RATE_HZ = 1000.0
SPREAD_MS = 1000
WAIT_S = 20.0


def retain(broker: str, devices: int) -> None:
    """Leave a retained message of every device at the broker.

    Args:
        broker: its URL.
        devices: how many.
    """
    url = urlsplit(broker)
    payload = '{"temperature":20.5,"humidity":50.0,"pressure":1013.2}'
    messages: publish.MessagesList = [(f"load/device-{number:04d}", payload, 1, True) for number in range(devices)]
    publish.multiple(messages, hostname=url.hostname or "", port=url.port or 1883)


def measure(setting: Setting) -> Round:
    """Make one round, with shared views and with private ones.

    Args:
        setting: where.
    """
    done = Round()
    for name, different in (("storm", SHARED_VIEWS), ("storm_private", DASHBOARDS)):
        first_ms, stall_ms, facts = _storm(setting, different, name)
        done.samples[f"{name}_first_value"] = Sample(first_ms / 1000)
        done.samples[f"{name}_stall"] = Sample(stall_ms)
        done.facts[name] = facts
    return done


def _storm(setting: Setting, different: int, name: str) -> tuple[float, float, dict[str, object]]:
    """Return the last first value's time and the longest stall, both in milliseconds, and what else was seen."""
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
        retain(broker, DEVICES)
        hub = stack.enter_context(HubProcess(broker, setting.folder, (setting.cores.measured,)))
        stack.enter_context(Load(Stream(seconds=55, rate_hz=RATE_HZ, devices=DEVICES), broker, setting.cores.others))
        time.sleep(1)
        audience = _audience(hub.port, different)
        with Drain(audience, setting.folder, setting.cores.others) as before:
            _wait_valued(before)
            hub.stop()
            sent_away = before.report()
        hub.start()
        calm, used = hub.metrics(), hub.usage()
        with Drain(audience, setting.folder, setting.cores.others) as back, profiled(hub.pid, name, 3, setting):
            _wait_valued(back)
            time.sleep(1)
            metrics, taken, report = hub.metrics(), hub.usage(), back.report()
    all_back = report.valued == DASHBOARDS and report.first_ms is not None
    facts: dict[str, object] = {
        "first_value_ms": report.first_ms._asdict() if report.first_ms else None,
        "with_a_value": report.valued,
        "refused": report.refused,
        "closed": report.closed,
        "stalls_over_20_ms": metrics["hub_loop_stalls_total"],
        "longest_stall_before_the_storm_ms": round(calm["hub_loop_stall_max_seconds"] * 1000, 1),
        "hub_cpu_s": round(taken.cpu_since(used), 2),
        "hub_waited_for_its_core": round(taken.wait_since(used), 3),
        "told_to_go_with": sent_away.last_code,
        "mib_to_all": round(report.bytes / 2**20, 1),
    }
    first_ms = report.first_ms.max if all_back and report.first_ms else WAIT_S * 1000
    return first_ms, metrics["hub_loop_stall_max_seconds"] * 1000, facts


def _audience(port: int, different: int) -> Audience:
    catalogue = subscribe(["#"], request=1, metrics=())
    scripts = [
        hub_scripts(catalogue, subscribe(view, request=2, interval_ms=100)) for view in views(different, SEEN, DEVICES)
    ]
    return Audience(
        port=port,
        clients=DASHBOARDS,
        path=LIVE_PATH,
        subprotocol=SUBPROTOCOL,
        scripts=scripts,
        spread_ms=SPREAD_MS,
        rest_us=0,
    )


def _wait_valued(drain: Drain) -> None:
    """Wait until every dashboard has a value, or for 20 s."""
    deadline_s = time.monotonic() + WAIT_S
    while drain.report().valued < DASHBOARDS and time.monotonic() < deadline_s:
        time.sleep(0.05)


def _figures() -> tuple[Figure, ...]:
    last = "the last one's first value after"
    return (
        Figure("storm_first_value", f"Reconnect storm, 1,000 dashboards in 1 s: {last}", "s", Bound.AT_MOST, 2),
        Figure("storm_stall", "the same: longest stall of the hub's loop", "ms", Bound.AT_MOST, 50),
        Figure("storm_private_first_value", f"Reconnect storm, 1,000 private views: {last}", "s", Bound.AT_MOST, 2),
        Figure("storm_private_stall", "the same: longest stall of the hub's loop", "ms", Bound.AT_MOST, 50),
    )


ROWS = (Row("storm", "1,000 dashboards reconnect within 1 s after a restart", _figures(), measure),)
