"""Inverters and batteries: Victron's Venus OS, OpenDTU, AhoyDTU.

References:
    Victron Energy, dbus-flashmq; OpenDTU documentation, MQTT topics; AhoyDTU, User manual, MQTT.
"""

from simulators.dialects.dialect import Dialect, Member, Now, Values, message, text
from simulators.readout import Message


class Victron(Dialect):
    """A GX device with its services; an id is `<portal>/<service>/<instance>`, a metric's name the D-Bus path."""

    each_metric = True

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The GX device's connection."""
        return f"{member.profile.format}/{member.id.partition('/')[0]}"

    @property
    def filters(self) -> tuple[str, ...]:
        """Requests to keep publishing."""
        return (f"R/{self._portal}/keepalive",)

    def greet(self, now: Now) -> list[Message]:
        """Its serial number, that everything was published once, and its heart's beat."""
        beat = message(f"N/{self._portal}/heartbeat", {"value": now.wall_us // 1_000_000})
        return [
            message(f"N/{self._portal}/system/0/Serial", {"value": self._portal}),
            self._complete(now.wall_us),
            beat,
        ]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """Each value as an object."""
        return [message(f"N/{member.id}/{name}", {"value": value}) for name, value in values.items()]

    def hear(self, topic: str, payload: bytes, now: Now) -> list[Message]:  # noqa: ARG002  # whatever it says
        """All values at once, for whoever keeps it alive."""
        said = [one for member in self.members for one in self.say(member, now.read(member.id), now.wall_us)]
        return [*said, self._complete(now.wall_us)]

    @property
    def _portal(self) -> str:
        return self.members[0].id.partition("/")[0]

    def _complete(self, wall_us: int) -> Message:
        return message(f"N/{self._portal}/full_publish_completed", {"value": wall_us // 1_000_000})


class OpenDtu(Dialect):
    """A DTU and its inverters; an id is an inverter's serial number, or `dtu` for the DTU itself."""

    each_metric = True

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The DTU's connection."""
        return member.profile.format

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """`offline`, retained."""
        return self._status("offline")

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """`online`, and what the inverters are called."""
        names = [self._said(member, "name", f"Roof {number}") for number, member in enumerate(self._inverters, 1)]
        reachable = [self._said(member, "status/reachable", "1") for member in self._inverters]
        return [self._status("online"), *names, *reachable]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """Each value as text, retained."""
        metrics = member.profile.metrics
        return [self._said(member, name, text(value, metrics[name], ("0", "1"))) for name, value in values.items()]

    @property
    def _inverters(self) -> list[Member]:
        return [member for member in self.members if member.id != "dtu"]

    def _said(self, member: Member, name: str, content: str) -> Message:
        return message(f"solar/{member.id}/{name}", content, retain=True)

    def _status(self, word: str) -> Message:
        return message("solar/dtu/status", word, retain=True, qos=1)


class AhoyDtu(Dialect):
    """A DTU and its inverters; an id is an inverter's name, or `inverter` for the DTU itself."""

    each_metric = True

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The DTU's connection."""
        return member.profile.format

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """`not connected`, retained."""
        return self._connection("not connected")

    def greet(self, now: Now) -> list[Message]:
        """`connected`, and which inverters are there."""
        there = [
            message(f"inverter/{member.id}/{key}", held, retain=True)
            for member in self.members
            if member.id != "inverter"
            for key, held in (("available", "2"), ("last_success", str(now.wall_us // 1_000_000)))
        ]
        return [self._connection("connected"), message("inverter/version", "0.8.155", retain=True), *there]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """Each value as text."""
        metrics = member.profile.metrics
        place = "inverter" if member.id == "inverter" else f"inverter/{member.id}"
        return [message(f"{place}/{name}", text(value, metrics[name])) for name, value in values.items()]

    def _connection(self, word: str) -> Message:
        return message("inverter/mqtt", word, retain=True, qos=1)
