"""Things that move and say where: OwnTracks on phones, Meshtastic nodes heard by a gateway.

References:
    OwnTracks booklet, JSON; Meshtastic documentation, MQTT integration (JSON).
"""

import zlib
from typing import Any

from simulators.dialects.dialect import Dialect, Member, Now
from simulators.dialects.wording import Values, message, presence, steps
from simulators.readout import Message

REGION = "EU_868"
CHANNEL = "LongFast"
BROADCAST = 0xFFFF_FFFF


class OwnTracks(Dialect):
    """A phone; its id is `<user>/<device>`."""

    def will(self, wall_us: int) -> Message:
        """The last will as a message of its own type."""
        return message(f"owntracks/{self.members[0].id}", {"_type": "lwt", "tst": wall_us // 1_000_000}, qos=1)

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """Where it is, retained."""
        said = {"_type": "location", "tid": member.id[-2:], "t": "t", "conn": "m", "tst": measured_us // 1_000_000}
        return [message(f"owntracks/{member.id}", said | values, retain=True, qos=1)]

    def leave(self, wall_us: int) -> list[Message]:  # noqa: ARG002  # it says nothing
        """Nothing: a phone disconnects without a word, and its will is dropped."""
        return []


class Meshtastic(Dialect):
    """A gateway and the nodes it hears; an id is `!<gateway>/!<node>`, a metric's name `<kind>.<key>`.

    The kinds are `device`, `environment` and `position`, each a packet of its own. `link.rssi` and `link.snr` are the
    gateway's.
    """

    connection_levels = 1

    def life(self, *, alive: bool) -> Message:
        """`online` or `offline`, retained."""
        return presence(f"msh/{REGION}/2/stat/{self._gateway}", alive=alive)

    def introduction(self, now: Now) -> list[Message]:
        """An encrypted packet as gateways pass all of them on, and who the nodes are."""
        sealed = message(f"msh/{REGION}/2/e/{CHANNEL}/{self._gateway}", self.random.randbytes(96))
        return [sealed, *(self._introduced(member, now.wall_us) for member in self.members)]

    def say(self, member: Member, values: Values, measured_us: int) -> list[Message]:
        """A packet of each kind that is due."""
        kinds: dict[str, Values] = {}
        for name, value in values.items():
            kind, _, key = name.partition(".")
            kinds.setdefault(kind, {})[key] = value
        heard = kinds.pop("link", {}) | {"hops_away": 0, "hop_start": 3}
        return [
            self._packet(
                member, "position" if kind == "position" else "telemetry", _payload(kind, held), measured_us, heard
            )
            for kind, held in kinds.items()
        ]

    @property
    def _gateway(self) -> str:
        return self.members[0].id.partition("/")[0]

    def _introduced(self, member: Member, at_us: int) -> Message:
        name = _node(member)
        about = {
            "id": f"!{name:08x}",
            "longname": f"Field node {name % 100}",
            "shortname": f"F{name % 100:02d}",
            "hardware": 43,
        }
        return self._packet(member, "nodeinfo", about, at_us, {})

    def _packet(self, member: Member, kind: str, payload: dict[str, Any], at_us: int, heard: Values) -> Message:
        packet = {
            "channel": 0, "from": _node(member), "id": self.random.getrandbits(32), "payload": payload,
            "sender": self._gateway, "timestamp": at_us // 1_000_000, "to": BROADCAST, "type": kind,
        } | heard  # fmt: skip
        return message(f"msh/{REGION}/2/json/{CHANNEL}/{self._gateway}", packet)


def _payload(kind: str, values: Values) -> dict[str, Any]:
    if kind != "position":
        return values
    return {
        _DEGREES.get(name, name): steps(value, _A_DEGREE if name in _DEGREES else 1) for name, value in values.items()
    }


_DEGREES = {"latitude": "latitude_i", "longitude": "longitude_i"}
_A_DEGREE = 10_000_000


def _node(member: Member) -> int:
    digits = member.id.rpartition("!")[2]
    try:
        return int(digits, 16)
    except ValueError:
        return zlib.crc32(member.id.encode())
