"""Which dialect a format is."""

from simulators.dialects.cayenne import Cayenne
from simulators.dialects.dialect import Dialect
from simulators.dialects.esphome import EspHome
from simulators.dialects.home import Dsmr, EmsEsp, Frigate, Glow, OpenEvse, ZWaveJs
from simulators.dialects.home_assistant import HomeAssistant, HomeAssistantDevice
from simulators.dialects.homie import Homie4, Homie5, Valetudo
from simulators.dialects.influx import Influx, Telegraf
from simulators.dialects.lorawan import ChirpStack, ChirpStackV3, TheThingsStack
from simulators.dialects.own import Own, OwnPlain
from simulators.dialects.places import Meshtastic, OwnTracks
from simulators.dialects.platforms import AwsShadow, AzureIotHub, ThingsBoard
from simulators.dialects.radio import OpenMqttGateway, Rtl433, Ruuvi
from simulators.dialects.senml import SenMl, SenMlCbor
from simulators.dialects.shelly import ShellyGen1, ShellyGen2
from simulators.dialects.solar import AhoyDtu, OpenDtu, Victron
from simulators.dialects.sparkplug import Sparkplug
from simulators.dialects.tasmota import Tasmota
from simulators.dialects.zigbee2mqtt import Zigbee2Mqtt
from simulators.formats import Format

DIALECTS: dict[Format, type[Dialect]] = {
    Format.JSON: Own,
    Format.PLAIN: OwnPlain,
    Format.CBOR: Own,
    Format.MESSAGEPACK: Own,
    Format.GZIP: Own,
    Format.AHOYDTU: AhoyDtu,
    Format.AWS: AwsShadow,
    Format.AZURE: AzureIotHub,
    Format.CAYENNE: Cayenne,
    Format.CHIRPSTACK: ChirpStack,
    Format.CHIRPSTACK_V3: ChirpStackV3,
    Format.DSMR: Dsmr,
    Format.EMS_ESP: EmsEsp,
    Format.ESPHOME: EspHome,
    Format.FRIGATE: Frigate,
    Format.GLOW: Glow,
    Format.HOME_ASSISTANT: HomeAssistant,
    Format.HOME_ASSISTANT_DEVICE: HomeAssistantDevice,
    Format.HOMIE_4: Homie4,
    Format.HOMIE_5: Homie5,
    Format.INFLUX: Influx,
    Format.MESHTASTIC: Meshtastic,
    Format.OPENDTU: OpenDtu,
    Format.OPENEVSE: OpenEvse,
    Format.OPENMQTTGATEWAY: OpenMqttGateway,
    Format.OWNTRACKS: OwnTracks,
    Format.RTL_433: Rtl433,
    Format.RUUVI: Ruuvi,
    Format.SENML: SenMl,
    Format.SENML_CBOR: SenMlCbor,
    Format.SHELLY_GEN1: ShellyGen1,
    Format.SHELLY_GEN2: ShellyGen2,
    Format.SPARKPLUG: Sparkplug,
    Format.TASMOTA: Tasmota,
    Format.TELEGRAF: Telegraf,
    Format.THE_THINGS_STACK: TheThingsStack,
    Format.THINGSBOARD: ThingsBoard,
    Format.VALETUDO: Valetudo,
    Format.VICTRON: Victron,
    Format.ZIGBEE2MQTT: Zigbee2Mqtt,
    Format.ZWAVE_JS: ZWaveJs,
}
"""By format; every format has one."""
