"""Plans: what was learnt of a topic, so that its next message is read without asking anybody.

A topic's documents look alike. A plan leads from their keys straight to series; names, units, patterns and the
catalogue are asked once per key. :mod:`hub.normalise.planned` reads messages by it. Whatever a plan does not know for
sure - a new key, another type, a unit beside a number - raises :class:`Unplanned`; then the whole message goes the
general way (claim, flatten, admission), which gives the same readings and teaches the plan.

Why exactly the same: keys that can change what their neighbours mean (times, units) never become slots, except one time
key per object, under which the slots are other ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Datatype
from hub.normalise.decoders.protocol import Collapse
from hub.normalise.names import is_enumeration, is_identifier
from hub.normalise.values import classify, text_fault

if TYPE_CHECKING:
    from datetime import tzinfo

    from hub.core.model import Device, Series, Value
    from hub.normalise.decoders.protocol import Claim, Step, Topic

MAX_SLOTS = 5000
"""Keys that one plan learns; documents with ever new keys go the general way."""
MAX_TEXTS = 64
"""Texts whose meaning a slot remembers; forgotten all at once."""
MAX_KEPT_TEXT = 64
"""Longer texts, in characters, are seldom seen twice."""
KEPT_PAYLOAD_BYTES = 4096
"""How much of the last payload is kept to show it."""
HELD_PAYLOAD_BYTES = KEPT_PAYLOAD_BYTES + 1
"""How much of it a plan holds: one byte more says that it was longer."""
MAX_PLANNED_BYTES = 16_384
"""A longer payload might hold more readings than one message may, so it is counted on the general way."""

MAX_EMPTY_SLOTS = 500
"""Keys that a plan learns to hold no value; only the catalogue bounds the others."""
LIVE = (False, "")
"""How most messages come: without the retain flag, without a content type."""

_ACCEPTED: dict[Datatype, tuple[type, ...]] = {
    Datatype.BOOLEAN: (bool,),
    Datatype.INTEGER: (int,),
    Datatype.FLOAT: (float, int),
    Datatype.STRING: (str,),
    Datatype.MIXED: (float, int, bool, str),
}
_DIRECT = {datatype: tuple(kind for kind in kinds if kind is not str) for datatype, kinds in _ACCEPTED.items()}
"""One tuple for all slots of a type: what thousands of topics share stays in the processor's cache."""
_NO_TEXTS: dict[str, Value | None] = {}
"""Likewise; never written to."""


class Unplanned(KeyError):  # a KeyError, so that an unknown key and anything else unplanned are one case
    """The plan does not know what to do with a message."""


class Slot:
    """Where the values under one key go.

    Args:
        part: last part of the metric's name.
        guarded: True if a text that was not seen before must go the general way.
    """

    __slots__ = (
        "accept",
        "branch",
        "collapse",
        "folded",
        "guarded",
        "holds",
        "key",
        "only",
        "part",
        "skipped",
        "texts",
    )

    def __init__(self, part: str, *, guarded: bool) -> None:
        self.part = part
        self.guarded = guarded
        self.key = -1
        self.accept: tuple[type, ...] = ()
        self.holds: tuple[type, ...] = ()
        self.branch: Table | None = None
        self.collapse: Collapse | None = None
        self.folded: Slot | None = None
        self.texts: dict[str, Value | None] = _NO_TEXTS
        self.skipped = False
        self.only: str | None = None

    def skips(self, value: object) -> bool:
        """Return True if a value that is not read stands where none is to be read.

        Args:
            value: parsed JSON.

        Raises:
            Unplanned: another text stood there when the plan was made, and its neighbours' units came from it.
        """
        if self.only is not None and value != self.only:
            raise Unplanned
        return self.skipped

    def lead_to(self, series: Series) -> None:
        """Send values to a series, which has taken one of this key already.

        Args:
            series: its type says which values it takes without being asked.
        """
        if series.key != self.key:
            self.texts = _NO_TEXTS
        self.key = series.key
        self.holds = _ACCEPTED[series.datatype]
        self.accept = _DIRECT[series.datatype]

    def meaning(self, text: str) -> Value | None:
        """Return what a text means that was not seen before.

        Args:
            text: as it was sent.

        Raises:
            Unplanned: the series does not take it, or it must be looked at.
        """
        if self.skipped and self.skips(text):
            return None
        if self.guarded:
            raise Unplanned
        value = classify(text, self.part)
        if value is not None and (type(value) not in self.holds or (type(value) is str and text_fault(value))):
            raise Unplanned
        if type(value) not in (int, float) and len(text) <= MAX_KEPT_TEXT:
            if self.texts is _NO_TEXTS or len(self.texts) >= MAX_TEXTS:
                self.texts = {}
            self.texts[text] = value
        return value


_NO_SLOTS: dict[str | int, Slot] = {}


class Table:
    """The slots of one object or array of a topic's documents.

    Args:
        zone: in which its local times are, None if nobody knows.
    """

    __slots__ = ("device", "slots", "time_key", "timed", "zone")

    def __init__(self, zone: tzinfo | None = None) -> None:
        self.zone = zone
        self.slots: dict[str | int, Slot] = {}
        self.time_key: str | None = None
        self.timed: dict[str | int, Slot] = _NO_SLOTS
        self.device: Device | None = None

    def under(self, time_key: str | None) -> dict[str | int, Slot] | None:
        """Return the slots of objects with or without a time; None if they carry it under another key than before.

        Args:
            time_key: the key that told the time, None if none did.
        """
        if time_key is None:
            return self.slots
        if self.time_key is None:
            self.time_key, self.timed = time_key, {}
        return self.timed if self.time_key == time_key else None


_NO_TABLE = Table()
_NO_SLOT = Slot("", guarded=True)
"""What new plans share until they learn something; never written to, for most topics never need it."""
_NO_MEANINGS: dict[bytes, Value | None] = {}


class Plan:
    """Everything that is known of one topic; also the origin of its series.

    Args:
        subject: the topic, split.
        claim: who reads it.
        zone: in which its devices are, if they tell local times; None if nobody knows.

    ``planned`` is True once something was learnt; before, no message could be read by it. ``payload``, ``heard_us`` and
    ``manner`` (retain flag, content type) are those of its newest message.
    """

    __slots__ = (
        "claim",
        "decoder",
        "heard_us",
        "manner",
        "payload",
        "planned",
        "root",
        "rule",
        "scalar",
        "size",
        "subject",
        "texts",
        "zone",
    )

    def __init__(self, subject: Topic, claim: Claim, zone: tzinfo | None = None) -> None:
        self.subject = subject
        self.claim = claim
        self.zone = zone
        self.planned = False
        self.decoder = claim.decoder
        self.rule = claim.rule
        self.root = _NO_TABLE
        self.scalar = _NO_SLOT
        self.texts = _NO_MEANINGS
        self.size = 0
        self.payload = b""
        self.heard_us = 0
        self.manner = LIVE

    @property
    def topic(self) -> str:
        """The topic's name."""
        return self.subject.name

    @property
    def last_payload(self) -> bytes:
        """The start of the newest payload, at most 4 KiB."""
        return self.payload[:KEPT_PAYLOAD_BYTES]

    @property
    def has_learnt(self) -> bool:
        """True if any document of the topic was learnt from."""
        return self.root is not _NO_TABLE

    def learn(self, path: tuple[Step, ...], part: str, series: Series | None) -> None:
        """Remember where a path leads, after the general way went there.

        Args:
            path: the steps from the document's root.
            part: last part of the metric's name.
            series: what it leads to; None if no value was there.
        """
        if series is None and self.size >= MAX_EMPTY_SLOTS:
            return
        if not self.claim.telling.isdisjoint(key for _, key in path[:-1]):
            return
        steps, collapse = (path[:-1], path[-1][1]) if isinstance(path[-1][1], Collapse) else (path, None)
        slot = self._reach(steps, part, None if series is None else series.device)
        if slot is not None and isinstance(collapse, Collapse):
            if slot.folded is None:
                slot.folded = Slot(part, guarded=self.claim.guarded)
            slot.collapse = collapse
            slot = slot.folded
        if slot is not None and series is not None:
            slot.part = part
            slot.lead_to(series)

    def learn_skip(self, path: tuple[Step, ...], only: str | None) -> None:
        """Remember that a key holds no reading, after the general way passed it by.

        Args:
            path: the steps from the document's root.
            only: the one text for which the plan holds; None for whatever stands there.
        """
        slot = self._reach(path, "", None)
        if slot is not None:
            slot.skipped, slot.only, slot.accept = True, only, ()

    def learn_scalar(self, payload: bytes, part: str, value: Value | None, series: Series | None) -> None:
        """Remember what a payload that is no document means.

        Args:
            payload: the bytes.
            part: last part of the metric's name.
            value: what it was read as, None for no value.
            series: where it went, None if no value was there.
        """
        if self.scalar is _NO_SLOT:
            self.scalar, self.planned = Slot(part, guarded=self.claim.guarded), True
        scalar = self.scalar
        scalar.part = part
        if series is not None:
            if scalar.key not in (-1, series.key):
                self.texts = _NO_MEANINGS
            scalar.lead_to(series)
            if scalar.guarded or is_identifier(part):
                scalar.accept = ()
            elif is_enumeration(part):
                scalar.accept = tuple(kind for kind in scalar.accept if kind is not bool)
        if type(value) not in (int, float) and 0 < len(payload) <= MAX_KEPT_TEXT:
            if self.texts is _NO_MEANINGS or len(self.texts) >= MAX_TEXTS:
                self.texts = {}
            self.texts[payload] = value

    def _reach(self, steps: tuple[Step, ...], part: str, device: Device | None) -> Slot | None:
        """Return the slot at the end of some steps; None if there is no room, or a time stands under another key."""
        if self.root is _NO_TABLE:
            self.root, self.planned = Table(self.zone), True
        table: Table | None = self.root
        slot: Slot | None = None
        for time_key, key in steps:
            if table is None and slot is not None:
                table = slot.branch = Table(self.zone)
            slots = None if table is None else table.under(time_key)
            slot = None if slots is None else self._slot(slots, key, part)
            if slot is None or table is None:
                return None
            if device is not None:
                table.device = device
            table = slot.branch
        return slot

    def _slot(self, slots: dict[str | int, Slot], key: str | int | Collapse, part: str) -> Slot | None:
        """Return the slot of a key, made now if there is room."""
        if isinstance(key, Collapse):
            return None
        slot = slots.get(key)
        if slot is None and self.size < MAX_SLOTS:
            self.size += 1
            slot = slots[key] = Slot(part, guarded=self.claim.guarded or key in self.claim.telling)
        return slot
