"""OwnTracks: where phones are.

References:
    Normalisation section 13; OwnTracks booklet, JSON format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Status
from hub.normalise.decoders import documents
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row
from hub.normalise.decoders.protocol import About, Decoded, Said
from hub.normalise.flatten import Dialect

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message

_DROPPED = frozenset(["_type", "_id", "tst", "tid", "created_at", "topic", "rid", "wtst", "from", "to", "isotst"])
_UNITS = {
    **dict.fromkeys(("lat", "lon", "cog"), "°"),
    **dict.fromkeys(("acc", "alt", "vac", "rad"), "m"),
    "batt": "%",
    "vel": "km/h",
    "p": "kPa",
}
_DIALECT = Dialect(
    time_keys=("tst",),
    unit_of=lambda parts: _UNITS.get(parts[-1]) if parts else None,
    dropped=lambda key, depth: depth == 0 and key in _DROPPED,
    deciding=frozenset({"_type"}),
)
_READ = (None, "location", "transition", "steps")
"""Kinds that are telemetry; what does not say its kind is taken for a location."""
_NOT_COUNTED = -1


def _read(place: Place, message: Message) -> Decoded:
    """Return what an app says, by the kind of its document."""
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    kind = root.get("_type")
    if kind == "lwt":
        return Decoded(statuses=[Said(place.device, Status.OFFLINE, "will")])
    if kind == "card" and isinstance(name := root.get("name"), str) and name:
        return Decoded(about=[About(place.device, name)])
    if kind not in _READ or (kind == "steps" and root.get("steps") == _NOT_COUNTED):
        return Decoded()
    decoded = documents.flattened(root, place.device, _DIALECT)
    if kind == "steps":  # the next may not be counted, which no plan can see
        decoded.samples = [sample._replace(path=None) for sample in decoded.samples]
        decoded.skipped = []
    return decoded


def owntracks(bases: tuple[str, ...] = ("owntracks",)) -> Ecosystem:
    """Return the decoder of OwnTracks.

    Args:
        bases: base topics.
    """
    rule = "user and device are the device, tst is the time"
    rows = (
        Row("<base>/<user>/<device>", _read, rule, device="<user>/<device>", planned=True),
        Row("<base>/<user>/<device>/<kind>", _read, rule, device="<user>/<device>", planned=True),
    )
    return Ecosystem("owntracks", "OwnTracks", rows, bases)
