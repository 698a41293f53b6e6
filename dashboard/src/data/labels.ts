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
  cpu: "CPU",
  dc: "DC",
  gps: "GPS",
  id: "ID",
  ip: "IP",
  pv: "PV",
  ram: "RAM",
  rpm: "RPM",
  wifi: "Wi-Fi",
};

/** Short for what there is room to write out, where it is all that the name says. */
const alone: Readonly<Record<string, string>> = {
  batt: "Battery",
  hum: "Humidity",
  temp: "Temperature",
  vel: "Velocity",
};

/**
 * `dew_point` → `Dew point`, `voltage_l1` → `Voltage L1`, `pm2_5` → `PM2.5`, `sensor.temp` → `Sensor temp`, `temp` → `Temperature`.
 *
 * A unit at the end of the name goes where the unit is known, because that stands beside the value: `pressure_kpa` in
 * kPa → `Pressure`.
 */
export function metricLabel(metric: string, unit: string | null = null): string {
  const name = withoutUnit(metric, unit);
  const text = name
    .split(/[./\s]+/)
    .filter((level) => level !== "")
    .map((level, index) => lower(named(whole, level), index) ?? spelled(level, index))
    .join(" ");
  return named(alone, name) ?? capital(text || metric);
}

/** Units whose symbol is not how names spell them. */
const inNames: Readonly<Record<string, readonly string[]>> = {
  "%": ["pct", "percent", "percentage"],
  "°": ["deg", "degrees"],
  "°C": ["c", "celsius", "degc", "deg_c"],
  "°F": ["f", "fahrenheit", "degf", "deg_f"],
  Wh: ["wh"],
  lx: ["lx", "lux"],
  s: ["s", "sec", "seconds"],
  min: ["min", "minutes"],
};
/** Before one letter these mean one of several: `phase_a`, `zone_c`. Without `_` only a temperature's is its unit. */
const counted =
  /(^|[._])(bus|channel|circuit|group|input|line|module|output|phase|probe|room|sensor|slot|string|tank|unit|zone)$/;
const runOn = /(^|[._])(temp|temperature|dewp|dewpoint)$/;

/** A metric's name without the unit it ends in. */
function withoutUnit(metric: string, unit: string | null): string {
  if (unit === null) return metric;
  for (const ending of endings(unit)) {
    const at = metric.length - ending.length;
    if (at <= 0 || metric.slice(at).toLowerCase() !== ending) continue;
    const rest = metric.slice(0, at);
    const isLetter = ending.length === 1;
    if (isLetter && runOn.test(rest.toLowerCase())) return rest;
    if (!/[^._][._]$/.test(rest)) continue;
    const name = rest.slice(0, -1);
    // `current_a` is phase A more often than it is in ampere.
    if (!(isLetter && (unit === "A" || counted.test(name.toLowerCase())))) return name;
  }
  return metric;
}

/** How names may spell a unit: `km/h` → `kmh`, `km_h`; `kPa` → `kpa`, `k_pa`. */
function endings(unit: string): readonly string[] {
  const plain = unit
    .replace(/²/g, "2")
    .replace(/³/g, "3")
    .replace(/[µμ]/g, "u")
    .replace(/[^\w/]/g, "");
  const joined = plain.replace(/\//g, "").toLowerCase();
  const levels = plain.replace(/\//g, "_").toLowerCase();
  const humps = plain
    .replace(/\//g, "_")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  const all = [...(named(inNames, unit) ?? []), joined, levels, humps];
  return [...new Set(all)].filter((each) => each !== "").sort((a, b) => b.length - a.length);
}

/** `Signal` at the beginning, `signal` after it; `CO₂` anywhere. */
function lower(word: string | undefined, index: number): string | undefined {
  const isPlain = word !== undefined && index > 0 && /^[A-Z][a-z ]+$/.test(word);
  return isPlain ? word.charAt(0).toLowerCase() + word.slice(1) : word;
}

/** What a table says of a name that a machine gave: `constructor` is one, too. */
function named<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A level in words; `before`: how many levels stand before it. */
function spelled(level: string, before: number): string {
  return level
    .split("_")
    .filter((part) => part !== "")
    .map(
      (part, index) =>
        lower(named(parts, part), before + index) ??
        (/^[a-z]\d$/.test(part) ? part.toUpperCase() : part),
    )
    .join(" ");
}

/**
 * The last level of a place's path, readable: `plant-north` → `Plant north`; what already has capitals keeps them, and
 * what is no name but an id stays as it is: `c0619ab1a2b3`, `_CLIENTS`.
 *
 * At the top stands what an ecosystem's devices begin with, `rtl_433/…`: that has the ecosystem's own spelling.
 */
export function placeLabel(path: string): string {
  const level = path.slice(path.lastIndexOf("/") + 1);
  const known = level === path ? named(sources, path) : undefined;
  return known ?? (isId(level) ? level : capital(spaced(level) || level));
}

/** Labels of a place and all it lies in, the outermost first. */
export function placeLabels(path: string): readonly string[] {
  const levels = path.split("/");
  return levels.map((_, index) => placeLabel(levels.slice(0, index + 1).join("/")));
}

/** True for a level that has a word which is none, nor a number, nor both once: `line 4`, `pv2` and `3a` are names. */
function isId(level: string): boolean {
  return level
    .split(/[-_\s]+/)
    .some((word, index) => (word === "" && index === 0) || !/^(\p{L}*\d*|\d+\p{L}?)$/u.test(word));
}

function spaced(level: string): string {
  const text = level.replace(/[-_]+/g, " ").trim();
  // `building-a` is one of several, and they are told apart by capitals.
  return text.replace(/(?<=[a-z] )[a-z]$/, (letter) => letter.toUpperCase());
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
