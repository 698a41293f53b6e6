"""Cayenne Low Power Payload; a metric's name is `<type>_<channel>`, such as `temperature_3`.

References:
    myDevices, Cayenne Low Power Payload: data types, sizes and resolutions.
"""

from simulators.dialects.dialect import Dialect, Member, Values, message
from simulators.readout import Message

_TYPES = {
    "digital_in": (0, 1, 1),
    "analog_in": (2, 2, 100),
    "luminosity": (101, 2, 1),
    "presence": (102, 1, 1),
    "temperature": (103, 2, 10),
    "relative_humidity": (104, 1, 2),
    "barometric_pressure": (115, 2, 10),
}
"""Number, bytes and steps a unit."""


class Cayenne(Dialect):
    """A node that packs its values into a few bytes."""

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """All values in one payload."""
        packed = b"".join(
            _packed(name, value)
            for name, value in values.items()
            if isinstance(value, int | float) and name.rpartition("_")[0] in _TYPES
        )
        return [message(f"lpp/{member.id}", packed)]


def _packed(name: str, value: float) -> bytes:
    kind, _, channel = name.rpartition("_")
    number, size, steps = _TYPES[kind]
    top = 1 << 8 * size
    return bytes((int(channel), number)) + (round(value * steps) % top).to_bytes(size, "big")
