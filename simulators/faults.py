"""What goes wrong with devices, as a scenario says it, and when.

A fault concerns some devices during windows of time. During a window its kind does the damage: `device` applies what
changes values and messages, `fleet` what changes connections and cadence.
"""

from fnmatch import fnmatchcase
from random import Random
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from simulators.signals import NotNegative, Positive
from simulators.topics import is_filter, matches


def _filter(text: str) -> str:
    if not is_filter(text):
        message = "must be a topic filter such as harbour/# or campus/+/pv-1"
        raise ValueError(message)
    return text


Share = Annotated[float, Field(gt=0, le=1)]


class FaultSpec(BaseModel):
    """What every fault says: whom it concerns and when."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    devices: Annotated[str, AfterValidator(_filter)] = "#"
    share: Share = 1
    """Which part of these devices has the fault at all."""
    after_s: NotNegative = 0
    """When its first window begins."""
    for_s: NotNegative = 0
    """How long a window is; 0 without end."""
    every_s: NotNegative = 0
    """From one window's beginning to the next; 0 only once."""

    def matches(self, device: str) -> bool:
        """Whether the fault can concern a device.

        Args:
            device: Its id.
        """
        return matches(self.devices, device)

    def window(self, elapsed_s: float) -> int | None:
        """The number of the window that is open at a time, from 0, or nothing.

        Args:
            elapsed_s: Since the fleet began.
        """
        since_s = elapsed_s - self.after_s
        if since_s < 0:
            return None
        number = int(since_s // self.every_s) if self.every_s else 0
        since_s -= number * self.every_s
        return number if not self.for_s or since_s < self.for_s else None

    def edge_after(self, elapsed_s: float) -> float | None:
        """When a window next opens or closes after a time, if ever.

        Args:
            elapsed_s: Since the fleet began.
        """
        if elapsed_s < self.after_s:
            return self.after_s
        number = int((elapsed_s - self.after_s) // self.every_s) if self.every_s else 0
        opened_s = self.after_s + number * self.every_s
        if self.for_s and elapsed_s < opened_s + self.for_s:
            return opened_s + self.for_s
        return opened_s + self.every_s if self.every_s else None


class _WindowFault(FaultSpec):
    probability: Share = 1
    """How likely a window is to happen."""


class _MetricFault(_WindowFault):
    metrics: str = "*"
    """Which metrics, as a glob."""

    def touches(self, metric: str) -> bool:
        """Whether a metric has this fault.

        Args:
            metric: Its name.
        """
        return fnmatchcase(metric, self.metrics)


class _MessageFault(FaultSpec):
    probability: Share = 0.1
    """How likely a message is to have it while a window is open."""


class Dropout(_WindowFault):
    """The device is silent, and nobody says so."""

    kind: Literal["dropout"]


class Offline(_WindowFault):
    """The device's connection breaks without goodbye, so the broker delivers its will."""

    kind: Literal["offline"]


class Burst(_WindowFault):
    """The device publishes more often than usual."""

    kind: Literal["burst"]
    factor: float = Field(default=20, gt=1, le=1000)


class ClockSkew(_WindowFault):
    """The device's clock is wrong, so its timestamps are."""

    kind: Literal["clock"]
    ahead_s: float
    """Negative: behind."""


class Drift(_MetricFault):
    """Numbers move away from the truth as long as the window is open."""

    kind: Literal["drift"]
    per_min: float


class Stuck(_MetricFault):
    """Values stay as they were when the window opened."""

    kind: Literal["stuck"]


class Null(_MetricFault):
    """Values are null, plainly `unavailable`."""

    kind: Literal["null"]


class NotANumber(_MetricFault):
    """Numbers are NaN, Infinity and -Infinity in turn, as careless encoders write them."""

    kind: Literal["nan"]


class WrongType(_MetricFault):
    """Values are of another type than usual: text for numbers, a number for text."""

    kind: Literal["type"]


class Duplicate(_MessageFault):
    """A message comes twice."""

    kind: Literal["duplicate"]


class Late(_MessageFault):
    """A message comes after newer ones; its timestamp says when it was measured."""

    kind: Literal["late"]
    by_s: Positive = 10


class Malformed(_MessageFault):
    """A message's payload is broken: cut off, random bytes, or wrong UTF-8."""

    kind: Literal["malformed"]


class BadTopic(_MessageFault):
    """A message comes a second time on a topic no device should use, over a connection of its own.

    Brokers close a connection for some of these topics, which must not take the others' readings along.
    """

    kind: Literal["topic"]


Fault = Annotated[
    Dropout
    | Offline
    | Burst
    | ClockSkew
    | Drift
    | Stuck
    | Null
    | NotANumber
    | WrongType
    | Duplicate
    | Late
    | Malformed
    | BadTopic,
    Field(discriminator="kind"),
]


class FaultState:
    """One fault at one device: whether it is active, decided by the seed once for each window."""

    __slots__ = ("_decided", "_key", "random", "spec")

    def __init__(self, spec: Fault, key: str) -> None:
        """Begin with nothing decided.

        Args:
            spec: The fault.
            key: Seed, device and fault in one text; the same key gives the same course.
        """
        self.spec = spec
        self.random = Random(key)
        self._key = key
        self._decided: tuple[int, bool] | None = None

    def active(self, elapsed_s: float) -> bool:
        """Whether a window is open and, for faults of windows, happens.

        Args:
            elapsed_s: Since the fleet began.
        """
        number = self.spec.window(elapsed_s)
        if number is None:
            return False
        if isinstance(self.spec, _MessageFault):
            return True
        if self._decided is None or self._decided[0] != number:
            self._decided = number, Random(f"{self._key}/{number}").random() < self.spec.probability
        return self._decided[1]

    def strikes(self, elapsed_s: float) -> bool:
        """Whether a message of now has it; draws once for each message while a window is open.

        Args:
            elapsed_s: Since the fleet began.
        """
        return self.active(elapsed_s) and self.random.random() < self.spec.probability


def break_payload(payload: bytes, random: Random) -> bytes:
    """A payload no decoder can make sense of.

    Args:
        payload: The sound one.
        random: Chooses how it is broken and where.
    """
    match random.randrange(4):
        case 0:
            return payload[: random.randrange(1, max(2, len(payload)))].rstrip(b"}") + b"{"
        case 1:
            return b'{"value": ' + random.randbytes(6) + b"\xff}"
        case 2:
            return b"\xfe\xff" + random.randbytes(24)
        case _:
            return payload.replace(b'"', b"'") + b"}" if payload.startswith(b"{") else b"\xc3\x28\xa0\xa1"


def bad_topics(topic: bytes) -> tuple[bytes, ...]:
    """Topics made of a sound one that brokers refuse or consumers stumble over.

    Args:
        topic: The sound one.

    References:
        MQTT 3.1.1 §1.5.3 (UTF-8), §4.7.1 (wildcards are not allowed in topic names), §4.7.3.
    """
    return (
        topic + b"//",
        b"/" + topic,
        topic + b"/ /\xe2\x80\xae",
        topic + b"/+/#",
        topic + b"/\x01\x02",
        topic + b"/\xff\xfe",
        topic + b"/" + b"long" * 500,
    )
