"""Vocabularies give what the flattener gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from hub.normalise.decoders.vocabulary import MAX_WORDS, Vocabulary
from hub.normalise.flatten import Dialect, Flattener

if TYPE_CHECKING:
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Sample

KEYS = st.sampled_from(["a", "b", "tempC", "mode", "id", "", "°", "unit", "units", "value", "k" * 70])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.sampled_from(["on", "1.5", "007", "x", ""])
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.dictionaries(KEYS, inner, max_size=4), st.lists(inner, max_size=3)),
    max_leaves=12,
)


def unit_of(parts: tuple[str, ...]) -> str | None:
    return "°C" if parts[-1] == "temp_c" else None


DIALECT = Dialect(time_keys=(), unit_of=unit_of)


def samples_of(root: Json, vocabulary: Vocabulary | None, size_bytes: int = 0) -> list[Sample]:
    flattener = Flattener("d", DIALECT)
    if vocabulary is None:
        flattener.add(root, parts=("p",), time_us=5)
    else:
        vocabulary.add(flattener, root, time_us=5, size_bytes=size_bytes)
    found = (sample._replace(path=None) for sample in flattener.samples if sample.value is not None)
    # Texts and booleans lose their unit where they are admitted.
    return [one if type(one.value) in (int, float) else one._replace(unit=None) for one in found]


@given(st.lists(DOCUMENTS, max_size=4))
def test_a_vocabulary_gives_what_the_flattener_gives(roots: list[Json]) -> None:
    vocabulary = Vocabulary(DIALECT, ("p",))
    for root in [*roots, *roots]:
        assert repr(samples_of(root, vocabulary)) == repr(samples_of(root, None))


def test_deep_nesting_is_left_to_the_flattener() -> None:
    root: Json = 1
    for _ in range(30):
        root = {"a": root}
    vocabulary = Vocabulary(DIALECT, ("p",))
    assert samples_of(root, vocabulary) == samples_of(root, None) != []


def test_a_full_vocabulary_learns_again() -> None:
    vocabulary = Vocabulary(DIALECT, ("p",))
    for start in range(0, 2 * MAX_WORDS, 1000):
        root: Json = {f"k{number}": {"a": number} for number in range(start, start + 1000)}
        assert samples_of(root, vocabulary) == samples_of(root, None)
