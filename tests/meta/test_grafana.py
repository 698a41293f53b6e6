"""Grafana's set-up: its files are where the compose file says, and every query runs on the hub's real schema."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml

from hub.history.model import SECOND_US
from tests.history.stores import DAY_US, T0, Bench, numbers, texts
from tests.support.tree import ROOT

if TYPE_CHECKING:
    from tests.support.postgres import Postgres

FOLDER = ROOT / "docker/grafana"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboards/telemetry-hub.json").read_text())
DATASOURCE: dict[str, Any] = yaml.safe_load((FOLDER / "provisioning/datasources/hub.yml").read_text())["datasources"][0]
QUERIES = [
    *(
        (f"{panel['title']} {target['refId']}", target["rawSql"])
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    ),
    *((variable["label"], variable["query"]) for variable in DASHBOARD["templating"]["list"]),
]


def filled_in(query: str) -> str:
    """Put in what Grafana puts in, for a window of a day around T0."""
    known = {
        "$__unixEpochFrom()": str((T0 - DAY_US) // SECOND_US),
        "$__unixEpochTo()": str((T0 + DAY_US) // SECOND_US),
        "$__interval_ms": "60000",
        "${device:sqlstring}": "'plant/d','it''s another'",
        "${metric:sqlstring}": "'m1','m2'",
    }
    for name, text in known.items():
        query = query.replace(name, text)
    assert "$" not in query
    return query


@pytest.fixture(scope="module")
def window(postgres: Postgres) -> str:
    """Give the URL of a database with readings of a number and a text, where Grafana's role was made before the hub."""
    url = postgres.fresh()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS grafana")
        for statement in (FOLDER / "reader.sql").read_text().split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())

    async def fill() -> None:
        bench = Bench(url)
        await bench.open()
        rows = [(1, number * SECOND_US, float(number)) for number in range(120)]
        await bench.put(*rows, (2, 0, "on"), (2, 9 * SECOND_US, True), series=[numbers(1), texts(2)])
        await bench.settle()
        await bench.close()

    asyncio.run(fill())
    return url


@pytest.mark.parametrize(("title", "query"), QUERIES)
def test_every_query_finds_something_as_the_role_that_may_only_read(window: str, title: str, query: str) -> None:
    with psycopg.connect(window.replace("hub@", "grafana@")) as connection:
        cursor = connection.execute(filled_in(query).encode())
        rows = cursor.fetchall()
        names = [column.name for column in cursor.description or ()]
    assert rows, title
    if "AS metric" in query:
        assert names == ["time", "metric", "value"]
    expected = {
        "Numbers A": [29.5, 89.5],
        "Least and greatest A": [0.0, 60.0],
        "Least and greatest B": [59.0, 119.0],
        "States A": ["on", "true"],
        "Readings A": [122],
        "Device": ["plant/d"],
        "Metric": ["m1", "m2"],
    }
    if title in expected:
        assert [row[-1] for row in rows] == expected[title]
    else:
        assert [row[:3] for row in rows] == [("plant/d", "m1", "119"), ("plant/d", "m2", "true")]


def test_grafana_may_not_write(window: str) -> None:
    with (
        psycopg.connect(window.replace("hub@", "grafana@")) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("DELETE FROM reading")


def test_every_panel_reads_the_provisioned_data_source() -> None:
    assert DASHBOARD["uid"] == DATASOURCE["uid"]
    own = {"type": DATASOURCE["type"], "uid": DATASOURCE["uid"]}
    asked = [*DASHBOARD["panels"], *DASHBOARD["templating"]["list"]]
    asked += [target for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert [one for one in asked if one["datasource"] != own] == []
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_the_composed_services_and_the_provisioned_files_name_each_other() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    host, port = DATASOURCE["url"].split(":")
    assert (host in services, port) == (True, "5432")
    told = services[host]["environment"]
    assert DATASOURCE["jsonData"]["database"] == told["POSTGRES_DB"]
    password = re.search(r"PASSWORD '(\w+)'", (FOLDER / "reader.sql").read_text())
    assert password is not None
    assert services["grafana"]["environment"]["GRAFANA_DATABASE_PASSWORD"] == password[1]
    for name in (host, "grafana"):
        mounted = [volume.split(":") for volume in services[name]["volumes"] if volume.startswith("./")]
        assert all((ROOT / source).exists() for source, *_ in mounted)
    provider = yaml.safe_load((FOLDER / "provisioning/dashboards/hub.yml").read_text())["providers"][0]
    assert provider["options"]["path"] in [volume.split(":")[1] for volume in services["grafana"]["volumes"]]
