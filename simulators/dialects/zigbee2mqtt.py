"""Zigbee2MQTT: one bridge for all devices, which describes them and says who of them is there.

References:
    Zigbee2MQTT documentation, MQTT topics and messages; Exposes.
"""

from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, iso, kind, mac, message, nested
from simulators.readout import Message
from simulators.scenario import Metric

BASE = "zigbee2mqtt"
_WORDS = {True: "ON", False: "OFF"}


class Zigbee2Mqtt(Dialect):
    """A bridge; a device's id is its friendly name."""

    connection_levels = 0

    def life(self, *, alive: bool) -> Message:
        """The bridge's state, retained."""
        return _bridge("state", {"state": "online" if alive else "offline"})

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """The bridge's devices, and who of them is there."""
        coordinator = {"type": "Coordinator", "friendly_name": "Coordinator", "ieee_address": "0x00124b0024c1a2b3"}
        return [
            _bridge("info", {"version": "2.1.0", "log_level": "info", "permit_join": False}),
            _bridge("devices", [coordinator, *map(_described, self.members)]),
            *(_available(member, "online") for member in self.members),
        ]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """Its state as one object, with the time it was last seen."""
        state = nested({n: _WORDS[v] if n == "state" and isinstance(v, bool) else v for n, v in values.items()})
        return [message(f"{BASE}/{member.id}", state | {"last_seen": iso(measured_us)})]

    def leave(self, wall_us: int) -> list[Message]:
        """Nobody is there any more, nor is the bridge."""
        return [*(_available(member, "offline") for member in self.members), *super().leave(wall_us)]


def _bridge(topic: str, content: object) -> Message:
    return message(f"{BASE}/bridge/{topic}", content, retain=True)


def _available(member: Member, state: str) -> Message:
    return message(f"{BASE}/{member.id}/availability", {"state": state}, retain=True, qos=1)


def _described(member: Member) -> dict[str, Any]:
    exposes = [_exposed(name, metric) for name, metric in member.profile.metrics.items()]
    return {
        "type": "Router" if "state" in member.profile.metrics else "EndDevice",
        "friendly_name": member.id,
        "ieee_address": f"0x{mac(member.id).lower():0>16}",
        "supported": True,
        "interview_completed": True,
        "manufacturer": "Aqara",
        "model_id": "lumi.weather",
        "definition": {"model": "WSDCGQ11LM", "vendor": "Aqara", "source": "native", "exposes": exposes},
    }


def _exposed(name: str, metric: Metric) -> dict[str, Any]:
    exposed: dict[str, Any] = {"name": name, "property": name, "label": name.capitalize(), "access": 1}
    match kind(metric):
        case _ if name == "state":
            return exposed | {"type": "binary", "value_on": "ON", "value_off": "OFF"}
        case found if found is bool:
            return exposed | {"type": "binary", "value_on": True, "value_off": False}
        case found if found is str:
            return exposed | {"type": "text"}
        case _:
            return exposed | {"type": "numeric"} | ({"unit": metric.unit} if metric.unit else {})
