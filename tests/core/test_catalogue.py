from __future__ import annotations

from hub.core.catalogue import Catalogue, CatalogueLimits
from hub.core.clock import ManualClock
from hub.core.meters import Meters
from hub.core.model import Datatype, Device, Series, Status


def catalogue(**limits: int) -> Catalogue:
    return Catalogue(clock=ManualClock(), meters=Meters(), limits=CatalogueLimits(**limits))


def device_in(known: Catalogue, device_id: str) -> Device:
    found = known.device(device_id, "json")
    assert found is not None
    return found


def series_in(known: Catalogue, device: Device, metric: str, datatype: Datatype = Datatype.FLOAT) -> Series:
    found = known.series_of(device, metric, unit=None, datatype=datatype)
    assert found is not None
    return found


def test_a_device_and_a_series_are_one_object_for_everybody_and_news_once() -> None:
    known = catalogue()
    device = device_in(known, "a/b/c")
    series = series_in(known, device, "x")
    assert device_in(known, "a/b/c") is device
    assert series_in(known, device, "x") is series
    news = known.take_news()
    assert (list(news.devices), list(news.series)) == ([device], [series])
    assert not known.has_news


def test_a_full_catalogue_refuses_what_is_new_counts_it_and_goes_on_with_the_rest() -> None:
    meters = Meters()
    limits = CatalogueLimits(devices=2, series=3, metrics_per_device=2)
    known = Catalogue(clock=ManualClock(), meters=meters, limits=limits)
    one, two = device_in(known, "one"), device_in(known, "two")
    assert known.device("three", "json") is None
    series_in(known, one, "a")
    series_in(known, one, "b")
    assert known.series_of(one, "c", unit=None, datatype=Datatype.FLOAT) is None
    series_in(known, two, "a")
    assert known.series_of(two, "b", unit=None, datatype=Datatype.FLOAT) is None
    assert series_in(known, one, "a").metric == "a"
    assert dict(meters.by_label("catalogue_refused")) == {"devices": 1, "series": 1, "metrics_per_device": 1}


def test_a_unit_that_becomes_known_and_a_type_that_widens_are_news() -> None:
    known = catalogue()
    device = device_in(known, "d")
    series = series_in(known, device, "x", Datatype.INTEGER)
    known.take_news()
    for unit, datatype, then in [
        (None, Datatype.INTEGER, Datatype.INTEGER),
        ("V", Datatype.INTEGER, Datatype.INTEGER),
        (None, Datatype.FLOAT, Datatype.FLOAT),
        (None, Datatype.INTEGER, Datatype.FLOAT),
        (None, Datatype.STRING, Datatype.MIXED),
        (None, Datatype.BOOLEAN, Datatype.MIXED),
    ]:
        before = (series.unit, series.datatype)
        known.series_of(device, "x", unit=unit, datatype=datatype)
        assert (series.unit, series.datatype) == (unit or before[0], then)
        assert bool(known.take_news()) is ((series.unit, series.datatype) != before)


def test_each_device_counts_once_in_all_its_branches_by_its_worst_cause() -> None:
    known = catalogue()
    device = device_in(known, "a/b/c")
    assert [place.path for place in device.places] == ["", "a", "a/b"]
    causes = [
        (Status.ONLINE, 0, 0, [1, 0, 0, 0, 0]),
        (Status.ONLINE, 0, 2, [1, 0, 0, 0, 1]),
        (Status.ONLINE, 1, 2, [1, 0, 0, 1, 0]),
        (Status.UNKNOWN, 1, 2, [1, 0, 1, 0, 0]),
        (Status.OFFLINE, 1, 2, [1, 1, 0, 0, 0]),
    ]
    for status, stale, doubtful, counts in causes:
        device.status, device.stale, device.doubtful = status, stale, doubtful
        known.recount(device)
        assert [place.counts for place in device.places] == [counts] * 3


def test_a_forgotten_device_leaves_no_series_no_count_and_no_empty_branch() -> None:
    known = catalogue()
    device, other = device_in(known, "a/b/c"), device_in(known, "a/d")
    series = series_in(known, device, "x")
    series.stale, series.quality, device.stale, device.doubtful = "stale", "uncertain", 1, 1
    known.changed_places.clear()
    known.forget_device(device)
    assert series.removed
    assert (device.stale, device.doubtful) == (0, 0)
    assert list(known.series) == []
    assert list(known.devices) == ["a/d"]
    assert known.tree.select(["#"]) == [other]
    assert set(known.places) == {"", "a"}
    assert {place.path for place in known.changed_places} == {"", "a", "a/b"}
    assert series_in(known, device_in(known, "a/b/c"), "x").key != series.key


def test_a_device_counts_in_the_place_its_ecosystem_names_as_soon_as_that_is_known() -> None:
    known = catalogue()
    moved, stays = device_in(known, "chirpstack/2/0016c0"), device_in(known, "chirpstack/2/0016c1")
    moved.status = Status.OFFLINE
    known.recount(moved)
    known.changed_places.clear()
    moved.place = "Site/Doors"
    known.changed(moved)
    assert [place.path for place in moved.places] == ["", "Site", "Site/Doors"]
    assert {path: place.counts[:2] for path, place in known.places.items()} == {
        "": [2, 1],
        "chirpstack": [1, 0],
        "chirpstack/2": [1, 0],
        "Site": [1, 1],
        "Site/Doors": [1, 1],
    }
    assert {place.path for place in known.changed_places} == set(known.places)
    known.forget_device(stays)
    assert set(known.places) == {"", "Site", "Site/Doors"}


def test_a_branch_in_which_a_device_stays_is_told_once() -> None:
    known = catalogue()
    device = device_in(known, "site/left/pump")
    known.changed_places.clear()
    device.place = "site/right"
    known.changed(device)
    assert sorted((place.path, place.counts[0]) for place in known.changed_places) == [
        ("", 1),
        ("site", 1),
        ("site/left", 0),
        ("site/right", 1),
    ]


def test_a_place_that_begins_with_a_slash_counts_the_fleet_once() -> None:
    known = catalogue()
    device = device_in(known, "pump")
    device.place = "/hall"
    known.changed(device)
    assert {path: place.counts[0] for path, place in known.places.items()} == {"": 1, "/hall": 1}


def test_a_new_name_leaves_a_device_in_its_place() -> None:
    known = catalogue()
    device = device_in(known, "a/b")
    known.changed_places.clear()
    device.name = "Pump"
    known.changed(device)
    assert not known.changed_places


def test_a_series_learns_its_kind_from_what_is_said_or_from_its_unit_and_name() -> None:
    known = catalogue()
    device = device_in(known, "a")
    plain = known.series_of(device, "humidity", unit="%", datatype=Datatype.FLOAT)
    said = known.series_of(device, "x", unit="°C", datatype=Datatype.FLOAT, kind="temperature_delta")
    assert plain is not None
    assert said is not None
    assert (plain.kind, said.kind) == ("humidity", "temperature_delta")
    known.take_news()
    known.series_of(device, "humidity", unit="%", datatype=Datatype.FLOAT, kind="moisture")
    known.series_of(device, "x", unit="°C", datatype=Datatype.FLOAT)
    assert (plain.kind, said.kind) == ("moisture", "temperature_delta")
    assert list(known.take_news().series) == [plain]


def test_an_unknown_kind_or_one_that_cannot_be_changes_nothing_and_is_no_news() -> None:
    known = catalogue()
    device = device_in(known, "a")
    series = known.series_of(device, "x", unit="°C", datatype=Datatype.FLOAT)
    assert series is not None
    known.take_news()
    for kind in ("warp_factor", "humidity", "door"):
        known.series_of(device, "x", unit="°C", datatype=Datatype.FLOAT, kind=kind)
        assert series.kind == "temperature"
    assert not known.has_news


def test_a_kind_ends_where_another_unit_or_type_rules_it_out() -> None:
    known = catalogue()
    device = device_in(known, "a")
    series = known.series_of(device, "motion", unit=None, datatype=Datatype.BOOLEAN)
    load = known.series_of(device, "load", unit=None, datatype=Datatype.INTEGER, kind="power")
    assert series is not None
    assert load is not None
    known.series_of(device, "motion", unit=None, datatype=Datatype.FLOAT)
    known.series_of(device, "load", unit="A", datatype=Datatype.INTEGER)
    assert (series.datatype, series.kind) == (Datatype.MIXED, "motion")
    assert load.kind == "current"
