"""Solar power: OpenDTU, AhoyDTU and Victron's Venus OS.

References:
    Normalisation section 13; OpenDTU docs/MQTT_Topics.md; AhoyDTU user manual; Victron dbus-flashmq.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.model import Rejection, Status
from hub.normalise.decoders import documents
from hub.normalise.decoders.ecosystem import Ecosystem, Place, Row, ignored, nested, scalars, status, units
from hub.normalise.decoders.plain import WORDS
from hub.normalise.decoders.protocol import About, Decoded, Said, Sample, Skip
from hub.normalise.flatten import Dialect
from hub.normalise.names import metric_name
from hub.normalise.values import classify

if TYPE_CHECKING:
    from hub.normalise.decoders.protocol import Message

_OPENDTU = units(
    {
        "current": "A",
        "voltage": "V",
        **dict.fromkeys(("power", "powerdc", "limit_absolute"), "W"),
        "yieldday": "Wh",
        "yieldtotal": "kWh",
        "frequency": "Hz",
        "temperature": "°C",
        **dict.fromkeys(("efficiency", "powerfactor", "irradiation", "limit_relative"), "%"),
        "reactivepower": "var",
        "rssi": "dBm",
        "uptime": "s",
    },
)


def _read_name(place: Place, message: Message) -> Decoded:
    """Return what people call an inverter, also as the reading that it is like all others."""
    decoded = documents.scalar(message, place.device, place.parts, _OPENDTU)
    decoded.samples = [sample._replace(path=None) for sample in decoded.samples]
    decoded.about = [About(place.device, str(sample.value)) for sample in decoded.samples if sample.value is not None]
    return decoded


def opendtu(bases: tuple[str, ...] = ("solar",)) -> Ecosystem:
    """Return the decoder of OpenDTU.

    Args:
        bases: base topics.
    """
    serial = "<serial:[0-9A-Fa-f]{10,16}>"
    value = scalars(_OPENDTU)
    rows = (
        Row("<base>/dtu/status", status(), "the gateway's will", device="dtu"),
        Row(f"<base>/{serial}/cmd/<rest…>", ignored, "commands tell nothing"),
        Row(f"<base>/{serial}/name", _read_name, "the inverter's name", "<serial>", "name"),
        Row(f"<base>/dtu/{serial}/<path…>", value, "the gateway itself", "dtu/<serial>", "<path>", planned=True),
        Row("<base>/dtu/<path…>", value, "the gateway itself", "dtu", "<path>", planned=True),
        Row(
            f"<base>/{serial}/<path…>", value, "the inverter's serial is the device", "<serial>", "<path>", planned=True
        ),
    )
    return Ecosystem("opendtu", "OpenDTU", rows, bases)


_AHOY_PREFIXES = {"u": "V", "i": "A", "p": "W", "q": "var"}
_AHOY_UNITS = {
    "f_ac": "Hz",
    "temp": "°C",
    "yield_day": "Wh",
    "efficiency": "%",
    "power_limit": "%",
    "irradiation": "%",
    "uptime": "s",
    "wifi_rssi": "dBm",
}


def _ahoy_unit(parts: tuple[str, ...]) -> str | None:
    """Return the unit of an AhoyDTU field: what it begins with says what is measured."""
    letter, mark, _ = parts[-1].partition("_")
    return _AHOY_UNITS.get(parts[-1]) or (_AHOY_PREFIXES.get(letter) if mark else None)


_AHOY_WORDS = {**WORDS, "not connected": Status.OFFLINE}
_AHOY_OWN = (
    "comm_start|comm_stop|comm_enabled|comm_disabled|device|dis_night_comm|free_heap|heap_frag|status|sunrise|sunset"
    "|uptime|version|wifi_rssi|ip_addr"
)
_AHOY_INVERTER = (
    "available|last_success|ack_pwr_limit|radio_stat|firmware|hardware|alarm|alarm_cnt|LastAlarmCode|max_pwr"
)


def ahoydtu(bases: tuple[str, ...] = ("inverter",)) -> Ecosystem:
    """Return the decoder of AhoyDTU; only its own keys are claimed, for others too publish under ``inverter``.

    Args:
        bases: base topics.
    """
    value = scalars(Dialect(time_keys=(), unit_of=_ahoy_unit))
    rule = "the inverter's name is the device; status codes are numbers"
    rows = (
        Row("<base>/mqtt", status(_AHOY_WORDS), "the gateway's will", device="inverter"),
        Row("<base>/<kind:ctrl|setup|devcontrol>/<rest…>", ignored, "commands tell nothing"),
        Row(f"<base>/<key:{_AHOY_OWN}>", value, "the gateway itself", "inverter", "<key>", planned=True),
        Row(r"<base>/<name>/<path:ch\d+(?:/.+)?>", value, rule, "<name>", "<path>", planned=True),
        Row(f"<base>/<name>/<path:(?:{_AHOY_INVERTER})(?:/.+)?>", value, rule, "<name>", "<path>", planned=True),
        Row("<base>/<name:total>/<path:[A-Z][A-Za-z_]+>", value, rule, "<name>", "<path>", planned=True),
    )
    return Ecosystem("ahoydtu", "AhoyDTU", rows, bases)


_VICTRON_UNITS = {
    "power": "W",
    "voltage": "V",
    "current": "A",
    "soc": "%",
    "temperature": "°C",
    "frequency": "Hz",
    "energy": "kWh",
}
_VALUE = (None, "value")
_BOUND_KEYS = frozenset({"min", "max"})
_BOUNDS = [Skip(((None, key),)) for key in sorted(_BOUND_KEYS)]


def _read_victron(place: Place, message: Message) -> Decoded:
    """Return the value of a D-Bus path; it is taken back when its service goes."""
    if not message.payload:
        return Decoded(statuses=[Said(place.device, Status.OFFLINE, "death")])
    root = documents.mapping(message)
    if not isinstance(root, dict):
        return Decoded(undecoded=root)
    if root.keys() <= _BOUND_KEYS:
        return Decoded()
    if "value" not in root:
        return Decoded(undecoded=Rejection("unexpected_shape", 'Venus OS publishes {"value": …}.'))
    value, last = root["value"], place.parts[-1] if place.parts else ""
    if isinstance(value, (dict, list)):
        dialect = Dialect(time_keys=(), unit_of=lambda _: _VICTRON_UNITS.get(last))
        return nested(value, place.device, dialect, parts=place.parts)
    held = classify(value, last) if isinstance(value, str) else value
    sample = Sample(place.device, metric_name(place.parts), held, _VICTRON_UNITS.get(last), path=(_VALUE,))
    return Decoded([sample], skipped=_BOUNDS)


def victron() -> Ecosystem:
    """Return the decoder of Victron's Venus OS."""
    path = r"<portal>/<service>/<instance:\d+>/<path…>"
    rows = (
        Row(
            f"N/{path}",
            _read_victron,
            "portal, service and instance are the device, the path is the metric",
            "<portal>/<service>/<instance>",
            "<path>",
            planned=True,
        ),
        Row("N/<portal>/<kind:full_publish_completed|keepalive|heartbeat>", ignored, "the portal's own topics"),
        Row(f"<kind:[RW]>/{path}", ignored, "requests tell nothing"),
        Row("R/<portal>/keepalive", ignored, "requests tell nothing"),
        Row("<kind:[RW]>/<portal:[0-9A-Za-z]{12}>/<rest…>", ignored, "requests tell nothing"),
    )
    return Ecosystem("victron", "Victron Venus OS", rows)
