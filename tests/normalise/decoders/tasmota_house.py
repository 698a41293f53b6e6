"""A house with Tasmota devices: what their messages become."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from hub.core.model import Status


def read(rig: Rig, topic: str, payload: object) -> list[tuple[str, str, object, str | None]]:
    """Device, metric, value and unit of the readings of a message."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return [(row.device.removeprefix("tasmota/"), row.metric, row.value, row.unit) for row in rig.feed(topic, text)]


def said(rig: Rig, topic: str, payload: str, *, retain: bool = False) -> list[tuple[str, Status | None]]:
    """Statuses of a message."""
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload, retain=retain)).statuses]
