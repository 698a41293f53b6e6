"""Any order of publishing, stalling, draining, leaving and resuming: what clients believe is what the hub knows.

The oracle is the log itself: every reading there was, in order.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.core.batch import Batch, Position, QualityChange
from hub.core.model import Mark, Reading, Value
from hub.core.select import Selection
from hub.live.request import Mode
from tests.support.live import Client, LiveHub, believed, in_units

DEVICES = ["a/1", "a/2", "b/1", "b/2/c", "d"]
METRICS = ["t", "h"]
FILTERS = [("#",), ("a/#",), ("a/1", "d"), ("+/1",)]


class Follower:
    """A client of one selection, and where it began."""

    def __init__(self, hub: LiveHub, filters: tuple[str, ...], mode: Mode, interval_ms: int, units: str) -> None:
        self.filters, self.mode, self.interval_ms, self.units = filters, mode, interval_ms, units
        self.client = Client(hub)
        self.heard: list[tuple[str, float, object]] = []
        self.since = hub.log.seq

    @property
    def selection(self) -> Selection:
        return Selection.of(self.filters)


class LiveStage(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.hub = LiveHub()
        self.followers: list[Follower] = []
        self.readings: list[tuple[int, str, float, float]] = []
        self.value = 0.0

    @initialize()
    def something_is_known(self) -> None:
        self.publish([(device, 0) for device in range(len(DEVICES))], 0.0)
        for device in DEVICES:
            self.hub.learn(device, "t", unit="°C")

    @rule(
        picks=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), min_size=1, max_size=12),
        late_s=st.sampled_from([0.0, 0.0, 0.0, 5.0]),
    )
    def publish(self, picks: list[tuple[int, int]], late_s: float) -> None:
        self.hub.clock.advance(0.01)
        rows = []
        for device, metric in picks:
            self.value += 1
            rows.append((DEVICES[device], METRICS[metric], self.value))
        batch = self.hub.publish(*rows, late_s=late_s)
        for key, time_us, value, *_ in batch.readings:
            series = self.hub.catalogue.series[key]
            assert isinstance(value, float)
            self.readings.append((batch.seq, f"{series.device.id}:{series.metric}", time_us / 1000, value))

    @rule(rounds=st.integers(3, 6), apart_s=st.sampled_from([0.03, 0.11, 1.1]))
    def publish_all_of_them(self, rounds: int, apart_s: float) -> None:
        """Often enough that channels begin to look at their devices instead of being told."""
        for _ in range(rounds):
            self.publish([(device, 0) for device in range(len(DEVICES))], 0.0)
            self.hub.later(apart_s)

    @rule(count=st.integers(500, 3000))
    def publish_a_flood(self, count: int) -> None:
        """More than a page, all in one batch and most on the same series."""
        now = self.hub.clock.now_us()
        key = next(iter(self.hub.catalogue.series))
        readings: list[Reading] = []
        for _ in range(count):
            self.value += 1
            readings.append((key, now, self.value, None, now, Mark.LIVE.value))
        batch = self.hub.append(Batch(now, readings=readings))
        series = self.hub.catalogue.series[key]
        name = f"{series.device.id}:{series.metric}"
        self.readings += [(batch.seq, name, now / 1000, value) for _, _, value, *_ in readings]  # type: ignore[misc]

    @rule(pick=st.integers(0, 9), stale=st.booleans())
    def requalify(self, pick: int, stale: bool) -> None:  # noqa: FBT001 - hypothesis passes by keyword
        series = list(self.hub.catalogue.series.values())
        one = series[pick % len(series)]
        change = QualityChange(one, "stale" if stale else None, self.hub.clock.now_us())
        self.hub.append(Batch(self.hub.clock.now_us(), qualities=[change]))

    @rule(pick=st.integers(0, 4), learnt=st.sampled_from([("km", None), (None, "distance"), ("K", "temperature")]))
    def learn_what_is_measured(self, pick: int, learnt: tuple[str | None, str | None]) -> None:
        """Of the series that no follower hears every reading of in other units."""
        if "h" in self.hub.catalogue.devices[DEVICES[pick]].series:
            self.hub.learn(DEVICES[pick], "h", unit=learnt[0], kind=learnt[1])

    @rule(
        filters=st.sampled_from(FILTERS),
        mode=st.sampled_from(list(Mode)),
        interval_ms=st.sampled_from([0, 100, 1000]),
        units=st.sampled_from(["", "", "imperial"]),
    )
    def join(self, filters: tuple[str, ...], mode: Mode, interval_ms: int, units: str) -> None:
        if len(self.followers) < 6:
            follower = Follower(self.hub, filters, mode, interval_ms, units)
            self.followers.append(follower)
            self.hub.join(follower.client, *filters, mode=mode, interval_ms=interval_ms, units=units)

    @rule(pick=st.integers(0, 5), room=st.integers(1, 4))
    def stall(self, pick: int, room: int) -> None:
        if self.followers:
            self.followers[pick % len(self.followers)].client.room = room

    @rule(pick=st.integers(0, 5), room=st.one_of(st.none(), st.integers(1, 4)))
    def drain(self, pick: int, room: int | None) -> None:
        if self.followers:
            self.followers[pick % len(self.followers)].client.drain(room)

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.2, 3.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.hub.later(seconds)

    @rule()
    def run_one_step(self) -> None:
        self.hub.timer.run_soon_once()

    @rule(pick=st.integers(0, 5))
    def reconnect_where_it_was(self, pick: int) -> None:
        """A lost connection: what was believed stays, and the rest must follow from the last position."""
        if not self.followers:
            return
        follower = self.followers[pick % len(self.followers)]
        old = follower.client
        complete = any(frame["type"] == "snapshot" and not frame["more"] for frame in old.frames)
        for member in list(old.members):
            self.hub.broadcaster.leave(member)
        if not complete:
            self.followers.remove(follower)
            return
        client = Client(self.hub)
        client.series, client.values, client.devices = old.series, old.values, old.devices
        client.told, client.gaps, client.frames, client.seq = old.told, old.gaps, old.frames, old.seq
        follower.client = client
        _, resumed = self.hub.join(
            client,
            *follower.filters,
            mode=follower.mode,
            interval_ms=follower.interval_ms,
            since=Position("test", client.seq),
            units=follower.units,
        )
        assert resumed

    @invariant()
    def nobody_who_leaves_is_kept(self) -> None:
        held = {id(f.client) for f in self.followers}
        for channel in self.hub.broadcaster._interest.channels.values():
            assert all(id(member.peer) in held for member in channel.members)

    def teardown(self) -> None:
        for follower in self.followers:
            follower.client.drain()
        for _ in range(3):
            self.hub.later(61)
        for follower in self.followers:
            if follower.mode is Mode.LATEST or not follower.units:
                assert believed(follower.client) == self.hub.latest(follower.selection, follower.units)
            for key, (_, _, quality) in follower.client.values.items():
                assert quality == self.hub.catalogue.series[key].shown_quality
            if follower.mode is Mode.EVERY:
                self.check_completeness(follower)

    def check_completeness(self, follower: Follower) -> None:
        """An ``every`` client heard each reading after its snapshot once, in order."""
        client = follower.client
        assert client.gaps == 0
        first = next(frame for frame in client.frames if frame["type"] == "snapshot" and not frame["more"])
        began = int(first["position"].rpartition(":")[2])
        wanted = follower.selection
        expected = [
            (name, time, self.told(follower, name, value))
            for seq, name, time, value in self.readings
            if seq > began and wanted.wants_device(name.rpartition(":")[0])
        ]
        heard = [(client.series[key], time, value) for key, time, value in client.told]
        if follower.units:  # what is learnt meanwhile counts from then on
            heard, expected = ([row for row in rows if row[0].endswith(":t")] for rows in (heard, expected))
        assert heard == expected

    def told(self, follower: Follower, name: str, value: float) -> Value:
        """Return how a follower hears a value."""
        device, _, metric = name.rpartition(":")
        return in_units(self.hub.catalogue.devices[device].series[metric], value, follower.units)


TestLiveStage = LiveStage.TestCase
TestLiveStage.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
