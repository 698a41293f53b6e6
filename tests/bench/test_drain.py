"""The C clients, against a server that cuts its bytes anywhere: what they count is what was sent."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bench import workshop
from bench.drain import Audience, Drain, Report
from bench.errors import PeerFailed
from bench.machine import choose_cores
from hub.live.frame import websocket_header
from tests.support.services import service_or_skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Talk = Callable[[socket.socket], None]

PATIENCE_S = 20.0
ACCEPT = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
DATA = b'{"type":"data","channel":1,"seq":9,"base":%d,"rows":[[7,%s,20.5],[8,%s,1]],"n":2}'


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    service_or_skip("gcc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        workshop.compiled("drain")
        yield


def frame(payload: bytes, first: int = 0x81) -> bytes:
    return websocket_header(len(payload), first=first) + payload


def exactly(sock: socket.socket, size: int) -> bytes:
    return sock.recv(size, socket.MSG_WAITALL)


def read_frame(sock: socket.socket) -> tuple[int, bytes]:
    first, size = exactly(sock, 2)
    assert size & 0x80, "a client masks its frames"
    length = size & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", exactly(sock, 2))
    mask = exactly(sock, 4)
    return first & 15, bytes(byte ^ mask[at % 4] for at, byte in enumerate(exactly(sock, length)))


class Server:
    """Reads each client's handshake, then lets ``talk`` have the socket, which stays open until the test is over."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="accepting")]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for thread in self._threads[1:]:
            thread.join()
        for sock in (*self._sockets, self._listener):
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(PATIENCE_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,), name="talking")
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += sock.recv(4096)
        assert asked.startswith(b"GET /live HTTP/1.1\r\n")
        self._talk(sock)


@contextmanager
def audience_of(talk: Talk, folder: Path, **options: Any) -> Iterator[Drain]:
    server = Server(talk)
    try:
        audience = Audience(port=server.port, path="/live", rest_us=0, **{"clients": 1, **options})
        with Drain(audience, folder, choose_cores().others) as drain:
            yield drain
    finally:
        server.close()


def until(drain: Drain, holds: Callable[[Report], bool]) -> Report:
    """Ask until something holds; the program answers at once, after what it has read."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds(report := drain.report()):
        assert time.monotonic() < deadline_s, report
    return report


@pytest.mark.parametrize("cut", [1, 7, 100_000], ids=["byte by byte", "in sevens", "whole"])
def test_readings_are_counted_however_the_bytes_are_cut(cut: int, tmp_path: Path) -> None:
    data = DATA % (1_766_500_000_000, b"1", b"2.5")
    long = b'{"type":"data","rows":[[1,2,"' + b"x" * 70_000 + b'"]],"n":40}'
    other = b'{"type":"series","add":[],"n":1000}'
    stream = ACCEPT + frame(data) + frame(other) + frame(data) + (frame(long) if cut > 1 else b"")
    wanted, frames = (44, 4) if cut > 1 else (4, 3)

    def talk(sock: socket.socket) -> None:
        for at in range(0, len(stream), cut):
            sock.sendall(stream[at : at + cut])

    with audience_of(talk, tmp_path) as drain:
        report = until(drain, lambda report: report.n >= wanted)
    assert (report.n, report.least_n, report.most_n) == (wanted, wanted, wanted)
    assert (report.frames, report.bytes) == (frames, len(stream))
    assert (report.open, report.valued) == (1, 1)


def test_each_client_says_its_own_messages_masked_and_answers_pings(tmp_path: Path) -> None:
    heard: list[list[tuple[int, bytes]]] = []

    def talk(sock: socket.socket) -> None:
        sock.sendall(ACCEPT)
        said = [read_frame(sock), read_frame(sock)]
        sock.sendall(frame(b"!", first=0x89))
        heard.append([*said, read_frame(sock)])

    long = "b" * 300
    with audience_of(talk, tmp_path, clients=4, scripts=(("one", long), ("two", long))) as drain:
        until(drain, lambda _: len(heard) == 4)
    for name in (b"one", b"two"):
        assert heard.count([(1, name), (1, long.encode()), (10, b"!")]) == 2


def test_latency_is_from_the_time_of_each_row(tmp_path: Path) -> None:
    def talk(sock: socket.socket) -> None:
        now_ms = time.time_ns() // 1_000_000
        sock.sendall(ACCEPT + frame(DATA % (now_ms - 10_000, b"9500", b"9900.125")))

    with audience_of(talk, tmp_path, latency=True) as drain:
        report = until(drain, lambda report: report.n == 2)
        cleared = drain.report(reset=True)
    assert report.latency_ms is not None
    assert 500 <= report.latency_ms.max < 5000
    assert report.latency_ms.p50 >= 99
    assert cleared.latency_ms is not None
    assert cleared.latency_ms.max == 0


def test_a_close_is_answered_and_counted_with_its_code(tmp_path: Path) -> None:
    answered: list[tuple[int, bytes]] = []

    def talk(sock: socket.socket) -> None:
        sock.sendall(ACCEPT + frame(struct.pack("!H", 3001) + b"shutting down", first=0x88))
        answered.append(read_frame(sock))

    with audience_of(talk, tmp_path) as drain:
        report = until(drain, lambda report: report.closed == 1)
    assert (report.open, report.last_code) == (0, 3001)
    assert answered == [(8, struct.pack("!H", 3001))]


def test_a_stalled_client_reads_nothing_while_others_do(tmp_path: Path) -> None:
    seated = threading.Event()

    def talk(sock: socket.socket) -> None:
        sock.sendall(ACCEPT)
        seated.wait(PATIENCE_S)
        sock.sendall(frame(DATA % (1, b"1", b"1")))

    with audience_of(talk, tmp_path, clients=3, stalled=1) as drain:
        drain.wait_open()
        seated.set()
        report = until(drain, lambda report: report.valued == 2)
    assert (report.open, report.n, report.least_n) == (3, 4, 2)


def test_a_refused_handshake_ends_the_wait_with_what_was_said(tmp_path: Path) -> None:
    def talk(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    with audience_of(talk, tmp_path) as drain, pytest.raises(PeerFailed, match="has 0 of 1 connections"):
        drain.wait_open()
