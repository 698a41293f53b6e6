"""Channels that look at their devices instead of being told of each change: nobody sees the difference."""

from __future__ import annotations

import pytest

from hub.core.batch import Batch
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
            hub.later(0.051)


def looking(hub: LiveHub) -> Client:
    """A client whose channel looks."""
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
