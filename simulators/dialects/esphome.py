"""ESPHome nodes: a retained topic for each component's state, a will, discovery entries for Home Assistant.

References:
    ESPHome documentation, MQTT Client Component.
"""

from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now, Values, mac, message, text
from simulators.dialects.home_assistant import DEVICE_CLASSES, PREFIX
from simulators.readout import Message

VERSION = "2024.10.2"


class EspHome(Dialect):
    """One node; a metric's name is `<component>/<object>`, such as `sensor/air_temperature`."""

    each_metric = True

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """`offline`, retained."""
        return self._status("offline")

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """Its status, where it is, a line of its log, and its entities."""
        node = self.members[0].id
        about = {
            "ip": "192.168.2.57", "name": node, "port": 6053, "version": VERSION, "mac": mac(node).lower(),
            "platform": "ESP32", "board": "esp32dev", "network": "wifi",
        }  # fmt: skip
        return [
            self._status("online"),
            message(f"esphome/discover/{node}", about, retain=True),
            message(
                f"{node}/debug", f"\x1b[0;32m[I][app:100]: ESPHome version {VERSION} compiled on Oct 21 2024\x1b[0m"
            ),
            *(self._entity(name) for name in self.members[0].profile.metrics),
        ]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """Each state as text, retained."""
        metrics = member.profile.metrics
        return [
            message(f"{member.id}/{name}/state", text(value, metrics[name], ("OFF", "ON")), retain=True)
            for name, value in values.items()
        ]

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

    def _status(self, word: str) -> Message:
        return message(f"{self.members[0].id}/status", word, retain=True, qos=1)
