"""Addresses, topics that do not overlap, and the client id that stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import Unusable
from hub.core.select import filter_fault
from hub.mqtt.options import Address, SubscriberOptions, kept_client_id, overlap, parse_address, topic_mistakes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://broker", Address("mqtt", "broker", 1883)),
        ("mqtts://broker", Address("mqtts", "broker", 8883)),
        ("mqtt://broker:1884/", Address("mqtt", "broker", 1884)),
        ("mqtt://u%40x:p%3Aw@10.0.0.1:1883", Address("mqtt", "10.0.0.1", 1883, username="u@x", password="p:w")),
        ("mqtt://[::1]:1883", Address("mqtt", "::1", 1883)),
        ("ws://broker", Address("ws", "broker", 80)),
        ("wss://broker/ws/mqtt", Address("wss", "broker", 443, "/ws/mqtt")),
    ],
)
def test_an_address_is_read_from_a_url(url: str, expected: Address) -> None:
    assert parse_address(url) == expected


@pytest.mark.parametrize(
    ("url", "phrase"),
    [
        ("", "must be embedded or begin with"),
        ("broker:1883", "must be embedded or begin with"),
        ("http://broker", "must be embedded or begin with"),
        ("mqtt://", "names no host"),
        ("mqtt://:1883", "names no host"),
        ("mqtt://broker:0", "port 0"),
        ("mqtt://broker:99999", "is no address"),
        ("mqtt://broker:port", "is no address"),
        ("mqtt://[::1", "is no address"),
        ("mqtt://broker/path", "after the port"),
        ("ws://broker/mqtt?x=1", "after the port"),
    ],
)
def test_what_is_no_address_is_said(url: str, phrase: str) -> None:
    told = parse_address(url)
    assert isinstance(told, str)
    assert phrase in told


def test_an_address_is_shown_without_secrets() -> None:
    address = Address("mqtt", "::1", 1883, username="me", password="secret")
    assert str(address) == "[::1]:1883"
    assert "secret" not in repr(SubscriberOptions(address, "hub"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+/c", "a/b/+", True),
        ("a/#", "a", True),
        ("a/#", "+/b", True),
        ("+/b", "a/+", True),
        ("a/b", "a/c", False),
        ("a/+", "a/b/c", False),
        ("a/+", "a", False),
        ("a/b/#", "a/+", True),
        ("a/b/c/#", "a/+", False),
        ("#", "$SYS/#", False),
        ("+/x", "$SYS/x", False),
        ("$SYS/#", "$SYS/broker/#", True),
        ("#", "#", True),
    ],
)
def test_filters_overlap_where_a_topic_matches_both(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - parametrized
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


level = st.sampled_from(["a", "b", "+", "#", "$x", ""])
filters = st.lists(level, min_size=1, max_size=4).map("/".join).filter(lambda text: filter_fault(text) is None)
topics = st.lists(st.sampled_from(["a", "b", "c", "$x", ""]), min_size=1, max_size=5).map("/".join).filter(bool)


def delivered(text: str, topic: str) -> bool:
    """Match as a broker does (MQTT 3.1.1 §4.7), written the slow way."""
    if topic.startswith("$") and text[0] in "+#":
        return False
    wanted, levels = text.split("/"), topic.split("/")
    for place, part in enumerate(wanted):
        if part == "#":
            return True
        if place >= len(levels) or part not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)


@given(filters, filters, topics)
def test_no_topic_matches_two_filters_that_do_not_overlap(one: str, other: str, topic: str) -> None:
    if delivered(one, topic) and delivered(other, topic):
        assert overlap(one, other)


def test_every_mistake_in_topics_is_named() -> None:
    found = topic_mistakes(["a/#", "b#", "a/b", ""], origin="hub.toml")
    assert [str(mistake) for mistake in found] == [
        "hub.toml: mqtt.topics: 'b#' has a # that is not the whole last level",
        "hub.toml: mqtt.topics: '' is empty",
        "hub.toml: mqtt.topics: 'a/#' and 'a/b' overlap, so a broker may deliver a message twice; keep one",
    ]
    assert "names no topic" in str(topic_mistakes([])[0])
    assert topic_mistakes(["#"]) == []


def test_the_client_id_is_made_once(tmp_path: Path) -> None:
    made = kept_client_id(tmp_path)
    assert made.startswith("hub-")
    assert kept_client_id(tmp_path) == made
    assert (tmp_path / "client_id").read_text() == made + "\n"


def test_an_empty_client_id_file_is_filled_again(tmp_path: Path) -> None:
    (tmp_path / "client_id").write_text("\n")
    assert kept_client_id(tmp_path).startswith("hub-")


def test_a_client_id_that_cannot_be_kept_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="client id"):
        kept_client_id(tmp_path / "missing")


def test_an_authority_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    options = SubscriberOptions(Address("mqtts", "broker", 8883), "hub", ca_file=str(tmp_path / "ca.pem"))
    with pytest.raises(Unusable, match="authority"):
        options.tls_context()
    assert SubscriberOptions(Address("mqtt", "broker", 1883), "hub").tls_context() is None
