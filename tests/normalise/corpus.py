"""The corpus of one ecosystem, what is made of its messages to break them, and what must hold whatever is sent."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from hub.core.raw import RawMessage

CORPUS = Path(__file__).parents[1] / "corpus"
NOW_US = 1_790_000_000_000_000
"""2026-09-21T14:13:20Z: later than every device time in the corpus."""


def lines_of(family: str) -> list[dict[str, Any]]:
    """The lines of a family, in their order."""
    return [json.loads(line) for line in (CORPUS / f"{family}.jsonl").read_text().splitlines() if line]


def payload_of(line: dict[str, Any]) -> bytes:
    """The bytes of a line's message."""
    return b64decode(line["payload_b64"]) if "payload_b64" in line else str(line["payload"]).encode()


def all_lines() -> dict[str, dict[str, Any]]:
    """Every line of every family, by its id."""
    families = sorted(path.stem for path in CORPUS.glob("*.jsonl"))
    return {line["id"]: line for family in families for line in lines_of(family)}


def raw_of(line: dict[str, Any]) -> RawMessage:
    """A line's message as it comes off the broker."""
    return message(line["topic"], payload_of(line), retain=line["retain"], content_type=line.get("content_type", ""))


@st.composite
def broken(draw: st.DrawFn, lines: list[dict[str, Any]]) -> tuple[bytes, bytes]:
    """The payload of some line with one bit flipped, and the beginning of the same."""
    payload = bytearray(payload_of(draw(st.sampled_from(lines))))
    if payload:
        payload[draw(st.integers(0, len(payload) - 1))] ^= 1 << draw(st.integers(0, 7))
    cut = draw(st.integers(0, len(payload)))
    return bytes(payload), bytes(payload[:cut])


def documents(*keys: str, leaf: object, max_leaves: int) -> st.SearchStrategy[object]:
    """Documents of any shape with keys that mean something to a decoder; ``leaf`` is a value that does."""
    return st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just(leaf)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(keys), inner, max_size=4)),
        max_leaves=max_leaves,
    )


def read_twice(rig: Rig, topic: str, payload: bytes) -> None:
    """Feed a payload twice, the second time by the plan where there is one: both give what a trial gives."""
    tried = rig.normaliser.decode(topic, payload).readings
    expected = [repr((found.device, found.metric, found.value, found.time_us)) for found in tried]
    for _ in range(2):
        rows = rig.rows(rig.batch(message(topic, payload)))
        assert [repr((row.device, row.metric, row.value, row.time_us)) for row in rows] == expected
    assert "decoder_fault" not in rig.rejected
