"""Fan-out: what one frame of 1 KiB to one of 1,000 clients costs the hub, beside a C loop around ``write(2)``.

The hub's cost is marginal: its CPU time with all clients less that of the same stream without any, so making the frame
and putting it into 1,000 sockets counts, reading and normalising the message does not. The C loop writes as many bytes
at the same rate to the same receivers.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.broker import mosquitto
from bench.drain import Audience, Drain, hub_scripts, subscribe
from bench.errors import PeerFailed
from bench.figures import Bound, Figure, Round, Sample
from bench.hub_process import LIVE_PATH, SUBPROTOCOL, HubProcess
from bench.load import Load, Stream
from bench.process import Process
from bench.profile import profiled
from bench.setting import Row, Setting
from bench.workshop import compiled

if TYPE_CHECKING:
    from bench.process import Usage

CLIENTS = 1000
RATE_HZ = 40.0
"""Frames a second, each to every client: about a fifth of a core, so neither side is at its limit."""
METRICS = 48
"""Fields of a message whose frame is about 1 KiB."""
WARM_S = 1.0
WINDOW_S = 8.0


def measure(setting: Setting) -> Round:
    """Make one round.

    Args:
        setting: where.
    """
    done = Round()
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(setting.folder, setting.cores.others))
        hub = stack.enter_context(HubProcess(broker, setting.folder, (setting.cores.measured,)))
        stream = Stream(seconds=WARM_S + WINDOW_S + 1, rate_hz=RATE_HZ, devices=10, metrics=METRICS)
        alone = _watch(stream, broker, hub, setting)
        wanted = hub_scripts(subscribe(["#"], mode="every", interval_ms=0))
        audience = Audience(port=hub.port, clients=CLIENTS, path=LIVE_PATH, subprotocol=SUBPROTOCOL, scripts=(wanted,))
        with Drain(audience, setting.folder, setting.cores.others) as drain:
            drain.wait_open()
            drain.wait_settled()
            with Load(stream, broker, setting.cores.others):
                time.sleep(WARM_S)
                before, used = drain.report(), hub.usage()
                with profiled(hub.pid, "fanout", WINDOW_S - 1, setting):
                    time.sleep(WINDOW_S)
                after, taken = drain.report(), hub.usage()
    frames = after.frames - before.frames
    bytes_each = (after.bytes - before.bytes) / frames
    marginal_s = taken.cpu_since(used) - _share(alone) * (taken.at_s - used.at_s)
    loop_us = _loop_us(setting, round(bytes_each), frames / CLIENTS / (after.at_s - before.at_s))
    done.samples["fanout"] = Sample(marginal_s / frames * 1e6, loop_us)
    done.facts = {
        "bytes_a_frame": round(bytes_each),
        "frames_a_second_each": round(frames / CLIENTS / (after.at_s - before.at_s), 2),
        "hub_core_share": round(taken.share_since(used), 3),
        "hub_core_share_without_clients": round(_share(alone), 4),
        "hub_waited_for_its_core": round(taken.wait_since(used), 3),
        "closed": after.closed,
    }
    return done


def _watch(stream: Stream, broker: str, hub: HubProcess, setting: Setting) -> tuple[Usage, Usage]:
    """Return the hub's usage before and after a while of the stream, which also makes its series known."""
    with Load(stream, broker, setting.cores.others):
        time.sleep(WARM_S)
        used = hub.usage()
        time.sleep(WINDOW_S)
        return used, hub.usage()


def _share(window: tuple[Usage, Usage]) -> float:
    return window[1].share_since(window[0])


def _loop_us(setting: Setting, frame_bytes: int, rate_hz: float) -> float:
    """Return what one write of the C loop takes, in microseconds."""
    command = (
        compiled("fanout"), "--clients", str(CLIENTS), "--bytes", str(frame_bytes), "--rate", f"{rate_hz:.3f}",
        "--seconds", f"{WINDOW_S:g}",
    )  # fmt: skip
    with Process(command, cores=(setting.cores.measured,)) as loop:
        assert loop.popen.stdout is not None
        port = loop.popen.stdout.readline()
        if not port.strip().isdigit():
            raise PeerFailed("fanout", "did not say its port")
        audience = Audience(port=int(port), clients=CLIENTS, raw=True)
        with Drain(audience, setting.folder, setting.cores.others):
            printed = loop.popen.stdout.readline()
    if not printed:
        raise PeerFailed("fanout", "did not say what it took")
    said = json.loads(printed)
    return float(said["cpu_s"]) / (int(said["rounds"]) * CLIENTS) * 1e6


ROWS = (
    Row(
        "fanout",
        "1 KiB frames to 1,000 clients, beside a C loop",
        (
            Figure(
                "fanout", "Fan-out of 1 KiB frames, 1,000 clients, CPU a frame and client, beside a C loop",
                "µs", Bound.AT_MOST, 1.4, of_peer=True,
            ),
        ),
        measure,
    ),
)  # fmt: skip
