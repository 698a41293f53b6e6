/** Names of machines made readable for people. */

const whole: Readonly<Record<string, string>> = {
  co2: "CO₂",
  e_co2: "eCO₂",
  tvoc: "TVOC",
  voc: "VOC",
  pm1: "PM1",
  pm10: "PM10",
  pm2_5: "PM2.5",
  rssi: "Signal",
  linkquality: "Link",
  snr: "SNR",
  pf: "Power factor",
  power_factor: "Power factor",
  apparent_power: "Apparent power",
  uv_index: "UV index",
};
const parts: Readonly<Record<string, string>> = {
  ...whole,
  ac: "AC",
  dc: "DC",
  id: "ID",
  ip: "IP",
};

/** `dew_point` → `Dew point`, `voltage_l1` → `Voltage L1`, `pm2_5` → `PM2.5`, `sensor.temp` → `Sensor temp`. */
export function metricLabel(metric: string): string {
  const text = metric
    .split(/[./\s]+/)
    .filter((level) => level !== "")
    .map((level) => whole[level] ?? spelled(level))
    .join(" ");
  return capital(text || metric);
}

function spelled(level: string): string {
  return level
    .split("_")
    .filter((part) => part !== "")
    .map((part) => parts[part] ?? (/^[a-z]\d$/.test(part) ? part.toUpperCase() : part))
    .join(" ");
}

/** `plant-north` → `Plant north`; what already has capitals keeps them. */
export function placeLabel(level: string): string {
  return capital(level.replace(/[-_]+/g, " ").trim() || level);
}

/** The last level of a device id, readable: `plant/pump-2` → `pump-2`. Ids keep their spelling, people know them. */
export function deviceLabel(device: string): string {
  return device.slice(device.lastIndexOf("/") + 1) || device;
}

const sources: Readonly<Record<string, string>> = {
  plain: "Plain",
  json: "JSON",
  sparkplug: "Sparkplug",
  zigbee2mqtt: "Zigbee2MQTT",
  tasmota: "Tasmota",
  shelly: "Shelly",
  homie: "Homie",
  homeassistant: "Home Assistant",
  esphome: "ESPHome",
  senml: "SenML",
  ttn: "The Things Network",
  chirpstack: "ChirpStack",
  lorawan: "LoRaWAN",
  influx: "Line protocol",
  thingsboard: "ThingsBoard",
  aws: "AWS IoT",
  azure: "Azure IoT",
  victron: "Victron",
  owntracks: "OwnTracks",
};

/** The name of a source ecosystem. */
export function sourceLabel(source: string): string {
  return sources[source] ?? capital(source);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
