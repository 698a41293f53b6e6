"""Documents of topics that nobody claims: G4, G6, G7, G8, G11, G15."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.normalise.flatten import Flattener
from hub.normalise.plan import MAX_EMPTY_SLOTS
from tests.normalise.rig import NOW_US, Rig

TIME_S = 1_766_499_000


def read(document: Any, topic: str = "plant/a") -> dict[str, Any]:
    return Rig().values(topic, json.dumps(document))


def test_every_scalar_leaf_is_a_reading_strings_included() -> None:
    assert read({"a": {"b": [1, {"c": "x"}, [2]]}, "d": True}) == {
        "a.b.0": 1,
        "a.b.1.c": "x",
        "a.b.2.0": 2,
        "d": True,
    }


def test_empty_objects_and_arrays_and_null_give_nothing() -> None:
    assert read({"a": {}, "b": [], "c": None}) == {}
    assert read([]) == {}
    assert read({}) == {}


def test_a_value_with_its_unit_collapses_to_one_reading_at_its_own_path() -> None:
    rig = Rig()
    rows = rig.feed("plant/a", json.dumps({"t": {"value": "69.50", "unit": "C", "note": "x"}, "n": {"value": 1}}))
    assert [(row.metric, row.value, row.unit) for row in rows] == [("t", 69.5, "°C"), ("n.value", 1, None)]


def test_at_the_top_a_value_with_its_unit_is_called_value() -> None:
    rows = Rig().feed("home/kitchen/temperature", '{"value": 21.5, "units": "celsius"}')
    assert [(row.device, row.metric, row.value, row.unit) for row in rows] == [
        ("home/kitchen/temperature", "value", 21.5, "°C")
    ]


def test_a_collapsed_object_keeps_its_time() -> None:
    rows = Rig().feed("plant/a", json.dumps({"t": {"value": 1, "unit": "V", "timestamp": TIME_S}}))
    assert [(row.metric, row.time_us, row.unit) for row in rows] == [("t", TIME_S * 1_000_000, "V")]


def test_a_collapsed_null_and_a_collapsed_word() -> None:
    rows = Rig().feed("plant/a", json.dumps({"t": {"value": None, "unit": "V"}, "s": {"value": "on", "unit": "V"}}))
    assert [(row.metric, row.value, row.unit) for row in rows] == [("s", True, None)]


def test_an_object_of_values_with_units_does_not_collapse() -> None:
    assert read({"t": {"value": {"x": 1}, "unit": "V"}}) == {"t.value.x": 1, "t.unit": "V"}


def test_a_unit_beside_numbers_is_theirs_and_not_that_of_nested_objects() -> None:
    rows = Rig().feed("plant/a", json.dumps({"unit": "kW", "p": 1, "q": "2.5", "s": "run", "in": {"x": 3}}))
    assert {row.metric: row.unit for row in rows} == {"p": "kW", "q": "kW", "s": None, "in.x": None}


def test_a_unit_without_numbers_beside_it_is_an_ordinary_value() -> None:
    assert read({"unit": "kitchen", "name": "x"}) == {"unit": "kitchen", "name": "x"}
    assert read({"unit": 7, "name": "x", "p": 1}) == {"unit": 7, "name": "x", "p": 1}


def test_a_top_level_array_of_objects_is_a_list_of_samples() -> None:
    rows = Rig().feed(
        "plant/a", json.dumps([{"ts": TIME_S, "t": 1}, {"ts": TIME_S, "t": 2}, {"ts": TIME_S + 1, "t": 3}])
    )
    assert [(row.metric, row.value, row.time_us // 1_000_000 - TIME_S) for row in rows] == [
        ("t", 1, 0),
        ("t", 2, 0),
        ("t", 3, 1),
    ]


def test_a_top_level_array_of_anything_else_is_indexed() -> None:
    assert read([1, "x", {"a": 2}]) == {"0": 1, "1": "x", "2.a": 2}


@pytest.mark.parametrize("key", ["ts", "time", "timestamp"])
def test_an_envelope_is_no_part_of_the_name(key: str) -> None:
    rows = Rig().feed("plant/a", json.dumps({key: TIME_S * 1000, "values": {"a": {"b": 1}}}))
    assert [(row.metric, row.time_us) for row in rows] == [("a.b", TIME_S * 1_000_000)]


def test_values_without_a_time_are_no_envelope() -> None:
    assert read({"values": {"a": 1}}) == {"values.a": 1}
    assert read({"created_at": TIME_S, "values": {"a": 1}}) == {"values.a": 1}


@pytest.mark.parametrize(
    "key",
    ["ts", "time", "timestamp", "datetime", "date", "epoch", "created_at", "measuredAt", "observed_at", "Last_Seen"],
)
def test_a_time_key_tells_the_time_and_is_no_reading(key: str) -> None:
    rows = Rig().feed("plant/a", json.dumps({"t": 1, key: "2025-12-23T14:26:00+00:00"}))
    assert [(row.metric, row.time_us) for row in rows] == [("t", 1_766_499_960_000_000)]


def test_a_time_key_without_a_full_time_is_an_ordinary_value() -> None:
    rows = Rig().feed("plant/a", json.dumps({"t": 1, "time": "12:30", "date": "2025-12-23"}))
    assert {row.metric: row.value for row in rows} == {"t": 1, "time": "12:30", "date": "2025-12-23"}
    assert {row.time_us for row in rows} == {NOW_US}


def test_a_time_holds_for_its_object_and_everything_below() -> None:
    document = {"ts": TIME_S, "a": {"b": 1, "c": {"ts": TIME_S + 5, "d": 2}}, "e": [{"ts": TIME_S + 9, "f": 3}, 4]}
    rows = Rig().feed("plant/a", json.dumps(document))
    assert {row.metric: row.time_us // 1_000_000 - TIME_S for row in rows} == {
        "a.b": 0,
        "a.c.d": 5,
        "e.0.f": 9,
        "e.1": 0,
    }


def test_a_time_inside_says_nothing_about_what_is_outside() -> None:
    rows = Rig().feed("plant/a", json.dumps({"a": 1, "b": {"ts": TIME_S, "c": 2}}))
    assert {row.metric: row.time_us for row in rows} == {"a": NOW_US, "b.c": TIME_S * 1_000_000}


def test_an_unset_clock_gives_way_to_the_next_candidate() -> None:
    rows = Rig().feed("plant/a", json.dumps({"ts": 12, "created_at": TIME_S, "t": 1}))
    assert [(row.metric, row.time_us) for row in rows] == [("t", TIME_S * 1_000_000)]
    rows = Rig().feed("plant/a", json.dumps({"ts": TIME_S, "in": {"ts": 0, "t": 1}}))
    assert [(row.metric, row.time_us) for row in rows] == [("in.t", TIME_S * 1_000_000)]


@pytest.mark.parametrize("level", ["state", "status", "data", "telemetry", "SENSOR", "json", "values", "raw", "tele"])
def test_a_last_level_that_only_names_a_kind_is_no_part_of_the_device(level: str) -> None:
    assert [row.device for row in Rig().feed(f"plant/a/{level}", '{"t": 1}')] == ["plant/a"]


def test_only_one_generic_level_goes_and_never_the_whole_topic() -> None:
    assert [row.device for row in Rig().feed("plant/data/raw", '{"t": 1}')] == ["plant/data"]
    assert [row.device for row in Rig().feed("data", '{"t": 1}')] == ["data"]


@pytest.mark.parametrize("level", ["set", "command", "get"])
def test_a_topic_that_asks_a_device_for_something_is_ignored(level: str) -> None:
    rig = Rig()
    assert rig.feed(f"plant/a/{level}", '{"state": "ON"}') == []
    assert rig.feed(f"plant/a/{level}", "21") == []
    assert rig.rejected == {}


def test_words_under_an_enumeration_key_stay_words_by_their_last_part() -> None:
    assert read({"mode": {"state": "on"}, "fan": {"mode": "off"}, "type": "on"}) == {
        "mode.state": True,
        "fan.mode": "off",
        "type": "on",
    }


def test_numbers_under_an_identifier_key_stay_numbers_but_digits_stay_text() -> None:
    assert read({"id": 7, "serial": "0815", "mac": "12"}) == {"id": 7, "serial": "0815", "mac": "12"}


def test_two_keys_of_one_name_are_both_kept_in_order() -> None:
    rows = Rig().feed("plant/a", '{"a b": 1, "a_b": 2}')
    assert [(row.metric, row.value) for row in rows] == [("a_b", 1), ("a_b", 2)]


def test_an_array_of_too_many_scalars_is_refused_and_the_rest_counts() -> None:
    rig = Rig()
    assert rig.values("plant/a", json.dumps({"wave": list(range(257)), "t": 1})) == {"t": 1}
    assert rig.rejected == {"array_too_long": 1}
    assert len(rig.values("plant/b", json.dumps({"wave": list(range(256))}))) == 256
    assert len(rig.values("plant/c", json.dumps({"rows": [{"x": n} for n in range(300)]}))) == 300


def test_more_than_ten_thousand_readings_are_cut_and_said_once() -> None:
    rig = Rig()
    rows = rig.feed("plant/a", json.dumps([{f"k{n % 50}": n} for n in range(10_500)]))
    assert len(rows) == 10_000
    assert rig.rejected == {"too_many": 1}


@pytest.mark.parametrize(
    "large",
    [
        "[" + "null," * 40_000 + "{}]",
        "[" + "0," * 40_000 + "{}]",
        "{" + ",".join(f'"k{n}": null' for n in range(40_001)) + "}",
        "[" + ",".join(['{"ts": 1}'] * 40_001) + "]",
    ],
    ids=["nulls", "numbers", "keys", "times"],
)
def test_more_than_forty_thousand_places_are_not_looked_at_and_the_rest_counts(large: str) -> None:
    rig = Rig()
    assert rig.values("plant/a", f'{{"large": {large}, "t": 1}}') == {"t": 1}
    assert rig.rejected == {"too_many": 1}


def test_what_holds_no_value_is_remembered_up_to_what_a_plan_learns() -> None:
    flattener = Flattener("a")
    flattener.add({f"k{number}": None for number in range(MAX_EMPTY_SLOTS + 1)})
    assert len(flattener.samples) == MAX_EMPTY_SLOTS


def test_what_is_nested_too_deep_is_refused_and_the_rest_counts() -> None:
    rig = Rig()
    deep = '{"a":' * 100 + "1" + "}" * 100
    assert rig.values("plant/a", f'{{"deep": {deep}, "t": 1}}') == {"t": 1}
    assert rig.rejected == {"too_deep": 1}


def test_an_inadmissible_text_is_refused_and_the_rest_counts() -> None:
    rig = Rig()
    long = "x" * 4097
    assert rig.values("plant/a", json.dumps({"a": long, "b": "n\0", "c": 1})) == {"c": 1}
    assert rig.values("plant/a", '{"a": "\\ud800", "c": 2}') == {"c": 2}
    assert rig.rejected == {"too_long": 1, "bad_text": 2}


def test_integers_up_to_64_bits_are_exact_and_larger_ones_become_floats() -> None:
    values = read({"a": 2**53 + 1, "b": 2**64 - 1, "c": -(2**63), "d": 2**64})
    assert values == {"a": 2**53 + 1, "b": 2**64 - 1, "c": -(2**63), "d": float(2**64)}
    assert isinstance(values["d"], float)


def test_of_a_doubled_key_the_last_counts() -> None:
    assert Rig().values("plant/a", '{"a": 1, "a": 2}') == {"a": 2}


def test_a_document_inside_a_message_has_the_paths_of_the_message() -> None:
    flattener = Flattener("a")
    flattener.add({"t": {"c": 1}}, parts=("x", "0"), time_us=NOW_US, path=((None, "params"), ("ts", "x:0")))
    flattener.add({"t": 2}, parts=("y",))
    assert [(sample.metric, sample.time_us, sample.path) for sample in flattener.samples] == [
        ("x.0.t.c", NOW_US, ((None, "params"), ("ts", "x:0"), (None, "t"), (None, "c"))),
        ("y.t", None, None),
    ]


def test_a_dropped_key_that_held_no_time_yet_may_hold_one_later() -> None:
    rig = Rig()
    topic = "owntracks/jane/phone"
    for tst, expected_us in ((None, NOW_US), (None, NOW_US), (1_766_490_000, 1_766_490_000_000_000)):
        rows = rig.feed(topic, json.dumps({"_type": "location", "lat": 1.5, "tst": tst}))
        assert [(row.metric, row.time_us) for row in rows] == [("lat", expected_us)]
