from __future__ import annotations

import pytest

from hub.core.batch import Batch, QualityChange, StatusChange
from hub.core.model import Status
from tests.support.live import Client, LiveHub


@pytest.fixture
def hub() -> LiveHub:
    return LiveHub()


def test_a_summary_counts_each_device_once_by_its_worst_cause(hub: LiveHub) -> None:
    hub.publish(("p/a", "x", 1.0), ("p/b", "x", 1.0), ("q/c", "x", 1.0))
    devices = hub.catalogue.devices
    client = Client(hub)
    hub.join(client, metrics=(), summary=True)
    hub.later(1)
    for device in devices.values():
        hub.append(Batch(1, statuses=[StatusChange(device, Status.ONLINE, 1, "data", said=False)]))
    hub.append(Batch(1, statuses=[StatusChange(devices["p/a"], Status.OFFLINE, 1, "will")]))
    hub.append(Batch(1, qualities=[QualityChange(devices["p/b"].series["x"], "stale", 1)]))
    hub.later(1.1)
    rows: dict[str, list[int]] = {}
    for frame in client.frames:
        if frame["type"] == "summary":
            rows.update({place[0]: place[1:6] for place in frame["places"]})
    assert rows == {"": [3, 1, 0, 1, 0], "p": [2, 1, 0, 1, 0], "q": [1, 0, 0, 0, 0]}


def test_a_summary_claims_no_position_whose_readings_still_wait(hub: LiveHub) -> None:
    hub.publish(("p/a", "x", 1.0))
    client = Client(hub)
    hub.join(client, summary=True, interval_ms=60_000)
    hub.timer.run()
    hub.publish(("p/a", "x", 2.0))
    held = client.seq
    hub.publish(("p/a", "x", 3.0))
    device = hub.catalogue.devices["p/a"]
    hub.append(Batch(1, statuses=[StatusChange(device, Status.OFFLINE, 1, "will")]))
    hub.later(1.1)
    assert client.kinds()[-1] == "summary"
    assert client.frames[-1]["seq"] == held
