"""OwnTracks: section 13."""

from __future__ import annotations

import json

import pytest

from hub.core.model import Status
from tests.normalise.rig import Rig, message

TIME_S = 1_766_499_000
TOPIC = "owntracks/amy/phone"


def test_a_location_has_the_time_of_its_fix() -> None:
    rig = Rig()
    document = {"_type": "location", "lat": 1.5, "acc": 12, "p": 101.3, "vac": 3, "tst": TIME_S, "inregions": ["home"]}
    for _ in range(3):
        rows = rig.feed(TOPIC, json.dumps(document))
        assert [(row.device, row.metric, row.value, row.unit) for row in rows] == [
            (TOPIC, "lat", 1.5, "°"),
            (TOPIC, "acc", 12, "m"),
            (TOPIC, "p", 101.3, "kPa"),
            (TOPIC, "vac", 3, "m"),
            (TOPIC, "inregions.0", "home", None),
        ]
        assert {row.time_us for row in rows} == {TIME_S * 1_000_000}
    assert rig.general == 1


def test_a_will_among_locations_is_seen() -> None:
    rig = Rig()
    rig.feed(TOPIC, json.dumps({"_type": "location", "lat": 1.5, "tst": TIME_S}))
    batch = rig.batch(message(TOPIC, json.dumps({"_type": "lwt", "tst": TIME_S})))
    assert [(change.device.id, change.status) for change in batch.statuses] == [(TOPIC, Status.OFFLINE)]
    assert batch.readings == []


def test_steps_are_read_unless_they_are_not_counted() -> None:
    rig = Rig()
    for steps, expected in ((120, {"steps": 120}), (-1, {}), (130, {"steps": 130})):
        document = {"_type": "steps", "steps": steps, "from": 1, "to": 2, "tst": TIME_S}
        assert rig.values(f"{TOPIC}/step", json.dumps(document)) == expected


def test_steps_of_a_location_are_a_value_like_any_other() -> None:
    rig = Rig()
    for steps in (5, -1, -1):
        document = {"_type": "location", "lat": 1.5, "steps": steps}
        assert rig.values(TOPIC, json.dumps(document)) == {"lat": 1.5, "steps": steps}


@pytest.mark.parametrize(
    "kind", ["waypoint", "waypoints", "cmd", "card", "configuration", "dump", "status", "beacon", "encrypted", 5]
)
def test_what_is_no_position_tells_nothing(kind: object) -> None:
    rig = Rig()
    assert rig.feed(f"{TOPIC}/info", json.dumps({"_type": kind, "lat": 1, "name": "Amy"})) == []
    assert rig.rejected == {}


def test_a_card_names_its_device() -> None:
    rig = Rig()
    rig.feed(f"{TOPIC}/info", '{"_type": "card", "name": "Amy"}')
    assert rig.catalogue.devices[TOPIC].name == "Amy"
    assert rig.feed(TOPIC, "[1]") == []
    assert rig.rejected == {"unexpected_shape": 1}
