"""SenML in JSON and CBOR: section 9."""

from __future__ import annotations

import json
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Mark
from hub.normalise.flatten import MAX_PLACES
from hub.normalise.options import NormaliseOptions
from tests.normalise.decoders.senml_packs import fed, short
from tests.normalise.rig import NOW_US, Rig

NOW_S = NOW_US // 1_000_000
DAY_S = 86_400
LABELS = {
    "bver": -1,
    "bn": -2,
    "bt": -3,
    "bu": -4,
    "bv": -5,
    "bs": -6,
    "n": 0,
    "u": 1,
    "v": 2,
    "vs": 3,
    "vb": 4,
    "s": 5,
    "t": 6,
    "ut": 7,
    "vd": 8,
}
DECLARED = "application/senml+json"


def in_cbor(pack: list[dict[str, Any]]) -> bytes:
    return cbor2.dumps([{LABELS.get(label, label): value for label, value in record.items()} for record in pack])


def test_a_records_unit_goes_before_the_base_unit_and_texts_and_booleans_have_none() -> None:
    pack = [
        {"bn": "d/", "bu": "V", "n": "a", "v": 1},
        {"n": "b", "u": "mV", "v": 2},
        {"n": "c", "vb": True},
        {"n": "e", "vs": "on"},
        {"n": "f", "vd": "_-8"},
    ]
    assert short(fed(pack)) == [
        ("d", "a", 1, "V"),
        ("d", "b", 2, "mV"),
        ("d", "c", True, None),
        ("d", "e", "on", None),
        ("d", "f", "_-8", None),
    ]


def test_base_value_and_base_sum_are_added_as_on_paper() -> None:
    pack = [
        {"bn": "m/", "bv": 0.1, "bs": 10, "bu": "kW", "n": "p", "v": 0.2, "s": 5},
        {"n": "q", "v": 2},
        {"n": "r"},
        {"n": "w", "vs": "ok"},
    ]
    assert short(fed(pack)) == [
        ("m", "p", 0.3, "kW"),
        ("m", "p.sum", 15, "kW·s"),
        ("m", "q", 2.1, "kW"),
        ("m", "q.sum", 10, "kW·s"),
        ("m", "r", 0.1, "kW"),
        ("m", "r.sum", 10, "kW·s"),
        ("m", "w", "ok", None),
        ("m", "w.sum", 10, "kW·s"),
    ]


def test_a_record_of_base_labels_only_says_nothing_itself() -> None:
    assert short(fed([{"bn": "d/", "bv": 20, "bu": "Cel"}, {"n": "t", "v": 1.5}])) == [("d", "t", 21.5, "°C")]


def test_a_record_without_a_value_says_nothing() -> None:
    assert short(fed([{"bn": "d/", "n": "a"}, {"n": "b", "v": None}, {"n": "c", "v": 1}])) == [("d", "c", 1, None)]


@pytest.mark.parametrize(
    "pack",
    [
        '{"n": "x", "v": Infinity}',
        '{"n": "x", "v": 1e999}',
        '{"n": "x", "v": "1e999"}',
        '[{"bn": "d:", "n": "x", "v": -Infinity, "u": "V"}]',
        '[{"bn": "d:", "n": "x", "s": 1e999}]',
    ],
)
def test_a_pack_whose_only_number_no_float_holds_is_one_all_the_same(pack: str) -> None:
    assert Rig().feed("gw/packs", pack) == []


def test_large_times_are_absolute_and_small_ones_count_from_now() -> None:
    pack = [
        {"bn": "d/", "bt": NOW_S - DAY_S, "n": "a", "v": 1},
        {"n": "b", "t": -60.5, "v": 1},
        {"bt": -2.5, "n": "c", "v": 1},
        {"n": "d", "t": -1, "v": 1},
        {"bt": 0, "n": "e", "v": 1},
        {"n": "f", "t": NOW_S - 5, "v": 1},
    ]
    rows = fed(pack)
    assert [row.time_us - NOW_US for row in rows] == [
        -DAY_S * 1_000_000,
        -(DAY_S * 1_000_000) - 60_500_000,
        -2_500_000,
        -3_500_000,
        0,
        -5_000_000,
    ]
    assert not any(row.mark & Mark.HISTORICAL for row in rows)


@pytest.mark.parametrize("time_s", [2**28, -(2**28) - 1, -1e300, 1e308, 10**30, 3 * 10**8])
def test_a_time_that_cannot_be_is_none(time_s: float) -> None:
    assert [row.time_us for row in fed([{"n": "d/a", "v": 1, "t": time_s, "bt": 0}])] == [NOW_US]


def test_a_future_is_not_believed() -> None:
    rows = fed([{"n": "d/a", "v": 1, "t": 3600}, {"n": "d/b", "v": 1, "t": NOW_S + 3600}])
    assert [(row.time_us, row.quality) for row in rows] == [(NOW_US, "uncertain:clock")] * 2


def test_a_pack_in_cbor_is_the_same_as_in_json() -> None:
    pack = [
        {"bn": "urn:dev:ow:10e2073a01080063:", "bt": NOW_S - 10, "bver": 10, "n": "t", "u": "Cel", "v": 23.5},
        {"n": "label", "vs": "Hall", "t": -5},
        {"n": "open", "vb": False},
        {"n": "e", "v": 1, "s": 2, "ut": 5},
    ]
    rig = Rig()
    assert rig.feed("x", in_cbor(pack)) == Rig().feed("x", json.dumps(pack))
    assert (
        rig.feed("x", in_cbor(pack), content_type="application/senml+cbor")[0].device
        == "senml/urn:dev:ow:10e2073a01080063"
    )
    assert short(rig.feed("x", in_cbor([{"bn": "d/", "n": "raw", "vd": b"\xfb\xff"}]))) == [("d", "raw", "-_8", None)]
    assert short(rig.feed("x", cbor2.dumps({0: "d/t", 2: 5, 1: "V"}))) == [("d", "t", 5, "V")]
    assert short(rig.feed("x", cbor2.dumps([{"n": "d/x", "v": cbor2.CBORTag(4, [-1, 15])}]))) == [("d", "x", 1.5, None)]


@pytest.mark.parametrize(
    "document",
    [
        [{"n": 5, "v": 1}],
        [{"n": "a", "v": {"x": 1}}],
        [{"t": 21.5, "v": 3.3}],
        {"t": 21.5, "s": 1},
        {"n": "node", "t": 21.5, "s": 3},
        {"n": "a", "v": 1, "extra": 2},
        [{"n": "a", "v": 1, "extra": 2}],
        [{"n": "a", "v": "warm"}],
        [{"n": "a", "v": 1}, {"x": 1}],
        [{"n": "a"}],
        [{"bn": "a"}],
        {"0": "d/t", "2": 5},
    ],
)
def test_documents_that_only_look_a_little_like_it_stay_generic(document: Any) -> None:
    assert all(not row.device.startswith("senml/") for row in fed(document))


def test_unknown_labels_are_ignored_where_it_is_senml_all_the_same() -> None:
    assert short(fed([{"bn": "d/", "n": "a", "v": 1, "loc": "attic", "deep": {"a": 1}}])) == [("d", "a", 1, None)]
    assert short(fed([{"n": "d/a", "u": "V", "v": 1, "ct": "60"}])) == [("d", "a", 1, "V")]


def test_a_label_that_must_be_understood_rejects_the_pack() -> None:
    rig = Rig()
    assert rig.feed("x", json.dumps([{"n": "d/a", "v": 1}, {"n": "d/b", "v": 1, "quality_": 3}])) == []
    assert rig.feed("x", in_cbor([{"n": "d/a", "v": 1, "quality_": 3}])) == []
    assert rig.rejected == {"unsupported_format": 2}


@pytest.mark.parametrize(
    ("version", "read"), [(5, True), (10, True), (26, True), (11, False), (42, False), ("x", True)]
)
def test_a_newer_version_is_not_read(version: Any, read: bool) -> None:  # noqa: FBT001 - a parameter
    assert bool(fed([{"bver": version, "n": "d/a", "v": 1}])) is read


def test_a_content_type_is_believed_and_records_without_names_are_told() -> None:
    rig = Rig()
    assert rig.feed("x", '[{"u": "Cel", "v": 1}, {"v": 2}]', content_type=DECLARED) == []
    assert rig.rejected == {"no_name": 1}
    assert short(rig.feed("x", '[{"v": 2}, {"n": "d/a", "v": 1, "x": 2}]', content_type=DECLARED)) == [
        ("d", "a", 1, None)
    ]
    assert rig.rejected == {"no_name": 2}
    assert rig.feed("x", "[]", content_type=DECLARED) == []
    assert rig.feed("x", "[1, 2]", content_type=DECLARED) == []
    assert rig.rejected == {"no_name": 2, "unexpected_shape": 1}


def test_a_faulty_record_is_told_and_the_others_count() -> None:
    rig = Rig()
    pack = [
        {"n": "d/a", "v": 1},
        {"n": "d/b", "v": "warm"},
        {"n": "d/c", "v": 1, "vs": "x"},
        {"n": "d/d", "vb": 1},
        {"n": "d/e", "v": 1, "t": "soon"},
        {"n": "d/f", "v": "2.5"},
        {"n": "d/g", "v": True},
    ]
    assert short(rig.feed("x", json.dumps(pack))) == [
        ("d", "a", 1, None),
        ("d", "f", 2.5, None),
        ("d", "g", True, None),
    ]
    assert rig.rejected == {"unexpected_shape": 4}


def test_more_values_than_a_message_may_have_are_cut_and_said() -> None:
    rig = Rig()
    exactly = [{"n": "d/a", "v": place} for place in range(10_000)]
    assert len(rig.feed("x", json.dumps([*exactly, {"n": "d/b"}]))) == 10_000
    assert rig.rejected == {}
    assert len(rig.feed("x", json.dumps([*exactly, {"n": "d/a", "v": 1}]))) == 10_000
    assert len(rig.feed("x", json.dumps([*exactly[1:], {"n": "d/a", "v": 1, "s": 2}]))) == 10_000
    assert rig.rejected == {"too_many": 2}


def test_records_without_a_value_are_counted_too() -> None:
    rig = Rig()
    empty = [{"n": "d/a", "v": 1}, *([{"n": "d/b"}] * (MAX_PLACES - 1))]
    assert len(rig.feed("x", json.dumps(empty))) == 1
    assert rig.rejected == {}
    assert len(rig.feed("x", json.dumps([*empty, {"n": "d/a", "v": 1}]))) == 1
    assert rig.rejected == {"too_many": 1}


def test_it_can_be_switched_off() -> None:
    rig = Rig(NormaliseOptions(off=frozenset({"senml"})))
    assert [(row.device, row.metric) for row in rig.feed("x", '[{"n": "d/a", "v": 1}]')] == [("x", "n"), ("x", "v")]


def test_it_says_by_which_rule_it_was_read() -> None:
    (rig := Rig()).feed("x", '[{"n": "d/a", "v": 1}]')
    assert (origin := rig.series("senml/d", "a").origin) is not None
    assert (origin.decoder, origin.rule[:7]) == ("senml", "9 SenML")


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)
RECORDS = st.dictionaries(st.sampled_from([*LABELS, "ct", "x", "y_"]), VALUES, max_size=6)


@settings(deadline=None)
@given(st.lists(RECORDS | VALUES, max_size=5), st.sampled_from(["", DECLARED]))
def test_no_pack_raises(pack: list[Any], content_type: str) -> None:
    (rig := Rig()).feed("x", json.dumps(pack), content_type=content_type)
    assert "decoder_fault" not in rig.rejected


@settings(deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=4), st.data())
def test_no_damaged_cbor_raises(pack: list[dict[str, Any]], data: st.DataObject) -> None:
    payload = bytearray(in_cbor(pack))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    (rig := Rig()).feed("x", bytes(payload), content_type=data.draw(st.sampled_from(["", "application/senml+cbor"])))
    assert "decoder_fault" not in rig.rejected


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ('[{"n": "dev:a", "u": "Cel", "v": 1e400}]', "not_a_number"),
        ('{"n": "dev:a", "v": 1e400}', "not_a_number"),
        ('[{"n": "dev:a", "v": null}]', "not_a_number"),
        ('[{"n": "dev:a", "bv": 1e400}]', "not_a_number"),
        ('[{"bn": "dev:", "n": "a", "s": 1e400}]', "not_a_number"),
        ('[{"bn": "dev:", "bv": 1e308}, {"n": "a", "v": 1e308}]', "not_a_number"),
        ('[{"bn": "dev:", "bv": 5}, {"n": "a", "v": null}]', "not_a_number"),
        (f'[{{"n": "dev:a", "v": "{"9" * 500}"}}]', "unexpected_shape"),
    ],
)
def test_a_number_beyond_every_float_is_refused_with_a_reason(payload: str, reason: str) -> None:
    rig = Rig()
    assert rig.feed("gw/packs", payload) == []
    assert rig.rejected == {reason: 1}
