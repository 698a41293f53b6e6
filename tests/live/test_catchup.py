from __future__ import annotations

import orjson
import pytest

from hub.core.batch import Batch, Position, QualityChange, StatusChange
from hub.core.model import Datatype, Device, Series, Status
from hub.live.opening import PAGE_BYTES
from hub.live.request import Mode
from tests.support.live import Client, LiveHub, believed


@pytest.fixture
def hub() -> LiveHub:
    hub = LiveHub()
    hub.publish(("a", "x", 0.0))
    return hub


def joined(hub: LiveHub, *, mode: Mode = Mode.LATEST, interval_ms: int = 0) -> Client:
    """Return a client that has everything."""
    client = Client(hub)
    hub.join(client, mode=mode, interval_ms=interval_ms)
    hub.timer.run()
    return client


def series_of(hub: LiveHub, device: str, metric: str) -> Series:
    return hub.catalogue.devices[device].series[metric]


def doubt(hub: LiveHub, series: Series, stale: str | None = "stale") -> None:
    hub.append(Batch(hub.clock.now_us(), qualities=[QualityChange(series, stale, hub.clock.now_us())]))


def shown(client: Client, key: int = 1) -> str | None:
    return client.values[key][2]


def test_a_slow_every_client_gets_the_rows_of_both_sides_of_a_change_of_base(hub: LiveHub) -> None:
    slow = joined(hub, mode=Mode.EVERY, interval_ms=60_000)
    slow.room = 1
    for step in range(1, 6):
        hub.publish(("a", "x", float(step)))
        hub.clock.advance(7)
    hub.later(60)
    slow.drain()
    hub.later(60)
    assert [value for _, _, value in slow.told] == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_frame_before_a_change_of_base_claims_no_more_than_it_brings(hub: LiveHub) -> None:
    client = joined(hub, mode=Mode.EVERY, interval_ms=60_000)
    hub.publish(("a", "x", 1.0))
    client.frames.clear()
    hub.publish(("a", "x", 2.0))
    hub.clock.advance(12)
    hub.publish(("a", "x", 3.0))
    hub.later(60)
    assert [frame["seq"] for frame in client.frames] == [3, 4]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_quality_that_changed_while_a_client_was_behind_is_told_after_what_it_missed(
    hub: LiveHub, mode: Mode
) -> None:
    slow = joined(hub, mode=mode)
    joined(hub, mode=mode)
    slow.room = 1
    for step in range(1, 4):
        hub.publish(("a", "x", float(step)))
    doubt(hub, series_of(hub, "a", "x"))
    slow.drain()
    hub.timer.run()
    assert shown(slow) == "stale"


def test_a_quality_that_changed_while_nothing_else_did_is_told_to_a_hidden_client(hub: LiveHub) -> None:
    hub.publish(("b", "x", 0.0))
    slow, _ = joined(hub, interval_ms=1000), joined(hub, interval_ms=1000)
    hub.publish(("a", "x", 1.0))
    slow.full = True
    hub.broadcaster.fell_behind(slow)
    doubt(hub, series_of(hub, "b", "x"))
    slow.drain()
    hub.later(2)
    assert shown(slow, series_of(hub, "b", "x").key) == "stale"


def test_a_quality_that_changed_is_told_even_if_the_log_has_forgotten_it() -> None:
    hub = LiveHub(retention_readings=1000)
    hub.publish(("a", "x", 0.0))
    slow = joined(hub, mode=Mode.EVERY)
    slow.full = True
    hub.broadcaster.fell_behind(slow)
    doubt(hub, series_of(hub, "a", "x"))
    hub.append(Batch(hub.clock.now_us() + 10**10, readings=[(99, 0, 0.0, None, 0, 0)]))
    slow.drain()
    hub.timer.run()
    assert shown(slow) == "stale"
    assert slow.gaps == 0


def test_a_quality_follows_the_readings_that_wait_for_the_end_of_their_interval(hub: LiveHub) -> None:
    client = joined(hub, mode=Mode.EVERY, interval_ms=60_000)
    hub.publish(("a", "x", 1.0))
    hub.publish(("a", "x", 2.0))
    hub.clock.advance(6)
    doubt(hub, series_of(hub, "a", "x"))
    hub.later(60)
    assert (believed(client), shown(client)) == ({"a:x": 2.0}, "stale")


@pytest.mark.parametrize("mode", list(Mode))
def test_no_frame_claims_a_position_whose_readings_still_wait(hub: LiveHub, mode: Mode) -> None:
    client = joined(hub, mode=mode, interval_ms=60_000)
    hub.publish(("a", "x", 1.0))
    held = client.seq
    hub.publish(("a", "x", 2.0))
    device = hub.catalogue.devices["a"]
    hub.append(Batch(0, statuses=[StatusChange(device, Status.ONLINE, 0, "data", said=False)]))
    assert client.kinds()[-1] == "status"
    assert client.frames[-1]["seq"] == held
    again = Client(hub)
    again.series, again.values, again.devices = client.series, client.values, client.devices
    hub.join(again, mode=mode, interval_ms=60_000, since=Position("test", client.seq))
    hub.later(60)
    assert believed(again) == {"a:x": 2.0}


def test_news_of_a_client_that_catches_up_claim_no_more_than_it_has(hub: LiveHub) -> None:
    slow = joined(hub)
    slow.full = True
    hub.broadcaster.fell_behind(slow)
    held = slow.seq
    hub.publish(("a", "x", 1.0), ("new", "x", 1.0))
    slow.drain(1)
    hub.timer.run_soon_once()
    news = [frame for frame in slow.frames if frame["type"] in ("devices", "series") and frame["seq"] >= held]
    assert [frame["seq"] for frame in news[-2:]] == [held, held]
    assert news[-1]["add"][0][1] == "new"


def test_a_client_that_news_fill_up_is_not_put_on_the_shared_frames(hub: LiveHub) -> None:
    slow = joined(hub)
    slow.full = True
    hub.broadcaster.fell_behind(slow)
    device = hub.catalogue.devices["a"]
    hub.append(Batch(0, statuses=[StatusChange(device, Status.ONLINE, 0, "data", said=False)]))
    slow.drain(1)
    hub.timer.run()
    assert slow.full
    before = len(slow.frames)
    hub.publish(("a", "x", 1.0))
    assert len(slow.frames) == before
    slow.drain()
    hub.timer.run()
    assert believed(slow) == {"a:x": 1.0}


def test_news_that_the_log_has_forgotten_are_told_without_telling_everything_again() -> None:
    hub = LiveHub(retention_readings=1000)
    hub.publish(*((f"d/{i}", "x", 0.0) for i in range(600)))
    slow = joined(hub)
    slow.full = True
    hub.broadcaster.fell_behind(slow)
    hub.publish(("new", "x", 1.0))
    for _ in range(3):
        hub.publish(*(("d/0", "x", float(i)) for i in range(900)))
    slow.frames.clear()
    slow.drain()
    hub.timer.run()
    told = [row for frame in slow.frames if frame["type"] in ("devices", "series") for row in frame["add"]]
    assert [row[0] for row in told] == ["new", series_of(hub, "new", "x").key]


def test_a_snapshot_after_an_overflow_comes_in_pages_and_claims_only_what_is_told() -> None:
    hub = LiveHub(retention_readings=1000)
    hub.publish(*((f"d/{i}", "x", 0.0) for i in range(5000)))
    slow = joined(hub, mode=Mode.EVERY)
    slow.full = True
    hub.broadcaster.fell_behind(slow)
    at_us = hub.clock.now_us()
    for _ in range(70):
        hub.publish(*(("d/0", "x", 1.0) for _ in range(20)))
    slow.frames.clear()
    slow.drain()
    hub.timer.run()
    gap = next(frame for frame in slow.frames if frame["type"] == "gap")
    assert (gap["reason"], gap["missed"], gap["from"]) == ("overflow", 1400, at_us // 1000)
    pages = [frame for frame in slow.frames if frame["type"] == "snapshot"]
    assert len(pages) > 1
    assert all(len(orjson.dumps(page)) <= PAGE_BYTES for page in pages)
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]


@pytest.mark.parametrize("text", ["\x01" * 4000, "\U0001f600" * 1000, '"' * 4000, "x" * 4096])
def test_a_page_of_the_longest_texts_is_no_longer_than_a_page(hub: LiveHub, text: str) -> None:
    hub.publish(*((f"d/{i}", "x", text) for i in range(40)))
    client = joined(hub)
    pages = [orjson.dumps(frame) for frame in client.frames if frame["type"] == "snapshot"]
    assert max(map(len, pages)) <= PAGE_BYTES


def test_nothing_is_called_a_gap_where_nothing_was_missed() -> None:
    hub = LiveHub(retention_readings=1000)
    hub.publish(("a", "x", 0.0))
    slow, away = Client(hub), Client(hub)
    hub.join(slow, "a", mode=Mode.EVERY)
    hub.join(away, "a", mode=Mode.EVERY)
    hub.timer.run()
    slow.full = True
    hub.broadcaster.fell_behind(slow)
    since = Position("test", away.seq)
    for member in list(away.members):
        hub.broadcaster.leave(member)
    for _ in range(3):
        hub.publish(*(("other", "x", float(i)) for i in range(900)))
    again = Client(hub)
    _, resumed = hub.join(again, "a", mode=Mode.EVERY, since=since)
    assert resumed
    slow.drain()
    hub.timer.run()
    assert (slow.gaps, again.gaps) == (0, 0)


def test_a_series_without_a_value_hides_no_other_from_a_newcomer(hub: LiveHub) -> None:
    joined(hub)
    device = hub.catalogue.device("b", "json")
    assert isinstance(device, Device)
    hub.catalogue.series_of(device, "silent", unit=None, datatype=Datatype.FLOAT)
    hub.append(Batch(hub.clock.now_us()))
    hub.later(2)
    assert believed(joined(hub)) == {"a:x": 0.0}


def test_a_series_that_is_forgotten_while_a_newcomer_waits_is_never_shown(hub: LiveHub) -> None:
    hub.publish(("b", "x", 1.0))
    client = Client(hub)
    hub.join(client)
    gone = series_of(hub, "b", "x")
    hub.append(Batch(0, removed_series=[gone]))
    hub.catalogue.forget_series(gone)
    hub.timer.run()
    assert believed(client) == {"a:x": 0.0}


def test_readings_are_not_called_merged_where_every_one_is_told(hub: LiveHub) -> None:
    slow = joined(hub, mode=Mode.EVERY)
    slow.room = 1
    for step in range(1, 20):
        hub.publish(("a", "x", float(step)))
    slow.drain()
    hub.timer.run()
    assert slow.frames[-1] == {"type": "lag", "behind": False, "conflated": 0}


@pytest.mark.parametrize(("epoch", "reason"), [("test", "expired"), ("other", "restart")])
def test_a_gap_has_times_also_where_only_the_client_knows_its_start(hub: LiveHub, epoch: str, reason: str) -> None:
    client = Client(hub)
    member, resumed = hub.join(client, mode=Mode.EVERY, since=Position(epoch, 99))
    assert not resumed
    told = orjson.loads(hub.broadcaster.unresumed(member.channel, Position(epoch, 99)).json)
    assert (told["reason"], told["missed"]) == (reason, None)
    assert told["from"] == told["to"] == hub.clock.now_us() // 1000
