"""Sparkplug B: births, and who is asked for a rebirth; with messages that the corpus does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulators.dialects.sparkplug_payload import (
    BOOLEAN,
    FLOAT,
    INT16,
    INT32,
    STRING,
    UINT32,
    metric,
    node_birth,
    node_death,
    payload,
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

if TYPE_CHECKING:
    from hub.core.model import Value


def test_a_birth_tells_names_types_and_units_that_data_leave_out() -> None:
    rig = born()
    heat = metric(alias=12, at=AT + 500, float=42.0)
    rows = rig.feed(topic("DDATA", "lathe"), data(speed(), heat))
    assert [(row.device, row.metric, row.value, row.unit, row.time_us) for row in rows] == [
        (LATHE, "spindle.speed", 1300, None, (AT + 1000) * 1000),
        (LATHE, "spindle.bearing_temp", 42.0, "°C", (AT + 500) * 1000),
    ]


def test_a_birth_says_that_its_device_is_online() -> None:
    rig = Rig()
    assert statuses(rig, topic("NBIRTH"), node_birth()) == [(NODE, "online", "birth")]
    assert statuses(rig, topic("DBIRTH", "lathe"), lathe_birth()) == [(LATHE, "online", "birth")]


def test_control_metrics_and_the_session_number_are_no_readings_by_name_or_alias() -> None:
    rig = Rig()
    control = metric("Node Control/Next Server", BOOLEAN, alias=5, boolean=True)
    assert rig.feed(topic("NBIRTH"), node_birth(control)) == []
    rig.feed(topic("DBIRTH", "lathe"), payload(metric("Device Control/Rebirth", BOOLEAN, boolean=False), seq=1))
    assert rig.feed(topic("NDATA"), data(metric(alias=5, boolean=True), seq=2)) == []
    assert (asked(rig), rig.rejected, rig.catalogue.series) == ([], {}, {})


def test_maker_and_model_of_a_birth_are_shown_with_the_device() -> None:
    rig = Rig()
    make = metric("Properties/Hardware Make", STRING, string="Moxa")
    model = metric("Properties/Hardware Model", STRING, string="UC-8112")
    rig.feed(topic("NBIRTH"), node_birth(make, model))
    assert rig.catalogue.devices[NODE].model == "Moxa UC-8112"


def test_another_birth_replaces_the_aliases_of_the_one_before() -> None:
    rig = born()
    rig.feed(topic("NBIRTH"), node_birth(bd_seq=8))
    rig.feed(topic("DBIRTH", "lathe"), payload(metric("Coolant", FLOAT, alias=11, float=5.0), seq=1))
    assert rig.values(topic("DDATA", "lathe"), data(metric(alias=11, float=6.5), seq=2)) == {"coolant": 6.5}
    assert asked(rig) == []
    assert rig.values(topic("DDATA", "lathe"), data(metric(alias=12, float=6.5))) == {}
    assert asked(rig) == [topic("NCMD")]


def test_an_alias_is_only_that_of_its_own_device() -> None:
    rig = born()
    assert rig.values(topic("DDATA", "mill"), data(metric(alias=11, int=4))) == {}
    assert asked(rig) == [topic("NCMD")]


def test_alias_0_is_an_alias_and_a_metric_without_name_and_alias_is_none() -> None:
    rig = Rig()
    rig.feed(topic("NBIRTH"), node_birth(metric("Load", FLOAT, alias=0, float=1.0)))
    assert rig.values(topic("NDATA"), data(metric(alias=0, float=2.0), seq=1)) == {"load": 2.0}
    assert rig.values(topic("NDATA"), data(metric(float=3.0), seq=2)) == {}
    assert (rig.rejected, asked(rig)) == ({"unexpected_shape": 1}, [])


def test_a_birth_whose_texts_are_no_utf_8_counts_for_its_other_metrics() -> None:
    rig = Rig()
    broken = b"\x12\x08\x0a\x02\xff\xfe\x20\x04\x50\x01"
    octets = node_birth(metric("Load", FLOAT, float=1.0)) + broken
    assert rig.values(topic("NBIRTH"), octets) == {"load": 1.0}
    assert rig.rejected == {"bad_text": 1}


def test_a_rebirth_is_requested_with_the_command_of_the_specification() -> None:
    rig = Rig()
    rig.feed(topic("DDATA", "lathe"), data(speed()))
    (request,) = rig.normaliser.requests
    now_ms = NOW_US // 1000
    wanted = payload(metric("Node Control/Rebirth", BOOLEAN, at=now_ms, boolean=True), at=now_ms)
    assert request.topic == topic("NCMD")
    # fields may stand in any order on the wire, here they stand in that of their numbers
    assert request.payload == wanted


def test_missing_messages_ask_for_a_rebirth_and_what_came_is_read() -> None:
    rig = born()
    assert rig.values(topic("DDATA", "lathe"), data(speed(), seq=5)) == {"spindle.speed": 1300}
    assert asked(rig) == [topic("NCMD")]


def test_sequence_numbers_go_on_with_0_after_255_over_all_topics_of_an_edge_node() -> None:
    rig = born()
    for number in range(3, 600):
        name = (topic("NDATA"), topic("DDATA", "lathe"), topic("DDATA", "mill"))[number % 3]
        rig.feed(name, data(seq=number % 256))
    assert asked(rig) == []


def test_a_redelivered_message_and_one_that_comes_late_close_the_gap() -> None:
    rig = born()
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=3))
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=3))
    assert asked(rig) == []
    rig.feed(topic("DDATA", "mill"), data(seq=5))
    assert asked(rig) == [topic("NCMD")]
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=4))
    later(rig, 11)
    rig.feed(topic("DDATA", "mill"), data(seq=6))
    assert asked(rig) == []


def test_a_gap_before_a_birth_or_death_is_asked_about_with_the_next_data() -> None:
    rig = born()
    rig.feed(topic("DDEATH", "mill"), payload(seq=9))
    rig.feed(topic("DBIRTH", "saw"), payload(metric("Load", FLOAT, float=1.0), seq=10))
    assert asked(rig) == []
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=11))
    assert asked(rig) == [topic("NCMD")]


def test_messages_without_a_sequence_number_ask_for_nothing() -> None:
    rig = born()
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=None))
    rig.feed(topic("DDATA", "lathe"), data(speed(1400), seq=3))
    assert asked(rig) == []


def test_an_edge_node_is_asked_at_most_once_in_10_seconds() -> None:
    rig = Rig()
    for _ in range(5):
        rig.feed(topic("DDATA", "lathe"), data(speed()))
        rig.feed(topic("NDATA"), data(metric(alias=1, float=1.0)))
    assert asked(rig) == [topic("NCMD")]
    later(rig, 9.9)
    rig.feed(topic("DDATA", "lathe"), data(speed()))
    assert asked(rig) == []
    later(rig, 0.2)
    rig.feed(topic("DDATA", "lathe"), data(speed()))
    assert asked(rig) == [topic("NCMD")]


def test_each_edge_node_is_asked_for_itself() -> None:
    rig = Rig()
    for edge in ("a", "b"):
        rig.feed(f"spBv1.0/G/NDATA/{edge}", data(metric(alias=1, float=1.0)))
    assert asked(rig) == ["spBv1.0/G/NCMD/a", "spBv1.0/G/NCMD/b"]


def test_an_edge_node_that_never_obeys_is_asked_less_often() -> None:
    rig = Rig()
    counts = []
    for _ in range(60):
        rig.feed(topic("DDATA", "lathe"), data(speed()))
        counts.append(len(asked(rig)))
        later(rig, 10.1)
    assert counts[:6] == [1] * 6
    assert sum(counts) == 7  # once more within the next 300 s


def test_a_birth_ends_the_asking() -> None:
    rig = born()
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=9))
    assert asked(rig) == [topic("NCMD")]
    later(rig, 11)
    rig.feed(topic("NBIRTH"), node_birth(bd_seq=7, seq=40))
    rig.feed(topic("DBIRTH", "lathe"), lathe_birth(seq=41))
    rig.feed(topic("DDATA", "lathe"), data(speed(), seq=42))
    assert asked(rig) == []


def test_data_with_names_are_read_without_a_birth_and_ask_for_one() -> None:
    rig = Rig()
    octets = data(metric("Flow/Rate", FLOAT, at=AT, float=2.5), metric("Level", INT16, int=65_531))
    assert rig.values(topic("DDATA", "lathe"), octets) == {"flow.rate": 2.5, "level": -5}
    assert asked(rig) == [topic("NCMD")]


def test_data_of_a_device_whose_edge_node_alone_was_born_ask_for_its_birth() -> None:
    rig = Rig()
    rig.feed(topic("NBIRTH"), node_birth())
    assert rig.values(topic("DDATA", "lathe"), data(metric("Level", INT32, int=5), seq=1)) == {"level": 5}
    assert asked(rig) == [topic("NCMD")]


def test_a_name_that_the_birth_did_not_have_is_read_by_its_own_datatype() -> None:
    rig = born()
    assert rig.values(topic("DDATA", "lathe"), data(metric("New", INT16, int=65_535))) == {"new": -1}
    assert asked(rig) == []
    assert rig.values(topic("DDATA", "lathe"), data(metric("New", UINT32, int=65_535), seq=4)) == {"new": 65_535}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"int": 251}, 251),
        ({"int": 2**32 - 5}, None),
        ({"long": 2**64 - 5}, None),
        ({"float": 1.5}, 1.5),
        ({"boolean": True}, True),
        ({"string": "on"}, "on"),
        ({"bytes": b"\x01"}, None),
    ],
)
def test_without_a_datatype_only_what_can_mean_one_thing_is_read(value: dict[str, Any], read: Value | None) -> None:
    rig = Rig()
    assert rig.values(topic("DDATA", "lathe"), data(metric("X", **value))) == ({} if read is None else {"x": read})
    assert rig.rejected == {}


def test_what_a_trial_shows_is_not_remembered_and_asks_for_nothing() -> None:
    rig = Rig()
    trial = rig.normaliser.decode(topic("NBIRTH"), node_birth(metric("Load", FLOAT, alias=1, float=1.0)))
    assert [reading.metric for reading in trial.readings] == ["load"]
    assert rig.normaliser.decode(topic("NDATA"), data(metric(alias=1, float=1.0))).readings == ()
    assert asked(rig) == []
    rig = born()
    trial = rig.normaliser.decode(topic("DDATA", "lathe"), data(speed(), seq=77))
    assert [(reading.metric, reading.value) for reading in trial.readings] == [("spindle.speed", 1300)]
    trial = rig.normaliser.decode(topic("NDEATH"), node_death(7))
    assert [status.device for status in trial.statuses] == [NODE, LATHE, MILL]
    rig.feed(topic("DDATA", "lathe"), data(speed()))
    assert asked(rig) == []
