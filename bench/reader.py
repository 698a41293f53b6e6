"""Reading MQTT: CPU time a message of the hub's intake path, beside aiomqtt's own iterator on the same bytes.

``python -m bench.reader [--json FILE] [--rounds N] [--messages N]``. Each round reads the same recorded stream (3-field
JSON, 1,000 topics) from a process that only sends it, and the same messages through a real Mosquitto, with the hub's
subscriber and intake and then with ``async for message in client.messages``, each in a process of its own on uvloop.
With QoS 1 every message is acknowledged. Time is the process's own CPU time from the first message to the last.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import aiomqtt
import uvloop

from bench.broker import mosquitto
from bench.machine import choose_cores
from bench.process import HOST, free_port
from hub.core.clock import SystemClock
from hub.core.feed import Feeds
from hub.core.meters import Meters
from hub.mqtt.intake import Intake
from hub.mqtt.options import Address, SubscriberOptions
from hub.mqtt.subscriber import Subscriber

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOPICS = 1000
WARM_UP = 2000
"""Messages before the clock starts."""
PATIENCE_S = 40.0
BUDGET_US = {0: 2.7, 1: 3.3}
"""What a message may cost by QoS: the design's figure, and with acknowledgement and redelivery guard."""


class Case(NamedTuple):
    """What is read.

    Args:
        source: ``stream`` from a process that only sends, or ``mosquitto``.
        version: of MQTT, 4 for 3.1.1 or 5.
        qos: 0 or 1.
    """

    source: str
    version: int
    qos: int

    @property
    def title(self) -> str:
        """Its name for people."""
        return f"{self.source}, MQTT {'5' if self.version > 4 else '3.1.1'}, QoS {self.qos}"


CASES = (
    Case("stream", 4, 0),
    Case("stream", 5, 0),
    Case("stream", 5, 1),
    Case("mosquitto", 5, 0),
    Case("mosquitto", 5, 1),
)


def packets(count: int, *, version: int, qos: int) -> Iterator[bytes]:
    """Yield PUBLISH packets as a broker sends them.

    Args:
        count: how many.
        version: 4 or 5.
        qos: 0 or 1.
    """
    for n in range(count):
        topic = b"factory/line%d/machine%d/data" % (n % 10, n % TOPICS)
        payload = b'{"temperature":%d.5,"pressure":1.01%d,"state":"ok"}' % (20 + n % 7, n % 10)
        identifier = (n % 65_535 + 1).to_bytes(2, "big") if qos else b""
        body = len(topic).to_bytes(2, "big") + topic + identifier + (b"\x00" if version > 4 else b"") + payload
        length = bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 127 | 128, len(body) >> 7])
        yield bytes([0x30 | qos << 1]) + length + body


def serve(port: int, count: int, version: int, qos: int) -> None:
    """Accept one client, and send it the recorded stream once it has subscribed.

    Args:
        port: where to listen.
        count: messages.
        version: of MQTT.
        qos: of the messages.
    """
    stream = b"".join(packets(count, version=version, qos=qos))
    with socket.create_server((HOST, port)) as server:
        client, _ = server.accept()
        with client:
            client.recv(65_536)
            client.sendall(b"\x20\x03\x00\x00\x00" if version > 4 else b"\x20\x02\x00\x00")
            subscribe = client.recv(65_536)
            body = subscribe[2:4] + (b"\x00" if version > 4 else b"") + bytes([qos])
            client.sendall(b"\x90" + bytes([len(body)]) + body)
            reading = threading.Thread(target=_drain, args=(client,), name="drain", daemon=True)
            reading.start()
            client.sendall(stream)
            reading.join(PATIENCE_S)


def _drain(client: socket.socket) -> None:
    """Take what the client sends until it leaves."""
    try:
        while client.recv(65_536):
            pass
    except OSError:
        pass


def flood(port: int, count: int, qos: int) -> None:
    """Publish the messages to a broker as fast as it takes them.

    Args:
        port: the broker's.
        count: messages.
        qos: of publishing.
    """
    with socket.create_connection((HOST, port)) as client:
        client.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
        client.recv(4)
        acknowledgements = threading.Thread(target=_drain, args=(client,), name="drain", daemon=True)
        acknowledgements.start()
        every = list(packets(count, version=4, qos=qos))
        for start in range(0, count, 500):
            client.sendall(b"".join(every[start : start + 500]))
        client.sendall(b"\xe0\x00")
        acknowledgements.join(PATIENCE_S)


async def read_with_hub(case: Case, port: int, count: int, subscribed: asyncio.Event) -> float:
    """Return µs of CPU a message with the hub's subscriber and intake.

    Args:
        case: what is read.
        port: where from.
        count: messages to come.
        subscribed: set once they may come.
    """
    clock, meters = SystemClock(), Meters()
    feeds = Feeds(clock=clock)
    feeds.listen(lambda feed: subscribed.set() if feed.up else None)
    intake = Intake(max_messages=1_000_000, max_bytes=1 << 30, clock=clock, meters=meters)
    options = SubscriberOptions(
        Address("mqtt", HOST, port),
        "bench",
        topics=("factory/#",),
        version="5" if case.version > 4 else "3.1.1",
        qos=case.qos,
        session_expiry_s=0,
    )
    subscriber = Subscriber(options=options, intake=intake, feeds=feeds, clock=clock, meters=meters)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(subscriber.run(), name="subscriber")
        got = measured = 0
        started_s = -1.0
        while got < count:  # a stream sends no PUBACK for the hub's birth, which may wait
            await intake.ready()
            batch = intake.take(1000)
            if batch is None:
                continue
            got += len(batch.messages)
            if batch.receipt is not None:
                batch.receipt.acknowledge()
            if started_s < 0 and got >= WARM_UP:
                started_s, measured = time.process_time(), got
        spent_s = time.process_time() - started_s
        running.cancel()
    return spent_s / (count - measured) * 1e6


async def read_with_aiomqtt(case: Case, port: int, count: int, subscribed: asyncio.Event) -> float:
    """Return µs of CPU a message with aiomqtt's iterator, which acknowledges by itself.

    Args:
        case: what is read.
        port: where from.
        count: messages to come.
        subscribed: set once they may come.
    """
    version = aiomqtt.ProtocolVersion.V5 if case.version > 4 else aiomqtt.ProtocolVersion.V311
    async with aiomqtt.Client(HOST, port, protocol=version, identifier="bench") as client:
        await client.subscribe("factory/#", qos=case.qos)
        subscribed.set()
        got = 0
        started_s = 0.0
        async for _ in client.messages:
            got += 1
            if got == WARM_UP:
                started_s = time.process_time()
            if got == count:
                break
        return (time.process_time() - started_s) / (count - WARM_UP) * 1e6


async def read(reader: str, case: Case, port: int, count: int) -> float:
    """Return µs of CPU a message of one reader; starts the publisher if there is a broker.

    Args:
        reader: ``hub`` or ``aiomqtt``.
        case: what is read.
        port: where from.
        count: messages.
    """
    subscribed = asyncio.Event()
    reading = read_with_hub if reader == "hub" else read_with_aiomqtt
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        result = tasks.create_task(reading(case, port, count, subscribed), name="reading")
        await subscribed.wait()
        publisher = None
        if case.source == "mosquitto":
            publisher = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.reader", "--publish", f"{port},{count},{case.qos}"
            )
        spent_us = await result
        if publisher is not None:
            await publisher.wait()
    return spent_us


def measure(reader: str, case: Case, port: int, count: int) -> float:
    """Return what one reader takes, in a process of its own.

    Args:
        reader: ``hub`` or ``aiomqtt``.
        case: what is read.
        port: of the broker; 0 for the recorded stream.
        count: messages.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    sender = None
    if case.source == "stream":
        port = free_port()
        what = f"{port},{count},{case.version},{case.qos}"
        sender = subprocess.Popen([sys.executable, "-m", "bench.reader", "--serve", what])
        time.sleep(1.0)  # it accepts one client only, so nobody may ask whether it is there
    try:
        what = f"{reader},{case.source},{case.version},{case.qos},{port},{count}"
        command = [sys.executable, "-m", "bench.reader", "--read", what]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S + 30)
        return float(done.stdout)
    finally:
        if sender is not None:
            sender.kill()
            sender.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; return 0, or 1 if the hub takes more than it may.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.reader", description="Measures reading MQTT.")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (default 3)")
    parser.add_argument("--messages", type=int, default=100_000, help="read by the hub; a tenth by aiomqtt")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where every round is written")
    for inner in ("--serve", "--publish", "--read"):
        parser.add_argument(inner, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.serve:
        serve(*(int(part) for part in asked.serve.split(",")))
    elif asked.publish:
        flood(*(int(part) for part in asked.publish.split(",")))
    elif asked.read:
        reader, source, *numbers = asked.read.split(",")
        version, qos, port, count = (int(part) for part in numbers)
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)  # as the hub sets it
        print(uvloop.run(read(reader, Case(source, version, qos), port, count)))
    else:
        return _compare(asked.rounds, asked.messages, asked.json)
    return 0


def _compare(rounds: int, messages: int, file: Path | None) -> int:
    """Measure all cases and print the table."""
    found: list[dict[str, object]] = []
    kept = True
    print("| read from | hub µs | aiomqtt µs | aiomqtt / hub | target µs | met |\n|---|---|---|---|---|---|")
    folder = tempfile.TemporaryDirectory(prefix="telemetry-hub-bench-")
    with folder, mosquitto(Path(folder.name), choose_cores().others) as url:
        broker_port = int(url.rpartition(":")[2])
        for case in CASES:
            port = broker_port if case.source == "mosquitto" else 0
            hub = [measure("hub", case, port, messages) for _ in range(rounds)]
            peer = [measure("aiomqtt", case, port, messages // 10) for _ in range(rounds)]
            ours, theirs = statistics.median(hub), statistics.median(peer)
            met = ours <= BUDGET_US[case.qos]
            kept = kept and met
            cells = (case.title, f"{ours:.2f}", f"{theirs:.1f}", f"{theirs / ours:.0f}", BUDGET_US[case.qos])
            print(f"| {' | '.join(str(cell) for cell in cells)} | {'yes' if met else 'NO'} |", flush=True)
            found.append({"case": case._asdict(), "hub_us": hub, "aiomqtt_us": peer, "ratio": theirs / ours})
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
