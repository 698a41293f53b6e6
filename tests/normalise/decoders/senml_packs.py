"""Short ways to feed SenML and to look at what it becomes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.normalise.rig import Rig

if TYPE_CHECKING:
    from tests.normalise.rig import Row


def fed(pack: Any, topic: str = "gw/packs", **how: Any) -> list[Row]:
    """The rows of a pack that nobody has heard of before."""
    return Rig().feed(topic, json.dumps(pack), **how)


def short(rows: list[Row]) -> list[tuple[Any, ...]]:
    """Device without its prefix, metric, value and unit of each row."""
    return [(row.device.removeprefix("senml/"), row.metric, row.value, row.unit) for row in rows]
