"""What Zigbee2MQTT's bridge tells about its devices: makers, models and the units of their properties.

References:
    Normalisation section 4; Zigbee2MQTT documentation, MQTT topics and Exposes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hub.core.units import canonical
from hub.normalise.decoders.documents import text
from hub.normalise.decoders.protocol import About
from hub.normalise.names import MAX_LABEL_CHARACTERS, snake_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.normalise.content import Json

MAX_PROPERTIES = 512
"""Properties of one device whose unit is kept; real devices have fewer than a hundred."""
MAX_EXPOSES = 4096
"""Descriptions of one device that are looked at."""
MAX_DEPTH = 8
"""Features within features; real ones have three levels."""

_INFO = {
    "ieee_address": "ieee_address",
    "type": "role",
    "power_source": "power_source",
    "manufacturer": "manufacturer",
    "model_id": "model_id",
    "software_build_id": "firmware",
}
_COORDINATOR = "Coordinator"

Units = dict[tuple[str, ...], str | None]
"""Units by the parts of a property's name; None for a number that is described without one, so that it does not take
that of another property whose name ends alike."""


class Description(NamedTuple):
    """What the bridge tells about one device.

    Args:
        name: the friendly name.
        units: of its properties.
        about: what people want to know of it.
    """

    name: str
    units: Units
    about: About


def descriptions(devices: list[Json], within: str) -> Iterator[Description]:
    """Yield what the bridge tells about its devices; the coordinator is the bridge itself.

    Args:
        devices: as the bridge lists them.
        within: what goes before the ids of devices.
    """
    for device in devices:
        if isinstance(device, dict) and device.get("type") != _COORDINATOR:
            name = device.get("friendly_name")
            if isinstance(name, str) and 0 < len(name) <= MAX_LABEL_CHARACTERS:
                definition = device.get("definition")
                yield _description(name, device, definition if isinstance(definition, dict) else {}, within)


def of_bridge(members: dict[str, Json], device: str) -> About:
    """Return what the bridge tells about itself.

    Args:
        members: of ``bridge/info``.
        device: its id.
    """
    coordinator = members.get("coordinator")
    told = coordinator if isinstance(coordinator, dict) else {}
    pairs = (
        ("firmware", text(members.get("version"))),
        ("coordinator", text(told.get("type"))),
        ("ieee_address", text(told.get("ieee_address"))),
    )
    return About(device, name="Zigbee2MQTT", info=tuple((label, found) for label, found in pairs if found))


def _description(name: str, device: dict[str, Json], definition: dict[str, Json], within: str) -> Description:
    """Return what is known of one device; one that is not supported has no definition."""
    model = " ".join(filter(None, (text(definition.get("vendor")), text(definition.get("model")))))
    own = text(device.get("description"))
    pairs = [("description", own or text(definition.get("description")))]
    pairs += [(label, text(device.get(key))) for key, label in _INFO.items()]
    info = tuple((label, found) for label, found in pairs if found)
    about = About(f"{within}{name}", name=text(name) or None, model=model or None, info=info)
    return Description(name, _Exposed().units(definition.get("exposes")), about)


class _Exposed:
    """Collects the units of one device's properties."""

    def __init__(self) -> None:
        self._units: Units = {}
        self._looked_at = 0

    def units(self, exposes: Json) -> Units:
        """Return the units of all properties, at any depth."""
        self._collect(exposes, (), 0)
        return self._units

    def _collect(self, exposes: Json, parts: tuple[str, ...], depth: int) -> None:
        """Remember the units of some properties; ``parts`` name the value that holds them."""
        if not isinstance(exposes, list) or depth > MAX_DEPTH:
            return
        for exposed in exposes:
            self._looked_at += 1
            if self._looked_at > MAX_EXPOSES:
                return
            if isinstance(exposed, dict):
                self._property(exposed, parts, depth)

    def _property(self, exposed: dict[str, Json], parts: tuple[str, ...], depth: int) -> None:
        """Remember the unit of one property, and those of what lies within it."""
        key = exposed.get("property")
        here = (*parts, snake_case(key)) if isinstance(key, str) and key else parts
        unit = exposed.get("unit")
        if here != parts and len(self._units) < MAX_PROPERTIES:
            if isinstance(unit, str) and (symbol := canonical(unit)) is not None:
                self._units[here] = symbol
            elif exposed.get("type") == "numeric":
                self._units.setdefault(here, None)
        self._collect(exposed.get("features"), here, depth + 1)
        item = exposed.get("item_type")
        if isinstance(item, dict):
            self._collect([item], here, depth + 1)
