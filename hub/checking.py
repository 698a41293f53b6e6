"""Checking: what single settings have to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from pydantic import AfterValidator

from hub.core.select import filter_fault, is_exact
from hub.mqtt.options import parse_address, topic_mistakes

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def check(fault: Callable[[T], str | None]) -> AfterValidator:
    """Return what lets a setting pass if nothing is wrong with it, and else says what.

    Args:
        fault: returns what is wrong with a value as a sentence or phrase, None if it is right.
    """

    def passed(value: T) -> T:
        wrong = fault(value)
        if wrong:
            raise ValueError(wrong)
        return value

    return AfterValidator(passed)


def broker_url_fault(text: str) -> str | None:
    """Return what is wrong with the address of a broker.

    Args:
        text: as it is written.
    """
    found = None if text == "embedded" else parse_address(text)
    return found if isinstance(found, str) else None


def topics_fault(topics: tuple[str, ...]) -> str | None:
    """Return why topic filters cannot be subscribed to together.

    Args:
        topics: as they are written.
    """
    return next((mistake.reason for mistake in topic_mistakes(topics)), None)


def host_id_fault(text: str) -> str | None:
    """Return what is wrong with the id of a Sparkplug host.

    Args:
        text: as it is written.
    """
    return "a host's id is one level of a topic: without / + #" if re.search(r"[/+#\x00]", text) else None


def topic_template_fault(text: str) -> str | None:
    """Return what is wrong with a source's topic, whose ``{name}`` placeholders stand for one level, or a part of one.

    Args:
        text: as it is written.
    """
    fault = filter_fault(re.sub(r"\{\w+\}", "x", text))
    return f"the topic {fault}" if fault else None


def device_filter_fault(text: str) -> str | None:
    """Return what is wrong with a filter of devices.

    Args:
        text: as it is written.
    """
    fault = filter_fault(text)
    return f"the filter {fault}" if fault else None


def origin_fault(text: str) -> str | None:
    """Return what is wrong with the origin of web pages.

    Args:
        text: as it is written.
    """
    if re.fullmatch(r"https?://[^/\s]+", text) and is_exact(text):
        return None
    return "an origin is a scheme, a host and perhaps a port: https://example.org:8443"


def history_url_fault(text: str) -> str | None:
    """Return what is wrong with where history is to be kept; whether the database is there shows at start.

    Args:
        text: as it is written.
    """
    if text in ("sqlite", "none") or re.fullmatch(r"postgres(ql)?://[^\s]+", text):
        return None
    return "history is kept in sqlite, in postgresql://user:password@host/database, or in none"
