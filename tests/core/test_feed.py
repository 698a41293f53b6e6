from __future__ import annotations

from hub.core.clock import ManualClock
from hub.core.feed import Feed, Feeds


def test_every_change_and_every_try_is_told_and_a_repetition_is_not() -> None:
    clock, told = ManualClock(), list[Feed]()
    feeds = Feeds(clock=clock)
    feeds.listen(told.append)
    feeds.say("mqtt", up=False, reason="connection refused", address="broker:1883")
    went_us = clock.now_us()
    clock.advance(1)
    feeds.say("mqtt", up=False, reason="connection refused")
    feeds.say("mqtt", up=False, reason="no route")
    tries = [("connection refused", 0), ("connection refused", 1), ("no route", 2)]
    assert [(one.reason, one.tries) for one in told] == tries
    assert {(one.since_us, one.address) for one in told} == {(went_us, "broker:1883")}
    assert feeds.get("mqtt") == told[-1]
    clock.advance(1)
    feeds.say("mqtt", up=True)
    feeds.say("mqtt", up=True)
    assert told[3:] == [Feed("mqtt", up=True, since_us=clock.now_us(), address="broker:1883")]
    assert feeds.all() == told[3:]


def test_a_link_that_nobody_named_is_none() -> None:
    assert Feeds(clock=ManualClock()).get("store") is None
