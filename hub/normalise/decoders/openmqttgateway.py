"""OpenMQTTGateway and Theengs Gateway: sensors by their address, whichever gateway heard them.

References:
    Normalisation section 13; OpenMQTTGateway and Theengs decoder documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection
from hub.core.units import canonical
from hub.normalise.decoders import documents, generic, plain
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row, ignored, objects, status, units
from hub.normalise.decoders.protocol import About, Decoded, Sample
from hub.normalise.flatten import Dialect
from hub.normalise.names import snake_case

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message

_DIGITS = "0123456789"
_THEENGS_DROPPED = frozenset(
    [
        "id",
        "mac",
        "mac_type",
        "adv_type",
        "name",
        "brand",
        "model",
        "model_id",
        "type",
        "device",
        "mfid",
        "uuid",
        "major",
        "minor",
        "servicedata",
        "servicedatauuid",
        "manufacturerdata",
        "cidc",
        "acts",
        "cont",
        "track",
        "encr",
        "ctr",
        "prmac",
    ],
)
_THEENGS_UNITS = {
    "tempc": "°C",
    "tempf": "°F",
    "hum": "%",
    "moi": "%",
    "batt": "%",
    "pres": "hPa",
    "volt": "V",
    "lux": "lx",
    "co2": "ppm",
    "pm1": "µg/m³",
    "pm25": "µg/m³",
    "pm10": "µg/m³",
    "rssi": "dBm",
    "txpower": "dBm",
    "distance": "m",
    "accx": "m/s²",
    "accy": "m/s²",
    "accz": "m/s²",
}
_THEENGS_TELLING = ("name", "brand", "model")
_UNIT_MARK = "u"
"""``tempu`` is the unit of ``temp`` where both stand in a document, else a value like any other."""


def _theengs_unit(part: str) -> str | None:
    """Return the unit of a Theengs key; those of a second probe have its number behind them."""
    return _THEENGS_UNITS.get(part) or _THEENGS_UNITS.get(part.rstrip(_DIGITS))


def _read_theengs(place: Place, message: Message) -> Decoded:
    """Return what a gateway heard from a Bluetooth device."""
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    told = {
        key[:-1]: text
        for key, text in root.items()
        if key.endswith(_UNIT_MARK) and isinstance(text, str) and key[:-1] in root
    }
    by_part = {snake_case(key): canonical(text) for key, text in told.items()}
    dialect = Dialect(
        time_keys=(),
        unit_of=lambda parts: by_part.get(parts[-1]) or _theengs_unit(parts[-1]) if parts else None,
        dropped=lambda key, depth: depth == 0 and key in _THEENGS_DROPPED,
        deciding=frozenset(_THEENGS_TELLING),
    )
    values = {key: value for key, value in root.items() if not (key.endswith(_UNIT_MARK) and key[:-1] in told)}
    decoded = documents.flattened(values, place.device, dialect)
    decoded.samples = [_with_own_unit(sample) for sample in decoded.samples] if "unit" in root else decoded.samples
    decoded.samples = [_unplanned_if_unit(sample) for sample in decoded.samples]
    name, brand, model = (text if isinstance(text := root.get(key), str) else "" for key in _THEENGS_TELLING)
    if name or brand or model:
        decoded.about.append(About(place.device, name or None, model=f"{brand} {model}".strip() or None))
    return decoded


def _unplanned_if_unit(sample: Sample) -> Sample:
    """Return a sample whose key may be a unit in the next document without its path: a plan sees no neighbours."""
    path = sample.path
    return sample._replace(path=None) if path and str(path[0][1]).endswith(_UNIT_MARK) else sample


def _with_own_unit(sample: Sample) -> Sample:
    """Return a sample of a scale's document: the unit that it tells is its weight's, not that of its signal."""
    own = _theengs_unit(sample.metric)
    return sample if own is None or sample.unit is None else sample._replace(unit=own)


MAX_GATEWAYS = 1000
"""Gateways that are remembered by what they heard; their wills are told from those of others by it."""
_NAMED = "(?i:[^/]*(?:openmqttgateway|theengs|omg)[^/]*)"
"""What gateways are called unless people name them otherwise."""


def _read_version(place: Place, message: Message) -> Decoded:
    """Return which firmware a gateway runs."""
    text = documents.text_of(message)
    if isinstance(text, Rejection):
        return Decoded(undecoded=text)
    return Decoded(about=[About(place.device, info=(("firmware", text),))] if text else [])


class _Gateways:
    """Whose wills are gateways': ``home/pump/LWT`` may be anybody's."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._known)

    def read_heard(self, place: Place, message: Message) -> Decoded:
        """Return what a gateway heard; from now on its will is known as one."""
        decoded = _read_theengs(place, message)
        way = place.levels["way"]
        if way not in self._known and len(self._known) < MAX_GATEWAYS and not message.trial:
            self._known.add(way)
            decoded.renewed = (f"{way}/LWT", f"{way}/version")
        return decoded

    def read_version(self, place: Place, message: Message) -> Decoded:
        """Return which firmware a gateway runs; a reading of somebody else's where no gateway is known by that name."""
        if message.topic.name.removesuffix("/version") in self._known:
            return _read_version(place, message)
        return generic.read(message)

    def read_will(self, place: Place, message: Message) -> Decoded:
        """Return the status of a gateway; of somebody else's device where no gateway is known by that name."""
        if message.topic.name.removesuffix("/LWT") in self._known:
            return documents.said(message, place.device, plain.WORDS)
        return generic.read(message)


def openmqttgateway(bases: tuple[str, ...] = ("home",)) -> Ecosystem:
    """Return the decoder of OpenMQTTGateway and Theengs Gateway.

    Args:
        bases: base topics.
    """
    gateways = _Gateways()
    system = units({"rssi": "dBm", "uptime": "s", "freemem": "B", "tempc": "°C"})
    rows = (
        Row(
            "<way:.+>/BTtoMQTT/<device>",
            gateways.read_heard,
            "the sensor's address is the device, whichever gateway heard it; keys are metrics",
            device="<device>",
            planned=True,
        ),
        Row(f"<base>/<gateway:{_NAMED}>/LWT", status(), "a gateway's will", device="<gateway>"),
        Row("<base>/<gateway>/LWT", gateways.read_will, "a gateway's will", device="<gateway>"),
        Row(f"<base>/<gateway:{_NAMED}>/version", _read_version, "a gateway's firmware", device="<gateway>"),
        Row("<base>/<gateway>/version", gateways.read_version, "a gateway's firmware", device="<gateway>"),
        Row("<base>/<gateway>/SYStoMQTT", objects(system), "a gateway's own state", device="<gateway>", planned=True),
        Row("<base>/<gateway>/commands/<rest:MQTTto.+>", ignored, "commands tell nothing"),
        Row(f"<base>/<gateway:{_NAMED}>/commands/<rest…>", ignored, "commands tell nothing"),
    )
    return Ecosystem("openmqttgateway", "OpenMQTTGateway", rows, bases, remembered=gateways.__len__)
