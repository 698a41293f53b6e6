"""The tape of a replay: pages of history read ahead, and handed out a step at a time."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core.errors import StoreError
from hub.history.model import SECOND_US, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.history.model import Outage, StatusRow
    from hub.history.past import Past
    from hub.history.store import SliceRow

PAGE_ROWS: Final = 1_000
"""Most readings of a page, but where more have one time: they become objects in one go, some 0.25 ms."""
PAGES_AHEAD: Final = 14
"""Bound of what is read ahead; policy when full: reading waits."""
CHAPTER_US: Final = 3_600 * SECOND_US
"""Statuses and outages are asked for so far ahead."""
CHAPTER_STATUSES: Final = 20_000
_LONGEST_PAGE_US: Final = CHAPTER_US
_LAST_US: Final = SECOND_US
"""A shorter chapter that reaches the present is the last one: the present moves on while it is read."""


class Step(NamedTuple):
    """What to tell next.

    Args:
        upto_us: the time that is reached.
        rows: readings.
        statuses: changes of status.
        whole: False if more of the same time follows, which belongs to it.
    """

    upto_us: int
    rows: list[SliceRow]
    statuses: list[StatusRow]
    whole: bool


class _Page(NamedTuple):
    rows: list[SliceRow]
    statuses: list[StatusRow]
    end_us: int
    outages: list[Outage]


class Tape:
    """What happened from a moment on.

    Args:
        past: where it is read.
        keys: series.
        devices: their ids.
        start_us: the moment.
        end_us: gives where it ends; asked again and again, for the present moves on.
        now_us: gives the hub's time.
    """

    def __init__(
        self,
        *,
        past: Past,
        keys: list[int],
        devices: list[str],
        start_us: int,
        end_us: Callable[[], int],
        now_us: Callable[[], int],
    ) -> None:
        self._past = past
        self._keys = keys
        self._devices = devices
        self._start_us = start_us
        self._end_us = end_us
        self._now_us = now_us
        self._pages: deque[_Page] = deque()
        self._room = asyncio.Event()
        self._arrived = asyncio.Event()
        self._page = _Page([], [], start_us, [])
        self._place = self._told = 0
        self._read = False
        self._next_us = start_us
        self.fault: StoreError | None = None
        """Why nothing more can be read."""

    @property
    def over(self) -> bool:
        """True if everything has been handed out."""
        return self._read and not self._pages and self._next_us >= self._page.end_us

    @property
    def outages(self) -> list[Outage]:
        """The outages around what was handed out last."""
        return self._page.outages

    async def arrived(self) -> None:
        """Wait until there is something to hand out, or nothing more will come."""
        await self._arrived.wait()

    async def run(self) -> None:
        """Read to the end, as far ahead as there is room for. Cancelling it loses nothing."""
        try:
            await self._read_all()
        except StoreError as error:
            self.fault = error
        self._arrived.set()

    async def _read_all(self) -> None:
        """Read chapter after chapter; what came since the last one is read once the rest has been handed out."""
        at_us = self._start_us
        while at_us < (end_us := self._end_us()):
            chapter = Span(at_us, min(at_us + CHAPTER_US, end_us))
            statuses, upto_us = await self._past.changes(self._devices, chapter, limit=CHAPTER_STATUSES)
            chapter = Span(at_us, upto_us)
            outages = await self._past.outages(chapter, self._now_us())
            await self._read_chapter(chapter, statuses, outages)
            at_us = chapter.end_us
            if at_us == end_us and end_us - chapter.start_us < _LAST_US:
                break
            while at_us == end_us and self._pages:
                await self._more_room()
        self._read = True

    async def _read_chapter(self, chapter: Span, statuses: list[StatusRow], outages: list[Outage]) -> None:
        """Read the readings of a chapter, in pages that are as long as they may."""
        at_us, width_us, told = chapter.start_us, SECOND_US, 0
        times = [row.time_us for row in statuses]
        while at_us < chapter.end_us:
            span = Span(at_us, min(at_us + width_us, chapter.end_us))
            rows, end_us = await self._past.slice(self._keys, span, limit=PAGE_ROWS)
            if end_us < span.end_us:
                width_us = max(1, (end_us - at_us) * 3 // 4)
            elif len(rows) < PAGE_ROWS // 3:
                width_us = min(width_us * 2, _LONGEST_PAGE_US)
            upto = bisect_left(times, end_us, told)
            while len(self._pages) >= PAGES_AHEAD:
                await self._more_room()
            self._pages.append(_Page(rows, statuses[told:upto], end_us, outages))
            self._arrived.set()
            at_us, told = end_us, upto

    async def _more_room(self) -> None:
        """Wait until another page has been handed out."""
        self._room.clear()
        await self._room.wait()

    def take(self, upto_us: int, most: int) -> Step | None:
        """Return what happened next, up to a time; None if that is not read yet, or there is nothing more.

        Args:
            upto_us: not before what was handed out.
            most: most readings.
        """
        if self._next_us >= self._page.end_us and self._place >= len(self._page.rows):
            if not self._pages:
                self._arrived.clear()
                if self._read or self.fault is not None:
                    self._arrived.set()
                return None
            self._page, self._place, self._told = self._pages.popleft(), 0, 0
            self._room.set()
        rows, statuses, end_us, _ = self._page
        upto_us = min(upto_us, end_us - 1)
        end = bisect_left(rows, (upto_us + 1,), self._place)
        whole = end - self._place <= most
        if not whole:
            end = self._place + most
            upto_us = rows[end - 1][0]
            whole = rows[end][0] > upto_us
        told = self._told
        while told < len(statuses) and statuses[told].time_us <= upto_us:
            told += 1
        step = Step(upto_us, rows[self._place : end], statuses[self._told : told], whole)
        self._place, self._told = end, told
        self._next_us = upto_us + whole
        return step
