"""Shelly of all generations: section 5."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Status
from hub.normalise.decoders import shelly, shelly_gen1
from hub.normalise.options import NormaliseOptions
from tests.normalise.rig import Rig, message


def statuses(rig: Rig, topic: str, payload: str | bytes) -> list[tuple[str, Status | None]]:
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload, retain=True)).statuses]


@pytest.mark.parametrize(
    ("path", "payload", "metric", "value", "unit"),
    [
        ("relay/1", "on", "relay.1", True, None),
        ("relay/0", "overpower", "relay.0", "overpower", None),
        ("relay/1/power", "12.50", "relay.1.power", 12.5, "W"),
        ("light/0/power", "4.2", "light.0.power", 4.2, "W"),
        ("light/0/energy", "99", "light.0.energy", 99, "W·min"),
        ("roller/0/energy", "99", "roller.0.energy", 99, "W·min"),
        ("roller/0", "close", "roller.0", "close", None),
        ("emeter/2/current", "0.5", "emeter.2.current", 0.5, "A"),
        ("emeter/0/reactive_power", "-3", "emeter.0.reactive_power", -3, "var"),
        ("emeter/0/total", "12.1", "emeter.0.total", 12.1, "Wh"),
        ("emeter/0/total_returned", "0.0", "emeter.0.total_returned", 0.0, "Wh"),
        ("emeter/0/returned_energy", "7", "emeter.0.returned_energy", 7, "W·min"),
        ("temperature_f", "100.4", "temperature_f", 100.4, "°F"),
        ("ext_temperature/0", "21.9", "ext_temperature.0", 21.9, "°C"),
        ("sensor/battery", "88", "sensor.battery", 88, "%"),
        ("sensor/lux", "310", "sensor.lux", 310, "lx"),
        ("sensor/flood", "true", "sensor.flood", True, None),
        ("sensor/state", "open", "sensor.state", "open", None),
        ("sensor/temperature", "70.5", "sensor.temperature", 70.5, None),
        ("overtemperature", "0", "overtemperature", 0, None),
        ("longpush/0", "1", "longpush.0", 1, None),
    ],
)
def test_gen1_topics_are_metrics_with_the_units_of_their_documentation(
    path: str, payload: str, metric: str, value: object, unit: str | None
) -> None:
    rig = Rig()
    for _ in range(3):
        rows = rig.feed(f"shellies/garden/{path}", payload)
        assert [(row.device, row.metric, row.value, row.unit) for row in rows] == [
            ("shelly/garden", metric, value, unit)
        ]
    assert rig.general == 1


def test_gen1_documents_are_flattened_under_their_path_and_planned() -> None:
    rig = Rig()
    document = {"ison": True, "mode": "color", "gain": 40, "power": 5.5, "timestamp": 1_700_000_000}
    for _ in range(3):
        assert rig.values("shellies/strip/color/0/status", json.dumps(document)) == {
            "color.0.status.ison": True,
            "color.0.status.mode": "color",
            "color.0.status.gain": 40,
            "color.0.status.power": 5.5,
            "color.0.status.timestamp": 1_700_000_000,
        }
    assert rig.general == 1
    assert rig.values("shellies/ht/sensor/act_reasons", '["battery", "button"]') == {
        "sensor.act_reasons.0": "battery",
        "sensor.act_reasons.1": "button",
    }
    rows = rig.feed("shellies/uni/ext_temperatures", '{"0": {"hwID": "28aa", "tC": 23.5, "tF": 74.3}}')
    assert [(row.metric, row.unit) for row in rows if not isinstance(row.value, str)] == [
        ("ext_temperatures.0.t_c", "°C"),
        ("ext_temperatures.0.t_f", "°F"),
    ]


@pytest.mark.parametrize(
    "topic",
    [
        "shellies/command",
        "shellies/dimmer/command",
        "shellies/dimmer/info",
        "shellies/dimmer/light/0/set",
        "shellies/dimmer/roller/0/command/pos",
        "shellyplus1-a8032abe54dc/rpc",
        "shellyplus1-a8032abe54dc/command",
        "shellyplus1-a8032abe54dc/debug/log",
        "attic/fan/command/switch:0",
    ],
)
def test_commands_requests_logs_and_what_repeats_other_topics_tell_nothing(topic: str) -> None:
    rig = Rig()
    assert not rig.batch(message(topic, '{"id": 1, "power": 5}'), message(topic, "on"))
    assert rig.rejected == {}


def test_gen1_says_whether_it_is_there() -> None:
    rig = Rig()
    assert statuses(rig, "shellies/plug/online", "true") == [("shelly/plug", Status.ONLINE)]
    assert statuses(rig, "shellies/plug/online", "false") == [("shelly/plug", Status.OFFLINE)]
    assert statuses(rig, "shellies/plug/online", "maybe") == []


def test_an_announcement_describes_its_device() -> None:
    rig = Rig()
    announcement = {"id": "plug", "model": "SHPLG-S", "mac": "AABBCC", "ip": "10.0.0.5", "fw_ver": "v1.14"}
    assert rig.feed("shellies/announce", json.dumps(announcement)) == []
    device = rig.catalogue.devices["shelly/plug"]
    assert device.model == "Shelly SHPLG-S"
    assert device.info == {"mac": "AABBCC", "ip": "10.0.0.5", "fw_ver": "v1.14"}
    for odd in ("5", "[]", "{}", '{"id": 5}', '{"id": "//"}'):
        assert rig.feed("shellies/announce", odd) == []
    assert rig.rejected == {"unexpected_shape": 5}


@pytest.mark.parametrize("own", ["shellies/announce", "shellies/house/cellar/announce"])
def test_an_id_with_slashes_counts_for_topics_before_and_after_its_announcement(own: str) -> None:
    rig = Rig()
    rig.feed("shellies/house/cellar/relay/0/power", "10")
    batch = rig.batch(message(own, '{"id": "house/cellar", "model": "SHSW-PM"}'))
    assert [(row.device, row.metric, row.value) for row in rig.rows(batch)] == [
        ("shelly/house/cellar", "relay.0.power", 10)
    ]
    for _ in range(2):
        (row,) = rig.feed("shellies/house/cellar/relay/0/power", "11")
        assert (row.device, row.metric, row.unit) == ("shelly/house/cellar", "relay.0.power", "W")
    assert statuses(rig, "shellies/house/cellar/online", "true") == [("shelly/house/cellar", Status.ONLINE)]
    (row,) = rig.feed("shellies/house/attic", "1")
    assert (row.device, row.metric) == ("shelly/house", "attic")
    rig.feed("shellies/announce", '{"id": "house/cellar/left"}')
    (row,) = rig.feed("shellies/house/cellar/left/relay/0", "on")
    assert (row.device, row.metric) == ("shelly/house/cellar/left", "relay.0")


def test_a_retained_online_tells_an_id_with_slashes_where_announcements_are_long_gone() -> None:
    rig = Rig()
    rig.feed("shellies/house/cellar/relay/0", "on")
    batch = rig.batch(message("shellies/house/cellar/online", "true", retain=True))
    assert [(change.device.id, change.status) for change in batch.statuses] == [("shelly/house/cellar", Status.ONLINE)]
    assert [(row.device, row.metric) for row in rig.rows(batch)] == [("shelly/house/cellar", "relay.0")]


def test_a_trial_announces_nothing() -> None:
    rig = Rig()
    rig.normaliser.decode("shellies/announce", b'{"id": "a/b"}')
    rig.normaliser.decode("shellies/a/b/online", b"true")
    rig.normaliser.decode("den/status/switch:0", b'{"output": true}')
    (row,) = rig.feed("shellies/a/b/relay/0", "on")
    assert (row.device, row.metric) == ("shelly/a", "b.relay.0")
    assert statuses(rig, "den/online", "true") == [("den", Status.ONLINE)]


def test_ids_prefixes_and_waiting_topics_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelly_gen1, "MAX_ANNOUNCED", 1)
    monkeypatch.setattr(shelly_gen1, "MAX_WAITING", 2)
    monkeypatch.setattr(shelly, "MAX_PREFIXES", 1)
    decoder = shelly.Shelly()
    rig = Rig(decoders=[decoder])
    for number in range(4):
        rig.feed(f"shellies/x/y/relay/{number}", "on")
    assert len(rig.rows(rig.batch(message("shellies/announce", '{"id": "x/y"}')))) == 2
    rig.feed("shellies/announce", '{"id": "z/y"}')
    rig.feed("one/status/sys", '{"uptime": 1}')
    rig.feed("two/status/sys", '{"uptime": 1}')
    assert rig.rejected == {"limit": 2}
    assert decoder.kept == 2


def test_answers_are_recognised_on_the_topic_of_whoever_asked_and_nothing_else_is() -> None:
    rig = Rig()
    answer = {"id": 7, "src": "shellyplus1-1", "dst": "panel", "result": {"was_on": True}}
    assert rig.feed("panel/rpc", json.dumps(answer)) == []
    assert rig.feed("panel/rpc", '{"id": 7, "src": "panel", "method": "Switch.Set", "params": {"id": 0}}') == []
    rows = rig.feed("panel/rpc", '{"src": "x", "load": 5}')
    assert [(row.device, row.metric, row.value) for row in rows] == [
        ("panel/rpc", "src", "x"),
        ("panel/rpc", "load", 5),
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "device"),
    [
        ("house/status/temperature", "21", "house/status"),
        ("house/status/wifi", "good", "house/status"),
        ("house/status/door", '{"open": true}', "house/status/door"),
        ("house/online", "true", "house"),
        ("shellies/lonely", "1", "shellies"),
    ],
)
def test_topics_that_only_look_a_little_like_a_shellys_are_plain_ones(topic: str, payload: str, device: str) -> None:
    rig = Rig()
    rig.feed(topic, payload)
    assert list(rig.catalogue.devices) == [device]


def test_switched_off_its_topics_are_generic() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"shelly"})))
    (row,) = rig.feed("shellies/plug/relay/0/power", "5")
    assert (row.device, row.metric, row.unit) == ("shellies/plug/relay/0", "power", None)


def test_other_base_topics_have_their_own_devices() -> None:
    rig = Rig(options=NormaliseOptions(bases={"shelly": ("shellies", "cabin/shellies")}))
    assert [row.device for row in rig.feed("shellies/plug/relay/0", "on")] == ["shelly/plug"]
    assert [row.device for row in rig.feed("cabin/shellies/plug/relay/0", "on")] == ["shelly/cabin/shellies/plug"]
    rig.feed("cabin/shellies/announce", '{"id": "a/b"}')
    assert [row.device for row in rig.feed("shellies/a/b/relay/0", "on")] == ["shelly/a"]
    assert [row.device for row in rig.feed("cabin/shellies/a/b/relay/0", "on")] == ["shelly/cabin/shellies/a/b"]


TOPICS = (
    "shellies/announce",
    "shellies/a/announce",
    "shellies/a/online",
    "shellies/a/b/c",
    "p/status/sys",
    "p/status/switch:0",
    "p/events/rpc",
    "p/online",
    "p/announce",
    "p/rpc",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "src",
                    "method",
                    "params",
                    "ts",
                    "events",
                    "component",
                    "event",
                    "sys",
                    "a:0",
                    "",
                    "value",
                    "unit",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
NOTIFICATIONS = st.builds(
    lambda method, params: {"src": "x", "method": method, "params": params},
    st.sampled_from(["NotifyStatus", "NotifyFullStatus", "NotifyEvent"]),
    JSON,
)


@settings(deadline=None, max_examples=200)
@given(
    fed=st.lists(
        st.tuples(
            st.sampled_from(TOPICS),
            st.binary(max_size=30) | (JSON | NOTIFICATIONS).map(lambda x: json.dumps(x).encode()),
        ),
        max_size=8,
    )
)
def test_whatever_is_sent_no_decoder_fails(fed: list[tuple[str, bytes]]) -> None:
    rig = Rig()
    for topic, payload in fed:
        rig.batch(message(topic, payload), message(topic, payload))
    assert "decoder_fault" not in rig.rejected
