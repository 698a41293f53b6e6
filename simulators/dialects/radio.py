"""Gateways that publish what they hear from sensors by radio: OpenMQTTGateway, Ruuvi Gateway, rtl_433.

A device's id is `<gateway>/<sensor>`.

References:
    OpenMQTTGateway documentation, Bluetooth gateway; Theengs decoder properties; Ruuvi, Gateway MQTT examples and Data
    format 5 (RAWv2); rtl_433 docs/INTEGRATION.md and docs/DATA_FORMAT.md.
"""

import struct
from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, local, mac, message, octets, presence, steps
from simulators.readout import Message

_TX_POWER = (4 + 40) // 2
"""4 dBm, in steps of 2 from -40."""
_ADDRESS_BYTES = 6


class _Gateway(Dialect):
    """A gateway named by the first level of its sensors' ids."""

    connection_levels = 1

    @property
    def name(self) -> str:
        """The gateway's name."""
        return self.members[0].id.partition("/")[0]


class OpenMqttGateway(_Gateway):
    """An ESP32 that hears Bluetooth sensors."""

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence(f"home/{self.name}/LWT", alive=alive)

    def introduction(self, now: Now) -> list[Message]:  # noqa: ARG002  # no time in it
        """Its version."""
        return [message(f"home/{self.name}/version", "v1.8.0", retain=True)]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:  # noqa: ARG002  # it has no time
        """What was heard from a sensor, decoded."""
        address = member.id.partition("/")[2]
        pretty = ":".join(address[at : at + 2] for at in range(0, len(address), 2))
        document: dict[str, Any] = {
            "id": pretty, "mac_type": 0, "adv_type": 0, "name": f"ATC_{address[-6:]}", "brand": "Xiaomi",
            "model": "TH Sensor", "model_id": "LYWSD03MMC/MJWSD05MMC_PVVX_DECR", "type": "THB",
        }  # fmt: skip
        celsius = values.get("tempc")
        warm = {"tempf": round(celsius * 1.8 + 32, 2)} if isinstance(celsius, int | float) else {}
        return [message(f"home/{self.name}/BTtoMQTT/{address}", document | values | warm | {"mac": pretty})]


class Ruuvi(_Gateway):
    """A Ruuvi Gateway: every second tag is passed on as it was heard, the others decoded as well."""

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        status = {"state": "online" if alive else "offline"}
        return message(f"ruuvi/{self.name}/gw_status", status, retain=True, qos=1)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """What was heard from a tag."""
        tag = member.id.partition("/")[2]
        seconds = measured_us // 1_000_000
        heard: dict[str, Any] = {
            "gw_mac": self.name, "rssi": values.get("rssi", -72), "aoa": [], "gwts": seconds, "ts": seconds,
            "data": data_format_5(values, tag).hex().upper(), "coords": "",
        }  # fmt: skip
        decoded = {} if self.members.index(member) % 2 else {"data_format": 5} | values | {"id": tag}
        return [message(f"ruuvi/{self.name}/{tag}", heard | decoded)]


class Rtl433(_Gateway):
    """A receiver; a sensor's id goes on with its model, channel and number: `<receiver>/<model>[/<channel>]/<id>`."""

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence(f"rtl_433/{self.name}/availability", alive=alive)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """An event."""
        _, model, *numbers = member.id.split("/")
        document: dict[str, Any] = {"time": local(measured_us, " "), "model": model}
        document |= dict(zip(("channel", "id")[-len(numbers) :], map(_number, numbers), strict=False))
        return [message(f"rtl_433/{self.name}/events", document | values | {"mic": "CRC"})]


def data_format_5(values: Values, tag: str) -> bytes:
    """An advertisement of a RuuviTag in data format 5; what is not measured has the value that says so.

    Args:
        values: `temperature` in °C, `humidity` in %, `pressure` in Pa, `voltage` in V, `movement_counter`,
            `measurement_sequence_number`.
        tag: Its address.
    """

    def field(name: str, a_unit: int, numbers: range, offset: int = 0) -> int | None:
        counted = steps(values.get(name), a_unit)
        return counted - offset if counted is not None and counted - offset in numbers else None

    temperature = field("temperature", 200, range(-0x7FFF, 0x8000))
    humidity = field("humidity", 400, range(0xFFFF))
    pressure = field("pressure", 1, range(0xFFFF), 50_000)
    voltage = field("voltage", 1000, range(2047), 1600)
    movements = field("movement_counter", 1, range(0xFF))
    number = field("measurement_sequence_number", 1, range(0xFFFF))
    raw = struct.pack(
        ">BhHHhhhHBH",
        5,
        -0x8000 if temperature is None else temperature,
        0xFFFF if humidity is None else humidity,
        0xFFFF if pressure is None else pressure,
        *(-0x8000, -0x8000, -0x8000),
        (2047 if voltage is None else voltage) << 5 | _TX_POWER,
        0xFF if movements is None else movements,
        0xFFFF if number is None else number,
    )
    address = octets(tag.replace(":", ""))
    if address is None or len(address) != _ADDRESS_BYTES:
        address = bytes.fromhex(mac(tag))
    return b"\x02\x01\x06\x1b\xff\x99\x04" + raw + address


def _number(level: str) -> int | str:
    return int(level) if level.isdecimal() else level
