"""Sparkplug B: templates, topics, hosts, options, bounds; with messages that the corpus does not have."""

from __future__ import annotations

import json

import pytest

from hub.core.catalogue import CatalogueLimits
from hub.normalise.decoders import sparkplug_nodes
from hub.normalise.decoders.sparkplug import Sparkplug
from hub.normalise.decoders.sparkplug_host import state_birth, state_topic, state_will
from hub.normalise.options import NormaliseOptions
from simulators.dialects.sparkplug_payload import (
    BOOLEAN,
    DATE_TIME,
    FLOAT,
    INT16,
    INT32,
    STRING,
    TEMPLATE,
    metric,
    node_birth,
    payload,
    property_set,
    template,
)
from tests.normalise.decoders.sparkplug_plant import AT, NODE, asked, born, data, lathe_birth, speed, statuses, topic
from tests.normalise.rig import Rig


def pump(*members: bytes, of: str = "Pump") -> bytes:
    return metric("Pump 1", TEMPLATE, template=template(*members, of=of))


def test_a_template_instance_has_its_members_and_a_definition_none() -> None:
    rig = Rig()
    litres = property_set({"engUnit": (STRING, "string", "L/min")})
    flow, since = metric("Flow", INT16, properties=litres), metric("Since", DATE_TIME)
    definition = metric("_types_/Pump", TEMPLATE, template=template(flow, since, definition=True))
    instance = pump(metric("Flow", INT16, int=65_531), metric("Motor/Amps", FLOAT, float=2.5))
    assert rig.values(topic("NBIRTH"), node_birth(definition, instance)) == {
        "pump_1.flow": -5,
        "pump_1.motor.amps": 2.5,
    }
    assert rig.series(NODE, "pump_1.flow").unit is None


def test_a_member_without_a_datatype_has_that_of_the_definition() -> None:
    rig = Rig()
    litres = property_set({"engUnit": (STRING, "string", "L/min")})
    definition = template(metric("Flow", INT16, properties=litres), metric("Since", DATE_TIME), definition=True)
    rig.feed(topic("NBIRTH"), node_birth(metric("Pump", TEMPLATE, template=definition)))
    members = pump(metric("Flow", int=65_531), metric("Since", long=1_700_000_000_000))
    rows = rig.feed(topic("NDATA"), data(members, seq=1))
    assert [(row.metric, row.value, row.unit) for row in rows] == [
        ("pump_1.flow", -5, "L/min"),
        ("pump_1.since", "2023-11-14T22:13:20Z", None),
    ]
    assert asked(rig) == []


def test_definitions_in_births_of_devices_do_not_add_up() -> None:
    decoder = Sparkplug()
    rig = Rig(decoders=[decoder])
    rig.feed(topic("NBIRTH"), node_birth())
    for number in range(20):
        definition = metric(f"T{number}", TEMPLATE, template=template(metric("Flow", INT16), definition=True))
        instance = pump(metric("Flow", int=65_531), of=f"T{number}")
        assert rig.values(topic("DBIRTH", "lathe"), payload(definition, instance, seq=number + 1)) == {
            "pump_1.flow": -5
        }
    node = decoder.nodes.find("spBv1.0/Hall 2/gw-1")
    assert node is not None
    assert node.templates == {}


def test_templates_lie_in_templates_down_to_a_bound() -> None:
    rig = Rig()
    nested = metric("Amps", FLOAT, float=2.5)
    for _ in range(3):
        nested = metric("Motor", TEMPLATE, template=template(nested, of="M"))
    assert rig.values(topic("NBIRTH"), node_birth(nested)) == {"motor.motor.motor.amps": 2.5}
    for _ in range(20):
        nested = metric("Motor", TEMPLATE, template=template(nested, of="M"))
    assert rig.values(topic("NDATA"), data(nested, seq=1)) == {}
    assert rig.rejected == {"too_deep": 1}


def test_members_have_times_flags_and_aliases_of_their_own() -> None:
    rig = Rig()
    members = (metric("Flow", FLOAT, alias=31, float=1.0), metric("Level", FLOAT, alias=32, float=1.0))
    rig.feed(topic("NBIRTH"), node_birth(pump(*members)))
    late = metric(alias=31, at=AT + 5, float=2.0, flags=("historical",))
    inner = metric("Pump 1", TEMPLATE, template=template(late, metric(alias=32, float=3.0), of="Pump"))
    rows = rig.feed(topic("NDATA"), data(inner, metric(alias=31, float=4.0), seq=1))
    assert [(row.metric, row.value, row.time_us // 1000 - AT, row.mark) for row in rows] == [
        ("pump_1.flow", 2.0, 5, 2),
        ("pump_1.level", 3.0, 0, 0),
        ("pump_1.flow", 4.0, 0, 0),
    ]


def test_commands_tell_nothing() -> None:
    rig = Rig()
    octets = payload(metric("Node Control/Rebirth", BOOLEAN, boolean=True))
    assert rig.feed(topic("NCMD"), octets) == rig.feed(topic("DCMD", "lathe"), octets) == []
    assert (rig.rejected, asked(rig), rig.catalogue.devices) == ({}, [], {})


@pytest.mark.parametrize(
    "name",
    ["spBv1.0/G", "spBv1.0/G/NDATA/e/d", "spBv1.0/G/DDATA/e", "spBv1.0/G/XDATA/e", "spBv1.0//NDATA/e"],
)
def test_a_topic_that_the_specification_does_not_know_is_refused(name: str) -> None:
    rig = Rig(decoders=[Sparkplug()])
    assert rig.feed(name, data(metric("x", INT32, int=5))) == []
    assert rig.rejected == {"bad_topic": 1}


@pytest.mark.parametrize("kind", ["NBIRTH", "NDATA", "NDEATH"])
@pytest.mark.parametrize("octets", [b'{"temp": 21}', b"21.5", b"\x20\x01", bytes(9)])
def test_what_is_no_sparkplug_payload_is_kept_as_undecodable(kind: str, octets: bytes) -> None:
    rig = Rig()
    assert rig.feed(topic(kind), octets) == []
    assert rig.rejected == {"broken_protobuf": 1}
    assert asked(rig) == []


def test_an_empty_payload_takes_a_retained_message_back_and_tells_nothing() -> None:
    rig = born()
    for kind in ("NBIRTH", "NDATA", "NDEATH"):
        assert statuses(rig, topic(kind), b"") == []
    assert rig.values(topic("DDATA", "lathe"), data(speed())) == {"spindle.speed": 1300}


def test_a_host_says_whether_it_is_online() -> None:
    rig = Rig()
    host = "sparkplug/scada"
    assert statuses(rig, *state_birth("scada", 2000), retain=True) == [(host, "online", "birth")]
    assert statuses(rig, *state_will("scada", 1000)) == []
    assert statuses(rig, *state_will("scada", 2000)) == [(host, "offline", "death")]
    assert statuses(rig, "STATE/scada", b"ONLINE") == [(host, "online", "availability")]
    assert statuses(rig, "STATE/scada", b"OFFLINE") == [(host, "offline", "availability")]
    assert statuses(rig, state_topic("scada"), b"[1]") == []
    assert rig.rejected == {"unexpected_shape": 1}


def test_birth_and_will_of_a_host_have_the_form_of_the_specification() -> None:
    assert state_birth("h", 5)[0] == state_will("h", 5)[0] == "spBv1.0/STATE/h"
    assert json.loads(state_birth("h", 5)[1]) == {"online": True, "timestamp": 5}
    assert json.loads(state_will("h", 5)[1]) == {"online": False, "timestamp": 5}


def test_a_plain_device_may_have_a_topic_like_that_of_older_hosts() -> None:
    rig = Rig()
    (row,) = rig.feed("STATE/kitchen", b"21.5")
    assert (row.device, row.metric, row.value) == ("STATE", "kitchen", 21.5)


def test_sparkplug_behind_another_base_topic_is_asked_there() -> None:
    rig = Rig(options=NormaliseOptions(bases={"sparkplug": ("spBv1.0", "site9/spBv1.0")}))
    rows = rig.feed("site9/spBv1.0/G/DDATA/e/d", data(metric("x", INT32, int=5)))
    assert [row.device for row in rows] == ["sparkplug/site9/spBv1.0/G/e/d"]
    assert asked(rig) == ["site9/spBv1.0/G/NCMD/e"]


def test_switched_off_it_claims_nothing() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"sparkplug"})))
    rig.feed(topic("NBIRTH"), node_birth())
    assert (asked(rig), NODE in rig.catalogue.devices) == ([], False)


def test_the_edge_node_that_was_silent_longest_is_forgotten_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug_nodes, "MAX_NODES", 3)
    decoder = Sparkplug()
    rig = Rig(decoders=[decoder])
    for edge in "abcd":
        rig.feed(f"spBv1.0/G/NBIRTH/{edge}", node_birth(metric("x", FLOAT, alias=1, float=1.0)))
    assert (len(decoder.nodes), decoder.nodes.forgotten, decoder.nodes.metrics) == (3, 1, 9)
    assert rig.values("spBv1.0/G/NDATA/d", data(metric(alias=1, float=2.0), seq=1)) == {"x": 2.0}
    assert rig.values("spBv1.0/G/NDATA/a", data(metric(alias=1, float=2.0), seq=1)) == {}
    assert asked(rig) == ["spBv1.0/G/NCMD/a"]


def test_all_devices_have_a_bound_and_so_have_the_topics_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug_nodes, "MAX_NODE_DEVICES", 4)
    monkeypatch.setattr(sparkplug_nodes, "MAX_DEVICES", 6)
    decoder = Sparkplug()
    rig = Rig(decoders=[decoder])
    for edge in "abc":
        for number in range(9):
            rig.feed(f"spBv1.0/G/DDATA/{edge}/d{number}", data(metric(alias=1, float=2.0)))
            rig.feed(f"spBv1.0/G/DBIRTH/{edge}/d{number}", lathe_birth())
    nodes = [node for edge in "abc" if (node := decoder.nodes.find(f"spBv1.0/G/{edge}")) is not None]
    assert [len(node.devices) for node in nodes] == [4]
    assert decoder.nodes.devices == 4
    assert all(0 < len(node.waiting) <= 2 * len(node.devices) for node in nodes)
    assert decoder.nodes.forgotten == 2


def test_all_metrics_have_a_bound_and_those_heard_last_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug_nodes, "MAX_METRICS", 10)
    decoder = Sparkplug()
    rig = Rig(decoders=[decoder])
    for edge in "abcd":
        rig.feed(f"spBv1.0/G/NBIRTH/{edge}", node_birth(metric("x", FLOAT, alias=1, float=1.0)))
    assert (len(decoder.nodes), decoder.nodes.metrics) == (3, 9)


def test_an_edge_node_with_too_many_metrics_is_not_asked_for_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug_nodes, "MAX_NODE_METRICS", 10)
    decoder = Sparkplug()
    rig = Rig(decoders=[decoder])
    many = [metric(f"m{number}", INT32, alias=number, int=number) for number in range(20)]
    assert len(rig.feed(topic("NBIRTH"), node_birth(*many))) == 20
    assert rig.feed(topic("NDATA"), data(metric(alias=3, int=5), seq=1)) == []
    assert (rig.rejected, asked(rig), decoder.nodes.metrics) == ({"limit": 1}, [], 0)


def test_rebirths_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug_nodes, "MAX_NODE_DEVICES", 4)
    decoder = Sparkplug()
    rig = Rig(decoders=[decoder])
    for number in range(40):
        rig.feed(topic("NBIRTH"), node_birth(bd_seq=number % 256))
        rig.feed(topic("DBIRTH", f"d{number}"), lathe_birth())
        rig.feed(topic("DDATA", f"d{number}"), data(metric("Extra", FLOAT, float=1.0), seq=2))
        rig.feed(topic("DDATA", f"d{number}"), data(metric("Extra", FLOAT, float=1.0), seq=3))
    assert decoder.nodes.metrics == 2 + 2 + 1
    node = decoder.nodes.find("spBv1.0/Hall 2/gw-1")
    assert node is not None
    assert (len(node.devices), node.metrics) == (4, 5)


def test_more_metrics_than_a_message_may_have_are_counted_not_read() -> None:
    rig = Rig(limits=CatalogueLimits(metrics_per_device=20_000))
    octets = node_birth(*(metric(f"m{number}", INT32, int=1) for number in range(10_005)))
    assert len(rig.feed(topic("NBIRTH"), octets)) == 9_998  # two of the first 10,000 are no readings
    assert rig.rejected == {"too_many": 1}
