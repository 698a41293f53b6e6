"""Home Assistant's components: which topics they have, in which words they speak, and what they measure."""

from __future__ import annotations

from typing import Any

import pytest

from hub.normalise.decoders import home_assistant_keys as keys
from tests.normalise.decoders.home_assistant_house import DEVICE, discover, read, values
from tests.normalise.rig import Rig

ASPECTS = {
    "act_t": "action",
    "action_topic": "action",
    "act_stat_t": "activity",
    "aux_stat_t": "aux",
    "bri_stat_t": "brightness",
    "bat_lev_t": "battery_level",
    "clr_temp_stat_t": "color_temp",
    "clrm_stat_t": "color_mode",
    "curr_hum_t": "current_humidity",
    "curr_temp_t": "current_temperature",
    "current_temperature_topic": "current_temperature",
    "dir_stat_t": "direction",
    "fan_mode_stat_t": "fan_mode",
    "fanspd_t": "fan_speed",
    "fx_stat_t": "effect",
    "hs_stat_t": "hs",
    "hum_stat_t": "target_humidity",
    "json_attr_t": "json_attributes",
    "l_ver_t": "latest_version",
    "lrst_t": "last_reset",
    "mode_stat_t": "mode",
    "mode_state_topic": "mode",
    "osc_stat_t": "oscillation",
    "pct_stat_t": "percentage",
    "pos_t": "position",
    "pow_stat_t": "power",
    "pr_mode_stat_t": "preset_mode",
    "rgb_stat_t": "rgb",
    "rgbww_stat_t": "rgbww",
    "swing_h_mode_stat_t": "swing_horizontal_mode",
    "swing_mode_stat_t": "swing_mode",
    "temp_hi_stat_t": "temperature_high",
    "temp_lo_stat_t": "temperature_low",
    "temp_stat_t": "temperature",
    "tilt_status_t": "tilt",
    "xy_stat_t": "xy",
}
TEMPLATES = {
    "stat_t": ("val_tpl", "stat_val_tpl", "stat_tpl", "value_template", "state_value_template", "state_template"),
    "mode_stat_t": ("mode_stat_tpl", "mode_val_tpl", "mode_state_template"),
    "bri_stat_t": ("bri_val_tpl",),
    "pos_t": ("pos_tpl", "position_template"),
    "tilt_status_t": ("tilt_status_tpl",),
    "curr_temp_t": ("curr_temp_tpl",),
    "act_t": ("act_tpl",),
    "l_ver_t": ("l_ver_tpl",),
    "lrst_t": ("lrst_val_tpl",),
    "hum_stat_t": ("hum_state_tpl", "target_humidity_state_template"),
}


@pytest.mark.parametrize(("key", "aspect"), ASPECTS.items())
def test_each_topic_of_a_component_is_a_metric_below_its_name(key: str, aspect: str) -> None:
    rig = Rig()
    discover(rig, "climate/room", **{key: "x/y"}, dev=DEVICE)
    assert values(rig, "x/y", "7") == {f"room.{aspect}": "7" if aspect.endswith("version") else 7}


@pytest.mark.parametrize(("topic", "template"), [(topic, name) for topic, names in TEMPLATES.items() for name in names])
def test_each_topic_has_its_own_template(topic: str, template: str) -> None:
    rig = Rig()
    discover(rig, "cover/c", **{topic: "x/y", template: "{{ value_json.v * 2 }}"}, dev=DEVICE)
    assert values(rig, "x/y", {"v": 4, "w": 1}) == {"v": 8, "w": 1}


def test_a_template_for_all_topics_of_a_thermostat_is_the_default() -> None:
    rig = Rig()
    discover(
        rig,
        "climate/c",
        mode_stat_t="c/m",
        temp_stat_t="c/t",
        val_tpl="{{ value_json.v }}x",
        temp_stat_tpl="{{ value }}",
    )
    assert values(rig, "c/m", {"v": "heat"}) == {"v": "heatx"}
    assert values(rig, "c/t", "21") == {"t": 21}


def test_a_light_with_templates_finds_more_than_its_state_in_a_message() -> None:
    rig = Rig()
    discover(
        rig,
        "light/lamp",
        schema="template",
        stat_t="l/s",
        stat_tpl="{{ value.split(',')[0] }}",
        bri_tpl="{{ value.split(',')[1] }}",
        r_tpl="{{ value.split(',')[2].split('-')[0] }}",
        dev=DEVICE,
    )
    assert values(rig, "l/s", "on,128,255-0-10") == {"lamp": True, "lamp.brightness": 128, "lamp.red": 255}


@pytest.mark.parametrize(
    ("component", "members", "on", "off"),
    [
        ("binary_sensor", {}, "ON", "OFF"),
        ("light", {"pl_on": "1", "pl_off": "0"}, "1", "0"),
        ("fan", {"payload_on": "run", "payload_off": "rest"}, "run", "rest"),
        ("humidifier", {"pl_on": "wet", "pl_off": "dry"}, "wet", "dry"),
        ("switch", {"pl_on": "go", "pl_off": "no"}, "go", "no"),
        ("switch", {"pl_on": "go", "pl_off": "no", "stat_on": "gone", "stat_off": "not"}, "gone", "not"),
        ("siren", {"state_on": "loud", "state_off": "mute"}, "loud", "mute"),
        ("binary_sensor", {"pl_on": True, "pl_off": False}, "True", "False"),
        ("binary_sensor", {"pl_on": "off", "pl_off": "on"}, "off", "on"),
    ],
)
def test_components_that_are_on_or_off_have_their_own_words_for_it(
    component: str, members: dict[str, Any], on: str, off: str
) -> None:
    rig = Rig()
    discover(rig, f"{component}/x", stat_t="x/y", dev=DEVICE, **members)
    for word, meaning in ((on, True), (off, False), (on, True), (off, False)):
        assert values(rig, "x/y", word) == {"x": meaning}
    assert values(rig, "x/y", "between") == {"x": "between"}


def test_words_count_at_the_path_that_a_template_reads_and_in_what_it_makes() -> None:
    rig = Rig()
    discover(rig, "switch/a", stat_t="x/y", val_tpl="{{ value_json.a }}", pl_on="go", pl_off="no", dev=DEVICE)
    discover(rig, "switch/b", stat_t="x/y", val_tpl="{{ value_json.b | lower }}", pl_on="go", pl_off="no", dev=DEVICE)
    for _ in range(3):
        assert values(rig, "x/y", {"a": "go", "b": "NO", "c": "go"}) == {"a": True, "b": False, "c": "go"}


def test_a_fan_swings_or_not_in_words_of_its_own() -> None:
    rig = Rig()
    discover(rig, "fan/f", osc_stat_t="f/o", pl_osc_on="swing", dev=DEVICE)
    assert values(rig, "f/o", "swing") == {"f.oscillation": True}
    assert values(rig, "f/o", "oscillate_off") == {"f.oscillation": False}


def test_words_of_other_components_are_choices() -> None:
    rig = Rig()
    discover(rig, "lock/l", stat_t="l/s", pl_on="LOCKED", pl_off="UNLOCKED", dev=DEVICE)
    discover(rig, "climate/c", mode_stat_t="c/m", act_t="c/a", dev=DEVICE)
    assert values(rig, "l/s", "LOCKED") == {"l": "LOCKED"}
    assert values(rig, "c/m", "off") == {"c.mode": "off"}
    assert values(rig, "c/a", "off") == {"c.action": "off"}


def test_a_thermostat_says_in_which_unit_its_temperatures_are() -> None:
    rig = Rig()
    topics = {"temp_stat_t": "c/t", "curr_temp_t": "c/c", "curr_hum_t": "c/h", "act_t": "c/a"}
    discover(rig, "climate/c", **topics, temp_unit="F", unit_of_meas="K", dev_cla="power", dev=DEVICE)
    assert read(rig, "c/t", "70") == [("homeassistant/plug-1", "c.temperature", 70, "°F")]
    assert read(rig, "c/c", "69.5") == [("homeassistant/plug-1", "c.current_temperature", 69.5, "°F")]
    assert read(rig, "c/h", "40") == [("homeassistant/plug-1", "c.current_humidity", 40, None)]
    kinds = [rig.series("homeassistant/plug-1", f"c.{name}").kind for name in ("temperature", "current_humidity")]
    assert kinds == ["temperature", "humidity"]


@pytest.mark.parametrize("device_class", ["toast", 5, None])
def test_a_kind_that_nobody_knows_is_none(device_class: object) -> None:
    rig = Rig()
    discover(rig, "sensor/x", stat_t="x/y", dev_cla=device_class, unit_of_meas=5, dev=DEVICE)
    assert read(rig, "x/y", "5") == [("homeassistant/plug-1", "x", 5, None)]
    assert rig.series("homeassistant/plug-1", "x").kind is None


@pytest.mark.parametrize("topic", ["", "a/+/b", "a/#", "a\0b", "x" * 1025, 5, None, ["a"]])
def test_what_is_no_topic_is_passed_by(topic: object) -> None:
    rig = Rig()
    discover(rig, "sensor/x", stat_t=topic, json_attr_t="x/y", dev=DEVICE)
    assert values(rig, "x/y", {"a": 1}) == {"a": 1}
    assert rig.rejected == {}


def test_attributes_on_the_topic_of_the_state_are_read_once() -> None:
    rig = Rig()
    discover(
        rig, "sensor/x", stat_t="x/y", json_attr_t="x/y", val_tpl="{{ value_json.a }}", unit_of_meas="W", dev=DEVICE
    )
    assert values(rig, "x/y", {"a": 1, "b": 2}) == {"a": 1, "b": 2}
    assert values(rig, "x/y", "5") == {"x": 5}


def test_two_components_of_one_topic_have_a_reading_each() -> None:
    rig = Rig()
    discover(rig, "sensor/raw", stat_t="x/y", dev=DEVICE)
    discover(rig, "sensor/tenth", stat_t="x/y", val_tpl="{{ value | float / 10 }}", unit_of_meas="V", dev=DEVICE)
    for value in (215, 216):
        assert read(rig, "x/y", str(value)) == [
            ("homeassistant/plug-1", "raw", value, None),
            ("homeassistant/plug-1", "tenth", value / 10, "V"),
        ]


def test_a_word_in_the_place_of_a_document_is_read_without_its_unit() -> None:
    rig = Rig()
    discover(rig, "sensor/x", stat_t="x/y", val_tpl="{{ value_json.a }}", unit_of_meas="W", dev=DEVICE)
    assert read(rig, "x/y", "5") == [("homeassistant/plug-1", "x", 5, None)]
    assert read(rig, "x/y", "unavailable") == []


def test_every_abbreviation_stands_for_one_key_and_no_key_is_an_abbreviation() -> None:
    known = {aspect.topic for aspect in keys.ASPECTS}
    assert {key for key in known if keys.expanded({key: 1}) != {key: 1}} == set()
    assert len(keys.expanded(dict.fromkeys(ASPECTS, 1))) == len({*ASPECTS.values()})


def test_a_version_is_no_number() -> None:
    rig = Rig()
    discover(rig, "update/fw", stat_t="u/s", l_ver_t="u/l", dev=DEVICE)
    for version in ("1.10", "1.1", "007"):
        assert values(rig, "u/s", version) == {"fw": version}
        assert values(rig, "u/l", version) == {"fw.latest_version": version}
    assert values(rig, "u/s", "unknown") == {}
    assert values(rig, "u/s", {"installed_version": "a"}) == {"installed_version": "a"}


def test_versions_stay_texts_in_documents_as_in_messages_of_one_value() -> None:
    rig = Rig()
    discover(rig, "update/fw", stat_t="x/y", val_tpl="{{ value_json.installed }}", l_ver_t="x/latest", dev=DEVICE)
    assert values(rig, "x/y", {"installed": "1.10", "latest_version": "1.20"}) == {
        "installed": "1.10",
        "latest_version": "1.20",
    }
    assert list(values(rig, "x/latest", "1.20").values()) == ["1.20"]
    assert Rig().values("shed/node", '{"fw_version": "1.10", "level": "1.10"}') == {"fw_version": "1.10", "level": 1.1}
