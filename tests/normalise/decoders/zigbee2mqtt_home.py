"""A home with Zigbee2MQTT: what its devices and its bridge become."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.normalise.rig import Rig, message

if TYPE_CHECKING:
    from hub.core.model import Status


def read(rig: Rig, topic: str, payload: object) -> list[tuple[str, str, object, str | None]]:
    """Device, metric, value and unit of the readings of a message below the usual base topic."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return [
        (row.device.removeprefix("zigbee2mqtt/"), row.metric, row.value, row.unit)
        for row in rig.feed(f"zigbee2mqtt/{topic}", text)
    ]


def units(rig: Rig, topic: str, payload: object) -> dict[str, str | None]:
    """Units by metric."""
    return {metric: unit for _, metric, _, unit in read(rig, topic, payload)}


def said(rig: Rig, topic: str, payload: str) -> list[tuple[str, Status | None]]:
    """Statuses of a message, whatever its base topic."""
    return [(change.device.id, change.status) for change in rig.batch(message(topic, payload)).statuses]
