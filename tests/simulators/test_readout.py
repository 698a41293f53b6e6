"""Messages look as devices write them: the forms a hub has to understand."""

import json
import math

import pytest

from simulators.readout import read_out, rounded
from simulators.scenario import Profile
from simulators.signals import Value

NOON_US = 1_700_000_000_123_456
METRICS = {
    "temperature": {"signal": "constant", "value": 0, "unit": "°C", "decimals": 1},
    "on": {"signal": "constant", "value": True},
}


def _said(values: dict[str, Value], **keys: object) -> dict[str, str]:
    profile = Profile.model_validate({"metrics": METRICS, **keys})
    return {
        message.topic.decode(): message.payload.decode()
        for message in read_out("hall/probe-1", profile, values, NOON_US)
    }


def test_json_with_units_as_objects() -> None:
    said = _said({"temperature": 21.5, "on": True})
    assert said == {"hall/probe-1": '{"temperature":{"value":21.5,"unit":"°C"},"on":true}'}


def test_json_without_units() -> None:
    assert _said({"temperature": 21.5, "on": False}, units="none") == {
        "hall/probe-1": '{"temperature":21.5,"on":false}'
    }


def test_json_with_one_unit_beside_all_numbers() -> None:
    metrics = {name: {"signal": "constant", "value": 0, "unit": "A"} for name in ("l1", "l2")}
    assert _said({"l1": 1.5, "l2": 2.5}, units="sibling", metrics=metrics) == {
        "hall/probe-1": '{"l1":1.5,"l2":2.5,"unit":"A"}'
    }


def test_dotted_names_are_objects_within_objects() -> None:
    metrics = {name: {"signal": "constant", "value": 0} for name in ("position.latitude", "position.longitude")}
    said = _said({"position.latitude": 53.5, "position.longitude": 9.9}, metrics=metrics)
    assert json.loads(said["hall/probe-1"]) == {"position": {"latitude": 53.5, "longitude": 9.9}}


@pytest.mark.parametrize(
    ("timestamp", "written"),
    [
        ("s", 1_700_000_000),
        ("ms", 1_700_000_000_123),
        ("us", 1_700_000_000_123_456),
        ("iso", "2023-11-14T22:13:20.123Z"),
    ],
)
def test_timestamps_as_devices_write_them(timestamp: str, written: object) -> None:
    said = _said({"on": True}, timestamp=timestamp, topic="{id}/telemetry")
    assert json.loads(said["hall/probe-1/telemetry"]) == {"ts": written, "on": True}


def test_plain_is_one_topic_and_text_each() -> None:
    assert _said({"temperature": 21.5, "on": True}, format="plain") == {
        "hall/probe-1/temperature": "21.5 °C",
        "hall/probe-1/on": "ON",
    }


def test_plain_with_a_time_puts_it_before_the_number() -> None:
    assert _said({"temperature": 21.0}, format="plain", timestamp="s") == {
        "hall/probe-1/temperature": "1700000000 21.0"
    }


def test_a_value_that_is_none_is_null_or_unavailable() -> None:
    assert _said({"on": None}) == {"hall/probe-1": '{"on":null}'}
    assert _said({"on": None}, format="plain") == {"hall/probe-1/on": "unavailable"}


def test_what_is_no_number_is_written_as_careless_encoders_do() -> None:
    said = _said({"temperature": math.nan}, units="none")
    assert said == {"hall/probe-1": '{"temperature": NaN}'}
    assert _said({"temperature": -math.inf}, format="plain") == {"hall/probe-1/temperature": "-inf °C"}


def test_values_have_the_decimals_of_their_metric() -> None:
    profile = Profile.model_validate({"metrics": METRICS | {"count": METRICS["temperature"] | {"decimals": 0}}})
    assert rounded(21.4567, profile.metrics["temperature"]) == 21.5
    count = rounded(3.7, profile.metrics["count"])
    assert (count, type(count)) == (4, int)
    assert rounded("Idle", profile.metrics["count"]) == "Idle"
    assert rounded(True, profile.metrics["count"]) is True
