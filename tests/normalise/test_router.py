"""Who reads a topic, and what its devices are called: G0, options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import SettingsError
from hub.core.meters import Meters
from hub.core.raw import RawMessage
from hub.normalise.decoders.protocol import Topic
from hub.normalise.naming import Naming
from hub.normalise.options import NormaliseOptions, SourceRule
from hub.normalise.router import Router
from tests.normalise.rig import Rig


def devices(options: NormaliseOptions, topic: str, payload: str = '{"t": 1}') -> list[str]:
    return [row.device for row in Rig(options).feed(topic, payload)]


def test_devices_of_an_ecosystem_lie_under_its_prefix() -> None:
    assert devices(NormaliseOptions(), "v1/devices/me/telemetry") == ["thingsboard/me"]


def test_a_prefix_can_be_moved_and_be_empty() -> None:
    topic = "v1/devices/me/telemetry"
    assert devices(NormaliseOptions(prefixes={"thingsboard": "site/tb/"}), topic) == ["site/tb/me"]
    assert devices(NormaliseOptions(prefixes={"thingsboard": ""}), topic) == ["me"]
    assert devices(NormaliseOptions(prefixes={"json": "mqtt"}), "a/b") == ["mqtt/a/b"]


def test_a_plain_device_never_looks_like_one_of_an_ecosystem() -> None:
    assert devices(NormaliseOptions(), "azure/pump/t", "1") == ["plain/azure/pump"]
    assert devices(NormaliseOptions(), "azure", '{"t": 1}') == ["plain/azure"]
    assert devices(NormaliseOptions(), "azurite/t", "1") == ["azurite"]
    assert devices(NormaliseOptions(off=frozenset({"azure"})), "azure/pump/t", "1") == ["azure/pump"]
    assert devices(NormaliseOptions(prefixes={"azure": "cloud"}), "azure/pump/t", "1") == ["azure/pump"]


def test_a_decoder_can_be_switched_off() -> None:
    off = NormaliseOptions(off=frozenset({"thingsboard"}))
    assert devices(off, "v1/devices/me/telemetry") == ["v1/devices/me"]
    rig = Rig(NormaliseOptions(off=frozenset({"json"})))
    assert rig.feed("a/b", '{"t": 1}') == []
    assert rig.values("a/b", "1") == {"b": 1}
    assert rig.rejected == {"switched_off": 1}


def test_where_filters_overlap_the_decoder_of_the_first_is_forced() -> None:
    exact, wide = ("v1/devices/me/telemetry", "cayenne_lpp"), ("v1/#", "plain")
    name = "v1/devices/me/telemetry"
    found = [
        Router(options=NormaliseOptions(forced=order), meters=Meters()).claim(Topic(name)).decoder
        for order in ((exact, wide), (wide, exact))
    ]
    assert found == ["cayenne_lpp", "plain"]


def test_a_decoder_can_be_forced_for_a_topic_filter() -> None:
    forced = NormaliseOptions(forced=(("v1/#", "json"),))
    assert devices(forced, "v1/devices/me/telemetry") == ["v1/devices/me"]


@pytest.mark.parametrize(
    "options",
    [
        NormaliseOptions(off=frozenset({"tasmotta"})),
        NormaliseOptions(prefixes={"x": ""}),
        NormaliseOptions(forced=(("a/#", "x"),)),
        NormaliseOptions(forced=(("a/#/b", "json"),)),
        NormaliseOptions(sources=(SourceRule("a", decoder="x"),)),
    ],
)
def test_an_option_that_cannot_be_used_is_a_mistake_with_its_place(options: NormaliseOptions) -> None:
    with pytest.raises(SettingsError, match=r"settings: (decoders|source\.0)\.") as caught:
        Rig(options)
    assert len(caught.value.mistakes) == 1


@pytest.mark.parametrize("topic", [b"", b"a/+/b", b"#", b"a\0b", b"\xff\xfe", b"a" * 65_536, b"a/" * 128])
def test_a_topic_that_cannot_be_published_to_is_quarantined(topic: bytes) -> None:
    rig = Rig()
    assert rig.rows(rig.batch(RawMessage(topic, b"1"))) == []
    assert rig.rejected == {"bad_topic": 1}
    assert rig.normaliser._router.plans == {}


@given(st.text(min_size=1), st.sampled_from(["json", "plain", "tasmota", "unheard"]))
def test_a_device_id_in_the_hub_is_never_empty_and_never_a_filter(device: str, decoder: str) -> None:
    found = Naming(["tasmota"], {}).hub_id(decoder, device)
    assert found
    assert not set(found) & set("+#\0\n")


def test_a_topic_longer_than_any_device_id_is_read_and_not_kept() -> None:
    rig = Rig()
    topic = f"devices/pump/messages/events/{'p' * 3000}"
    for _ in range(2):
        assert [(row.device, row.value) for row in rig.feed(topic, '{"t": 1}')] == [("azure/pump", 1)]
    assert rig.meters.gauges["topic_plans"].read() == 0
    assert rig.series("azure/pump", "t").origin is not None
