"""The pace: exact on time, never in a burst after a stall, shared out without remainder."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.pacing import MAX_DEBT_S, Pacer, share


class _ManualClock:
    def __init__(self) -> None:
        self.now_us = 5_000_000

    def advance(self, us: int) -> None:
        self.now_us += us


def test_every_message_is_due_exactly_on_its_time() -> None:
    clock = _ManualClock()
    pacer = Pacer(100, clock.now_us, 1000)
    assert pacer.due(clock.now_us, 0) == 0
    clock.advance(9_999)
    assert pacer.due(clock.now_us, 0) == 0
    assert pacer.wait_s(clock.now_us, 0) == pytest.approx(1e-6)
    clock.advance(1)
    assert pacer.due(clock.now_us, 0) == 1
    assert pacer.wait_s(clock.now_us, 0) == 0
    assert pacer.wait_s(clock.now_us, 1) == pytest.approx(0.01)


@settings(deadline=None)
@given(rate_hz=st.floats(0.5, 500_000), steps_us=st.lists(st.integers(1, 50_000), min_size=1, max_size=50))
def test_a_broker_that_keeps_up_gets_exactly_the_rate_whatever_the_turns(rate_hz: float, steps_us: list[int]) -> None:
    clock = _ManualClock()
    pacer = Pacer(rate_hz, clock.now_us, 1 << 40)
    sent = 0
    for step_us in steps_us:
        clock.advance(step_us)
        due = pacer.due(clock.now_us, sent)
        assert due >= sent
        sent = due
    assert abs(sent - sum(steps_us) * rate_hz / 1e6) <= 1
    assert pacer.slipped_s == 0


def test_after_a_stall_at_most_a_second_is_owed_and_the_rest_is_admitted() -> None:
    clock = _ManualClock()
    pacer = Pacer(1000, clock.now_us, 1 << 40)
    clock.advance(5_000_000)
    assert pacer.due(clock.now_us, 0) == pytest.approx(1000 * MAX_DEBT_S, abs=1)
    assert pacer.slipped_s == pytest.approx(4.0, abs=0.01)
    clock.advance(1_000_000)
    assert pacer.due(clock.now_us, 1000) == pytest.approx(2000, abs=1)
    assert pacer.slipped_s == pytest.approx(4.0, abs=0.01)


def test_a_slow_pace_is_late_without_slipping() -> None:
    pacer = Pacer(0.1, 0, 10)
    assert pacer.due(10_500_000, 0) == 1
    assert pacer.slipped_s == 0


def test_nothing_is_due_beyond_the_limit() -> None:
    assert Pacer(1000, 0, 300).due(900_000, 200) == 300


def test_without_a_rate_everything_is_due_at_once() -> None:
    pacer = Pacer(0, 0, 12)
    assert pacer.due(0, 0) == 12
    assert pacer.wait_s(0, 3) == 0


@settings(deadline=None)
@given(total=st.integers(0, 10**9), parts=st.integers(1, 50))
def test_shares_add_up_and_differ_by_one_at_most(total: int, parts: int) -> None:
    shares = [share(total, part, parts) for part in range(parts)]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1
