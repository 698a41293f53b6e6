"""Node-RED as a peer: mqtt-in → json → function → websocket-out, without editor and telemetry."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.process import HOST, Process, free_port
from bench.workshop import node_red, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LIVE_PATH = "/live"

_SETTINGS = """\
module.exports = {{
  flowFile: "flows.json", uiHost: "{host}", uiPort: {port}, httpAdminRoot: false, credentialSecret: false,
  disableEditor: true, telemetry: {{ enabled: false, updateNotification: false }},
  externalModules: {{ autoInstall: false, palette: {{ allowInstall: false }}, modules: {{ allowInstall: false }} }},
  logging: {{ console: {{ level: "info", metrics: false, audit: false }} }},
}};
"""
_FUNCTION = "msg.payload = {device: msg.topic, time: Date.now(), values: msg.payload};\nreturn msg;"


def flow(broker: str, topics: str, qos: int) -> list[dict[str, object]]:
    """Return the flow: each message becomes one frame to every client, with its device and time.

    Args:
        broker: the broker's URL.
        topics: a topic filter.
        qos: 0 or 1.
    """
    url = urlsplit(broker)
    at = {"z": "flow"}
    return [
        {"id": "flow", "type": "tab", "label": "bench"},
        {
            "id": "broker", "type": "mqtt-broker", "broker": url.hostname, "port": str(url.port), "autoConnect": True,
            "protocolVersion": "5", "keepalive": "60", "cleansession": True, "usetls": False,
        },
        {"id": "sockets", "type": "websocket-listener", "path": LIVE_PATH, "wholemsg": "false"},
        {
            **at, "id": "in", "type": "mqtt in", "topic": topics, "qos": str(qos), "datatype": "utf8",
            "broker": "broker", "inputs": 0, "wires": [["parse"]],
        },
        {**at, "id": "parse", "type": "json", "property": "payload", "action": "obj", "wires": [["shape"]]},
        {**at, "id": "shape", "type": "function", "func": _FUNCTION, "outputs": 1, "libs": [], "wires": [["out"]]},
        {**at, "id": "out", "type": "websocket out", "server": "sockets", "client": "", "wires": []},
    ]  # fmt: skip


@contextmanager
def running_node_red(broker: str, folder: Path, cores: Sequence[int], *, qos: int = 0) -> Iterator[tuple[Process, int]]:
    """Run a Node-RED with the flow; give its process and its port.

    Args:
        broker: the broker's URL.
        folder: for its flow and log.
        cores: where it may run.
        qos: of its subscription.

    Raises:
        PeerMissing: there is no Node.js.
        PeerFailed: it did not start.
    """
    port = free_port()
    home = folder / "node-red"
    home.mkdir(exist_ok=True)
    (home / "settings.js").write_text(_SETTINGS.format(host=HOST, port=port))
    (home / "flows.json").write_text(json.dumps(flow(broker, "load/#", qos)))
    command = (program("node", "with Node.js 20 or later"), node_red(), "--userDir", home)
    log = folder / "node-red.log"
    with Process(command, cores=cores, log=log, env={"NODE_ENV": "production"}) as process:
        # It listens before its WebSocket path is there, and drops who comes in between.
        process.wait_until(lambda: has_started(log.read_text(errors="replace")), "its flow has started", timeout_s=60)
        yield process, port


def has_started(log: str) -> bool:
    """Return True if the flow works and has reached its broker.

    Args:
        log: what Node-RED has printed so far.
    """
    return "Started flows" in log and "Connected to broker" in log
