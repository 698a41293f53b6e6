"""The formats devices speak, by the names that scenario files use."""

from enum import StrEnum


class Format(StrEnum):
    """How a profile's devices speak: as its owner wishes, or as an ecosystem's do."""

    JSON = "json"
    """One object on one topic."""
    PLAIN = "plain"
    """A text on a topic for each metric."""
    CBOR = "cbor"
    """The object of `json` as CBOR."""
    MESSAGEPACK = "messagepack"
    """The object of `json` as MessagePack."""
    GZIP = "gzip"
    """The object of `json` compressed."""
    AHOYDTU = "ahoydtu"
    AWS = "aws"
    AZURE = "azure"
    CAYENNE = "cayenne"
    CHIRPSTACK = "chirpstack"
    CHIRPSTACK_V3 = "chirpstack-v3"
    DSMR = "dsmr"
    EMS_ESP = "ems-esp"
    ESPHOME = "esphome"
    FRIGATE = "frigate"
    GLOW = "glow"
    HOME_ASSISTANT = "home-assistant"
    HOME_ASSISTANT_DEVICE = "home-assistant-device"
    HOMIE_4 = "homie-4"
    HOMIE_5 = "homie-5"
    INFLUX = "influx"
    MESHTASTIC = "meshtastic"
    OPENDTU = "opendtu"
    OPENEVSE = "openevse"
    OPENMQTTGATEWAY = "openmqttgateway"
    OWNTRACKS = "owntracks"
    RTL_433 = "rtl-433"
    RUUVI = "ruuvi"
    SENML = "senml"
    SENML_CBOR = "senml-cbor"
    SHELLY_GEN1 = "shelly-gen1"
    SHELLY_GEN2 = "shelly-gen2"
    SPARKPLUG = "sparkplug"
    TASMOTA = "tasmota"
    TELEGRAF = "telegraf"
    THE_THINGS_STACK = "the-things-stack"
    THINGSBOARD = "thingsboard"
    VALETUDO = "valetudo"
    VICTRON = "victron"
    ZIGBEE2MQTT = "zigbee2mqtt"
    ZWAVE_JS = "zwave-js"


OWN = frozenset({Format.JSON, Format.PLAIN, Format.CBOR, Format.MESSAGEPACK, Format.GZIP})
"""Formats of no ecosystem: `topic`, `units`, `timestamp`, `will`, `qos` and `retain` of a profile are theirs."""

WITH_WILL = frozenset(
    {
        Format.AHOYDTU,
        Format.CHIRPSTACK,
        Format.CHIRPSTACK_V3,
        Format.EMS_ESP,
        Format.ESPHOME,
        Format.FRIGATE,
        Format.HOME_ASSISTANT,
        Format.HOME_ASSISTANT_DEVICE,
        Format.HOMIE_4,
        Format.HOMIE_5,
        Format.MESHTASTIC,
        Format.OPENDTU,
        Format.OPENEVSE,
        Format.OPENMQTTGATEWAY,
        Format.OWNTRACKS,
        Format.RTL_433,
        Format.RUUVI,
        Format.SHELLY_GEN1,
        Format.SHELLY_GEN2,
        Format.SPARKPLUG,
        Format.TASMOTA,
        Format.VALETUDO,
        Format.ZIGBEE2MQTT,
        Format.ZWAVE_JS,
    }
)
"""Ecosystems whose devices or gateways leave a last will with the broker."""

LEAST_LEVELS = {
    Format.CHIRPSTACK: 2,
    Format.CHIRPSTACK_V3: 2,
    Format.MESHTASTIC: 2,
    Format.OPENMQTTGATEWAY: 2,
    Format.OWNTRACKS: 2,
    Format.RTL_433: 2,
    Format.RUUVI: 2,
    Format.SPARKPLUG: 2,
    Format.THE_THINGS_STACK: 2,
    Format.VICTRON: 3,
    Format.ZWAVE_JS: 2,
}
"""How many levels the ids of devices have at least whose gateways, groups or users stand before them."""
