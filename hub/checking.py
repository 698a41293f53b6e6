"""Checking: what single settings have to be; each function gives the value back, or says what is wrong."""

from __future__ import annotations

import re

from hub.core.select import filter_fault, is_exact
from hub.gateway.tokens import hash_fault
from hub.mqtt.options import parse_address, topic_mistakes


def broker_url(text: str) -> str:
    """Return the address of a broker.

    Args:
        text: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    if text != "embedded":
        found = parse_address(text)
        if isinstance(found, str):
            raise ValueError(found)
    return text


def topics(topics: tuple[str, ...]) -> tuple[str, ...]:
    """Return topic filters that can be subscribed to together.

    Args:
        topics: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    for mistake in topic_mistakes(topics):
        raise ValueError(mistake.reason)
    return topics


def token_hash(text: str) -> str:
    """Return the hash of a token.

    Args:
        text: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    fault = hash_fault(text)
    if fault:
        raise ValueError(fault)
    return text


def host_id(text: str) -> str:
    """Return the id of a Sparkplug host.

    Args:
        text: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    if re.search(r"[/+#\x00]", text):
        message = "a host's id is one level of a topic: without / + #"
        raise ValueError(message)
    return text


def topic_template(text: str) -> str:
    """Return a source's topic, whose ``{name}`` placeholders stand for one level, or a part of one, each.

    Args:
        text: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    fault = filter_fault(re.sub(r"\{\w+\}", "x", text))
    if fault:
        message = f"the topic {fault}"
        raise ValueError(message)
    return text


def device_filter(text: str) -> str:
    """Return a filter of devices.

    Args:
        text: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    fault = filter_fault(text)
    if fault:
        message = f"the filter {fault}"
        raise ValueError(message)
    return text


def origin(text: str) -> str:
    """Return the origin of web pages.

    Args:
        text: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    if not re.fullmatch(r"https?://[^/\s]+", text) or not is_exact(text):
        message = "an origin is a scheme, a host and perhaps a port: https://example.org:8443"
        raise ValueError(message)
    return text


def history_url(text: str) -> str:
    """Return where history is kept; whether the database is there shows at start.

    Args:
        text: as it is written.

    Raises:
        ValueError: it is none; says why.
    """
    if text not in ("sqlite", "none") and not re.fullmatch(r"postgres(ql)?://[^\s]+", text):
        message = "history is kept in sqlite, in postgresql://user:password@host/database, or in none"
        raise ValueError(message)
    return text
