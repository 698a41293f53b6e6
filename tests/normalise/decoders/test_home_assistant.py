"""Home Assistant's discovery: section 6."""

from __future__ import annotations

import pytest

from hub.normalise.options import NormaliseOptions, SourceRule
from tests.normalise.decoders.home_assistant_house import DEVICE, discover, entry, read, values
from tests.normalise.rig import Rig, message

ABOUT = {
    "identifiers": ["plug-1"],
    "connections": [["mac", "02:5b:26:a8:dc:12"]],
    "manufacturer": "Acme",
    "model": "Plug",
    "model_id": "P1",
    "name": "Kettle",
    "suggested_area": "Kitchen",
    "sw_version": "1.2",
    "hw_version": "b",
    "serial_number": "007",
    "configuration_url": "http://192.0.2.1/",
}


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ({"ids": ["a", "b"]}, "homeassistant/a"),
        ({"identifiers": "a"}, "homeassistant/a"),
        ({"ids": [17]}, "homeassistant/17"),
        ({"ids": [], "cns": [["mac", "02:5b"]], "name": "n"}, "homeassistant/02:5b"),
        ({"connections": [["mac", "02:5b"], ["mac", "02:5c"]]}, "homeassistant/02:5b"),
        ({"name": "Kettle"}, "homeassistant/Kettle"),
        ({"ids": [""], "cns": [[]], "name": ""}, "homeassistant/plug"),
        ({}, "homeassistant/plug"),
        ("kettle", "homeassistant/plug"),
    ],
)
def test_the_device_is_the_first_that_its_description_names(device: object, expected: str) -> None:
    rig = Rig()
    discover(rig, "sensor/power", stat_t="plug/power", dev=device)
    assert [name for name, *_ in read(rig, "plug/power", "5")] == [expected]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("homeassistant/sensor/hall/state", ("homeassistant/hall", "state")),
        ("homeassistant/sensor/hall/lamp/state", ("homeassistant/hall/lamp", "state")),
        ("homeassistant/sensor/hall", ("homeassistant/hall", "value")),
        ("hall/Lamp/outsideTemp", ("homeassistant/hall/Lamp", "outside_temp")),
        ("hall", ("homeassistant/hall", "value")),
    ],
)
def test_without_a_description_the_topic_names_device_and_metric(topic: str, expected: tuple[str, str]) -> None:
    rig = Rig()
    discover(rig, "sensor/x", state_topic=topic)
    assert [row[:2] for row in read(rig, topic, "5")] == [expected]


def test_what_is_known_of_a_device_is_told_with_its_first_value_and_not_before() -> None:
    rig = Rig()
    discover(rig, "sensor/power", stat_t="plug/power", dev=ABOUT, o={"name": "plug2mqtt"})
    assert rig.catalogue.devices == {}
    read(rig, "plug/power", "nan")
    assert rig.catalogue.devices == {}
    read(rig, "plug/power", "5")
    device = rig.catalogue.devices["homeassistant/plug-1"]
    assert (device.name, device.place, device.model) == ("Kettle", "Kitchen", "Acme Plug")
    assert device.info == {
        "firmware": "1.2",
        "hardware": "b",
        "serial_number": "007",
        "model_id": "P1",
        "url": "http://192.0.2.1/",
        "mac": "02:5b:26:a8:dc:12",
        "discovered_by": "plug2mqtt",
    }


def test_a_changed_description_is_told_with_the_last_value() -> None:
    rig = Rig()
    for name in ("Kettle", "Teapot"):
        rig.batch(entry("sensor/power", {"stat_t": "plug/power", "dev": {**DEVICE, "name": name}}))
        read(rig, "plug/power", "5")
        assert rig.catalogue.devices["homeassistant/plug-1"].name == name


def test_a_value_of_one_topic_is_called_like_the_entry_and_planned() -> None:
    rig = Rig()
    discover(rig, "sensor/node/outsideTemp", stat_t="a/b", unit_of_meas="C", dev_cla="temperature", dev=DEVICE)
    for value in (21, 22, 23):
        assert read(rig, "a/b", str(value)) == [("homeassistant/plug-1", "outside_temp", value, "°C")]
    assert rig.general == 2  # the entry and the first value
    assert rig.series("homeassistant/plug-1", "outside_temp").kind == "temperature"


def test_all_keys_of_a_document_are_read_with_the_units_of_their_paths_and_planned() -> None:
    rig = Rig()
    discover(rig, "sensor/a", stat_t="m/s", val_tpl="{{ value_json.power.now }}", unit_of_meas="W", dev=DEVICE)
    discover(
        rig, "sensor/b", stat_t="m/s", val_tpl='{{value_json["cell"][1]|is_defined}}', unit_of_meas="V", dev=DEVICE
    )
    for value in (1, 2, 3):
        assert read(rig, "m/s", {"power": {"now": value, "max": 9}, "cell": [3, value], "mode": "auto"}) == [
            ("homeassistant/plug-1", "power.now", value, "W"),
            ("homeassistant/plug-1", "power.max", 9, None),
            ("homeassistant/plug-1", "cell.0", 3, None),
            ("homeassistant/plug-1", "cell.1", value, "V"),
            ("homeassistant/plug-1", "mode", "auto", None),
        ]
    assert rig.general == 3


def test_devices_that_share_a_document_have_what_their_templates_read() -> None:
    rig = Rig()
    discover(rig, "sensor/a", stat_t="gw/all", val_tpl="{{ value_json.a.t }}", dev={"ids": "dev-a"})
    discover(rig, "sensor/b", stat_t="gw/all", val_tpl="{{ value_json.b.t }}", dev={"ids": "dev-b"})
    assert [row[:2] for row in read(rig, "gw/all", {"a": {"t": 1}, "b": {"t": 2}, "uptime": 3})] == [
        ("homeassistant/dev-a", "a.t"),
        ("homeassistant/dev-b", "b.t"),
        ("homeassistant/dev-a", "uptime"),
    ]


def test_the_unit_of_discovery_counts_before_that_of_the_message() -> None:
    rig = Rig()
    discover(rig, "sensor/a", stat_t="m/s", val_tpl="{{ value_json.t.value }}", unit_of_meas="°F", dev=DEVICE)
    discover(rig, "sensor/b", stat_t="m/t", unit_of_meas="kW", dev=DEVICE)
    assert read(rig, "m/s", {"t": {"value": 70, "unit": "C"}}) == [("homeassistant/plug-1", "t", 70, "°F")]
    assert read(rig, "m/t", "5 W") == [("homeassistant/plug-1", "b", 5, "kW")]


def test_times_in_a_document_hold_for_what_templates_make_of_it_too() -> None:
    rig = Rig()
    discover(rig, "sensor/a", stat_t="m/s", val_tpl="{{ value_json.t / 10 }}", dev=DEVICE)
    rows = rig.feed("m/s", '{"ts": 1766499000, "t": 215, "h": 5}')
    assert [(row.metric, row.value, row.time_us) for row in rows] == [
        ("h", 5, 1_766_499_000_000_000),
        ("t", 21.5, 1_766_499_000_000_000),
    ]


def test_two_topics_of_one_device_that_have_a_key_in_common_do_not_share_its_series() -> None:
    rig = Rig()
    discover(rig, "light/left", stat_t="l/1", schema="json", dev=DEVICE)
    assert values(rig, "l/1", {"state": "ON", "brightness": 3}) == {"state": True, "brightness": 3}
    rig.batch(entry("light/right", {"stat_t": "l/2", "schema": "json", "dev": DEVICE}))
    assert values(rig, "l/1", {"state": "ON", "brightness": 3}) == {"left.state": True, "left.brightness": 3}
    assert values(rig, "l/2", {"state": "OFF"}) == {"right.state": False}
    gone = rig.normaliser.mistaken()
    assert gone is not None
    assert {series.metric for series in gone.removed_series} == {"state", "brightness"}
    rig.batch(entry("light/left", None))
    assert values(rig, "l/2", {"state": "OFF"}) == {"state": False}


def test_the_components_of_a_device_share_what_they_do_not_have_themselves() -> None:
    rig = Rig()
    components = {
        "pwr": {"p": "sensor", "val_tpl": "{{ value_json.p }}", "unit_of_meas": "W"},
        "rly": {"platform": "switch", "stat_t": "~/relay"},
        "rmt": {"p": "switch", "~": "other", "stat_t": "~/relay"},
        "old": {"p": "sensor"},
        "odd": {"p": "toaster", "stat_t": "~/toast"},
        "not": [],
    }
    discover(rig, "device/plug", **{"~": "base", "dev": DEVICE, "o": {"name": "x"}, "cmps": components}, stat_t="st/~")
    assert read(rig, "st/base", {"p": 5}) == [("homeassistant/plug-1", "p", 5, "W")]
    assert values(rig, "base/relay", "ON") == {"rly": True}
    assert values(rig, "other/relay", "OFF") == {"rmt": False}
    assert [row[0] for row in read(rig, "base/toast", "5")] == ["base"]


def test_a_topic_of_another_ecosystem_keeps_its_names_and_gets_units_and_kinds() -> None:
    rig = Rig()
    discover(
        rig, "sensor/p", stat_t="tele/p/SENSOR", val_tpl="{{value_json['ENERGY'].Power}}", unit_of_meas="kW", dev=DEVICE
    )
    discover(
        rig, "sensor/m", stat_t="zigbee2mqtt/m", val_tpl="{{ value_json.moving / 2 }}", unit_of_meas="m", dev=DEVICE
    )
    discover(rig, "sensor/e", stat_t="n/sensor/e/state", unit_of_meas="kWh", dev_cla="energy", dev=DEVICE)
    discover(rig, "light/l", stat_t="n/light/l/state", val_tpl="{{ value_json.color.r }}", unit_of_meas="%", dev=DEVICE)
    assert read(rig, "tele/p/SENSOR", {"ENERGY": {"Power": 3, "Voltage": 2}}) == [
        ("tasmota/p", "energy.power", 3, "kW"),
        ("tasmota/p", "energy.voltage", 2, "V"),
    ]
    assert read(rig, "zigbee2mqtt/m", {"moving": 4}) == [("zigbee2mqtt/m", "moving", 4, None)]
    for value in (1, 2):
        assert read(rig, "n/sensor/e/state", str(value)) == [("esphome/n", "e", value, "kWh")]
    assert rig.series("esphome/n", "e").kind == "energy"
    assert read(rig, "n/light/l/state", {"color": {"r": 5}}) == [("esphome/n", "l.color.r", 5, "%")]


def test_a_unit_holds_where_a_template_only_rounds_the_value() -> None:
    rig = Rig()
    members = {"val_tpl": "{{ value_json.flow | round(1) }}", "unit_of_meas": "L/h"}
    discover(rig, "sensor/f", stat_t="zigbee2mqtt/d", **members)
    assert read(rig, "zigbee2mqtt/d", {"flow": 3.14}) == [("zigbee2mqtt/d", "flow", 3.14, "L/h")]


def test_a_unit_finds_its_metric_where_the_ecosystem_leaves_out_what_is_around_a_key() -> None:
    rig = Rig()
    topic = "application/1/device/0011223344556677/event/up"
    discover(rig, "sensor/m", stat_t=topic, val_tpl="{{ value_json.object.moist }}", unit_of_meas="%")
    discover(rig, "sensor/r", stat_t=topic, val_tpl="{{ value_json.rxInfo[0].snr }}", unit_of_meas="dB/2")
    payload = {"object": {"moist": 4, "snr": 1}, "rxInfo": [{"rssi": -60, "snr": 5}]}
    device = "chirpstack/1/0011223344556677"
    assert read(rig, topic, payload) == [
        (device, "moist", 4, "%"),
        (device, "snr", 1, None),
        (device, "link.rssi", -60, "dBm"),
        (device, "link.snr", 5, "dB"),
    ]


def test_a_unit_of_an_object_that_is_one_value_is_found_by_its_value() -> None:
    rig = Rig()
    template = "{{ value_json.meter.power.value }}"
    for name, topic in (("own", "m/own"), ("glow", "glow/AABB/SENSOR/x")):
        discover(rig, f"sensor/{name}", stat_t=topic, val_tpl=template, unit_of_meas="W", dev={"ids": name})
        payload = {"meter": {"timestamp": "2022-06-11T20:38:00Z", "power": {"value": 0.5, "units": "kW"}}}
        assert [row[1:] for row in read(rig, topic, payload)] == [("meter.power", 0.5, "W")]


def test_a_boolean_of_another_ecosystem_stays_as_it_was_sent_and_words_mean_what_discovery_says() -> None:
    rig = Rig()
    contact = {"val_tpl": "{{ value_json.contact }}", "pl_on": False, "pl_off": True, "dev_cla": "door"}
    discover(rig, "binary_sensor/c", stat_t="zigbee2mqtt/d", dev=DEVICE, **contact)
    lid = {"val_tpl": "{{ value_json.lid }}", "pl_on": "ajar", "pl_off": "shut", "dev_cla": "opening"}
    discover(rig, "binary_sensor/l", stat_t="zigbee2mqtt/d", dev=DEVICE, **lid)
    level = {"val_tpl": "{{ value_json.level }}", "pl_on": 1, "pl_off": 0}
    discover(rig, "binary_sensor/n", stat_t="zigbee2mqtt/d", dev=DEVICE, **level)
    for is_open in (True, False, True):
        payload = {"contact": not is_open, "lid": "ajar" if is_open else "shut", "level": int(is_open)}
        assert values(rig, "zigbee2mqtt/d", payload) == {"contact": not is_open, "lid": is_open, "level": is_open}
    assert rig.series("zigbee2mqtt/d", "contact").kind is None  # true means that the door is closed
    assert rig.series("zigbee2mqtt/d", "lid").kind == "opening"


@pytest.mark.parametrize(
    "members",
    [
        {"cmd_t": "~/x"},
        {"bri_cmd_t": "~/x", "stat_t": "~/y"},
        {"set_position_topic": "~/x"},
        {"set_fan_spd_t": "x/~"},
    ],
)
def test_topics_of_commands_tell_nothing(members: dict[str, str]) -> None:
    rig = Rig()
    discover(rig, "cover/c", **{"~": "b" if "set_fan_spd_t" not in members else "x"}, **members, dev=DEVICE)
    topic = "b/x" if "set_fan_spd_t" not in members else "x/x"
    assert read(rig, topic, "5") == []
    assert rig.rejected == {}


@pytest.mark.parametrize(
    ("component", "members"),
    [("camera", {"t": "cam/x"}), ("image", {"img_t": "cam/x"}), ("image", {"url_topic": "cam/x"})],
)
def test_pictures_tell_nothing_and_are_no_error(component: str, members: dict[str, str]) -> None:
    rig = Rig()
    discover(rig, f"{component}/c", **members, dev=DEVICE)
    assert rig.feed("cam/x", b"\xff\xd8\xff\xe0") == []
    assert rig.rejected == {}


def test_triggers_are_one_reading_that_is_called_like_their_topic() -> None:
    rig = Rig()
    for press in ("single", "double"):
        trigger = {
            "atype": "trigger",
            "type": "press",
            "stype": press,
            "pl": press,
            "t": "remote/action",
            "dev": DEVICE,
        }
        discover(rig, f"device_automation/remote/{press}", **trigger)
    assert read(rig, "remote/action", "double") == [("homeassistant/plug-1", "action", "double", None)]


@pytest.mark.parametrize(
    "topic",
    [
        "homeassistant/sensor/config",
        "homeassistant/sensor/a/b/c/config",
        "homeassistant/sensor/a/state",
        "other/sensor/a/config",
    ],
)
def test_a_topic_that_has_not_the_levels_of_an_entry_is_none(topic: str) -> None:
    rig = Rig()
    rig.feed(topic, '{"stat_t": "a/b", "dev": {"ids": "x"}}')
    assert [row[0] for row in read(rig, "a/b", "5")] == ["a"]


@pytest.mark.parametrize("topic", ["homeassistant/toaster/a/config", "homeassistant/device/a/config"])
def test_an_entry_of_an_unknown_component_is_no_reading(topic: str) -> None:
    rig = Rig()
    assert rig.feed(topic, '{"stat_t": "a/b", "cmps": {"x": 5}}') == []
    assert [row[0] for row in read(rig, "a/b", "5")] == ["a"]


def test_an_entry_that_is_no_object_is_told() -> None:
    rig = Rig()
    for payload in ("[1]", "on", '{"a": '):
        assert rig.feed("homeassistant/sensor/a/config", payload) == []
    assert rig.rejected == {"unexpected_shape": 2, "broken_json": 1}


def test_a_topic_that_is_given_to_discovery_is_no_other_ecosystems() -> None:
    rig = Rig(options=NormaliseOptions(forced=(("tele/plug/#", "homeassistant"),)))
    members = {
        "stat_t": "tele/plug/SENSOR",
        "val_tpl": "{{ value_json.T }}",
        "unit_of_meas": "°C",
        "avty_t": "plug/lwt",
    }
    discover(rig, "sensor/t", **members, dev=DEVICE)
    assert read(rig, "tele/plug/SENSOR", {"T": 5}) == [("homeassistant/plug-1", "t", 5, "°C")]
    assert [one.device.id for one in rig.batch(message("plug/lwt", "online")).statuses] == ["homeassistant/plug-1"]
    assert [row[0] for row in read(rig, "tele/plug/STATE", {"T": 5})] == ["tele/plug"]


def test_several_prefixes_can_be_chosen_and_esphome_leaves_them_alone() -> None:
    rig = Rig(options=NormaliseOptions(bases={"homeassistant": ("ha/found", "homeassistant")}))
    rig.batch(entry("sensor/t", {"stat_t": "ha/found/sensor/t/state", "unit_of_meas": "W"}, "ha/found"))
    discover(rig, "sensor/t", stat_t="a/b", dev=DEVICE)
    assert read(rig, "ha/found/sensor/t/state", "5") == [("homeassistant/t", "state", 5, "W")]
    assert read(rig, "a/b", "5") == [("homeassistant/plug-1", "t", 5, None)]


def test_switched_off_entries_explain_nothing() -> None:
    rig = Rig(options=NormaliseOptions(off=frozenset({"homeassistant"})))
    rig.batch(entry("sensor/t", {"stat_t": "a/b", "dev": DEVICE}))
    assert [row[0] for row in read(rig, "a/b", "5")] == ["a"]


def test_what_the_configuration_says_of_a_topic_counts_before_discovery() -> None:
    rule = SourceRule("rule/{name}", device="{name}")
    rig = Rig(options=NormaliseOptions(forced=(("forced/#", "json"),), sources=(rule,)))
    for topic in ("forced/x", "rule/x"):
        rig.batch(entry(f"sensor/{topic[:4]}", {"stat_t": topic, "unit_of_meas": "W", "dev": DEVICE}))
    assert read(rig, "forced/x", "5") == [("forced", "x", 5, None)]
    assert [row[0] for row in read(rig, "rule/x", {"a": 5})] == ["x"]
