"""The intake keeps order, dates every message, and when full sheds QoS 0 and pauses for QoS 1."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.raw import RawBatch, RawMessage
from tests.mqtt.sources import Bench, FakeSource, qos_0, qos_1


def names(messages: list[RawMessage]) -> list[str]:
    return [message.payload.decode() for message in messages]


def test_an_empty_intake_gives_none() -> None:
    assert Bench().intake.take(10) is None


def test_what_was_put_together_is_taken_together_in_order() -> None:
    bench = Bench()
    bench.put(qos_0("1"), qos_0("2"))
    bench.put(qos_0("3"))
    first, second = bench.intake.take(10), bench.intake.take(10)
    assert first is not None
    assert second is not None
    assert names(first.messages) == ["1", "2"]
    assert names(second.messages) == ["3"]
    assert bench.intake.take(10) is None
    assert len(bench.intake) == 0


def test_a_batch_is_cut_at_the_limit_and_goes_on_with_the_right_times() -> None:
    bench = Bench()
    bench.put(*(qos_0(str(n)) for n in range(5)))
    start = bench.clock.now_us()
    taken = [bench.intake.take(2), bench.intake.take(2), bench.intake.take(2)]
    assert [names(batch.messages) for batch in taken if batch] == [["0", "1"], ["2", "3"], ["4"]]
    assert [batch.received_us for batch in taken if batch] == [start, start + 2, start + 4]
    assert bench.intake._bytes == 0


def test_a_batch_never_mixes_connections() -> None:
    bench = Bench()
    other = FakeSource()
    bench.put(qos_1(1))
    bench.put(qos_1(1, "other"), source=other)
    for _ in range(2):
        batch = bench.intake.take(10)
        assert batch is not None
        assert batch.receipt is not None
        batch.receipt.acknowledge()
    assert (bench.source.acknowledged, other.acknowledged) == ([1], [1])


def test_receive_times_increase_strictly_while_the_clock_stands_still() -> None:
    bench = Bench()
    start = bench.clock.now_us()
    bench.put(qos_0("a"), qos_0("b"), qos_0("c"))
    bench.put(qos_0("d"))
    assert [batch.received_us for batch in batches(bench)] == [start, start + 3]


def test_a_clock_set_back_a_little_is_smoothed_over() -> None:
    bench = Bench()
    start = bench.clock.now_us()
    bench.put(qos_0("a"))
    bench.clock.step(-0.9)
    bench.put(qos_0("b"))
    assert [batch.received_us for batch in batches(bench)] == [start, start + 1]
    assert bench.count("clock_steps") == 0


def test_a_clock_set_back_by_more_than_a_second_is_followed_and_counted() -> None:
    bench = Bench()
    start = bench.clock.now_us()
    bench.put(qos_0("a"))
    bench.clock.step(-3600)
    bench.put(qos_0("b"))
    bench.put(qos_0("c"))
    times = [batch.received_us for batch in batches(bench)]
    assert times == [start, start - 3_600_000_000, start - 3_599_999_999]
    assert bench.count("clock_steps") == 1


def test_a_batch_tells_when_it_was_put_in_steady_time() -> None:
    bench = Bench()
    bench.put(qos_0("a"))
    bench.clock.advance(5)
    assert batches(bench)[0].taken_s == bench.clock.steady_s() - 5


def test_a_full_intake_drops_the_oldest_messages_of_qos_0_and_counts_them() -> None:
    bench = Bench(max_messages=3)
    bench.put(qos_0("1"), qos_0("2"))
    bench.put(qos_0("3"), qos_0("4"), qos_0("5"))
    assert names(bench.take_all()) == ["3", "4", "5"]
    assert bench.count("messages_dropped") == 2
    assert bench.source.reads()


def test_an_intake_full_of_bytes_drops_too() -> None:
    bench = Bench(max_bytes=1000)
    for name in "abcde":
        bench.put(RawMessage(b"t", name.encode() * 299))
    assert [message.payload[:1] for message in bench.take_all()] == [b"c", b"d", b"e"]
    assert bench.intake._bytes == 0


def test_the_messages_left_of_a_half_dropped_list_keep_their_times() -> None:
    bench = Bench(max_messages=3)
    start = bench.clock.now_us()
    bench.put(*(qos_0(str(n)) for n in range(5)))
    (batch,) = batches(bench)
    assert names(batch.messages) == ["2", "3", "4"]
    assert batch.received_us == start + 2


def test_qos_1_is_never_dropped_and_pauses_its_source_until_half_is_taken() -> None:
    bench = Bench(max_messages=4)
    bench.put(*(qos_1(n) for n in range(1, 7)))
    assert not bench.source.reads()
    assert bench.count("intake_pauses") == 1
    bench.intake.take(3)
    assert not bench.source.reads()
    bench.intake.take(1)
    assert bench.source.reads()
    assert names(bench.take_all()) == ["5", "6"]


def test_qos_0_makes_room_for_qos_1_wherever_it_is() -> None:
    bench = Bench(max_messages=4)
    bench.put(qos_1(1), qos_0("a"), qos_1(2), qos_0("b"))
    bench.put(qos_1(3), qos_1(4))
    assert names(bench.take_all()) == ["1", "2", "3", "4"]
    assert bench.count("messages_dropped") == 2
    assert bench.source.reads()


def test_every_source_that_was_paused_is_resumed() -> None:
    bench = Bench(max_messages=1)
    other = FakeSource()
    bench.put(qos_1(1), qos_1(2))
    bench.put(qos_1(1), source=other)
    assert not bench.source.reads()
    assert not other.reads()
    bench.take_all()
    assert bench.source.reads()
    assert other.reads()


def test_lists_that_were_dropped_whole_leave_nothing_behind() -> None:
    bench = Bench(max_messages=3)
    bench.put(qos_1(1))
    for n in range(1000):
        bench.put(qos_0(str(n)))
    assert len(bench.intake._chunks) == 3
    assert len(bench.intake._sheddable) <= 4
    assert names(bench.take_all()) == ["1", "998", "999"]


def test_counters_tell_what_came_in() -> None:
    bench = Bench()
    bench.put(qos_0("12"), qos_0("345"))
    assert bench.count("messages_received") == 2
    assert bench.count("bytes_received") == 7
    assert bench.meters.gauges["intake_messages"].read() == 2
    assert bench.meters.gauges["intake_bytes"].read() == 7


async def test_ready_waits_for_something_to_take() -> None:
    bench = Bench()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(bench.intake.ready())
        await asyncio.sleep(0)
        assert not waiting.done()
        bench.put(qos_0("a"))
    await bench.intake.ready()
    bench.intake.take(10)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await bench.intake.ready()


async def test_cancelling_ready_loses_nothing() -> None:
    bench = Bench()
    waiting = asyncio.get_running_loop().create_task(bench.intake.ready())
    await asyncio.sleep(0)
    bench.put(qos_0("a"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await bench.intake.ready()
    assert names(bench.take_all()) == ["a"]


def batches(bench: Bench) -> list[RawBatch]:
    got = []
    while (batch := bench.intake.take(1_000_000)) is not None:
        got.append(batch)
    return got


@dataclass
class Model:
    """The simplest intake there is: one list."""

    max_messages: int
    held: list[RawMessage] = field(default_factory=list)

    def put(self, messages: list[RawMessage]) -> None:
        self.held += messages
        while len(self.held) > self.max_messages and any(not message.packet_id for message in self.held):
            self.held.remove(next(message for message in self.held if not message.packet_id))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 5)), max_size=30))
def test_any_order_of_puts_and_takes_behaves_like_one_list(steps: list[list[bool] | int]) -> None:
    bench, model = Bench(max_messages=7), Model(7)
    number, last_us = 0, 0
    for step in steps:
        if isinstance(step, list):
            messages = []
            for acknowledged in step:
                number += 1
                messages.append(qos_1(number) if acknowledged else qos_0(str(number)))
            bench.put(*messages)
            model.put(messages)
        elif (batch := bench.intake.take(step)) is not None:
            assert batch.messages == model.held[: len(batch.messages)]
            del model.held[: len(batch.messages)]
            assert batch.received_us > last_us
            last_us = batch.received_us + len(batch.messages) - 1
        assert len(bench.intake) == len(model.held)
        assert bench.source.reads() or len(model.held) * 2 > 7
    assert bench.take_all() == model.held
    assert bench.intake._bytes == 0
    assert not bench.intake._sheddable
