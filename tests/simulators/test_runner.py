"""A fleet on a real broker: it speaks at once, dies like devices die, comes back, and ends cleanly."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from simulators.address import parse_address
from simulators.fleet import Fleet
from simulators.formats import OWN
from simulators.library import load_scenario
from simulators.runner import Runner
from simulators.scenario import Scenario
from tests.simulators.listener import Heard, Listener
from tests.simulators.stage import scenario_of
from tests.support.services import StartMosquitto

LONE = """
title = "A probe with a will, two without"
[profile.probe]
every_s = 0.1
qos = 1
will = true
[profile.probe.metrics]
temperature = { signal = "level", level = 20 }
[profile.meter]
every_s = 0.1
[profile.meter.metrics]
power = { signal = "level", level = 5 }
[[devices]]
profile = "probe"
id = "hall/probe"
[[devices]]
profile = "meter"
id = "hall/meter-{n}"
count = 2
"""

STATUS = "hall/probe/status"


class _Lines:
    """What a runner says, line by line, to be waited for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._more = asyncio.Event()

    def add(self, line: str) -> None:
        self.lines.append(line)
        self._more.set()

    async def reach(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.lines) < count:
                self._more.clear()
                await self._more.wait()
        return self.lines


@asynccontextmanager
async def _played(scenario: Scenario, url: str, said: _Lines) -> AsyncIterator[None]:
    stop = asyncio.Event()
    fleet = Fleet(scenario, seed=1, day_s=0)
    async with asyncio.TaskGroup() as group:
        group.create_task(Runner(fleet, parse_address(url), say=said.add).run(stop), name="runner")
        try:
            yield
        finally:
            stop.set()


def _statuses(messages: list[Heard]) -> list[bytes]:
    return [message.payload for message in messages if message.topic == STATUS]


async def test_the_demo_is_on_the_broker_within_a_second(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    devices = [device for device in _demo().devices if device.profile.format in OWN]
    topics = {device.profile.topic.replace("{id}", device.id) for device in devices}
    said = _Lines()
    with Listener(broker) as listener:
        began = time.monotonic()
        async with _played(load_scenario("demo"), broker.url, said):
            await asyncio.to_thread(
                listener.wait_for,
                lambda heard: all(any(f"{one.topic}/".startswith(f"{topic}/") for one in heard) for topic in topics),
            )
        took_s = time.monotonic() - began
    assert took_s < 10
    assert said.lines[0] == f"{broker.url}: connected, 109 devices on 57 connections, about 41 messages/s"
    assert said.lines[1].startswith(f"{broker.url}: stopped after ")


def _demo() -> Fleet:
    return Fleet(load_scenario("demo"), seed=1, day_s=0)


async def test_a_device_says_online_retained_and_offline_when_the_fleet_ends(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    with Listener(broker) as listener:
        async with _played(scenario_of(LONE), broker.url, _Lines()):
            await asyncio.to_thread(listener.wait_for, lambda heard: b"online" in _statuses(heard))
        await asyncio.to_thread(listener.wait_for, lambda heard: _statuses(heard) == [b"online", b"offline"])
    with Listener(broker, STATUS) as later:
        await asyncio.to_thread(
            later.wait_for, lambda heard: [(one.payload, one.retain) for one in heard] == [(b"offline", True)]
        )


async def test_offline_is_the_brokers_word_and_others_go_on(mosquitto: StartMosquitto) -> None:
    fault = '[[faults]]\nkind = "offline"\ndevices = "hall/probe"\nafter_s = 0.5\nfor_s = 0.5\n'
    broker = mosquitto()
    said = _Lines()
    with Listener(broker) as listener:
        async with _played(scenario_of(LONE + fault), broker.url, said):
            heard = await asyncio.to_thread(
                listener.wait_for, lambda heard: _statuses(heard)[:3] == [b"online", b"offline", b"online"]
            )
    dead = [one.topic for one in heard]
    between = dead[_nth(dead, STATUS, 2) : _nth(dead, STATUS, 3)]
    assert "hall/probe" not in between
    assert {"hall/meter-1", "hall/meter-2"} <= set(between)
    assert len(said.lines) == 2


def _nth(topics: list[str], topic: str, number: int) -> int:
    return [index for index, one in enumerate(topics) if one == topic][number - 1]


async def test_a_broker_that_is_not_there_yet_is_said_once_and_reached_later(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    await asyncio.to_thread(broker.stop)
    said = _Lines()
    async with _played(scenario_of(LONE), broker.url, said):
        assert await said.reach(1) == [f"{broker.url}: not reachable (nothing listens there), trying until it answers"]
        await asyncio.to_thread(broker.start)
        with Listener(broker) as listener:
            await asyncio.to_thread(listener.wait_for, lambda heard: {one.topic for one in heard} >= {"hall/probe"})
        await said.reach(2)
    assert said.lines[1].startswith(f"{broker.url}: connected, 3 devices on 2 connections")


async def test_a_broker_that_dies_is_said_once_and_everybody_comes_back(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    said = _Lines()
    async with _played(scenario_of(LONE), broker.url, said):
        await said.reach(1)
        await asyncio.to_thread(broker.kill)
        await said.reach(2)
        await asyncio.to_thread(broker.start)
        with Listener(broker) as listener:
            everybody = {"hall/probe", "hall/meter-1", "hall/meter-2", STATUS}
            await asyncio.to_thread(listener.wait_for, lambda heard: {one.topic for one in heard} >= everybody)
    assert [line.split(": ", 1)[1].split(" ")[0].strip(",") for line in said.lines] == [
        "connected",
        "lost",
        "connected",
        "stopped",
    ]


async def test_bad_topics_do_not_take_the_others_along(mosquitto: StartMosquitto) -> None:
    fault = '[[faults]]\nkind = "topic"\ndevices = "hall/meter-1"\nprobability = 1\n'
    broker = mosquitto()
    said = _Lines()
    with Listener(broker) as listener:
        async with _played(scenario_of(LONE + fault), broker.url, said):
            heard = await asyncio.to_thread(
                listener.wait_for,
                lambda heard: {"hall/meter-1//", "/hall/meter-1"} <= {one.topic for one in heard} and len(heard) > 150,
            )
    assert _statuses(heard) == [b"online"]
    assert [line.split(": ", 1)[1].split(" ")[0] for line in said.lines] == ["connected,", "stopped"]


async def test_a_faster_life_is_more_messages(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    fleet = Fleet(scenario_of(LONE), seed=1, day_s=0)
    stop, said = asyncio.Event(), _Lines()
    with Listener(broker, "hall/meter-1") as listener:
        async with asyncio.TaskGroup() as group:
            runner = Runner(fleet, parse_address(broker.url), speed=50, say=said.add)
            group.create_task(runner.run(stop), name="runner")
            await asyncio.to_thread(listener.wait_for, lambda heard: len(heard) >= 300, timeout_s=10)
            stop.set()
    assert "about 1,500 messages/s" in said.lines[0]


def _command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulators", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_within_two_seconds_with_code_0(
    mosquitto: StartMosquitto, number: signal.Signals
) -> None:
    broker = mosquitto()
    with Listener(broker) as listener, _command("run", "demo", "--url", broker.url) as process:
        listener.wait_for(lambda heard: len(heard) > 30)
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert (process.returncode, err) == (0, "")
    assert len(out.splitlines()) == 2


async def test_a_broker_that_refuses_is_said_with_its_reason(mosquitto: StartMosquitto, tmp_path: Path) -> None:
    (tmp_path / "passwords").touch()
    broker = mosquitto("allow_anonymous false", f"password_file {tmp_path / 'passwords'}")
    said = _Lines()
    async with _played(scenario_of(LONE), broker.url, said):
        lines = await said.reach(1)
    assert lines[0] == f"{broker.url}: not reachable (this client is not authorised), trying until it answers"


def test_a_fleet_speaks_tls_with_the_authorities_it_is_given(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(tls=True)
    with (
        Listener(broker) as listener,
        _command("run", "demo", "--url", broker.tls_url, SSL_CERT_FILE=str(broker.ca_file)) as process,
    ):
        listener.wait_for(lambda heard: len(heard) > 30)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("mqtts://")


def test_a_certificate_nobody_vouches_for_is_refused(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(tls=True)
    with _command("run", "demo", "--url", broker.tls_url) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert "not reachable (TLS failed (CERTIFICATE_VERIFY_FAILED))" in line


def test_without_a_broker_the_command_says_so_once_and_can_be_stopped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with _command("run", "demo", "--url", f"mqtt://127.0.0.1:{port}") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert "not reachable (nothing listens there)" in line
    assert (process.returncode, err) == (0, "")
    assert out.splitlines() == [f"mqtt://127.0.0.1:{port}: stopped after 0 messages"]


def test_a_killed_fleet_leaves_its_wills(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    statuses = {f"{device.id}/status" for device in _demo().devices if device.profile.will}
    assert len(statuses) == 9
    with Listener(broker) as listener, _command("run", "demo", "--url", broker.url) as process:
        listener.wait_for(lambda heard: _saying(heard, b"online") >= statuses)
        process.kill()
        process.communicate(timeout=10)
        listener.wait_for(lambda heard: _saying(heard, b"offline") >= statuses)


def _saying(heard: list[Heard], word: bytes) -> set[str]:
    return {one.topic for one in heard if one.payload == word}


def test_the_list_names_every_scenario() -> None:
    with _command("list") as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == [
        "configured",
        "demo",
        "ecosystems",
        "faults",
        "plant",
        "storm",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("run", "nowhere"),
            "scenario nowhere: no such file; built in are configured, demo, ecosystems, faults, plant, storm",
        ),
        (("run", "demo", "--url", "http://host"), "broker address 'http://host': the scheme must be mqtt or mqtts"),
        (("run", "demo", "--speed", "0"), "--speed: must be more than 0 and at most 1,000"),
        (("run", "demo", "--devices", "30000"), "--devices: must be at most 20,000"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence_and_exit_code_2(arguments: tuple[str, ...], sentence: str) -> None:
    with _command(*arguments) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1
