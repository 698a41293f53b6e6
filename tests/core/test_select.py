from __future__ import annotations

from itertools import product
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.select import (
    MAX_FILTER_BYTES,
    MAX_FILTERS,
    DeviceTree,
    FilterTree,
    Selection,
    covers,
    filter_fault,
    glob_pattern,
    matches,
)

LEVELS = ("a", "b", "", "$s")
IDS = ["/".join(levels) for depth in (1, 2, 3) for levels in product(LEVELS, repeat=depth) if any(levels)]

ids = st.sampled_from(IDS)
filters = (
    st.tuples(st.lists(st.sampled_from([*LEVELS, "+"]), max_size=3), st.sampled_from([[], ["#"]]))
    .map(lambda parts: "/".join([*parts[0], *parts[1]]))
    .filter(lambda text: filter_fault(text) is None)
)


def oracle(text: str, device_id: str) -> bool:
    """Follow MQTT 3.1.1 §4.7 to the letter, by recursion."""

    def rest(wanted: list[str], levels: list[str]) -> bool:
        if wanted == ["#"]:
            return True
        if not wanted or not levels:
            return not wanted and not levels
        return wanted[0] in ("+", levels[0]) and rest(wanted[1:], levels[1:])

    return rest(text.split("/"), device_id.split("/"))


@given(filters, ids)
def test_a_filter_matches_what_the_standard_says(text: str, device_id: str) -> None:
    assert matches(text, device_id) is oracle(text, device_id)


@given(filters, filters)
def test_a_filter_that_covers_another_matches_all_that_it_matches(wide: str, narrow: str) -> None:
    if covers(wide, narrow):
        assert all(oracle(wide, device_id) for device_id in IDS if oracle(narrow, device_id))


@given(st.lists(filters, min_size=1, max_size=8))
def test_a_selection_wants_what_its_filters_match_and_holds_none_that_another_covers(texts: list[str]) -> None:
    selection = Selection.of(texts)
    for device_id in IDS:
        assert selection.wants_device(device_id) is any(oracle(text, device_id) for text in texts)
    assert list(selection.devices) == sorted(set(selection.devices))
    assert not any(wide != text and covers(wide, text) for wide in selection.devices for text in selection.devices)
    assert Selection.of(reversed(texts)) == selection


def test_the_canonical_form_of_the_most_filters_is_found_quickly() -> None:
    texts = [f"plant/+/line-{number}/#" for number in range(MAX_FILTERS)]
    began_s = process_time()
    for _ in range(10):
        Selection.of(texts)
    assert process_time() - began_s < 0.5


@given(st.lists(st.tuples(filters, st.integers(0, 3))), st.lists(st.tuples(filters, st.integers(0, 3))), ids)
def test_the_filter_tree_finds_just_the_owners_whose_filters_match(
    added: list[tuple[str, int]], discarded: list[tuple[str, int]], device_id: str
) -> None:
    tree: FilterTree[int] = FilterTree()
    for text, owner in added:
        tree.add(text, owner)
    for text, owner in discarded:
        tree.discard(text, owner)
    kept = set(added) - set(discarded)
    found = tree.match(device_id)
    assert len(found) == len(set(found))
    assert set(found) == {owner for text, owner in kept if oracle(text, device_id)}
    for text, owner in kept:
        tree.discard(text, owner)
    assert not tree._exact
    assert not tree._root.children
    assert not tree._root.below


@given(st.sets(ids), st.sets(ids), st.lists(filters, max_size=4))
def test_the_device_tree_finds_just_the_devices_that_match_each_once(
    added: set[str], discarded: set[str], texts: list[str]
) -> None:
    tree: DeviceTree[str] = DeviceTree()
    for device_id in added:
        tree.add(device_id, device_id)
    for device_id in discarded:
        tree.discard(device_id)
    found = tree.select(texts)
    assert len(found) == len(set(found))
    assert set(found) == {one for one in added - discarded if any(oracle(text, one) for text in texts)}
    for device_id in added:
        tree.discard(device_id)
    assert not tree._root.children


def wild(glob: str, text: str) -> bool:
    """Match a glob by trying everything."""
    if not glob:
        return not text
    if glob[0] == "*":
        return any(wild(glob[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and glob[0] in ("?", text[0]) and wild(glob[1:], text[1:])


@given(st.text("ab.*?", max_size=6), st.text("ab.\n", max_size=6))
def test_a_glob_matches_what_trying_everything_matches(glob: str, text: str) -> None:
    assert bool(glob_pattern(glob).fullmatch(text)) is wild(glob, text)


def test_no_glob_takes_longer_than_its_length() -> None:
    began_s = process_time()
    assert not glob_pattern("*?" * 60 + "z").fullmatch("sensors.battery_voltage." * 8)
    assert process_time() - began_s < 0.5


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        ("a/#/b", "has a # that is not the whole last level"),
        ("a#", "has a # that is not the whole last level"),
        ("a/b+", "has a + that is not a whole level"),
        ("x" * (MAX_FILTER_BYTES + 1), f"is longer than {MAX_FILTER_BYTES} bytes"),
        ("\ud800", None),
        ("+/+/#", None),
        ("/", None),
    ],
)
def test_what_is_wrong_with_a_filter_is_said_as_a_phrase(text: str, fault: str | None) -> None:
    assert filter_fault(text) == fault


def test_all_metrics_swallow_every_other_glob_and_none_means_devices_only() -> None:
    assert Selection.of(["a"], ["t", "*"]).metrics == ("*",)
    assert Selection.of(["a"], ["t", "h", "t"]).metrics == ("h", "t")
    assert not Selection.of(["a"], []).wants_metric("t")
