"""Sparkplug B: order of arrival, deaths, times, quality; with messages that the corpus does not have."""

from __future__ import annotations

import pytest

from simulators.dialects.sparkplug_payload import (
    BOOLEAN,
    FLOAT,
    INT32,
    STRING,
    metric,
    node_birth,
    node_death,
    payload,
    property_set,
)
from tests.normalise.decoders.sparkplug_plant import (
    AT,
    LATHE,
    MILL,
    NODE,
    asked,
    born,
    data,
    later,
    lathe_birth,
    speed,
    statuses,
    topic,
)
from tests.normalise.rig import NOW_US, Rig


def test_data_by_alias_that_came_first_are_read_once_the_births_arrive() -> None:
    rig = Rig()
    assert rig.feed(topic("DDATA", "lathe"), data(speed(1234), seq=8)) == []
    assert rig.feed(topic("NDATA"), data(metric(alias=1, at=AT + 1, float=3.5), seq=9)) == []
    births = rig.feed(topic("NBIRTH"), node_birth(metric("CPU Load", FLOAT, alias=1, at=AT, float=12.5)))
    assert [(row.metric, row.value) for row in births] == [("cpu_load", 12.5), ("cpu_load", 3.5)]
    births = rig.feed(topic("DBIRTH", "lathe"), lathe_birth())
    assert ("spindle.speed", 1234) in [(row.metric, row.value) for row in births]
    asked(rig)
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=2))
    assert asked(rig) == []


def test_retained_births_and_data_give_the_same_in_any_order() -> None:
    stored = [
        (topic("NBIRTH"), node_birth(metric("CPU Load", FLOAT, alias=1, at=AT, float=12.5))),
        (topic("DBIRTH", "lathe"), lathe_birth()),
        (topic("DDATA", "lathe"), data(speed(1777), seq=30)),
    ]
    outcomes = []
    for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        rig = Rig()
        for place in order:
            rig.feed(*stored[place], retain=True)
        latest = {(one.device.id, one.metric): (one.value, one.unit) for one in rig.catalogue.series.values()}
        asked(rig)
        later(rig, 11)
        rig.feed(topic("DDATA", "lathe"), data(speed(1800), seq=200))
        outcomes.append((latest, asked(rig)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0][0][LATHE, "spindle.speed"] == (1777, None)
    assert outcomes[0][1] == []


def test_a_device_birth_of_the_session_before_is_not_taken_for_one_of_the_new_session() -> None:
    rig = Rig()
    rig.feed(topic("DBIRTH", "lathe"), lathe_birth())
    rig.feed(topic("NBIRTH"), node_birth(at=AT + 60_000))
    assert rig.feed(topic("DDATA", "lathe"), data(speed(), seq=1)) == []
    assert asked(rig) == [topic("NCMD")]


def test_births_that_a_sparkplug_aware_broker_keeps_are_read_like_retained_ones() -> None:
    rig = Rig()
    stored = "$sparkplug/certificates/"
    rig.feed(stored + topic("DBIRTH", "lathe"), lathe_birth(), retain=True)
    rig.feed(stored + topic("NBIRTH"), node_birth(), retain=True)
    assert rig.values(topic("DDATA", "lathe"), data(speed(), seq=99)) == {"spindle.speed": 1300}
    assert asked(rig) == []


def test_a_death_of_the_session_takes_the_edge_node_and_its_devices_offline() -> None:
    rig = born()
    offline = [(name, "offline", "death") for name in (NODE, LATHE, MILL)]
    assert statuses(rig, topic("NDEATH"), node_death(7)) == offline
    assert asked(rig) == []


def test_a_death_of_another_session_tells_nothing() -> None:
    rig = born()
    assert statuses(rig, topic("NDEATH"), node_death(6)) == []
    assert statuses(rig, topic("NDEATH"), node_death(None)) == []
    assert statuses(Rig(), topic("NDEATH"), node_death(7)) == []
    assert rig.rejected == {}
    assert rig.values(topic("DDATA", "lathe"), data(speed())) == {"spindle.speed": 1300}


def test_a_session_without_a_number_ends_with_a_death_without_one() -> None:
    rig = Rig()
    rig.feed(topic("NBIRTH"), node_birth(bd_seq=None))
    assert statuses(rig, topic("NDEATH"), node_death(None)) == [(NODE, "offline", "death")]


def test_aliases_end_with_the_session() -> None:
    rig = born()
    rig.feed(topic("NDEATH"), node_death(7))
    assert rig.feed(topic("DDATA", "lathe"), data(speed())) == []
    assert asked(rig) == [topic("NCMD")]


def test_a_device_dies_alone() -> None:
    rig = born()
    assert statuses(rig, topic("DDEATH", "mill"), payload(seq=3)) == [(MILL, "offline", "death")]
    assert rig.values(topic("DDATA", "lathe"), data(speed(), seq=4)) == {"spindle.speed": 1300}
    assert asked(rig) == []
    assert rig.feed(topic("DDATA", "mill"), data(metric(alias=21, double=1.0), seq=5)) == []
    assert asked(rig) == [topic("NCMD")]


def test_a_device_that_is_not_born_again_after_its_edge_node_is_offline() -> None:
    rig = born()
    rig.feed(topic("NBIRTH"), node_birth(bd_seq=8))
    rig.feed(topic("DBIRTH", "lathe"), lathe_birth())
    later(rig, 5)
    assert statuses(rig, topic("DDATA", "lathe"), data(speed(), seq=2)) == []
    later(rig, 6)
    assert statuses(rig, topic("DDATA", "lathe"), data(speed(), seq=3)) == [(MILL, "offline", "death")]
    later(rig, 60)
    assert statuses(rig, topic("DDATA", "lathe"), data(speed(), seq=4)) == []


def test_the_time_is_the_metrics_else_the_payloads_else_unknown() -> None:
    rig = born()
    octets = payload(metric(alias=11, int=1), metric(alias=12, at=0, float=1.0), speed(2), seq=3, at=AT + 7)
    assert [row.time_us // 1000 - AT for row in rig.feed(topic("DDATA", "lathe"), octets)] == [7, 7, 1000]
    octets = payload(metric(alias=11, int=1), seq=4, at=None)
    assert [row.time_us for row in rig.feed(topic("DDATA", "lathe"), octets)] == [NOW_US]


def test_a_timestamp_in_seconds_is_understood() -> None:
    rig = born()
    rows = rig.feed(topic("DDATA", "lathe"), data(metric(alias=11, at=AT // 1000, int=1)))
    assert [row.time_us for row in rows] == [AT * 1000]


def test_historical_values_are_marked() -> None:
    rig = born()
    rows = rig.feed(topic("DDATA", "lathe"), data(speed(1, flags=("historical",)), speed(2)))
    assert [(row.value, row.mark) for row in rows] == [(1, 2), (2, 0)]


def test_null_is_no_reading_whatever_value_stands_beside_it() -> None:
    rig = born()
    octets = data(speed(1, flags=("null",)), metric(alias=12, flags=("null",)), metric(alias=12))
    assert rig.feed(topic("DDATA", "lathe"), octets) == []
    assert (rig.rejected, asked(rig)) == ({}, [])


@pytest.mark.parametrize(("code", "readings"), [(192, 1), (0, 0), (500, 0)])
@pytest.mark.parametrize("kind", ["int", "long"])
def test_a_value_whose_quality_is_not_good_is_no_reading(code: int, readings: int, kind: str) -> None:
    rig = born()
    quality = property_set({"Quality": (INT32, kind, code)})
    assert len(rig.feed(topic("DDATA", "lathe"), data(speed(properties=quality)))) == readings
    assert len(rig.feed(topic("DDATA", "lathe"), data(speed(), seq=4))) == 1


@pytest.mark.parametrize("key", ["engUnit", "Engineering Units", "unit", "EngUnits"])
def test_the_unit_is_a_property_of_the_metric(key: str) -> None:
    rig = Rig()
    unit = property_set({"low": None, key: (STRING, "string", "bar")})
    on = metric("On", BOOLEAN, boolean=True, properties=unit)
    name = metric("Name", STRING, string="x", properties=unit)
    rows = rig.feed(topic("NBIRTH"), node_birth(metric("P", FLOAT, float=1.0, properties=unit), on, name))
    assert [row.unit for row in rows] == ["bar", None, None]


def test_a_unit_that_comes_with_data_is_remembered() -> None:
    rig = born()
    unit = property_set({"engUnit": (STRING, "string", "rpm")})
    rig.feed(topic("DDATA", "lathe"), data(speed(properties=unit)))
    assert rig.series(LATHE, "spindle.speed").unit == "rpm"
    assert [row.unit for row in rig.feed(topic("DDATA", "lathe"), data(speed(), seq=4))] == ["rpm"]


def test_data_of_a_session_are_not_read_by_the_births_of_the_next() -> None:
    rig = Rig()
    rig.feed(topic("NBIRTH"), node_birth(bd_seq=1))
    rig.feed(topic("DBIRTH", "lathe"), lathe_birth())
    assert rig.feed(topic("NDATA"), data(metric(alias=98, at=AT, float=5.5), seq=2)) == []
    assert rig.feed(topic("DDATA", "lathe"), data(metric(alias=99, at=AT, float=7.5), seq=3)) == []
    asked(rig)
    births = rig.feed(topic("NBIRTH"), node_birth(metric("Load", FLOAT, alias=98, at=AT, float=1.5), bd_seq=2))
    assert [(row.metric, row.value) for row in births] == [("load", 1.5)]
    births = rig.feed(topic("DBIRTH", "lathe"), payload(metric("Torque", FLOAT, alias=99, at=AT, float=2.5), seq=1))
    assert [(row.metric, row.value) for row in births] == [("torque", 2.5)]


def test_data_are_read_once_a_rebirth_of_the_same_session_explains_them() -> None:
    rig = Rig()
    rig.feed(topic("NBIRTH"), node_birth(bd_seq=1))
    assert rig.feed(topic("NDATA"), data(metric(alias=98, at=AT, float=5.5), seq=1)) == []
    asked(rig)
    births = rig.feed(topic("NBIRTH"), node_birth(metric("Load", FLOAT, alias=98, at=AT, float=1.5), bd_seq=1))
    assert [(row.metric, row.value) for row in births] == [("load", 1.5), ("load", 5.5)]
