from __future__ import annotations

import pytest

from hub.core.batch import Batch, Position, QualityChange, StatusChange
from hub.core.model import Mark, Status
from hub.core.select import Selection
from hub.live.channel import MAX_ROWS
from hub.live.request import Mode
from tests.support.live import Client, LiveHub, believed


@pytest.fixture
def hub() -> LiveHub:
    return LiveHub()


def test_a_newcomer_is_told_devices_series_statuses_and_values_in_that_order(hub: LiveHub) -> None:
    hub.publish(("a/1", "temperature", 21.5), ("a/2", "temperature", 22.5))
    client = Client(hub)
    hub.join(client, "a/#")
    hub.timer.run()
    assert client.kinds() == ["devices", "series", "status", "snapshot"]
    assert believed(client) == {"a/1:temperature": 21.5, "a/2:temperature": 22.5}
    assert client.frames[-1]["position"] == "test:1"


def test_an_empty_selection_still_gets_one_page(hub: LiveHub) -> None:
    client = Client(hub)
    hub.join(client, "nothing")
    hub.timer.run()
    assert client.kinds() == ["snapshot"]
    assert client.frames[0]["rows"] == []
    assert client.frames[0]["more"] is False


def test_a_device_that_appears_later_is_introduced_before_its_first_value(hub: LiveHub) -> None:
    client = Client(hub)
    hub.join(client)
    hub.timer.run()
    hub.publish(("new", "level", 1.0))
    assert client.kinds()[1:] == ["devices", "series", "data"]
    assert believed(client) == {"new:level": 1.0}


def test_members_of_equal_selections_share_a_channel_and_its_bytes(hub: LiveHub) -> None:
    one, other = Client(hub), Client(hub)
    first, _ = hub.join(one, "a/#", "a/1")
    second, _ = hub.join(other, "a/#")
    assert first.channel is second.channel
    hub.timer.run()
    hub.publish(("a/1", "x", 1.0))
    assert one.frames[-1] == other.frames[-1]


def test_a_channel_at_rest_sends_at_once_and_then_not_before_its_interval_is_over(hub: LiveHub) -> None:
    hub.publish(("a", "x", 0.0))
    client = Client(hub)
    hub.join(client, interval_ms=100)
    hub.timer.run()
    client.frames.clear()
    hub.publish(("a", "x", 1.0))
    assert client.kinds() == ["data"]
    hub.clock.advance(0.03)
    hub.publish(("a", "x", 2.0))
    hub.clock.advance(0.03)
    hub.publish(("a", "x", 3.0))
    assert client.kinds() == ["data"]
    hub.later(0.05)
    assert client.kinds() == ["data", "data"]
    assert client.frames[-1]["n"] == 2
    assert len(client.frames[-1]["rows"]) == 1
    assert believed(client) == {"a:x": 3.0}


def test_late_readings_never_replace_newer_ones_but_every_tells_them(hub: LiveHub) -> None:
    latest, every = Client(hub), Client(hub)
    hub.publish(("a", "x", 1.0))
    hub.join(latest)
    hub.join(every, mode=Mode.EVERY)
    hub.timer.run()
    hub.publish(("a", "x", 0.5), late_s=60)
    assert latest.kinds().count("data") == 0
    assert [value for _, _, value in every.told] == [0.5]
    assert believed(every) == {"a:x": 1.0}


def test_historical_readings_go_to_every_only(hub: LiveHub) -> None:
    latest, every = Client(hub), Client(hub)
    hub.publish(("a", "x", 1.0))
    hub.join(latest)
    hub.join(every, mode=Mode.EVERY)
    hub.timer.run()
    hub.clock.advance(1)
    hub.publish(("a", "x", 9.0), mark=Mark.HISTORICAL.value)
    assert believed(latest) == {"a:x": 1.0}
    assert [value for _, _, value in every.told] == [9.0]


def test_a_full_client_leaves_the_shared_frames_and_catches_up_with_the_newest(hub: LiveHub) -> None:
    hub.publish(*((f"d/{i}", "x", 0.0) for i in range(50)))
    slow, fast = Client(hub), Client(hub)
    hub.join(slow)
    hub.join(fast)
    hub.timer.run()
    slow.room = 1
    for step in range(1, 20):
        hub.clock.advance(0.1)
        hub.publish(*((f"d/{i}", "x", float(step)) for i in range(50)))
    assert slow.full
    assert believed(fast) == hub.latest(Selection.of(["#"]))
    assert believed(slow)["d/0:x"] == 1.0
    slow.drain()
    hub.timer.run()
    assert believed(slow) == hub.latest(Selection.of(["#"]))
    assert slow.frames[-1] == {"type": "lag", "behind": False, "conflated": 50 * 18 - 0}


def test_a_slow_every_client_misses_nothing_while_the_log_holds_it(hub: LiveHub) -> None:
    hub.publish(("a", "x", 0.0))
    slow = Client(hub)
    hub.join(slow, mode=Mode.EVERY)
    hub.timer.run()
    slow.room = 1
    for step in range(1, 300):
        hub.clock.advance(0.01)
        hub.publish(("a", "x", float(step)))
    slow.drain()
    hub.timer.run()
    assert [value for _, _, value in slow.told] == [float(step) for step in range(1, 300)]
    assert slow.gaps == 0


def test_an_every_client_behind_the_log_is_told_of_the_gap_and_gets_a_snapshot() -> None:
    hub = LiveHub(retention_readings=1000)
    hub.publish(("a", "x", 0.0))
    slow = Client(hub)
    hub.join(slow, mode=Mode.EVERY)
    hub.timer.run()
    slow.room = 1
    for step in range(1, 5000):
        hub.clock.advance(0.01)
        hub.publish(("a", "x", float(step)))
    slow.drain()
    hub.timer.run()
    assert slow.gaps == 1
    gap = next(frame for frame in slow.frames if frame["type"] == "gap")
    assert gap["reason"] == "overflow"
    assert believed(slow) == {"a:x": 4999.0}
    hub.publish(("a", "x", 5000.0))
    assert believed(slow) == {"a:x": 5000.0}


def test_many_waiting_rows_go_before_the_interval_is_over(hub: LiveHub) -> None:
    client = Client(hub)
    hub.publish(("a", "x", 0.0))
    hub.join(client, mode=Mode.EVERY, interval_ms=60_000)
    hub.timer.run()
    hub.publish(("a", "x", 0.5))
    sent = len(client.told)
    for step in range(MAX_ROWS + 2):
        hub.publish(("a", "x", float(step)))
    assert len(client.told) > sent


def test_rows_that_wait_over_a_change_of_base_keep_their_times(hub: LiveHub) -> None:
    client = Client(hub)
    hub.publish(("a", "x", 0.0))
    hub.join(client, mode=Mode.EVERY, interval_ms=60_000)
    hub.timer.run()
    hub.publish(("a", "x", 0.5))
    expected = []
    for step in range(5):
        hub.clock.advance(7)
        hub.publish(("a", "x", float(step)))
        expected.append(hub.clock.now_us() / 1000)
    hub.later(60)
    assert [time for _, time, _ in client.told[1:]] == expected


def test_latest_is_resumed_with_what_changed_after_the_position(hub: LiveHub) -> None:
    hub.publish(("a", "x", 1.0), ("b", "x", 1.0))
    hub.publish(("b", "x", 2.0))
    client = Client(hub)
    _, resumed = hub.join(client, since=Position("test", 1))
    hub.timer.run()
    assert resumed
    page = next(frame for frame in client.frames if frame["type"] == "snapshot")
    assert [row[2] for row in page["rows"]] == [2.0]
    assert "series" in client.kinds()
    assert "devices" not in client.kinds()


def test_every_is_resumed_without_a_hole_or_a_double(hub: LiveHub) -> None:
    for step in range(10):
        hub.clock.advance(0.1)
        hub.publish(("a", "x", float(step)))
    client = Client(hub)
    _, resumed = hub.join(client, mode=Mode.EVERY, since=Position("test", 4))
    hub.timer.run()
    hub.publish(("a", "x", 10.0))
    assert resumed
    assert [value for _, _, value in client.told] == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_resume_ends_with_a_page_that_says_so_even_if_nothing_was_missed(hub: LiveHub, mode: Mode) -> None:
    hub.publish(("a", "x", 1.0))
    client = Client(hub)
    hub.join(client, mode=mode, since=Position("test", 1))
    hub.timer.run()
    assert client.kinds()[-1] == "snapshot"
    assert (client.frames[-1]["rows"], client.frames[-1]["more"]) == ([], False)


@pytest.mark.parametrize("since", [Position("other", 1), Position("test", 99)])
def test_a_position_of_another_log_or_ahead_of_it_gets_everything(hub: LiveHub, since: Position) -> None:
    hub.publish(("a", "x", 1.0))
    client = Client(hub)
    _, resumed = hub.join(client, since=since)
    hub.timer.run()
    assert not resumed
    assert believed(client) == {"a:x": 1.0}


def test_every_page_of_a_large_snapshot_is_a_place_to_resume_from(hub: LiveHub) -> None:
    for start in range(0, 6000, 1000):
        hub.publish(*((f"d/{i}", "x", float(i)) for i in range(start, start + 1000)))
    client = Client(hub)
    hub.join(client)
    hub.timer.run()
    pages = [frame for frame in client.frames if frame["type"] == "snapshot"]
    assert len(pages) > 3
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]
    names: set[int] = set()
    for page in pages[:-1]:
        names.update(row[0] for row in page["rows"])
        seq = int(page["position"].rpartition(":")[2])
        whole = {series.key for series in hub.catalogue.series.values() if series.changed_seq <= seq}
        assert whole <= names, "a page promised more than was sent"
        again = Client(hub)
        hub.join(again, since=Position("test", seq))
        hub.timer.run()
        assert names | {
            row[0] for frame in again.frames if frame["type"] == "snapshot" for row in frame["rows"]
        } == set(hub.catalogue.series)


def test_a_stale_series_is_told_as_a_quality_and_a_reading_makes_it_good_again(hub: LiveHub) -> None:
    hub.publish(("a", "x", 1.0))
    series = next(iter(hub.catalogue.series.values()))
    client = Client(hub)
    hub.join(client)
    hub.timer.run()
    hub.append(Batch(hub.clock.now_us(), qualities=[QualityChange(series, "stale", hub.clock.now_us())]))
    assert client.kinds()[-1] == "quality"
    assert client.values[series.key][2] == "stale"
    late = Client(hub)
    hub.join(late)
    hub.timer.run()
    assert late.values[series.key][2] == "stale"


def test_a_status_that_repeats_is_told_again(hub: LiveHub) -> None:
    hub.publish(("a", "x", 1.0))
    device = hub.catalogue.devices["a"]
    client = Client(hub)
    hub.join(client, metrics=())
    hub.timer.run()
    for _ in range(2):
        hub.append(Batch(1, statuses=[StatusChange(device, Status.ONLINE, 1, "availability")]))
    assert client.kinds()[-2:] == ["status", "status"]
    assert client.devices == {"a": "online"}


def test_a_catalogue_subscription_gets_no_readings(hub: LiveHub) -> None:
    hub.publish(("a", "x", 1.0))
    client = Client(hub)
    hub.join(client, metrics=())
    hub.timer.run()
    hub.publish(("a", "x", 2.0), ("b", "x", 2.0))
    assert set(client.devices) == {"a", "b"}
    assert client.values == {}
    assert "data" not in client.kinds()


def test_what_is_forgotten_is_removed_from_clients_at_a_position(hub: LiveHub) -> None:
    hub.publish(("a", "x", 1.0), ("b", "x", 1.0))
    client = Client(hub)
    hub.join(client)
    hub.timer.run()
    device = hub.catalogue.devices["a"]
    series = device.series["x"]
    hub.append(
        Batch(
            2,
            removed_series=[series],
            removed_devices=[device],
            statuses=[StatusChange(device, None, 2, "forgotten", said=False)],
        )
    )
    hub.catalogue.forget_device(device)
    assert believed(client) == {"b:x": 1.0}
    assert set(client.devices) == {"b"}
    resumer = Client(hub)
    hub.join(resumer, since=Position("test", 1))
    hub.timer.run()
    assert any(frame["type"] == "devices" and frame["remove"] == ["a"] for frame in resumer.frames)
    assert any(frame["type"] == "series" and frame["remove"] == [series.key] for frame in resumer.frames)


def test_leaving_twice_is_leaving_once_and_the_channel_is_forgotten(hub: LiveHub) -> None:
    client = Client(hub)
    hub.publish(("a", "x", 1.0))
    member, _ = hub.join(client)
    hub.timer.run()
    hub.broadcaster.leave(member)
    hub.broadcaster.leave(member)
    assert hub.meters.gauges["channels"].read() == 0
    assert hub.catalogue.series[1].channels == ()
    assert hub.catalogue.devices["a"].channels == ()
    hub.publish(("a", "x", 2.0), ("b", "x", 1.0))
    assert believed(client) == {"a:x": 1.0}


def test_a_member_that_leaves_while_it_waits_for_its_turn_is_never_written_to(hub: LiveHub) -> None:
    hub.publish(("a", "x", 1.0))
    client = Client(hub)
    member, _ = hub.join(client)
    hub.broadcaster.leave(member)
    hub.timer.run()
    assert client.frames == []


def test_newcomers_of_one_second_share_their_opening(hub: LiveHub) -> None:
    hub.publish(*((f"d/{i}", "x", float(i)) for i in range(100)))
    clients = [Client(hub) for _ in range(10)]
    members = [hub.join(client)[0] for client in clients]
    assert len({id(member.opening) for member in members}) == 1
    hub.publish(("d/0", "x", -1.0))
    hub.timer.run()
    for client in clients:
        assert believed(client) == hub.latest(Selection.of(["#"]))
