"""Cayenne Low Power Payload, where the configuration gives it a topic."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import SettingsError
from hub.normalise.options import NormaliseOptions, SourceMetric, SourceRule
from tests.normalise.rig import Rig, Row

WEATHER = bytes.fromhex("01 67 00e1 02 68 5b 03 73 2774 00 02 fe0c 05 65 0190 06 66 01")
FORCED = NormaliseOptions(forced=(("field/#", "cayenne_lpp"),))


def short(rows: list[Row]) -> list[tuple[str, object, str | None]]:
    return [(row.metric, row.value, row.unit) for row in rows]


def fed(payload: str) -> list[tuple[str, object, str | None]]:
    return short(Rig(FORCED).feed("field/7/raw", bytes.fromhex(payload)))


def test_a_forced_topic_is_read_by_type_and_channel_and_is_the_device() -> None:
    rows = Rig(FORCED).feed("field/7/raw", WEATHER)
    assert {row.device for row in rows} == {"field/7"}
    assert short(rows) == [
        ("temperature_1", 22.5, "°C"),
        ("relative_humidity_2", 45.5, "%"),
        ("barometric_pressure_3", 1010.0, "hPa"),
        ("analog_in_0", -5.0, None),
        ("luminosity_5", 400, "lx"),
        ("presence_6", True, None),
    ]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("0300ff", [("digital_in_3", 255, None)]),
        ("030101", [("digital_out_3", 1, None)]),
        ("03030064", [("analog_out_3", 1.0, None)]),
        ("0567ffff", [("temperature_5", -0.1, "°C")]),
        (
            "0671 04d2 fb2e 0000",
            [("accelerometer_6.x", 1.234, "g"), ("accelerometer_6.y", -1.234, "g"), ("accelerometer_6.z", 0.0, "g")],
        ),
        (
            "0186 0064 ff9c 0000",
            [("gyrometer_1.x", 1.0, "°/s"), ("gyrometer_1.y", -1.0, "°/s"), ("gyrometer_1.z", 0.0, "°/s")],
        ),
        (
            "0188 06765f f2960a 0003e8",
            [("gps_1.latitude", 42.3519, "°"), ("gps_1.longitude", -87.9094, "°"), ("gps_1.altitude", 10.0, "m")],
        ),
        ("0164 80000000", [("generic_1", 2**31, None)]),
        ("0174 014a", [("voltage_1", 3.3, "V")]),
        ("0175 01f4", [("current_1", 0.5, "A")]),
        ("0176 0000c350", [("frequency_1", 50_000, "Hz")]),
        ("0178 63", [("percentage_1", 99, "%")]),
        ("0179 ffff", [("altitude_1", -1, "m")]),
        ("017a ffff38", [("load_1", -0.2, "kg")]),
        ("017d 0190", [("concentration_1", 400, "ppm")]),
        ("0180 0898", [("power_1", 2200, "W")]),
        ("0182 000005dc", [("distance_1", 1.5, "m")]),
        ("0183 00003039", [("energy_1", 12.345, "kWh")]),
        ("0184 010e", [("direction_1", 270, "°")]),
        ("0185 6553f100", [("unixtime_1", 1_700_000_000, "s")]),
        ("0187 ff8000", [("colour_1.r", 255, None), ("colour_1.g", 128, None), ("colour_1.b", 0, None)]),
        ("018e 00", [("switch_1", False, None)]),
    ],
)
def test_each_type_has_its_size_scale_and_unit(payload: str, expected: list[tuple[str, object, str | None]]) -> None:
    assert fed(payload) == expected


@pytest.mark.parametrize("payload", ["01", "0167", "016700", "01670001 02", "01ff00", "0167 0001 0263"])
def test_a_payload_that_ends_early_or_has_unknown_types_is_refused_whole(payload: str) -> None:
    rig = Rig(FORCED)
    assert rig.feed("field/7", bytes.fromhex(payload)) == []
    assert rig.rejected == {"broken_binary": 1}


def test_an_endless_payload_is_refused() -> None:
    rig = Rig(FORCED)
    assert rig.feed("field/7", bytes.fromhex("016700e1") * 2000) == []
    assert rig.rejected == {"broken_binary": 1}


def test_an_empty_payload_says_nothing_and_a_compressed_one_is_inflated() -> None:
    rig = Rig(FORCED)
    assert rig.feed("field/7", b"") == []
    assert len(rig.feed("field/7", gzip.compress(WEATHER))) == 6
    assert rig.rejected == {}


def test_a_source_rule_names_the_device() -> None:
    rule = SourceRule("lora/{site}/{node}/up", decoder="cayenne_lpp", device="{site}/{node}")
    rows = Rig(NormaliseOptions(sources=(rule,))).feed("lora/hill/n4/up", bytes.fromhex("016700e1"))
    assert [(row.device, row.metric) for row in rows] == [("hill/n4", "temperature_1")]


def test_other_topics_are_not_claimed() -> None:
    rig = Rig()
    assert rig.feed("field/7", bytes.fromhex("0167ffe1")) == []
    assert rig.rejected == {"not_text": 1}


def test_it_can_be_switched_off_and_have_a_prefix() -> None:
    off = NormaliseOptions(off=frozenset({"cayenne_lpp"}))
    assert Rig(off).feed("field/7", WEATHER) == []
    with pytest.raises(SettingsError, match=r"decoders\.forced: the decoder cayenne_lpp is switched off"):
        Rig(NormaliseOptions(forced=FORCED.forced, off=frozenset({"cayenne_lpp"})))
    named = NormaliseOptions(forced=FORCED.forced, prefixes={"cayenne_lpp": "lora"})
    assert Rig(named).feed("field/7", WEATHER)[0].device == "lora/field/7"


def test_paths_lead_nowhere_in_it() -> None:
    rule = SourceRule("x", decoder="cayenne_lpp", metrics=(SourceMetric("$.a", "a"),))
    with pytest.raises(SettingsError, match=r"source\.0\.metric"):
        Rig(NormaliseOptions(sources=(rule,)))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise(payload: bytes) -> None:
    rig = Rig(FORCED)
    rig.feed("field/7", payload)
    assert "decoder_fault" not in rig.rejected
