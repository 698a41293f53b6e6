"""Channels that look at their devices instead of being told of each change: nobody sees the difference."""

from __future__ import annotations

import pytest

from hub.core.batch import Batch
from hub.live.agenda import BEAT_S
from tests.support.live import Client, LiveHub, believed

DEVICES = [f"hall/{number}" for number in range(8)]


@pytest.fixture
def hub() -> LiveHub:
    return LiveHub()


def busy(hub: LiveHub, rounds: int, *, value: float = 0.0) -> None:
    """Let every device speak twice in each interval of 100 ms."""
    for turn in range(rounds):
        for half in (0.0, 0.5):
            hub.publish(*((device, "x", value + turn + half) for device in DEVICES))
            hub.later(0.05)


def looking(hub: LiveHub) -> Client:
    """A client whose channel looks, somewhat after the beat."""
    hub.later(BEAT_S / 2)
    hub.publish(*((device, "x", 0.0) for device in DEVICES))
    client = Client(hub)
    member, _ = hub.join(client, "hall/#", interval_ms=100)
    hub.timer.run()
    busy(hub, 6)
    assert member.channel.looks
    assert all(not hub.catalogue.devices[device].whole for device in DEVICES)
    return client


def test_a_busy_channel_begins_to_look_and_tells_the_same(hub: LiveHub) -> None:
    client = looking(hub)
    client.frames.clear()
    busy(hub, 4, value=100.0)
    assert client.kinds() == ["data"] * 4
    assert [len(frame["rows"]) for frame in client.frames] == [8] * 4
    assert [frame["n"] for frame in client.frames] == [16] * 4
    hub.later(0.2)
    assert believed(client) == {f"{device}:x": 103.5 for device in DEVICES}


def test_channels_that_look_do_so_together_and_keep_their_interval(hub: LiveHub) -> None:
    hub.publish(*((device, "x", 0.0) for device in DEVICES))
    channels = []
    for device in DEVICES[:4]:
        member, _ = hub.join(Client(hub), "hall/+", f"{device}/#", interval_ms=100)
        channels.append(member.channel)
        hub.later(0.013)
    busy(hub, 8)
    assert len(set(channels)) == 4
    assert all(channel.looks for channel in channels)
    for _ in range(4):
        assert all(round(channel.due_s / BEAT_S, 6) % 1 == 0 for channel in channels)
        before = {channel: channel.due_s for channel in channels}
        busy(hub, 1)
        assert {round(channel.due_s - before[channel], 6) for channel in channels} == {0.1}


def test_a_run_of_all_series_is_all_that_any_channel_lacks(hub: LiveHub) -> None:
    hub.publish(*((device, metric, 0.0) for device in DEVICES for metric in "xy"))
    client = Client(hub)
    member, _ = hub.join(client, "hall/#", interval_ms=100)
    hub.timer.run()
    hub.later(BEAT_S / 2)
    for turn in range(8):
        for half in (0.0, 0.5):
            hub.publish(*((device, metric, turn + half) for device in DEVICES for metric in "xy"))
            hub.later(0.05)
    assert member.channel.looks
    assert {hub.catalogue.devices[device].fragment_since for device in DEVICES} == {-1}
    for device in DEVICES:
        hub.publish((device, "x", 50.0))
        hub.publish((device, "y", 60.0))
    hub.later(0.1)
    assert all(hub.catalogue.devices[device].fragment_since > 0 for device in DEVICES)
    assert believed(client) == {f"{device}:{m}": v for device in DEVICES for m, v in (("x", 50.0), ("y", 60.0))}


def test_it_is_told_again_once_few_devices_change(hub: LiveHub) -> None:
    client = looking(hub)
    hub.later(0.2)
    channel = client.members[0].channel
    assert not channel.looks
    client.frames.clear()
    hub.publish((DEVICES[3], "x", 7.0))
    assert client.kinds() == ["data"]
    assert client.frames[0]["n"] == 1
    assert not channel.waiting


def test_who_falls_behind_while_it_looks_catches_up(hub: LiveHub) -> None:
    slow = looking(hub)
    client = Client(hub)
    hub.join(client, "hall/#", interval_ms=100)
    hub.timer.run()
    slow.room = 1
    busy(hub, 5, value=200.0)
    assert slow.full
    slow.drain()
    hub.later(0.2)
    assert believed(slow) == believed(client) == {f"{device}:x": 204.5 for device in DEVICES}
    conflated = [frame for frame in slow.frames if frame["type"] == "lag" and not frame["behind"]]
    assert conflated[-1]["conflated"] > 0


def test_leaving_it_leaves_nothing_behind(hub: LiveHub) -> None:
    client = looking(hub)
    hub.broadcaster.leave(client.members[0])
    hub.later(1.0)
    busy(hub, 2)
    for device in DEVICES:
        assert not hub.catalogue.devices[device].whole
        assert not hub.catalogue.devices[device].channels


def test_devices_come_and_go_while_it_looks(hub: LiveHub) -> None:
    client = looking(hub)
    hub.publish(("hall/new", "x", 1.0), ("hall/new", "x", 2.0))
    gone = hub.catalogue.devices[DEVICES[0]]
    hub.append(Batch(hub.clock.now_us(), removed_series=list(gone.series.values()), removed_devices=[gone]))
    client.frames.clear()
    hub.later(0.11)
    assert [frame["n"] for frame in client.frames] == [2]
    assert believed(client)["hall/new:x"] == 2.0
    assert f"{DEVICES[0]}:x" not in believed(client)


def test_only_a_channel_of_readings_without_an_interval_is_in_a_hurry(hub: LiveHub) -> None:
    client = Client(hub)
    hub.join(client, interval_ms=100)
    hub.join(client, metrics=(), interval_ms=0)
    hurried = [hub.broadcaster.hurried]
    member, _ = hub.join(client, interval_ms=0)
    hurried.append(hub.broadcaster.hurried)
    hub.broadcaster.leave(member)
    hurried.append(hub.broadcaster.hurried)
    assert hurried == [False, True, False]
