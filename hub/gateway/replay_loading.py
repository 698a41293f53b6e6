"""Loading a replay: what a subscription wants of the past, and how it was at the moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from hub.core.errors import RequestError
from hub.gateway.rewound import MOST_SERIES

if TYPE_CHECKING:
    from hub.core.catalogue import Catalogue
    from hub.core.model import Device, Series
    from hub.gateway.rewound import Rewound
    from hub.history.past import Past
    from hub.live.request import ChannelKey

LOAD_SERIES: Final = 200
"""Series and devices of one step of loading."""


async def wanted(rewound: Rewound, catalogue: Catalogue, key: ChannelKey) -> list[tuple[Device, list[Series]]]:
    """Return the devices that a subscription wants and those of their series that do not take part yet.

    Args:
        rewound: the hub of then.
        catalogue: of the present.
        key: the subscription.

    Raises:
        RequestError: they are too many.
    """
    wants = key.selection.wants_metric
    parts: list[tuple[Device, list[Series]]] = []
    count = len(rewound.keys)
    for place, device in enumerate(catalogue.tree.select(key.selection.devices)):
        series = [one for one in device.series.values() if one.key not in rewound.keys and wants(one.metric)]
        count += len(series)
        if count > MOST_SERIES:
            text = f"A replay has at most {MOST_SERIES:,} series; subscribe to fewer."
            raise RequestError("too_many_series", text, field="devices")
        if series or device.id not in rewound.devices:
            parts.append((device, series))
        if place % LOAD_SERIES == LOAD_SERIES - 1:
            await asyncio.sleep(0)
    return parts


async def load(rewound: Rewound, past: Past, parts: list[tuple[Device, list[Series]]]) -> None:
    """Let devices take part as they were.

    Args:
        rewound: the hub of then.
        past: knows how it was.
        parts: devices with series that do not take part yet.

    Raises:
        StoreError: history cannot be read now.
    """
    us = rewound.next_us
    samples = await past.moment([one.key for _, series in parts for one in series], us)
    new = [device.id for device, _ in parts if device.id not in rewound.devices]
    statuses = await past.statuses(new, us)
    count = 0
    for device, series in parts:
        rewound.take_part(device, series)
        mine = {one.key: samples[one.key] for one in series if one.key in samples}
        rewound.load(mine, statuses.get(device.id))
        count += 1 + len(mine)
        if count > LOAD_SERIES:
            count = 0
            await asyncio.sleep(0)
