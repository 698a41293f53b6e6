"""InfluxDB line protocol and Telegraf JSON: section 12."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalise.content import is_line_protocol
from hub.normalise.decoders import influx_lines
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import NOW_US, Rig

TIME_S = 1_745_500_000
AMBIGUOUS = re.compile(r"\\[,= \\]|\\$")
"""A backslash before what would be guarded by one: line protocol has no way to write it."""
NAMES = st.text(st.sampled_from('ab1 ,=\\é_"'), min_size=1, max_size=6).filter(lambda name: not AMBIGUOUS.search(name))
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.sampled_from('ab ,="\\é1'), max_size=8),
)


def escaped(name: str) -> str:
    """A name as InfluxDB's own clients write it."""
    for character in ",= ":
        name = name.replace(character, f"\\{character}")
    return name


def written(value: bool | float | str) -> str:  # noqa: FBT001 - a field's value
    """A field's value as InfluxDB's own clients write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_the_first_identifying_tag_is_the_device_and_the_others_name_the_metric() -> None:
    rows = Rig().feed("lines", "climate,room=Attic,sensor_id=s-9,host=pi4,area=North\\ wing tempC=21.5")
    assert [(row.device, row.metric, row.value) for row in rows] == [
        ("influx/s-9", "climate.north_wing.pi4.attic.temp_c", 21.5)
    ]


@pytest.mark.parametrize("tag", ["device", "device_id", "sensor_id", "sensor", "id", "host", "location"])
def test_each_identifying_tag_names_the_device_verbatim(tag: str) -> None:
    rows = Rig().feed("lines", f"m,{tag}=My\\ Box-1 f=1i")
    assert [(row.device, row.metric) for row in rows] == [("influx/My Box-1", "m.f")]


@pytest.mark.parametrize(("topic", "device"), [("plant/hall", "plant/hall"), ("plant/hall/telemetry", "plant/hall")])
def test_without_an_identifying_tag_the_topic_is_the_device(topic: str, device: str) -> None:
    assert [row.device for row in Rig().feed(topic, "m,a=b f=1")] == [f"influx/{device}"]
    metric = '{"name": "m", "tags": {}, "fields": {"f": 1}, "timestamp": 1745500000}'
    assert [row.device for row in Rig().feed(topic, metric)] == [f"influx/{device}"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7i", 7),
        ("-9223372036854775808i", -(2**63)),
        ("18446744073709551615u", 2**64 - 1),
        ("t", True),
        ("T", True),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("f", False),
        ("F", False),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ('"on"', "on"),
        ('"12.5"', "12.5"),
        ('"a, b=c \\"d\\" \\\\ \\n"', 'a, b=c "d" \\ \\n'),
    ],
)
def test_fields_keep_the_type_in_which_they_are_written(text: str, value: float | str) -> None:
    found = Rig().values("lines", f"m,host=h f={text}")
    assert found == {"m.f": value}
    assert type(found["m.f"]) is type(value)


@pytest.mark.parametrize("text", ["1e999", "-1e999", f"{'9' * 400}i"])
def test_a_number_beyond_every_float_is_no_value_and_the_other_fields_count(text: str) -> None:
    rig = Rig()
    assert rig.values("lines", f"m,host=h f={text},g=1i") == {"m.g": 1}
    assert rig.rejected == {}


@pytest.mark.parametrize("suffix", ["", "000", "000000", "000000000"])
def test_a_timestamp_of_any_precision_is_the_time(suffix: str) -> None:
    rows = Rig().feed("lines", f'm,host=h f=1,s="x" {TIME_S}{suffix}\nm,host=h g=2 {TIME_S}{suffix}')
    assert {row.time_us for row in rows} == {TIME_S * 1_000_000}


@pytest.mark.parametrize("stamp", ["", " 0", " -5", " 12345"])
def test_without_a_time_that_was_ever_set_it_is_the_receive_time(stamp: str) -> None:
    assert [row.time_us for row in Rig().feed("lines", f"m,host=h f=1{stamp}")] == [NOW_US]


def test_comments_and_empty_lines_are_passed_by() -> None:
    assert Rig().values("lines", "# first\n\nm,host=h f=1\r\n# last\nm,host=h g=2\n") == {"m.f": 1, "m.g": 2}


def test_a_repeated_field_and_the_order_of_fields_are_kept() -> None:
    rows = Rig().feed("lines", "m,host=h z=1,a=2,z=3")
    assert [(row.metric, row.value) for row in rows] == [("m.z", 1), ("m.a", 2), ("m.z", 3)]


def test_names_without_letters_or_digits_are_left_out() -> None:
    assert Rig().values("lines", "°,host=h,x=* °=1") == {"value": 1}


def test_a_field_that_is_no_value_is_told_and_those_before_it_count() -> None:
    rig = Rig()
    assert rig.values("lines", "m,host=h a=1,b=1.5i,c=2") == {"m.a": 1}
    assert rig.rejected == {"broken_line": 1}
    assert "'b=1.5i,c=2'" in rig.normaliser.quarantine.recent()[0].detail


@pytest.mark.parametrize("text", ["door a=open b", "a=b", "m f=", "m,=x f=1", 'm f="x', "weather 82", "m,a f=1"])
def test_what_is_no_line_protocol_is_a_plain_text(text: str) -> None:
    rig = Rig()
    assert rig.values("notes/today", text) == {"today": text}
    assert set(rig.catalogue.devices) == {"notes"}


def test_a_message_has_at_most_ten_thousand_fields() -> None:
    rig = Rig()
    assert len(rig.feed("lines", "\n".join(f"m,host=h f={number}" for number in range(10_500)))) == 10_000
    assert rig.rejected == {"too_many": 1}


def test_one_topic_may_carry_lines_of_many_devices_and_then_something_else() -> None:
    rig = Rig()
    for _ in range(2):
        rows = rig.feed("x/y", "m,host=a f=1\nm,host=b f=1")
        assert [row.device for row in rows] == ["influx/a", "influx/b"]
        assert rig.values("x/y", "21.5") == {"y": 21.5}
        assert rig.values("x/y", '{"t": 1}') == {"t": 1}


def test_telegraf_metrics_are_read_like_lines() -> None:
    metric = {
        "name": "cpu",
        "tags": {"host": "web 1", "cpu": "cpu-total", "n": 5, "none": ""},
        "fields": {"usageIdle": 98.5, "state": "on", "big": 2**63, "none": None, "nested": {"a": [1, True]}},
        "timestamp": TIME_S,
    }
    rig = Rig()
    for _ in range(2):
        rows = rig.feed("telegraf/x", json.dumps(metric))
        assert {(row.device, row.time_us) for row in rows} == {("influx/web 1", TIME_S * 1_000_000)}
        assert {row.metric: row.value for row in rows} == {
            "cpu.cpu_total.5.usage_idle": 98.5,
            "cpu.cpu_total.5.state": "on",
            "cpu.cpu_total.5.big": 2**63,
            "cpu.cpu_total.5.nested.a.0": 1,
            "cpu.cpu_total.5.nested.a.1": True,
        }


def test_a_batch_of_telegraf_metrics_tells_how_many_could_not_be_read() -> None:
    rig = Rig()
    good = {"name": "m", "tags": {"host": "h"}, "fields": {"f": 1}, "timestamp": "2025-04-24T13:06:40Z"}
    rows = rig.feed("telegraf/x", json.dumps({"metrics": [good, 5, {"name": "m"}]}))
    assert [(row.metric, row.time_us) for row in rows] == [("m.f", TIME_S * 1_000_000)]
    assert rig.rejected == {"unexpected_shape": 1}
    assert "2 of 3" in rig.normaliser.quarantine.recent()[0].detail


@pytest.mark.parametrize(
    "document",
    [
        {"name": "m", "fields": {"f": 1}},
        {"name": 5, "fields": {"f": 1}, "tags": {}},
        {"name": "m", "fields": 5, "tags": {}},
        {"name": "m", "fields": {"f": 1}, "tags": 5},
        {"name": "m", "fields": {"f": 1}, "timestamp": "soon"},
        {"name": "m", "fields": {"f": 1}, "tags": {}, "more": 1},
        {"metrics": [1, 2]},
        {"metrics": {"a": 1}},
        {"metrics": [{"name": "m", "fields": {}, "tags": {}}], "more": 1},
    ],
)
def test_other_documents_are_generic_json(document: dict[str, Any]) -> None:
    rig = Rig()
    rig.feed("a/b", json.dumps(document))
    assert {device.source for device in rig.catalogue.devices.values()} == {"json"}


def test_a_telegraf_batch_has_the_bounds_of_one_message() -> None:
    rig = Rig()
    metric = {"name": "m", "tags": {"host": "h"}, "fields": {"a": 1, "b": 2}}
    assert len(rig.feed("telegraf/x", json.dumps({"metrics": [metric] * 6000}))) == 10_000
    assert rig.feed("telegraf/x", json.dumps({"metrics": [metric] * 40_001})) == []
    assert rig.rejected == {"too_many": 2}


def test_it_can_be_switched_off() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"influx"})))
    assert rig.feed("lines", "m,host=h f=1") == []
    assert rig.rejected == {"unsupported_format": 1}
    assert "fields.f" in rig.values("a/b", '{"name": "m", "fields": {"f": 1}, "tags": {}}')


@given(
    NAMES,
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=4),
    st.none() | st.integers(-(2**63), 2**63 - 1),
)
def test_what_clients_write_is_read_back(
    measurement: str, tags: dict[str, str], fields: dict[str, Any], time: int | None
) -> None:
    head = ",".join([escaped(measurement), *(f"{escaped(key)}={escaped(value)}" for key, value in tags.items())])
    body = ",".join(f"{escaped(key)}={written(value)}" for key, value in fields.items())
    line = f"{head} {body}" + ("" if time is None else f" {time}")
    point = influx_lines.parse(line)
    assert isinstance(point, influx_lines.Point)
    assert (point.fields, point.time, point.rest) == (list(fields.items()), time, "")
    assert (point.device, point.prefix) == influx_lines.identify(measurement, tags)


@given(st.text(st.sampled_from('mf1=, "\\it#.e-\n'), max_size=30))
def test_any_text_is_read_or_told(text: str) -> None:
    for line in influx_lines.split(text):
        point = influx_lines.parse(line)
        if is_line_protocol(line):
            assert isinstance(point, influx_lines.Point)
            assert point.fields or point.rest


BARE = st.text(st.sampled_from("ab1_,= \t.-+eiutTrueé#"), max_size=24)
"""Lines without quotes and backslashes, most of them odd in some way."""
USUAL = st.builds(
    lambda tags, fields, stamp: f"m{tags} {','.join(fields)}{stamp}",
    st.sampled_from(["", ",host=a", ",host=a,x=b", ",host="]),
    st.lists(st.sampled_from(["f=1", "g=2i", "h=t", "k=-1.5e3", "l=True", "f=1e999", "o=9u", "=1", "p=x"]), min_size=1),
    st.sampled_from(["", " ", " 1465839830100400200", " -5", "  7", " x"]),
)


@given(st.one_of(BARE, USUAL).map(str.strip).filter(is_line_protocol))
def test_usual_lines_are_read_as_any_other(line: str) -> None:
    fast = influx_lines.parse(line)
    with patch.object(influx_lines, "_unguarded", return_value=None):
        assert fast == influx_lines.parse(line)
