"""A fleet without a clock or a socket: told the time and which links are up, it says what is to be done."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import count
from random import Random

from simulators.device import Device, Saying
from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.known import DIALECTS
from simulators.dialects.wording import Values
from simulators.readout import Message
from simulators.scenario import Devices, Profile, Scenario

FIRST_WORD_S = 0.5
"""Whoever connects has said everything once within this time."""

CATCH_UP_S = 5.0
"""Turns missed for longer in true time, as on a machine that slept, are left out instead of all taken at once."""

_AFTER_EDGE_S = 1e-6


@dataclass(frozen=True, slots=True)
class Publish:
    """Send a message."""

    link: str
    message: Message
    apart: bool = False
    """On a connection of its own, which the broker may close for it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Break a link without goodbye, and leave it broken."""

    link: str


@dataclass(frozen=True, slots=True)
class Mend:
    """Let a broken link connect again."""

    link: str


Action = Publish | Cut | Mend


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """A connection the fleet needs."""

    name: str
    filters: tuple[str, ...] = ()
    """What it listens to."""


class _Task(Enum):
    GREET = "greet"
    SAY = "say"
    SEND = "send"
    EDGE = "edge"


class Fleet:
    """All devices of a scenario, and whose turn it is.

    The same scenario, seed and calls give the same actions, byte for byte.
    """

    def __init__(
        self, scenario: Scenario, *, seed: int, day_s: float, devices: int = 0, catch_up_s: float = CATCH_UP_S
    ) -> None:
        """Make the devices; nothing is due before their links are connected.

        Args:
            scenario: The fleet and its faults.
            seed: Decides everything that is left to chance.
            day_s: The time of day to begin at where the scenario does not say, in seconds.
            devices: About how many devices there should be; 0 as many as the scenario says.
            catch_up_s: Turns missed for longer than this are left out.
        """
        self._catch_up_s = catch_up_s
        if scenario.starts_at is not None:
            hour, minute = scenario.starts_at.split(":")
            day_s = int(hour) * 3600 + int(minute) * 60
        members = [Member(name, profile) for name, profile in _named(scenario, devices)]
        self._link_of = [DIALECTS[member.profile.format].link_of(member) for member in members]
        self._links: dict[str, list[int]] = {}
        for index, link in enumerate(self._link_of):
            self._links.setdefault(link, []).append(index)
        self._dialects = {
            link: _dialect([members[index] for index in indexes], Random(f"{seed}/link/{link}"))
            for link, indexes in self._links.items()
        }
        self.devices = [
            Device(member, self._dialects[link], scenario.faults, seed=seed, day_s=day_s)
            for member, link in zip(members, self._link_of, strict=True)
        ]
        self._by_id = {device.id: device for device in self.devices}
        self._generation = [0] * len(self.devices)
        self._up: set[str] = set()
        self._cutting: dict[str, set[int]] = {link: set() for link in self._links}
        self._order = count()
        self._queue: list[tuple[float, int, _Task, int, int, Saying | None]] = []
        for index, device in enumerate(self.devices):
            self._schedule_edge(index, device.next_edge_s(-1.0))

    @property
    def links(self) -> list[LinkPlan]:
        """The connections it needs."""
        return [LinkPlan(name, dialect.filters) for name, dialect in self._dialects.items()]

    @property
    def rate_hz(self) -> float:
        """About how many messages a second it publishes when nothing is wrong."""
        rate = 0.0
        for device in self.devices:
            profile = device.profile
            if device.dialect.each_metric:
                rate += sum(1 / max(profile.every_s, metric.every_s or 0) for metric in profile.metrics.values())
            else:
                rate += 1 / profile.every_s
        return rate

    @property
    def due_s(self) -> float | None:
        """When something is next to be done, since the fleet began; nothing while no link is up."""
        return self._queue[0][0] if self._queue else None

    def will(self, link: str, wall_us: int) -> Message | None:
        """What the broker is to say when a link breaks; to be asked before each connecting.

        Args:
            link: Its name.
            wall_us: The true time, µs since 1970.
        """
        return self._dialects[link].will(wall_us)

    def leave(self, link: str, wall_us: int) -> list[Message]:
        """What a link says before it disconnects properly.

        Args:
            link: Its name.
            wall_us: The true time, µs since 1970.
        """
        return self._dialects[link].leave(wall_us)

    def heard(self, link: str, topic: str, payload: bytes, *, elapsed_s: float, wall_us: int) -> list[Message]:
        """What a link answers to a message.

        Args:
            link: Its name.
            topic: The message's topic.
            payload: Its payload.
            elapsed_s: The time since the fleet began, in simulated time.
            wall_us: The true time, µs since 1970.
        """
        return self._dialects[link].hear(topic, payload, self._now(elapsed_s, wall_us))

    def connected(self, link: str, elapsed_s: float) -> None:
        """A link is up: it greets, its devices say everything within half a second, then go on in their cadence.

        Args:
            link: Its name.
            elapsed_s: The time since the fleet began, in simulated time.
        """
        self._up.add(link)
        for index in self._links[link]:
            self._generation[index] += 1
        self._put(elapsed_s, _Task.GREET, self._links[link][0])
        for index in self._links[link]:
            device = self.devices[index]
            device.forget_cadence()
            self._put(elapsed_s + device.random.uniform(0, FIRST_WORD_S), _Task.SAY, index)

    def disconnected(self, link: str) -> None:
        """A link is down: its devices say nothing until it is up again.

        Args:
            link: Its name.
        """
        self._up.discard(link)
        for index in self._links[link]:
            self._generation[index] += 1

    def step(self, elapsed_s: float, wall_us: int) -> list[Action]:
        """Everything that was due up to now, in order.

        Args:
            elapsed_s: The time since the fleet began, in simulated time; never less than before.
            wall_us: The true time, µs since 1970, for timestamps.
        """
        actions: list[Action] = []
        while self._queue and self._queue[0][0] <= elapsed_s:
            at_s, _, task, index, generation, saying = heapq.heappop(self._queue)
            if task is _Task.EDGE:
                self._edge(index, at_s, actions)
            elif generation != self._generation[index]:
                continue
            elif task is _Task.SEND and saying is not None:
                actions.append(Publish(self._link_of[index], saying.message, saying.apart))
            elif task is _Task.GREET:
                link = self._link_of[index]
                greeting = self._dialects[link].greet(self._now(at_s, wall_us))
                actions += [Publish(link, message) for message in greeting]
            else:
                self._say(index, at_s if elapsed_s - at_s < self._catch_up_s else elapsed_s, wall_us, actions)
        return actions

    def _now(self, elapsed_s: float, wall_us: int) -> Now:
        def read(device: str) -> Values:
            return self._by_id[device].read(elapsed_s)

        return Now(wall_us, read)

    def _say(self, index: int, now_s: float, wall_us: int, actions: list[Action]) -> None:
        device = self.devices[index]
        link = self._link_of[index]
        for saying in device.say(now_s, wall_us):
            if saying.delay_s:
                self._put(now_s + saying.delay_s, _Task.SEND, index, saying)
            else:
                actions.append(Publish(link, saying.message, saying.apart))
        self._put(now_s + device.interval_s(now_s), _Task.SAY, index)

    def _edge(self, index: int, at_s: float, actions: list[Action]) -> None:
        """Cut or mend a device's link, which stays cut while a fault has broken it for any who share it."""
        device = self.devices[index]
        link = self._link_of[index]
        at_s += _AFTER_EDGE_S
        cutting = self._cutting[link]
        was_cut = bool(cutting)
        if device.cut(at_s):
            cutting.add(index)
        else:
            cutting.discard(index)
        if bool(cutting) != was_cut:
            actions.append(Mend(link) if was_cut else Cut(link))
        self._schedule_edge(index, device.next_edge_s(at_s))

    def _schedule_edge(self, index: int, at_s: float | None) -> None:
        if at_s is not None:
            self._put(at_s, _Task.EDGE, index)

    def _put(self, at_s: float, task: _Task, index: int, saying: Saying | None = None) -> None:
        heapq.heappush(self._queue, (at_s, next(self._order), task, index, self._generation[index], saying))


def _dialect(members: list[Member], random: Random) -> Dialect:
    return DIALECTS[members[0].profile.format](members, random)


def _named(scenario: Scenario, wanted: int) -> list[tuple[str, Profile]]:
    """Names and profiles of about `wanted` devices, in the order of the scenario.

    Fewer than the scenario has: some of every group, round by round. More: further ones of every group.
    """
    groups = [(group, scenario.profile_of(group)) for group in scenario.devices]
    total = sum(group.count for group, _ in groups)
    taken = {group.name(number) for group, _ in groups for number in range(group.count)}
    members: list[list[str]] = [[] for _ in groups]
    numbers = [count() for _ in groups]
    left = wanted or total
    while left:
        further = sum(map(len, members)) >= total
        for (group, _), names, number in zip(groups, members, numbers, strict=True):
            if left and (further or len(names) < group.count):
                names.append(_next_name(group, number, taken))
                left -= 1
    return [(name, profile) for (_, profile), names in zip(groups, members, strict=True) for name in names]


def _next_name(group: Devices, numbers: Iterator[int], taken: set[str]) -> str:
    """The group's next name; one of a further device is passed over when another group has it."""
    number = next(numbers)
    name = group.name(number)
    while number >= group.count and name in taken:
        number = next(numbers)
        name = group.name(number)
    taken.add(name)
    return name
