from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.core.meters import Meters
from hub.core.model import Rejection
from hub.normalise.quarantine import Quarantine

BROKEN = Rejection("broken_json", "It breaks.")


def test_it_keeps_topic_reason_count_times_and_the_newest_payloads() -> None:
    quarantine = Quarantine(meters=Meters())
    for number in range(7):
        quarantine.note(b"a/b", b"{%d" % number, BROKEN, 1000 + number)
    quarantine.note(b"a/b", b"x", Rejection("too_long", "Too long.", "text"), 2000)
    (inmate,) = quarantine.recent()
    assert (inmate.topic, inmate.reason, inmate.detail) == ("a/b", "too_long", "Too long.")
    assert (inmate.count, inmate.first_us, inmate.last_us) == (8, 1000, 2000)
    assert [kept.text for kept in inmate.samples] == ["{3", "{4", "{5", "{6", "x"]
    assert inmate.samples[-1].path == "text"
    assert quarantine.reasons() == {"broken_json": 7, "too_long": 1}
    assert quarantine.total == 8


def test_the_least_recent_topic_goes_and_is_counted() -> None:
    meters = Meters()
    quarantine = Quarantine(meters=meters, topics=2)
    for topic in (b"a", b"b", b"a", b"c"):
        quarantine.note(topic, b"", BROKEN, 0)
    assert [inmate.topic for inmate in quarantine.recent()] == ["c", "a"]
    assert [inmate.topic for inmate in quarantine.recent(limit=1)] == ["c"]
    assert meters.counters["quarantine_evicted", ""].n == 1
    assert meters.gauges["quarantine_topics"].read() == 2


def test_of_a_large_payload_only_the_start_is_kept() -> None:
    quarantine = Quarantine(meters=Meters())
    quarantine.note(b"a", "ü".encode() * 3000, BROKEN, 0)
    quarantine.note(b"a", b"x" + "ü".encode() * 3000, BROKEN, 0)
    quarantine.note(b"a", b"", Rejection("too_large", "Skipped."), 0, size_bytes=5_000_000)
    even, odd, skipped = quarantine.recent()[0].samples
    assert (len(even.payload), even.size_bytes, even.text) == (4096, 6000, "ü" * 2048)
    assert odd.text == "x" + "ü" * 2047
    assert (skipped.size_bytes, skipped.text) == (5_000_000, "")


def test_what_a_rejection_quotes_is_cut_and_always_unicode() -> None:
    quarantine = Quarantine(meters=Meters())
    quarantine.note(b"a", b"", Rejection("odd", "d" * 100_000, "\ud800" + "p" * 100_000), 1)
    (inmate,) = quarantine.recent()
    (kept,) = inmate.samples
    assert (inmate.detail, kept.detail) == ("d" * 512, "d" * 512)
    assert kept.path == "?" + "p" * 511


def test_bytes_that_are_no_text_are_shown_in_base64() -> None:
    quarantine = Quarantine(meters=Meters())
    quarantine.note(b"a\xff", b"\xff\x00", BROKEN, 0)
    (inmate,) = quarantine.recent()
    assert inmate.topic == "a\\xff"
    assert inmate.samples[0].text is None
    assert inmate.samples[0].base64 == "/wA="


@given(st.lists(st.tuples(st.binary(max_size=3), st.binary(max_size=9))))
def test_it_stays_within_its_bounds(rejected: list[tuple[bytes, bytes]]) -> None:
    quarantine = Quarantine(meters=Meters(), topics=3)
    for number, (topic, payload) in enumerate(rejected):
        quarantine.note(topic, payload, BROKEN, number)
        assert len(quarantine) <= 3
        assert all(len(inmate.samples) <= 5 for inmate in quarantine.recent())
    assert quarantine.total == len(rejected)
