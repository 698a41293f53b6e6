"""A sender on a socket that takes little at a time: what it says it sent is what the peer can read whole."""

import socket
from collections.abc import Iterator

import pytest

from simulators.cycle import Traffic, build_cycle
from simulators.errors import BrokerError
from simulators.sender import MAX_WRITE_BYTES, STAMPED_WRITE_BYTES, Sender
from simulators.wire import PINGREQ, PINGRESP, split_packets

Pair = tuple[socket.socket, socket.socket]


def _connected() -> Pair:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    near.setblocking(False)
    return near, far


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = _connected()
    with near, far:
        far.settimeout(5)
        yield near, far


@pytest.fixture
def narrow_pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    near.setblocking(False)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with near, far:
        far.settimeout(5)
        yield near, far


def test_a_message_counts_as_sent_once_its_last_byte_is_out(narrow_pair: Pair) -> None:
    near, far = narrow_pair
    sender = Sender(near, build_cycle(Traffic(devices=5), 0, 1), broker="b")
    heard, buffer, total = 0, bytearray(), 10_000
    for _ in range(2_000):
        if sender.sent == total:
            break
        sender.write(total, 0)
        buffer += far.recv(1_000_000)
        heard += len(split_packets(buffer))
        assert sender.sent == heard
        assert sender.blocked == (sender.sent < sender.claimed)
    assert heard == total
    assert not buffer


def test_qos_0_is_taken_when_the_broker_answers_behind_it(pair: Pair) -> None:
    near, far = pair
    sender = Sender(near, build_cycle(Traffic(devices=5), 0, 1), broker="b")
    sender.write(3, 0)
    sender.finish()
    sender.write(3, 0)
    assert far.recv(65536).endswith(PINGREQ)
    far.sendall(PINGRESP[:1])
    sender.read()
    assert (sender.finished, sender.taken) == (False, 0)
    far.sendall(PINGRESP[1:])
    sender.read()
    assert (sender.finished, sender.taken) == (True, 3)


def test_qos_1_keeps_its_window_and_counts_acknowledgements_cut_anywhere(pair: Pair) -> None:
    near, far = pair
    sender = Sender(near, build_cycle(Traffic(devices=5, qos=1), 0, 1), broker="b", max_in_flight=4)
    sender.write(100, 0)
    assert sender.claimed == 4
    assert not sender.wants(100)
    far.sendall(b"\x40\x02\x00\x01\x40\x02")
    sender.read()
    assert sender.taken == 1
    far.sendall(b"\x00\x02\x40\x02\x00\x03\x40\x02\x00\x04")
    sender.read()
    assert sender.taken == 4
    assert sender.wants(100)


@pytest.mark.parametrize("said", [b"\x30\x03\x00\x01a", b"\x40\x02\x00\x01\x30\x00\x00\x00"])
def test_what_a_publisher_never_hears_is_an_error(pair: Pair, said: bytes) -> None:
    near, far = pair
    sender = Sender(near, build_cycle(Traffic(qos=1), 0, 1), broker="b", max_in_flight=4)
    far.sendall(said)
    with pytest.raises(BrokerError, match="where only acknowledgements were due"):
        sender.read()


def test_stamped_writes_are_small_so_that_stamps_are_fresh() -> None:
    near, far = _connected()
    with near, far:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MAX_WRITE_BYTES)
        sender = Sender(near, build_cycle(Traffic(stamp_key="ts"), 0, 1), broker="b")
        sender.write(100_000, 1_700_000_000_000_000)
        assert 0 < sender.bytes_sent <= STAMPED_WRITE_BYTES
