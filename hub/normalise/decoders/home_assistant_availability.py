"""Availability: on which topics Home Assistant looks whether a component is there, and what they say.

References:
    Normalisation section 6, rule 5; Home Assistant, MQTT: using availability topics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from hub.core.model import Rejection, Status
from hub.normalise.decoders.home_assistant_keys import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hub.normalise.decoders.home_assistant_rendering import Rendering

LATEST, ALL, ANY = MODES = ("latest", "all", "any")
"""Which of several topics counts: the one that spoke last, or whether all or any of them say that it is there."""
MAX_STATUSES: Final = 5000
"""Most devices whose status one message tells: a gateway speaks for all that are behind it."""


Verdict: TypeAlias = tuple[int, bool]
"""The how manieth word of all it was, and whether it was yes."""


class Check(NamedTuple):
    """One topic that says whether a component is there.

    Args:
        topic: its name.
        template: takes the word out of a message; empty for all of it.
        available: the word for yes.
        unavailable: the word for no.
    """

    topic: str
    template: str
    available: str
    unavailable: str

    def verdict(self, rendering: Rendering) -> bool | None:
        """Return what a message of the topic says, None for neither.

        Args:
            rendering: the message.
        """
        said = rendering.of(self.template)
        if isinstance(said, (Rejection, dict, list)) or said is None:
            return None
        text = word(said)
        return True if text == self.available else False if text == self.unavailable else None


class Availability(NamedTuple):
    """What the availability of a component depends on.

    Args:
        checks: at least one.
        mode: one of :data:`MODES`.
    """

    checks: tuple[Check, ...]
    mode: str


class Watch(NamedTuple):
    """Whose availability depends on what.

    Args:
        device: by the discovery entry.
        topic: where its state is told; it may be another ecosystem's, whose device it is then.
        availability: what it depends on.
    """

    device: str
    topic: str
    availability: Availability


@dataclass(slots=True)
class Watched:
    """What is known of one topic of availability.

    Args:
        watches: by the number of entries that ask for each.
    """

    watches: dict[Watch, int] = field(default_factory=dict)
    verdicts: dict[Check, Verdict] = field(default_factory=dict)
    """How each check was last answered."""

    def checks(self, topic: str) -> Iterable[Check]:
        """Return the checks of this topic, each once.

        Args:
            topic: its name.
        """
        return dict.fromkeys(
            check for watch in self.watches for check in watch.availability.checks if check.topic == topic
        )


def status(
    availability: Availability,
    verdict_of: Callable[[Check], Verdict | None],
    is_heard: Callable[[str], bool],
) -> Status | None:
    """Return the status that follows from what is known of each check, None if nothing does.

    Nobody is offline whom nobody called so; and where all must agree, nobody is online before all have spoken.

    Args:
        availability: of a component.
        verdict_of: how a check was last answered, None if never.
        is_heard: False for a topic that another ecosystem reads, so that its word never comes.
    """
    checks = availability.checks
    found = [verdict for check in checks if (verdict := verdict_of(check)) is not None]
    if not found:
        return None
    if availability.mode == LATEST or len(checks) == 1:
        is_there = max(found)[1]
    elif availability.mode == ANY:
        is_there = any(said for _, said in found)
    else:
        is_there = all(said for _, said in found)
        silent = [check.topic for check in checks if verdict_of(check) is None]
        if is_there and any(map(is_heard, silent)):
            return None
    return Status.ONLINE if is_there else Status.OFFLINE
