from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import RequestError
from hub.core.model import Datatype, Device, Series, Status
from hub.gateway import search

NOW_US = 1_766_500_000_000_000
MINUTE_US = 60_000_000


def device(device_id: str, **facts: Any) -> Device:
    made = Device(device_id, facts.pop("source", "json"), **facts)
    made.status = Status.ONLINE
    return made


def series(of: Device, metric: str, value: Any, unit: str | None = None, **facts: Any) -> Series:
    made = Series(len(of.series) + 1, of, metric, unit, Datatype.FLOAT, **facts)
    made.value, made.time_us, made.heard_us = value, NOW_US, NOW_US - MINUTE_US
    of.series[metric] = made
    return made


def of_series(query: str, one: Series) -> bool:
    return search.parse(query).within(one.device, NOW_US)(one)


@pytest.fixture(name="chiller")
def _chiller() -> Device:
    found = device(
        "plant/north/Chiller 2", name="Big chiller", place="Plant north/Utilities", model="Carrier 30XA", source="opcua"
    )
    series(found, "discharge.temperature", 80.0, "°C", kind="temperature")
    series(found, "power", 48.9, "kW")
    series(found, "compressor.mode", "cool")
    series(found, "fan", value=True)
    series(found, "battery", 15)
    found.info["firmware"] = "7.1-beta"
    return found


@pytest.mark.parametrize(
    "query",
    [
        "",
        "chiller",
        "CHILLER carrier",
        '"big chiller"',
        '"Chiller 2" plant',
        "chil*er",
        "7.1-beta",
        "-pump",
        '-"small chiller"',
        "status:online",
        "-status:offline",
        "quality:good",
        "place:utilities",
        'place:"plant north"',
        "place:plant*",
        "place:north",
        'place:"plant north/utilities"',
        "source:opcua",
        "source:opc*",
        "model:carrier",
        'model:"30xa"',
        "metric:power",
        "metric:temperature",
        "metric:discharge.*",
        "seen:<5m",
        "seen:>30s",
        "seen:2m",
        "-seen:>1h",
        "temperature>79.9",
        "temperature >= 80",
        "temperature>=80°C",
        "temperature = 80",
        "temperature>175 °F",
        "temperature<=176°F",
        "temperature>=176 degF",
        "temperature=176 F",
        "temperature>353K",
        "power>48000W",
        "power<0.05 MW chiller",
        "discharge.temperature=80",
        "*.temperature>1",
        "mode=cool",
        "mode=c*l",
        "fan=on",
        "fan=TRUE",
        "-fan=off",
        "battery<20 place:utilities -status:offline",
    ],
)
def test_what_should_be_found_is_found(chiller: Device, query: str) -> None:
    assert search.parse(query).matches_device(chiller, NOW_US)


@pytest.mark.parametrize(
    "query",
    [
        "pump",
        "chiller pump",
        '"chiller big"',
        "-chiller",
        "status:offline",
        "quality:stale",
        "place:orth",
        "place:util",
        'place:"north plant"',
        "source:opc",
        "metric:temp",
        "metric:discharge",
        "seen:>5m",
        "temperature>80",
        "temperature>176 °F",
        "temperature>1 bar",
        "power>49",
        "power>49 kW",
        "perature>1",
        "mode=heat",
        "mode>1",
        "fan=off",
        "fan>0",
    ],
)
def test_what_should_not_be_found_is_not(chiller: Device, query: str) -> None:
    assert not search.parse(query).matches_device(chiller, NOW_US)


def test_terms_of_values_are_about_the_one_series_when_series_are_searched(chiller: Device) -> None:
    found = [metric for metric, one in chiller.series.items() if of_series("chiller power>1", one)]
    assert found == ["power"]
    assert of_series("temperature", chiller.series["discharge.temperature"])
    assert not of_series("temperature", chiller.series["power"])


def test_a_quality_is_found_whatever_its_reason(chiller: Device) -> None:
    power = chiller.series["power"]
    power.quality = "uncertain:retained"
    assert of_series("quality:uncertain", power)
    power.stale = "stale:restart"
    assert of_series("quality:stale", power)
    assert not of_series("quality:uncertain", power)


def test_what_was_never_heard_has_been_silent_forever() -> None:
    silent = device("a/b")
    series(silent, "c", 1).heard_us = 0
    assert search.parse("seen:>99w").matches_device(silent, NOW_US)
    assert not search.parse("seen:<99w").matches_device(silent, NOW_US)
    assert search.parse("seen:>1s").matches_device(device("no/series"), NOW_US)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("colour:red", "unknown field colour:; fields are status, quality, place, source, model, metric, seen"),
        ("alarm:high+", "alarm:, which does not exist yet"),
        ("tag:roof", "tag:, which does not exist yet"),
        ("status:fine", "it can be online, offline, unknown"),
        ("quality:ok", "it can be good, uncertain, bad, stale"),
        ("seen:yesterday", "seen:>10m"),
        ("place:", "without a value"),
        ("temperature>", "needs a number after >"),
        ("temperature>warm", "needs a number after >"),
        (">5", "compares nothing"),
        ("a<b<c", "compares nothing"),
        (" ".join(["word"] * 33), "33 terms"),
    ],
)
def test_what_cannot_be_asked_is_explained(query: str, words: str) -> None:
    with pytest.raises(RequestError) as raised:
        search.parse(query)
    assert raised.value.field == "q"
    assert raised.value.status == 422
    assert words in raised.value.message


@given(query=st.text(max_size=60))
def test_any_text_is_a_query_or_explained(query: str) -> None:
    found = device("a/b", name="c")
    series(found, "d", 1.5, "W")
    with contextlib.suppress(RequestError):
        assert search.parse(query).matches_device(found, NOW_US) in (True, False)


@given(word=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20), place=st.integers(0, 20))
def test_every_part_of_a_name_finds_it(word: str, place: int) -> None:
    found = device("x/y", name=f"{word}end")
    part = f"{word}end".casefold()[place % len(word) :]
    assert search.parse(f'"{part}"').matches_device(found, NOW_US)


def test_many_stars_cost_no_more_than_a_few() -> None:
    found = device("a" * 2_000)
    assert not search.parse("*a" * 400 + "*b").matches_device(found, NOW_US)


def test_a_difference_is_compared_without_a_zero_point() -> None:
    found = device("a")
    one = series(found, "delta_t", 5.0, "°C", kind="temperature_delta")
    assert of_series("delta_t=9 °F", one)
    assert not of_series("delta_t>9 °F", one)


def test_a_unit_that_keeps_its_ecosystems_spelling_is_compared_as_well() -> None:
    one = series(device("a"), "dust", 500.0, "ug/m3")
    assert of_series("dust>0.4 mg/m³", one)
    assert of_series("dust<501 µg/m³", one)
    assert not of_series("dust>0.4 mg/L", one)
