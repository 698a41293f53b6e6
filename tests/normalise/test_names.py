from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalise.names import clean_device, is_enumeration, is_identifier, metric_name, snake_case


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("ApparentPower", "apparent_power"),
        ("SSId", "ssid"),
        ("LEDs", "leds"),
        ("DS18B20-1", "ds18b20_1"),
        ("PM2.5", "pm2_5"),
        ("tC", "t_c"),
        ("eCO2", "e_co2"),
        ("stringKey", "string_key"),
        ("Kesseltemperatur_0x0", "kesseltemperatur_0x0"),
        ("Saugzug-Ansteuerung_0xf", "saugzug_ansteuerung_0xf"),
        ("1min", "1min"),
        ("Außentemperatur", "außentemperatur"),
        ("温度", "温度"),
        ("__x__", "x"),
        ("°", ""),
        ("", ""),
        ("\ud800x", "x"),
    ],
)
def test_a_key_becomes_snake_case(key: str, part: str) -> None:
    assert snake_case(key) == part


@given(st.text("ABcd1_-", max_size=40))
def test_words_meet_where_the_rule_says(key: str) -> None:
    said = key
    for pattern in (r"([A-Z]+)([A-Z][a-z]{2,})", r"([a-z])([A-Z])", r"([0-9])([A-Z][a-z]{2,})"):
        said = re.sub(pattern, r"\1_\2", said)
    assert snake_case(key) == re.sub(r"[\W_]+", "_", said).strip("_").lower()


def test_a_long_run_of_capitals_costs_no_more_than_its_length() -> None:
    started_s = time.process_time()
    for number in range(500):
        snake_case(f"{'A' * 250}{number}")
    assert time.process_time() - started_s < 0.3


def test_an_endless_key_is_cut() -> None:
    assert len(snake_case("k" * 100_000)) == 256


def test_empty_parts_are_left_out_and_no_part_at_all_is_value() -> None:
    assert metric_name(("a", "", "b")) == "a.b"
    assert metric_name(()) == "value"


@given(st.text())
def test_a_part_of_a_name_has_letters_digits_and_single_underscores_only(key: str) -> None:
    part = snake_case(key)
    assert all(character.isalnum() or character == "_" for character in part)
    assert "__" not in part
    assert part == part.strip("_")


def test_a_device_keeps_case_and_blanks_but_no_control_characters_and_wildcards() -> None:
    assert clean_device("Device A/Öl") == "Device A/Öl"
    assert clean_device("a\nb+c#d\x7f\ud800") == "a_b_c_d__"


@pytest.mark.parametrize("part", ["action", "preset", "fan_speed", "mode", "hvac_mode", "type"])
def test_words_under_an_enumeration_key_are_choices(part: str) -> None:
    assert is_enumeration(part)


def test_other_keys_are_neither_enumerations_nor_identifiers() -> None:
    assert not is_enumeration("running")
    assert not is_identifier("device_id")
    assert is_identifier("serial_number")
