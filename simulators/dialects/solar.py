"""Inverters and batteries: Victron's Venus OS, OpenDTU, AhoyDTU.

References:
    Victron Energy, dbus-flashmq; OpenDTU documentation, MQTT topics; AhoyDTU, User manual, MQTT.
"""

from simulators.dialects.dialect import EachMetric, Member, Now
from simulators.dialects.wording import message, presence
from simulators.readout import Message
from simulators.signals import Value


class Victron(EachMetric):
    """A GX device with its services; an id is `<portal>/<service>/<instance>`, a metric's name the D-Bus path."""

    connection_levels = 1

    @property
    def filters(self) -> tuple[str, ...]:
        """Requests to keep publishing."""
        return (f"R/{self._portal}/keepalive",)

    def introduction(self, now: Now) -> list[Message]:
        """Its serial number, that everything was published once, and its heart's beat."""
        beat = message(f"N/{self._portal}/heartbeat", {"value": now.wall_us // 1_000_000})
        return [
            message(f"N/{self._portal}/system/0/Serial", {"value": self._portal}),
            self._complete(now.wall_us),
            beat,
        ]

    def topic(self, member: Member, name: str) -> str:
        """A D-Bus path of a service."""
        return f"N/{member.id}/{name}"

    def content(self, member: Member, name: str, value: Value, measured_us: int) -> object:  # noqa: ARG002  # alike for all
        """The value in an object."""
        return {"value": value}

    def hear(self, topic: str, payload: bytes, now: Now) -> list[Message]:  # noqa: ARG002  # whatever it says
        """All values at once, for whoever keeps it alive."""
        said = [one for member in self.members for one in self.say(member, now.read(member.id), now.wall_us)]
        return [*said, self._complete(now.wall_us)]

    @property
    def _portal(self) -> str:
        return self.members[0].id.partition("/")[0]

    def _complete(self, wall_us: int) -> Message:
        return message(f"N/{self._portal}/full_publish_completed", {"value": wall_us // 1_000_000})


class OpenDtu(EachMetric):
    """A DTU and its inverters; an id is an inverter's serial number, or `dtu` for the DTU itself."""

    retained = True
    connection_levels = 0

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence("solar/dtu/status", alive=alive)

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """What the inverters are called, and that they are heard."""
        names = [
            message(self.topic(member, "name"), f"Roof {number}", retain=True)
            for number, member in enumerate(self._inverters, 1)
        ]
        reachable = [message(self.topic(member, "status/reachable"), "1", retain=True) for member in self._inverters]
        return [*names, *reachable]

    def topic(self, member: Member, name: str) -> str:
        """Below its serial number."""
        return f"solar/{member.id}/{name}"

    @property
    def _inverters(self) -> list[Member]:
        return [member for member in self.members if member.id != "dtu"]


class AhoyDtu(EachMetric):
    """A DTU and its inverters; an id is an inverter's name, or `inverter` for the DTU itself."""

    connection_levels = 0

    def life(self, *, alive: bool) -> Message:
        """`connected` or `not connected`, retained."""
        return message("inverter/mqtt", "connected" if alive else "not connected", retain=True, qos=1)

    def introduction(self, now: Now) -> list[Message]:
        """Its version, and which inverters are there."""
        there = [
            message(f"inverter/{member.id}/{key}", held, retain=True)
            for member in self.members
            if member.id != "inverter"
            for key, held in (("available", "2"), ("last_success", str(now.wall_us // 1_000_000)))
        ]
        return [message("inverter/version", "0.8.155", retain=True), *there]

    def topic(self, member: Member, name: str) -> str:
        """Below its name; what the DTU says of itself is not."""
        return f"inverter/{name}" if member.id == "inverter" else f"inverter/{member.id}/{name}"
