"""The planned way gives exactly what the general way gives."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.normalise.options import NormaliseOptions
from hub.normalise.plan import KEPT_PAYLOAD_BYTES, Plan
from tests.normalise.rig import Rig, Row, message

KEYS = st.sampled_from(
    [
        "temperature",
        "humidity",
        "state",
        "mode",
        "id",
        "value",
        "values",
        "unit",
        "units",
        "ts",
        "time",
        "Timestamp",
        "last_seen",
        "a b",
        "a_b",
        "",
        "°",
    ]
)
TEXTS = st.sampled_from(
    [
        "on",
        "OFF",
        "online",
        "21.5",
        "007",
        "12",
        "nan",
        "",
        "°C",
        "heat",
        " x ",
        "2023-07-01 12:00:00",
        "2025-07-01T12:00:00+02:00",
        "1766000000",
        "1e999",
        "x" * 5000,
        "a\0b",
    ]
)
NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([1_766_499_000, 1_766_499_000_000, 1_766_600_000, 2**63, 2**64 - 1, -(2**63)]),
    st.floats(-50, 50, allow_nan=False).map(lambda number: round(number, 2)),
)
FORMS = ["21 °C", '"on"', "1766000000 5"]
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
DOCUMENTS = st.one_of(st.dictionaries(KEYS, VALUES, max_size=5), st.lists(VALUES, max_size=3), SCALARS)
TOPICS = st.sampled_from(["plant/line1/press", "plant/line1/status", "plant/id", "v1/devices/me/telemetry"])


def key(row: Row) -> tuple[Any, ...]:
    return row.device, row.metric, type(row.value).__name__, row.value, row.time_us, row.quality, row.mark


def expected(rig: Rig, topic: str, payload: bytes) -> list[tuple[Any, ...]]:
    trial = rig.normaliser.decode(topic, payload)
    return [
        (found.device, found.metric, type(found.value).__name__, found.value, found.time_us, found.quality, 0)
        for found in trial.readings
    ]


@settings(max_examples=200, deadline=None)
@given(topic=TOPICS, documents=st.lists(DOCUMENTS, min_size=1, max_size=8))
@example("plant/a", [{"a": 1}, {"a": 2.5}, {"a": "on"}, {"a": {"b": 1}}, {"a": [1, 2]}])
@example("plant/a", [{"ts": 1_766_499_000, "values": {"a": 1}}, {"values": {"a": 1}}, {"ts": 0, "values": {"a": 2}}])
@example("plant/a", [{"a": 1, "unit": "°C"}, {"a": 1}, {"a": 1, "unit": "kitchen"}])
@example("plant/a", [{"t": {"value": 1, "unit": "V"}}, {"t": {"value": 2, "x": 1}}, {"t": {"value": {}, "unit": "V"}}])
@example(
    "plant/a", [{"t": {"value": 1, "unit": "V"}}, {"t": {"value": "on", "unit": "V"}}, {"t": {"value": 1, "unit": 5}}]
)
@example("plant/status", ["on", "online", {"state": "ON", "x": 1}, {"state": "online", "x": 1}])
@example("plant/a", [[1, {"a": 1}], [{"a": 1}, {"a": 2}]])
def test_a_known_topic_is_read_as_if_it_were_new(topic: str, documents: list[Any]) -> None:
    rig = Rig()
    for document in [*documents, *documents]:
        payload = json.dumps(document).encode()
        want = expected(rig, topic, payload)
        trial = rig.normaliser.decode(topic, payload)
        batch = rig.batch(message(topic, payload))
        assert list(map(key, rig.rows(batch))) == want
        assert [(said.device.id, said.status) for said in batch.statuses] == [
            (said.device, said.status) for said in trial.statuses
        ]


@settings(max_examples=60, deadline=None)
@given(
    payloads=st.lists(
        st.one_of(TEXTS, NUMBERS.map(str), st.sampled_from(["21 °C", '"on"', "1766000000 5"])), max_size=9
    )
)
def test_a_known_scalar_topic_is_read_as_if_it_were_new(payloads: list[str]) -> None:
    rig = Rig()
    for topic in ("plant/temperature", "plant/online", "plant/mac"):
        for payload in [*payloads, *payloads]:
            want = expected(rig, topic, payload.encode())
            assert [key(row) for row in rig.feed(topic, payload)] == want


def test_flat_documents_leave_the_general_way_after_the_first() -> None:
    rig = Rig()
    for number in range(10):
        rig.feed("site/a", json.dumps({"t": 20.5 + number, "n": number, "mode": "heat", "on": True, "gap": None}))
    assert rig.general == 1


def test_documents_with_a_time_leave_the_general_way_after_the_first() -> None:
    rig = Rig()
    for number in range(10):
        rows = rig.feed("site/a", json.dumps({"ts": 1_766_499_000 + number, "values": {"t": 20.5}}))
        assert [(row.metric, row.time_us) for row in rows] == [("t", (1_766_499_000 + number) * 1_000_000)]
    assert rig.general == 1
    assert rig.catalogue.devices["site/a"].skew_us == (1_766_499_009 - 1_766_500_000) * 1_000_000


def test_nested_documents_and_arrays_leave_the_general_way_after_the_first() -> None:
    rig = Rig()
    for number in range(10):
        rig.feed("site/a", json.dumps({"env": {"t": 20.5, "gas": [1, number, {"x": 1}]}, "empty": {}, "none": []}))
    assert rig.general == 1


def test_values_with_units_leave_the_general_way_after_the_first() -> None:
    rig = Rig()
    for number in range(10):
        rows = rig.feed(
            "site/a", json.dumps({"t": {"value": 20.5 + number, "unit": "C"}, "s": {"unit": "", "value": "on"}})
        )
        assert [(row.metric, row.value, row.unit) for row in rows] == [("t", 20.5 + number, "°C"), ("s", True, None)]
    assert rig.general == 1
    rows = rig.feed("site/a", json.dumps({"t": {"value": 300, "unit": "K"}, "s": {"unit": "", "value": None}}))
    assert [(row.metric, row.value, row.unit) for row in rows] == [("t", 300, "K")]
    assert rig.general == 2


def test_scalars_and_words_leave_the_general_way_after_the_first() -> None:
    rig = Rig()
    for number in range(10):
        rig.feed("site/a/t", str(20.5 + number))
        rig.feed("site/a/state", "ON")
    assert rig.general == 2


def test_a_document_with_ever_new_keys_does_not_grow_the_plan_without_bound() -> None:
    rig = Rig()
    for number in range(60):
        rig.feed("site/a", json.dumps({f"k{number}_{place}": None for place in range(100)}))
    plan = rig.normaliser._router.plans[b"site/a"]
    assert plan.size == 500


def test_a_text_that_becomes_a_number_widens_the_type_and_is_not_lost() -> None:
    rig = Rig()
    assert rig.values("site/a", '{"x": 1}') == {"x": 1}
    assert rig.values("site/a", '{"x": "broken"}') == {"x": "broken"}
    assert rig.series("site/a", "x").datatype == "mixed"
    before = rig.general
    assert rig.values("site/a", '{"x": 2}') == {"x": 2}
    assert rig.values("site/a", '{"x": "again"}') == {"x": "again"}
    assert rig.values("site/a", '{"x": 2.5}') == {"x": 2.5}
    assert rig.general <= before + 1


def test_whole_numbers_and_fractions_of_one_series_are_both_planned() -> None:
    rig = Rig()
    for text in ("21", "21.5", "22", "22.5", "23"):
        rig.feed("site/a", f'{{"t": {text}}}')
    assert rig.general == 2
    assert rig.series("site/a", "t").datatype == "float"


def test_of_a_large_document_a_plan_keeps_the_start_only() -> None:
    rig = Rig()
    for number in range(3):
        document = json.dumps({f"k{key}": number for key in range(1_000)})
        assert len(rig.feed("plant/a", document, content_type="application/json" if number == 2 else "")) == 1_000
    assert rig.general == 1
    origin = rig.series("plant/a", "k0").origin
    assert isinstance(origin, Plan)
    assert len(origin.payload) == KEPT_PAYLOAD_BYTES + 1
    assert rig.feed("plant/a", "[" + "{" * 5_000) == []
    assert rig.rejected == {"broken_json": 1}


def test_plans_are_forgotten_when_there_is_no_more_room_and_learnt_again() -> None:
    rig = Rig(NormaliseOptions(topic_cache=3))
    for number in range(10):
        assert rig.values(f"site/{number}/t", "1") == {"t": 1}
    assert rig.meters.gauges["topic_plans"].read() <= 3
    assert rig.meters.counters["topic_plans_cleared", ""].n == 3


def test_clearing_forgets_which_series_keys_lead_to() -> None:
    rig = Rig()
    rig.feed("site/a", '{"t": 1}')
    device = rig.catalogue.devices["site/a"]
    rig.normaliser.forget(device.series.values())
    rig.catalogue.forget_device(device)
    assert rig.values("site/a", '{"t": 2}') == {"t": 2}
