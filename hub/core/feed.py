"""Feeds: the links that values come through, and whether they are up.

One entry a source (``mqtt``, later ``store``). Whoever owns the link says what happens to it; sessions and judges
listen. A change is announced once; while a link is down each try is one, so that people see that somebody tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Feed:
    """The state of one link.

    Args:
        source: ``mqtt`` or ``store``.
        up: True while it carries data.
        since_us: since when.
        reason: why it is down, or what is missing while it is up, for people; else empty.
        tries: attempts to get it back since it went down.
        address: the other end, without secrets.
    """

    source: str
    up: bool
    since_us: int
    reason: str = ""
    tries: int = 0
    address: str = ""


class Feeds:
    """All links of the hub, in the order they were first named.

    Args:
        clock: dates changes.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._feeds: dict[str, Feed] = {}
        self._listeners: list[Callable[[Feed], None]] = []

    def all(self) -> list[Feed]:
        """Return the state of every link."""
        return list(self._feeds.values())

    def get(self, source: str) -> Feed | None:
        """Return the state of a link, None if nobody named it.

        Args:
            source: as given to :meth:`say`.
        """
        return self._feeds.get(source)

    def listen(self, listener: Callable[[Feed], None]) -> None:
        """Call a listener at every change from now on.

        Args:
            listener: called with the new state; must neither wait nor raise.
        """
        self._listeners.append(listener)

    def say(self, source: str, *, up: bool, reason: str = "", address: str = "") -> None:
        """Tell the state of a link.

        Args:
            source: which link.
            up: True once it carries data.
            reason: why it is down, or what is missing while it is up.
            address: the other end, without secrets; empty keeps the one said before.
        """
        old = self._feeds.get(source)
        address = address or (old.address if old else "")
        turned = old is None or old.up != up
        since_us = self._clock.now_us() if turned or old is None else old.since_us
        tries = 0 if turned or up or old is None else old.tries + 1
        self._feeds[source] = Feed(source, up, since_us, reason, tries, address)
        if old is not None and self._feeds[source] == old:
            return
        for listener in self._listeners:
            listener(self._feeds[source])
