"""Freshness and status: what "stale", "online" and "unknown" mean, learnt from the devices themselves.

Every series with a regular rhythm gets a limit: three times the interval that nine of ten readings keep, at least 5 s.
A device that says nothing about itself is online while it sends, and unknown once all its rhythms have stopped; only
its own word, or its will, makes it offline (normalisation 1b).

Those that report by exception have no rhythm to keep: a Sparkplug device sends what changed, so its last value is the
present one until its death says otherwise, and its silence is good news.

The judge does not look at readings as they pass. A series that it wants to hear from carries it as
:attr:`hub.core.model.Series.watch` while it learns, while it is stale, or while its device is not online; once learnt,
a reading costs one write and one test. Limits are found by a timing wheel, not by a scan.

References:
    Eclipse Sparkplug 3.0.0 §5 (report by exception; data is stale after a death certificate).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.core.batch import Batch, QualityChange, StatusChange
from hub.core.model import Device, Series, Status

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.core.clock import Clock
    from hub.core.feed import Feed

LEARN_FROM, LEARN_UPTO = 8, 32
"""Intervals from which a rhythm is judged, and those it is refined to."""
LEARN_AGAIN = 1000
"""Readings after which a rhythm is learnt anew."""
LEAST_LIMIT_US = 5_000_000
SILENT_US = 24 * 3600 * 1_000_000
"""Silence after which a device without any rhythm counts as unknown."""
SLOT_US = 500_000
"""Width of a slot of the wheel."""
_STEPPED_US = 1_000_000
_IRREGULAR_AGAIN_US = 3600 * 1_000_000
"""An irregular series is given another chance this often."""


@dataclass(slots=True)
class _Lesson:
    """Intervals heard so far, and when the last one ended; 0 before the first reading."""

    last_us: int = 0
    intervals: list[int] = field(default_factory=list)


class Freshness:
    """Judges series and devices; its verdicts go into the log like everything else.

    Args:
        catalogue: announces learnt rhythms.
        clock: the hub's time.
        needs_birth: sources whose devices come online only by saying so, and between birth and death send only what
            changed: nothing of theirs is stale for its silence.
    """

    def __init__(
        self, *, catalogue: Catalogue, clock: Clock, needs_birth: frozenset[str] = frozenset({"sparkplug"})
    ) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._needs_birth = needs_birth
        self._lessons: dict[Series, _Lesson] = {}
        self._wheel: dict[int, list[Series | Device]] = {}
        self._turned = clock.now_us() // SLOT_US
        self._wheeled: set[Series | Device] = set()
        self._statuses: dict[Device, StatusChange] = {}
        self._qualities: dict[Series, QualityChange] = {}
        self._said_us: dict[Device, int] = {}
        self._link_up = True
        self._anew_us = 0
        self._offset_us = clock.now_us() - round(clock.steady_s() * 1_000_000)

    def observe(self, batch: Batch) -> None:
        """Take note of a batch that is about to be published: new series are learnt, fallen devices waited for.

        Args:
            batch: not applied yet.
        """
        for series in batch.series:
            if series.added_seq == 0 and series.device.source not in self._needs_birth:
                self._lessons[series] = _Lesson()
                series.watch = self
        for change in batch.statuses:
            if change.said:
                self._note_word(change)
        for series in batch.removed_series:
            self._lessons.pop(series, None)
            self._wheeled.discard(series)

    def verdicts(self) -> Batch | None:
        """Return what was decided since the last call, to be appended and published; None if nothing was."""
        self._said_us.clear()
        statuses = [change for change in self._statuses.values() if change.status is not change.device.status]
        self._statuses = {}
        if not statuses and not self._qualities:
            return None
        batch = Batch(self._clock.now_us(), statuses=statuses, qualities=list(self._qualities.values()))
        self._qualities = {}
        return batch

    def _note_word(self, change: StatusChange) -> None:
        """Remember when a device spoke for itself, and wait for its next reading unless it is online."""
        device = change.device
        if change.status is Status.ONLINE:
            self._said_us.pop(device, None)
            return
        self._said_us[device] = change.time_us
        for series in device.series.values():
            series.watch = self

    def heard(self, series: Series, received_us: int) -> None:
        """Take note of a live reading of a series that is watched.

        Args:
            series: the series.
            received_us: when it was received.
        """
        device = series.device
        said_us = self._said_us.get(device)
        is_back = device.status is not Status.ONLINE if said_us is None else received_us > said_us
        if is_back and device.source not in self._needs_birth:
            self._statuses[device] = StatusChange(device, Status.ONLINE, received_us, "data", said=False)
            self._insert(device, received_us + SILENT_US)
        lesson = self._lessons.get(series)
        if lesson is not None:
            self._learn(series, lesson, received_us)
        if series.expiry_us is not None:
            self._insert(series, received_us + series.expiry_us)
        if series not in self._lessons and device.status is Status.ONLINE and said_us is None:
            series.watch = None

    def link(self, feed: Feed) -> None:
        """Stop the clocks while the broker's link is down; start them anew when it is back.

        Args:
            feed: the state of a link; only ``mqtt`` matters here.
        """
        if feed.source == "mqtt":
            if feed.up and not self._link_up:
                self._anew_us = self._clock.now_us()
            self._link_up = feed.up

    def tick(self) -> None:
        """Look at what the wheel has reached. Call it about every :data:`SLOT_US`."""
        now_us = self._clock.now_us()
        offset_us = now_us - round(self._clock.steady_s() * 1_000_000)
        if abs(offset_us - self._offset_us) > _STEPPED_US:
            self._start_anew(now_us)
        self._offset_us = offset_us
        slot = now_us // SLOT_US
        reached = range(self._turned, slot) if slot - self._turned < len(self._wheel) else sorted(self._wheel)
        self._turned = slot
        for key in reached:
            if key < slot:
                self._turn(key, now_us)

    def _turn(self, key: int, now_us: int) -> None:
        """Look at what is in one slot."""
        for item in self._wheel.pop(key, ()):
            self._wheeled.discard(item)
            if isinstance(item, Device):
                self._look_at_device(item, now_us)
            elif not item.removed:
                self._look_at_series(item, now_us)

    def _start_anew(self, now_us: int) -> None:
        """The wall clock was set: every limit counts from now, and everything in the wheel is looked at soon."""
        self._anew_us = now_us
        self._turned = now_us // SLOT_US
        self._wheel = {self._turned: [item for slot in self._wheel.values() for item in slot]}

    def _silent_since(self, heard_us: int, now_us: int) -> int:
        """Return since when a silence counts; a time from before the clock was set back is none."""
        return max(heard_us if heard_us <= now_us else 0, self._anew_us)

    def _insert(self, item: Series | Device, due_us: int) -> None:
        """Have an item looked at when it is due; one that waits already is found to be early and put back."""
        if item not in self._wheeled:
            self._wheeled.add(item)
            slot = max(due_us // SLOT_US, self._turned + 1)
            self._wheel.setdefault(slot, []).append(item)

    def _learn(self, series: Series, lesson: _Lesson, received_us: int) -> None:
        """Take one interval, and judge the rhythm after 8, 16 and 32."""
        last_us, lesson.last_us = lesson.last_us, received_us
        if last_us == 0 or received_us <= last_us or last_us < self._anew_us:
            return
        intervals = lesson.intervals
        intervals.append(received_us - last_us)
        if len(intervals) in (LEARN_FROM, LEARN_UPTO // 2, LEARN_UPTO):
            cadence_us, expiry_us = rhythm(intervals)
            was = series.cadence_us
            series.cadence_us, series.expiry_us = cadence_us, expiry_us
            if not _alike(was, cadence_us):
                self._catalogue.changed_series(series)
        if len(intervals) >= LEARN_UPTO:
            del self._lessons[series]
            series.learnt_us = received_us
            if series.expiry_us is None:
                self._insert(series, received_us + _IRREGULAR_AGAIN_US)

    def _look_at_series(self, series: Series, now_us: int) -> None:
        """Decide whether a series is stale, and whether its rhythm is to be learnt anew."""
        if series.expiry_us is None:
            self._learn_again(series)
            return
        due_us = self._silent_since(series.heard_us, now_us) + series.expiry_us
        if not self._link_up:
            self._insert(series, now_us + series.expiry_us)
        elif due_us <= now_us:
            if series.stale is None:
                self._qualities[series] = QualityChange(series, "stale", now_us)
                series.watch = self
                self._fall_silent(series, now_us)
        else:
            self._insert(series, due_us)
            if series.cadence_us and now_us - series.learnt_us > LEARN_AGAIN * series.cadence_us:
                series.learnt_us = now_us
                self._learn_again(series)

    def _learn_again(self, series: Series) -> None:
        self._lessons.setdefault(series, _Lesson())
        series.watch = self

    def _fall_silent(self, stale: Series, now_us: int) -> None:
        """Call a device unknown once all its rhythms have stopped, unless it speaks for itself."""
        device = stale.device
        if device.said is not None or device.status is not Status.ONLINE:
            return
        rhythmic = (series for series in device.series.values() if series.expiry_us is not None)
        if all(series.stale is not None or series in self._qualities for series in rhythmic):
            self._unknown(device, now_us)

    def _look_at_device(self, device: Device, now_us: int) -> None:
        """Call a device without any rhythm unknown after a day of silence."""
        if device.said is not None or device.status is not Status.ONLINE or device.id not in self._catalogue.devices:
            return
        heard_us = max((series.heard_us for series in device.series.values()), default=0)
        due_us = self._silent_since(heard_us, now_us) + SILENT_US
        if due_us > now_us or not self._link_up:
            self._insert(device, max(due_us, now_us + SILENT_US // 24))
        elif all(series.expiry_us is None for series in device.series.values()):
            self._unknown(device, now_us)

    def _unknown(self, device: Device, now_us: int) -> None:
        """Decide that nobody knows, and wait for the device's next word."""
        self._statuses[device] = StatusChange(device, Status.UNKNOWN, now_us, "silent", said=False)
        for series in device.series.values():
            series.watch = self


def rhythm(intervals: list[int]) -> tuple[int | None, int | None]:
    """Return the cadence and the limit of a series, both None if it is irregular.

    Args:
        intervals: between live readings, in microseconds, at least one.

    Returns:
        The median interval, and the silence after which it is stale, in microseconds.
    """
    ordered = sorted(intervals)
    median = ordered[len(ordered) // 2]
    ninth = ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)]
    if ninth > 2 * median:
        return None, None
    return median, max(LEAST_LIMIT_US, 3 * ninth)


def _alike(was: int | None, now: int | None) -> bool:
    """Return True if two cadences would be told in the same words."""
    if was is None or now is None:
        return was is now
    return abs(was - now) * 5 <= was
