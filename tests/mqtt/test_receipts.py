"""Acknowledgements belong to a batch and a connection; a redelivered message is known again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mqtt.sources import Bench, FakeSource, qos_0, qos_1

if TYPE_CHECKING:
    from hub.core.raw import RawBatch, RawMessage


def take(bench: Bench) -> RawBatch:
    batch = bench.intake.take(1_000_000)
    assert batch is not None
    return batch


def publish(bench: Bench, *messages: RawMessage, source: FakeSource | None = None) -> RawBatch:
    """Put, take and acknowledge, as the pipeline does."""
    bench.put(*messages, source=source)
    batch = take(bench)
    if batch.receipt is not None:
        batch.receipt.acknowledge()
    return batch


def test_a_batch_of_qos_0_has_no_receipt() -> None:
    assert publish(Bench(), qos_0("a")).receipt is None


def test_a_batch_is_acknowledged_at_once_in_order_of_receipt_and_only_when_asked_to() -> None:
    bench = Bench()
    bench.put(qos_1(7), qos_0("a"), qos_1(3), qos_1(9))
    batch = take(bench)
    assert bench.source.acknowledged == []
    assert batch.receipt is not None
    batch.receipt.acknowledge()
    assert bench.source.acknowledged == [7, 3, 9]
    assert bench.source.writes == 1


def test_acknowledging_twice_is_acknowledging_once() -> None:
    bench = Bench()
    batch = publish(bench, qos_1(1))
    assert batch.receipt is not None
    batch.receipt.acknowledge()
    assert bench.source.acknowledged == [1]


def test_what_was_cut_at_the_limit_is_acknowledged_by_its_own_batch() -> None:
    bench = Bench()
    bench.put(qos_1(1), qos_1(2), qos_1(3))
    first, second = bench.intake.take(2), bench.intake.take(2)
    assert first is not None
    assert second is not None
    assert first.receipt is not None
    assert second.receipt is not None
    second.receipt.acknowledge()
    assert bench.source.acknowledged == [3]
    first.receipt.acknowledge()
    assert bench.source.acknowledged == [3, 1, 2]


def test_a_redelivery_of_what_was_published_is_only_acknowledged_again() -> None:
    bench = Bench()
    bench.put(qos_1(1), qos_1(2))
    lost = take(bench)
    bench.source.alive = False
    assert lost.receipt is not None
    lost.receipt.acknowledge()
    new = FakeSource()
    batch = publish(bench, qos_1(1, again=True), qos_1(2, again=True), qos_1(3), source=new)
    assert batch.messages == [qos_1(3)]
    assert new.acknowledged == [1, 2, 3]
    assert bench.count("redelivered", "acknowledged_only") == 2


def test_a_batch_of_nothing_but_redeliveries_has_a_receipt_and_no_messages() -> None:
    bench = Bench()
    publish(bench, qos_1(1))
    batch = publish(bench, qos_1(1, again=True))
    assert batch.messages == []
    assert bench.source.acknowledged == [1, 1]


def test_a_redelivery_that_overtakes_its_first_copy_in_the_intake_is_published_once() -> None:
    bench = Bench()
    new = FakeSource()
    bench.put(qos_1(1))
    bench.put(qos_1(1, again=True), source=new)
    assert bench.take_all() == [qos_1(1)]


def test_a_duplicate_in_the_same_batch_is_published_once() -> None:
    batch = publish(Bench(), qos_1(1), qos_1(1, again=True))
    assert batch.messages == [qos_1(1)]


def test_a_duplicate_with_another_payload_is_another_message() -> None:
    bench = Bench()
    publish(bench, qos_1(1, "old"))
    assert publish(bench, qos_1(1, "new", again=True)).messages == [qos_1(1, "new", again=True)]


def test_an_id_used_again_without_the_flag_is_another_message() -> None:
    bench = Bench()
    publish(bench, qos_1(1, "same"))
    assert publish(bench, qos_1(1, "same")).messages == [qos_1(1, "same")]


def test_an_entry_ends_60_s_after_its_acknowledgement_went_out() -> None:
    bench = Bench()
    publish(bench, qos_1(1))
    bench.clock.advance(59)
    assert publish(bench, qos_1(1, again=True)).messages == []
    bench.clock.advance(61)
    assert publish(bench, qos_1(1, again=True)).messages == [qos_1(1, again=True)]


def test_an_entry_whose_acknowledgement_did_not_go_out_does_not_end() -> None:
    bench = Bench()
    bench.source.alive = False
    publish(bench, qos_1(1))
    bench.clock.advance(100_000)
    assert publish(bench, qos_1(1, again=True), source=FakeSource()).messages == []


def test_a_redelivery_of_what_an_earlier_process_recorded_keeps_its_receive_time() -> None:
    bench = Bench()
    earlier = Bench()
    earlier.clock.us = 1_700_000_000_000_000
    receipt = publish(earlier, qos_1(1)).receipt
    assert receipt is not None
    bench.intake.guard.restore([receipt.record()])
    batch = publish(bench, qos_0("a"), qos_1(1, again=True), qos_1(2))
    assert batch.messages == [qos_0("a"), qos_1(1, again=True), qos_1(2)]
    assert batch.redelivered == {1: 1_700_000_000_000_000}
    assert bench.count("redelivered", "same_time") == 1
    assert publish(bench, qos_1(1, again=True)).messages == []


def test_after_a_new_session_nothing_is_known_any_more() -> None:
    bench = Bench()
    publish(bench, qos_1(1))
    bench.intake.guard.forget()
    assert publish(bench, qos_1(1, again=True)).messages == [qos_1(1, again=True)]


def test_the_guard_holds_one_entry_a_packet_id() -> None:
    bench = Bench(max_messages=200_000, max_bytes=1 << 30)
    for start in range(0, 140_000, 1000):
        publish(bench, *(qos_1(n % 65_535 + 1, str(n)) for n in range(start, start + 1000)))
    assert bench.meters.gauges["redelivery_entries"].read() == 65_535


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.booleans()), max_size=12))
def test_a_broker_that_redelivers_whatever_was_not_acknowledged_gets_each_message_published_once(
    rounds: list[tuple[list[int], bool]],
) -> None:
    """Each round delivers new messages under free ids; then the connection may be lost with the acknowledgement."""
    bench = Bench()
    in_flight: dict[int, RawMessage] = {}
    published: list[bytes] = []
    sent: list[bytes] = []
    for round_number, (ids, lost) in enumerate(rounds):
        source = FakeSource()
        source.alive = not lost
        again = [qos_1(key, old.payload.decode(), again=True) for key, old in in_flight.items()]
        fresh = [qos_1(key, f"{round_number}/{key}") for key in dict.fromkeys(ids) if key not in in_flight]
        sent += [message.payload for message in fresh]
        in_flight.update({message.packet_id: message for message in fresh})
        if not again and not fresh:
            continue
        batch = publish(bench, *again, *fresh, source=source)
        published += [message.payload for message in batch.messages]
        for key in source.acknowledged:
            del in_flight[key]
    assert published == sent
