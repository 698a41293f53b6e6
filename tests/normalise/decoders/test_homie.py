"""Homie 4 and 5: section 7."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Status
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import Rig, message

ONLINE, OFFLINE = Status.ONLINE, Status.OFFLINE


def statuses(rig: Rig, topic: str, payload: str | bytes) -> list[tuple[str, Status | None]]:
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload, retain=True)).statuses]


def description(properties: dict[str, Any], **more: Any) -> str:
    return json.dumps({"homie": "5.0", "version": 1, "nodes": {"n": {"properties": properties}}, **more})


def described(datatype: str, payload: str | bytes, unit: str | None = None) -> tuple[Rig, list[tuple[Any, str | None]]]:
    """What a payload of a described property becomes, at first and twice more, by its plan."""
    rig = Rig()
    rig.feed("homie/5/d/$description", description({"p": {"datatype": datatype, "unit": unit}}))
    once, *more = ([(row.value, row.unit) for row in rig.feed("homie/5/d/n/p", payload)] for _ in range(3))
    assert more == [once, once]
    return rig, once


@pytest.mark.parametrize(
    ("datatype", "payload", "value"),
    [
        ("integer", "42", 42),
        ("integer", "-007", -7),
        ("float", "21", 21),
        ("float", "-1.5e3", -1500.0),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("string", "on", "on"),
        ("string", "0042", "0042"),
        ("string", "42", "42"),
        ("string", " two words ", " two words "),
        ("string", '{"a": 1}', '{"a": 1}'),
        ("string", '"quoted"', '"quoted"'),
        ("enum", "off", "off"),
        ("enum", "unknown", "unknown"),
        ("color", "rgb,1,2,3", "rgb,1,2,3"),
        ("datetime", "2024-10-08T10:15:30Z", "2024-10-08T10:15:30Z"),
        ("duration", "PT5M", "PT5M"),
    ],
)
def test_a_described_value_keeps_its_type(datatype: str, payload: str, value: object) -> None:
    rig, found = described(datatype, payload)
    assert found == [(value, None)]
    assert type(found[0][0]) is bool or not isinstance(value, bool)
    assert rig.rejected == {}


@pytest.mark.parametrize("datatype", ["integer", "float", "boolean", "string", "enum", "json", "unheard-of"])
def test_an_empty_text_is_no_reading(datatype: str) -> None:
    for payload in (b"", b"\0"):
        rig, found = described(datatype, payload)
        assert found == []
        assert rig.rejected == {}


@pytest.mark.parametrize(
    ("datatype", "payload"),
    [
        ("integer", "many"),
        ("float", "21,5"),
        ("float", "true"),
        ("boolean", "open"),
        ("boolean", "5"),
        ("integer", "{}"),
    ],
)
def test_a_value_that_is_not_as_described_is_undecodable(datatype: str, payload: str) -> None:
    rig, found = described(datatype, payload)
    assert found == []
    assert set(rig.rejected) == {"not_as_described"}
    assert datatype in rig.normaliser.quarantine.recent()[0].detail


@pytest.mark.parametrize("payload", ["nan", "unknown", "1e999"])
def test_a_number_that_there_is_not_is_no_reading_and_no_error(payload: str) -> None:
    rig, found = described("float", payload)
    assert found == []
    assert rig.rejected == {}


def test_units_are_for_numbers_and_canonical() -> None:
    assert described("float", "21.5", "C")[1] == [(21.5, "°C")]
    assert described("string", "21.5", "C")[1] == [("21.5", None)]
    assert described("integer", "5", "#")[1] == [(5, "#")]


def test_a_document_is_flattened_if_it_is_described_as_one_or_not_at_all() -> None:
    rig = Rig()
    rig.feed("homie/5/d/$description", description({"p": {"datatype": "json"}}))
    for name in ("p", "other"):
        for _ in range(2):
            assert rig.values(f"homie/5/d/n/{name}", '{"speedMax": 5, "tags": ["x"]}') == {
                f"n.{name}.speed_max": 5,
                f"n.{name}.tags.0": "x",
            }
        assert rig.feed(f"homie/5/d/n/{name}", '{"broken') == []
    assert rig.general == 5
    assert rig.rejected == {"broken_json": 2}


@pytest.mark.parametrize(
    ("payload", "value"), [("21.5", 21.5), ("on", True), ("007", "007"), ("heat", "heat"), ("nan", None)]
)
def test_a_value_that_nobody_described_is_what_it_looks_like(payload: str, value: object) -> None:
    rig = Rig()
    for _ in range(2):
        assert list(rig.values("homie/robot/NodeOne/prop-two", payload).items()) == (
            [] if value is None else [("node_one.prop_two", value)]
        )


FOUR = (
    ("homie/oven/door/$properties", "open-count"),
    ("homie/oven/door/heat/$datatype", "float"),
    ("homie/oven/door/heat/$unit", "F"),
    ("homie/oven/door/mode/$datatype", "enum"),
    ("homie/oven/door/heat", "350"),
    ("homie/oven/door/mode", "42"),
)


@pytest.mark.parametrize(
    "order", list(permutations(FOUR[1:])), ids=lambda order: "-".join(topic[11:] for topic, _ in order)
)
def test_homie_4_retained_messages_give_the_same_in_any_order(order: tuple[tuple[str, str], ...]) -> None:
    rig = Rig()
    for topic, payload in order:
        rig.feed(topic, payload, retain=True)
    heat, mode = rig.series("homie/oven", "door.heat"), rig.series("homie/oven", "door.mode")
    assert (heat.value, heat.unit) == (350, "°F")
    assert mode.value == "42"
    assert rig.feed("homie/oven/door/mode", "43")[0].value == "43"


def test_homie_5_values_before_their_description_give_the_same_also_in_another_domain() -> None:
    rig = Rig()
    assert rig.feed("plant/5/press/n/count", "0042", retain=True)[0].device == "plant/5/press/n"
    batch = rig.batch(
        message("plant/5/press/$description", description({"count": {"datatype": "string"}}), retain=True)
    )
    assert [(row.device, row.metric, row.value) for row in rig.rows(batch)] == [("homie/press", "n.count", "0042")]
    assert [row.device for row in rig.feed("plant/5/other/n/count", "1")] == ["homie/other"]
    assert [row.device for row in rig.feed("yard/5/other/n/count", "1")] == ["yard/5/other/n"]
    assert statuses(rig, "yard/5/other/$state", "nonsense") == []
    assert statuses(rig, "yard/5/other/$state", "ready") == [("homie/other", ONLINE)]
    assert [row.device for row in rig.feed("yard/5/other/n/more", "1")] == ["homie/other"]


def test_a_new_description_replaces_the_one_before_it() -> None:
    rig = Rig()
    rig.feed(
        "homie/5/d/$description", description({"a": {"datatype": "float", "unit": "W"}, "b": {"datatype": "enum"}})
    )
    rig.feed("homie/5/d/n/a", "5")
    rig.feed("homie/5/d/n/b", "7")
    batch = rig.batch(message("homie/5/d/$description", description({"a": {"datatype": "float", "unit": "kW"}})))
    assert [(row.metric, row.value, row.unit) for row in rig.rows(batch)] == [("n.a", 5, "kW")]
    assert [(row.metric, row.value) for row in rig.feed("homie/5/d/n/b", "7")] == [("n.b", 7)]
    assert not rig.batch(message("homie/5/d/$description", description({"a": {"datatype": "float", "unit": "kW"}})))
    assert (rig.feed("homie/5/d/n/a", "6")[0].unit, rig.rejected) == ("kW", {})


@pytest.mark.parametrize(
    "topic",
    [
        "homie/d/$nodes",
        "homie/d/$extensions",
        "homie/d/n/$name",
        "homie/d/n/p/$format",
        "homie/d/n/p/$settable",
        "homie/d/n/p/set",
        "homie/d/$implementation/ota/enabled",
        "homie/d/$stats",
        "homie/$broadcast/alert",
        "homie/5/$broadcast/security",
        "homie/5/d/n/p/$target",
        "homie/5/d/n/p/set",
        "homie/5/d/$log/error",
        "homie/5/d/$alert/battery",
        "homie/5/d/$meta",
    ],
)
def test_attributes_logs_and_wishes_are_no_readings(topic: str) -> None:
    rig = Rig()
    assert not rig.batch(message(topic, "21.5"), message(topic, '{"a": 1}'), message(topic, b"\xff"))
    assert rig.rejected == {}


def test_switched_off_its_topics_are_plain_ones() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"homie"})))
    assert [row.device for row in rig.feed("homie/d/n/p", "5")] == ["homie/d/n"]


def test_other_base_topics_have_their_own_devices() -> None:
    rig = Rig(options=NormaliseOptions(bases={"homie": ("homie", "site/things")}))
    assert [row.device for row in rig.feed("homie/d/n/p", "5")] == ["homie/d"]
    assert [row.device for row in rig.feed("site/things/d/n/p", "5")] == ["homie/site/things/d"]
    rig.feed("site/things/5/d/$description", description({"p": {"datatype": "float", "unit": "W"}}))
    assert [(row.device, row.unit) for row in rig.feed("site/things/5/d/n/p", "5")] == [("homie/site/things/d", "W")]


TOPICS = (
    "homie/d/n/p",
    "homie/d/n/p/$datatype",
    "homie/d/n/p/$unit",
    "homie/d/$state",
    "homie/d/$name",
    "homie/5/d/$description",
    "homie/5/d/$state",
    "homie/5/root/$state",
    "homie/5/d/n/p",
    "x/5/d/$description",
    "x/5/d/n/p",
)
TEXTS = st.sampled_from(
    ["integer", "float", "boolean", "json", "enum", "W", "lost", "ready", "", "5", "on", "[1]", "{}"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["homie", "nodes", "n", "p", "properties", "datatype", "unit", "root", "name", "", "a/b"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
ANYTHING = (
    st.binary(max_size=20)
    | TEXTS.map(str.encode)
    | JSON.map(lambda root: json.dumps(root).encode())
    | st.builds(lambda nodes, root: json.dumps({"nodes": nodes, "root": root}).encode(), JSON, JSON)
)


@settings(deadline=None, max_examples=200)
@given(fed=st.lists(st.tuples(st.sampled_from(TOPICS), ANYTHING), max_size=10))
def test_whatever_is_sent_no_decoder_fails(fed: list[tuple[str, bytes]]) -> None:
    rig = Rig()
    for topic, payload in fed:
        rig.batch(message(topic, payload), message(topic, payload))
    assert "decoder_fault" not in rig.rejected
