from __future__ import annotations

from dataclasses import dataclass, field
from time import process_time

import pytest

from hub.core.batch import Batch, StatusChange
from hub.core.model import Datatype, Mark, Status
from hub.judges.forgetting import SLICE, Forgetting
from tests.support.live import Client, LiveHub

DAY_S = 86_400.0


@dataclass
class Forgetful:
    """A live stage that forgets what was silent for a day."""

    hub: LiveHub = field(default_factory=LiveHub)

    def __post_init__(self) -> None:
        self.forgetting = Forgetting(catalogue=self.hub.catalogue, clock=self.hub.clock, after_s=DAY_S)

    def sweep(self, times: int = 3) -> list[Batch]:
        """Look at everything, as the pipeline does."""
        batches = []
        for _ in range(times):
            batch = self.forgetting.sweep()
            if batch is not None:
                self.hub.append(batch)
                self.forgetting.forget(batch)
                batches.append(batch)
        return batches

    def says(self, device_id: str, status: Status) -> None:
        device = self.hub.catalogue.device(device_id, "json")
        assert device is not None
        now_us = self.hub.clock.now_us()
        self.hub.append(Batch(now_us, statuses=[StatusChange(device, status, now_us, "will")]))

    @property
    def known(self) -> tuple[set[str], set[str]]:
        catalogue = self.hub.catalogue
        return set(catalogue.devices), {f"{one.device.id}:{one.metric}" for one in catalogue.series.values()}


@pytest.fixture
def forgetful() -> Forgetful:
    return Forgetful()


def test_what_was_silent_for_so_long_goes_and_the_rest_stays(forgetful: Forgetful) -> None:
    forgetful.hub.publish(("old", "x", 1.0), ("both", "x", 1.0))
    forgetful.hub.clock.advance(DAY_S)
    forgetful.hub.publish(("both", "y", 1.0), ("new", "x", 1.0))
    assert forgetful.sweep() == []
    forgetful.hub.clock.advance(1)
    forgetful.sweep()
    assert forgetful.known == ({"both", "new"}, {"both:y", "new:x"})


def test_clients_are_told_at_a_position_and_the_branch_is_gone(forgetful: Forgetful) -> None:
    hub, client = forgetful.hub, Client(forgetful.hub)
    hub.publish(("a/b/old", "x", 1.0))
    hub.join(client)
    hub.timer.run()
    hub.clock.advance(DAY_S + 1)
    forgetful.sweep()
    assert (client.devices, client.series, client.values) == ({}, {}, {})
    assert client.frames[-1]["rows"][0][:2] == ["a/b/old", None]
    assert set(hub.catalogue.places) == {""}
    assert hub.catalogue.places[""].counts == [0, 0, 0, 0, 0]


def test_never_is_never() -> None:
    hub = LiveHub()
    hub.publish(("a", "x", 1.0))
    forgetting = Forgetting(catalogue=hub.catalogue, clock=hub.clock, after_s=0)
    hub.clock.advance(1e9)
    assert forgetting.sweep() is None


def test_a_new_series_of_an_old_device_is_not_old(forgetful: Forgetful) -> None:
    forgetful.hub.publish(("d", "x", 1.0))
    forgetful.hub.clock.advance(DAY_S + 1)
    forgetful.hub.publish(("d", "stored", 1.0), mark=Mark.HISTORICAL.value)
    forgetful.sweep()
    assert forgetful.known == ({"d"}, {"d:stored"})


def test_late_readings_count_as_a_sign_of_life(forgetful: Forgetful) -> None:
    forgetful.hub.publish(("d", "x", 1.0))
    forgetful.hub.clock.advance(DAY_S + 1)
    forgetful.hub.publish(("d", "x", 0.5), late_s=2 * DAY_S)
    assert forgetful.sweep() == []


@pytest.mark.parametrize(("status", "goes"), [(Status.ONLINE, False), (Status.OFFLINE, True), (Status.UNKNOWN, True)])
def test_a_device_without_series_goes_once_its_word_is_old_too(
    forgetful: Forgetful,
    status: Status,
    goes: bool,  # noqa: FBT001 - a case of the table
) -> None:
    forgetful.says("d", status)
    forgetful.hub.clock.advance(DAY_S / 2)
    assert forgetful.sweep() == []
    forgetful.hub.clock.advance(DAY_S / 2 + 1)
    forgetful.sweep()
    assert ("d" not in forgetful.known[0]) is goes


def test_a_clock_that_learns_the_date_makes_nobody_forget(forgetful: Forgetful) -> None:
    forgetful.hub.publish(("d", "x", 1.0))
    forgetful.sweep()
    forgetful.hub.clock.step(56 * 365 * DAY_S)
    assert forgetful.sweep() == []
    forgetful.hub.clock.advance(DAY_S + 1)
    forgetful.sweep()
    assert forgetful.known == (set(), set())


def test_a_large_catalogue_is_looked_at_in_slices_of_equal_cost(forgetful: Forgetful) -> None:
    device = forgetful.hub.catalogue.device("d", "json")
    assert device is not None
    for number in range(5000):
        forgetful.hub.catalogue.series_of(device, f"m{number}", unit=None, datatype=Datatype.FLOAT)
    forgetful.hub.append(Batch(0))
    forgetful.forgetting.sweep()
    forgetful.hub.clock.advance(DAY_S + 1)
    sizes = [len(batch.removed_series) for batch in forgetful.sweep(times=4)]
    assert sizes == [SLICE, SLICE, 1000]
    began_s = process_time()
    forgetful.sweep(times=100)
    assert process_time() - began_s < 1


def test_what_is_forgotten_keeps_no_payload(forgetful: Forgetful) -> None:
    series = forgetful.hub.catalogue.series[forgetful.hub.publish(("d", "x", 1.0)).readings[0][0]]
    forgetful.hub.clock.advance(DAY_S + 1)
    forgetful.sweep()
    assert series.removed
    assert series.origin is None
