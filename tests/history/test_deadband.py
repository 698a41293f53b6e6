from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import ManualClock
from hub.core.model import Datatype, Device, Reading, Series, Value
from hub.core.select import Selection
from hub.history.deadband import Deadband, Deadbands
from hub.history.model import Span
from tests.history.rig import rig

if TYPE_CHECKING:
    from pathlib import Path

SECOND_US = 1_000_000
BAND, LONGEST_US = 0.5, 60 * SECOND_US


def bands() -> Deadbands:
    series = Series(1, Device("d", "json"), "x", None, Datatype.FLOAT)
    return Deadbands([Deadband(Selection.of(["d"], ["x"]), BAND, LONGEST_US)], {1: series})


def reading(time_s: float, value: Value, quality: str | None = None, key: int = 1) -> Reading:
    return (key, round(time_s * SECOND_US), value, quality, 0, 0)


@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.floats(-3, 3, allow_nan=False), st.sampled_from([None, "uncertain:clock"])),
        max_size=60,
    )
)
def test_whoever_holds_the_last_kept_value_is_never_wrong_by_more_than_the_band(
    steps: list[tuple[float, float, str | None]],
) -> None:
    time_s, readings = 0.0, []
    for wait_s, value, quality in steps:
        time_s += wait_s
        readings.append(reading(time_s, value, quality))
    kept = bands().kept(readings)
    held: Reading | None = None
    left = iter(kept)
    following = next(left, None)
    for one in readings:
        if one is following:
            held, following = one, next(left, None)
        assert held is not None
        assert abs(float(one[2]) - float(held[2])) <= BAND
        assert one[1] - held[1] < LONGEST_US
        assert one[3] == held[3]
    assert following is None


def test_what_is_no_number_comes_late_or_has_no_rule_is_kept() -> None:
    deadbands = bands()
    told = [
        reading(10, 1.0),
        reading(5, 1.0),
        reading(11, 1.1),
        reading(12, True),
        reading(13, "on"),
        reading(1, 1.0, key=2),
    ]
    assert deadbands.kept(told) == [told[0], told[1], told[3], told[4], told[5]]


async def test_a_filtered_hole_says_so_and_a_longer_silence_is_one(tmp_path: Path) -> None:
    clock = ManualClock()
    async with rig(tmp_path, clock=clock) as hub:
        hub.writer.recorder.deadbands = Deadbands(
            [Deadband(Selection.of(["#"], ["*"]), BAND, LONGEST_US)], hub.catalogue.series
        )
        series = hub.series("d:x")
        series.expiry_us = 5 * SECOND_US
        t0 = clock.now_us()
        for second in range(31):
            hub.take(hub.reading("d:x", t0 + second * SECOND_US, 20.0 + (second == 30)))
        clock.advance(300)
        window = await hub.history.window(hub.row("d:x"), Span(t0, t0 + 300 * SECOND_US), points=100)
        assert [sample.value for sample in window.samples] == [20, 21]
        assert [(gap.reason, (gap.to_us - gap.from_us) // SECOND_US) for gap in window.gaps] == [
            ("filtered", 30),
            ("silent", 270),
        ]
        assert hub.count("history_dropped", "deadband") == 29


def test_what_was_no_number_ends_the_comparison() -> None:
    told = [reading(1, 1.0), reading(2, "err"), reading(3, 1.0)]
    assert bands().kept(told) == told
