"""Hostile messages: whatever is made of real ones, no decoder fails, and what they become is bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.normalise.flatten import MAX_READINGS
from tests.normalise.corpus import CORPUS, lines_of, payload_of
from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from collections.abc import Iterator

FAMILIES = sorted(path.stem for path in CORPUS.glob("*.jsonl"))
LINES = [line for family in FAMILIES for line in lines_of(family)]
BY_ID = {line["id"]: line for line in LINES}
STEP_BYTES = 8
"""Every so many bytes a payload is cut."""
MAX_PLACES = 60
"""So many places of a document are changed at most, spread over all of it; documents of devices have fewer."""
DEEP = '{"a":' * 10_000 + "1" + "}" * 10_000
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    [],
    {},
    [[]],
    [None, {"a": None}],
    {"value": {"unit": []}, "unit": 5},
    -1,
    0,
    10**30,
    -(2**63),
    1.7976931348623157e308,
    "",
    "nan",
    "1e999",
    "9" * 5000,
    "x" * 5000,
    "\x00",
    "2025-13-45T99:99:99Z",
    "!/#+$",
)
"""What stands in the place of each value of a document."""
ODD_TEXTS = (
    "NaN",
    "-Infinity",
    "1e999",
    '"\\ud800"',
    "9" * 5000,
    "[" * 900 + "]" * 900,
    '{"a":' * 900 + "1" + "}" * 900,
)
"""Likewise, but as it stands in the payload: ``json.dumps`` writes none of these."""
MARK = "a place to be replaced"


def prepared(line: dict[str, Any]) -> Rig:
    """A hub that knows what the message needs: its births, descriptions, discovery entries."""
    rig = Rig()
    for before in line["after"]:
        feed(rig, BY_ID[before], payload_of(BY_ID[before]))
    return rig


def feed(rig: Rig, line: dict[str, Any], payload: bytes) -> None:
    """Feed a payload on a line's topic; say which, should a decoder fail."""
    raw = message(line["topic"], payload, retain=line["retain"], content_type=line.get("content_type", ""))
    batch = rig.batch(raw)
    rig.normaliser.requests.clear()
    assert "decoder_fault" not in rig.rejected, (line["id"], payload[:2000])
    assert len(batch.readings) <= MAX_READINGS
    assert len(batch.statuses) <= MAX_READINGS


def places(root: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a document a value stands."""
    yield path
    members = root.items() if isinstance(root, dict) else enumerate(root) if isinstance(root, list) else ()
    for key, member in members:
        yield from places(member, (*path, key))


def replaced(root: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A document with another value at a place."""
    if not path:
        return value
    key, *rest = path
    copy = dict(root) if isinstance(root, dict) else list(root)
    copy[key] = replaced(root[key], tuple(rest), value)
    return copy


def with_values_replaced(root: Any) -> Iterator[bytes]:
    """Documents that have something odd at one place."""
    found = list(places(root))
    for path in found[:: 1 + len(found) // MAX_PLACES]:
        for value in ODD_VALUES:
            yield json.dumps(replaced(root, path, value)).encode()
        marked = json.dumps(replaced(root, path, MARK))
        for text in ODD_TEXTS:
            payload = marked.replace(f'"{MARK}"', text).encode()
            yield payload
            yield payload  # what a decoder remembered is compared with what it hears again


def document_of(line: dict[str, Any]) -> Any:
    """A line's document, None if it carries none."""
    try:
        root = json.loads(payload_of(line))
    except ValueError:
        return None
    return root if isinstance(root, (dict, list)) else None


@pytest.mark.parametrize("family", FAMILIES)
def test_a_message_that_was_cut_anywhere_makes_no_decoder_fail(family: str) -> None:
    for line in lines_of(family):
        rig, payload = prepared(line), payload_of(line)
        for end in range(0, len(payload), STEP_BYTES):
            feed(rig, line, payload[:end])
            feed(rig, line, payload[end:])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_message_with_any_value_replaced_makes_no_decoder_fail(family: str) -> None:
    for line in lines_of(family):
        root = document_of(line)
        if root is None:
            continue
        rig = prepared(line)
        for payload in with_values_replaced(root):
            feed(rig, line, payload)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_message_with_a_key_twice_or_another_key_makes_no_decoder_fail(family: str) -> None:
    for line in lines_of(family):
        root = document_of(line)
        if root is None:
            continue
        rig, text = prepared(line), payload_of(line).decode()
        for path in places(root):
            if not path or not isinstance(path[-1], str):
                continue
            key = json.dumps(path[-1])
            feed(rig, line, text.replace(f"{key}:", f"{key}:null,{key}:", 1).encode())
            feed(rig, line, text.replace(f"{key}:", f'{key}:{{"{key[1:]}:[]}},"":', 1).encode())
            feed(rig, line, text.replace(f"{key}:", '"\\u0000\\ud800":', 1).encode())


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["id"])
def test_something_else_on_its_topic_makes_no_decoder_fail(line: dict[str, Any]) -> None:
    rig = prepared(line)
    tried = rig.normaliser.decode(line["topic"], DEEP.encode(), retain=line["retain"])
    assert tried.undecoded is None or tried.undecoded.reason != "decoder_fault"
    for payload in (DEEP.encode(), DEEP.replace("{", "[").replace('"a":', "").replace("}", "]").encode()):
        feed(rig, line, payload)
    for payload in (
        b"",
        b"\x00",
        b"\xff\xfe",
        b"\x1f\x8b\x08",
        b"\x78\x9c\x00",
        b"[]",
        b"{}",
        b"null",
        b'"x"',
        b"1",
        b"on",
    ):
        feed(rig, line, payload)
    feed(rig, line, payload_of(line))


@pytest.mark.parametrize("line", [line for line in LINES if "payload_b64" in line], ids=lambda line: line["id"])
def test_a_bit_flipped_in_any_byte_of_a_binary_message_makes_no_decoder_fail(line: dict[str, Any]) -> None:
    rig, payload = prepared(line), payload_of(line)
    for place in range(len(payload)):
        for bit in {place % 8, 7}:
            changed = bytearray(payload)
            changed[place] ^= 1 << bit
            feed(rig, line, bytes(changed))
    feed(rig, line, payload)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    line=st.sampled_from(LINES),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 7)), min_size=1, max_size=8),
)
def test_flipped_bits_make_no_decoder_fail(line: dict[str, Any], changes: list[tuple[int, int]]) -> None:
    payload = bytearray(payload_of(line))
    for place, bit in changes if payload else ():
        payload[place % len(payload)] ^= 1 << bit
    rig = prepared(line)
    feed(rig, line, bytes(payload))
    feed(rig, line, payload_of(line))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    line=st.sampled_from(LINES), other=st.sampled_from(LINES), cut=st.integers(0, 1 << 20), more=st.binary(max_size=40)
)
def test_messages_of_one_ecosystem_on_topics_of_another_make_no_decoder_fail(
    line: dict[str, Any], other: dict[str, Any], cut: int, more: bytes
) -> None:
    rig, payload = prepared(line), payload_of(other)
    feed(rig, line, payload)
    place = cut % (len(payload) + 1)
    feed(rig, line, payload[:place] + more + payload[place:])
    feed(rig, line, payload_of(line))
