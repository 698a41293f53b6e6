"""Whatever comes, nothing raises and the next message counts; decoders can be added."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Rejection, Status
from hub.core.raw import RawMessage
from hub.normalise.decoders.protocol import About, Claim, Decoded, Said, Sample
from tests.normalise.rig import NOW_US, Rig, message

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message, Topic

POISON = [
    b"\xff\xfe\xfd",
    b"{" * 10_000,
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a": NaN}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": "\\ud800"}',
    b'{"\\ud800": 1}',
    b"\x1f\x8b\x00",
    b"x" * 1_048_576,
    b"[" + b"1," * 20_000 + b"1]",
    b"\0",
    b'"\\u0000"',
]


@pytest.mark.parametrize("payload", POISON, ids=lambda payload: repr(payload[:12]))
def test_a_poisonous_message_does_not_touch_its_neighbours(payload: bytes) -> None:
    rig = Rig()
    for _ in range(2):
        batch = rig.batch(
            message("plant/a", '{"t": 1}'),
            message("plant/a", payload),
            message("plant/b/t", "2"),
            message("plant/b/t", payload),
            message("v1/gateway/telemetry", payload),
            message("$aws/things/x/shadow/update", payload),
            message("plant/a", '{"t": 3}'),
            message("plant/b/t", "4"),
        )
        found = [(row.device, row.metric, row.value) for row in rig.rows(batch)]
        for wanted in (("plant/a", "t", 1), ("plant/b", "t", 2), ("plant/a", "t", 3), ("plant/b", "t", 4)):
            assert wanted in found


@settings(max_examples=150, deadline=None)
@given(
    messages=st.lists(
        st.builds(
            RawMessage,
            st.one_of(st.binary(max_size=12), st.sampled_from([b"a/b", b"v1/gateway/connect", b"x/status", b"a/set"])),
            st.one_of(
                st.binary(max_size=40),
                st.text(max_size=40).map(lambda text: json.dumps(text).encode()),
                st.sampled_from([b"", b"{}", b"[]", b"null", b'{"a":1}', b"on", b"1"]),
            ),
            st.integers(0, 15),
            st.integers(0, 65_535),
            st.sampled_from(["", "application/json", "text/plain", "application/cbor"]),
            st.sampled_from([0, 0, 0, 5_000_000]),
        )
    )
)
def test_no_topic_and_no_payload_raises(messages: list[RawMessage]) -> None:
    rig = Rig()
    for _ in range(2):
        batch = rig.batch(*messages)
        assert all(type(row) is tuple and len(row) == 6 for row in batch.readings)
    assert "decoder_fault" not in rig.rejected


def test_a_message_that_was_too_large_to_keep_is_quarantined_by_topic_and_size() -> None:
    rig = Rig()
    assert rig.rows(rig.batch(RawMessage(b"cam/snapshot", b"", 0, 0, "", 5_000_000))) == []
    (inmate,) = rig.normaliser.quarantine.recent()
    assert (inmate.topic, inmate.reason, inmate.samples[0].size_bytes) == ("cam/snapshot", "too_large", 5_000_000)


def test_a_series_knows_where_it_comes_from() -> None:
    rig = Rig()
    rig.feed("plant/a/data", '{"t": 1}')
    rig.feed("plant/a/data", '{"t": 2, "text": "' + "x" * 5000 + '"}')
    origin = rig.series("plant/a", "t").origin
    assert origin is not None
    assert (origin.topic, origin.decoder, origin.rule[:3]) == ("plant/a/data", "json", "G11")
    assert len(origin.last_payload) == 4096
    rig.feed("plant/a/data", '{"t": 3}')
    assert origin.last_payload == b'{"t": 3}'


def test_a_trial_keeps_nothing() -> None:
    rig = Rig()
    trial = rig.normaliser.decode("plant/a", b'{"t": {"value": 21.5, "unit": "C"}, "x": "' + b"y" * 5000 + b'"}')
    assert [(found.device, found.metric, found.value, found.unit, found.datatype) for found in trial.readings] == [
        ("plant/a", "t", 21.5, "°C", "float")
    ]
    assert (trial.readings[0].time_us, trial.readings[0].device_time) == (NOW_US, False)
    assert [rejection.reason for rejection in trial.rejections] == ["too_long"]
    assert (trial.decoder, trial.rule[:3], trial.undecoded) == ("json", "G11", None)
    assert rig.catalogue.devices == {}
    assert rig.rejected == {}
    assert rig.normaliser._router.plans == {}


def test_a_trial_says_why_nothing_could_be_read_and_what_is_a_status() -> None:
    rig = Rig()
    undecoded = rig.normaliser.decode("plant/a", b"{broken").undecoded
    assert undecoded is not None
    assert undecoded.reason == "broken_json"
    assert rig.normaliser.decode("a/+", b"1").undecoded == Rejection("bad_topic", "The topic has a + in it.")
    assert rig.normaliser.decode("\ud800", b"1").undecoded is not None
    assert [(said.device, said.status) for said in rig.normaliser.decode("a/lwt", b"offline").statuses] == [
        ("a", Status.OFFLINE)
    ]
    assert rig.normaliser.decode("a/t", b"1", retain=True).readings[0].quality == "uncertain:retained"


class Discovered:
    """A decoder with state: ``kit/config`` explains ``kit/value``."""

    name = "kit"

    def __init__(self) -> None:
        self.unit: str | None = None

    def claim(self, topic: Topic) -> Claim | None:
        if topic.name == "kit/config":
            return Claim(self.name, "kit config", self.learn)
        if topic.name == "kit/value" and self.unit is not None:
            return Claim(self.name, "kit value", self.read)
        return None

    def learn(self, message: Message) -> Decoded:
        self.unit = message.payload.decode()
        return Decoded(
            statuses=[Said("k1", Status.ONLINE, "birth")],
            about=[About("k1", name="Kit", model="K", info=(("firmware", "1"),))],
            renewed=("kit/value", "kit/unheard"),
        )

    def read(self, message: Message) -> Decoded:
        value = float(message.payload)
        return Decoded(
            [
                Sample("k1", "x", value, self.unit),
                Sample("k1", "x", value - 1, self.unit, NOW_US - 9_000_000, historical=True),
                Sample("k1", "x", value - 2, self.unit, offset_us=-5),
                Sample("k1", "x", value - 3, self.unit, offset_us=90_000_000),
            ]
        )


class Magic:
    """A format that is recognised by its payload."""

    name = "magic"
    telling: frozenset[str] = frozenset()

    def recognise(self, message: Message) -> Decoded | None:
        if not message.payload.startswith(b"\xff\xfeMAGIC"):
            return None
        return Decoded([Sample("m", "x", message.payload[7])], rule="magic bytes")


class Faulty:
    """A decoder that fails."""

    name = "faulty"

    def claim(self, topic: Topic) -> Claim | None:
        if topic.name == "faulty/claim":
            raise ZeroDivisionError
        return Claim(self.name, "faulty", self.read) if topic.levels[0] == "faulty" else None

    def read(self, message: Message) -> Decoded:
        raise IndexError(message.topic.name)


def test_what_is_explained_ten_minutes_later_is_not_decoded_again() -> None:
    rig = Rig(decoders=[Discovered()])
    rig.feed("kit/value", "21")
    rig.clock.advance(601)
    assert rig.feed("kit/config", "bar") == []
    assert [row.device for row in rig.feed("kit/value", "22")] == ["kit/k1"] * 4


def test_what_a_later_message_explains_is_decoded_again() -> None:
    rig = Rig(decoders=[Discovered()])
    assert [(row.device, row.metric) for row in rig.feed("kit/value", "21")] == [("plain/kit", "value")]
    rig.clock.advance(10)
    batch = rig.batch(message("kit/config", "bar"))
    rows = rig.rows(batch)
    assert [(row.device, row.value, row.unit, row.received_us, row.mark) for row in rows] == [
        ("kit/k1", 21, "bar", NOW_US, 0),
        ("kit/k1", 20, "bar", NOW_US, 2),
        ("kit/k1", 19, "bar", NOW_US, 0),
        ("kit/k1", 18, "bar", NOW_US, 0),
    ]
    assert [(row.time_us - NOW_US, row.quality) for row in rows] == [
        (0, None),
        (-9_000_000, None),
        (-5, None),
        (0, "uncertain:clock"),
    ]
    device = rig.catalogue.devices["kit/k1"]
    assert (device.name, device.model, device.info) == ("Kit", "K", {"firmware": "1"})
    assert [(change.status, change.reason) for change in batch.statuses] == [(Status.ONLINE, "birth")]
    rig.catalogue.take_news()
    rig.batch(message("kit/config", "bar"))
    assert device not in rig.catalogue.take_news().devices


def test_a_format_is_recognised_by_its_payload_where_nobody_claims_the_topic() -> None:
    rig = Rig(decoders=[Magic()])
    for _ in range(2):
        assert [(row.device, row.value) for row in rig.feed("any/topic", b"\xff\xfeMAGIC\x07")] == [("magic/m", 7)]
    assert rig.values("any/topic", "5") == {"topic": 5}
    origin = rig.series("magic/m", "x").origin
    assert origin is not None


def test_a_decoder_that_fails_is_said_once_and_its_messages_are_quarantined(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(decoders=[Faulty()])
    with caplog.at_level(logging.ERROR):
        batch = rig.batch(
            message("faulty/x", "1"),
            message("a/t", "1"),
            message("faulty/claim", "1"),
            message("faulty/x", "2"),
            message("faulty/claim", "2"),
        )
    assert [row.value for row in rig.rows(batch)] == [1]
    assert rig.rejected == {"decoder_fault": 4}
    assert len(caplog.records) == 2
    assert rig.normaliser.decode("faulty/x", b"1").undecoded is not None
