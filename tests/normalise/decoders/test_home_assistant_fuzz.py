"""Home Assistant's discovery among hostile devices: nothing fails, nothing grows without bound, nothing is left."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.normalise.decoders.home_assistant import HomeAssistant
from hub.normalise.decoders.home_assistant_availability import MAX_STATUSES
from hub.normalise.decoders.home_assistant_config import MAX_CHECKS, MAX_COMPONENTS, Entry, Place, entry
from hub.normalise.decoders.home_assistant_entries import MAX_BYTES, MAX_USES, MAX_USES_OF_TOPIC, Entries
from hub.normalise.decoders.home_assistant_templates import Templates
from hub.normalise.decoders.protocol import Message, Topic
from tests.normalise.corpus import broken, documents, lines_of, read_twice
from tests.normalise.decoders.home_assistant_house import DEVICE, discover, values
from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from hub.normalise.content import Json

LINES = lines_of("homeassistant")
TOPICS = ("a/b", "a/lwt", "n/sensor/t/state", "zigbee2mqtt/d", "homeassistant/sensor/x/state")
TEMPLATES = (
    "{{ value_json.a }}",
    "{{ value_json.a.b | float }}",
    "{{ value_json.value }}",
    "{{ value_json.a / 2 }}{{ value_json.ts }}",
    "{{ value | int + 1 }}",
    "{{ value_json | length }}",
    "{{ value_json[0].a }}",
)
KEYS = ("stat_t", "json_attr_t", "avty_t", "avty", "cmd_t", "pos_t", "mode_stat_t", "val_tpl", "pos_tpl", "avty_tpl")
WORDS = ("pl_on", "pl_off", "pl_avail", "unit_of_meas", "dev_cla", "avty_mode", "dev", "~", "schema", "t", "cmps", "p")
MEMBERS = st.dictionaries(
    st.sampled_from((*KEYS, *WORDS)),
    st.one_of(
        st.sampled_from((*TOPICS, *TEMPLATES, "~/b", "ON", "1", "all", "json", "W", "temperature")),
        documents("t", "ids", "name", "x", *KEYS, leaf="a/b", max_leaves=6),
    ),
    max_size=10,
)
JSON = documents("a", "b", "value", "unit", "ts", "state", leaf="ON", max_leaves=10)
COMPONENTS = st.sampled_from(("sensor", "binary_sensor", "device", "climate", "light", "switch", "camera", "tag", "x"))


@settings(max_examples=150, deadline=None)
@given(
    entries=st.lists(st.tuples(COMPONENTS, st.sampled_from("xyz"), MEMBERS), max_size=5),
    states=st.lists(st.tuples(st.sampled_from(TOPICS), st.one_of(JSON, st.just("ON"))), max_size=4),
)
def test_whatever_entries_say_plans_read_what_the_decoder_reads(
    entries: list[tuple[str, str, dict[str, Any]]], states: list[tuple[str, object]]
) -> None:
    rig = Rig()
    for component, name, members in entries:
        rig.batch(message(f"homeassistant/{component}/{name}/config", json.dumps(members)))
        for topic, payload in states:
            read_twice(rig, topic, (payload if isinstance(payload, str) else json.dumps(payload)).encode())
    for component, name, _ in entries:
        rig.batch(message(f"homeassistant/{component}/{name}/config", ""))
    assert "decoder_fault" not in rig.rejected


@settings(deadline=None)
@given(payloads=broken(LINES), topic=st.sampled_from(sorted({line["topic"] for line in LINES})))
def test_broken_messages_make_nothing_fail(payloads: tuple[bytes, bytes], topic: str) -> None:
    rig = Rig()
    for line in LINES:
        for payload in payloads:
            rig.batch(message(line["topic"], payload))
    for payload in payloads:
        read_twice(rig, topic, payload)


@settings(deadline=None)
@given(entries=st.lists(st.tuples(COMPONENTS, st.sampled_from("xyz"), MEMBERS), max_size=8))
def test_entries_that_are_taken_back_leave_nothing(entries: list[tuple[str, str, dict[str, Json]]]) -> None:
    known = Entries()
    for component, name, members in entries:
        found, _ = entry(Place(("homeassistant",), component, name), members, Templates())
        known.put(name, found, name.encode())
    for name in "xyz":
        known.put(name, None, b"")
    assert len(known) == 0
    state = {slot: value for slot, value in vars(known).items() if value}
    assert state == {}


def test_what_is_remembered_of_entries_is_bounded_and_told() -> None:
    known, decoder = Entries(), HomeAssistant()
    found, _ = entry(
        Place(("homeassistant",), "device", "d"),
        {"cmps": {str(number): {"p": "sensor", "stat_t": f"t/{number}"} for number in range(MAX_COMPONENTS)}},
        Templates(),
    )
    assert isinstance(found, Entry)
    for number in range(MAX_USES // MAX_COMPONENTS):
        assert known.put(str(number), found, b"x").rejection is None
    refused = known.put("more", found, b"x").rejection
    assert refused is not None
    assert refused.reason == "limit"
    assert len(known) == MAX_USES
    assert known.put("0", None, b"").rejection is None
    refused = known.put("more", found, bytes(MAX_BYTES)).rejection
    assert refused is not None
    assert len(known) == MAX_USES - MAX_COMPONENTS
    assert decoder.kept == 0


def test_a_short_base_that_stands_for_a_long_topic_counts_as_often_as_it_is_used() -> None:
    known = Entries()
    members: dict[str, Json] = {f"{number}_cmd_t": f"~{number}" for number in range(5000)}
    found, _ = entry(Place((), "switch", "s"), {**members, "~": "x" * 1000}, Templates())
    refused = [known.put(str(number), found, b"").rejection for number in range(1 + MAX_BYTES // (5000 * 1000))]
    assert refused[0] is None
    assert refused[-1] is not None


def test_more_components_than_a_device_can_have_are_left_out_and_told() -> None:
    rig = Rig()
    components = {str(number): {"p": "sensor", "stat_t": f"t/{number}"} for number in range(MAX_COMPONENTS + 5)}
    discover(rig, "device/d", dev=DEVICE, cmps=components)
    assert rig.rejected == {"limit": 1}


def test_so_many_values_are_taken_from_one_topic() -> None:
    rig = Rig()
    for part in range(2):
        components = {f"{part}_{number}": {"p": "sensor", "name": "x"} for number in range(MAX_USES_OF_TOPIC // 2 + 1)}
        discover(rig, f"device/d{part}", dev=DEVICE, cmps=components, stat_t="a/b")
    assert rig.rejected == {"limit": 1}
    assert len(values(rig, "a/b", "5")) == MAX_USES_OF_TOPIC // 2 + 1


def test_availability_depends_on_so_many_topics_at_most() -> None:
    checks: list[Json] = [{"t": f"a/{number}"} for number in range(MAX_CHECKS + 5)]
    found, _ = entry(Place((), "sensor", "s"), {"stat_t": "a", "avty": checks}, Templates())
    assert isinstance(found, Entry)
    assert [len(watch.availability.checks) for watch in found.watches] == [MAX_CHECKS]


@pytest.mark.parametrize("topic", ["gw", "tele/gw/POWER"])
def test_one_message_tells_the_status_of_so_many_devices_at_most(topic: str) -> None:
    rig = Rig()
    count = MAX_STATUSES + 10
    for part in range(0, count, MAX_COMPONENTS):
        components = {
            str(number): {"p": "sensor", "stat_t": f"homeassistant/sensor/{number}/s"}
            for number in range(part, min(count, part + MAX_COMPONENTS))
        }
        config = {"cmps": components, "avty_t": topic, "pl_avail": "ON", "pl_not_avail": "OFF"}
        rig.batch(message(f"homeassistant/device/d{part}/config", json.dumps(config)))
    batch = rig.batch(message(topic, "ON"))
    assert len(batch.statuses) == MAX_STATUSES
    assert rig.rejected == {"too_many": 1}


def test_a_message_for_a_thousand_templates_takes_bounded_time() -> None:
    rig = Rig()
    bomb = "{% for a in value_json.l %}{% for b in value_json.l %}{{ a * b }}{% endfor %}{% endfor %}"
    components = {str(number): {"p": "sensor", "val_tpl": f"{bomb}{number}"} for number in range(MAX_COMPONENTS)}
    payload = json.dumps({"l": list(range(250)), "more": "x" * 3000})
    started = time.perf_counter()
    discover(rig, "device/d", dev=DEVICE, cmps=components, stat_t="a/b")
    for _ in range(3):
        rig.batch(message("a/b", payload))
    assert time.perf_counter() - started < 10
    assert set(rig.rejected) == {"template_failed"}


def test_a_deep_document_under_an_entrys_topic_is_an_entry_that_says_nothing() -> None:
    decoder = HomeAssistant()
    topic = Topic("homeassistant/sensor/x/config")
    claim = decoder.claim(topic)
    assert claim is not None
    deep = b'{"dev":' * 500 + b"1" + b"}" * 500
    assert claim.read(Message(topic, deep)).samples == []
    assert decoder.kept == 0
