"""Home Assistant's MQTT discovery, as firmware speaks it that publishes for Home Assistant and nobody else.

References:
    Home Assistant documentation, MQTT: discovery messages, abbreviations, device discovery, availability.
"""

from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, kind, mac, message, presence, steps
from simulators.readout import Message
from simulators.scenario import Metric
from simulators.signals import Value

PREFIX = "homeassistant"
DEVICE_CLASSES = {
    "°C": "temperature", "%": "humidity", "hPa": "pressure", "W": "power", "kWh": "energy", "V": "voltage",
    "A": "current", "lx": "illuminance", "ppm": "carbon_dioxide", "L": "water", "dBm": "signal_strength",
    "µg/m³": "pm25",
}  # fmt: skip
MILLI = "_mv"
"""Voltages are measured in millivolts; the discovery's template makes volts of them."""


class HomeAssistant(Dialect):
    """One device: an entity's configuration for each metric, one document for all their states."""

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence(f"{self.members[0].id}/availability", alive=alive)

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """The configurations, retained."""
        return self.configurations(self.members[0])

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """All states in one document."""
        return [message(f"{member.id}/state", dict(_stated(name, value, member) for name, value in values.items()))]

    def configurations(self, member: Member) -> list[Message]:
        """One retained message for each entity, with abbreviated keys.

        Args:
            member: The device.
        """
        node = _slug(member.id)
        described = {
            "ids": [node], "name": _title(member.id), "mf": "Workshop", "mdl": "Sensor board", "sw": "2.4.1",
            "cns": [["mac", mac(member.id)]],
        }  # fmt: skip
        said = []
        for name, metric in member.profile.metrics.items():
            entity = {
                "~": member.id, "name": _title(name), "uniq_id": f"{node}_{name}", "stat_t": "~/state",
                "avty_t": "~/availability", "val_tpl": _template(name, metric), "dev": described,
            }  # fmt: skip
            component, keys = _component(metric)
            short = {_SHORT[key]: value for key, value in keys.items()}
            said.append(message(f"{PREFIX}/{component}/{node}/{name}/config", entity | short, retain=True))
        return said


class HomeAssistantDevice(HomeAssistant):
    """The same with one configuration for the whole device."""

    def configurations(self, member: Member) -> list[Message]:
        """One retained message with all entities.

        Args:
            member: The device.
        """
        node = _slug(member.id)
        components = {}
        for name, metric in member.profile.metrics.items():
            component, keys = _component(metric)
            components[name] = {
                "platform": component, "name": _title(name), "unique_id": f"{node}_{name}",
                "value_template": _template(name, metric),
            } | keys  # fmt: skip
        document = {
            "device": {"identifiers": node, "name": _title(member.id), "manufacturer": "Workshop", "model": "Board 2"},
            "origin": {"name": "workshop-firmware", "sw_version": "3.0.2"},
            "components": components,
            "state_topic": f"{member.id}/state",
            "availability_topic": f"{member.id}/availability",
            "qos": 0,
        }
        return [message(f"{PREFIX}/device/{node}/config", document, retain=True)]


_SHORT = {
    "device_class": "dev_cla", "unit_of_measurement": "unit_of_meas", "state_class": "stat_cla",
    "payload_on": "pl_on", "payload_off": "pl_off",
}  # fmt: skip


def _component(metric: Metric) -> tuple[str, dict[str, Any]]:
    """An entity's component and its keys."""
    if kind(metric) is bool:
        return "binary_sensor", {"payload_on": "open", "payload_off": "closed", "device_class": "opening"}
    if metric.unit is None:
        return "sensor", {}
    keys = {"unit_of_measurement": metric.unit, "state_class": "measurement"}
    return "sensor", keys | ({"device_class": known} if (known := DEVICE_CLASSES.get(metric.unit)) else {})


def _template(name: str, metric: Metric) -> str:
    if metric.unit == "V":
        return f"{{{{ (value_json.{name}{MILLI} | float / 1000) | round({metric.decimals}) }}}}"
    return f"{{{{ value_json.{name} }}}}"


def _stated(name: str, value: Value, member: Member) -> tuple[str, Value]:
    if isinstance(value, bool):
        return name, ("closed", "open")[value]
    if member.profile.metrics[name].unit == "V":
        return f"{name}{MILLI}", steps(value, 1000)
    return name, value


def _slug(name: str) -> str:
    return name.replace("/", "_").replace("-", "_")


def _title(name: str) -> str:
    return name.rpartition("/")[2].replace("-", " ").replace("_", " ").capitalize()
