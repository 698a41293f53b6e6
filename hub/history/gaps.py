"""Gaps: where a series has no readings although it should, and why.

A hole is longer than the silence after which the series counts as stale. The parts of it in which the hub was not
running, the broker's link was down or the store could not be written say so; the rest is the device's own silence. A
series without a rhythm has no holes of its own, only those that the hub caused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.history.model import Outage, StatusRow

REASONS: Final = {"hub": "hub_down", "mqtt": "feed_lost", "store": "store_down"}
SILENT: Final = "silent"
OFFLINE: Final = "offline"
FILTERED: Final = "filtered"


class Gap(NamedTuple):
    """A time without readings.

    Args:
        from_us: since when.
        to_us: until when; the end of what was asked, or now, if it goes on.
        reason: ``hub_down``, ``feed_lost``, ``store_down``, ``offline``, ``silent`` or ``filtered`` (a deadband
            left out what hardly differed).
    """

    from_us: int
    to_us: int
    reason: str


def holes(known: Iterable[tuple[int, int]], *, start_us: int | None, end_us: int) -> list[tuple[int, int]]:
    """Return the spans between what is known.

    Args:
        known: spans with readings, in order; a single reading is a span without length.
        start_us: from when there should be readings, None if nothing was known before.
        end_us: until when.
    """
    found = []
    last_us = start_us
    for from_us, to_us in known:
        if last_us is not None and from_us > last_us:
            found.append((last_us, from_us))
        last_us = to_us if last_us is None else max(last_us, to_us)
    if last_us is not None and end_us > last_us:
        found.append((last_us, end_us))
    return found


def gaps(
    holes_us: Iterable[tuple[int, int]],
    *,
    limit_us: int | None,
    outages: Sequence[Outage],
    statuses: Sequence[StatusRow],
    filtered_us: int = 0,
) -> list[Gap]:
    """Return the gaps in some holes, in order.

    Args:
        holes_us: between readings, in order.
        limit_us: silence after which the series is stale, None if it has no rhythm.
        outages: that touch the holes, in any order.
        statuses: of the device, in order, beginning with the last one before the first hole.
        filtered_us: how long a deadband may have left out readings; a hole no longer than that is no silence.
    """
    found: list[Gap] = []
    ordered = sorted(outages, key=lambda outage: outage.from_us)
    for from_us, to_us in holes_us:
        if limit_us is not None and to_us - from_us <= limit_us:
            continue
        if limit_us is not None and to_us - from_us <= limit_us + filtered_us:
            found.append(Gap(from_us, to_us, FILTERED))
            continue
        last_us = from_us
        for outage in ordered:
            begin_us, stop_us = max(outage.from_us, last_us), min(outage.to_us, to_us)
            if begin_us >= stop_us:
                continue
            if limit_us is not None:
                begin_us = _silence(found, last_us, begin_us, limit_us, statuses)
            found.append(Gap(begin_us, stop_us, REASONS.get(outage.source, outage.source)))
            last_us = stop_us
        if limit_us is not None and (last_us == from_us or to_us - last_us > limit_us):
            found.append(Gap(last_us, to_us, _own_reason(last_us, to_us, statuses)))
    return found


def _silence(found: list[Gap], from_us: int, to_us: int, limit_us: int, statuses: Sequence[StatusRow]) -> int:
    """Add the device's own silence before an outage, if it is one; return where the outage's gap begins."""
    if to_us - from_us <= limit_us:
        return from_us
    found.append(Gap(from_us, to_us, _own_reason(from_us, to_us, statuses)))
    return to_us


def _own_reason(from_us: int, to_us: int, statuses: Sequence[StatusRow]) -> str:
    """Return why a device said nothing: it was offline at some time meanwhile, or nobody knows."""
    before = [row for row in statuses if row.time_us <= from_us][-1:]
    during = [row for row in statuses if from_us < row.time_us < to_us]
    return OFFLINE if any(row.status == OFFLINE for row in (*before, *during)) else SILENT
