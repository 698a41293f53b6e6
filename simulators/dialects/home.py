"""Things of a home: Frigate, Glow, DSMR-reader, EMS-ESP, OpenEVSE, Z-Wave JS UI.

References:
    The MQTT pages of Frigate, Hildebrand's Glow, DSMR-reader, EMS-ESP, OpenEVSE and Z-Wave JS UI.
"""

from typing import Any

from simulators.dialects.dialect import Dialect, EachMetric, Member, Now
from simulators.dialects.wording import Values, iso, message, nested, presence, text
from simulators.readout import Message
from simulators.signals import Value


class Frigate(EachMetric):
    """A recorder and its cameras; a metric's name is an object that is counted."""

    features = ("detect", "recordings", "snapshots", "motion")

    connection_levels = 0

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence("frigate/available", alive=alive)

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """What each camera does."""
        states = [
            message(f"frigate/{member.id}/{feature}/state", "ON", retain=True)
            for member in self.members
            for feature in self.features
        ]
        return [*states, message("frigate/stats", {"service": {"version": "0.14.1"}})]

    def topic(self, member: Member, name: str) -> str:
        """An object of a camera."""
        return f"frigate/{member.id}/{name}"

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """How many of each object are seen, with a retained picture of those that are."""
        pictures = [
            message(f"{self.topic(member, name)}/snapshot", self._picture(), retain=True)
            for name, value in values.items()
            if value
        ]
        return super().say(member, values, measured_us) + pictures

    def _picture(self) -> bytes:
        """About what a JPEG looks like to whoever does not show it."""
        return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + self.random.randbytes(1500) + b"\xff\xd9"


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

    connection_levels = 0

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

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence(f"{self.members[0].id}/status", alive=alive)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """A document for each part of the heating."""
        words = {name: ("off", "on")[value] if isinstance(value, bool) else value for name, value in values.items()}
        return [message(f"{member.id}/{topic}", held) for topic, held in nested(words).items()]


class OpenEvse(EachMetric):
    """A charger; its id is its base topic, such as `openevse-5f3a`."""

    def topic(self, member: Member, name: str) -> str:
        """Below its base topic."""
        return f"{member.id}/{name}"

    def life(self, *, alive: bool) -> Message:
        """The announcement that it is connected or disconnected, retained."""
        state = "connected" if alive else "disconnected"
        device = self.members[0].id
        about = {
            "state": state,
            "id": f"c44f33{device[-4:]}",
            "name": device.rpartition("/")[2],
            "mqtt": device,
            "http": "http://192.168.2.70/",
        }
        return message(f"openevse/announce/{device[-4:]}", about, retain=True, qos=1)


class ZWaveJs(EachMetric):
    """Z-Wave JS UI; an id is `<location>/<node>`, a metric's name `<class>/<endpoint>/<property>`."""

    retained = True
    connection_levels = 0

    def will(self, wall_us: int) -> Message:
        """The gateway's status is `false`, retained."""
        return self._client(wall_us, value=False)

    def greet(self, now: Now) -> list[Message]:
        """The gateway's status, and that its nodes are alive."""
        alive = {"time": now.wall_us // 1000, "value": True, "status": "Alive", "nodeId": 8}
        nodes = [message(f"zwave/{member.id}/status", alive, retain=True) for member in self.members]
        return [self._client(now.wall_us, value=True), *nodes]

    def topic(self, member: Member, name: str) -> str:
        """A value of a node."""
        return f"zwave/{member.id}/{name}"

    def content(self, member: Member, name: str, value: Value, measured_us: int) -> object:  # noqa: ARG002  # alike for all
        """The value with its time."""
        return {"time": measured_us // 1000, "value": value}

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
