/**
 * A made-up plant of about forty devices: chillers, pumps, meters, doors and sensors, some silent, offline or doubtful.
 *
 * Values follow from the time and the device's own seed, so two runs look alike.
 */
import type { SeriesFacts, Status, Value } from "../src/wire/messages.ts";

/** How a metric behaves. `at`: its value at a time in seconds, for a device's seed in 0…1. */
export interface Metric {
  readonly name: string;
  readonly unit: string | null;
  readonly datatype: string;
  readonly periodMs: number;
  readonly facts?: SeriesFacts;
  readonly at: (seconds: number, seed: number) => Value;
}

/** How a device is doing. `silent`: it stopped some time ago; `retained`: only an old retained message is known. */
export type Fault = "none" | "silent" | "offline" | "unknown" | "retained" | "sensor" | "clock";

export interface Device {
  readonly id: string;
  readonly source: string;
  readonly name: string | null;
  readonly place: string;
  readonly model: string | null;
  readonly metrics: readonly Metric[];
  readonly fault: Fault;
  readonly seed: number;
}

const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));
const wave = (s: number, period: number, seed: number): number =>
  Math.sin((s / period + seed) * 2 * Math.PI);
/** Noise in −1…1 that depends on nothing but its arguments. */
const noise = (s: number, seed: number): number => {
  const x = Math.sin(s * 12.9898 + seed * 78.233) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
};

function analogue(
  name: string,
  unit: string,
  periodMs: number,
  shape: { readonly mean: number; readonly swing: number; readonly noise: number },
  decimals = 1,
): Metric {
  return {
    name,
    unit,
    datatype: "float",
    periodMs,
    facts: { cadence_ms: periodMs },
    at: (s, seed) =>
      round(
        shape.mean * (1 + (seed - 0.5) * 0.1) +
          shape.swing * wave(s, 240 + 400 * seed, seed) +
          shape.noise * noise(s, seed),
        decimals,
      ),
  };
}

const word = (
  name: string,
  periodMs: number,
  words: readonly string[],
  everySeconds: number,
): Metric => ({
  name,
  unit: null,
  datatype: "string",
  periodMs,
  facts: { kind: "state", cadence_ms: periodMs },
  at: (s, seed) => words[Math.floor(s / everySeconds + seed * 7) % words.length] ?? null,
});

const switching = (name: string, periodMs: number, kind: string, everySeconds: number): Metric => ({
  name,
  unit: null,
  datatype: "boolean",
  periodMs,
  facts: { kind, cadence_ms: periodMs },
  at: (s, seed) => Math.floor(s / everySeconds + seed * 5) % 3 === 0,
});

const counter = (name: string, unit: string, periodMs: number, perSecond: number): Metric => ({
  name,
  unit,
  datatype: "float",
  periodMs,
  facts: { cadence_ms: periodMs },
  at: (s, seed) => round(1000 * seed + (s % 1e7) * perSecond, 2),
});

const families: Readonly<Record<string, readonly Metric[]>> = {
  chiller: [
    analogue("supply_temperature", "°C", 1000, { mean: 6.8, swing: 0.5, noise: 0.1 }),
    analogue("return_temperature", "°C", 1000, { mean: 12.1, swing: 0.4, noise: 0.1 }),
    analogue("power", "kW", 1000, { mean: 41, swing: 4, noise: 0.6 }),
    word("mode", 5000, ["Cooling", "Cooling", "Standby"], 300),
    counter("uptime", "s", 10_000, 1),
  ],
  fan: [
    analogue("speed", "rpm", 500, { mean: 1180, swing: 30, noise: 8 }, 0),
    analogue("current", "A", 1000, { mean: 14.2, swing: 0.8, noise: 0.2 }),
    analogue("torque", "%", 1000, { mean: 61, swing: 3, noise: 1 }, 0),
    switching("running", 5000, "running", 600),
  ],
  compressor: [
    {
      ...analogue("pressure", "bar", 500, { mean: 7.4, swing: 0, noise: 0 }),
      at: (s, seed) => round(6.9 + 0.7 * ((s / 40 + seed) % 1), 2),
    },
    analogue("power", "kW", 1000, { mean: 33.8, swing: 3, noise: 0.5 }),
    analogue("dew_point", "°C", 5000, { mean: 3.1, swing: 0.4, noise: 0.1 }),
    word("state", 5000, ["Loaded", "Loaded", "Unloaded"], 45),
  ],
  meter: [
    analogue("power", "W", 1000, { mean: 212_000, swing: 22_000, noise: 1200 }, 0),
    analogue("voltage_l1", "V", 1000, { mean: 230, swing: 1, noise: 0.4 }),
    analogue("current_l1", "A", 1000, { mean: 298, swing: 20, noise: 3 }),
    analogue("current_l2", "A", 1000, { mean: 311, swing: 20, noise: 3 }),
    analogue("current_l3", "A", 1000, { mean: 287, swing: 20, noise: 3 }),
    counter("energy", "kWh", 5000, 0.059),
  ],
  tank: [
    analogue("level", "%", 5000, { mean: 63, swing: 9, noise: 0.4 }),
    analogue("inflow", "m³/h", 5000, { mean: 1.9, swing: 0.4, noise: 0.05 }, 2),
    analogue("temperature", "°C", 10_000, { mean: 71.2, swing: 0.6, noise: 0.1 }),
    switching("valve", 10_000, "opening", 400),
  ],
  climate: [
    analogue("temperature", "°C", 5000, { mean: 21, swing: 0.6, noise: 0.1 }),
    analogue("humidity", "%", 5000, { mean: 47, swing: 4, noise: 0.5 }),
    analogue("co2", "ppm", 10_000, { mean: 640, swing: 120, noise: 12 }, 0),
    analogue("battery", "%", 60_000, { mean: 87, swing: 0, noise: 0 }, 0),
    analogue("linkquality", "lqi", 10_000, { mean: 140, swing: 20, noise: 8 }, 0),
  ],
  door: [
    switching("contact", 300_000, "opening", 150),
    analogue("battery", "%", 300_000, { mean: 94, swing: 0, noise: 0 }, 0),
  ],
  water: [
    analogue("flow", "m³/h", 300_000, { mean: 0.84, swing: 0.3, noise: 0.05 }, 2),
    counter("volume", "m³", 300_000, 0.00023),
    analogue("battery", "%", 300_000, { mean: 87, swing: 0, noise: 0 }, 0),
    analogue("rssi", "dBm", 300_000, { mean: -97, swing: 4, noise: 3 }, 0),
  ],
};

type Line = readonly [
  family: string,
  id: string,
  source: string,
  name: string | null,
  model: string | null,
  fault?: Fault,
];

const lines: readonly Line[] = [
  ["chiller", "plant-north/utilities/chiller-1", "sparkplug", "Chiller 1", "CG 070"],
  ["chiller", "plant-north/utilities/chiller-2", "sparkplug", "Chiller 2", "CG 070"],
  ["fan", "plant-north/utilities/cooling-fan", "sparkplug", "Cooling tower fan", "Drive 580"],
  ["compressor", "plant-north/utilities/compressor-a", "sparkplug", "Compressor A", "GA 37"],
  ["compressor", "plant-north/utilities/compressor-b", "sparkplug", "Compressor B", "GA 37"],
  ["meter", "plant-north/utilities/main-incomer", "shelly", "Main incomer", "3EM"],
  ["tank", "plant-north/utilities/condensate", "json", "Condensate tank", null, "silent"],
  ["meter", "plant-north/utilities/roof-pv-2", "shelly", "Roof PV 2", "3EM", "offline"],
  ["water", "plant-north/utilities/water-meter", "lorawan", "Water meter", "flow 2"],
  ["door", "plant-north/utilities/gate-east", "zigbee2mqtt", "Gate east", "MCCGQ11LM"],
  ["fan", "plant-north/press-hall/extract-1", "sparkplug", "Extract fan 1", "Drive 580"],
  ["fan", "plant-north/press-hall/extract-2", "sparkplug", "Extract fan 2", "Drive 580"],
  ["fan", "plant-north/press-hall/extract-10", "sparkplug", "Extract fan 10", "Drive 580"],
  ["meter", "plant-north/press-hall/press-4", "shelly", "Line 4 press", "3EM"],
  ["climate", "plant-north/press-hall/office", "zigbee2mqtt", "Hall office", "WSDCGQ", "retained"],
  ["tank", "plant-north/press-hall/oil", "json", "Oil tank", null, "sensor"],
  ...["1", "2", "3", "4", "5", "6"].map(
    (n): Line => [
      "chiller",
      `harbour/cold-store/room-${n}`,
      "json",
      `Cold room ${n}`,
      "CR 12",
      n === "5" ? "silent" : "none",
    ],
  ),
  ["door", "harbour/cold-store/dock-1", "zigbee2mqtt", "Dock 1", "MCCGQ11LM"],
  ["door", "harbour/cold-store/dock-2", "zigbee2mqtt", "Dock 2", "MCCGQ11LM", "unknown"],
  ["meter", "harbour/incomer", "shelly", "Harbour incomer", "3EM"],
  ...["101", "102", "103", "201", "202", "203", "301"].map(
    (n): Line => [
      "climate",
      `campus/library/room-${n}`,
      "zigbee2mqtt",
      null,
      "WSDCGQ",
      n === "203" ? "clock" : "none",
    ],
  ),
  ["meter", "campus/library/meter", "tasmota", null, null],
  ["water", "field/well-1", "lorawan", "Well 1", "flow 2"],
  ["water", "field/well-2", "lorawan", "Well 2", "flow 2", "offline"],
  ["tank", "field/basin", "json", null, null],
  ["climate", "field/weather", "json", "Weather mast", null],
  ["compressor", "field/booster", "sparkplug", "Booster", "GA 5"],
];

/** How many such plants there are: `FEED_COPIES=25` makes a thousand devices. */
const copies = Math.max(1, Number(process.env["FEED_COPIES"] ?? 1));

function plantNumber(copy: number): readonly Device[] {
  const prefix = copy === 0 ? "" : `site-${copy + 1}/`;
  return lines.map(([family, id, source, name, model, fault = "none"], index) => ({
    id: prefix + id,
    source,
    name,
    place: prefix + id.slice(0, id.lastIndexOf("/")),
    model,
    metrics: families[family] ?? [],
    fault,
    seed: ((index + copy * lines.length) * 0.618034) % 1,
  }));
}

/** All devices. */
export const plant: readonly Device[] = Array.from({ length: copies }, (_, copy) =>
  plantNumber(copy),
).flat();

/** What a device's status is, how long ago it came, and why. */
export function statusOf(device: Device): readonly [Status, ageMs: number, reason: string] {
  if (device.fault === "offline") return ["offline", 34 * 60_000, "will"];
  if (device.fault === "unknown") return ["unknown", 26 * 3_600_000, "announced"];
  return ["online", 5 * 86_400_000, device.source === "sparkplug" ? "birth" : "data"];
}
