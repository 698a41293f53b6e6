"""A house with devices that Home Assistant discovers: short ways to send entries and states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from hub.core.model import Status, Value
    from hub.core.raw import RawMessage

DEVICE = {"ids": ["plug-1"]}


def entry(topic: str, members: object, prefix: str = "homeassistant") -> RawMessage:
    """The message of an entry, such as ``sensor/temperature``; None forgets it."""
    payload = "" if members is None else json.dumps(members)
    return message(f"{prefix}/{topic}/config", payload, retain=True)


def discover(rig: Rig, topic: str, /, **members: Any) -> None:
    """Let an entry come, from which nothing is read."""
    batch = rig.batch(entry(topic, members))
    assert not batch.readings


def text(payload: object) -> str:
    """A payload as it is published: texts as they are, anything else as JSON."""
    return payload if isinstance(payload, str) else json.dumps(payload)


def read(rig: Rig, topic: str, payload: object) -> list[tuple[str, str, Value, str | None]]:
    """Whose values a message tells, with their units."""
    return [(row.device, row.metric, row.value, row.unit) for row in rig.feed(topic, text(payload))]


def values(rig: Rig, topic: str, payload: object) -> dict[str, Value]:
    """The values that a message tells, by metric."""
    return {metric: value for _, metric, value, _ in read(rig, topic, payload)}


def said(rig: Rig, topic: str, payload: object) -> list[tuple[str, Status | None]]:
    """Which devices a message says to be there or not; it tells nothing else."""
    batch = rig.batch(message(topic, text(payload)))
    assert not batch.readings
    return [(status.device.id, status.status) for status in batch.statuses]
