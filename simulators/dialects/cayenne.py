"""Cayenne Low Power Payload; a metric's name is `<type>_<channel>`, such as `temperature_3`.

References:
    myDevices, Cayenne Low Power Payload: data types, sizes and resolutions.
"""

from simulators.dialects.dialect import Dialect, Member
from simulators.dialects.wording import Values, message, steps
from simulators.readout import Message
from simulators.signals import Value

_TYPES = {
    "digital_in": (0, 1, False, 1),
    "analog_in": (2, 2, True, 100),
    "luminosity": (101, 2, False, 1),
    "presence": (102, 1, False, 1),
    "temperature": (103, 2, True, 10),
    "relative_humidity": (104, 1, False, 2),
    "barometric_pressure": (115, 2, False, 10),
}
"""Number, bytes, whether they are signed, steps a unit."""


class Cayenne(Dialect):
    """A node that packs its values into a few bytes."""

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """All values in one payload."""
        packed = b"".join(_packed(name, value) for name, value in values.items() if name.rpartition("_")[0] in _TYPES)
        return [message(f"lpp/{member.id}", packed)]


def _packed(name: str, value: Value) -> bytes:
    """A channel, its type and value; nothing of what is no number or does not fit."""
    kind, _, channel = name.rpartition("_")
    number, size, signed, a_unit = _TYPES[kind]
    counted = steps(value, a_unit)
    top = 1 << 8 * size
    fits = range(-top // 2, top // 2) if signed else range(top)
    if counted is None or counted not in fits or not channel.isdecimal():
        return b""
    return bytes((int(channel) % 256, number)) + counted.to_bytes(size, "big", signed=signed)
