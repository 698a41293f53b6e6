"""Flat documents whose device is in the payload: what one message may hold at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub.normalise.decoders.flat import Keys
from hub.normalise.flatten import MAX_PLACES, MAX_READINGS

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Decoded

NUMBERS: dict[str, Json] = {f"k{place}": place for place in range(MAX_READINGS - 1)}


def read(root: dict[str, Json]) -> Decoded:
    return Keys(lambda _: None, lambda key: key == "id").read(root, "d", None)


def test_what_lies_under_a_key_comes_in_the_order_of_the_document() -> None:
    decoded = read({"id": 1, "a": 1, "b": [{"c": 2}, True], "d": "3", "e": None})
    assert [(sample.metric, sample.value) for sample in decoded.samples] == [
        ("a", 1),
        ("b.0.c", 2),
        ("b.1", True),
        ("d", 3),
    ]
    assert decoded.rejections == []


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"a": [1]}, []),
        ({"a": [1], "b": None}, []),
        ({"a": [1, 2]}, ["too_many"]),
        ({"a": 1, "b": 2}, ["too_many"]),
        ({"a": [1], "b": [2], "c": [3]}, ["too_many"]),
    ],
)
def test_values_are_counted_wherever_they_stand(more: dict[str, Json], reasons: list[str]) -> None:
    decoded = read({**NUMBERS, **more})
    assert len(decoded.samples) == MAX_READINGS
    assert [rejection.reason for rejection in decoded.rejections] == reasons


def test_keys_and_elements_without_a_value_are_counted_too() -> None:
    empty: list[Json] = [None] * 256
    decoded = read({**{f"k{place}": empty for place in range(200)}, "a": 1})
    assert [sample.metric for sample in decoded.samples] == ["a"]
    assert len(decoded.rejections) == 200 - MAX_PLACES // (len(empty) + 1)
    decoded = read(dict.fromkeys(map(str, range(MAX_PLACES + 1)), 1))
    assert (decoded.samples, [rejection.reason for rejection in decoded.rejections]) == ([], ["too_many"])
