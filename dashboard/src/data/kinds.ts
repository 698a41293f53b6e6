/**
 * What kind of quantity a series is, and what follows from it: how telling it is, how it is rounded, how its trend line
 * is scaled. Decided by unit, then by name, because many devices send no unit.
 */

/** The least range a trend line's box stands for, so that noise does not look like an event. */
export type LeastSpan =
  /** An absolute span in the series' own unit. */
  | { readonly of: "unit"; readonly span: number }
  /** A share of the largest magnitude of the last 24 h. */
  | { readonly of: "max"; readonly share: number }
  /** A share of the median's magnitude. */
  | { readonly of: "median"; readonly share: number };

/** A row of the table of kinds. */
export interface Kind {
  readonly name: string;
  /** How telling a metric of this kind is, 0…100. */
  readonly weight: number;
  /** Most decimals shown. */
  readonly decimals: number;
  /** Digits before the point, and a sign, that its values usually come to: their room is kept. 0: nobody knows. */
  readonly whole: number;
  readonly span: LeastSpan;
  /** Zero belongs into the range and is drawn as a line. */
  readonly zero: boolean;
  /** Drawn as a lane of states and worded. */
  readonly isState: boolean;
  /** Heading of its group in a device's table. */
  readonly group: Group;
}

/** Headings of the device page's table, in this order. */
export const groups = [
  "Temperatures",
  "Process",
  "States",
  "Electrical",
  "Totals",
  "Environment",
  "Device",
  "Other",
] as const;
export type Group = (typeof groups)[number];

const unit = (span: number): LeastSpan => ({ of: "unit", span });
const ofMax = (share: number): LeastSpan => ({ of: "max", share });
const ofMedian = (share: number): LeastSpan => ({ of: "median", share });

function kind(
  name: string,
  weight: number,
  decimals: number,
  span: LeastSpan,
  group: Group,
  marks: { readonly zero?: boolean; readonly state?: boolean; readonly whole?: number } = {},
): Kind {
  return {
    name,
    weight,
    decimals,
    whole: marks.whole ?? 0,
    span,
    group,
    zero: marks.zero ?? false,
    isState: marks.state ?? false,
  };
}

const zero = { zero: true };

/** All kinds by name. */
export const kinds = {
  temperature: kind("temperature", 60, 1, unit(3), "Temperatures", { whole: 2 }),
  power: kind("power", 60, 1, ofMax(0.1), "Process", zero),
  flow: kind("flow", 60, 1, ofMax(0.1), "Process", zero),
  speed: kind("speed", 60, 1, ofMax(0.1), "Process", zero),
  level: kind("level", 60, 1, unit(20), "Process", { ...zero, whole: 2 }),
  position: kind("position", 60, 1, unit(20), "Process", { whole: 2 }),
  co2: kind("co2", 60, 0, unit(200), "Process", { whole: 4 }),
  particles: kind("particles", 60, 1, unit(10), "Process", { ...zero, whole: 2 }),
  vibration: kind("vibration", 60, 1, ofMax(0.2), "Process"),
  pressure: kind("pressure", 55, 2, ofMedian(0.05), "Process"),
  pressureFine: kind("pressure", 55, 1, ofMedian(0.05), "Process", { whole: 4 }),
  state: kind("state", 50, 0, unit(1), "States", { state: true }),
  humidity: kind("humidity", 40, 0, ofMax(0.1), "Environment", { whole: 2 }),
  setpoint: kind("setpoint", 35, 1, ofMax(0.1), "Process", { whole: 2 }),
  total: kind("total", 30, 2, ofMax(0.1), "Totals", zero),
  voltage: kind("voltage", 25, 1, unit(4), "Electrical"),
  current: kind("current", 25, 1, ofMax(0.1), "Electrical", zero),
  frequency: kind("frequency", 25, 2, unit(0.2), "Electrical", { whole: 2 }),
  powerFactor: kind("power factor", 25, 2, unit(0.1), "Electrical"),
  illuminance: kind("illuminance", 25, 0, ofMax(0.1), "Environment", zero),
  rain: kind("rain", 25, 1, ofMax(0.1), "Environment", zero),
  wind: kind("wind", 25, 1, ofMax(0.1), "Environment", zero),
  coordinate: kind("coordinate", 25, 4, ofMax(0.1), "Other"),
  mass: kind("mass", 25, 2, ofMax(0.1), "Process"),
  battery: kind("battery", 10, 0, unit(20), "Device", { whole: 2 }),
  batteryVoltage: kind("battery", 10, 2, ofMax(0.1), "Device"),
  link: kind("link", 5, 0, unit(20), "Device", { whole: 3 }),
  linkFine: kind("link", 5, 1, unit(20), "Device", { whole: 3 }),
  number: kind("number", 20, 3, ofMax(0.1), "Other"),
  housekeeping: kind("housekeeping", 0, 2, ofMax(0.1), "Device"),
  text: kind("text", 0, 0, unit(1), "Other", { state: true }),
} as const satisfies Readonly<Record<string, Kind>>;

/** What decides a kind. */
export interface Facts {
  readonly metric: string;
  readonly unit: string | null;
  readonly datatype: string;
  /** What the hub says it measures, in Home Assistant's words, where it knows. */
  readonly deviceClass?: string | undefined;
}

/** First by name where the name says more than the unit: `battery` in %, `setpoint` in °C. */
const byName: readonly (readonly [RegExp, Kind])[] = [
  [
    /(^|_)(uptime|heap|free_mem|firmware|version|restarts?|messages?|counter|seq|id|mac|ip)(_|$)/,
    kinds.housekeeping,
  ],
  [/batter(y|ies)/, kinds.battery],
  [/(^|_)(rssi|linkquality|link_quality|lqi|signal(_strength)?)(_|$)/, kinds.link],
  [/(^|_)snr(_|$)/, kinds.linkFine],
  [/set_?point|target/, kinds.setpoint],
  [/humidity|moisture/, kinds.humidity],
  [/power_factor|(^|_)pf(_|$)|cos_?phi/, kinds.powerFactor],
  [/co2|carbon_dioxide/, kinds.co2],
  [/(^|_)pm(1|2_5|4|10|25)(_|$)/, kinds.particles],
  [/(^|_)(lat|lon|lng|latitude|longitude)(_|$)/, kinds.coordinate],
  [/vibration|acceleration/, kinds.vibration],
  [/wind/, kinds.wind],
  [/rain|precipitation/, kinds.rain],
  [/illumina|(^|_)lux(_|$)/, kinds.illuminance],
];

/** Where the unit alone would mislead: ppm of another gas than carbon dioxide, mm of something else than rain. */
const byClass: ReadonlyMap<string, Kind> = new Map([
  ["carbon_dioxide", kinds.co2],
  ["carbon_monoxide", kinds.number],
  ["nitrogen_dioxide", kinds.number],
  ["nitrogen_monoxide", kinds.number],
  ["nitrous_oxide", kinds.number],
  ["ozone", kinds.number],
  ["sulphur_dioxide", kinds.number],
  ["volatile_organic_compounds", kinds.number],
  ["volatile_organic_compounds_parts", kinds.number],
  ["humidity", kinds.humidity],
  ["moisture", kinds.humidity],
  ["power_factor", kinds.powerFactor],
  ["distance", kinds.number],
  ["volume_storage", kinds.number],
  ["energy_storage", kinds.number],
  ["precipitation", kinds.rain],
  ["precipitation_intensity", kinds.rain],
  ["wind_speed", kinds.wind],
  ["sound_pressure", kinds.number],
]);

const byUnit: Readonly<Record<string, Kind>> = {
  "°C": kinds.temperature,
  "°F": kinds.temperature,
  K: kinds.temperature,
  W: kinds.power,
  kW: kinds.power,
  MW: kinds.power,
  var: kinds.power,
  kvar: kinds.power,
  VA: kinds.power,
  kVA: kinds.power,
  "m³/h": kinds.flow,
  "L/s": kinds.flow,
  "L/min": kinds.flow,
  rpm: kinds.speed,
  "m/s": kinds.speed,
  "km/h": kinds.speed,
  ppm: kinds.co2,
  "µg/m³": kinds.particles,
  "mm/s": kinds.vibration,
  bar: kinds.pressure,
  mbar: kinds.pressureFine,
  hPa: kinds.pressureFine,
  kPa: kinds.pressure,
  Pa: kinds.pressureFine,
  kWh: kinds.total,
  Wh: kinds.total,
  MWh: kinds.total,
  "m³": kinds.total,
  L: kinds.total,
  V: kinds.voltage,
  mV: kinds.voltage,
  A: kinds.current,
  mA: kinds.current,
  Hz: kinds.frequency,
  lx: kinds.illuminance,
  mm: kinds.rain,
  "mm/h": kinds.rain,
  kg: kinds.mass,
  g: kinds.mass,
  dBm: kinds.link,
  dB: kinds.linkFine,
  lqi: kinds.link,
  s: kinds.housekeeping,
};

const byBareName: readonly (readonly [RegExp, Kind])[] = [
  [/temp(erature)?|dew_?point|heat_index/, kinds.temperature],
  [/pressure|barometer/, kinds.pressureFine],
  [/energy|consumption|total|yield|volume/, kinds.total],
  [/power|load(_|$)/, kinds.power],
  [/flow/, kinds.flow],
  [/speed|rpm/, kinds.speed],
  [/volt/, kinds.voltage],
  [/current|(^|_)amp/, kinds.current],
  [/freq/, kinds.frequency],
  [/level|fill/, kinds.level],
  [/position|opening|valve|brightness|dimmer/, kinds.position],
  [/weight|mass/, kinds.mass],
];

function first(table: readonly (readonly [RegExp, Kind])[], name: string): Kind | undefined {
  return table.find(([pattern]) => pattern.test(name))?.[1];
}

/** The kind of a series. Always one: what nothing matches is a plain number or a text. */
export function kindOf({ metric, unit: symbol, datatype, deviceClass }: Facts): Kind {
  // Levels and words count alike: `position.latitude` is a latitude.
  const name = metric.toLowerCase().replaceAll(".", "_");
  if (datatype === "boolean") return /batter/.test(name) ? kinds.battery : kinds.state;
  if (datatype === "string") return textKind(name, deviceClass);
  const named = first(byName, name);
  if (named === kinds.battery && symbol !== "%" && (symbol === "V" || /volt/.test(name)))
    return kinds.batteryVoltage;
  if (named) return named;
  const said = deviceClass === undefined ? undefined : byClass.get(deviceClass);
  if (said) return said;
  if (symbol === "%") return /position|valve|opening/.test(name) ? kinds.position : kinds.level;
  const unitKind = symbol !== null && Object.hasOwn(byUnit, symbol) ? byUnit[symbol] : undefined;
  return unitKind ?? first(byBareName, name) ?? kinds.number;
}

const stateNames = /state|status|mode|contact|phase|position|direction|activity|running|program/;

function textKind(name: string, deviceClass: string | undefined): Kind {
  if (/(^|_)(firmware|version|id|mac|ip|serial|ssid|host|reset_reason)(_|$)/.test(name))
    return kinds.housekeeping;
  return deviceClass === "enum" || deviceClass === "state" || stateNames.test(name)
    ? kinds.state
    : kinds.text;
}
