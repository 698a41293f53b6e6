"""Shelly devices: the first generation with a topic for each value, the second with components and notifications.

References:
    Shelly API documentation, Gen1 (MQTT) and Gen2+ (MQTT, Notifications, component Switch).
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now, Values, mac, message, nested, text
from simulators.readout import Message


class _Shelly(Dialect):
    """What both generations have: `online` and its will."""

    root = ""

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """`online` is `false`, retained."""
        return self._online("false")

    def _online(self, word: str) -> Message:
        return message(f"{self.root}{self.members[0].id}/online", word, retain=True, qos=1)


class ShellyGen1(_Shelly):
    """A device below `shellies/`; a metric's name is its topic, such as `relay/0/power`."""

    each_metric = True
    root = "shellies/"

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """It is online, and announces itself to everybody."""
        member = self.members[0]
        model = {"shelly1pm": "SHSW-PM", "shellyht": "SHHT-1", "shellyem": "SHEM"}.get(
            member.id.split("-")[0], "SHSW-1"
        )
        about = {
            "id": member.id, "model": model, "mac": mac(member.id), "ip": "192.168.2.41", "new_fw": False,
            "fw_ver": "20230913-113421/v1.14.0-gcb84623",
        }  # fmt: skip
        topics = ("shellies/announce", f"shellies/{member.id}/announce")
        return [self._online("true"), *(message(topic, about) for topic in topics)]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """Each value as text."""
        metrics = member.profile.metrics
        words = {name: ("off", "on") if name.split("/")[0] in {"relay", "light"} else ("0", "1") for name in values}
        return [
            message(f"shellies/{member.id}/{name}", text(value, metrics[name], words[name]))
            for name, value in values.items()
        ]


class ShellyGen2(_Shelly):
    """A device whose metrics are `<component>.<key>`: a status for all at first and what is switched, then changes."""

    def __init__(self, members: Sequence[Member], random: Random) -> None:
        """Make the device."""
        super().__init__(members, random)
        self._switched: Values = {}

    def greet(self, now: Now) -> list[Message]:
        """It is online, and the full status of each of its components, with the system's."""
        member = self.members[0]
        values = now.read(member.id)
        self._switched = _switches(values)
        system = {
            "mac": mac(member.id), "restart_required": False, "time": None, "unixtime": now.wall_us // 1_000_000,
            "uptime": 4 + now.wall_us // 1_000_000 % 86_400, "ram_size": 262_524, "ram_free": 154_112,
            "fs_size": 393_216, "fs_free": 118_784, "cfg_rev": 14, "available_updates": {},
        }  # fmt: skip
        return [self._online("true"), message(f"{member.id}/status/sys", system), *_statuses(member, values)]

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
