"""ESPHome nodes: a retained topic for each component's state, a will, discovery entries for Home Assistant.

References:
    ESPHome documentation, MQTT Client Component.
"""

from typing import Any

from simulators.dialects.dialect import EachMetric, Member, Now
from simulators.dialects.home_assistant import DEVICE_CLASSES, PREFIX
from simulators.dialects.wording import mac, message, presence
from simulators.readout import Message

VERSION = "2024.10.2"


class EspHome(EachMetric):
    """One node; a metric's name is `<component>/<object>`, such as `sensor/air_temperature`."""

    retained = True
    words = ("OFF", "ON")

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence(f"{self.members[0].id}/status", alive=alive)

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """Where it is, a line of its log, and its entities."""
        node = self.members[0].id
        about = {
            "ip": "192.168.2.57", "name": node, "port": 6053, "version": VERSION, "mac": mac(node).lower(),
            "platform": "ESP32", "board": "esp32dev", "network": "wifi",
        }  # fmt: skip
        return [
            message(f"esphome/discover/{node}", about, retain=True),
            message(
                f"{node}/debug", f"\x1b[0;32m[I][app:100]: ESPHome version {VERSION} compiled on Oct 21 2024\x1b[0m"
            ),
            *(self._entity(name) for name in self.members[0].profile.metrics),
        ]

    def topic(self, member: Member, name: str) -> str:
        """A component's state."""
        return f"{member.id}/{name}/state"

    def _entity(self, name: str) -> Message:
        member = self.members[0]
        component, _, key = name.partition("/")
        unit = member.profile.metrics[name].unit
        entity: dict[str, Any] = {
            "name": key.replace("_", " ").capitalize(), "stat_t": f"{member.id}/{name}/state",
            "avty_t": f"{member.id}/status", "uniq_id": f"ESP{component}{key}",
            "dev": {
                "ids": mac(member.id).lower(), "name": member.id, "sw": f"esphome v{VERSION}", "mdl": "esp32dev",
                "mf": "espressif",
            },
        }  # fmt: skip
        if unit:
            entity |= {"unit_of_meas": unit, "stat_cla": "measurement"}
            entity |= {"dev_cla": DEVICE_CLASSES[unit]} if unit in DEVICE_CLASSES and unit != "%" else {}
        if component == "switch":
            entity["cmd_t"] = f"{member.id}/{name}/command"
        return message(f"{PREFIX}/{component}/{member.id}/{key}/config", entity, retain=True)
