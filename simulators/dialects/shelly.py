"""Shelly devices: the first generation with a topic for each value, the second with components and notifications.

References:
    Shelly API documentation, Gen1 (MQTT) and Gen2+ (MQTT, Notifications, component Switch).
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from simulators.dialects.dialect import Dialect, EachMetric, Member, Now
from simulators.dialects.wording import Values, mac, message, nested
from simulators.readout import Message
from simulators.signals import Value


class _Shelly(Dialect):
    """What both generations have: `online` and its will."""

    root = ""

    def life(self, *, alive: bool) -> Message:
        """`true` or `false`, retained."""
        return message(f"{self.root}{self.members[0].id}/online", "true" if alive else "false", retain=True, qos=1)


class ShellyGen1(_Shelly, EachMetric):
    """A device below `shellies/`; a metric's name is its topic, such as `relay/0/power`."""

    root = "shellies/"

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """It announces itself to everybody."""
        member = self.members[0]
        model = {"shelly1pm": "SHSW-PM", "shellyht": "SHHT-1", "shellyem": "SHEM"}.get(
            member.id.split("-")[0], "SHSW-1"
        )
        about = {
            "id": member.id, "model": model, "mac": mac(member.id), "ip": "192.168.2.41", "new_fw": False,
            "fw_ver": "20230913-113421/v1.14.0-gcb84623",
        }  # fmt: skip
        topics = ("shellies/announce", f"shellies/{member.id}/announce")
        return [message(topic, about) for topic in topics]

    def topic(self, member: Member, name: str) -> str:
        """Below its own."""
        return f"{self.root}{member.id}/{name}"

    def content(self, member: Member, name: str, value: Value, measured_us: int) -> object:
        """The plain text, in which only what is switched has words."""
        if isinstance(value, bool) and name.split("/", maxsplit=1)[0] in {"relay", "light"}:
            return "on" if value else "off"
        return super().content(member, name, value, measured_us)


class ShellyGen2(_Shelly):
    """A device whose metrics are `<component>.<key>`: a status for all at first and what is switched, then changes."""

    def __init__(self, members: Sequence[Member], random: Random) -> None:
        """Make the device."""
        super().__init__(members, random)
        self._switched: Values = {}

    def introduction(self, now: Now) -> list[Message]:
        """The full status of each of its components, with the system's."""
        member = self.members[0]
        values = now.read(member.id)
        self._switched = _switches(values)
        system = {
            "mac": mac(member.id), "restart_required": False, "time": None, "unixtime": now.wall_us // 1_000_000,
            "uptime": 4 + now.wall_us // 1_000_000 % 86_400, "ram_size": 262_524, "ram_free": 154_112,
            "fs_size": 393_216, "fs_free": 118_784, "cfg_rev": 14, "available_updates": {},
        }  # fmt: skip
        return [message(f"{member.id}/status/sys", system), *_statuses(member, values)]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """A notification of what was measured; the component's whole status when something was switched."""
        components = _components(values)
        notice = {
            "src": member.id, "dst": f"{member.id}/events", "method": "NotifyStatus",
            "params": {"ts": measured_us // 10_000 / 100} | components,
        }  # fmt: skip
        said = [message(f"{member.id}/events/rpc", notice)]
        before, self._switched = self._switched, self._switched | _switches(values)
        return said + (_statuses(member, values) if before != self._switched else [])


def _components(values: Values) -> dict[str, dict[str, Any]]:
    components = {name: held for name, held in nested(values).items() if isinstance(held, dict)}
    for name, component in components.items():
        number = name.partition(":")[2]
        if number.isdecimal():
            component["id"] = int(number)
        temperature = component.get("temperature")
        celsius = temperature.get("tC") if isinstance(temperature, dict) else None
        if isinstance(temperature, dict) and isinstance(celsius, int | float):
            temperature["tF"] = round(celsius * 1.8 + 32.0, 1)
    return components


def _statuses(member: Member, values: Values) -> list[Message]:
    return [message(f"{member.id}/status/{name}", held) for name, held in _components(values).items()]


def _switches(values: Values) -> Values:
    return {name: value for name, value in values.items() if isinstance(value, bool)}
