"""Eclipse Sparkplug B: edge nodes with their devices, from birth certificates to the death certificate as a will.

An edge node is a device whose id is `<group>/<node>`; those with ids below it are its devices. Nodes report by
exception: only what changed, by alias. They are born again when a host asks for it.

References:
    Eclipse Sparkplug 3.0.0 §5 (operational behavior), §6.4 (payloads).
"""

import math
from collections.abc import Sequence
from random import Random

from simulators.dialects import sparkplug_payload as payloads
from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, kind, steps
from simulators.readout import Message
from simulators.scenario import Metric
from simulators.signals import Value

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
MODULUS = 256
"""Sequence numbers and birth-death sequence numbers begin again after 255."""


class Sparkplug(Dialect):
    """One edge node and its devices."""

    connection_levels = 2

    def __init__(self, members: Sequence[Member], random: Random) -> None:
        """Make the node; it is born when it connects."""
        super().__init__(members, random)
        self._group, self._node = members[0].id.split("/")[:2]
        self._birth_death = MODULUS - 1
        self._sequence = 0
        self._last: dict[tuple[str, str], Value] = {}
        names = [(member.id, name) for member in members for name in member.profile.metrics]
        self._aliases = {name: alias for alias, name in enumerate(names, 1)}

    @property
    def filters(self) -> tuple[str, ...]:
        """Commands for the node and for its devices."""
        return (self._topic("NCMD"), f"{self._topic('DCMD')}/+")

    def will(self, wall_us: int) -> Message:
        """The death certificate of the birth that follows."""
        self._birth_death = (self._birth_death + 1) % MODULUS
        return self._death(wall_us)

    def greet(self, now: Now) -> list[Message]:
        """The birth certificates of the node and its devices."""
        return self._births(now)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """What changed, by alias."""
        news = {name: value for name, value in values.items() if self._last.get((member.id, name)) != value}
        if not news:
            return []
        metrics = [self._metric(member, name, value, measured_us, born=False) for name, value in news.items()]
        return [self._certificate("DATA", member, metrics, measured_us)]

    def hear(self, topic: str, payload: bytes, now: Now) -> list[Message]:
        """A rebirth, if it is asked for."""
        asked = topic == self._topic("NCMD") and REBIRTH in payloads.commands(payload)
        return self._births(now) if asked else []

    def leave(self, wall_us: int) -> list[Message]:
        """The death certificate, which the broker does not publish after a proper goodbye."""
        return [self._death(wall_us)]

    def _births(self, now: Now) -> list[Message]:
        self._sequence = 0
        at = now.wall_us // 1000
        control = [
            payloads.metric("bdSeq", payloads.INT64, at=at, long=self._birth_death),
            payloads.metric(REBIRTH, payloads.BOOLEAN, at=at, boolean=False),
        ]
        node = next((member for member in self.members if not _device(member)), None)
        own = [] if node is None else self._all(node, now)
        births = [self._message("NBIRTH", "", control + own, now.wall_us)]
        devices = [member for member in self.members if _device(member)]
        return births + [self._certificate("BIRTH", member, self._all(member, now), now.wall_us) for member in devices]

    def _all(self, member: Member, now: Now) -> list[bytes]:
        values = now.read(member.id)
        return [self._metric(member, name, value, now.wall_us, born=True) for name, value in values.items()]

    def _metric(self, member: Member, name: str, value: Value, measured_us: int, *, born: bool) -> bytes:
        spec = member.profile.metrics[name]
        datatype, field = _TYPES[kind(spec)]
        self._last[member.id, name] = value
        fitting = _fitting(value, kind(spec))
        return payloads.metric(
            name if born else None,
            datatype if born else None,
            alias=self._aliases[member.id, name],
            at=measured_us // 1000,
            properties=_properties(spec) if born else b"",
            flags=("null",) if fitting is None else (),
            **({} if fitting is None else {field: fitting}),
        )

    def _certificate(self, what: str, member: Member, metrics: list[bytes], at_us: int) -> Message:
        device = _device(member)
        return self._message(f"{'D' if device else 'N'}{what}", device, metrics, at_us)

    def _message(self, what: str, device: str, metrics: list[bytes], at_us: int) -> Message:
        payload = payloads.payload(*metrics, at=at_us // 1000, seq=self._sequence)
        self._sequence = (self._sequence + 1) % MODULUS
        topic = f"{self._topic(what)}/{device}" if device else self._topic(what)
        return Message(topic.encode(), payload)

    def _death(self, wall_us: int) -> Message:
        number = payloads.metric("bdSeq", payloads.INT64, at=wall_us // 1000, long=self._birth_death)
        payload = payloads.payload(number, at=wall_us // 1000)
        return Message(self._topic("NDEATH").encode(), payload, qos=1)

    def _topic(self, what: str) -> str:
        return f"{NAMESPACE}/{self._group}/{what}/{self._node}"


_TYPES: dict[type, tuple[int, str]] = {
    bool: (payloads.BOOLEAN, "boolean"),
    int: (payloads.INT32, "int"),
    float: (payloads.FLOAT, "float"),
    str: (payloads.STRING, "string"),
}
_LOW_32 = 0xFFFF_FFFF
_MOST = 3.4e38
"""About the largest 32-bit float."""


def _device(member: Member) -> str:
    return "/".join(member.id.split("/")[2:])


def _properties(spec: Metric) -> bytes:
    unit = spec.unit
    return b"" if unit is None else payloads.property_set({"engUnit": (payloads.STRING, "string", unit)})


def _fitting(value: Value, wanted: type) -> bool | int | float | str | None:
    """A value as its datatype has it; nothing if it does not fit, as a faulty device's may not."""
    if isinstance(value, bool | str) or value is None:
        return value if isinstance(value, wanted) else None
    if wanted is float:
        return max(-_MOST, min(_MOST, float(value))) if math.isfinite(value) else float(value)
    counted = steps(value)
    return counted & _LOW_32 if wanted is int and counted is not None else None
