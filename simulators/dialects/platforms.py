"""Devices as the platforms of large providers want them: ThingsBoard, AWS IoT shadows, Azure IoT Hub.

References:
    ThingsBoard documentation, MQTT Device API and Gateway API; AWS IoT Core, Device Shadow MQTT topics; Azure IoT Hub,
    Communicate by using MQTT.
"""

from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, message, nested
from simulators.readout import Message


class ThingsBoard(Dialect):
    """A gateway that speaks for its devices; an id is a device's name."""

    connection_levels = 0

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """Each device is connected, with its attributes."""
        said = [message("v1/gateway/connect", {"device": member.id, "type": "default"}) for member in self.members]
        attributes = {member.id: {"firmware": "1.4.2"} for member in self.members}
        return [*said, message("v1/gateway/attributes", attributes)]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """Its values with their time."""
        return [message("v1/gateway/telemetry", {member.id: [{"ts": measured_us // 1000, "values": nested(values)}]})]

    def leave(self, wall_us: int) -> list[Message]:  # noqa: ARG002  # no time in it
        """Each device is disconnected."""
        return [message("v1/gateway/disconnect", {"device": member.id}) for member in self.members]


class AwsShadow(Dialect):
    """A thing that reports its shadow's state; its id is its name."""

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """The reported state."""
        return [message(f"$aws/things/{member.id}/shadow/update", {"state": {"reported": nested(values)}})]


class AzureIotHub(Dialect):
    """A device that sends telemetry with its content type in the topic; its id is its name."""

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """A device-to-cloud message."""
        properties = "$.ct=application%2Fjson&$.ce=utf-8"
        return [message(f"devices/{member.id}/messages/events/{properties}", nested(values))]
