"""A small plant of Sparkplug B: an edge node with a lathe and a mill."""

from __future__ import annotations

from typing import Any

from simulators.dialects.sparkplug_payload import (
    DOUBLE,
    FLOAT,
    INT32,
    STRING,
    metric,
    node_birth,
    payload,
    property_set,
)
from tests.normalise.rig import Rig, message

AT = 1_766_499_990_000
NODE, LATHE, MILL = "sparkplug/Hall 2/gw-1", "sparkplug/Hall 2/gw-1/lathe", "sparkplug/Hall 2/gw-1/mill"
CELSIUS = property_set({"engUnit": (STRING, "string", "C")})


def topic(kind: str, device: str = "") -> str:
    return f"spBv1.0/Hall 2/{kind}/gw-1" + (f"/{device}" if device else "")


def lathe_birth(seq: int | None = 1) -> bytes:
    speed = metric("Spindle/Speed", INT32, alias=11, at=AT, int=1200)
    heat = metric("Spindle/Bearing Temp", FLOAT, alias=12, at=AT, float=41.5, properties=CELSIUS)
    return payload(speed, heat, seq=seq)


def mill_birth(seq: int | None = 2) -> bytes:
    return payload(metric("Feed", DOUBLE, alias=21, at=AT, double=0.25), seq=seq)


def born() -> Rig:
    """A rig that knows an edge node with two devices; the next sequence number is 3."""
    rig = Rig()
    rig.feed(topic("NBIRTH"), node_birth(metric("CPU Load", FLOAT, alias=1, at=AT, float=12.5), bd_seq=7))
    rig.feed(topic("DBIRTH", "lathe"), lathe_birth())
    rig.feed(topic("DBIRTH", "mill"), mill_birth())
    assert not rig.normaliser.requests
    return rig


def data(*metrics: bytes, seq: int | None = 3) -> bytes:
    return payload(*metrics, seq=seq)


def speed(value: int = 1300, **more: Any) -> bytes:
    return metric(alias=11, at=AT + 1000, int=value, **more)


def statuses(rig: Rig, name: str, octets: bytes, *, retain: bool = False) -> list[tuple[str, str, str]]:
    batch = rig.batch(message(name, octets, retain=retain))
    return [(change.device.id, str(change.status), change.reason) for change in batch.statuses]


def asked(rig: Rig) -> list[str]:
    topics = [request.topic for request in rig.normaliser.requests]
    rig.normaliser.requests.clear()
    return topics


def later(rig: Rig, seconds: float) -> None:
    rig.clock.advance(seconds)
