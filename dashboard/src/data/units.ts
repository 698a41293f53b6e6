/** Units that a search may compare across: `temperature>176 °F` also finds what is reported in °C. */

/** A unit as base · value + offset. */
interface Unit {
  readonly base: string;
  readonly factor: number;
  readonly offset: number;
}

const linear = (base: string, factor: number, offset = 0): Unit => ({ base, factor, offset });

const units: Readonly<Record<string, Unit>> = {
  "°C": linear("°C", 1),
  "°F": linear("°C", 5 / 9, -160 / 9),
  K: linear("°C", 1, -273.15),
  "%": linear("%", 1),
  W: linear("W", 1),
  kW: linear("W", 1e3),
  MW: linear("W", 1e6),
  Wh: linear("Wh", 1),
  kWh: linear("Wh", 1e3),
  MWh: linear("Wh", 1e6),
  V: linear("V", 1),
  mV: linear("V", 1e-3),
  A: linear("A", 1),
  mA: linear("A", 1e-3),
  Pa: linear("Pa", 1),
  hPa: linear("Pa", 100),
  mbar: linear("Pa", 100),
  kPa: linear("Pa", 1e3),
  bar: linear("Pa", 1e5),
  psi: linear("Pa", 6894.757),
  "m³/h": linear("m³/h", 1),
  "L/s": linear("m³/h", 3.6),
  "L/min": linear("m³/h", 0.06),
  "m³": linear("m³", 1),
  L: linear("m³", 1e-3),
  "m/s": linear("m/s", 1),
  "km/h": linear("m/s", 1 / 3.6),
  m: linear("m", 1),
  cm: linear("m", 1e-2),
  mm: linear("m", 1e-3),
  ppm: linear("ppm", 1),
  ppb: linear("ppm", 1e-3),
  lx: linear("lx", 1),
  Hz: linear("Hz", 1),
  rpm: linear("rpm", 1),
  dBm: linear("dBm", 1),
  s: linear("s", 1),
  min: linear("s", 60),
  h: linear("s", 3600),
};

const spellings: Readonly<Record<string, string>> = {
  c: "°C",
  f: "°F",
  "°c": "°C",
  "°f": "°F",
  "m3/h": "m³/h",
  "l/s": "L/s",
  "l/min": "L/min",
  m3: "m³",
  l: "L",
};

/** The hub's spelling of a unit that somebody typed, or undefined when it is none. */
export function unitNamed(typed: string): string | undefined {
  if (Object.hasOwn(units, typed)) return typed;
  const lower = typed.toLowerCase();
  if (Object.hasOwn(spellings, lower)) return spellings[lower];
  return Object.keys(units).find((unit) => unit.toLowerCase() === lower);
}

/** `value` of one unit in another; undefined when they measure different things. */
export function convert(value: number, from: string, to: string): number | undefined {
  if (from === to) return value;
  const source = units[from];
  const target = units[to];
  if (!source || !target || source.base !== target.base) return undefined;
  return (value * source.factor + source.offset - target.offset) / target.factor;
}
