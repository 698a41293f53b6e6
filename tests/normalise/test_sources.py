"""Source rules of the configuration."""

from __future__ import annotations

import json

import pytest

from hub.core.catalogue import CatalogueLimits
from hub.core.errors import SettingsError
from hub.normalise.options import NormaliseOptions, SourceMetric, SourceRule
from tests.normalise.rig import NOW_US, Rig, message

TIME_S = 1_766_499_000


def rig(*rules: SourceRule) -> Rig:
    return Rig(NormaliseOptions(sources=rules))


def test_a_rule_names_the_device_and_selects_metrics() -> None:
    rule = SourceRule(
        "factory/{line}/{machine}/data",
        device="factory/{line}/{machine}",
        metrics=(SourceMetric("$.sensors[0].t", "temperature", "C"), SourceMetric("$.mode", "{machine}.mode")),
    )
    document = {"sensors": [{"t": 21.5}], "mode": "on", "noise": 5, "ts": TIME_S}
    rows = rig(rule).feed("factory/l1/press/data", json.dumps(document))
    assert [(row.device, row.metric, row.value, row.unit, row.time_us) for row in rows] == [
        ("factory/l1/press", "temperature", 21.5, "°C", TIME_S * 1_000_000),
        ("factory/l1/press", "press.mode", "on", None, TIME_S * 1_000_000),
    ]


def test_several_nodes_of_one_path_are_numbered_from_the_second_on() -> None:
    rule = SourceRule("f/data", metrics=(SourceMetric("$.sensors[*].t", "temperature"),))
    rows = rig(rule).feed("f/data", '{"sensors": [{"t": 1}, {"t": 2}, {"x": 0}, {"t": {"deep": 1}}]}')
    assert [(row.device, row.metric, row.value) for row in rows] == [("f", "temperature", 1), ("f", "temperature.1", 2)]


def test_all_nodes_of_one_path_are_read_alike() -> None:
    rule = SourceRule("f", metrics=(SourceMetric("$.fans[*].m", "fan.mode"), SourceMetric("$.fans[*].on", "fan.on")))
    assert rig(rule).values("f", '{"fans": [{"m": "on", "on": "on"}, {"m": "off", "on": "off"}]}') == {
        "fan.mode": "on",
        "fan.mode.1": "off",
        "fan.on": True,
        "fan.on.1": False,
    }


def test_more_values_than_a_message_may_have_are_cut_and_said() -> None:
    rule = SourceRule("f/data", metrics=(SourceMetric("$.a[*]", "a"), SourceMetric("$.b", "b")))
    rules = Rig(NormaliseOptions(sources=(rule,)), CatalogueLimits(metrics_per_device=20_000))
    assert len(rules.feed("f/data", json.dumps({"a": [1.5] * 10_001, "b": 2}))) == 10_000
    assert rules.rejected == {"too_many": 1}


def test_a_rule_without_metrics_reads_everything_as_its_device() -> None:
    rules = rig(SourceRule("f/{a}/x", device="site/{a}"))
    for _ in range(3):
        rows = rules.feed("f/1/x", '{"t": 1, "u": {"v": 2}}')
        assert [(row.device, row.metric) for row in rows] == [("site/1", "t"), ("site/1", "u.v")]
    assert rules.general == 1


def test_a_rule_for_a_plain_topic_renames_its_device_and_its_status() -> None:
    rules = rig(SourceRule("f/+/#", decoder="plain", device="site"))
    assert [(row.device, row.metric) for row in rules.feed("f/1/a/t", "21")] == [("site", "t")]
    batch = rules.batch(message("f/1/status", "online"))
    assert [change.device.id for change in batch.statuses] == ["site"]


def test_a_rule_can_name_an_ecosystems_decoder() -> None:
    rules = rig(SourceRule("v1/devices/me/{kind}", decoder="thingsboard", device="tank"))
    assert [row.device for row in rules.feed("v1/devices/me/telemetry", '{"t": 1}')] == ["thingsboard/tank"]


def test_what_an_ecosystem_tells_about_a_device_is_told_of_the_rules_device() -> None:
    rules = rig(SourceRule("v3/{app}/devices/{node}/up", decoder="ttn", device="{node}"))
    rules.feed(
        "v3/farm@site/devices/well-7/up",
        json.dumps(
            {
                "end_device_ids": {
                    "device_id": "well-7",
                    "application_ids": {"application_id": "farm"},
                    "dev_eui": "70",
                },
                "uplink_message": {
                    "decoded_payload": {"depth": 3.5},
                    "version_ids": {"brand_id": "acme", "model_id": "well-probe"},
                },
            }
        ),
    )
    assert list(rules.catalogue.devices) == ["ttn/well-7"]
    assert rules.catalogue.devices["ttn/well-7"].model == "acme well-probe"


def test_the_first_rule_that_matches_wins_and_other_topics_are_not_touched() -> None:
    rules = rig(SourceRule("f/a", device="one"), SourceRule("f/#", device="two"))
    assert [row.device for row in rules.feed("f/a", '{"t": 1}')] == ["one"]
    assert [row.device for row in rules.feed("f", '{"t": 1}')] == ["two"]
    assert [row.device for row in rules.feed("f/b/c", '{"t": 1}')] == ["two"]
    assert [row.device for row in rules.feed("g/b", '{"t": 1}')] == ["g/b"]


def test_a_message_that_is_no_document_is_quarantined_where_paths_are_expected() -> None:
    rules = rig(SourceRule("f", metrics=(SourceMetric("$.t", "t"),)))
    assert rules.feed("f", "21") == []
    assert rules.feed("f", "{broken") == []
    assert rules.feed("f", "") == []
    assert rules.feed("f", '{"t": "nan", "u": 1}') == []
    assert rules.rejected == {"unexpected_shape": 1, "broken_json": 1}


def test_a_rule_says_in_the_provenance_that_it_was_applied() -> None:
    rules = rig(SourceRule("f/{a}", device="{a}"))
    rules.feed("f/x", '{"t": 1}')
    origin = rules.series("x", "t").origin
    assert origin is not None
    assert origin.rule.startswith("source rule for f/{a}")
    assert (origin.topic, origin.decoder, origin.last_payload) == ("f/x", "json", b'{"t": 1}')


def test_a_document_that_is_too_deep_for_a_path_is_refused() -> None:
    rules = rig(SourceRule("f", metrics=(SourceMetric("$..t", "t"),)))
    deep = '{"a":' * 500 + "1" + "}" * 500
    assert rules.feed("f", deep) == []
    assert rules.rejected == {"too_deep": 1}
    assert rules.values("f", '{"t": 1}') == {"t": 1}


def test_values_a_path_selects_have_the_receive_time_without_another() -> None:
    rules = rig(SourceRule("f", metrics=(SourceMetric("$[*]", "x"),)))
    assert [(row.metric, row.time_us) for row in rules.feed("f", "[1, true]")] == [("x", NOW_US), ("x.1", NOW_US)]


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (SourceRule(""), "topic"),
        (SourceRule("a/#/b"), "topic"),
        (SourceRule("a/b+"), "topic"),
        (SourceRule("{x}/{x}"), "topic"),
        (SourceRule("a/{b}", device="{c}"), "device"),
        (SourceRule("a", metrics=(SourceMetric("sensors.t", "t"),)), "metric.0.path"),
        (SourceRule("a", metrics=(SourceMetric("$.t", "t"), SourceMetric("$.t", "{c}"))), "metric.1.name"),
    ],
)
def test_a_rule_that_cannot_be_used_is_a_mistake_with_its_place(rule: SourceRule, key: str) -> None:
    with pytest.raises(SettingsError) as raised:
        rig(rule)
    assert [mistake.key for mistake in raised.value.mistakes] == [f"source.0.{key}"]
