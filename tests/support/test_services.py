"""The real services do what their fixtures promise; other tests stand on that."""

from __future__ import annotations

import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import broker as broker_module
from tests.support.broker import HOST, BrokerNotStartedError, free_port
from tests.support.services import StartMosquitto, service_or_skip, service_path

if TYPE_CHECKING:
    from pathlib import Path


def connects(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=5):
            return True
    except ConnectionRefusedError:
        return False


@pytest.mark.service("mosquitto_pub", "mosquitto_sub")
def test_a_started_broker_hands_a_retained_message_over(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    where = ("-h", broker.host, "-p", str(broker.port), "-t", "plant/pump")
    subprocess.run(["mosquitto_pub", *where, "-m", "7", "-r", "-q", "1"], check=True, timeout=10)
    got = subprocess.run(["mosquitto_sub", *where, "-C", "1", "-W", "5"], check=True, timeout=10, capture_output=True)
    assert got.stdout == b"7\n"


@pytest.mark.service("mosquitto_pub", "mosquitto_sub")
def test_a_persistent_broker_keeps_its_messages_over_a_restart(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(persistence=True)
    where = ("-h", broker.host, "-p", str(broker.port), "-t", "plant/pump")
    subprocess.run(["mosquitto_pub", *where, "-m", "7", "-r", "-q", "1"], check=True, timeout=10)
    broker.restart()
    got = subprocess.run(["mosquitto_sub", *where, "-C", "1", "-W", "5"], check=True, timeout=10, capture_output=True)
    assert got.stdout == b"7\n"


def test_a_killed_broker_refuses_connections_and_comes_back_on_its_port(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    port, first = broker.port, broker.pid
    broker.kill()
    broker.kill()
    assert not connects(port)
    broker.start()
    assert broker.port == port
    assert broker.pid != first
    assert connects(port)


def test_the_other_listeners_speak_tls_and_websocket(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(websockets=True, tls=True)
    assert connects(broker.ws_port)
    trusting = ssl.create_default_context(cafile=broker.ca_file)
    with (
        socket.create_connection((HOST, broker.tls_port), timeout=5) as plain,
        trusting.wrap_socket(plain, server_hostname=HOST) as secured,
    ):
        assert secured.version() is not None


def test_a_wrong_config_line_raises_with_what_the_broker_printed(mosquitto: StartMosquitto) -> None:
    with pytest.raises(BrokerNotStartedError, match="no_such_option"):
        mosquitto("no_such_option true")


def test_a_port_taken_in_between_is_replaced(mosquitto: StartMosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as taken:
        offered = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr(broker_module, "free_port", lambda: next(offered))
        broker = mosquitto()
        assert broker.port != taken.getsockname()[1]


def test_waiting_for_a_line_ends_with_the_broker(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    assert broker.wait_for_log(" running")
    broker.stop()
    assert not broker.wait_for_log("never printed")


def test_a_missing_service_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    assert service_path("no-such-service") is None
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-service is not installed"):
        service_or_skip("no-such-service")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-service is not installed"):
        service_or_skip("no-such-service")


def test_chromium_is_an_executable(chromium_path: Path) -> None:
    assert chromium_path.is_file()
