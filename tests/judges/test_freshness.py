from __future__ import annotations

from dataclasses import dataclass, field
from time import process_time

import pytest

from hub.core.batch import Batch, StatusChange
from hub.core.feed import Feed
from hub.core.model import Datatype, Mark, Series, Status
from hub.judges.freshness import Freshness, rhythm
from tests.support.live import LiveHub


@dataclass
class Judged:
    """A live stage with its judge, as the pipeline joins them."""

    hub: LiveHub = field(default_factory=LiveHub)

    def __post_init__(self) -> None:
        self.judge = Freshness(catalogue=self.hub.catalogue, clock=self.hub.clock)

    def append(self, batch: Batch) -> None:
        news = self.hub.catalogue.take_news()
        batch.devices += news.devices
        batch.series += news.series
        self.judge.observe(batch)
        self.hub.append(batch)
        verdicts = self.judge.verdicts()
        if verdicts is not None:
            self.hub.append(verdicts)

    def reading(self, name: str = "d:x", mark: int = 0, source: str = "json") -> Series:
        device_id, _, metric = name.partition(":")
        now = self.hub.clock.now_us()
        device = self.hub.catalogue.device(device_id, source)
        assert device is not None
        series = self.hub.catalogue.series_of(device, metric, unit=None, datatype=Datatype.FLOAT)
        assert series is not None
        self.append(Batch(now, readings=[(series.key, now, 1.0, None, now, mark)]))
        return series

    def said(self, status: Status, device_id: str = "d") -> None:
        device = self.hub.catalogue.device(device_id, "json")
        assert device is not None
        self.append(Batch(0, statuses=[StatusChange(device, status, self.hub.clock.now_us(), "will")]))

    def every(self, interval_s: float, times: int, name: str = "d:x") -> Series:
        for _ in range(times):
            self.wait(interval_s)
            series = self.reading(name)
        return series

    def wait(self, seconds: float) -> None:
        """Let time pass, the judge looking every half second."""
        left = seconds
        while left > 0:
            step = min(0.5, left) if seconds < 600 else min(seconds / 50, left)
            self.hub.clock.advance(step)
            left -= step
            self.judge.tick()
            self.append(Batch(self.hub.clock.now_us()))


def shown(series: Series) -> str | None:
    """Return what is shown of a series' age; asked anew each time, for type checkers."""
    return series.stale


def cadence(series: Series) -> int | None:
    """Return the cadence that was learnt."""
    return series.cadence_us


@pytest.fixture
def judged() -> Judged:
    return Judged()


def test_a_rhythm_is_learnt_from_eight_intervals_and_its_end_is_stale(judged: Judged) -> None:
    series = judged.every(2, 8)
    assert cadence(series) is None
    judged.every(2, 1)
    assert cadence(series) == 2_000_000
    judged.wait(5.5)
    assert shown(series) is None
    judged.wait(2)
    assert shown(series) == "stale"
    assert series.device.stale == 1


def test_a_fast_series_is_given_at_least_five_seconds(judged: Judged) -> None:
    series = judged.every(0.1, 20)
    judged.wait(4.5)
    assert shown(series) is None
    judged.wait(1.5)
    assert shown(series) == "stale"


def test_a_reading_makes_a_stale_series_good_again_and_it_can_fall_again(judged: Judged) -> None:
    series = judged.every(1, 10)
    judged.wait(8)
    assert shown(series) == "stale"
    judged.reading()
    assert shown(series) is None
    assert series.device.stale == 0
    judged.wait(8)
    assert shown(series) == "stale"


def test_an_irregular_series_is_never_stale(judged: Judged) -> None:
    for interval in [1, 9, 1, 1, 9, 1, 1, 9, 1, 9, 1, 1] * 3:
        judged.wait(interval)
        series = judged.reading()
    assert series.cadence_us is None
    judged.wait(500)
    assert shown(series) is None


def test_retained_and_historical_readings_neither_teach_nor_freshen(judged: Judged) -> None:
    for _ in range(12):
        judged.wait(1)
        series = judged.reading(mark=Mark.RETAINED.value)
        judged.reading(mark=Mark.HISTORICAL.value)
    assert series.cadence_us is None
    assert series.device.status is Status.UNKNOWN


def test_a_silent_device_is_online_by_its_data_and_unknown_once_all_its_rhythms_stop(judged: Judged) -> None:
    for _ in range(12):
        judged.wait(1)
        judged.reading("d:x")
        judged.reading("d:y")
    device = judged.hub.catalogue.devices["d"]
    assert (device.status, device.status_reason) == (Status.ONLINE, "data")
    for _ in range(8):
        judged.wait(1)
        judged.reading("d:y")
    assert device.series["x"].stale == "stale"
    assert device.status is Status.ONLINE
    judged.wait(7)
    assert (device.status, device.status_reason) == (Status.UNKNOWN, "silent")
    judged.reading("d:x")
    assert (device.status, device.status_reason) == (Status.ONLINE, "data")


def test_a_device_that_said_it_is_online_stays_online_when_its_values_go_stale(judged: Judged) -> None:
    judged.every(1, 12)
    judged.said(Status.ONLINE)
    judged.wait(10)
    device = judged.hub.catalogue.devices["d"]
    assert device.series["x"].stale == "stale"
    assert (device.status, device.status_reason) == (Status.ONLINE, "will")


def test_a_device_that_said_it_is_offline_is_online_again_with_its_next_live_reading(judged: Judged) -> None:
    judged.every(1, 40)
    judged.said(Status.OFFLINE)
    device = judged.hub.catalogue.devices["d"]
    assert device.status is Status.OFFLINE
    judged.reading(mark=Mark.RETAINED.value)
    assert device.status is Status.OFFLINE
    judged.reading()
    assert (device.status, device.status_reason) == (Status.ONLINE, "data")


def in_one_batch(judged: Judged, *what: str) -> Status:
    """Let a device say things and send readings, all within one batch; return its status."""
    device = judged.hub.catalogue.device("d", "json")
    assert device is not None
    series = judged.hub.catalogue.series_of(device, "x", unit=None, datatype=Datatype.FLOAT)
    assert series is not None
    batch = Batch(judged.hub.clock.now_us())
    for place, thing in enumerate(what):
        at_us = judged.hub.clock.now_us() + place
        if thing == "reading":
            batch.readings.append((series.key, at_us, 1.0, None, at_us, 0))
        else:
            batch.statuses.append(StatusChange(device, Status(thing), at_us, "will"))
    judged.append(batch)
    judged.append(Batch(judged.hub.clock.now_us()))
    return device.status


@pytest.mark.parametrize("before", [(), ("online",), ("offline",)])
@pytest.mark.parametrize(
    ("what", "status"),
    [
        (("online", "reading", "offline"), Status.OFFLINE),
        (("reading", "offline"), Status.OFFLINE),
        (("offline", "reading"), Status.ONLINE),
        (("reading", "offline", "reading"), Status.ONLINE),
    ],
)
def test_the_last_of_word_and_reading_counts_also_within_one_batch(
    judged: Judged, before: tuple[str, ...], what: tuple[str, ...], status: Status
) -> None:
    for thing in before:
        in_one_batch(judged, thing)
    judged.wait(1)
    assert in_one_batch(judged, *what) is status


def test_ten_thousand_series_that_fall_silent_together_are_judged_in_no_time(judged: Judged) -> None:
    hub, judge = judged.hub, judged.judge
    hub.publish(*((f"d/{number}", "x", 1.0) for number in range(10_000)))
    for series in hub.catalogue.series.values():
        series.expiry_us, series.device.status = 5_000_000, Status.ONLINE
        judge._insert(series, hub.clock.now_us() + 5_000_000)
    hub.clock.advance(7)
    began_s = process_time()
    judge.tick()
    took_s = process_time() - began_s
    verdicts = judge.verdicts()
    assert verdicts is not None
    assert (len(verdicts.qualities), len(verdicts.statuses)) == (10_000, 10_000)
    assert took_s < 1


def test_a_source_that_needs_a_birth_is_not_online_by_its_data(judged: Judged) -> None:
    judged.judge._needs_birth = frozenset({"json"})
    judged.every(1, 3)
    assert judged.hub.catalogue.devices["d"].status is Status.UNKNOWN


def test_a_device_without_any_rhythm_is_unknown_after_a_day(judged: Judged) -> None:
    judged.reading()
    device = judged.hub.catalogue.devices["d"]
    judged.wait(23 * 3600)
    assert device.status is Status.ONLINE
    judged.wait(3 * 3600)
    assert (device.status, device.status_reason) == (Status.UNKNOWN, "silent")


def test_the_clocks_stand_still_while_the_broker_is_lost_and_start_anew(judged: Judged) -> None:
    series = judged.every(1, 12)
    judged.judge.link(Feed("mqtt", up=False, since_us=0))
    judged.wait(60)
    assert shown(series) is None
    judged.judge.link(Feed("mqtt", up=True, since_us=0))
    judged.wait(4)
    assert shown(series) is None
    judged.wait(3)
    assert shown(series) == "stale"


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_set_makes_nothing_stale(judged: Judged, hours: int) -> None:
    series = judged.every(1, 12)
    judged.hub.clock.step(hours * 3600)
    judged.wait(3)
    assert shown(series) is None
    judged.wait(5)
    assert shown(series) == "stale"


def test_a_rhythm_that_changed_is_learnt_again_after_a_thousand_readings(judged: Judged) -> None:
    judged.every(1, 40)
    series = judged.every(3, 1100)
    assert series.cadence_us == 3_000_000
    assert series.watch is None


def test_a_learnt_series_costs_no_more_than_a_test(judged: Judged) -> None:
    series = judged.every(1, 40)
    assert series.watch is None


def test_the_limit_is_three_times_the_interval_that_nine_of_ten_keep() -> None:
    assert rhythm([10_000_000] * 9 + [15_000_000]) == (10_000_000, 45_000_000)
    assert rhythm([1_000_000] * 5 + [9_000_000] * 5) == (9_000_000, 27_000_000)
    assert rhythm([1_000_000] * 8 + [9_000_000] * 2) == (None, None)


def test_what_reports_by_exception_has_no_rhythm_and_is_never_stale_for_its_silence(judged: Judged) -> None:
    device = judged.hub.catalogue.device("node/filler", "sparkplug")
    assert device is not None
    judged.append(Batch(0, statuses=[StatusChange(device, Status.ONLINE, judged.hub.clock.now_us(), "birth")]))
    for _ in range(40):
        judged.wait(1)
        series = judged.reading("node/filler:level", source="sparkplug")
    judged.wait(600)
    assert (series.cadence_us, series.expiry_us, series.stale) == (None, None, None)
    assert device.status is Status.ONLINE


def test_what_reports_by_exception_is_offline_after_its_death_until_its_next_birth(judged: Judged) -> None:
    device = judged.hub.catalogue.device("node/filler", "sparkplug")
    assert device is not None
    for status, reason in [(Status.ONLINE, "birth"), (Status.OFFLINE, "death"), (Status.ONLINE, "birth")]:
        judged.append(Batch(0, statuses=[StatusChange(device, status, judged.hub.clock.now_us(), reason)]))
        judged.wait(1)
        judged.reading("node/filler:level", source="sparkplug")
        judged.wait(30)
        assert device.status is status
