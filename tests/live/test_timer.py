from __future__ import annotations

from tests.support.live import Client, LiveHub


def test_channels_of_many_intervals_need_one_timer_however_long_they_live() -> None:
    hub = LiveHub()
    hub.publish(("a", "x", 0.0))
    for interval_ms in (60_000, 10_000, 100):
        hub.join(Client(hub), interval_ms=interval_ms)
    for step in range(1300):
        hub.later(0.05)
        hub.publish(("a", "x", float(step)))
    assert hub.timer.waiting <= 1
