"""What a topic was taken for before something explained it is taken back."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from hub.core.model import Status
from hub.normalise import ghosts, leads
from hub.normalise.decoders.protocol import Claim, Decoded, Message, Said, Sample, Topic
from hub.normalise.options import NormaliseOptions, SourceRule
from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.core.raw import RawMessage

ENTRY = {"t": "plug7", "ft": "flat/%prefix%/%topic%/", "tp": ["cmd", "state", "sensors"], "onln": "Da", "ofln": "Weg"}
CONFIG = message("tasmota/discovery/A4CF12000007/config", json.dumps(ENTRY), retain=True)
POWER = message("flat/state/plug7/POWER", "ON", retain=True)


def settled(rig: Rig, *messages: RawMessage) -> dict[str, list[str]]:
    """Metrics by device after messages came one by one, and the judges looked."""
    for one in messages:
        rig.batch(one)
    take_back(rig)
    return {device.id: sorted(device.series) for device in rig.catalogue.devices.values()}


def take_back(rig: Rig) -> list[str]:
    """Do what the pipeline does with mistakes; return the devices that went."""
    batch = rig.normaliser.mistaken()
    if batch is None:
        return []
    rig.normaliser.forget(batch.removed_series)
    for series in batch.removed_series:
        rig.catalogue.forget_series(series)
    for device in batch.removed_devices:
        rig.catalogue.forget_device(device)
    return [device.id for device in batch.removed_devices]


class Explained:
    """Reads ``state/<id>`` as plain until ``config/<id>`` comes; a status, if the payload is a word."""

    name = "explained"

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.fails = False

    def claim(self, topic: Topic) -> Claim | None:
        kind, _, device = topic.name.partition("/")
        if kind == "config":
            return Claim("explained", "a test", lambda told: self.explain(told, device))
        if kind != "state":
            return None
        known = device in self.known
        return Claim("explained", "a test", lambda told: self.read(told, device if known else f"unknown/{device}"))

    def explain(self, told: Message, device: str) -> Decoded:
        self.known.add(device)
        return Decoded(renewed=(f"state/{device}",)) if told.payload else Decoded(reclaimed=(f"state/{device}",))

    def read(self, told: Message, device: str) -> Decoded:
        if told.trial and self.fails:
            raise ZeroDivisionError
        if told.payload.isalpha():
            return Decoded(statuses=[Said(device, Status.ONLINE)])
        return Decoded([Sample(device, metric, 1) for metric in told.payload.decode().split()])


@pytest.mark.parametrize("order", [(POWER, CONFIG), (CONFIG, POWER)])
def test_any_order_of_retained_messages_gives_the_same_catalogue(order: Sequence[RawMessage]) -> None:
    assert settled(Rig(), *order) == {"tasmota/flat/plug7": ["power"]}


VALUE, OTHERS = message("my/5/x/n/p", "3", retain=True), message("my/5/y/n/p", "4", retain=True)


@pytest.mark.parametrize(
    "explanation", [message("my/5/x/$state", "ready"), message("my/5/x/$description", '{"id": "x"}')]
)
def test_a_domain_of_homie_is_one_for_values_that_came_before_anybody_knew(explanation: RawMessage) -> None:
    orders = list(permutations((VALUE, OTHERS, explanation)))
    found = [settled(Rig(), *order) for order in orders]
    assert found == [{"homie/x": ["n.p"], "homie/y": ["n.p"]}] * len(orders)


def test_a_ghost_is_removed_once_with_a_word_for_those_who_saw_it() -> None:
    rig = Rig()
    rig.batch(POWER, CONFIG)
    batch = rig.normaliser.mistaken()
    assert batch is not None
    assert [series.metric for series in batch.removed_series] == ["power"]
    ((device, status, _, reason, said),) = batch.statuses
    assert (device.id, status, reason, said) == ("flat/state/plug7", None, "forgotten", False)
    assert rig.normaliser.mistaken() is None


def test_a_device_that_only_had_a_status_is_a_ghost_too() -> None:
    rig = Rig(decoders=[Explained()])
    rig.batch(message("state/a", "up"))
    rig.catalogue.devices["explained/unknown/a"].said = Status.ONLINE
    rig.batch(message("config/a", "x"))
    assert take_back(rig) == ["explained/unknown/a"]
    assert list(rig.catalogue.devices) == ["explained/a"]


def test_a_device_that_somebody_else_told_of_stays() -> None:
    rig = Rig(decoders=[Explained()])
    rig.batch(message("state/a", "1 2"), message("state/b", "1"))
    described, said = (rig.catalogue.devices[f"explained/unknown/{name}"] for name in "ab")
    described.name, said.said = "Pump", Status.ONLINE
    rig.batch(message("config/a", "x"), message("config/b", "x"))
    assert take_back(rig) == []
    assert not described.series
    assert not said.series


def test_series_that_another_topic_tells_as_well_stay() -> None:
    rules = (SourceRule(topic="{room}/one", device="{room}"), SourceRule(topic="{room}/two", device="{room}"))
    rig = Rig(NormaliseOptions(sources=rules))
    for topic in ("hall/one", "hall/two", "hall/one", "hall/two"):
        rig.batch(message(topic, '{"t": 1}'))
    series = rig.series("hall", "t")
    rig.normaliser.forget([series])
    rig.catalogue.forget_series(series)
    for topic in ("hall/one", "hall/two"):
        assert rig.values(topic, '{"t": 2}') == {"t": 2}


def test_a_series_of_two_topics_is_no_ghost_of_one_of_them() -> None:
    rig = Rig(decoders=[Shared()])
    rig.batch(message("one", "1"), message("two", "1"), message("one", "1"))
    rig.batch(message("explain", "one"))
    assert rig.normaliser.mistaken() is None


class Shared:
    """Reads each topic as the same series, until it is explained."""

    name = "shared"

    def __init__(self) -> None:
        self.explained = ""

    def claim(self, topic: Topic) -> Claim:
        if topic.name == "explain":
            return Claim("shared", "a test", self.explain)
        device = "real" if topic.name == self.explained else "same"
        return Claim("shared", "a test", lambda _: Decoded([Sample(device, "t", 1)]))

    def explain(self, told: Message) -> Decoded:
        self.explained = told.payload.decode()
        return Decoded(renewed=(self.explained,))


def test_a_series_that_was_told_again_by_other_means_before_it_was_taken_back_stays() -> None:
    rig = Rig(decoders=[Shared()])
    rig.batch(message("one", "1"))
    rig.batch(message("explain", "one"))
    rig.batch(message("two", "1"))
    assert take_back(rig) == []
    assert "t" in rig.catalogue.devices["shared/same"].series


def test_a_metric_that_a_known_device_no_longer_has_goes_alone() -> None:
    class Renaming(Explained):
        def read(self, told: Message, device: str) -> Decoded:
            known = "old" if device.startswith("unknown") else "new"
            return Decoded([Sample("d", f"{known}_{told.payload.decode()}", 1), Sample("d", "same", 1)])

    rig = Rig(decoders=[Renaming()])
    rig.batch(message("state/a", "1"), message("config/a", "x"))
    assert take_back(rig) == []
    assert sorted(rig.catalogue.devices["explained/d"].series) == ["new_1", "same"]


def test_topics_that_are_only_claimed_anew_are_not_decoded_again() -> None:
    rig = Rig(decoders=[Explained()])
    rig.batch(message("state/a", "1"))
    assert not rig.batch(message("config/a", "")).readings
    assert rig.normaliser.mistaken() is None
    assert [row.device for row in rig.feed("state/a", "1")] == ["explained/a"]


def test_a_decoder_that_fails_when_asked_again_leaves_no_ghost_and_loses_nothing() -> None:
    decoder = Explained()
    rig = Rig(decoders=[decoder])
    rig.batch(message("state/a", "1"))
    decoder.fails = True
    batch = rig.batch(message("config/a", "x"))
    assert [row.device for row in rig.rows(batch)] == ["explained/a"]
    assert rig.normaliser.mistaken() is None


def test_ghosts_beyond_the_bound_are_left_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ghosts, "MAX_GHOSTS", 1)
    rig = Rig(decoders=[Explained()])
    rig.batch(message("state/a", "1 2 3"), message("config/a", "x"))
    batch = rig.normaliser.mistaken()
    assert batch is not None
    assert len(batch.removed_series) == 1
    assert rig.meters.counters["ghosts_left", ""].n == 2


def test_with_too_many_leads_all_plans_are_forgotten_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads, "MAX_LEADS", 2)
    rules = (SourceRule(topic="{room}/+", device="{room}"),)
    rig = Rig(NormaliseOptions(sources=rules))
    topics = [f"hall/{number}" for number in range(5)]
    for topic in topics:
        rig.batch(message(topic, '{"t": 1}'))
    device = rig.catalogue.devices["hall"]
    rig.normaliser.forget(device.series.values())
    rig.catalogue.forget_device(device)
    for topic in topics:
        assert rig.values(topic, '{"t": 2}') == {"t": 2}


def test_forgetting_a_series_keeps_the_plans_of_other_topics() -> None:
    rig = Rig()
    for topic in ("site/a", "site/b"):
        rig.batch(message(topic, '{"t": 1}'))
    rig.normaliser.forget(rig.catalogue.devices["site/a"].series.values())
    before = rig.general
    rig.batch(message("site/b", '{"t": 2}'))
    assert rig.general == before
    rig.batch(message("site/a", '{"t": 2}'))
    assert rig.general == before + 1
