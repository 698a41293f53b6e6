from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.batch import Batch
from hub.core.catalogue import Catalogue, CatalogueLimits
from hub.core.clock import ManualClock
from hub.core.model import Status
from hub.history.model import Span
from hub.history.restoring import restored_batch
from hub.judges.forgetting import Forgetting
from tests.history.rig import Rig, rig
from tests.support.live import Client, LiveHub, believed

if TYPE_CHECKING:
    from pathlib import Path

T0 = 1_766_400_000_000_000


async def test_the_fleet_is_there_again_with_its_values_as_stale(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        series = hub.series("plant/pump:temperature")
        series.unit, series.kind, series.cadence_us, series.expiry_us = "°C", "temperature", 1_000_000, 5_000_000
        device = series.device
        device.name, device.place, device.model, device.info = "Pump", "Plant", "P-1", {"firmware": "2"}
        hub.take(
            hub.reading("plant/pump:temperature", T0, 71.5),
            hub.reading("plant/pump:running", T0, True),
            hub.reading("plant/pump:mode", T0, "auto", "uncertain:clock"),
        )
        await hub.commit()
    async with rig(tmp_path) as again:
        live = LiveHub()
        live.append(restored_batch(again.restored, live.catalogue, live.clock.now_us()))
        pump = live.catalogue.devices["plant/pump"]
        assert (pump.name, pump.place, pump.model, pump.info) == ("Pump", "Plant", "P-1", {"firmware": "2"})
        assert (pump.status, pump.status_reason, pump.stale) == (Status.UNKNOWN, "restart", 3)
        found = pump.series["temperature"]
        assert (found.value, found.unit, found.kind, found.cadence_us) == (71.5, "°C", "temperature", 1_000_000)
        assert {one.shown_quality for one in pump.series.values()} == {"stale:restart"}
        assert pump.series["running"].value is True
        assert pump.series["mode"].quality == "uncertain:clock"
        client = Client(live)
        live.join(client, metrics=("temperature",))
        live.later(1)
        assert list(believed(client).values()) == [71.5]


async def test_a_new_series_never_gets_the_key_of_an_old_one(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        keys = {hub.series(f"d:m{number}").key for number in range(5)}
        hub.take(*(hub.reading(f"d:m{number}", T0, 1.0) for number in range(5)))
        gone = hub.series("d:m4")
        hub.catalogue.forget_series(gone)
        hub.writer.take(Batch(0, removed_series=[gone]), [])
        await hub.commit()
    async with rig(tmp_path) as again:
        restored_batch(again.restored, again.catalogue, again.clock.now_us())
        assert set(again.catalogue.series) == keys - {gone.key}
        assert again.series("d:new").key > max(keys)


async def test_a_series_that_was_forgotten_goes_on_where_it_was_when_it_comes_back(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        hub.take(hub.reading("d:x", T0, 1.0))
        await forget(hub)
        hub.take(hub.reading("d:x", T0 + 1, 2.0))
        await hub.commit()
        await hub.writer.settle()
        row = await hub.store.find(("d", "x"))
        assert row is not None
        assert row.key != hub.series("d:x").key
    async with rig(tmp_path) as again:
        assert [row.key for row, _ in again.restored.series] == [row.key]


async def forget(hub: Rig) -> None:
    """Let the series of a test leave the catalogue."""
    series = hub.series("d:x")
    hub.catalogue.forget_series(series)
    hub.writer.take(Batch(0, removed_series=[series]), [])
    await hub.commit()
    await hub.writer.settle()


async def test_a_fleet_that_stays_silent_is_forgotten_however_often_the_hub_is_started(tmp_path: Path) -> None:
    clock = ManualClock(us=T0)
    async with rig(tmp_path, clock=clock) as hub:
        hub.take(hub.reading("d:x", T0, 1.0))
        await hub.commit()
    for _ in range(2):
        clock.advance(20 * 86_400)
        async with rig(tmp_path, clock=clock) as again:
            batch = restored_batch(again.restored, again.catalogue, clock.now_us())
            forgetting = Forgetting(catalogue=again.catalogue, clock=clock, after_s=30 * 86_400)
            forgetting.sweep()
            clock.advance(1)
            removals = forgetting.sweep()
    assert batch.readings
    assert removals is not None
    assert [one.metric for one in removals.removed_series] == ["x"]


async def test_a_series_that_found_no_room_at_the_start_goes_on_when_there_is(tmp_path: Path) -> None:
    async with rig(tmp_path) as hub:
        hub.take(hub.reading("a:x", T0, 1.0), hub.reading("b:x", T0, 1.0))
        await hub.commit()
    async with rig(tmp_path) as again:
        small = Catalogue(clock=again.clock, meters=again.meters, limits=CatalogueLimits(devices=1))
        restored_batch(again.restored, small, again.clock.now_us())
        assert list(small.devices) == ["a"]
        again.catalogue.reserve_keys(again.restored.greatest_key)
        again.take(again.reading("b:x", T0 + 1, 2.0))
        await again.commit()
        await again.writer.settle()
        row = await again.store.find(("b", "x"))
        assert row is not None
        found = (await again.store.samples(again.series("b:x").key, Span(0, 2**60), limit=9)).found
        assert [sample.value for sample in found] == [1, 2]
