"""The whole path: Mosquitto → hub → dashboards, as many messages as the broker gives, beside Node-RED.

Every dashboard asks for every reading at once (``every``, ``interval_ms`` 0). A message counts once the slowest
dashboard has it. Node-RED gets the same stream three times, at full speed and at paces around what it can carry, and
its best counts: at full speed it spends time on messages that the broker then drops.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bench.broker import mosquitto
from bench.drain import Audience, Drain, hub_scripts, subscribe
from bench.errors import PeerFailed
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.node_red import LIVE_PATH as NODE_RED_PATH
from bench.node_red import running_node_red
from bench.profile import profiled
from bench.setting import Row, Setting

if TYPE_CHECKING:
    from bench.process import Process

METRICS = 3
WARM_S = 2.0
WINDOW_S = 6.0
PEER_WINDOW_S = 4.0
BUSY = 0.95
"""A share of its core from which the hub itself is the limit."""


class PathResult(NamedTuple):
    """One run of the hub."""

    rate_hz: float
    cpu_us: float
    hub_share: float
    broker_hz: float
    complete: bool
    facts: dict[str, object]


def run_hub(setting: Setting, *, dashboards: int, qos: int) -> PathResult:
    """Return what the hub carries at most: of two runs, at full speed and a little above what that one brought.

    Args:
        setting: where.
        dashboards: how many clients.
        qos: of the stream; the hub subscribes as it does by default, with QoS 1.
    """
    flooded = _run_hub(setting, dashboards=dashboards, qos=qos, pace_hz=0.0)
    paced = _run_hub(setting, dashboards=dashboards, qos=qos, pace_hz=flooded.rate_hz * 1.15)
    best = max(flooded, paced, key=lambda found: found.rate_hz)
    best.facts["hub_hz"] = {"full speed": round(flooded.rate_hz), "paced": round(paced.rate_hz)}
    return best


def _run_hub(setting: Setting, *, dashboards: int, qos: int, pace_hz: float) -> PathResult:
    """Return what the hub carries of a stream."""
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
        hub = stack.enter_context(HubProcess(broker, setting.folder, (setting.cores.measured,)))
        wanted = hub_scripts(subscribe(["#"], mode="every", interval_ms=0))
        audience = Audience(
            port=hub.port, clients=dashboards, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=(wanted,)
        )
        drain = stack.enter_context(Drain(audience, setting.folder, setting.cores.others))
        drain.wait_open()
        stream = Stream(seconds=WARM_S + WINDOW_S + 0.5, rate_hz=pace_hz, qos=qos)
        load = stack.enter_context(Load(stream, broker, setting.cores.others))
        time.sleep(WARM_S)
        before, used = drain.report(), hub.usage()
        with profiled(hub.pid, f"path_{dashboards}_qos{qos}_{'paced' if pace_hz else 'flood'}", WINDOW_S - 1, setting):
            time.sleep(WINDOW_S)
        after, taken = drain.report(), hub.usage()
        offered = load.finish()
        last = drain.wait_settled()
        metrics = hub.metrics()
        counted = metrics["hub_messages_total"]
        rate_hz = (after.least_n - before.least_n) / METRICS / (after.at_s - before.at_s)
        cpu_us = taken.cpu_since(used) / ((after.least_n - before.least_n) / METRICS) * 1e6
        share = taken.share_since(used)
        complete = last.least_n == last.most_n and last.least_n >= counted * METRICS * 0.999 and not last.closed
        facts: dict[str, object] = {
            "broker_took_hz": offered["rate_hz"],
            "hub_core_share": round(share, 3),
            "hub_waited_for_its_core": round(taken.wait_since(used), 3),
            "hub_messages": counted,
            "least_and_most_delivered": [last.least_n / METRICS, last.most_n / METRICS],
            "frames_a_second_each": round((after.frames - before.frames) / (after.at_s - before.at_s) / dashboards, 1),
            "closed": last.closed,
            "readings_a_second_delivered": round((after.n - before.n) / (after.at_s - before.at_s)),
            "rss_mib": round(taken.rss_bytes / 2**20, 1),
            "intake_dropped": {name: value for name, value in metrics.items() if "drop" in name and value},
        }
        return PathResult(rate_hz, cpu_us, share, offered["rate_hz"], complete, facts)


def run_node_red(setting: Setting, *, dashboards: int, qos: int) -> tuple[float, dict[str, object]]:
    """Return the most messages a second that Node-RED brings to every client, and how that was found.

    Args:
        setting: where.
        dashboards: how many clients.
        qos: of the stream and of its subscription.
    """
    rates: dict[str, float] = {}
    waited: dict[str, float] = {}
    for name in ("full speed", "pace 1", "pace 2"):
        best_hz = max(rates.values(), default=0.0)
        pace_hz = {"full speed": 0.0, "pace 1": best_hz * 1.3, "pace 2": best_hz * 1.1}[name]
        with ExitStack() as stack:
            broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
            cores = (setting.cores.measured,)
            peer, port = stack.enter_context(running_node_red(broker, setting.folder, cores, qos=qos))
            audience = Audience(port=port, clients=dashboards, path=NODE_RED_PATH, per_frame=True)
            drain = stack.enter_context(Drain(audience, setting.folder, setting.cores.others))
            drain.wait_open()
            _wait_flow(broker, drain, peer, setting)
            stream = Stream(seconds=WARM_S + PEER_WINDOW_S + 0.5, rate_hz=pace_hz, qos=qos)
            with Load(stream, broker, setting.cores.others):
                time.sleep(WARM_S)
                before, used = drain.report(), peer.usage()
                time.sleep(PEER_WINDOW_S)
                after, taken = drain.report(), peer.usage()
            waited[name] = round(taken.wait_since(used), 3)
            rates[name] = (after.least_n - before.least_n) / (after.at_s - before.at_s)
    facts: dict[str, object] = {
        "node_red_hz": {name: round(rate) for name, rate in rates.items()},
        "node_red_waited_for_its_core": waited[max(rates, key=lambda name: rates[name])],
    }
    return max(rates.values()), facts


def _wait_flow(broker: str, drain: Drain, peer: Process, setting: Setting) -> None:
    """Publish a little until the flow has subscribed and something comes out of it."""
    for _ in range(20):
        with Load(Stream(seconds=0.5, rate_hz=20), broker, setting.cores.others) as load:
            load.finish()
        if drain.report().n:
            return
    raise PeerFailed(peer.name, "brought nothing through its flow within 10 s")


def _measure(setting: Setting, *, dashboards: int, qos: int, against: bool, cpu: bool) -> Round:
    """Make a round of one row of this module."""
    found = run_hub(setting, dashboards=dashboards, qos=qos)
    name = f"path_{dashboards}_qos{qos}"
    limited_by = "" if found.hub_share >= BUSY else f"broker and load, hub {found.hub_share:.0%} busy,"
    done = Round(facts={**found.facts, "complete": found.complete})
    done.samples[f"{name}_rate"] = Sample(found.rate_hz, limited_by=limited_by)
    if cpu:
        done.samples[f"{name}_cpu"] = Sample(found.cpu_us)
    if against:
        peer_hz, facts = run_node_red(setting, dashboards=dashboards, qos=qos)
        done.samples[f"{name}_node_red"] = Sample(found.rate_hz, peer_hz)
        done.facts.update(facts)
    return done


def _figures(dashboards: int, qos: int, *, rate_hz: float, ratio: float) -> tuple[Figure, ...]:
    """Return the figures of a row; 0 leaves one out."""
    name = f"path_{dashboards}_qos{qos}"
    many = f"{dashboards} dashboards" if dashboards > 1 else "1 dashboard"
    title = f"Mosquitto → hub → {many}, QoS {qos}"
    every = (
        Figure(f"{name}_node_red", f"{title}, beside Node-RED", "messages/s", Bound.AT_LEAST, ratio, of_peer=True),
        Figure(f"{name}_rate", title, "messages/s", Bound.AT_LEAST, rate_hz),
        Figure(f"{name}_cpu", f"{title}, the hub's CPU", "µs/message", Bound.AT_MOST, 12),
    )
    return tuple(figure for figure in every if figure.limit and (rate_hz or figure.of_peer))


ROWS = (
    Row(
        "path",
        "3-field JSON, every reading to 50 dashboards at once, QoS 0",
        _figures(50, 0, rate_hz=60_000, ratio=25),
        partial(_measure, dashboards=50, qos=0, against=True, cpu=True),
    ),
    Row(
        "path-qos1",
        "the same with QoS 1",
        _figures(50, 1, rate_hz=50_000, ratio=0),
        partial(_measure, dashboards=50, qos=1, against=False, cpu=True),
    ),
    Row(
        "path-one",
        "the same with QoS 0 and one dashboard",
        _figures(1, 0, rate_hz=0, ratio=5),
        partial(_measure, dashboards=1, qos=0, against=True, cpu=False),
    ),
)
