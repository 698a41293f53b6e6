"""Vocabularies give what the flattener gives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from hub.normalise.decoders.vocabulary import MAX_WORDS, Vocabulary
from hub.normalise.flatten import MAX_READINGS, Dialect, Flattener

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Sample

KEYS = st.sampled_from(
    ["a", "b", "tempC", "mode", "id", "", "°", "unit", "units", "value", "values", "ts", "Time", "date", "k" * 70]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(["on", "1.5", "007", "x", "", "kWh", "2022-06-11T20:38:00Z", "2022-06-11T20:38:00", 1654979880, 5]),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.dictionaries(KEYS, inner, max_size=4), st.lists(inner, max_size=3)),
    max_leaves=12,
)


def unit_of(parts: tuple[str, ...]) -> str | None:
    return "°C" if parts[-1:] == ("temp_c",) else None


DIALECT = Dialect(time_keys=(), unit_of=unit_of)
TIMED = Dialect(unit_of=unit_of)
METER: Json = {
    "electricity": {
        "timestamp": "2022-06-11T20:38:00Z",
        "energy": {"import": {"cumulative": 6613.405, "day": "13.252", "units": "kWh", "mpan": "1234"}},
        "power": {"value": 0.951, "units": "kW"},
    }
}


def samples_of(
    root: Json,
    vocabulary: Vocabulary | None,
    *,
    dialect: Dialect = DIALECT,
    parts: tuple[str, ...] = ("p",),
    time_us: int | None = 5,
    size_bytes: int = 0,
) -> list[Sample]:
    flattener = Flattener("d", dialect)
    if vocabulary is None:
        flattener.add(root, parts=parts, time_us=time_us)
    else:
        vocabulary.add(flattener, root, time_us=time_us, size_bytes=size_bytes)
    found = (sample._replace(path=None) for sample in flattener.samples if sample.value is not None)
    # Texts and booleans lose their unit where they are admitted.
    return [one if type(one.value) in (int, float) else one._replace(unit=None) for one in found]


@given(st.lists(DOCUMENTS, max_size=4))
def test_a_vocabulary_gives_what_the_flattener_gives(roots: list[Json]) -> None:
    vocabulary = Vocabulary(DIALECT, ("p",))
    for root in [*roots, *roots]:
        assert repr(samples_of(root, vocabulary)) == repr(samples_of(root, None))


@given(st.lists(DOCUMENTS, max_size=4), st.sampled_from([(), ("p",)]), st.sampled_from([None, -1, 10**15]))
def test_so_does_one_whose_documents_tell_times(roots: list[Json], parts: tuple[str, ...], time_us: int | None) -> None:
    vocabulary = Vocabulary(TIMED, parts)
    for root in [*roots, *roots]:
        found = samples_of(root, vocabulary, dialect=TIMED, parts=parts, time_us=time_us)
        assert repr(found) == repr(samples_of(root, None, dialect=TIMED, parts=parts, time_us=time_us))


def test_times_and_units_of_a_shape_that_is_known_need_no_flattener() -> None:
    vocabulary = Vocabulary(TIMED, ("p",))
    for _ in range(5):  # each place with a time or unit is learnt in its turn
        samples_of(METER, vocabulary, dialect=TIMED)
    expected = samples_of(METER, None, dialect=TIMED)
    assert len(expected) == 4
    with patch.object(Flattener, "add", side_effect=AssertionError):
        assert samples_of(METER, vocabulary, dialect=TIMED) == expected


def test_a_unit_without_numbers_is_a_value_as_before() -> None:
    vocabulary = Vocabulary(TIMED, ("p",))
    for root in ({"units": "kWh", "a": 1}, {"units": "kWh", "a": "x"}, {"units": "kWh", "a": 2}) * 2:
        assert samples_of(root, vocabulary, dialect=TIMED) == samples_of(root, None, dialect=TIMED)  # type: ignore[arg-type]  # JSON


def test_deep_nesting_is_left_to_the_flattener() -> None:
    root: Json = 1
    for _ in range(30):
        root = {"a": root}
    vocabulary = Vocabulary(DIALECT, ("p",))
    assert samples_of(root, vocabulary) == samples_of(root, None) != []


def test_more_values_than_one_message_may_hold_are_left_to_the_flattener() -> None:
    root: Json = {f"a{outer}": {f"b{inner}": inner for inner in range(200)} for outer in range(60)}
    vocabulary = Vocabulary(DIALECT, ("p",))
    for _ in range(2):
        flattener = Flattener("d", DIALECT)
        vocabulary.add(flattener, root, time_us=None, size_bytes=100)
        assert len(flattener.samples) == MAX_READINGS
        assert [rejection.reason for rejection in flattener.rejections] == ["too_many"]


def test_a_full_vocabulary_learns_again() -> None:
    vocabulary = Vocabulary(DIALECT, ("p",))
    for start in range(0, 2 * MAX_WORDS, 1000):
        root: Json = {f"k{number}": {"a": number} for number in range(start, start + 1000)}
        assert samples_of(root, vocabulary) == samples_of(root, None)
