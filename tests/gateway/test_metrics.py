from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from hub.core.batch import Batch, QualityChange
from hub.core.clock import ManualClock
from hub.core.model import Status
from hub.gateway.scrape import escaped
from tests.gateway.stand import Stand

if TYPE_CHECKING:
    import httpx
    from prometheus_client import Metric

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def parse_openmetrics(text: str) -> list[Metric]:
    return list(openmetrics.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]  # the library's own


async def readings(http: httpx.AsyncClient, **params: str) -> dict[tuple[str, str], float]:
    answer = await http.get("/metrics/readings", params=params)
    assert answer.headers["content-type"].startswith(OPENMETRICS)
    families = parse_openmetrics(answer.text)
    assert [family.name for family in families] == ["hub_reading", "hub_device_online"]
    return {(sample.labels["device"], sample.labels["metric"]): sample.value for sample in families[0].samples}


async def test_the_hubs_own_counters_are_exposed(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.hears("bad/one", b"\xff\xfe\x00")
    stand.meters.latency("step_seconds", "A step.").note(0.25)
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {sample.name: sample for family in parse_text(answer.text) for sample in family.samples}
    assert found["hub_readings_total"].value == 6
    assert found["hub_devices"].value == 3
    assert found["hub_step_seconds_count"].value == 1
    assert found["hub_step_seconds_sum"].value == 0.25
    assert found["hub_quarantined_total"].labels["reason"]
    assert found["process_open_fds"].value > 0
    assert "python_gc_collections_total" in found


async def test_the_scraper_chooses_the_format(http: httpx.AsyncClient) -> None:
    answer = await http.get("/metrics", headers={"Accept": f"{OPENMETRICS}; charset=utf-8"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert "hub_readings" in [family.name for family in parse_openmetrics(answer.text)]


async def test_two_gateways_of_one_process_do_not_share_metrics(http: httpx.AsyncClient) -> None:
    async with Stand().client() as other:
        found = {s.name: s for family in parse_text((await other.get("/metrics")).text) for s in family.samples}
    assert found["hub_devices"].value == 0
    assert (await http.get("/metrics")).status_code == 200


async def test_latest_numeric_readings_can_be_scraped(stand: Stand, http: httpx.AsyncClient) -> None:
    found = await readings(http)
    assert found == {
        ("sites/a/pump-1", "temperature"): 71.2,
        ("sites/a/pump-1", "running"): 1,
        ("sites/a/pump-2", "temperature"): 70.1,
        ("sites/b/tank", "level"): 63,
    }
    assert set(await readings(http, devices="sites/a/#", metrics="t*")) == {
        ("sites/a/pump-1", "temperature"),
        ("sites/a/pump-2", "temperature"),
    }
    stand.hears("lab/scale", {"weight": {"value": 3, "unit": "kg"}})
    assert 'metric="weight",unit="kg"} 3' in (await http.get("/metrics/readings")).text


async def test_what_is_stale_or_bad_is_left_out(stand: Stand, http: httpx.AsyncClient) -> None:
    tank = stand.catalogue.devices["sites/b/tank"].series["level"]
    stand.publish(Batch(stand.clock.now_us(), qualities=[QualityChange(tank, "stale", stand.clock.now_us())]))
    pump = stand.catalogue.devices["sites/a/pump-2"].series["temperature"]
    pump.quality = "bad:sensor"
    stand.catalogue.devices["sites/a/pump-1"].series["temperature"].quality = "uncertain:clock"
    assert set(await readings(http)) == {("sites/a/pump-1", "temperature"), ("sites/a/pump-1", "running")}


async def test_devices_that_are_online_or_offline_say_so(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.say("sites/a/pump-1", Status.ONLINE)
    stand.say("sites/a/pump-2", Status.OFFLINE, "will")
    families = parse_openmetrics((await http.get("/metrics/readings")).text)
    assert {sample.labels["device"]: sample.value for sample in families[1].samples} == {
        "sites/a/pump-1": 1,
        "sites/a/pump-2": 0,
    }


async def test_labels_are_escaped_and_large_integers_kept(stand: Stand, http: httpx.AsyncClient) -> None:
    stand.hears('odd/"quoted"\\back', {"total": 9007199254740993})
    text = (await http.get("/metrics/readings", params={"devices": "odd/+"})).text
    assert 'device="odd/\\"quoted\\"\\\\back",metric="total"} 9007199254740993' in text


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40))
def test_any_label_is_read_back_as_it_was(text: str) -> None:
    exposition = f'# TYPE x gauge\nx{{a="{escaped(text)}"}} 1\n# EOF\n'
    (family,) = parse_openmetrics(exposition)
    assert family.samples[0].labels["a"] == text


async def test_many_readings_are_exposed_in_slices(stand: Stand, http: httpx.AsyncClient) -> None:
    for number in range(40):
        stand.hears(f"many/{number}", {f"m{metric}": metric for metric in range(50)})
    assert len(await readings(http, devices="many/+")) == 2_000


class Ticking(ManualClock):
    """A clock on which each look takes a millisecond."""

    def steady_s(self) -> float:
        self.steady += 0.001
        return self.steady


async def test_the_loop_runs_while_readings_are_looked_at_of_which_none_is_wanted() -> None:
    stand = Stand(clock=Ticking())
    stand.hears("many/metrics", {f"m{metric}": metric for metric in range(1_000)})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with stand.client() as http, asyncio.TaskGroup() as group:
        counting = group.create_task(count(), name="count")
        assert await readings(http, metrics="nothing") == {}
        counting.cancel()
    assert turns >= 50
