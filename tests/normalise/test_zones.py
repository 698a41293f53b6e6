"""Devices that tell local times, in zones that are set."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.core.errors import SettingsError
from hub.normalise.options import NormaliseOptions
from hub.normalise.zones import Zones
from tests.normalise.rig import NOW_US, Rig

HOUR_US = 3_600_000_000
HERE = NormaliseOptions(zone="Europe/Amsterdam", zones=(("far/#", "America/New_York"),))
"""At the rig's time, 14:26:40 UTC in December, clocks show 15:26:40 there and 09:26:40 far away."""


def times(rig: Rig, topic: str, document: dict[str, Any]) -> dict[str, int]:
    """How long ago the readings of a message were measured, by metric, in µs."""
    return {row.metric: NOW_US - row.time_us for row in rig.feed(topic, json.dumps(document))}


def test_a_local_time_is_read_in_its_zone_the_first_time_and_by_the_plan() -> None:
    rig = Rig(HERE)
    for minutes in (1, 3, 4):
        shown = f"2025-12-23 15:{26 - minutes}:40"
        assert times(rig, "here/a", {"time": shown, "t": 1}) == {"t": minutes * 60_000_000}
    assert rig.general == 1
    assert rig.catalogue.devices["here/a"].skew_us == -240_000_000
    assert times(rig, "far/a", {"time": "2025-12-23T09:26:40", "t": 1}) == {"t": 0}


def test_where_filters_overlap_the_first_counts() -> None:
    orders = (
        (("a/b/#", "Asia/Tokyo"), ("a/#", "Asia/Kathmandu")),
        (("a/#", "Asia/Kathmandu"), ("a/b/c", "Asia/Tokyo")),
    )
    assert [str(Zones("UTC", order).of("a/b/c")) for order in orders] == ["Asia/Tokyo", "Asia/Kathmandu"]
    assert [str(Zones("UTC", order).of("a/c")) for order in orders] == ["Asia/Kathmandu"] * 2


def test_without_a_zone_a_local_time_is_none() -> None:
    rig = Rig()
    for _ in range(2):
        assert times(rig, "here/a", {"time": "2025-12-23 13:00:00", "t": 1}) == {"t": 0}
    assert rig.general == 1
    assert rig.catalogue.devices["here/a"].skew_us is None


def test_a_local_time_ahead_of_the_hub_is_not_believed() -> None:
    rig = Rig(HERE)
    for _ in range(2):
        (row,) = rig.feed("here/a", '{"time": "2025-12-23 15:36:40", "t": 1}')
        assert (row.time_us, row.quality) == (NOW_US, "uncertain:clock")
    assert rig.catalogue.devices["here/a"].skew_us == 600_000_000


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"t": 1, "ts": 1_766_499_990, "in": {"time": "2025-12-23 15:26:00", "u": 2}}, {"t": 10, "in.u": 10}),
        ({"t": 1, "ts": "2025-12-23 15:26:30", "in": {"time": "2025-12-23 15:26:00", "u": 2}}, {"t": 10, "in.u": 40}),
        ({"t": 1, "ts": "2025-12-23 15:26:30", "in": {"time": 1_766_499_990, "u": 2}}, {"t": 10, "in.u": 10}),
        ({"t": 1, "in": {"time": "2025-12-23 15:26:00", "u": 2}}, {"t": 0, "in.u": 40}),
    ],
)
def test_an_absolute_time_is_more_telling_and_plans_say_the_same(
    document: dict[str, Any], expected: dict[str, int]
) -> None:
    rig = Rig(HERE)
    for _ in range(3):
        found = times(rig, "here/a", document)
        assert {metric: ago_us / 1_000_000 for metric, ago_us in found.items()} == expected


def test_a_trial_reads_local_times_like_the_hub() -> None:
    trial = Rig(HERE).normaliser.decode("far/a", b'{"time": "2025-12-23T09:26:00", "t": 1}')
    assert [NOW_US - reading.time_us for reading in trial.readings] == [40_000_000]


def test_local_times_of_ecosystems_are_read_too() -> None:
    rig = Rig(HERE)
    (row,) = rig.feed("tele/plug/SENSOR", '{"Time": "2025-12-23T15:26:00", "ENERGY": {"Power": 5}}')
    assert NOW_US - row.time_us == 40_000_000


def test_settings_that_name_no_zone_or_filter_say_so() -> None:
    with pytest.raises(SettingsError) as caught:
        Zones("Mars/Olympus", [("a/#/b", "Europe"), ("b/#", "../etc/passwd"), ("c/#", "Europe/Paris")])
    told = str(caught.value)
    assert "'Mars/Olympus'" in told
    assert "Europe/Amsterdam" in told
    assert "decoders.zones" in told
    assert "'Europe'" in told
    assert "'a/#/b'" in told
    assert "'../etc/passwd'" in told
    assert "Paris" not in told
    assert Zones().of("a") is None
