"""Pace: long answers are made in slices, and the loop runs between them."""

from __future__ import annotations

import asyncio
import heapq
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from hub.core.select import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.model import Device

SLICE_S = 0.003
"""How long a slice of work may take, with room below the 5 ms that a step of the pipeline may take."""

_LOOK_EVERY = 4
_WALK = 2_000
_SORT = 2_000
_id = attrgetter("id")


class Pace:
    """Says when a piece of work has had the loop for long enough.

    Args:
        clock: measures the slice.
    """

    __slots__ = ("_clock", "_count", "_since_s")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_s = clock.steady_s()
        self._count = 0

    @property
    def due(self) -> bool:
        """True if the slice is over; ask once per item and :meth:`rest` then."""
        self._count += 1
        return self._count % _LOOK_EVERY == 0 and self._clock.steady_s() - self._since_s > SLICE_S

    async def rest(self) -> None:
        """Let the loop run once. What was read from the hub's state before may have changed after it."""
        await asyncio.sleep(0)
        self._since_s = self._clock.steady_s()


async def chosen(catalogue: Catalogue, filters: list[str], pace: Pace) -> list[Device]:
    """Return the devices that any of the filters matches, each once, in no order that means something.

    A walk of the device tree where few match; where many do, all devices in slices.

    Args:
        catalogue: where they are.
        filters: valid filters; none means all.
        pace: gives up the loop meanwhile.
    """
    if not filters or "#" in filters:
        return list(catalogue.devices.values())
    selection = Selection.of(filters)
    found: dict[Device, None] = {}
    for text in selection.devices:
        few = list(islice(catalogue.tree.match(text), _WALK + 1))
        if len(few) > _WALK:
            break
        found.update(dict.fromkeys(few))
        if pace.due:
            await pace.rest()
    else:
        return list(found)
    wanted = []
    for device in list(catalogue.devices.values()):
        if selection.wants_device(device.id):
            wanted.append(device)
        if pace.due:
            await pace.rest()
    return wanted


async def in_order(devices: list[Device], first: str, pace: Pace) -> Iterator[Device]:
    """Return the devices by id, beginning with the first that is not before ``first``.

    Sorted in chunks and merged as they are taken, so that nobody pays for more than a page.

    Args:
        devices: in any order.
        first: the least id wanted, itself included if it is there.
        pace: gives up the loop between chunks.
    """
    chunks = []
    for start in range(0, len(devices), _SORT):
        chunk = [device for device in devices[start : start + _SORT] if device.id >= first]
        chunk.sort(key=_id)
        chunks.append(chunk)
        if len(devices) > _SORT:
            await pace.rest()
    return heapq.merge(*chunks, key=_id)
