"""SenML: packs of measurements in JSON or CBOR, recognised by their labels, whatever the topic.

References:
    Normalisation section 9; RFC 8428 (SenML), RFC 9100 (versions), RFC 9193 (content formats).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Final

from hub.core.model import Rejection
from hub.normalise import times
from hub.normalise.binary import Encoding
from hub.normalise.content import Document
from hub.normalise.decoders.documents import cut
from hub.normalise.decoders.json import device_of
from hub.normalise.decoders.protocol import Decoded, Sample
from hub.normalise.decoders.senml_labels import number_of, scanned
from hub.normalise.decoders.senml_names import subject
from hub.normalise.flatten import MAX_PLACES, MAX_READINGS, MAX_REJECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.core.model import Value
    from hub.normalise.content import Json
    from hub.normalise.decoders.protocol import Message

MAX_VERSION: Final = 10
"""The version of RFC 8428."""
SECONDARY_UNITS: Final = 16
"""Feature bit of the version (RFC 9100 §4): units of RFC 8798 may be used."""
ABSOLUTE_US: Final = 2**28 * 1_000_000
"""From here on a time counts from 1970, below from now (RFC 8428 §4.5.3)."""

_RULE = "9 SenML: what stands before the last : or / of base name and name is the device, the rest is the metric"
_TYPES = frozenset(
    f"application/{name}" for name in ("senml+json", "sensml+json", "senml+cbor", "sensml+cbor", "senml-etch+json")
)
_NUMBERS = {
    "-1": "bver",
    "-2": "bn",
    "-3": "bt",
    "-4": "bu",
    "-5": "bv",
    "-6": "bs",
    "0": "n",
    "1": "u",
    "2": "v",
    "3": "vs",
    "4": "vb",
    "5": "s",
    "6": "t",
    "7": "ut",
    "8": "vd",
}
"""What the labels are in CBOR (RFC 8428 §6)."""
_BASE = frozenset({"bver", "bn", "bt", "bu", "bv", "bs", "bct"})
_VALUES = frozenset({"v", "vs", "vb", "vd"})
_OTHER_VALUES = _VALUES - {"v"}
_NUMERIC = (float, int)
_sample = tuple.__new__
_BEYOND_US = 10**17
"""A larger time would be no count of seconds; its magnitude tells what it counts."""
_ENDLESS_S = 10**20
_SHOWN_CHARACTERS = 100


class SenML:
    """Recognises SenML packs and single records."""

    name = "senml"
    telling = frozenset({"n", "bn", "0", "-2"})
    """Name and base name, in CBOR by number."""

    def recognise(self, message: Message) -> Decoded | None:
        """Return what a message says, None if it is no SenML.

        Args:
            message: of a topic that no decoder claims.
        """
        content = message.content
        if not isinstance(content, Document):
            return None
        media_type = message.content_type
        declared = media_type != "" and media_type.partition(";")[0].strip().lower() in _TYPES
        records = _records(content, declared=declared)
        if records is None:
            fault = Rejection("unexpected_shape", "The content type says SenML, but this is no list of its records.")
            return Decoded(undecoded=fault) if declared else None
        single = isinstance(content.root, dict)
        scan = scanned(records, single=single)
        if not declared and not scan.is_pack(single=single):
            return None
        fault_of_pack = _fault(records, scan.unknown)
        if fault_of_pack is not None:
            return Decoded(undecoded=fault_of_pack, rule=_RULE)
        decoded = _Pack(device_of(message.topic)).read(records)
        if not single and len(content.root) > len(records):
            detail = f"More than {MAX_PLACES} SenML records in one message; the rest is not looked at."
            decoded.rejections.append(Rejection("too_many", detail))
        return decoded


def _records(document: Document, *, declared: bool) -> list[dict[str, Json]] | None:
    """Return a document's first records, with the labels as JSON has them; None if they are anything else."""
    root = document.root
    elements: Iterable[Json] = [root] if isinstance(root, dict) else root[:MAX_PLACES]
    records: list[dict[str, Json]] = []
    renamed = document.encoding is Encoding.CBOR
    for element in elements:
        if not isinstance(element, dict):
            return None
        records.append({_NUMBERS.get(key, key): member for key, member in element.items()} if renamed else element)
    return records if declared or records else None


def _fault(records: list[dict[str, Json]], unknown: str) -> Rejection | None:
    """Return why a pack must not be read at all, None if it may be."""
    if unknown:
        detail = f"The SenML label {unknown[:_SHOWN_CHARACTERS]!r} has to be understood, and is not."
        return Rejection("unsupported_format", detail)
    for record in records:
        version = number_of(record["bver"]) if "bver" in record else None
        if version is not None and version > MAX_VERSION and version != MAX_VERSION + SECONDARY_UNITS:
            return Rejection("unsupported_format", f"SenML of version {version} is not read; {MAX_VERSION} is.")
    return None


class _Faulty(ValueError):
    """A record has a value of the wrong kind."""

    reason = "unexpected_shape"


class _Beyond(_Faulty):
    """A record has a number that no float holds; where JSON was read, null stands for it."""

    reason = "not_a_number"


@dataclass(slots=True)
class _Pack:
    """Reads the records of one pack, which inherit what base labels said before.

    Args:
        device: of names that name none.
    """

    device: str
    decoded: Decoded = field(default_factory=lambda: Decoded(rule=_RULE))
    _name: str = ""
    _unit: str = ""
    _time_us: int = 0
    _value: float | None = None
    _sum: float | None = None
    _nameless: int = 0

    def read(self, records: list[dict[str, Json]]) -> Decoded:
        """Return what the records say.

        Args:
            records: with the labels as JSON has them.
        """
        decoded = self.decoded
        for index, record in enumerate(records):
            if len(decoded.samples) > MAX_READINGS:
                break
            try:
                if not _BASE.isdisjoint(record):
                    self._inherit(record)
                self._record(record)
            except _Faulty as fault:
                if len(decoded.rejections) < MAX_REJECTIONS:
                    rejection = Rejection(fault.reason, f"SenML record {index}: {fault}.")
                    decoded.rejections.append(rejection)
        cut(decoded)
        if self._nameless:
            rejection = Rejection("no_name", f"{self._nameless} of {len(records)} SenML records have no name.")
            if decoded.samples:
                decoded.rejections.append(rejection)
            else:
                decoded.undecoded = rejection
        return decoded

    def _inherit(self, record: dict[str, Json]) -> None:
        """Take what a record says for itself and those after it."""
        self._name = _text(record, "bn", self._name)
        self._unit = _text(record, "bu", self._unit)
        time_s = _quantity(record, "bt")
        self._time_us = self._time_us if time_s is None else _microseconds(time_s)
        value = _held(record, "bv")
        self._value = self._value if value is None else value
        total = _held(record, "bs")
        self._sum = self._sum if total is None else total

    def _record(self, record: dict[str, Json]) -> None:
        """Append what one record says."""
        value = record.get("v")
        if type(value) not in _NUMERIC or self._value or not _OTHER_VALUES.isdisjoint(record):
            if record.keys() <= _BASE:
                return
            value = self._measured(record)
        total = self._sum
        if "s" in record:
            total = _added(total, _held(record, "s"))
        if value is None and total is None:
            return
        name, written = record.get("n", ""), record.get("u", self._unit)
        if type(name) is not str:
            name = _text(record, "n", "")
        if not self._name and not name:
            self._nameless += 1
            return
        if type(written) is not str:
            written = _text(record, "u", self._unit)
        device, metric, unit = subject(self._name, name, written)
        time_us, offset_us = self._moment(record) if self._time_us or "t" in record else (None, 0)
        device = device or self.device
        append = self.decoded.samples.append
        if value is not None:
            append(_sample(Sample, (device, metric, value, unit, time_us, False, offset_us, None, None)))
        if total is not None:
            own = f"{unit}·s" if unit else None
            append(Sample(device, f"{metric}.sum", total, own, time_us, offset_us=offset_us))

    def _moment(self, record: dict[str, Json]) -> tuple[int | None, int]:
        """Return the time that a record tells, and if it tells none, how far from now it was."""
        time_us = self._time_us
        if "t" in record:
            time_us += _microseconds(_quantity(record, "t") or 0)
        if -ABSOLUTE_US <= time_us < ABSOLUTE_US:
            return None, time_us
        if time_us < _BEYOND_US:
            return time_us if time_us > 0 else None, 0
        return times.parse(time_us // 1_000_000), 0

    def _measured(self, record: dict[str, Json]) -> Value | None:
        """Return a record's value, None if it has none."""
        labels = [label for label in record if label in _VALUES and record[label] is not None]
        if not labels:
            _held(record, "v")  # null is no reason to take the base value
            return self._value
        if len(labels) > 1:
            message = f"it has {labels[0]} and {labels[1]}, of which it may have one"
            raise _Faulty(message)
        label = labels[0]
        value = record[label]
        if label == "v" and not isinstance(value, bool):
            return _added(self._value, _quantity(record, "v"))
        if isinstance(value, bool if label in ("v", "vb") else str):
            return value
        message = f"{label} is no {'boolean' if label == 'vb' else 'text'}"
        raise _Faulty(message)


def _quantity(record: dict[str, Json], label: str) -> float | None:
    """Return the number under a label, None if there is none.

    Raises:
        ValueError: it is no number.
    """
    value = record.get(label)
    if value is None or type(value) in _NUMERIC:
        return value  # type: ignore[return-value]  # a number or none
    found = number_of(value)
    if found is None:
        message = f"{label} is no number"
        raise _Faulty(message)
    return found


def _held(record: dict[str, Json], label: str) -> float | None:
    """Return the number under a label that measures something, None if there is no such label.

    Raises:
        ValueError: it is no number, or one that no float holds.
    """
    found = _quantity(record, label)
    if found is None and label in record:
        message = f"{label} is null, or a number beyond every float"
        raise _Beyond(message)
    return found


def _microseconds(time_s: float) -> int:
    """Return a time in microseconds; one that no calendar has stays one."""
    if -_ENDLESS_S < time_s < _ENDLESS_S:
        return round(time_s * 1_000_000)
    return round(max(-_ENDLESS_S, min(time_s, _ENDLESS_S)) * 1_000_000)


def _text(record: dict[str, Json], label: str, otherwise: str) -> str:
    """Return the text under a label, or another if there is none.

    Raises:
        ValueError: it is no text.
    """
    value = record.get(label)
    if value is None:
        return otherwise
    if not isinstance(value, str):
        message = f"{label} is no text"
        raise _Faulty(message)
    return value


def _added(base: float | None, own: float | None) -> float | None:
    """Return a base and a record's own number together, as they would be added on paper; None if there is neither.

    Raises:
        ValueError: no float holds it.
    """
    if base is None or not base:
        return base if own is None else own
    if own is None or not own:
        return base
    if isinstance(base, int) and isinstance(own, int):
        return base + own
    total = float(Decimal(str(base)) + Decimal(str(own)))
    if isfinite(total):
        return total
    message = "its number and the one it is added to are together beyond every float"
    raise _Beyond(message)
