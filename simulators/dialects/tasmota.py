"""Tasmota: telemetry below `tele/<topic>`, states below `stat/<topic>`, a will, discovery entries for Home Assistant.

References:
    Tasmota documentation, MQTT, Commands (SetOption19), JSON status responses.
"""

from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, local, mac, message, nested
from simulators.readout import Message
from simulators.signals import Value

STATE = "STATE."
"""Metrics whose names begin so are what a device tells about itself, `POWER…` what it switches; others are sensors'."""
VERSION = "14.3.0"

_MODULES = {"ENERGY": "Sonoff POW R3", "ZbReceived": "Sonoff ZbBridge Pro", "POWER": "Sonoff Basic R3"}
"""What a device is by what it tells."""


class Tasmota(Dialect):
    """One device; its id is its topic."""

    def life(self, *, alive: bool) -> Message:
        """`Online` or `Offline`, retained."""
        return message(f"tele/{self.members[0].id}/LWT", "Online" if alive else "Offline", retain=True, qos=1)

    def introduction(self, now: Now) -> list[Message]:
        """What it is, and its discovery entry with what its sensors measure."""
        topic = self.members[0].id
        sensors = _sensors(now.read(topic))
        address = mac(topic)
        module = next((held for key, held in _MODULES.items() if _has(self.members[0], key)), "Generic")
        name = topic.rpartition("/")[2].replace("-", " ").capitalize()
        entry = {
            "ip": f"192.168.2.{int(address[-2:], 16) % 200 + 20}", "dn": name, "fn": [name],
            "hn": f"tasmota-{address[-6:]}",
            "mac": address, "md": module, "ty": 0, "if": 0, "ofln": "Offline", "onln": "Online",
            "state": ["OFF", "ON", "TOGGLE", "HOLD"], "sw": VERSION, "t": topic, "ft": "%prefix%/%topic%/",
            "tp": ["cmnd", "stat", "tele"], "rl": [1, 0], "ver": 1,
        }  # fmt: skip
        info1 = {"Module": module, "Version": f"{VERSION}(release-tasmota)", "GroupTopic": "cmnd/tasmotas/"}
        info2 = {"WebServerMode": "Admin", "Hostname": entry["hn"], "IPAddress": entry["ip"]}
        return [
            message(f"tasmota/discovery/{address}/config", entry, retain=True),
            message(
                f"tasmota/discovery/{address}/sensors",
                {"sn": _with_units(_document(now.wall_us, sensors)), "ver": 1},
                retain=True,
            ),
            message(f"tele/{topic}/INFO1", {"Info1": info1}),
            message(f"tele/{topic}/INFO2", {"Info2": info2}),
            message(f"tele/{topic}/INFO3", {"Info3": {"RestartReason": "Power On", "BootCount": 24}}),
        ]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """`SENSOR`, and `STATE`, `POWER` and `RESULT` where they are due."""
        powers = {name: _switched(value) for name, value in values.items() if name.startswith("POWER")}
        states = {name.removeprefix(STATE): value for name, value in values.items() if name.startswith(STATE)}
        sensors = _sensors(values)
        said = []
        for name, word in powers.items():
            said += [message(f"stat/{member.id}/RESULT", {name: word}), message(f"stat/{member.id}/{name}", word)]
        if states:
            said.append(message(f"tele/{member.id}/STATE", _document(measured_us, states | powers)))
        if sensors:
            said.append(message(f"tele/{member.id}/SENSOR", _with_units(_document(measured_us, sensors))))
        return said


def _sensors(values: Values) -> Values:
    return {name: value for name, value in values.items() if not name.startswith((STATE, "POWER"))}


def _has(member: Member, key: str) -> bool:
    return any(name.startswith(key) for name in member.profile.metrics)


def _switched(value: Value) -> Value:
    return ("OFF", "ON")[value] if isinstance(value, bool) else value


def _document(measured_us: int, values: Values) -> dict[str, Any]:
    return {"Time": local(measured_us)} | nested({name: _switched(value) for name, value in values.items()})


def _with_units(document: dict[str, Any]) -> dict[str, Any]:
    """A document with the units that a device says beside its sensors, not within them."""
    sensors = [value for value in document.values() if isinstance(value, dict)]
    for key, unit in (("Pressure", "hPa"), ("Temperature", "C")):
        if any(key in sensor for sensor in sensors):
            document[f"{key.replace('erature', '')}Unit"] = unit
    return document
