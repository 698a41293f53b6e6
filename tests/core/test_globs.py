from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hub.core.select import glob_pattern
from hub.core.units import split_number


@given(st.text("ab*?.", max_size=10), st.text("ab.", max_size=12))
def test_a_glob_matches_what_its_plain_expression_matches(glob: str, metric: str) -> None:
    plain = "".join(".*" if mark == "*" else "." if mark == "?" else re.escape(mark) for mark in glob)
    assert (glob_pattern(glob).fullmatch(metric) is None) == (re.fullmatch(plain, metric, re.DOTALL) is None)


def test_a_client_cannot_stop_the_hub_with_a_glob_of_many_stars() -> None:
    assert glob_pattern("*a" * 100 + "*b").fullmatch("a" * 2000) is None


def test_a_device_cannot_stop_the_hub_with_a_long_number() -> None:
    assert split_number("1" * 1_000_000) is None
