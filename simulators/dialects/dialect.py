"""What a dialect is: the words of everybody on one connection, from birth to last will."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar, NamedTuple

from simulators.dialects.wording import Values, message, text
from simulators.readout import Message
from simulators.scenario import Profile
from simulators.signals import Value


class Member(NamedTuple):
    """A device as its dialect sees it."""

    id: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Now:
    """A moment at which something is said."""

    wall_us: int
    """The true time, µs since 1970."""
    read: Callable[[str], Values]
    """A device's present values by its id, for those who tell everything at birth."""


class Dialect:
    """What the members of one connection say; a dialect says what its ecosystem's real devices say.

    A dialect is made once a connection, and is told when the connection is made anew. With the same random source and
    the same calls it says the same.
    """

    connection_levels: ClassVar[int | None] = None
    """So many of an id's first levels name its connection: 0 if all devices share one, none if each has its own."""
    each_metric: ClassVar[bool] = False
    """Whether each metric has a message of its own."""

    def __init__(self, members: Sequence[Member], random: Random) -> None:
        """Make what the members of a connection speak.

        Args:
            members: Whoever shares the connection; one at least.
            random: For what is left to chance, used by nobody else.
        """
        self.members = members
        self.random = random

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The name of the connection a device is on.

        Args:
            member: The device.
        """
        return "/".join([member.profile.format, *member.id.split("/")[: cls.connection_levels]])

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters the connection listens to."""
        return ()

    def life(self, *, alive: bool) -> Message | None:  # noqa: ARG002  # of those who do not say it
        """Whether somebody is there, as who is says it of oneself, and the broker by the will of who is no more.

        Args:
            alive: Which of both.
        """
        return None

    def will(self, wall_us: int) -> Message | None:  # noqa: ARG002  # few wills carry the time
        """What the broker is to say when the connection breaks; asked before each connecting.

        Args:
            wall_us: The true time, µs since 1970.
        """
        return self.life(alive=False)

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # of those who have nothing to tell
        """What is told once on each connection: births, descriptions, what is retained.

        Args:
            now: When.
        """
        return []

    def greet(self, now: Now) -> list[Message]:
        """What is said as soon as the connection is made: that one is there, and the introduction.

        Args:
            now: When.
        """
        life = self.life(alive=True)
        return ([] if life is None else [life]) + self.introduction(now)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """How a device says its values.

        Args:
            member: The device.
            values: Metrics that are due, rounded.
            measured_us: The device's clock, µs since 1970.
        """
        raise NotImplementedError

    def hear(self, topic: str, payload: bytes, now: Now) -> list[Message]:  # noqa: ARG002  # of those who are deaf
        """What is answered to a message of `filters`.

        Args:
            topic: Its topic.
            payload: Its payload.
            now: When.
        """
        return []

    def leave(self, wall_us: int) -> list[Message]:
        """What is said before a proper goodbye: what the will would say.

        Args:
            wall_us: The true time, µs since 1970.
        """
        will = self.will(wall_us)
        return [] if will is None else [will]


class EachMetric(Dialect):
    """A dialect that has a topic for each metric."""

    each_metric = True
    retained: ClassVar[bool] = False
    """Whether the broker keeps the values."""
    qos: ClassVar[int] = 0
    words: ClassVar[tuple[str, str]] = ("0", "1")
    """What false and true are called."""

    def topic(self, member: Member, name: str) -> str:
        """Where a value goes.

        Args:
            member: The device.
            name: The metric's name.
        """
        raise NotImplementedError

    def content(self, member: Member, name: str, value: Value, measured_us: int) -> object:  # noqa: ARG002  # most have no time
        """What is said of a value: the plain text.

        Args:
            member: The device.
            name: The metric's name.
            value: The value.
            measured_us: The device's clock, µs since 1970.
        """
        return text(value, member.profile.metrics[name], self.words)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """A message for each value."""
        return [
            message(
                self.topic(member, name),
                self.content(member, name, value, measured_us),
                retain=self.retained,
                qos=self.qos,
            )
            for name, value in values.items()
        ]
