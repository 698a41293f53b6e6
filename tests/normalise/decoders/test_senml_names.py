"""SenML's names and units: section 9, devices and metrics."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.normalise.decoders.senml_names import place
from tests.normalise.decoders.senml_packs import fed, short
from tests.normalise.rig import Rig


def test_base_name_and_name_are_joined_and_split_at_the_last_separator() -> None:
    pack = [{"bn": "plant-7/boiler/", "n": "feed-water:Temp", "u": "Cel", "v": 81.25}, {"n": "Level", "v": 3}]
    assert short(fed(pack)) == [
        ("plant-7/boiler/feed-water", "temp", 81.25, "°C"),
        ("plant-7/boiler", "level", 3, None),
    ]


@pytest.mark.parametrize(
    ("base", "own", "device", "metric"),
    [
        ("", "urn:dev:mac:0024befffe804ff1", "urn:dev:mac:0024befffe804ff1", ""),
        ("urn:dev:os:32473-", "123456", "urn:dev:os:32473-123456", ""),
        ("urn:dev:os:32473-123456:", "", "urn:dev:os:32473-123456", ""),
        ("urn:dev:os:32473-123456", "_door_Front", "urn:dev:os:32473-123456", "door_front"),
        ("urn:dev:ops:32473-Pump-99:", "flowRate", "urn:dev:ops:32473-Pump-99", "flow_rate"),
        ("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", ""),
        ("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6/", "t", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "t"),
        ("", "192.0.2.17", "192.0.2.17", ""),
        ("192.0.2.17:", "t", "192.0.2.17", "t"),
        ("2001:db8::", "2", "2001:db8::2", ""),
        ("fe80::1/", "t", "fe80::1", "t"),
        ("", "00:24:BE:80:4F:F1", "00:24:BE:80:4F:F1", ""),
        ("00-24-be-ff-fe-80-4f-f1", "", "00-24-be-ff-fe-80-4f-f1", ""),
        ("00:24:be:80:4f:f1:", "t", "00:24:be:80:4f:f1", "t"),
        ("a//", "/b", "a", "b"),
        ("a/b/", "", "a/b", ""),
        ("kitchen", "temp", "kitchen", "temp"),
        ("kitchen", "", "kitchen", ""),
        ("", "temp", "", "temp"),
        ("", "/temp", "", "temp"),
        ("", "::", "::", ""),
        ("", "/", "", ""),
    ],
)
def test_a_name_says_whose_value_it_is(base: str, own: str, device: str, metric: str) -> None:
    assert place(base, own) == (device, metric)


def test_a_name_that_names_only_the_device_leaves_the_metric_to_the_unit() -> None:
    tracker, meter = "urn:dev:mac:0024befffe804ff1", "192.0.2.1"
    pack = [
        {"bn": tracker, "u": "lat", "v": 60.1699},
        {"u": "lon", "v": 24.9384},
        {"u": "%EL", "v": 87},
        {"u": "Cel", "v": -4.5},
        {"bn": meter, "u": "V", "v": 229.8},
        {"u": "kvar", "v": 0.4},
        {"bn": "fe80::1", "vs": "idle"},
    ]
    assert short(fed(pack)) == [
        (tracker, "latitude", 60.1699, "°"),
        (tracker, "longitude", 24.9384, "°"),
        (tracker, "battery_level", 87, "%"),
        (tracker, "temperature", -4.5, "°C"),
        (meter, "voltage", 229.8, "V"),
        (meter, "value", 0.4, "kvar"),
        ("fe80::1", "value", "idle", None),
    ]


def test_a_name_that_names_the_metric_too_is_not_named_by_its_unit() -> None:
    assert short(fed([{"n": "192.0.2.1/outlet", "u": "Cel", "v": 55}])) == [("192.0.2.1", "outlet", 55, "°C")]


def test_a_name_without_separators_is_a_metric_of_the_topic_or_of_the_base_name() -> None:
    assert short(fed([{"n": "co2", "v": 400}], "floor/2/telemetry")) == [("floor/2", "co2", 400, None)]
    assert short(fed([{"bn": "attic", "n": "co2", "v": 400}])) == [("attic", "co2", 400, None)]


def test_a_unit_is_displayed_as_that_of_any_other_ecosystem() -> None:
    rig = Rig()
    rows = rig.feed("x", '[{"n": "d/t", "u": "Cel", "v": 21}, {"n": "d/h", "u": "%RH", "v": 40}]')
    others = rig.feed("tele/d/SENSOR", '{"AM2301": {"Temperature": 21, "Humidity": 40}, "TempUnit": "C"}')
    assert [row.unit for row in rows] == [row.unit for row in others] == ["°C", "%"]


def test_coulombs_and_farads_are_no_degrees() -> None:
    assert short(fed([{"n": "d/q", "u": "C", "v": 2}, {"n": "d/c", "u": "F", "v": 1e-6}])) == [
        ("d", "q", 2, "C"),
        ("d", "c", 1e-6, "F"),
    ]


@pytest.mark.parametrize("ratio", ["/", "%", "count", ""])
def test_a_mere_number_has_no_unit(ratio: str) -> None:
    assert short(fed([{"n": "d/load", "u": ratio, "v": 0.85}])) == [("d", "load", 0.85, None)]


def test_a_unit_that_nobody_registered_is_shown_if_it_can_be() -> None:
    pack = [{"n": "d/a", "u": unit, "v": 1} for unit in ("kVA", "furlong", "x" * 1000, "a\nb")]
    assert [fed([record])[0].unit for record in pack] == ["kVA", "furlong", None, None]


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_raises(base: str, own: str) -> None:
    assert isinstance(place(base, own).device, str)
