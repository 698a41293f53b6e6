from __future__ import annotations

from hub.live.opening import LIFE_S
from hub.live.request import Mode
from tests.support.live import Client, LiveHub


def test_an_opening_and_its_bytes_are_let_go_after_a_second() -> None:
    hub = LiveHub()
    hub.publish(("a", "x", 1.0))
    client = Client(hub)
    hub.join(client)
    hub.timer.run()
    opened = [channel.opening for channel in hub.broadcaster._interest.channels.values()]
    hub.later(LIFE_S)
    kept = [channel.opening for channel in hub.broadcaster._interest.channels.values()]
    assert None not in opened
    assert kept == [None]
    assert hub.timer.waiting == 0


def test_one_timer_lets_go_of_all_openings() -> None:
    hub = LiveHub()
    for number in range(50):
        hub.join(Client(hub), f"d/{number}", mode=Mode.EVERY)
        hub.clock.advance(0.01)
    hub.timer.run()
    assert hub.timer.waiting == 1


def test_frames_are_remembered_only_while_somebody_is_behind() -> None:
    hub = LiveHub()
    hub.publish(("a", "x", 0.0))
    slow, fast = Client(hub), Client(hub)
    member, _ = hub.join(slow)
    hub.join(fast)
    hub.timer.run()
    hub.publish(("a", "x", 1.0))
    assert not member.channel.recent
    slow.room = 1
    for step in range(3):
        hub.publish(("a", "x", float(step)))
    assert member.channel.recent
    slow.drain()
    hub.timer.run()
    assert not member.channel.recent
