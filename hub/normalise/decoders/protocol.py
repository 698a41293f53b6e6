"""The decoder protocol: what a decoder is asked, and what it answers.

A decoder *claims* topics. It is asked once for each topic, the claim is kept, and from then on the claim reads that
topic's messages. Decoders for other ecosystems come as packages: an entry point of the group
``telemetry_hub.decoders`` names a callable without arguments that returns a :class:`Decoder`, a :class:`Format` or an
:class:`Assigned`.

A decoder speaks of devices by the ids of its ecosystem; the hub puts the decoder's prefix before them (G0), checks
values and times (G14, G15) and handles retained messages (G12). A decoder never raises for what a device sent; should
it do so nevertheless, the message is quarantined and the next one is not affected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

from hub.normalise import content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.core.model import Rejection, Status, Value
    from hub.core.raw import Request
    from hub.normalise.content import Content

GROUP = "telemetry_hub.decoders"
"""The entry-point group of other people's decoders."""


class Collapse(NamedTuple):
    """An object that is one value, ``{"value": 21.5, "unit": "°C"}``.

    Args:
        keys: all its keys, in order.
        value_key: the one that holds the value.
        unit_key: the one that holds the unit.
        unit: as it is written there.
    """

    keys: tuple[str, ...]
    value_key: str
    unit_key: str
    unit: str | None


Step: TypeAlias = tuple[str | None, str | int | Collapse]
"""One step into a document: the key of the time that its object carries or None, and the key or index taken. The last
may be an object that is one value."""


class Sample(NamedTuple):
    """One value, as a decoder gives it.

    Args:
        device: the ecosystem's own id.
        metric: dotted snake_case name.
        value: typed; None for a key that holds no value now (it is planned, not read).
        unit: canonical symbol, None where nothing tells it; only numbers keep theirs.
        time_us: the device's time, None where it tells none; :data:`hub.normalise.times.UNSET` likewise.
        historical: True for a stored sample, which never replaces the current value.
        offset_us: with ``time_us`` None, the time relative to the receive time.
        path: how the value is reached by keys alone, whatever else the document holds; then later documents of the same
            topic are read without asking the decoder again. None if reading it takes more.
        kind: what it measures, a name that :func:`hub.core.kinds.known` gives, where the ecosystem says so; None leaves
            it to unit and name. What does not go with its unit or type is dropped.
    """

    device: str
    metric: str
    value: Value | None
    unit: str | None = None
    time_us: int | None = None
    historical: bool = False
    offset_us: int = 0
    path: tuple[Step, ...] | None = None
    kind: str | None = None


class Skip(NamedTuple):
    """A key that holds no reading, so that a plan can pass it by.

    Args:
        path: how it is reached by keys alone.
        only: the one text under it for which the samples beside it are what they are (``TempUnit``); None where it does
            not matter what it holds.
    """

    path: tuple[Step, ...]
    only: str | None = None


class Said(NamedTuple):
    """What a device, its will or its ecosystem says about its connection.

    Args:
        device: the ecosystem's own id.
        status: as it was said.
        reason: ``availability``, ``will``, ``birth``, ``death``, ``join``, …
        decoder: whose device it is, where it is another one's than the message's; empty for the same.
    """

    device: str
    status: Status
    reason: str = "availability"
    decoder: str = ""


class About(NamedTuple):
    """What became known about a device itself.

    Args:
        device: the ecosystem's own id.
        name: a friendly name.
        place: a friendly place.
        model: maker and model.
        info: whatever else, by name.
    """

    device: str
    name: str | None = None
    place: str | None = None
    model: str | None = None
    info: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Decoded:
    """What one message says.

    Args:
        samples: in the order of the message.
        skipped: keys that hold no reading, if samples have paths.
        statuses: in order.
        about: what it tells about devices themselves.
        rejections: parts of it that could not be read; the rest counts.
        undecoded: why nothing of it could be read.
        renewed: topics that this message explains, such as a discovery entry or a birth: they are claimed anew, and
            their last message is decoded again.
        reclaimed: topics that are no longer what they were, such as those of a device that moved or was removed: they
            are claimed anew, and their last message counts as it was read.
        requests: what the hub should publish because of it.
        decoder: the decoder that read it, where it is another than the claim's.
        rule: the rule that was applied, where it is another than the claim's.
    """

    samples: list[Sample] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    statuses: list[Said] = field(default_factory=list)
    about: list[About] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    undecoded: Rejection | None = None
    renewed: tuple[str, ...] = ()
    reclaimed: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    decoder: str = ""
    rule: str = ""


@dataclass(slots=True)
class Topic:
    """A topic to be claimed.

    Args:
        name: valid, without wildcards.
    """

    name: str
    levels: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Split it once."""
        self.levels = tuple(self.name.split("/"))


@dataclass(slots=True)
class Message:
    """A message of a claimed topic.

    Args:
        topic: its topic.
        payload: its bytes.
        content_type: MQTT 5's property, empty without one.
        retained: True if it came with the retain flag.
        received_us: when it was received.
        trial: True if somebody only wants to see what it would become: remember nothing from it.
    """

    topic: Topic
    payload: bytes
    content_type: str = ""
    retained: bool = False
    received_us: int = 0
    trial: bool = False
    _content: Content | None = None

    @property
    def content(self) -> Content:
        """What its bytes are; found out at the first look."""
        if self._content is None:
            self._content = content.read(self.payload, self.content_type)
        return self._content


@dataclass(frozen=True, slots=True)
class Claim:
    """A decoder's answer for one topic.

    Args:
        decoder: its name: the source of the devices, and what the prefix is looked up by.
        rule: the rule, with the number of its section, for people who ask where a value comes from.
        read: reads a message. It must not raise for anything a device can send.
        planned: True if samples with a path may be read without asking again.
        guarded: True if a new text must be shown to ``read``, because it could be more than a value.
        telling: keys under which no text, object or array may be planned, because it may say what the others mean.
        device: the ecosystem's own id of the one device whose values they are, where the topic alone says it and others
            may ask for it.
    """

    decoder: str
    rule: str
    read: Callable[[Message], Decoded]
    planned: bool = False
    guarded: bool = False
    telling: frozenset[str] = frozenset()
    device: str | None = None


Find: TypeAlias = "Callable[[Topic], Claim]"
"""Returns who reads a topic."""


@runtime_checkable
class Decoder(Protocol):
    """Knows the language of one ecosystem.

    It may keep state of its devices (births, discovery entries), and is :class:`Remembering` then; it is asked from one
    task only.
    """

    @property
    def name(self) -> str:
        """Short lower-case name, also the default prefix of its device ids."""

    def claim(self, topic: Topic) -> Claim | None:
        """Return how messages of a topic are read, None if they are not this decoder's.

        Args:
            topic: to be claimed.
        """


@runtime_checkable
class Explainer(Protocol):
    """A decoder that also knows what the topics of others mean.

    It is asked for every topic that the configuration gives nobody else.
    """

    def explanation(self, topic: Topic, claim: Claim, find: Find) -> Claim:
        """Return how messages of a topic are read; the claim itself where nothing is known of the topic.

        Args:
            topic: to be claimed.
            claim: of the decoder that claims it, or of the general rules.
            find: returns that claim for any topic.
        """


@runtime_checkable
class Remembering(Protocol):
    """A decoder that keeps something of its devices, within bounds; people can see how much."""

    @property
    def kept(self) -> int:
        """How many devices, entries, births or the like it remembers."""


@runtime_checkable
class Format(Protocol):
    """A decoder that recognises its messages by their payload; asked where nobody claims the topic."""

    @property
    def name(self) -> str:
        """Short lower-case name, also the default prefix of its device ids."""

    @property
    def telling(self) -> frozenset[str]:
        """Keys of which each of its documents has one, with a text, an object or an array under it.

        A document with such a thing is looked at each time, for what its other keys mean depends on it.
        """

    def recognise(self, message: Message) -> Decoded | None:
        """Return what a message says, None if it is not of this format.

        Args:
            message: of a topic that no decoder claims.
        """


@runtime_checkable
class Assigned(Protocol):
    """A decoder of payloads that nothing tells from any other bytes; asked where the configuration gives it a topic."""

    @property
    def name(self) -> str:
        """Short lower-case name, also the default prefix of its device ids."""

    def assigned(self, topic: Topic) -> Claim:
        """Return how messages of a topic are read.

        Args:
            topic: that the configuration gives this decoder.
        """


AnyDecoder: TypeAlias = Decoder | Format | Assigned
"""What the hub can be given."""


def nothing(_: Message) -> Decoded:
    """Read a message that is known and tells nothing: no reading and no error."""
    return Decoded()


def installed() -> Iterator[AnyDecoder]:
    """Yield the decoders and formats that other packages registered, in order of their names.

    Raises:
        Exception: whatever a package raises when it is loaded; a decoder that cannot be made stops the start.
    """
    for entry in _entries():
        yield entry.load()()


@cache
def _entries() -> tuple[EntryPoint, ...]:
    """Return the registered entry points; looking for them reads a file of every installed package."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda entry: entry.name))
