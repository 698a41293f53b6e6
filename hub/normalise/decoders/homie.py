"""Homie 4 and 5: devices, nodes and properties, each value on a topic of its own.

What a property holds is told by its attributes (Homie 4) or by its device's description (Homie 5). Whichever comes
first, the values become the same: their topics are claimed anew when something explains them.

References:
    Normalisation section 7; the Homie convention 4.0.0 and 5.0; its legacy extensions for firmware and statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.core.units import canonical
from hub.normalise.decoders.bases import Bases
from hub.normalise.decoders.documents import mapping, text_of
from hub.normalise.decoders.homie_devices import LOST, STATES, Devices, Place, Property, datatype
from hub.normalise.decoders.homie_values import Value
from hub.normalise.decoders.protocol import About, Claim, Decoded, Topic, nothing
from hub.normalise.names import label, snake_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.normalise.decoders.homie_devices import News
    from hub.normalise.decoders.protocol import Message

MAX_WAITING = 20_000
"""Topics that look like values of domains nobody has heard of yet; further ones stay what they were taken for."""
MAX_WAITING_CHARACTERS = 256
"""A longer topic does not wait, so that those that do have a bound in memory, too."""
MAX_DOMAINS = 100
"""Other domains than the usual one that are kept; when full, values of further ones are not read as Homie's,
which is a rejection of what told of them."""

_FIVE = "5"
_FOUND_BY = ("$description", "$state")
_LEVELS_TO_ATTRIBUTE = 4
_LEVELS_TO_VALUE = 5
_STATISTICS = {
    "uptime": "s",
    "interval": "s",
    "cpuload": "%",
    "battery": "%",
    "signal": "%",
    "cputemp": "°C",
    "freeheap": "B",
    "supply": "V",
}
"""Units of the legacy extension for statistics."""
_ABOUT = {
    ("$mac",): "mac",
    ("$localip",): "ip",
    ("$implementation",): "implementation",
    ("$fw", "name"): "firmware",
    ("$fw", "version"): "firmware_version",
}
"""Attributes of a device that people may want to see."""
_NOT_KEPT = Rejection("limit", f"More than {MAX_DOMAINS} domains with Homie devices; values of others are plain ones.")
_WORDS = {word: word for word in STATES}
_SWITCHES = {"true": "ready", "false": LOST}


class Homie:
    """Claims what lies below ``homie/``, and below any ``<domain>/5/`` where a device was seen.

    Args:
        bases: where devices publish; Homie 5 ones below them under ``5/``.
    """

    name = "homie"

    def __init__(self, bases: tuple[str, ...] = ("homie",)) -> None:
        self._bases = Bases(bases)
        self._domains: dict[str, None] = {}
        self._waiting: dict[str, dict[str, None]] = {}
        self._waits = 0
        self.devices = Devices()

    @property
    def kept(self) -> int:
        """How many devices, properties of them, and topics that may turn out to be values."""
        return sum(self.devices.kept) + self._waits

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a Homie topic are read.

        Args:
            topic: to be claimed.
        """
        below = self._bases.below(topic)
        if below is not None:
            base, levels = topic.name.removesuffix("/".join(below.levels)), below.levels
            five = levels[0] == _FIVE
            if five:
                base, levels = f"{base}{_FIVE}/", levels[1:]
            return self._claim(base, levels, below.within, five=five)
        if topic.levels[1:2] != (_FIVE,):
            return None
        domain, levels = topic.levels[0], topic.levels[2:]
        if domain in self._domains or (len(topic.levels) == _LEVELS_TO_ATTRIBUTE and levels[1] in _FOUND_BY):
            return self._claim(f"{domain}/{_FIVE}/", levels, "", five=True)
        is_short = len(topic.name) <= MAX_WAITING_CHARACTERS
        if len(topic.levels) == _LEVELS_TO_VALUE and is_short and self._waits < MAX_WAITING:
            waiting = self._waiting.setdefault(domain, {})
            self._waits += topic.name not in waiting
            waiting[topic.name] = None
        return None

    def know(self, base: str, decoded: Decoded) -> None:
        """Remember that devices publish in a domain; what came before anybody knew is explained by that.

        Args:
            base: of a device; what lies below the bases is known without it.
            decoded: takes the topics, or why the domain's values are not read: there is no room.
        """
        domain, _, below = base.partition("/")
        if below != f"{_FIVE}/" or domain in self._domains or self._bases.below(Topic(f"{base}$")) is not None:
            return
        if len(self._domains) >= MAX_DOMAINS:
            decoded.rejections.append(_NOT_KEPT)
            return
        self._domains[domain] = None
        waiting = self._waiting.pop(domain, {})
        self._waits -= len(waiting)
        decoded.renewed = tuple(dict.fromkeys((*decoded.renewed, *waiting)))

    def _claim(self, base: str, levels: tuple[str, ...], within: str, *, five: bool) -> Claim | None:
        """Return how a topic is read, by its levels from the device's id on."""
        if not levels:
            return None
        own, rest = levels[0], levels[1:]
        place = Place(base, own, within + own)
        if any(level.startswith("$") for level in levels):
            return self._claim_attribute(place, rest, five=five)
        match rest:
            case (*_, "set"):
                return Claim(self.name, "7 Homie: what somebody sets is no reading", nothing)
            case (node, name):
                return self._claim_value(place, (node, name), self.devices.property_of(place, f"{node}/{name}"))
        return None

    def _claim_attribute(self, place: Place, rest: tuple[str, ...], *, five: bool) -> Claim:
        """Return how an attribute is read."""
        read: Callable[[Message], Decoded] = nothing
        rule = "7 Homie attributes are no readings"
        match rest:
            case _ if place.id.startswith("$"):
                rule = "7 Homie broadcasts are no readings"
            case ("$state",):
                rule, read = "7 Homie $state: the device's status", _State(self, place, _WORDS).read
            case ("$description",) if five:
                rule, read = "7 Homie 5 $description: what the properties hold", _Description(self, place).read
            case ("$online",) if not five:
                rule, read = "7 Homie 2 $online: the device's status", _State(self, place, _SWITCHES).read
            case ("$stats", name):
                return self._claim_value(place, ("stats", name), Property(None, _STATISTICS.get(name)))
            case (node, name, "$datatype" | "$unit" as kind) if not five and "$" not in (node[:1], name[:1]):
                rule, read = f"7 Homie 4 {kind}: what the property holds", _Attribute(self, place, rest).read
            case ("$name",) if not five:
                rule, read = "7 Homie 4 $name: what the device is called", _About(place, "").read
            case _ if not five and rest in _ABOUT:
                rule, read = "7 Homie 4 attributes tell what the device is", _About(place, _ABOUT[rest]).read
        return Claim(self.name, rule, read)

    def _claim_value(self, place: Place, names: tuple[str, str], told: Property) -> Claim:
        """Return how a property is read."""
        value = Value(place.device, tuple(map(snake_case, names)), told)
        unit = f" in {told.unit}" if told.unit else ""
        held = f"it is described as {told.datatype}" if told.datatype else "nobody tells its datatype"
        rule = f"7 Homie: node and property are the metric; {held}{unit}"
        return Claim(self.name, rule, value.read, planned=True, guarded=value.is_text)


@dataclass(frozen=True, slots=True)
class _State:
    """Reads what a device says of itself, or its will."""

    homie: Homie
    place: Place
    words: dict[str, str]

    def read(self, message: Message) -> Decoded:
        """Return the statuses that follow; a word that Homie does not know says nothing."""
        text = text_of(message)
        if isinstance(text, Rejection):
            return Decoded(undecoded=text)
        word = self.words.get(text.strip().lower(), "")
        if text and not word:
            return Decoded()
        if message.trial:
            return _decoded(Devices().say(self.place, word))
        decoded = _decoded(self.homie.devices.say(self.place, word))
        if word:
            self.homie.know(self.place.base, decoded)
        return decoded


@dataclass(frozen=True, slots=True)
class _Description:
    """Reads a Homie 5 description."""

    homie: Homie
    place: Place

    def read(self, message: Message) -> Decoded:
        """Return what is explained by it."""
        root = mapping(message)
        if isinstance(root, Rejection):
            return Decoded(undecoded=root)
        if message.trial:
            return Decoded()
        decoded = _decoded(self.homie.devices.describe(self.place, root))
        if root:
            self.homie.know(self.place.base, decoded)
        info = tuple((key, text) for key in ("type", "homie") if (text := label(root.get(key))) is not None)
        about = About(self.place.device, name=label(root.get("name")), info=info)
        if about != About(self.place.device):
            decoded.about.append(about)
        return decoded


@dataclass(frozen=True, slots=True)
class _Attribute:
    """Reads the datatype or the unit of a Homie 4 property."""

    homie: Homie
    place: Place
    levels: tuple[str, ...]

    def read(self, message: Message) -> Decoded:
        """Return what is explained by it."""
        text = text_of(message)
        if isinstance(text, Rejection):
            return Decoded(undecoded=text)
        if message.trial:
            return Decoded()
        node, name, kind = self.levels
        devices, key = self.homie.devices, f"{node}/{name}"
        if kind == "$unit":
            return _decoded(devices.attribute(self.place, key, unit=canonical(text)))
        return _decoded(devices.attribute(self.place, key, datatype=datatype(text)))


@dataclass(frozen=True, slots=True)
class _About:
    """Reads what a device is; its name, if ``key`` is empty."""

    place: Place
    key: str

    def read(self, message: Message) -> Decoded:
        """Return what it is."""
        text = text_of(message)
        if isinstance(text, Rejection):
            return Decoded(undecoded=text)
        shown = label(text)
        if shown is None:
            return Decoded()
        if self.key:
            return Decoded(about=[About(self.place.device, info=((self.key, shown),))])
        return Decoded(about=[About(self.place.device, name=shown)])


def _decoded(news: News) -> Decoded:
    """Return what follows from a message about a device."""
    return Decoded(
        statuses=list(news.statuses),
        rejections=list(news.rejections),
        renewed=news.renewed,
        reclaimed=news.reclaimed,
    )
