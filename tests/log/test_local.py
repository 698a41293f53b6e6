from __future__ import annotations

from sys import getrefcount

from hypothesis import given
from hypothesis import strategies as st

from hub.core.batch import Batch
from hub.core.meters import Meters
from hub.log.local import LocalLog


def batch(time_s: float, readings: int = 1) -> Batch:
    return Batch(round(time_s * 1e6), readings=[(1, 0, 0.0, None, 0, 0)] * readings)


def test_positions_count_up_and_since_yields_what_follows() -> None:
    log = LocalLog(meters=Meters())
    assert (log.first_seq, log.seq) == (1, 0)
    batches = [batch(i) for i in range(5)]
    assert [log.append(one) for one in batches] == [1, 2, 3, 4, 5]
    assert list(log.since(3)) == batches[3:]
    assert list(log.since(5)) == []
    assert list(log.since(0)) == batches


def test_old_batches_go_by_age_and_the_newest_always_stays() -> None:
    log = LocalLog(meters=Meters(), retention_s=10)
    for second in (0, 5, 11, 30):
        log.append(batch(second))
    assert log.first_seq == 4
    assert len(list(log.since(0))) == 1


def test_too_many_readings_push_out_the_oldest() -> None:
    log = LocalLog(meters=Meters(), retention_readings=1000)
    for _ in range(5):
        log.append(batch(0, 400))
    assert log.first_seq == 4
    log.append(batch(0, 5000))
    assert log.first_seq == log.seq


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(0, 60))
def test_since_is_the_tail_of_what_was_appended_however_much_was_dropped(sizes: list[int], seq: int) -> None:
    log = LocalLog(meters=Meters(), retention_readings=1000)
    batches = [batch(0, size) for size in sizes]
    for one in batches:
        log.append(one)
    assert list(log.since(seq)) == [one for one in batches if one.seq > seq and one.seq >= log.first_seq]


def test_many_drops_keep_reading_by_position_right() -> None:
    log = LocalLog(meters=Meters(), retention_readings=1000)
    for _ in range(6000):
        log.append(batch(0, 1))
    assert log.first_seq == 5001
    assert [one.seq for one in log.since(5998)] == [5999, 6000]


def test_what_is_dropped_is_let_go_at_once() -> None:
    log = LocalLog(meters=Meters(), retention_readings=1000)
    first = batch(0, 900)
    log.append(first)
    held = getrefcount(first)
    log.append(batch(0, 900))
    assert getrefcount(first) == held - 1
