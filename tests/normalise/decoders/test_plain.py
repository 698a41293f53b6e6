"""Topics with one value or word a message: G9."""

from __future__ import annotations

import pytest

from hub.core.model import Status
from tests.normalise.rig import NOW_US, Rig, message


def said(topic: str, payload: str, *, retain: bool = False) -> list[tuple[str, Status, str]]:
    rig = Rig()
    batch = rig.batch(message(topic, payload, retain=retain))
    assert batch.readings == []
    return [
        (change.device.id, change.status or Status.UNKNOWN, change.reason) for change in batch.statuses if change.said
    ]


@pytest.mark.parametrize(
    ("topic", "device", "metric"),
    [
        ("a/b/c", "a/b", "c"),
        ("thing", "thing", "value"),
        ("/a/b", "/a", "b"),
        ("/a", "/a", "value"),
        ("a/", "a", "value"),
        ("/", "/", "value"),
        ("Living Room/Sensor A/AirTemp", "Living Room/Sensor A", "air_temp"),
        ("a/°", "a", "value"),
        ("$SYS/broker/uptime", "$SYS/broker", "uptime"),
    ],
)
def test_the_topic_names_device_and_metric(topic: str, device: str, metric: str) -> None:
    assert [(row.device, row.metric) for row in Rig().feed(topic, "1")] == [(device, metric)]


@pytest.mark.parametrize(
    ("payload", "value", "unit"),
    [
        ("21.5 °C", 21.5, "°C"),
        ("53%", 53, "%"),
        ("-3 dBm", -3, "dBm"),
        ("5 seconds", 5, "s"),
        ("12 parsec", "12 parsec", None),
        ("1,2,3", "1,2,3", None),
        ('"on"', True, None),
        ("true", True, None),
        ("007", "007", None),
        ("007 W", "007 W", None),
    ],
)
def test_a_text_is_a_number_a_number_with_a_unit_or_a_word(payload: str, value: object, unit: str | None) -> None:
    assert [(row.value, row.unit) for row in Rig().feed("a/b", payload)] == [(value, unit)]


def test_an_identifier_is_never_a_number_with_a_unit() -> None:
    assert Rig().values("a/serial", "12 V") == {"serial": "12 V"}


def test_an_epoch_before_a_number_is_its_time() -> None:
    rows = Rig().feed("a/t", "1766499000 21.5")
    assert [(row.value, row.time_us) for row in rows] == [(21.5, 1_766_499_000_000_000)]


@pytest.mark.parametrize("payload", ["12 21.5", "123456789012 5", "1766499000  21.5", "99999999999 5", "1766499000 x"])
def test_anything_else_before_a_number_is_text(payload: str) -> None:
    rows = Rig().feed("a/t", payload)
    assert [(row.value, row.time_us) for row in rows] == [(payload, NOW_US)]


@pytest.mark.parametrize(
    "level", ["status", "availability", "Available", "online", "LWT", "connected", "connection", "state"]
)
def test_a_status_word_under_a_status_level_is_said_of_the_device(level: str) -> None:
    assert said(f"home/pump/{level}", "Online") == [("home/pump", Status.ONLINE, "availability")]
    assert said(f"home/pump/{level}", "connection lost") == [("home/pump", Status.OFFLINE, "availability")]
    assert said(f"home/pump/{level}", '"ready"') == [("home/pump", Status.ONLINE, "availability")]


@pytest.mark.parametrize("word", ["online", "connected", "available", "alive", "up", "ready"])
def test_words_for_online(word: str) -> None:
    assert said("a/status", word) == [("a", Status.ONLINE, "availability")]


@pytest.mark.parametrize("word", ["offline", "disconnected", "unavailable", "lost", "dead", "down"])
def test_words_for_offline(word: str) -> None:
    assert said("a/status", word) == [("a", Status.OFFLINE, "availability")]


def test_yes_and_no_are_status_words_under_some_levels_only() -> None:
    assert said("a/connected", "1") == [("a", Status.ONLINE, "availability")]
    assert said("a/lwt", "false") == [("a", Status.OFFLINE, "availability")]
    assert Rig().values("a/status", "1") == {"status": 1}
    assert Rig().values("a/state", "true") == {"state": True}


def test_a_status_word_elsewhere_is_a_value() -> None:
    assert Rig().values("a/mood", "online") == {"mood": True}
    assert Rig().values("a/lift", "down") == {"lift": "down"}


def test_a_status_in_an_object_counts_like_the_word() -> None:
    assert said("a/availability", '{"state": "online"}') == [("a", Status.ONLINE, "availability")]
    assert said("a/state", '{"state":"Offline"}') == [("a", Status.OFFLINE, "availability")]


def test_what_stands_beside_a_status_in_an_object_is_read() -> None:
    rig = Rig()
    batch = rig.batch(message("a/status", '{"state": "online", "rssi": -60}'))
    assert [change.status for change in batch.statuses] == [Status.ONLINE]
    assert [(row.device, row.metric, row.value) for row in rig.rows(batch)] == [("a", "rssi", -60)]


def test_a_state_in_an_object_elsewhere_is_a_value() -> None:
    assert Rig().values("a/light", '{"state": "online"}') == {"state": True}
    assert Rig().values("a/state", '{"state": "ON"}') == {"state": True}


def test_a_retained_status_is_used_as_it_is() -> None:
    assert said("a/lwt", "Offline", retain=True) == [("a", Status.OFFLINE, "availability")]


def test_a_status_is_said_again_each_time() -> None:
    rig = Rig()
    for _ in range(3):
        assert len(rig.batch(message("a/status", "online")).statuses) == 1


def test_an_empty_payload_tells_nothing() -> None:
    rig = Rig()
    assert rig.feed("a/b", "", retain=True) == []
    assert rig.feed("a/b", "  ") == []
    assert rig.rejected == {}
