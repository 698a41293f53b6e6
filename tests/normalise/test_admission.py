"""Retained messages, plausible times and limits: G12, G14, G15."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hub.core.catalogue import CatalogueLimits
from hub.core.model import Mark
from hub.normalise.admission import MAX_INFO
from hub.normalise.decoders.protocol import About, Claim, Decoded, Sample
from tests.normalise.rig import NOW_US, Rig, message

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message, Topic

NOW_S = NOW_US // 1_000_000


def test_a_retained_value_of_an_unknown_series_is_shown_but_not_recorded() -> None:
    rows = Rig().feed("a/t", "21", retain=True)
    assert [(row.value, row.time_us, row.quality, row.mark) for row in rows] == [
        (21, NOW_US, "uncertain:retained", Mark.RETAINED | Mark.UNRECORDED)
    ]


def test_a_retained_value_that_is_the_latest_already_gives_nothing() -> None:
    rig = Rig()
    rig.feed("a/t", "21")
    assert rig.feed("a/t", "21", retain=True) == []
    assert rig.feed("a/t", "21.0", retain=True) == []


def test_a_retained_value_that_differs_changed_while_nobody_listened() -> None:
    rig = Rig()
    rig.feed("a/t", "21")
    rows = rig.feed("a/t", "22", retain=True)
    assert [(row.value, row.quality, row.mark) for row in rows] == [(22, "uncertain:retained", Mark.RETAINED)]


def test_a_retained_value_with_its_own_time_is_an_ordinary_reading_that_does_not_count_as_fresh() -> None:
    rows = Rig().feed("a", json.dumps({"ts": NOW_S - 500, "t": 21}), retain=True)
    assert [(row.time_us, row.quality, row.mark) for row in rows] == [((NOW_S - 500) * 1_000_000, None, Mark.RETAINED)]


def test_a_retained_value_after_a_live_one_of_the_same_batch_is_compared_with_that() -> None:
    rig = Rig()
    batch = rig.batch(
        message("a/t", "21"),
        message("a/t", "21", retain=True),
        message("a/t", "22", retain=True),
        message("a/t", "22", retain=True),
    )
    assert [(row.value, row.mark) for row in rig.rows(batch)] == [(21, 0), (22, Mark.RETAINED)]


def test_retained_messages_teach_the_plan_too() -> None:
    rig = Rig()
    rig.feed("a/t", "21", retain=True)
    rig.feed("a/t", "22")
    assert rig.general == 1


def test_a_time_a_minute_ahead_is_believed_and_one_beyond_is_not() -> None:
    rig = Rig()
    for _ in range(2):  # the general way, then the planned one
        (row,) = rig.feed("a", json.dumps({"ts": NOW_S + 60, "t": 1}))
        assert (row.time_us, row.quality) == (NOW_US + 60_000_000, None)
        (row,) = rig.feed("a", json.dumps({"ts": NOW_S + 61, "t": 1}))
        assert (row.time_us, row.quality) == (NOW_US, "uncertain:clock")
        assert rig.catalogue.devices["a"].skew_us == 61_000_000


def test_the_skew_of_a_device_is_that_of_its_newest_message_with_a_time() -> None:
    rig = Rig()
    rig.feed("a", json.dumps({"ts": NOW_S - 3, "t": 1}))
    rig.feed("a", json.dumps({"t": 1}))
    assert rig.catalogue.devices["a"].skew_us == -3_000_000


def test_each_message_of_a_batch_has_its_own_receive_time() -> None:
    rig = Rig()
    batch = rig.batch(message("a/t", "1"), message("a/t", "1"), message("a/t", "1"))
    assert [row[4] - NOW_US for row in batch.readings] == [0, 1, 2]


def test_a_redelivered_message_has_the_receive_time_that_was_recorded() -> None:
    rig = Rig()
    batch = rig.batch(
        message("a/t", "1"), message("a/t", "2"), message("a/t", "3"), redelivered={1: NOW_US - 5_000_000}
    )
    assert [(row[1] - NOW_US, row[4] - NOW_US) for row in batch.readings] == [(0, 0), (-5_000_000, -5_000_000), (2, 2)]


def test_a_full_catalogue_refuses_new_series_and_existing_ones_go_on() -> None:
    rig = Rig(limits=CatalogueLimits(devices=1, series=2))
    rig.feed("a", '{"x": 1, "y": 2}')
    assert rig.values("a", '{"x": 3, "z": 4, "w": 5}') == {"x": 3}
    assert rig.values("b", '{"x": 1}') == {}
    assert rig.batch(message("c/status", "online")).statuses == []
    assert rig.rejected == {"limit": 3}
    assert len(rig.normaliser.quarantine) == 1  # one refusal a second is kept, all are counted
    assert rig.values("a", '{"x": 4, "y": 5}') == {"x": 4, "y": 5}


def test_refusals_are_kept_again_after_a_second() -> None:
    rig = Rig(limits=CatalogueLimits(devices=1))
    rig.feed("a/x", "1")
    rig.feed("b/x", "1")
    rig.clock.advance(1)
    rig.feed("c/x", "1")
    rig.feed("d/x", "1")
    assert [inmate.topic for inmate in rig.normaliser.quarantine.recent()] == ["c/x", "b/x"]


def test_a_unit_that_becomes_known_later_is_learnt() -> None:
    rig = Rig()
    rig.feed("a/t", "21")
    assert rig.series("a", "t").unit is None
    rig.feed("a/t", "21 °C")
    assert rig.series("a", "t").unit == "°C"
    rig.feed("a/t", "22")
    assert rig.series("a", "t").unit == "°C"


class _Kinds:
    """Says the kind that its messages name."""

    name = "kinds"

    def claim(self, topic: Topic) -> Claim | None:
        return Claim("kinds", "by name", self._read) if topic.name == "k" else None

    def _read(self, message: Message) -> Decoded:
        kind = message.payload.decode() or None
        return Decoded(samples=[Sample("a", "total", 7, "kWh", kind=kind)])


def test_a_kind_that_an_ecosystem_names_is_learnt_and_one_that_cannot_be_is_dropped() -> None:
    rig = Rig(decoders=[_Kinds()])
    shown = []
    for kind in ("", "energy_storage", "", "warp_factor", "humidity", "energy"):
        (row,) = rig.feed("k", kind)
        assert row.value == 7
        shown.append(rig.series("kinds/a", "total").kind)
    assert shown == ["energy", "energy_storage", "energy_storage", "energy_storage", "energy_storage", "energy"]


@pytest.mark.parametrize("device", ["d" * 1012, "/".join("d" * 127), "ö" * 506])
def test_a_device_id_may_have_1024_bytes_and_128_levels_and_no_more(device: str) -> None:
    rig = Rig()
    rig.feed("v1/gateway/telemetry", json.dumps({device: {"t": 1}}))
    assert list(rig.catalogue.devices) == [f"thingsboard/{device}"]
    more = f"{device}/x"
    rig.feed("v1/gateway/telemetry", json.dumps({more: {"t": 1, "u": 2}, "B": {"t": 1}}))
    rig.feed("v1/gateway/connect", json.dumps({"device": more}))
    assert list(rig.catalogue.devices) == [f"thingsboard/{device}", "thingsboard/B"]
    assert rig.rejected == {"name_too_long": 2}


def test_a_metric_may_have_512_bytes_and_no_more() -> None:
    rig = Rig()
    rows = rig.feed("a", json.dumps({"x" * 255: {"y" * 256: 1, "z" * 255: {"a": 2}}}))
    assert [len(row.metric) for row in rows] == [512]
    assert rig.rejected == {"name_too_long": 1}
    trial = rig.normaliser.decode("a", json.dumps({"x" * 255: {"z" * 255: {"a": 2}}}).encode())
    assert (trial.readings, [rejection.reason for rejection in trial.rejections]) == ((), ["name_too_long"])


def test_what_a_decoder_tells_of_a_device_is_kept_only_if_people_can_read_it() -> None:
    rig = Rig(decoders=[Telling()])
    rig.feed("about/x", "Kit")
    assert rig.catalogue.devices["about/x"].name == "Kit"
    for odd in ("\x1b[31m", "n" * 513, " "):
        rig.feed("about/x", odd)
    device = rig.catalogue.devices["about/x"]
    assert device.name == "Kit"
    assert len(device.info) == MAX_INFO


class Telling:
    """Tells more of a device than is kept."""

    name = "about"

    def claim(self, topic: Topic) -> Claim | None:
        return Claim(self.name, "about", self.read) if topic.levels[0] == "about" else None

    def read(self, message: Message) -> Decoded:
        told = message.payload.decode()
        info = tuple((f"key {place} {told[:3]}", told) for place in range(100))
        return Decoded(about=[About("x", told, info=info)])


@pytest.mark.parametrize(("value", "unit"), [(21, "°C"), (21.5, "°C"), (True, None), ("warm", None)])
def test_only_numbers_keep_the_unit_that_their_decoder_gives(value: float | str, unit: str | None) -> None:
    class Warm:
        name = "warm"

        def claim(self, topic: Topic) -> Claim | None:
            return Claim(self.name, "warm", lambda _: Decoded([Sample(topic.name, "t", value, "°C")]))

    rig = Rig(decoders=[Warm()])
    assert [row.unit for row in rig.feed("x", "1")] == [unit]
    assert [reading.unit for reading in rig.normaliser.decode("x", b"1").readings] == [unit]
