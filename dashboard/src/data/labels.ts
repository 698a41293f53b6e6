/** Names of machines made readable for people. */
import titles from "./sources.json" with { type: "json" };

/** What the hub's decoders are called; `tests/meta/test_source_titles.py` compares it with them. */
const sources: Readonly<Record<string, string>> = titles;

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
  wifi: "Wi-Fi",
};

/** `dew_point` → `Dew point`, `voltage_l1` → `Voltage L1`, `pm2_5` → `PM2.5`, `sensor.temp` → `Sensor temp`. */
export function metricLabel(metric: string): string {
  const text = metric
    .split(/[./\s]+/)
    .filter((level) => level !== "")
    .map((level) => named(whole, level) ?? spelled(level))
    .join(" ");
  return capital(text || metric);
}

/** `Signal` at the beginning, `signal` after it; `CO₂` anywhere. */
function lower(word: string | undefined, index: number): string | undefined {
  const isPlain = word !== undefined && index > 0 && /^[A-Z][a-z ]+$/.test(word);
  return isPlain ? word.charAt(0).toLowerCase() + word.slice(1) : word;
}

/** What a table says of a name that a machine gave: `constructor` is one, too. */
function named(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function spelled(level: string): string {
  return level
    .split("_")
    .filter((part) => part !== "")
    .map(
      (part, index) =>
        lower(named(parts, part), index) ?? (/^[a-z]\d$/.test(part) ? part.toUpperCase() : part),
    )
    .join(" ");
}

/**
 * The last level of a place's path, readable: `plant-north` → `Plant north`; what already has capitals keeps them.
 *
 * At the top stands what an ecosystem's devices begin with, `rtl_433/…`: that has the ecosystem's own spelling.
 */
export function placeLabel(path: string): string {
  const level = path.slice(path.lastIndexOf("/") + 1);
  return (level === path ? named(sources, path) : undefined) ?? capital(spaced(level) || level);
}

/** Labels of a place and all it lies in, the outermost first. */
export function placeLabels(path: string): readonly string[] {
  const levels = path.split("/");
  return levels.map((_, index) => placeLabel(levels.slice(0, index + 1).join("/")));
}

function spaced(level: string): string {
  return level.replace(/[-_]+/g, " ").trim();
}

/** The last level of a device id, readable: `plant/pump-2` → `pump-2`. Ids keep their spelling, people know them. */
export function deviceLabel(device: string): string {
  return device.slice(device.lastIndexOf("/") + 1) || device;
}

/** What people call a source; a name that someone gave in the settings is theirs. */
export function sourceLabel(source: string): string {
  return named(sources, source) ?? source;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
