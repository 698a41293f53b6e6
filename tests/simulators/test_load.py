"""The load generator against a real broker: exactly what was asked for arrives, and the report is true."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace

import pytest

from simulators.cycle import PayloadFormat, Traffic
from simulators.errors import AddressError, BrokerError, PlanError
from simulators.load import LoadPlan, run_load
from tests.simulators.listener import Listener
from tests.support.services import StartMosquitto

UNBOUNDED = "max_queued_messages 0"


def test_exactly_the_messages_asked_for_arrive_with_qos_0(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(UNBOUNDED)
    traffic = Traffic(devices=50, topic_prefix="load/a")
    with Listener(broker, "load/#", qos=0) as listener:
        report = run_load(LoadPlan(url=broker.url, traffic=traffic, messages=12_345, connections=3))
        run_load(LoadPlan(url=broker.url, traffic=replace(traffic, topic_prefix="load/end"), messages=1))
        heard = listener.wait_for(lambda messages: messages[-1:] != [] and "/end/" in messages[-1].topic)
    assert (report.sent, report.acknowledged, report.connections) == (12_345, 12_345, 3)
    assert len(heard) == 12_345 + 1
    per_device = Counter(message.topic for message in heard[:-1])
    assert len(per_device) == 50
    assert all(set(json.loads(message.payload)) == {"temperature", "humidity", "pressure"} for message in heard[:100])


def test_exactly_the_messages_asked_for_are_acknowledged_with_qos_1(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(UNBOUNDED)
    plan = LoadPlan(url=broker.url, traffic=Traffic(qos=1, devices=20), messages=9_000, connections=2, max_in_flight=64)
    with Listener(broker, "load/#", qos=0) as listener:
        report = run_load(plan)
        heard = listener.wait_for(lambda messages: len(messages) >= 9_000)
    assert report.acknowledged == report.sent == len(heard) == 9_000


def test_a_window_of_one_still_gets_everything_through(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    plan = LoadPlan(url=broker.url, traffic=Traffic(qos=1, devices=1), messages=200, max_in_flight=1)
    assert run_load(plan).acknowledged == 200


def test_a_devices_messages_stay_in_their_order(mosquitto: StartMosquitto) -> None:
    broker = mosquitto(UNBOUNDED)
    traffic = Traffic(devices=4, stamp_key="sent_us")
    with Listener(broker, "load/#", qos=0) as listener:
        run_load(LoadPlan(url=broker.url, traffic=traffic, messages=8_000, connections=2))
        heard = listener.wait_for(lambda messages: len(messages) >= 8_000)
    for topic in {message.topic for message in heard}:
        stamps = [json.loads(message.payload)["sent_us"] for message in heard if message.topic == topic]
        assert all(earlier <= later for earlier, later in itertools.pairwise(stamps))


def test_a_rate_is_kept_and_reported(mosquitto: StartMosquitto) -> None:
    plan = LoadPlan(url=mosquitto().url, rate_hz=2_000, seconds=0.5)
    report = run_load(plan)
    assert report.sent == 1_000
    assert report.seconds >= 0.5
    assert report.asked_hz == 2_000
    assert report.rate_hz == pytest.approx(report.acknowledged / report.seconds, rel=0.01)


def test_without_a_bound_the_time_ends_the_run(mosquitto: StartMosquitto) -> None:
    report = run_load(LoadPlan(url=mosquitto().url, seconds=0.2))
    assert report.sent == report.acknowledged > 0
    assert report.seconds >= 0.2


def test_a_stop_ends_the_run_with_a_report_of_what_was_done(mosquitto: StartMosquitto) -> None:
    asked = itertools.count()
    report = run_load(LoadPlan(url=mosquitto().url, rate_hz=100, seconds=60), stop=lambda: next(asked) > 20)
    assert 0 < report.sent < 100


def test_a_broker_that_goes_away_is_named(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    timer = threading.Timer(0.3, broker.kill)
    timer.start()
    with pytest.raises(BrokerError, match=rf"broker mqtt://127\.0\.0\.1:{broker.port}: (connection lost|closed the)"):
        run_load(LoadPlan(url=broker.url, seconds=30))
    timer.join()


def test_a_broker_that_is_not_there_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(BrokerError, match="not reachable"):
        run_load(LoadPlan(url=f"mqtt://127.0.0.1:{port}"))


def test_a_broker_that_refuses_says_why(mosquitto: StartMosquitto, tmp_path: object) -> None:
    passwords = f"{tmp_path}/passwords"
    with open(passwords, "w", encoding="utf-8"):  # noqa: PTH123  # an empty file is enough
        pass
    broker = mosquitto("allow_anonymous false", f"password_file {passwords}")
    with pytest.raises(BrokerError, match="not authorised"):
        run_load(LoadPlan(url=broker.url))


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (LoadPlan(rate_hz=-1), "--rate: must be 0 or more messages a second"),
        (LoadPlan(traffic=Traffic(qos=2)), "--qos: must be 0 or 1"),
        (LoadPlan(traffic=Traffic(devices=0)), "--devices: must be at least 1"),
        (LoadPlan(traffic=Traffic(devices=2), connections=3), "--connections: must not be more than --devices"),
        (LoadPlan(traffic=Traffic(topic_prefix="a/#")), "--topic-prefix: "),
        (LoadPlan(url="mqtts://127.0.0.1"), "--url: the load generator writes plain sockets"),
    ],
)
def test_what_cannot_be_run_is_refused_by_option(plan: LoadPlan, sentence: str) -> None:
    with pytest.raises(PlanError, match=sentence):
        run_load(plan)


@pytest.mark.parametrize(
    "url", ["http://host", "mqtt://", "mqtt://host:99999", "mqtt://host:0", "mqtt://host/path", "x", "mqtt://a..b"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(AddressError, match="broker address"):
        run_load(LoadPlan(url=url))


def _command(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulators", "load", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_the_command_reports_json(mosquitto: StartMosquitto) -> None:
    with _command("--url", mosquitto().url, "--messages", "500", "--format", "plain", "--json") as process:
        out, err = process.communicate(timeout=30)
    report = json.loads(out)
    assert (process.returncode, err) == (0, "")
    assert report["sent"] == report["acknowledged"] == 500
    assert set(report) >= {"seconds", "rate_hz", "slipped_s", "bytes_sent", "cpu_s"}


def test_sigterm_ends_the_command_with_its_report(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    with (
        Listener(broker, "load/#") as listener,
        _command("--url", broker.url, "--rate", "100", "--seconds", "60") as process,
    ):
        listener.wait_for(lambda messages: len(messages) > 0)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")
    assert "messages taken in" in out


def test_a_wrong_option_is_one_sentence_and_exit_code_2() -> None:
    with _command("--qos", "2") as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (2, "", "--qos: must be 0 or 1\n")


def test_a_broker_that_hangs_does_not_keep_a_stopped_run(mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    asked = itertools.count()

    def stop() -> bool:
        turn = next(asked)
        if turn == 5:
            os.kill(broker.pid, signal.SIGSTOP)
        return turn > 20

    try:
        report = run_load(LoadPlan(url=broker.url, rate_hz=100, seconds=60), stop=stop)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    assert report.sent > 0
    assert report.acknowledged == 0
    assert report.seconds < 10


def test_payload_formats_are_closed() -> None:
    assert {form.value for form in PayloadFormat} == {"json", "plain"}
