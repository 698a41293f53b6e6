"""The real services that tests talk to, as fixtures: brokers and a browser, each started fresh and stopped after.

``mosquitto`` gives a function that starts a real Mosquitto on a free loopback port and returns once it accepts
connections. Every broker of a test is stopped when the test ends::

    async def test_the_hub_reads_what_a_device_publishes(mosquitto: StartMosquitto) -> None:
        broker = mosquitto()
        async with aiomqtt.Client(broker.host, broker.port) as client: ...

    def test_a_small_window_throttles(mosquitto: StartMosquitto) -> None:
        broker = mosquitto("log_type all", max_inflight_messages=20)

    async def test_the_session_survives_a_kill(mosquitto: StartMosquitto) -> None:
        broker = mosquitto(persistence=True)
        await asyncio.to_thread(broker.kill)     # SIGKILL: nothing is flushed
        await asyncio.to_thread(broker.start)    # same port, same state folder

    def test_other_transports(mosquitto: StartMosquitto) -> None:
        broker = mosquitto(websockets=True, tls=True)
        broker.ws_url, broker.tls_url, broker.ca_file

Config lines given to the function come last in the file, after the plain listener, so listener options apply to it.
Starting, stopping and restarting block for some tens of milliseconds: in a test whose event loop must go on meanwhile,
call them in ``asyncio.to_thread`` as above.

``postgres`` gives a real PostgreSQL, started once for all tests; ``postgres.fresh()`` makes a database and gives its
URL. ``chromium_path`` gives the path of Debian's Chromium. ``service_or_skip`` is the rule behind them, for other
services: a missing one skips the test with a sentence, and fails it where ``CI`` is set. A test that needs no fixture
says what it needs with ``@pytest.mark.service("docker-compose")``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.support.broker import Mosquitto, Options
from tests.support.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = {
    "mosquitto": "mosquitto",
    "mosquitto_pub": "mosquitto-clients",
    "mosquitto_sub": "mosquitto-clients",
    "chromium": "chromium",
    "docker-compose": "docker-compose",
    "openssl": "openssl",
    "curl": "curl",
    "gcc": "gcc",
    "initdb": "postgresql",
}

# A daemon's program lies outside the search path of ordinary users at Debian.
_SEARCH_PATH = os.pathsep.join(
    (
        os.environ.get("PATH", os.defpath),
        "/usr/sbin",
        "/usr/local/sbin",
        # PostgreSQL's programs lie in a folder of their version; the newest one comes first.
        *sorted(map(str, Path("/usr/lib/postgresql").glob("[1-9][0-9]/bin")), reverse=True),
    )
)


def service_path(name: str) -> Path | None:
    """Give the path of a service's program, or None if it is not installed."""
    found = shutil.which(name, path=_SEARCH_PATH)
    return Path(found) if found else None


def service_or_skip(name: str) -> Path:
    """Give the path of a service's program; skip the test if it is missing, or fail it where CI is set.

    Args:
        name: The program's name, such as ``mosquitto``.
    """
    path = service_path(name)
    if path is not None:
        return path
    sentence = (
        f"{name} is not installed: scripts/install-services does it, or Debian's package {PACKAGES.get(name, name)}."
    )
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


class StartMosquitto(Protocol):
    """The function that the ``mosquitto`` fixture gives."""

    def __call__(
        self,
        *lines: str,
        persistence: bool = False,
        websockets: bool = False,
        tls: bool = False,
        max_inflight_messages: int = 1000,
    ) -> Mosquitto:
        """Start a broker that allows anonymous clients, unless a config line says otherwise."""
        ...


@pytest.fixture
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartMosquitto]:
    """Give a function that starts real Mosquitto brokers; all of them end with the test."""
    program = service_or_skip("mosquitto")
    started: list[Mosquitto] = []

    def start(
        *lines: str,
        persistence: bool = False,
        websockets: bool = False,
        tls: bool = False,
        max_inflight_messages: int = 1000,
    ) -> Mosquitto:
        openssl = service_or_skip("openssl") if tls else None
        options = Options(lines, persistence, websockets, openssl, max_inflight_messages)
        broker = Mosquitto(program, tmp_path_factory.mktemp("mosquitto"), options=options)
        started.append(broker)
        broker.start_on_free_ports()
        return broker

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a real PostgreSQL with databases of its own; it ends with the tests."""
    cluster = Postgres(service_or_skip("initdb").parent)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Give the path of Debian's Chromium."""
    return service_or_skip("chromium")
