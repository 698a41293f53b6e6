"""The load generator: as many messages a second as asked, or as the broker takes, and the rate really reached.

As a library: `run_load(LoadPlan(url="mqtt://127.0.0.1:1883", rate_hz=50_000, messages=500_000))`.
"""

import secrets
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from simulators.address import parse_address
from simulators.cycle import MAX_PACKET_ID, Cycle, Traffic, build_cycle
from simulators.errors import BrokerError, PlanError
from simulators.pacing import Pacer, share
from simulators.sender import Sender, open_socket
from simulators.wire import Hello

DEFAULT_SECONDS = 10.0
MAX_CONNECTIONS = 1000
MAX_METRICS = 1000
MAX_PREFIX = 1000
POLL_S = 0.1
"""How often a waiting run looks whether it shall stop."""
REST_S = 0.0005
"""With QoS 1 and nothing to send: acknowledgements come one by one, so let some gather instead of waking for each."""
STOP_S = 1.5
"""A run that is told to stop waits no longer for the broker's last answer."""
SILENCE_S = 10.0
"""A broker that takes nothing and says nothing for so long is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What to send where, how fast and how much of it."""

    url: str = "mqtt://127.0.0.1:1883"
    traffic: Traffic = field(default_factory=Traffic)
    rate_hz: float = 0
    """Messages a second over all connections; 0 as many as the broker takes."""
    messages: int = 0
    """How many messages; 0: as many as fit into `seconds`."""
    seconds: float = 0
    """For how long; 0: until `messages` are sent, and 10 s if that is 0 too."""
    connections: int = 1
    max_in_flight: int = 1000
    """With QoS 1: unacknowledged messages on one connection."""

    def check(self) -> None:
        """See that the plan can be run.

        Raises:
            PlanError: The first value that is out of its range.
        """
        traffic = self.traffic
        for option, holds, reason in (
            ("--rate", self.rate_hz >= 0, "must be 0 or more messages a second"),
            ("--messages", self.messages >= 0, "must be 0 or more"),
            ("--seconds", self.seconds >= 0, "must be 0 or more"),
            ("--devices", traffic.devices >= 1, "must be at least 1"),
            ("--metrics", 1 <= traffic.metrics <= MAX_METRICS, "must be 1 to 1,000"),
            ("--qos", traffic.qos in {0, 1}, "must be 0 or 1"),
            ("--inflight", 1 <= self.max_in_flight <= MAX_PACKET_ID, "must be 1 to 65,535"),
            ("--connections", 1 <= self.connections <= MAX_CONNECTIONS, "must be 1 to 1,000"),
            ("--connections", self.connections <= traffic.devices, "must not be more than --devices"),
            ("--topic-prefix", _is_topic(traffic.topic_prefix), "must be 1 to 1,000 characters without + # and NUL"),
        ):
            if not holds:
                raise PlanError(option, reason)

    @property
    def limit(self) -> int:
        """How many messages at most: what was asked for, else rate times seconds, else no bound."""
        if self.messages:
            return self.messages
        if self.rate_hz:
            return round(self.rate_hz * (self.seconds or DEFAULT_SECONDS))
        return 1 << 62

    @property
    def deadline_s(self) -> float | None:
        """After how many seconds to stop, if anything but the number of messages bounds the run."""
        if self.seconds and (self.messages or not self.rate_hz):
            return self.seconds
        return DEFAULT_SECONDS if not (self.messages or self.rate_hz) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load really did."""

    sent: int
    """Messages handed over whole."""
    acknowledged: int
    """With QoS 1: messages the broker acknowledged; with QoS 0: those it has proved to have read."""
    seconds: float
    """From the first message to the broker's answer behind the last."""
    rate_hz: float
    """Messages a second that the broker took: `acknowledged / seconds`."""
    asked_hz: float
    """The rate asked for; 0 none."""
    slipped_s: float
    """By how much the schedule had to move because the broker did not keep up."""
    bytes_sent: int
    cpu_s: float
    """This process's own time on a core."""
    connections: int


def run_load(plan: LoadPlan, *, stop: Callable[[], bool] = lambda: False) -> LoadReport:
    """What the load reached, once it is over; blocks until then.

    Args:
        plan: What to send.
        stop: Asked at least every 0.1 s; true ends the run early, with a report of what was done.

    Raises:
        PlanError: The plan cannot be run.
        AddressError: The broker's address cannot be used.
        BrokerError: The broker is not reachable, refuses, closes, or does nothing for 10 s.
    """
    plan.check()
    address = parse_address(plan.url)
    if address.tls:
        raise PlanError("--url", "the load generator writes plain sockets; use mqtt:// instead of mqtts://")
    cycles = [build_cycle(plan.traffic, number, plan.connections) for number in range(plan.connections)]
    run_id = secrets.token_hex(3)
    senders: list[Sender] = []
    try:
        for number, cycle in enumerate(cycles):
            hello = Hello(
                client_id=f"load-{run_id}-{number}",
                keep_alive_s=0,
                username=address.username,
                password=address.password,
            )
            sock = open_socket(address, hello)
            senders.append(_sender(sock, cycle, plan, str(address)))
        return _Run(plan, senders, stop, str(address)).run()
    finally:
        for sender in senders:
            sender.close()


def _sender(sock: socket.socket, cycle: Cycle, plan: LoadPlan, broker: str) -> Sender:
    return Sender(sock, cycle, broker=broker, max_in_flight=plan.max_in_flight if plan.traffic.qos else 0)


def _is_topic(prefix: str) -> bool:
    return 0 < len(prefix) <= MAX_PREFIX and not set(prefix) & {"+", "#", "\0"}


def _now_us() -> int:
    return time.perf_counter_ns() // 1000


class _Run:
    """One run over connected senders: allow what is due, write, wait for sockets, read."""

    def __init__(self, plan: LoadPlan, senders: list[Sender], stop: Callable[[], bool], broker: str) -> None:
        self._plan = plan
        self._senders = senders
        self._stop = stop
        self._broker = broker
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Sender, int] = {}
        for sender in senders:
            self._selector.register(sender.sock, selectors.EVENT_READ, sender)
            self._watched[sender] = selectors.EVENT_READ
        self._start_us = _now_us()
        self._pacer = Pacer(plan.rate_hz, self._start_us, plan.limit)
        self._moved = (0, 0)
        self._moved_us = self._start_us

    def run(self) -> LoadReport:
        """Send everything, wait until the broker has it, report."""
        cpu_s = time.process_time()
        deadline_s = self._plan.deadline_s
        end_us = None if deadline_s is None else self._start_us + round(deadline_s * 1_000_000)
        with self._selector:
            for turn in count():
                now_us = _now_us()
                claimed = sum(sender.claimed for sender in self._senders)
                over = claimed >= self._pacer.limit or (end_us is not None and now_us >= end_us)
                if over or self._stop():
                    break
                allowed = self._pacer.due(now_us, claimed)
                self._write(allowed)
                self._wait(allowed, now_us)
                if not turn % 64:
                    self._watch_progress(now_us)
            self._drain()
        return self._report(time.process_time() - cpu_s)

    def _write(self, allowed: int) -> None:
        wall_us = time.time_ns() // 1000
        for number, sender in enumerate(self._senders):
            part = share(allowed, number, len(self._senders))
            if not sender.blocked:
                sender.write(part, wall_us)

    def _wait(self, allowed: int, now_us: int) -> None:
        ready = any(
            not sender.blocked and sender.wants(share(allowed, number, len(self._senders)))
            for number, sender in enumerate(self._senders)
        )
        claimed = sum(sender.claimed for sender in self._senders)
        held_back = allowed > claimed
        pace_s = POLL_S if held_back else self._pacer.wait_s(now_us, claimed)
        if self._plan.traffic.qos and not ready:
            time.sleep(REST_S)
            pace_s = max(0.0, pace_s - REST_S)
        self._select(0.0 if ready else min(pace_s, POLL_S))

    def _drain(self) -> None:
        """Write out what is begun, then wait for the broker's answer behind it; a stopped run waits 1.5 s for it."""
        until_us = _now_us() + round(STOP_S * 1_000_000) if self._stop() else None
        while not all(sender.finished for sender in self._senders):
            if until_us is not None and _now_us() > until_us:
                break
            for sender in self._senders:
                if not sender.blocked:
                    sender.write(0, 0)
                sender.finish()
            ready = any(not sender.blocked and sender.wants(0) for sender in self._senders)
            if not all(sender.finished for sender in self._senders):
                self._select(0.0 if ready else POLL_S)
                self._watch_progress(_now_us())

    def _select(self, timeout_s: float) -> None:
        for sender, events in self._watched.items():
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if sender.blocked else 0)
            if wanted != events:
                self._selector.modify(sender.sock, wanted, sender)
                self._watched[sender] = wanted
        for key, events in self._selector.select(timeout_s):
            sender = key.data
            if events & selectors.EVENT_WRITE:
                sender.blocked = False
            if events & selectors.EVENT_READ and not sender.finished:
                sender.read()

    def _watch_progress(self, now_us: int) -> None:
        moved = (
            sum(sender.bytes_sent for sender in self._senders),
            sum(sender.acknowledged for sender in self._senders),
        )
        if moved != self._moved or not any(sender.waiting for sender in self._senders):
            self._moved, self._moved_us = moved, now_us
        elif now_us - self._moved_us > SILENCE_S * 1_000_000:
            raise BrokerError(self._broker, f"took nothing and said nothing for {SILENCE_S:.0f} s")

    def _report(self, cpu_s: float) -> LoadReport:
        seconds = (_now_us() - self._start_us) / 1_000_000
        sent = sum(sender.sent for sender in self._senders)
        taken = sum(sender.taken for sender in self._senders)
        return LoadReport(
            sent=sent,
            acknowledged=taken,
            seconds=round(seconds, 6),
            rate_hz=round(taken / seconds, 1),
            asked_hz=self._plan.rate_hz,
            slipped_s=round(self._pacer.slipped_s, 3),
            bytes_sent=sum(sender.bytes_sent for sender in self._senders),
            cpu_s=round(cpu_s, 3),
            connections=len(self._senders),
        )
