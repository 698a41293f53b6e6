"""Compressed payloads."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import Rejection
from hub.normalise.compressed import MAX_INFLATED_BYTES, MAX_MEMBERS, inflated, is_compressed
from hub.normalise.content import Document, Text, read

if TYPE_CHECKING:
    from collections.abc import Callable

BOMB_S = 2.0
"""How much of the processor a refusal may take at most; it takes milliseconds."""


def zstandard_of_unknown_size(data: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, zlib.compress, zstandard.compress, zstandard_of_unknown_size]


def reason(payload: bytes, content_type: str = "") -> str:
    found = read(payload, content_type)
    assert isinstance(found, Rejection)
    return found.reason


@pytest.mark.parametrize("level", [1, 3, 6, 9])
def test_zlib_of_every_level_is_recognised(level: int) -> None:
    assert read(zlib.compress(b'{"a": 1}', level)) == Document({"a": 1})


@pytest.mark.parametrize("pack", PACKERS)
def test_compressed_payloads_are_inflated_once(pack: Callable[[bytes], bytes]) -> None:
    assert read(pack(b'{"a": 1}')) == Document({"a": 1})
    assert read(pack(b"21.5")) == Text("21.5")
    twice = read(pack(pack(b'{"a": 1}')))
    assert isinstance(twice, Rejection)
    assert twice.reason == "not_text"
    assert "compressed twice" in twice.detail


@pytest.mark.parametrize("pack", PACKERS)
def test_a_content_type_says_what_is_in_a_compressed_payload(pack: Callable[[bytes], bytes]) -> None:
    assert read(pack(b"{on}"), "text/plain") == Text("{on}")
    assert read(pack(b"{}"), "application/gzip") == Document({})
    assert read(pack(b"\x18\x2a"), "application/cbor") == Text("42")


@pytest.mark.parametrize("pack", PACKERS)
def test_a_bomb_is_refused_quickly(pack: Callable[[bytes], bytes]) -> None:
    assert isinstance(read(pack(b"0" * MAX_INFLATED_BYTES)), Text)
    bomb = pack(b"0" * (8 * MAX_INFLATED_BYTES))
    started = time.process_time()
    assert reason(bomb) == "too_large"
    assert time.process_time() - started < BOMB_S


@pytest.mark.parametrize("pack", PACKERS)
def test_whoever_wants_less_says_so(pack: Callable[[bytes], bytes]) -> None:
    assert inflated(pack(b"0" * 100), limit_bytes=100) == b"0" * 100
    found = inflated(pack(b"0" * 101), limit_bytes=100)
    assert isinstance(found, Rejection)
    assert (found.reason, "beyond 100 bytes" in found.detail) == ("too_large", True)


def test_a_bomb_of_many_members_is_refused() -> None:
    assert reason(gzip.compress(b"0" * (MAX_INFLATED_BYTES // 2)) * 3) == "too_large"
    assert reason(gzip.compress(b"") * (MAX_MEMBERS + 1)) == "too_large"


def test_a_frame_that_lies_about_its_size_is_refused() -> None:
    honest = zstandard.compress(b"0" * 100_000)
    size = (100_000).to_bytes(4, "little")
    assert size in honest
    assert reason(honest.replace(size, (2**31).to_bytes(4, "little"), 1)) == "too_large"
    assert reason(honest.replace(size, (100_001).to_bytes(4, "little"), 1)) == "bad_compression"


@pytest.mark.parametrize("pack", PACKERS)
def test_a_compressed_payload_that_ends_early_is_refused(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(json.dumps({"a": list(range(100))}).encode())
    assert reason(packed[:-7]) == "bad_compression"


def test_a_damaged_compressed_payload_is_refused() -> None:
    assert reason(b"\x1f\x8b\xff\xff") == "bad_compression"
    packed = bytearray(gzip.compress(b'{"a": 12345678}'))
    packed[-6] ^= 1
    assert reason(bytes(packed)) == "bad_compression"


def test_all_members_of_a_gzip_file_count_and_zeros_may_follow() -> None:
    assert read(gzip.compress(b'{"a":') + gzip.compress(b" 1}") + bytes(5)) == Document({"a": 1})
    assert reason(gzip.compress(b"{}") + b"{}") == "bad_compression"
    assert reason(zstandard.compress(b"{}") + b"{}") == "bad_compression"


def test_an_empty_content_is_an_empty_text() -> None:
    assert [read(pack(b"")) for pack in PACKERS] == [Text("")] * len(PACKERS)


def test_text_that_begins_like_zlib_stays_text() -> None:
    assert read(b"x^2 is a square") == Text("x^2 is a square")


def test_a_small_stream_whose_bytes_happen_to_be_text_is_inflated() -> None:
    packed = next(
        packed
        for number in range(1_000_000)
        if (packed := zlib.compress(str(number).encode(), 1)).isascii()
        or packed.decode(errors="ignore").encode() == packed
    )
    content = read(packed)
    assert isinstance(content, Text)
    assert content.text == zlib.decompress(packed).decode()


@settings(deadline=None)
@given(
    st.binary(),
    st.sampled_from([b"\x1f\x8b\x08\x00", b"\x78\x9c", b"\x78\x01", b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd\x24"]),
)
def test_no_bytes_raise(tail: bytes, head: bytes) -> None:
    assert is_compressed(head + tail)
    assert isinstance(inflated(head + tail), (bytes, Rejection))


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(PACKERS), st.data())
def test_a_damaged_stream_never_raises(content: bytes, pack: Callable[[bytes], bytes], data: st.DataObject) -> None:
    packed = bytearray(pack(content))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    assert isinstance(read(bytes(packed[: data.draw(st.integers(0, len(packed)))])), (Document, Text, Rejection))
