"""What a load consists of: a cycle of messages encoded once, of which only stamps change afterwards."""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from simulators.errors import PlanError
from simulators.wire import encode_publish

MIN_CYCLE_MESSAGES = 4096
"""A cycle goes round its devices until it is at least so long, so that values vary."""

MAX_CYCLE_BYTES = 256 * 1024 * 1024
"""A cycle longer than this is refused: it would no longer be a load of the broker but of this machine's memory."""

MAX_PACKET_ID = 65_535

STAMP_BYTES = 16
"""A time in µs since 1970 has 16 digits from 2001 to 2286."""

_STAMP = "1" + "0" * (STAMP_BYTES - 1)

_METRICS = ("temperature", "humidity", "pressure", "voltage", "current", "power", "flow", "level")
_LEVELS = (21.5, 48.0, 1013.2, 230.1, 4.25, 978.0, 12.6, 63.0)


class PayloadFormat(StrEnum):
    """How a load's payloads look."""

    JSON = "json"
    """One object of all metrics on `<prefix>/<device>`."""
    PLAIN = "plain"
    """One number on `<prefix>/<device>/<metric>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What the messages of a load look like."""

    devices: int = 100
    metrics: int = 3
    payload_format: PayloadFormat = PayloadFormat.JSON
    topic_prefix: str = "load"
    qos: int = 0
    stamp_key: str = ""
    """Not empty: every payload carries its time of sending in µs since 1970, in JSON under this key."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Cycle:
    """Messages end to end in one buffer, to be sent round and round.

    With QoS 1 a message's packet identifier is its place in the cycle plus one, so nothing has to be patched, and
    identifiers are unique as long as fewer messages are in flight than the cycle holds.
    """

    data: bytearray
    ends: list[int]
    """Where each message ends in `data`."""
    stamps: list[int]
    """Where each message's stamp begins in `data`; empty without stamps."""

    def __len__(self) -> int:
        """How many messages there are."""
        return len(self.ends)

    def start(self, index: int) -> int:
        """Where a message begins in `data`.

        Args:
            index: 0 to the cycle's length; the length itself gives the end of the last one.
        """
        return self.ends[index - 1] if index else 0

    def fit(self, index: int, most: int, max_bytes: int) -> int:
        """How many messages from an index on fit into one write, at least one if any is asked for.

        Args:
            index: The first message.
            most: No more than this many; the end of the cycle bounds it too.
            max_bytes: No more than this many bytes, unless the first alone is longer.
        """
        most = min(most, len(self.ends) - index)
        if most <= 1:
            return most
        last = bisect_right(self.ends, self.start(index) + max_bytes, index, index + most)
        return max(1, last - index)

    def stamp(self, index: int, count: int, now_us: int) -> None:
        """Write the time into messages that are about to be sent.

        Args:
            index: The first of them.
            count: How many.
            now_us: The time, µs since 1970.
        """
        text = b"%016d" % now_us
        data = self.data
        for at in self.stamps[index : index + count]:
            data[at : at + STAMP_BYTES] = text


def metric_names(count: int) -> list[str]:
    """The names of a load's metrics, the usual ones first.

    Args:
        count: How many, from 1.
    """
    return [_METRICS[number] if number < len(_METRICS) else f"metric_{number + 1}" for number in range(count)]


def build_cycle(traffic: Traffic, connection: int, connections: int) -> Cycle:
    """The messages of one connection: every device of its own in turn, until the cycle is long enough.

    Args:
        traffic: What the messages look like.
        connection: Which connection, from 0; it speaks for every device whose number leaves this remainder.
        connections: How many there are; a device never changes its connection, so its order is kept.

    Raises:
        PlanError: More than 65,535 messages in a QoS 1 cycle, or more than 256 MiB in any.
    """
    numbers = range(connection, traffic.devices, connections)
    per_device = traffic.metrics if traffic.payload_format is PayloadFormat.PLAIN else 1
    per_round = len(numbers) * per_device
    rounds = max(1, -(-MIN_CYCLE_MESSAGES // per_round))
    if traffic.qos and per_round * rounds > MAX_PACKET_ID:
        raise PlanError(
            "--devices",
            f"QoS 1 has {MAX_PACKET_ID:,} packet identifiers a connection and {per_round:,} messages go round on one; "
            "use more --connections",
        )
    writer = _Writer(traffic)
    for _ in range(rounds):
        for number in numbers:
            writer.add(number)
    return Cycle(writer.data, writer.ends, writer.stamps)


class _Writer:
    def __init__(self, traffic: Traffic) -> None:
        self.data = bytearray()
        self.ends: list[int] = []
        self.stamps: list[int] = []
        self._traffic = traffic
        self._random = Random(traffic.seed)
        self._names = metric_names(traffic.metrics)
        self._width = max(4, len(str(traffic.devices - 1)))

    def add(self, number: int) -> None:
        """Append what one device says in one round."""
        device = f"{self._traffic.topic_prefix}/device-{number:0{self._width}d}"
        if self._traffic.payload_format is PayloadFormat.JSON:
            self._add_json(device)
        else:
            self._add_plain(device)
        if len(self.data) > MAX_CYCLE_BYTES:
            raise PlanError("--devices", f"their messages need more than {MAX_CYCLE_BYTES >> 20} MiB; use fewer")

    def _value(self, metric: int) -> str:
        level = _LEVELS[metric % len(_LEVELS)]
        return f"{level + self._random.uniform(-0.05, 0.05) * level:.2f}"

    def _add_json(self, device: str) -> None:
        fields = [f'"{name}":{self._value(metric)}' for metric, name in enumerate(self._names)]
        lead = ""
        if self._traffic.stamp_key:
            lead = f'{{"{self._traffic.stamp_key}":'
            fields.insert(0, f'"{self._traffic.stamp_key}":{_STAMP}')
        self._append(device, "{" + ",".join(fields) + "}", len(lead))

    def _add_plain(self, device: str) -> None:
        for metric, name in enumerate(self._names):
            value = self._value(metric)
            payload = f"{_STAMP} {value}" if self._traffic.stamp_key else value
            self._append(f"{device}/{name}", payload, 0)

    def _append(self, topic: str, payload: str, stamp_at: int) -> None:
        body = payload.encode()
        self.data += encode_publish(topic.encode(), body, qos=self._traffic.qos, packet_id=len(self.ends) + 1)
        self.ends.append(len(self.data))
        if self._traffic.stamp_key:
            self.stamps.append(len(self.data) - len(body) + stamp_at)
