import { describe, expect, test } from "vitest";
import { kindOf, kinds } from "../../src/data/kinds.ts";
import { metricLabel, placeLabel, placeLabels, sourceLabel } from "../../src/data/labels.ts";
import { byPath, naturally } from "../../src/data/natural.ts";
import { rangeFor, TrendScale } from "../../src/data/scale.ts";
import { isActive } from "../../src/data/states.ts";
import { type Candidate, chooseSlots, familyOf, score, withAlarm } from "../../src/data/telling.ts";

const kind = (metric: string, unit: string | null, datatype = "float") =>
  kindOf({ metric, unit, datatype });

describe("kinds, by unit, then by name", () => {
  test.each([
    ["discharge", "°C", kinds.temperature],
    ["temperature", null, kinds.temperature],
    ["setpoint", "°C", kinds.setpoint],
    ["target_temperature", "°C", kinds.setpoint],
    ["power", "kW", kinds.power],
    ["active_power", null, kinds.power],
    ["power_factor", null, kinds.powerFactor],
    ["flow", "m³/h", kinds.flow],
    ["speed", "rpm", kinds.speed],
    ["level", "%", kinds.level],
    ["humidity", "%", kinds.humidity],
    ["battery", "%", kinds.battery],
    ["battery", "V", kinds.batteryVoltage],
    ["battery_voltage", null, kinds.batteryVoltage],
    ["co2", "ppm", kinds.co2],
    ["pm2_5", "µg/m³", kinds.particles],
    ["pressure", "bar", kinds.pressure],
    ["pressure", "hPa", kinds.pressureFine],
    ["energy", "kWh", kinds.total],
    ["current_l1", "A", kinds.current],
    ["rssi", "dBm", kinds.link],
    ["linkquality", "lqi", kinds.link],
    ["uptime", "s", kinds.housekeeping],
    ["position.latitude", "°", kinds.coordinate],
    ["air.temperature", null, kinds.temperature],
    ["something", null, kinds.number],
  ])("%s in %s", (metric, unit, expected) => {
    expect(kind(metric, unit)).toBe(expected);
  });

  test.each([
    ["contact", "boolean", kinds.state],
    ["mode", "string", kinds.state],
    ["firmware", "string", kinds.housekeeping],
    ["note", "string", kinds.text],
  ])("%s as %s", (metric, datatype, expected) => {
    expect(kind(metric, null, datatype)).toBe(expected);
  });
});

describe("a score", () => {
  const evidence = {
    kind: kinds.temperature,
    value: 21,
    hour: { median: 21, deviation: 0.1 },
    resolution: 0.1,
    unchanged: false,
  };

  test("is the kind's weight at rest", () => {
    expect(score(evidence)).toBe(60);
  });

  test("rises by at most 20 when the value left its hour", () => {
    expect(score({ ...evidence, value: 21.2 })).toBeCloseTo(70, 6);
    expect(score({ ...evidence, value: 90 })).toBe(80);
  });

  test("falls by 30 after a day without change, but not a state's", () => {
    expect(score({ ...evidence, unchanged: true })).toBe(30);
    expect(score({ ...evidence, kind: kinds.state, unchanged: true })).toBe(50);
  });

  test.each([
    ["critical", 460],
    ["high", 360],
    ["medium", 260],
    ["low", 160],
  ] as const)("with a %s alarm is %d", (severity, expected) => {
    expect(score({ ...evidence, severity })).toBe(expected);
  });

  test("a pin beats any alarm; a low battery beats a temperature", () => {
    expect(score({ ...evidence, pinned: true })).toBe(1060);
    expect(score({ ...evidence, kind: kinds.battery, value: 14 })).toBeGreaterThanOrEqual(70);
    expect(score({ ...evidence, kind: kinds.battery, value: 87, hour: null })).toBe(10);
  });
});

describe("what stands on a card", () => {
  let order = 0;
  const candidate = (metric: string, unit: string | null, more = 0): Candidate => {
    const of = kind(metric, unit, unit === "bool" ? "boolean" : "float");
    order += 1;
    return { metric, kind: of, score: of.weight + more, order };
  };

  test("at most four, most telling first, one per kind", () => {
    expect(
      chooseSlots([
        candidate("battery", "%"),
        candidate("supply", "°C"),
        candidate("return", "°C"),
        candidate("power", "kW"),
        candidate("humidity", "%"),
        candidate("running", "bool"),
      ]),
    ).toEqual(["supply", "power", "running", "humidity"]);
  });

  test("but all three phases", () => {
    expect(
      chooseSlots([
        candidate("power", "W"),
        candidate("current_l1", "A"),
        candidate("current_l2", "A"),
        candidate("current_l3", "A"),
      ]),
    ).toEqual(["power", "current_l1", "current_l2", "current_l3"]);
  });

  test("housekeeping only where nothing else is there", () => {
    expect(chooseSlots([candidate("uptime", "s"), candidate("level", "%")])).toEqual(["level"]);
    expect(chooseSlots([candidate("uptime", "s")])).toEqual(["uptime"]);
  });

  test("what stands keeps its place until a challenger leads by 15", () => {
    const all = (lead: number) => [
      candidate("supply", "°C"),
      candidate("power", "kW"),
      candidate("running", "bool"),
      candidate("humidity", "%"),
      candidate("pressure", "bar", lead - 55 + 40),
    ];
    const first = ["supply", "power", "running", "humidity"];
    expect(chooseSlots(all(14), first)).toEqual(first);
    expect(chooseSlots(all(15), first)).toEqual(["supply", "power", "running", "pressure"]);
  });

  test("a metric in alarm takes the last place", () => {
    expect(withAlarm(["a", "b", "c", "d"], ["b", "x"])).toEqual(["a", "b", "c", "x"]);
    expect(withAlarm(["a", "b"], ["x"])).toEqual(["a", "b", "x"]);
    expect(withAlarm(["a"], [])).toEqual(["a"]);
  });

  test("a family is a set of names, whatever their order", () => {
    expect(familyOf(["b", "a"])).toBe(familyOf(["a", "b"]));
    expect(familyOf(["a"])).not.toBe(familyOf(["a", "b"]));
  });
});

describe("a trend line's range", () => {
  const extent = (low: number, high: number) => ({
    low,
    high,
    largest: Math.max(Math.abs(low), Math.abs(high)),
    median: (low + high) / 2,
  });
  const minute = 60_000;

  test("makes 0.1 °C of noise on 21 °C at most 4 px of 36", () => {
    const { high, low } = rangeFor(kinds.temperature, extent(20.95, 21.05));
    expect((0.1 / (high - low)) * 36).toBeLessThanOrEqual(4);
  });

  test("is filled by a step of 5 °C", () => {
    expect(rangeFor(kinds.temperature, extent(21, 26))).toEqual({ low: 21, high: 26 });
  });

  test("has zero in it where the kind has a zero base, open away from it", () => {
    expect(rangeFor(kinds.power, extent(40, 41))).toEqual({ low: 0, high: 41 });
    expect(rangeFor(kinds.level, extent(5, 6))).toEqual({ low: 0, high: 20 });
  });

  test("of a pressure is at least 5 % of its median", () => {
    const { high, low } = rangeFor(kinds.pressure, extent(7.4, 7.4));
    expect(high - low).toBeCloseTo(0.37, 6);
  });

  test("is never empty", () => {
    const { high, low } = rangeFor(kinds.power, extent(0, 0));
    expect(high).toBeGreaterThan(low);
  });

  test("grows at once, shrinks only after a minute of poor use", () => {
    const scale = new TrendScale(kinds.temperature);
    scale.update(extent(20, 24), 1);
    expect(scale.update(extent(20, 40), 2)).toEqual({ low: 20, high: 40 });
    expect(scale.update(extent(20, 24), 3)).toEqual({ low: 20, high: 40 });
    expect(scale.update(extent(20, 24), 2 + minute)).toEqual({ low: 20, high: 40 });
    expect(scale.update(extent(20, 24), 3 + minute)).toEqual({ low: 20, high: 24 });
  });

  test("well used for a moment, the minute begins anew", () => {
    const scale = new TrendScale(kinds.temperature);
    scale.update(extent(20, 40), 1);
    scale.update(extent(20, 24), 2);
    scale.update(extent(20, 38), 50_000);
    expect(scale.update(extent(20, 24), 60_003)).toEqual({ low: 20, high: 40 });
  });
});

test("natural order puts 2 before 10, and is total", () => {
  expect(["pump-10", "Pump-2", "pump-1"].sort(naturally)).toEqual(["pump-1", "Pump-2", "pump-10"]);
  expect(naturally("a", "A")).not.toBe(0);
});

test("a place stands before what is below it", () => {
  expect(["b", "a/2", "a/10", "a", "", "a/2/x"].sort(byPath)).toEqual([
    "",
    "a",
    "a/2",
    "a/2/x",
    "a/10",
    "b",
  ]);
});

test.each([
  ["dew_point", "Dew point"],
  ["voltage_l1", "Voltage L1"],
  ["co2", "CO₂"],
  ["air.pm2_5", "Air PM2.5"],
  ["sensor.temp", "Sensor temp"],
  ["temp", "Temperature"],
  ["batt", "Battery"],
  ["han.rssi", "Han signal"],
  ["wifi_rssi", "Wi-Fi signal"],
  ["rssi", "Signal"],
  ["main_wifi", "Main Wi-Fi"],
  ["constructor.to_string", "Constructor to string"],
])("%s is called %s", (metric, label) => {
  expect(metricLabel(metric)).toBe(label);
});

test.each([
  ["temperature_c", "°C", "Temperature"],
  ["Temperature_F", "°F", "Temperature"],
  ["tempc", "°C", "Temperature"],
  ["tempf", "°F", "Temperature"],
  ["air.temperature_c", "°C", "Air temperature"],
  ["pressure_k_pa", "kPa", "Pressure"],
  ["pressure_kpa", "kPa", "Pressure"],
  ["wind_avg_km_h", "km/h", "Wind avg"],
  ["rain_mm", "mm", "Rain"],
  ["flow_m3_h", "m³/h", "Flow"],
  ["energy_kwh", "kWh", "Energy"],
  ["humidity_pct", "%", "Humidity"],
  ["co2_ppm", "ppm", "CO₂"],
  ["sensor.value_w", "W", "Sensor value"],
])("%s in %s is called %s: the unit stands beside the value", (metric, unit, label) => {
  expect(metricLabel(metric, unit)).toBe(label);
});

test.each([
  ["temperature_c", null, "Temperature c"],
  ["temperature_c", "°F", "Temperature c"],
  ["tempc", null, "Tempc"],
  ["basic", "°C", "Basic"],
  ["c", "°C", "C"],
  ["zone_c", "°C", "Zone c"],
  ["current_a", "A", "Current a"],
  ["w", "W", "W"],
  ["flow", "W", "Flow"],
  ["x", "/", "X"],
])("%s in %s is called %s: what ends it is no unit, or not its own", (metric, unit, label) => {
  expect(metricLabel(metric, unit)).toBe(label);
});

test.each([
  ["reading", "ppm", "carbon_monoxide", kinds.number],
  ["reading", "ppm", "carbon_dioxide", kinds.co2],
  ["reading", "mm", "distance", kinds.number],
  ["reading", "mm", "precipitation", kinds.rain],
  ["reading", "%", "moisture", kinds.humidity],
  ["target_humidity", "%", "humidity", kinds.setpoint],
  ["reading", "°C", "temperature", kinds.temperature],
])("%s in %s is of the kind that the hub says: %s", (metric, unit, deviceClass, expected) => {
  expect(kindOf({ metric, unit, datatype: "float", deviceClass })).toBe(expected);
});

test("a unit that no table should know is no trap", () => {
  expect(kind("x", "constructor")).toBe(kinds.number);
});

test("a place's level reads as a name", () => {
  expect(placeLabel("plant-north")).toBe("Plant north");
  expect(placeLabel("HQ")).toBe("HQ");
  expect(placeLabels("plant-north/HQ/press_hall")).toEqual(["Plant north", "HQ", "Press hall"]);
});

test.each(["c0619ab1a2b3", "17c82e96-be0c-4f1d", "_CLIENTS", "0016c001f153a14c", "F4:1D:22"])(
  "%s is no name but an id, and stays as it is",
  (level) => {
    expect(placeLabel(`top/${level}`)).toBe(level);
  },
);

test.each([
  ["line-4", "Line 4"],
  ["building-a", "Building A"],
  ["floor2", "Floor2"],
  ["room-3a", "Room 3a"],
  ["42", "42"],
  ["büro_ost", "Büro ost"],
])("%s is a name: %s", (level, label) => {
  expect(placeLabel(`top/${level}`)).toBe(label);
});

test("a place whose devices are an ecosystem's has its name, at the top alone", () => {
  expect(placeLabels("rtl_433/rtl_433")).toEqual(["rtl_433", "Rtl 433"]);
  expect(placeLabel("ttn")).toBe("The Things Stack");
  expect(placeLabel("constructor")).toBe("Constructor");
});

test("a source has the ecosystem's name, or the one that someone gave it", () => {
  expect(sourceLabel("zwave")).toBe("Z-Wave JS UI");
  expect(sourceLabel("boiler_room")).toBe("boiler_room");
});

test.each([
  [true, "contact", false],
  [false, "contact", true],
  ["Standby", "mode", false],
  ["Cooling", "mode", true],
  [0, "relay", false],
])("%s of %s is active: %s", (value, metric, active) => {
  expect(isActive(value, metric)).toBe(active);
});
