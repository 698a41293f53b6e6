"""A quiet socket is read at once, a busy one gathers; pausing and stopping leave no timer behind."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, cast

import pytest

from hub.mqtt.polling import BUSY_READS, GATHER_S, IDLE_LOOKS, Polling

if TYPE_CHECKING:
    from collections.abc import Callable


class Timer:
    """A callback that waits for its time."""

    def __init__(self, after_s: float, callback: Callable[[], None]) -> None:
        self.after_s = after_s
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class HandLoop:
    """An event loop that the test turns by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.watched: dict[int, Callable[[], None]] = {}
        self.timers: list[Timer] = []
        self.soon: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now_s

    def add_reader(self, number: int, callback: Callable[[], None]) -> None:
        self.watched[number] = callback

    def remove_reader(self, number: int) -> bool:
        return self.watched.pop(number, None) is not None

    def call_later(self, after_s: float, callback: Callable[[], None]) -> Timer:
        self.timers.append(Timer(after_s, callback))
        return self.timers[-1]

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.soon.append(callback)


class Bench:
    """A polling with a hand-turned loop, and a socket that brings what the test says."""

    def __init__(self) -> None:
        self.loop = HandLoop()
        self.size = 10
        self.reads = 0
        self.errors: list[Exception] = []
        self.polling = Polling(cast("Any", self.loop), read=self.read, failed=self.errors.append)
        self.sock = socket.socket()
        self.polling.start(self.sock)

    def read(self) -> int:
        self.reads += 1
        return self.size

    def readable(self, times: int = 1, *, every_s: float = 0.0) -> None:
        for _ in range(times):
            self.loop.now_s += every_s
            self.loop.watched[self.sock.fileno()]()

    def quiet(self) -> bool:
        return self.sock.fileno() in self.loop.watched

    def elapse(self) -> float:
        timer = self.loop.timers.pop(0)
        if not timer.cancelled:
            timer.callback()
        return timer.after_s

    def make_busy(self) -> None:
        self.readable(BUSY_READS, every_s=0.0001)


@pytest.fixture
def bench() -> Any:
    made = Bench()
    yield made
    made.polling.stop()
    made.sock.close()


def test_a_quiet_socket_is_read_whenever_it_has_something(bench: Bench) -> None:
    bench.readable(1000, every_s=0.0011)
    assert bench.reads == 1000
    assert bench.quiet()


def test_a_busy_socket_gathers_and_is_watched_again_when_nothing_comes(bench: Bench) -> None:
    bench.make_busy()
    assert not bench.quiet()
    for _ in range(100):
        assert bench.elapse() == GATHER_S
    assert bench.reads == BUSY_READS + 100
    bench.size = 0
    for _ in range(IDLE_LOOKS):
        assert not bench.quiet()
        bench.elapse()
    assert bench.quiet()
    assert bench.loop.timers == []


@pytest.mark.parametrize("busy", [False, True])
def test_a_paused_socket_is_not_read_and_a_resumed_one_is(bench: Bench, busy: bool) -> None:  # noqa: FBT001 - parametrized
    if busy:
        bench.make_busy()
    before = bench.reads
    bench.polling.pause()
    bench.polling.pause()
    assert not bench.quiet()
    while bench.loop.timers:
        bench.elapse()
    assert bench.reads == before
    bench.polling.resume()
    bench.polling.resume()
    assert bench.quiet()
    bench.loop.soon.pop()()
    assert bench.reads == before + 1


def test_a_pause_while_gathering_stops_the_timer(bench: Bench) -> None:
    bench.make_busy()
    bench.polling._read = lambda: (bench.polling.pause(), 10)[1]  # type: ignore[func-returns-value]
    bench.elapse()
    assert bench.loop.timers == []
    bench.polling.resume()
    assert bench.quiet()


@pytest.mark.parametrize("busy", [False, True])
def test_stopping_twice_leaves_nothing(bench: Bench, busy: bool) -> None:  # noqa: FBT001 - parametrized
    if busy:
        bench.make_busy()
    bench.polling.stop()
    bench.polling.stop()
    bench.polling.pause()
    bench.polling.resume()
    assert bench.loop.watched == {}
    assert all(timer.cancelled for timer in bench.loop.timers)


@pytest.mark.parametrize("busy", [False, True])
def test_what_reading_raises_is_told(bench: Bench, busy: bool) -> None:  # noqa: FBT001 - parametrized
    if busy:
        bench.make_busy()

    def fail() -> int:
        raise OSError("broken")

    bench.polling._read = fail
    if busy:
        bench.elapse()
    else:
        bench.readable()
    assert [str(error) for error in bench.errors] == ["broken"]


def test_a_socket_that_holds_bytes_is_read_until_it_has_none(bench: Bench) -> None:
    bench.polling._holds_bytes = True
    sizes = [5, 5, 5, 0]
    bench.polling._read = lambda: sizes.pop(0)
    bench.readable()
    assert sizes == []
    bench.polling._read = lambda: 5
    bench.readable()
    assert len(bench.loop.soon) == 1, "there may be more, so it goes on without waiting"


async def test_on_a_real_loop_many_small_writes_become_few_reads() -> None:
    near, far = socket.socketpair()
    got = reads = 0
    done = asyncio.Event()

    def read() -> int:
        nonlocal got, reads
        reads += 1
        try:
            size = len(near.recv(1 << 18))
        except BlockingIOError:
            return 0
        got += size
        if got == 4000:
            done.set()
        return size

    with near, far:
        near.setblocking(False)
        far.setblocking(False)
        loop = asyncio.get_running_loop()
        polling = Polling(loop, read=read, failed=lambda _error: done.set())
        polling.start(near)
        for _ in range(4000):
            await loop.sock_sendall(far, b"x")
            await asyncio.sleep(0)
        await done.wait()
        polling.stop()
    assert got == 4000
    assert reads < 2000
