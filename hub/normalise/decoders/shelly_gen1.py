"""Shelly Gen1: a topic for each value, below ``shellies/<id>/``.

The owner of a device may choose its id, with slashes in it; only its announcement, and whether it is online, tell how
many levels it has. So the ids that were told are kept, and topics that were read as another device's are claimed anew.

References:
    Normalisation section 5; Shelly API documentation, Gen1: MQTT support.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.normalise.content import Document
from hub.normalise.decoders.documents import mapping, said, scalar
from hub.normalise.decoders.protocol import Claim, Decoded, nothing
from hub.normalise.decoders.shelly_gen2 import described
from hub.normalise.decoders.shelly_units import gen1_unit
from hub.normalise.flatten import Dialect, Flattener
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from hub.normalise.decoders.bases import Bases
    from hub.normalise.decoders.protocol import Message, Topic

MAX_ANNOUNCED = 10_000
"""Ids with a slash that are kept; when full, further ones are refused, which is a rejection of their announcement."""
MAX_ID_CHARACTERS = 256
"""A longer id is none."""
MAX_WAITING = 20_000
"""Topics that are remembered until an announcement explains them; when full, the first that came goes."""

WORDS = {"true": Status.ONLINE, "false": Status.OFFLINE}
"""What devices of all generations say on ``online``."""
_DIALECT = Dialect(time_keys=(), unit_of=gen1_unit)
"""A motion sensor's ``timestamp`` is that of the last motion, so it is a value."""
_NOT_KEPT = Rejection(
    "limit", f"More than {MAX_ANNOUNCED} Shelly devices have ids with slashes; further ones are not told apart."
)


class Gen1:
    """Claims the topics of Gen1 devices.

    Args:
        name: of the decoder.
        bases: ``shellies``, and others it is bridged to.
    """

    def __init__(self, name: str, bases: Bases) -> None:
        self._name = name
        self._bases = bases
        self._announced: dict[str, None] = {}
        self._waiting: dict[str, None] = {}
        self.forgotten = 0
        """Topics that went from the waiting ones for want of room."""

    @property
    def kept(self) -> int:
        """How many ids with slashes are kept."""
        return len(self._announced)

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a Gen1 topic are read.

        Args:
            topic: to be claimed.
        """
        below = self._bases.below(topic)
        if below is None:
            return None
        levels = below.levels
        base = topic.name.removesuffix("/".join(levels))
        if levels[-1] == "announce":
            read = _Announcement(self, base, below.within).read
            return Claim(self._name, "5 Shelly Gen1 announcement: which ids there are", read)
        if len(levels) > 1 and levels[-1] == "online":
            read = _Online(self, base, "/".join(levels[:-1]), below.within).read
            return Claim(self._name, "5 Shelly Gen1 online: the status of the levels before it", read)
        quiet = _quiet(levels)
        if quiet:
            return Claim(self._name, quiet, nothing)
        size = self._id_size(base, levels)
        if len(levels) == size:
            return None
        device, parts = below.within + "/".join(levels[:size]), tuple(map(snake_case, levels[size:]))
        rule = "5 Shelly Gen1: the id is the device, the levels after it are the metric"
        return Claim(self._name, rule, _Value(self, device, parts).read, planned=True)

    def wait(self, message: Message) -> None:
        """Remember that a topic may turn out to be another device's.

        Args:
            message: of a Gen1 topic.
        """
        name = message.topic.name
        if message.trial or name in self._waiting:
            return
        if len(self._waiting) >= MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
            self.forgotten += 1
        self._waiting[name] = None

    def explain(self, decoded: Decoded, device: str, base: str) -> Decoded:
        """Keep an id; return what its message says, with the topics to claim anew, or why it is not kept.

        Args:
            decoded: what its message says.
            device: as it was told.
            base: the base topic, with a slash at its end.
        """
        full = base + device
        if "/" not in device or full in self._announced:
            return decoded
        if len(self._announced) < MAX_ANNOUNCED:
            self._announced[full] = None
            decoded.renewed = tuple(name for name in self._waiting if name.startswith(f"{full}/"))
        else:
            decoded.rejections.append(_NOT_KEPT)
        return decoded

    def _id_size(self, base: str, levels: tuple[str, ...]) -> int:
        """Return how many levels the id of a topic has: those of the longest announced one, else one."""
        for size in range(len(levels) - 1, 1, -1):
            if base + "/".join(levels[:size]) in self._announced:
                return size
        return 1


@dataclass(frozen=True, slots=True)
class _Announcement:
    """Reads who announces itself."""

    gen1: Gen1
    base: str
    within: str

    def read(self, message: Message) -> Decoded:
        """Return what a device tells of itself."""
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        device = root.get("id")
        if not isinstance(device, str) or not device.strip("/") or len(device) > MAX_ID_CHARACTERS:
            if not message.payload:
                return Decoded()
            return Decoded(undecoded=Rejection("unexpected_shape", 'A Shelly announces itself with its "id".'))
        if "gen" in root:
            return Decoded()  # a script of a Gen2 device; its prefix need not be its id
        decoded = Decoded(about=described(self.within + device, root))
        return decoded if message.trial else self.gen1.explain(decoded, device, self.base)


@dataclass(frozen=True, slots=True)
class _Online:
    """Reads whether a device is there."""

    gen1: Gen1
    base: str
    device: str
    within: str

    def read(self, message: Message) -> Decoded:
        """Return the status, which is also the device's will; where it stands, it tells the whole id."""
        decoded = said(message, self.within + self.device, WORDS)
        return self.gen1.explain(decoded, self.device, self.base) if decoded.statuses and not message.trial else decoded


@dataclass(frozen=True, slots=True)
class _Value:
    """Reads one value of a device, or the document in its place."""

    gen1: Gen1
    device: str
    parts: tuple[str, ...]

    def read(self, message: Message) -> Decoded:
        """Return what a topic holds."""
        self.gen1.wait(message)
        content = message.content
        if not isinstance(content, Document):
            return scalar(message, self.device, self.parts, _DIALECT)
        flattener = Flattener(self.device, _DIALECT)
        flattener.add(content.root, parts=self.parts, path=())
        return Decoded(flattener.samples, skipped=flattener.skipped, rejections=flattener.rejections)


def _quiet(levels: tuple[str, ...]) -> str:
    """Return why a topic tells nothing, empty if it does."""
    if "command" in levels or levels[-1] == "set":
        return "5 Shelly Gen1 commands tell nothing"
    return "5 Shelly Gen1 info repeats what other topics tell" if levels[-1] == "info" else ""
