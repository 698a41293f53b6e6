"""A live stage in memory: a hub without broker, sockets or loop, and clients that believe what they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from hub.core.batch import Batch, Position
from hub.core.catalogue import Catalogue
from hub.core.clock import ManualClock
from hub.core.conversion import scale_of
from hub.core.meters import Meters
from hub.core.model import Datatype, Reading, Value
from hub.core.select import Selection
from hub.live.broadcaster import Broadcaster
from hub.live.request import ChannelKey, Mode
from hub.log.local import LocalLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.core.model import Series
    from hub.live.frame import Frame
    from hub.live.member import Member


@dataclass(eq=False)
class Waiting:
    """A function that a timer is to run."""

    steady_s: float
    function: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class ManualTimer:
    """Runs functions when told to."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._soon: list[Callable[[], None]] = []
        self._later: list[Waiting] = []

    def soon(self, function: Callable[[], None]) -> object:
        self._soon.append(function)
        return function

    def at(self, steady_s: float, function: Callable[[], None]) -> Waiting:
        made = Waiting(steady_s, function)
        self._later.append(made)
        return made

    @property
    def waiting(self) -> int:
        """How many functions are to run later."""
        return sum(not entry.cancelled for entry in self._later)

    def run(self) -> None:
        """Run everything that is due, and what that causes."""
        while True:
            due = [entry for entry in self._later if entry.steady_s <= self._clock.steady_s()]
            self._later = [entry for entry in self._later if entry not in due]
            functions, self._soon = self._soon, []
            functions += [entry.function for entry in due if not entry.cancelled]
            if not functions:
                return
            for function in functions:
                function()

    def run_soon_once(self) -> None:
        """Run one iteration of what was asked for soon."""
        functions, self._soon = self._soon, []
        for function in functions:
            function()


class Client:
    """A peer that records frames and keeps the state they add up to.

    Args:
        room: frames it takes before its buffer counts as full; None for no end.
    """

    def __init__(self, hub: LiveHub, *, room: int | None = None) -> None:
        self.hub = hub
        self.family = "test"
        self.put: Callable[[bytes], object] = self.write
        self.members: list[Member] = []
        self.room = room
        self.full = False
        self.frames: list[dict[str, Any]] = []
        self.values: dict[int, tuple[float, Value, str | None]] = {}
        self.series: dict[int, str] = {}
        self.devices: dict[str, str | None] = {}
        self.told: list[tuple[int, float, Value]] = []
        self.seq = 0
        self.gaps = 0

    @property
    def stalled(self) -> bool:
        return self.full

    def form(self, frame: Frame) -> bytes:
        return frame.json + b"\n"

    def write(self, data: bytes) -> None:
        for line in data.splitlines():
            self._believe(orjson.loads(line))
        if self.room is not None:
            self.room -= 1
            if self.room <= 0 and not self.full:
                self.full = True
                self.hub.broadcaster.fell_behind(self)

    def lag(self, *, behind: bool, conflated: int) -> None:
        self.frames.append({"type": "lag", "behind": behind, "conflated": conflated})

    def drain(self, room: int | None = None) -> None:
        """Take what is buffered and make room for more."""
        self.room = room
        if self.full:
            self.full = False
            self.hub.broadcaster.drained(self)

    def kinds(self) -> list[str]:
        return [frame["type"] for frame in self.frames]

    def _believe(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        believe = getattr(self, f"_believe_{frame['type']}", None)
        if believe is not None:
            believe(frame)
        if "seq" in frame and "snapshot" in self.kinds():
            self.seq = frame["seq"]

    def _believe_series(self, frame: dict[str, Any]) -> None:
        self.series.update({row[0]: f"{row[1]}:{row[2]}" for row in frame["add"]})
        for key in frame["remove"]:
            self.series.pop(key, None)
            self.values.pop(key, None)

    def _believe_devices(self, frame: dict[str, Any]) -> None:
        self.devices.update(dict.fromkeys(row[0] for row in frame["add"]))
        for device in frame["remove"]:
            self.devices.pop(device, None)

    def _believe_status(self, frame: dict[str, Any]) -> None:
        for device, status, _, _ in frame["rows"]:
            assert device in self.devices or status is None, "a status before its device"
            if status is not None:
                self.devices[device] = status

    def _believe_snapshot(self, frame: dict[str, Any]) -> None:
        for row in frame["rows"]:
            self._take(row, 0)
        self.seq = int(frame["position"].rpartition(":")[2])

    def _believe_data(self, frame: dict[str, Any]) -> None:
        for row in frame["rows"]:
            self._take(row, frame["base"])
            self.told.append((row[0], row[1] + frame["base"], row[2]))

    def _believe_quality(self, frame: dict[str, Any]) -> None:
        for key, quality, _ in frame["rows"]:
            assert key in self.series, "a key before its introduction"
            if key not in self.values:
                continue  # its first row waits for the end of the interval, and brings its quality
            time, value, _ = self.values[key]
            self.values[key] = time, value, None if quality == "good" else quality

    def _believe_gap(self, _frame: dict[str, Any]) -> None:
        self.gaps += 1

    def _take(self, row: list[Any], base: int) -> None:
        key, time, value = row[0], row[1] + base, row[2]
        assert key in self.series, "a key before its introduction"
        if key not in self.values or time >= self.values[key][0]:
            self.values[key] = time, value, row[3] if len(row) > 3 else None


@dataclass
class LiveHub:
    """The live stage and what it stands on."""

    clock: ManualClock = field(default_factory=ManualClock)
    meters: Meters = field(default_factory=Meters)
    retention_readings: int = 300_000

    def __post_init__(self) -> None:
        self.timer = ManualTimer(self.clock)
        self.catalogue = Catalogue(clock=self.clock, meters=self.meters)
        self.log = LocalLog(meters=self.meters, epoch="test", retention_readings=self.retention_readings)
        self.broadcaster = Broadcaster(
            catalogue=self.catalogue, log=self.log, clock=self.clock, timer=self.timer, meters=self.meters
        )

    def publish(
        self, *rows: tuple[str, str, Value], late_s: float = 0, quality: str | None = None, mark: int = 0
    ) -> Batch:
        """Publish readings as (device, metric, value), all measured now or earlier."""
        now = self.clock.now_us()
        readings: list[Reading] = []
        for device_id, metric, value in rows:
            device = self.catalogue.device(device_id, "json")
            assert device is not None
            series = self.catalogue.series_of(device, metric, unit=None, datatype=Datatype.FLOAT)
            assert series is not None
            readings.append((series.key, now - round(late_s * 1e6), value, quality, now, mark))
        return self.append(Batch(now, readings=readings))

    def learn(self, device_id: str, metric: str, *, unit: str | None = None, kind: str | None = None) -> Batch:
        """Let what a series measures become known, without a reading."""
        series = self.catalogue.devices[device_id].series[metric]
        self.catalogue.series_of(series.device, metric, unit=unit, datatype=series.datatype, kind=kind)
        return self.append(Batch(self.clock.now_us()))

    def append(self, batch: Batch) -> Batch:
        """Publish a batch with the catalogue's news."""
        news = self.catalogue.take_news()
        batch.devices += news.devices
        batch.series += news.series
        self.log.append(batch)
        self.broadcaster.publish(batch)
        return batch

    def join(  # noqa: PLR0913 - a subscription's fields
        self,
        client: Client,
        *filters: str,
        metrics: tuple[str, ...] = ("*",),
        mode: Mode = Mode.LATEST,
        interval_ms: int = 0,
        since: Position | None = None,
        summary: bool = False,
        units: str = "",
    ) -> tuple[Member, bool]:
        """Subscribe a client."""
        selection = Selection.of(filters or ("#",), metrics)
        key = ChannelKey(selection, mode=mode, interval_ms=interval_ms, summary=summary, units=units)
        member, resumed = self.broadcaster.join(client, key, since)
        self.broadcaster.start(member)
        return member, resumed

    def later(self, seconds: float) -> None:
        """Let time pass and timers run."""
        self.clock.advance(seconds)
        self.timer.run()

    def latest(self, selection: Selection, units: str = "") -> dict[str, Value]:
        """Return what a client of a selection should believe."""
        return {
            f"{series.device.id}:{series.metric}": in_units(series, series.value, units)
            for series in self.catalogue.series.values()
            if series.value is not None
            and selection.wants_device(series.device.id)
            and selection.wants_metric(series.metric)
        }


def in_units(series: Series, value: Value, units: str) -> Value:
    """Return a value of a series in a system of units."""
    scale = scale_of(series.unit, series.kind)
    if scale is None or units not in scale.to or isinstance(value, (str, bool)):
        return value
    return scale.to[units].of(value)


def believed(client: Client) -> dict[str, Value]:
    """Return a client's values by name."""
    return {client.series[key]: value for key, (_, value, _) in client.values.items()}
