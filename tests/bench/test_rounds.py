"""Rows, with few clients and for a moment: everything is started, seen by everyone, and stopped again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import fanout, idle, latency, path, workshop
from bench.machine import choose_cores
from bench.setting import Setting
from tests.support.services import service_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", autouse=True)
def _ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    service_or_skip("gcc")
    service_or_skip("mosquitto")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        workshop.compiled("drain")
        workshop.compiled("fanout")
        yield


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path, choose_cores())


def test_every_dashboard_gets_every_message_of_the_path(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path, "WARM_S", 0.5)
    monkeypatch.setattr(path, "WINDOW_S", 0.5)
    found = path._run_hub(setting, dashboards=3, qos=1, pace_hz=2000)
    assert found.complete
    assert found.rate_hz > 0
    assert found.facts["closed"] == 0


def test_idle_clients_are_all_connected_and_have_a_value(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FIRST": 2, "CLIENTS": 20, "SETTLE_S": 0.1, "REST_S": 0.3}.items():
        monkeypatch.setattr(idle, name, value)
    done = idle.measure(setting)
    assert (done.facts["open"], done.facts["with_a_value"]) == (20, 20)


def test_the_healthy_get_every_reading_while_one_takes_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DASHBOARDS": 4, "STALLED": 1, "WARM_S": 1.0, "WINDOW_S": 1.0}.items():
        monkeypatch.setattr(latency, name, value)
    done = latency.measure(setting)
    counts = done.facts["readings_of_each_healthy"]
    assert isinstance(counts, list)
    least, most, sent = counts
    assert least == most
    assert sent - least <= latency.METRICS, "only the very first message may come as a snapshot"
    assert done.samples["latency_closed"].ours == 0
    assert done.samples["latency_p99"].ours > 0


def test_the_fan_out_and_the_c_loop_write_frames_of_one_size(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CLIENTS": 5, "WARM_S": 0.5, "WINDOW_S": 1.0}.items():
        monkeypatch.setattr(fanout, name, value)
    done = fanout.measure(setting)
    bytes_a_frame = done.facts["bytes_a_frame"]
    assert isinstance(bytes_a_frame, int)
    assert 900 < bytes_a_frame < 1300
    assert done.samples["fanout"].peer
