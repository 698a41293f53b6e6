"""The built-in decoders, in the order in which they are asked for a topic: the more their topics say, the earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.normalise.decoders.aws import AwsShadow
from hub.normalise.decoders.azure import AzureIotHub
from hub.normalise.decoders.cayenne import CayenneLpp
from hub.normalise.decoders.chirpstack import ChirpStack
from hub.normalise.decoders.esphome import EspHome
from hub.normalise.decoders.home import dsmr, ems_esp, frigate, glow, openevse, valetudo
from hub.normalise.decoders.home_assistant import HomeAssistant
from hub.normalise.decoders.homie import Homie
from hub.normalise.decoders.influx import Influx
from hub.normalise.decoders.mesh import meshtastic
from hub.normalise.decoders.openmqttgateway import openmqttgateway
from hub.normalise.decoders.places import owntracks
from hub.normalise.decoders.radio import rtl_433, ruuvi_gateway
from hub.normalise.decoders.senml import SenML
from hub.normalise.decoders.shelly import Shelly
from hub.normalise.decoders.solar import ahoydtu, opendtu, victron
from hub.normalise.decoders.sparkplug import Sparkplug
from hub.normalise.decoders.tasmota import Tasmota
from hub.normalise.decoders.thingsboard import ThingsBoard
from hub.normalise.decoders.ttn import TheThingsStack
from hub.normalise.decoders.zigbee2mqtt import Zigbee2Mqtt
from hub.normalise.decoders.zwave import zwave

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.normalise.decoders.protocol import AnyDecoder

BUILTIN: dict[str, Callable[..., AnyDecoder]] = {
    "homeassistant": HomeAssistant,
    "sparkplug": Sparkplug,
    "thingsboard": ThingsBoard,
    "aws": AwsShadow,
    "azure": AzureIotHub,
    "ttn": TheThingsStack,
    "chirpstack": ChirpStack,
    "homie": Homie,
    "shelly": Shelly,
    "openmqttgateway": openmqttgateway,
    "ruuvi": ruuvi_gateway,
    "rtl_433": rtl_433,
    "owntracks": owntracks,
    "meshtastic": meshtastic,
    "frigate": frigate,
    "glow": glow,
    "dsmr": dsmr,
    "victron": victron,
    "opendtu": opendtu,
    "ahoydtu": ahoydtu,
    "ems_esp": ems_esp,
    "valetudo": valetudo,
    "openevse": openevse,
    "zwave": zwave,
    "zigbee2mqtt": Zigbee2Mqtt,
    "tasmota": Tasmota,
    "esphome": EspHome,
    "influx": Influx,
    "senml": SenML,
    "cayenne_lpp": CayenneLpp,
}
"""By name."""
BASED: frozenset[str] = frozenset(
    {
        "homeassistant",
        "sparkplug",
        "ttn",
        "chirpstack",
        "homie",
        "shelly",
        "openmqttgateway",
        "ruuvi",
        "rtl_433",
        "owntracks",
        "meshtastic",
        "frigate",
        "glow",
        "dsmr",
        "opendtu",
        "ahoydtu",
        "ems_esp",
        "valetudo",
        "openevse",
        "zigbee2mqtt",
        "zwave",
    }
)
"""Those whose base topics people can choose; they take them as ``bases``."""


def builtin(bases: Mapping[str, tuple[str, ...]]) -> list[AnyDecoder]:
    """Return one of each built-in decoder.

    Args:
        bases: base topics by decoder, where they are not the usual ones; only of those in :data:`BASED`.
    """
    given = {name: {"bases": chosen} for name, chosen in bases.items()}
    if HomeAssistant.name in bases:
        given[EspHome.name] = {"others": bases[HomeAssistant.name]}
    return [make(**given.get(name, {})) for name, make in BUILTIN.items()]
