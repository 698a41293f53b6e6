"""A fleet on real connections: gives it the time, does what it says, and ends within two seconds when told to."""

import asyncio
import secrets
import signal
import time
from collections.abc import Callable
from random import Random

from simulators.address import Address
from simulators.fleet import CATCH_UP_S, Cut, Fleet, LinkPlan, Mend, Publish
from simulators.link import Link, Manners, publish_apart
from simulators.readout import Message
from simulators.scenario import Scenario
from simulators.signals import DAY_S
from simulators.wire import Hello, Will

MAX_APART = 4
"""Connections for bad topics at a time; what comes beyond is left out and counted."""
GOODBYE_S = 1.5
IDLE_S = 60.0


async def play(scenario: Scenario, address: Address, *, seed: int, devices: int, speed: float) -> None:
    """Play a scenario until SIGINT or SIGTERM, then end within two seconds.

    Args:
        scenario: The fleet and its faults.
        address: The broker.
        seed: Decides what is left to chance.
        devices: About how many devices; 0 as many as the scenario says.
        speed: How many times faster than true time the fleet lives.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    day_s = time.time_ns() / 1e9 % DAY_S
    fleet = Fleet(scenario, seed=seed, day_s=day_s, devices=devices, catch_up_s=CATCH_UP_S * max(1, speed))
    await Runner(fleet, address, speed=speed, say=lambda line: print(line, flush=True)).run(stop)


class Runner:
    """Plays a fleet against a broker.

    It tells the edges, not the events: one line when the broker is first not reachable, one when it is reached.
    """

    def __init__(self, fleet: Fleet, address: Address, *, speed: float = 1, say: Callable[[str], None] = print) -> None:
        """Make the links; `run` connects them.

        Args:
            fleet: What to play.
            address: The broker.
            speed: How many times faster than true time the fleet lives.
            say: Takes each line for the person who watches.
        """
        self._fleet = fleet
        self._address = address
        self._speed = speed
        self._say = say
        self._run_id = secrets.token_hex(2)
        self._links = {plan.name: self._link(plan) for plan in fleet.links}
        self._wake = asyncio.Event()
        self._began_s = 0.0
        self._up: set[str] = set()
        self._reached: bool | None = None
        self._ending = False
        self._apart = 0
        self._apart_left_out = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Play until told to stop; then every device says goodbye, at most 1.5 s long.

        Args:
            stop: Set it to end.
        """
        self._began_s = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(link.run(), name=f"link {name}") for name, link in self._links.items()]
            tasks.append(group.create_task(self._play(group), name="fleet"))
            await stop.wait()
            await self._goodbye(group)
            for task in tasks:
                task.cancel()
        self._say(self._summary())

    def link_up(self, name: str) -> None:
        """A link is up: say so when it is the first, and let its devices speak."""
        if not self._reached:
            self._say(f"{self._address}: connected, {self._size()}")
        self._reached = True
        self._up.add(name)
        self._fleet.connected(name, self._elapsed_s())
        self._wake.set()

    def link_down(self, name: str, reason: str) -> None:
        """A link is down: say so when it is the last one, and once only."""
        was_up = name in self._up
        self._up.discard(name)
        if was_up:
            self._fleet.disconnected(name)
        if not self._up and self._reached is not False and not self._ending:
            self._reached = False
            self._say(f"{self._address}: {'lost' if was_up else 'not reachable'} ({reason}), trying until it answers")

    def link_heard(self, name: str, topic: str, payload: bytes) -> None:
        """A link heard a message: say what it answers."""
        elapsed_s, wall_us = self._elapsed_s(), time.time_ns() // 1000
        for answer in self._fleet.heard(name, topic, payload, elapsed_s=elapsed_s, wall_us=wall_us):
            self._links[name].publish(answer)

    def _link(self, plan: LinkPlan) -> Link:
        def hello() -> Hello:
            said = self._fleet.will(plan.name, time.time_ns() // 1000)
            will = None if said is None else Will(said.topic, said.payload, said.qos, said.retain)
            return Hello(client_id=f"sim-{self._run_id}-{plan.name}", will=will)

        jitter = Random(f"{self._run_id}/{plan.name}")
        return Link(plan.name, self._address, Manners(hello, plan.filters), owner=self, jitter=jitter)

    def _elapsed_s(self) -> float:
        return (asyncio.get_running_loop().time() - self._began_s) * self._speed

    async def _play(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._wake.clear()
            for action in self._fleet.step(self._elapsed_s(), time.time_ns() // 1000):
                match action:
                    case Publish(apart=True):
                        self._send_apart(group, action.message)
                    case Publish():
                        self._links[action.link].publish(action.message)
                    case Cut():
                        self._links[action.link].cut()
                    case Mend():
                        self._links[action.link].mend()
            due_s = self._fleet.due_s
            pause_s = IDLE_S if due_s is None else max(0.0, (due_s - self._elapsed_s()) / self._speed)
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _send_apart(self, group: asyncio.TaskGroup, message: Message) -> None:
        if self._apart >= MAX_APART:
            self._apart_left_out += 1
            return
        self._apart += 1
        hello = Hello(client_id=f"sim-{self._run_id}-apart-{secrets.token_hex(3)}")
        task = group.create_task(publish_apart(self._address, hello, message), name="bad topic")
        task.add_done_callback(self._apart_done)

    def _apart_done(self, _task: asyncio.Task[bool]) -> None:
        self._apart -= 1

    async def _goodbye(self, group: asyncio.TaskGroup) -> None:
        self._ending = True
        farewells = []
        for name in self._up:
            for farewell in self._fleet.leave(name, time.time_ns() // 1000):
                self._links[name].publish(farewell)
            farewells.append(group.create_task(self._links[name].goodbye(), name=f"goodbye {name}"))
        if farewells:
            await asyncio.wait(farewells, timeout=GOODBYE_S)

    def _size(self) -> str:
        rate_hz = self._fleet.rate_hz * self._speed
        links = len(self._links)
        return f"{len(self._fleet.devices)} devices on {links} connections, about {rate_hz:,.0f} messages/s"

    def _summary(self) -> str:
        counts = [link.counts for link in self._links.values()]
        dropped = sum(count.dropped for count in counts) + self._apart_left_out
        left_out = f", {dropped:,} left out" if dropped else ""
        return f"{self._address}: stopped after {sum(count.sent for count in counts):,} messages{left_out}"
