"""The container set-up: docker-compose takes it, only this machine reaches it, and its broker starts."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from hub.config import Settings
from simulators.address import parse_address
from simulators.library import built_in_names
from tests.support.services import StartMosquitto, service_or_skip
from tests.support.tree import ROOT

# Said by the fixture itself, or true in the container only.
SAID_OTHERWISE = {
    "allow_anonymous",
    "autosave_interval",
    "listener",
    "log_dest",
    "log_type",
    "max_inflight_messages",
    "max_queued_messages",
    "persistence",
    "persistence_location",
}


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    compose = service_or_skip("docker-compose")
    done = subprocess.run(
        [compose, "-f", "docker-compose.yml", "--profile", "grafana", "config"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    composed = yaml.safe_load(done.stdout)
    assert isinstance(composed, dict)
    return composed


def test_the_services_are_broker_hub_and_simulators_and_grafana_only_where_it_is_asked_for(
    composed: dict[str, Any],
) -> None:
    services = composed["services"]
    assert set(services) == {"mosquitto", "hub", "simulators", "postgres", "grafana"}
    assert {name for name, service in services.items() if service.get("profiles")} == {"postgres", "grafana"}
    assert services["hub"]["environment"]["HUB_HISTORY__URL"] == "sqlite"


def test_every_port_is_published_on_the_loopback_address_only(composed: dict[str, Any]) -> None:
    ports = [port for service in composed["services"].values() for port in service.get("ports", ())]
    assert len(ports) == 3
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_simulators_are_told_a_scenario_and_a_broker_that_exist(composed: dict[str, Any]) -> None:
    service = composed["services"]["simulators"]
    assert service["entrypoint"] == ["python", "-m", "simulators"]
    run, scenario, option, url = service["command"]
    assert (run, option) == ("run", "--url")
    assert scenario in built_in_names()
    assert parse_address(url).host in composed["services"]


def test_the_hubs_environment_names_settings_that_exist(composed: dict[str, Any]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    names = {*composed["services"]["hub"]["environment"], *re.findall(r"\b(HUB_[A-Z_]+)=", dockerfile)}
    assert {"HUB_MQTT__URL", "HUB_DATA_DIR"} <= names
    for name in names:
        fields: Any = Settings.model_fields
        for part in name.removeprefix("HUB_").lower().split("__"):
            assert part in fields, name
            fields = getattr(fields[part].annotation, "model_fields", {})


def test_the_composed_broker_starts_with_its_file_and_has_the_hubs_window(
    mosquitto: StartMosquitto,
) -> None:
    lines = (ROOT / "docker/mosquitto.conf").read_text().splitlines()
    settings = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    assert settings["max_inflight_messages"] == "1000"
    broker = mosquitto(*(f"{name} {value}" for name, value in settings.items() if name not in SAID_OTHERWISE))
    assert broker.wait_for_log(" running")


def test_the_image_runs_the_hub_as_an_unprivileged_user_and_asks_its_health() -> None:
    final = (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER [1-9]\d*$", final, re.MULTILINE)
    assert "/healthz" in final
    assert 'ENTRYPOINT ["hub"]' in final


def test_everything_that_the_image_copies_is_let_through_by_the_ignore_file() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    tops = {source.split("/")[0] for line in copied for source in line.split()}
    assert tops
    assert {f"!{top}" for top in tops} <= set(ignored)
