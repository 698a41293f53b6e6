"""Things of a home: Frigate, Glow, DSMR-reader, EMS-ESP, OpenEVSE, Z-Wave JS UI.

References:
    The MQTT pages of Frigate, Hildebrand's Glow, DSMR-reader, EMS-ESP, OpenEVSE and Z-Wave JS UI.
"""

from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now, Values, iso, message, nested, text
from simulators.readout import Message


class Frigate(Dialect):
    """A recorder and its cameras; a metric's name is an object that is counted."""

    each_metric = True
    features = ("detect", "recordings", "snapshots", "motion")

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The recorder's connection."""
        return member.profile.format

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """`offline`, retained."""
        return self._available("offline")

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """`online`, and what each camera does."""
        states = [
            message(f"frigate/{member.id}/{feature}/state", "ON", retain=True)
            for member in self.members
            for feature in self.features
        ]
        return [self._available("online"), *states, message("frigate/stats", {"service": {"version": "0.14.1"}})]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """How many of each object are seen, with a retained picture of those that are."""
        metrics = member.profile.metrics
        said = []
        for name, value in values.items():
            said.append(message(f"frigate/{member.id}/{name}", text(value, metrics[name], ("0", "1"))))
            if value:
                said.append(message(f"frigate/{member.id}/{name}/snapshot", self._picture(), retain=True))
        return said

    def _picture(self) -> bytes:
        """About what a JPEG looks like to whoever does not show it."""
        return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + self.random.randbytes(1500) + b"\xff\xd9"

    def _available(self, word: str) -> Message:
        return message("frigate/available", word, retain=True, qos=1)


class Glow(Dialect):
    """A display of smart meters; its id is its address, a metric's name begins with its meter or `STATE`."""

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """A document for each meter, and one about itself."""
        stamp = {"timestamp": iso(measured_us, "seconds")}
        said = []
        for part, held in nested(values).items():
            if part == "STATE" and isinstance(held, dict):
                about = {"software": "v1.8.12", "hardware": "GLOW-IHD-01-1v4-SMETS2", "ethmac": member.id}
                said.append(message(f"glow/{member.id}/STATE", about | stamp | held))
            elif isinstance(held, dict):
                document = {part: stamp | _with_units(held)}
                said.append(message(f"glow/{member.id}/SENSOR/{part}", document))
        return said


class Dsmr(Dialect):
    """DSMR-reader beside a smart meter: numbers are texts, `gas.…` has a message of its own."""

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The reader's connection."""
        return member.profile.format

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """A telegram, and the gas meter's reading where it is due."""
        metrics = member.profile.metrics
        texts = {name: text(value, metrics[name]) for name, value in values.items()}
        gas = {name.removeprefix("gas."): held for name, held in texts.items() if name.startswith("gas.")}
        electricity = {name: held for name, held in texts.items() if not name.startswith("gas.")}
        said = []
        if electricity:
            head = {"id": measured_us // 1_000_000 % 10_000_000, "timestamp": iso(measured_us)}
            said.append(message("dsmr/json", head | electricity))
        if gas:
            said.append(message("dsmr/consumption/gas", {"read_at": iso(measured_us, "seconds")} | gas))
        return said


class EmsEsp(Dialect):
    """A gateway to a heating's bus; a metric's name begins with its topic: `boiler_data.curflowtemp`."""

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """`offline`, retained."""
        return self._status("offline")

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """`online`."""
        return [self._status("online")]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """A document for each part of the heating."""
        words = {name: ("off", "on")[value] if isinstance(value, bool) else value for name, value in values.items()}
        return [message(f"{member.id}/{topic}", held) for topic, held in nested(words).items()]

    def _status(self, word: str) -> Message:
        return message(f"{self.members[0].id}/status", word, retain=True, qos=1)


class OpenEvse(Dialect):
    """A charger; its id is its base topic, such as `openevse-5f3a`."""

    each_metric = True

    def will(self, wall_us: int) -> Message:  # noqa: ARG002  # no time in it
        """The announcement that it is disconnected, retained."""
        return self._announced("disconnected")

    def greet(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """The announcement that it is connected."""
        return [self._announced("connected")]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """Each value as text."""
        metrics = member.profile.metrics
        return [
            message(f"{member.id}/{name}", text(value, metrics[name], ("0", "1"))) for name, value in values.items()
        ]

    def _announced(self, state: str) -> Message:
        device = self.members[0].id
        about = {
            "state": state,
            "id": f"c44f33{device[-4:]}",
            "name": device.rpartition("/")[2],
            "mqtt": device,
            "http": "http://192.168.2.70/",
        }
        return message(f"openevse/announce/{device[-4:]}", about, retain=True, qos=1)


class ZWaveJs(Dialect):
    """Z-Wave JS UI; an id is `<location>/<node>`, a metric's name `<class>/<endpoint>/<property>`."""

    each_metric = True

    @classmethod
    def link_of(cls, member: Member) -> str:
        """The gateway's connection."""
        return member.profile.format

    def will(self, wall_us: int) -> Message:
        """The gateway's status is `false`, retained."""
        return self._client(wall_us, value=False)

    def greet(self, now: Now) -> list[Message]:
        """The gateway's status, and that its nodes are alive."""
        alive = {"time": now.wall_us // 1000, "value": True, "status": "Alive", "nodeId": 8}
        nodes = [message(f"zwave/{member.id}/status", alive, retain=True) for member in self.members]
        return [self._client(now.wall_us, value=True), *nodes]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """Each value with its time, retained."""
        return [
            message(f"zwave/{member.id}/{name}", {"time": measured_us // 1000, "value": value}, retain=True)
            for name, value in values.items()
        ]

    def _client(self, wall_us: int, *, value: bool) -> Message:
        status = {"time": wall_us // 1000, "value": value}
        return message("zwave/_CLIENTS/ZWAVE_GATEWAY-home/status", status, retain=True, qos=1)


def _with_units(meter: dict[str, Any]) -> dict[str, Any]:
    """A meter's document with the units that stand beside its numbers; power is a number with its own."""
    energy = meter.get("energy")
    held: dict[str, Any] = {}
    if isinstance(energy, dict):
        held["energy"] = {name: _in_kwh(part) for name, part in energy.items()}
    return held | ({"power": {"value": meter["power"], "units": "kW"}} if "power" in meter else {})


def _in_kwh(part: object) -> object:
    return part | {"units": "kWh"} if isinstance(part, dict) else part
