from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Datatype, same
from hub.normalise.values import classify, datatype, fault, fit, single


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 612\n", 612),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("+7", 7),
        ("1e3", 1000.0),
        ("290.00", 290.0),
        ("0", 0),
        ("007", "007"),
        ("-07", "-07"),
        ("0.07", 0.07),
        ("1,2", "1,2"),
        ("0x1f", "0x1f"),
        ("1e999", None),
        ("18446744073709551616", 18446744073709551616.0),
        ("٣", "٣"),
        ("on", True),
        ("OFF", False),
        ("True", True),
        ("offline", False),
        ("OPEN", "OPEN"),
        ("yes", "yes"),
        ("none", "none"),
        ("  two words ", "two words"),
        ("", None),
        (" ", None),
        ("NaN", None),
        ("-inf", None),
        ("Infinity", None),
        ("null", None),
        ("Unavailable", None),
        ("unknown", None),
        ("N/A", None),
        ("?", None),
    ],
)
def test_a_text_means_a_value(text: str, value: object) -> None:
    found = classify(text, "state")
    assert found == value
    assert type(found) is type(value)


def test_under_an_enumeration_key_a_switch_word_is_a_choice() -> None:
    assert classify("on", "mode") == "on"
    assert classify("off", "fan_speed") == "off"
    assert classify("21.5", "mode") == 21.5


def test_under_an_identifier_key_digits_are_a_label() -> None:
    assert classify("12345", "serial") == "12345"
    assert classify("1.2", "version") == "1.2"
    assert classify("unknown", "ip") is None


def test_a_run_of_digits_beyond_any_float_is_text() -> None:
    assert classify("1" * 5000, "x") == "1" * 5000
    assert classify("1" * 400, "x") is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "not_a_number"),
        (math.inf, "not_a_number"),
        (10**400, "not_a_number"),
        ("x" * 4097, "too_long"),
        ("ü" * 2049, "too_long"),
        ("a\0", "bad_text"),
        ("\ud800", "bad_text"),
    ],
)
def test_an_inadmissible_value_is_refused_with_its_reason(value: float | str, reason: str) -> None:
    rejection = fault(value)
    assert rejection is not None
    assert rejection.reason == reason


@pytest.mark.parametrize("value", [True, 0, -(2**63), 2**64 - 1, 2**70, 1e308, "x" * 4096, "ü" * 2048])
def test_an_admissible_value_is_taken(value: float | str) -> None:
    assert fault(value) is None


def test_integers_beyond_64_bits_become_floats() -> None:
    assert fit(2**64 - 1) == 2**64 - 1
    assert type(fit(2**64)) is float
    assert fit(10**400) is None


def test_one_is_one_point_zero_but_not_true() -> None:
    assert same(1, 1.0)
    assert not same(1, True)
    assert not same(None, 0)


def test_each_type_has_its_name() -> None:
    assert [datatype(value) for value in (True, 1, 1.0, "")] == [
        Datatype.BOOLEAN,
        Datatype.INTEGER,
        Datatype.FLOAT,
        Datatype.STRING,
    ]


@given(st.text(), st.sampled_from(["state", "mode", "id"]))
def test_whatever_a_text_means_is_typed_and_finite(text: str, part: str) -> None:
    value = classify(text, part)
    assert value is None or isinstance(value, (bool, int, float, str))
    assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize("meant", [23.3, 0.1, 1013.25, -21.5, 1e-38, 16777216.0, 123456.79, 5e-45, 0.0])
def test_numbers_of_32_bits_are_shown_as_they_were_meant(meant: float) -> None:
    assert single(struct.unpack("<f", struct.pack("<f", meant))[0]) == pytest.approx(meant, rel=1e-9, abs=1e-44)


@given(st.floats(width=32))
def test_the_shortest_decimal_of_32_bits_is_the_same_number_there(value: float) -> None:
    short = single(value)
    assert struct.pack("<f", short) == struct.pack("<f", value)
    assert len(repr(short)) <= len(repr(value))
