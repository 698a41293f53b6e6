"""LoRaWAN network servers, which publish what their devices send by radio: The Things Stack v3, ChirpStack v4 and v3.

A device's id is `<application>/<device>`. Its metrics are those of the decoded payload; `link.rssi` and `link.snr` say
how well the gateway hears it.

References:
    The Things Stack documentation, Data Formats, Payload Formatters (normalized payload); ChirpStack v4 documentation,
    MQTT integration, Event types; ChirpStack v3 documentation, Event types.
"""

import base64
from collections.abc import Sequence
from random import Random
from typing import Any

import orjson

from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, iso, mac, message, nested, octets, steps
from simulators.readout import Message

TENANT = "ttn"
GATEWAY = "0016c001f153a14c"
STATUS_EVERY = 10
"""A device's status comes with every tenth uplink."""
NANOSECONDS = "000"

_NORMALISED: dict[str, tuple[str, ...]] = {
    "temperature": ("air", "temperature"),
    "humidity": ("air", "relativeHumidity"),
    "soil_temperature": ("soil", "temperature"),
    "soil_moisture": ("soil", "moisture"),
    "battery": ("battery",),
}
"""Where The Things Stack's normalised payload has what a device's decoded one says."""


class _Server(Dialect):
    """A network server with the uplink counters of its devices."""

    def __init__(self, members: Sequence[Member], random: Random) -> None:
        """Make the server; no device has sent anything."""
        super().__init__(members, random)
        self._uplinks = dict.fromkeys((member.id for member in members), 0)

    connection_levels = 0

    def counted(self, member: Member) -> int:
        """The number of a device's next uplink.

        Args:
            member: The device.
        """
        self._uplinks[member.id] += 1
        return self._uplinks[member.id]

    def address(self, member: Member) -> str:
        """A device's address in the network.

        Args:
            member: The device.
        """
        return f"01{mac(member.id)[2:8]}"


class TheThingsStack(_Server):
    """The Things Stack; every uplink has the decoded and the normalised payload."""

    def introduction(self, now: Now) -> list[Message]:
        """Each device joins."""
        return [
            self._event(member, "join", {"join_accept": {"received_at": _nanoseconds(now.wall_us)}}, now.wall_us)
            for member in self.members
        ]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """An uplink."""
        radio, payload = _split(values)
        normalised: dict[str, Any] = {}
        for name, path in _NORMALISED.items():
            if name in payload:
                *outer, leaf = path
                place = normalised
                for part in outer:
                    place = place.setdefault(part, {})
                place[leaf] = payload[name]
        weaker: Values = {key: value - 9 for key, value in radio.items() if isinstance(value, int | float)}
        uplink = {
            "session_key_id": "AYr2dF0V0bD1QkqgYr3E0w==",
            "f_port": 2,
            "f_cnt": self.counted(member),
            "frm_payload": _raw(payload),
            "decoded_payload": nested(payload),
            "normalized_payload": [normalised],
            "rx_metadata": [_heard("roof-north", weaker, measured_us), _heard("barn", radio, measured_us)],
            "settings": {
                "data_rate": {"lora": {"bandwidth": 125_000, "spreading_factor": 7, "coding_rate": "4/5"}},
                "frequency": "868100000",
            },
            "received_at": _nanoseconds(measured_us),
            "consumed_airtime": "0.061696s",
        }
        return [self._event(member, "up", {"uplink_message": uplink}, measured_us)]

    def _event(self, member: Member, what: str, content: dict[str, Any], at_us: int) -> Message:
        application, _, device = member.id.partition("/")
        identifiers = {
            "device_id": device, "application_ids": {"application_id": application},
            "dev_eui": f"70B3D57E{mac(member.id)[4:]}", "join_eui": "0000000000000000",
            "dev_addr": self.address(member),
        }  # fmt: skip
        document = {"end_device_ids": identifiers, "received_at": _nanoseconds(at_us)} | content
        return message(f"v3/{application}@{TENANT}/devices/{device}/{what}", document)


class ChirpStack(_Server):
    """ChirpStack v4 with its gateway bridge, whose will says that the gateway is not connected."""

    @property
    def _state_topic(self) -> str:
        return f"eu868/gateway/{GATEWAY}/state/conn"

    def life(self, *, alive: bool) -> Message:
        """The gateway's connection, retained."""
        state = {"gatewayId": GATEWAY, "state": "ONLINE" if alive else "OFFLINE"}
        return message(self._state_topic, state, retain=True, qos=1)

    def introduction(self, now: Now) -> list[Message]:
        """Each device joins."""
        return [self.event(member, "join", {}, now.wall_us) for member in self.members]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """An uplink, now and then with a status."""
        radio, payload = _split(values)
        number = self.counted(member)
        said = [self.event(member, "up", self.uplink(number, payload, radio, measured_us), measured_us)]
        if number % STATUS_EVERY == 1:
            status = {"margin": 14 + number % 7, "externalPowerSource": False, "batteryLevelUnavailable": False}
            said.append(self.event(member, "status", status | {"batteryLevel": 83.07}, measured_us))
        return said

    def event(self, member: Member, what: str, content: dict[str, Any], at_us: int) -> Message:
        """An event of a device.

        Args:
            member: The device.
            what: The event's name.
            content: What the event says besides who it is about.
            at_us: When, µs since 1970.
        """
        application, _, device = member.id.partition("/")
        about = {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "ChirpStack",
            "applicationId": application, "applicationName": "doors", "deviceProfileName": "door-contact",
            "deviceName": f"door-{device[-2:]}", "devEui": device, "tags": {},
        }  # fmt: skip
        document: dict[str, Any] = {
            "deduplicationId": self._unique(),
            "time": iso(at_us, "microseconds"),
            "deviceInfo": about,
        }
        if what != "status":
            document["devAddr"] = self.address(member).lower()
        return message(f"application/{application}/device/{device}/event/{what}", document | content)

    def uplink(self, number: int, payload: Values, radio: Values, at_us: int) -> dict[str, Any]:
        """What an uplink says.

        Args:
            number: The device's counter.
            payload: The decoded payload.
            radio: How well it was heard.
            at_us: When, µs since 1970.
        """
        heard = {"gatewayId": GATEWAY, "uplinkId": number, "nsTime": iso(at_us, "microseconds"), "crcStatus": "CRC_OK"}
        return {
            "adr": True, "dr": 5, "fCnt": number, "fPort": 2, "confirmed": False, "data": _raw(payload),
            "object": nested(payload), "rxInfo": [heard | radio],
            "txInfo": {"frequency": 868_100_000, "modulation": {"lora": {"bandwidth": 125_000, "spreadingFactor": 7}}},
        }  # fmt: skip

    def _unique(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class ChirpStackV3(ChirpStack):
    """ChirpStack v3: bytes in base64, the decoded payload as a text of JSON."""

    @property
    def _state_topic(self) -> str:
        return f"gateway/{GATEWAY}/state/conn"

    def event(self, member: Member, what: str, content: dict[str, Any], at_us: int) -> Message:  # noqa: ARG002  # v4 has it
        """An event of a device."""
        application, _, device = member.id.partition("/")
        address = octets(device)
        document = {
            "applicationID": application, "applicationName": "meters", "deviceName": f"meter-{device[-2:]}",
            "devEUI": device if address is None else base64.b64encode(address).decode(), "tags": {},
        }  # fmt: skip
        return message(f"application/{application}/device/{device}/event/{what}", document | content)

    def uplink(self, number: int, payload: Values, radio: Values, at_us: int) -> dict[str, Any]:
        """What an uplink says."""
        gateway = base64.b64encode(bytes.fromhex(GATEWAY)).decode()
        radio_settings = {"bandwidth": 125, "spreadingFactor": 7, "codeRate": "4/5", "polarizationInversion": False}
        modulation = {"modulation": "LORA", "loRaModulationInfo": radio_settings}
        heard = {
            "gatewayID": gateway, "time": iso(at_us, "microseconds"), "rssi": radio.get("rssi"),
            "loRaSNR": radio.get("snr"), "channel": 3, "rfChain": 0, "board": 0, "antenna": 0,
        }  # fmt: skip
        return {
            "adr": True, "dr": 5, "fCnt": number, "fPort": 2, "data": _raw(payload), "rxInfo": [heard],
            "objectJSON": orjson.dumps(nested(payload)).decode(), "txInfo": {"frequency": 868_300_000} | modulation,
            "publishedAt": iso(at_us, "microseconds"),
        }  # fmt: skip


def _split(values: Values) -> tuple[Values, Values]:
    """How well a device was heard, and what it said."""
    radio = {name.removeprefix("link."): value for name, value in values.items() if name.startswith("link.")}
    return radio, {name: value for name, value in values.items() if not name.startswith("link.")}


def _heard(gateway: str, radio: Values, at_us: int) -> dict[str, Any]:
    rssi = radio.get("rssi")
    return {
        "gateway_ids": {"gateway_id": gateway, "eui": GATEWAY.upper()},
        "time": _nanoseconds(at_us - 40_000), "timestamp": at_us % 4_294_967_296,
        "rssi": rssi, "channel_rssi": rssi, "snr": radio.get("snr"), "channel_index": 2,
    }  # fmt: skip


def _raw(payload: Values) -> str:
    """The payload as the device packed it: hundredths in two bytes each."""
    numbers = [counted for value in payload.values() if (counted := steps(value, 100)) is not None]
    packed = b"".join((number & 0xFFFF).to_bytes(2, "big") for number in numbers)
    return base64.b64encode(packed).decode()


def _nanoseconds(at_us: int) -> str:
    return iso(at_us, "microseconds").removesuffix("Z") + NANOSECONDS + "Z"
