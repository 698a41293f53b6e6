"""Channels that were asked for units: what they tell is converted, the same bytes for every member."""

from __future__ import annotations

import pytest

from hub.core.batch import Batch, Position
from hub.core.model import Datatype, Value
from hub.live import frame
from hub.live.channel import Channel
from hub.live.request import Mode
from hub.live.telling import ConvertedChannel
from tests.support.live import Client, LiveHub, believed


@pytest.fixture
def hub() -> LiveHub:
    hub = LiveHub()
    hub.publish(("a", "t", 21.5), ("a", "load", 50.0), ("a", "count", 3.0))
    hub.learn("a", "t", unit="°C")
    hub.learn("a", "load", unit="%")
    return hub


def joined(hub: LiveHub, units: str = "imperial", mode: Mode = Mode.LATEST, interval_ms: int = 0) -> Client:
    client = Client(hub)
    hub.join(client, mode=mode, interval_ms=interval_ms, units=units)
    hub.timer.run()
    return client


def told(client: Client) -> dict[str, tuple[str | None, str]]:
    """Unit and type of each series, as it was told last."""
    rows = [row for frame in client.frames if frame["type"] == "series" for row in frame["add"]]
    return {f"{row[1]}:{row[2]}": (row[3], row[4]) for row in rows}


def publish(hub: LiveHub, metric: str, value: Value, datatype: Datatype, unit: str | None = None) -> None:
    device = hub.catalogue.devices["a"]
    series = hub.catalogue.series_of(device, metric, unit=unit, datatype=datatype)
    assert series is not None
    now = hub.clock.now_us()
    hub.append(Batch(now, readings=[(series.key, now, value, None, now, 0)]))


@pytest.mark.parametrize("mode", list(Mode))
def test_snapshot_data_and_series_are_in_the_units_that_were_asked_for(hub: LiveHub, mode: Mode) -> None:
    client = joined(hub, mode=mode)
    assert believed(client) == {"a:t": 70.7, "a:load": 50.0, "a:count": 3.0}
    assert told(client) == {"a:t": ("°F", "float"), "a:load": ("%", "float"), "a:count": (None, "float")}
    hub.publish(("a", "t", 21.0))
    assert client.frames[-1]["rows"] == [[hub.catalogue.devices["a"].series["t"].key, 0, 69.8]]
    assert client.frames[-1]["type"] == "data"


def test_what_was_not_asked_for_is_not_converted_and_each_asks_for_itself(hub: LiveHub) -> None:
    plain, imperial, si = joined(hub, ""), joined(hub, "imperial"), joined(hub, "SI")
    hub.publish(("a", "t", 100.0))
    assert [believed(client)["a:t"] for client in (plain, imperial, si)] == [100.0, 212.0, 373.15]
    assert [told(client)["a:t"][0] for client in (plain, imperial, si)] == ["°C", "°F", "K"]
    assert hub.catalogue.devices["a"].series["t"].value == 100.0


def test_members_that_ask_for_the_same_units_share_a_channel_and_its_frames(hub: LiveHub) -> None:
    one, other = Client(hub), Client(hub)
    first, _ = hub.join(one, units="imperial")
    second, _ = hub.join(other, units="imperial")
    third, _ = hub.join(Client(hub))
    assert first.channel is second.channel
    assert third.channel is not first.channel
    hub.timer.run()
    hub.publish(("a", "t", 22.0))
    assert one.frames[-1] == other.frames[-1]


def test_a_channel_without_units_is_the_plain_one_and_writes_with_the_plain_functions(hub: LiveHub) -> None:
    member, _ = hub.join(Client(hub))
    assert type(member.channel) is Channel
    assert member.channel.fragment is frame.fragment
    assert member.channel.series_row is frame.series_row
    other, _ = hub.join(Client(hub), units="SI")
    assert type(other.channel) is ConvertedChannel


@pytest.mark.parametrize("mode", list(Mode))
def test_integers_become_floats_only_where_they_are_converted(hub: LiveHub, mode: Mode) -> None:
    publish(hub, "way", 5, Datatype.INTEGER, "km")
    publish(hub, "n", 5, Datatype.INTEGER)
    client = joined(hub, mode=mode)
    assert told(client)["a:way"] == ("mi", "float")
    assert told(client)["a:n"] == (None, "integer")
    publish(hub, "way", 10, Datatype.INTEGER)
    publish(hub, "n", 10, Datatype.INTEGER)
    assert believed(client)["a:way"] == 6.21371
    assert (believed(client)["a:n"], type(believed(client)["a:n"])) == (10, int)


@pytest.mark.parametrize("mode", list(Mode))
def test_texts_and_booleans_are_left_alone(hub: LiveHub, mode: Mode) -> None:
    publish(hub, "t", "sensor broken", Datatype.STRING)
    client = joined(hub, mode=mode)
    assert believed(client)["a:t"] == "sensor broken"
    assert told(client)["a:t"] == ("°F", "mixed")
    for value in (True, "warm", 10.0):
        publish(hub, "t", value, Datatype.MIXED)
        assert believed(client)["a:t"] == (50.0 if value == 10.0 else value)


def test_a_difference_is_converted_without_its_zero_point(hub: LiveHub) -> None:
    publish(hub, "delta_t", 5.0, Datatype.FLOAT, "°C")
    assert believed(joined(hub))["a:delta_t"] == 9.0


def test_a_unit_that_becomes_known_has_the_value_told_again(hub: LiveHub) -> None:
    client, plain = joined(hub), joined(hub, "")
    assert believed(client)["a:count"] == 3.0
    hub.learn("a", "count", unit="km")
    assert told(client)["a:count"] == ("mi", "float")
    assert client.kinds()[-2:] == ["series", "data"]
    assert believed(client)["a:count"] == 1.86411
    assert believed(plain)["a:count"] == 3.0


def test_a_kind_that_makes_a_temperature_a_difference_has_the_value_told_again(hub: LiveHub) -> None:
    client = joined(hub, interval_ms=1000)
    hub.learn("a", "t", kind="temperature_delta")
    hub.later(1)
    assert believed(client)["a:t"] == 38.7


def test_a_fact_that_changes_no_value_has_none_told_again(hub: LiveHub) -> None:
    client = joined(hub)
    hub.learn("a", "load", kind="humidity")
    hub.catalogue.changed_series(hub.catalogue.devices["a"].series["t"])
    hub.append(Batch(hub.clock.now_us()))
    assert client.kinds()[-2:] == ["series", "series"]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_client_that_resumes_is_told_what_it_missed_in_its_units(hub: LiveHub, mode: Mode) -> None:
    since = Position("test", hub.log.seq)
    hub.publish(("a", "t", 20.0))
    hub.publish(("a", "t", 20.5))
    client = Client(hub)
    _, resumed = hub.join(client, mode=mode, since=since, units="imperial")
    hub.timer.run()
    assert resumed
    assert told(client)["a:t"] == ("°F", "float")
    assert believed(client)["a:t"] == 68.9
    assert [row[2] for row in client.told] == ([68.0, 68.9] if mode is Mode.EVERY else [])


@pytest.mark.parametrize("mode", list(Mode))
def test_a_client_that_falls_behind_catches_up_in_its_units(hub: LiveHub, mode: Mode) -> None:
    client = joined(hub, mode=mode)
    client.room = 1
    for step in range(200):
        hub.publish(("a", "t", float(step)))
    client.drain()
    hub.timer.run()
    assert believed(client)["a:t"] == 390.2
    if mode is Mode.EVERY:
        assert [row[2] for row in client.told] == [round(step * 1.8 + 32, 1) for step in range(200)]


def test_rows_that_wait_for_the_end_of_an_interval_are_in_the_units_of_when_they_came(hub: LiveHub) -> None:
    client = joined(hub, mode=Mode.EVERY, interval_ms=1000)
    hub.publish(("a", "count", 1.0))
    hub.publish(("a", "count", 2.0))
    publish(hub, "count", 3.0, Datatype.FLOAT, "km")
    hub.later(1)
    assert [row[2] for row in client.told] == [1.0, 2.0, 1.86411]


def test_a_series_that_was_forgotten_leaves_the_channel(hub: LiveHub) -> None:
    client = joined(hub, mode=Mode.EVERY)
    series = hub.catalogue.devices["a"].series["t"]
    hub.catalogue.forget_series(series)
    hub.append(Batch(hub.clock.now_us(), removed_series=[series]))
    assert client.frames[-1]["remove"] == [series.key]
    assert series.streams == ()
    hub.publish(("a", "t", 1.0))
    assert believed(client)["a:t"] == 1.0
