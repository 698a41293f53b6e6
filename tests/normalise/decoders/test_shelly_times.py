"""Shelly devices whose clock is not set yet."""

from __future__ import annotations

import json

import pytest

from tests.normalise.rig import NOW_US, Rig


def notify(ts: object) -> str:
    return json.dumps(
        {
            "src": "shellyplus1-a8032a",
            "dst": "x",
            "method": "NotifyStatus",
            "params": {"ts": ts, "switch:0": {"apower": 9.5}},
        }
    )


@pytest.mark.parametrize("unset", [None, "soon", True])
def test_a_time_that_comes_after_none_counts(unset: object) -> None:
    rig = Rig()
    for _ in range(3):
        (row,) = rig.feed("shellyplus1-a8032a/events/rpc", notify(unset))
        assert row.time_us == NOW_US
    for _ in range(3):
        (row,) = rig.feed("shellyplus1-a8032a/events/rpc", notify(1_766_499_000.25))
        assert row.time_us == 1_766_499_000_250_000
