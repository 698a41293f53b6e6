"""A load's messages: the right topics and values, stamps patched in place."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.cycle import MIN_CYCLE_MESSAGES, Cycle, PayloadFormat, Traffic, build_cycle, metric_names
from simulators.errors import PlanError
from simulators.wire import split_packets

UNSET_US = 10**15
STAMPED = {
    form: build_cycle(Traffic(devices=30, metrics=1, payload_format=form, stamp_key="ts"), 0, 1)
    for form in PayloadFormat
}
PLAIN = build_cycle(Traffic(devices=64, metrics=1), 0, 1)


def _messages(cycle: Cycle, qos: int) -> list[tuple[str, bytes, int]]:
    messages = []
    for packet in split_packets(bytearray(cycle.data)):
        length = int.from_bytes(packet.body[:2], "big")
        at = 2 + length + (2 if qos else 0)
        packet_id = int.from_bytes(packet.body[2 + length : at], "big") if qos else 0
        messages.append((packet.body[2 : 2 + length].decode(), packet.body[at:], packet_id))
    return messages


def test_every_device_is_heard_in_turn_with_values_that_vary() -> None:
    messages = _messages(build_cycle(Traffic(devices=10, metrics=3), 0, 1), 0)
    assert len(messages) >= MIN_CYCLE_MESSAGES
    assert [topic for topic, _, _ in messages[:11]] == [f"load/device-{number % 10:04d}" for number in range(11)]
    first, again = json.loads(messages[0][1]), json.loads(messages[10][1])
    assert list(first) == ["temperature", "humidity", "pressure"]
    assert first != again


def test_devices_are_dealt_out_to_connections_and_none_is_on_two() -> None:
    traffic = Traffic(devices=7)
    topics = [{topic for topic, _, _ in _messages(build_cycle(traffic, number, 3), 0)} for number in range(3)]
    assert sorted(len(part) for part in topics) == [2, 2, 3]
    assert len(set.union(*topics)) == 7


def test_plain_messages_carry_one_number_each() -> None:
    messages = _messages(build_cycle(Traffic(devices=2, metrics=2, payload_format=PayloadFormat.PLAIN), 0, 1), 0)
    assert [topic.rpartition("/")[2] for topic, _, _ in messages[:4]] == ["temperature", "humidity"] * 2
    assert 15 < float(messages[0][1]) < 30


@pytest.mark.parametrize("payload_format", list(PayloadFormat))
@settings(max_examples=25, deadline=None)
@given(now_us=st.integers(10**15, 10**16 - 1), index=st.integers(0, 1000), count=st.integers(1, 50))
def test_a_stamp_reaches_exactly_the_messages_it_is_for(
    payload_format: PayloadFormat, now_us: int, index: int, count: int
) -> None:
    cycle = STAMPED[payload_format]
    cycle.stamp(0, len(cycle), UNSET_US)
    before = len(cycle.data)
    cycle.stamp(index, count, now_us)
    assert len(cycle.data) == before
    stamps = []
    for _, payload, _ in _messages(cycle, 0):
        json_form = payload_format is PayloadFormat.JSON
        stamps.append(json.loads(payload)["ts"] if json_form else int(payload.split()[0]))
    assert set(stamps[index : index + count]) == {now_us}
    assert set(stamps[:index] + stamps[index + count :]) <= {UNSET_US}


def test_packet_identifiers_count_from_one_and_are_never_twice_in_a_cycle() -> None:
    messages = _messages(build_cycle(Traffic(devices=3, qos=1), 0, 1), 1)
    assert [packet_id for _, _, packet_id in messages] == list(range(1, len(messages) + 1))


def test_more_devices_than_packet_identifiers_are_refused_with_the_way_out() -> None:
    with pytest.raises(PlanError, match=r"--devices: QoS 1 .* use more --connections"):
        build_cycle(Traffic(devices=70_000, qos=1), 0, 1)


@settings(deadline=None)
@given(index=st.integers(0, 4095), most=st.integers(1, 9000), max_bytes=st.integers(1, 400_000))
def test_a_write_never_exceeds_its_bounds_unless_one_message_does(index: int, most: int, max_bytes: int) -> None:
    cycle = PLAIN
    count = cycle.fit(index, most, max_bytes)
    assert 1 <= count <= most
    assert index + count <= len(cycle)
    assert count == 1 or cycle.start(index + count) - cycle.start(index) <= max_bytes


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    assert build_cycle(Traffic(seed=4), 0, 1).data == build_cycle(Traffic(seed=4), 0, 1).data
    assert build_cycle(Traffic(seed=4), 0, 1).data != build_cycle(Traffic(seed=5), 0, 1).data


def test_metrics_beyond_the_usual_ones_are_numbered() -> None:
    assert metric_names(9)[-2:] == ["level", "metric_9"]
