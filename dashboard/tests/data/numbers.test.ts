import { describe, expect, test } from "vitest";
import { kinds } from "../../src/data/kinds.ts";
import { decimalsOf, joined, latency, SeriesFormat } from "../../src/data/numbers.ts";

const power = () => new SeriesFormat({ metric: "power", unit: "kW", kind: kinds.power });
const minute = 60_000;

describe("decimals", () => {
  test.each([
    [71, 0],
    [71.2, 1],
    [-0.25, 2],
    [1e-7, 7],
    [1.5e-7, 8],
    [12345678.9, 1],
  ])("%d was sent with %d", (value, decimals) => {
    expect(decimalsOf(value)).toBe(decimals);
  });

  test("are what the device sends, also when it leaves a zero out", () => {
    const format = new SeriesFormat({ metric: "t", unit: "°C", kind: kinds.temperature });
    format.take(71.2, 0);
    expect(format.take(70, 1000).number).toBe("70.0");
  });

  test("are never none in a measurement sent with a point: 23.0 comes over the wire as 23", () => {
    const facts = { metric: "t", unit: "°C", kind: kinds.temperature };
    expect(new SeriesFormat({ ...facts, datatype: "float" }).take(23, 0).number).toBe("23.0");
    expect(new SeriesFormat({ ...facts, datatype: "integer" }).take(23, 0).number).toBe("23");
    expect(new SeriesFormat({ ...facts, datatype: "float" }).take(1023, 0).number).toBe("1,023");
  });

  test("are none in a bare count, and in what is whole by its kind, though they were sent with a point", () => {
    const datatype = "float";
    const processes = { metric: "processes", unit: null, kind: kinds.number, datatype };
    const humidity = { metric: "humidity", unit: "%", kind: kinds.humidity, datatype };
    expect(new SeriesFormat(processes).take(231, 0).number).toBe("231");
    expect(new SeriesFormat(humidity).take(48, 0).number).toBe("48");
  });

  test("are capped by the kind", () => {
    const format = new SeriesFormat({ metric: "t", unit: "°C", kind: kinds.temperature });
    expect(format.take(71.23456, 0).number).toBe("71.2");
  });

  test.each([
    [7.4214, "7.421"],
    [74.214, "74.21"],
    [742.14, "742.1"],
    [7421.4, "7,421"],
  ])("four significant digits of %d: %s", (value, text) => {
    const format = new SeriesFormat({ metric: "x", unit: null, kind: kinds.number });
    expect(format.take(value, 0).number).toBe(text);
  });

  test("drop when the device has sent none for 64 values", () => {
    const format = new SeriesFormat({ metric: "t", unit: "°C", kind: kinds.temperature });
    format.take(21.5, 0);
    for (let n = 0; n < 63; n += 1) format.take(21, n);
    expect(format.format(21).number).toBe("21.0");
    format.take(21, 64);
    expect(format.format(21).number).toBe("21");
  });
});

describe("a series about 1,000 kW", () => {
  test("changes neither prefix nor decimals as it swings", () => {
    const format = power();
    format.take(999.9, 0);
    for (let second = 1; second < 600; second += 1) {
      const value = second % 2 === 0 ? 999.9 : 1000.1;
      expect(joined(format.take(value, second * 1000))).toBe(
        second % 2 === 0 ? "999.9\u202fkW" : "1,000.1\u202fkW",
      );
    }
  });

  test("drops its decimal after a minute in the other decade, not before", () => {
    const format = power();
    format.take(999.9, 0);
    format.take(1000.1, 1000);
    expect(format.take(1000.1, 1000 + minute - 1).number).toBe("1,000.1");
    expect(format.take(1000.1, 1000 + minute).number).toBe("1,000");
  });

  test("a value between counts the minute anew", () => {
    const format = power();
    format.take(999.9, 0);
    format.take(1000.1, 1000);
    format.take(999.9, 50_000);
    format.take(1000.1, 51_000);
    expect(format.take(1000.1, 1000 + minute).number).toBe("1,000.1");
  });
});

describe("prefix", () => {
  test("follows the series, not the value", () => {
    const format = new SeriesFormat({ metric: "power", unit: "W", kind: kinds.power });
    expect(joined(format.take(212_345, 0))).toBe("212.3\u202fkW");
    expect(joined(format.take(40, 1000))).toBe("0.0\u202fkW");
  });

  test("is not put on four digits", () => {
    const format = new SeriesFormat({ metric: "power", unit: "W", kind: kinds.power });
    expect(joined(format.take(9_999, 0))).toBe("9,999\u202fW");
  });

  test("comes after a minute when the series grows", () => {
    const format = new SeriesFormat({ metric: "power", unit: "W", kind: kinds.power });
    format.take(900, 0);
    format.take(20_000, 1000);
    expect(format.take(20_000, 30_000).unit).toBe("W");
    expect(format.take(20_000, 1000 + minute).unit).toBe("kW");
  });

  test("goes down for a small series in a large unit", () => {
    const format = power();
    expect(joined(format.take(0.042, 0))).toBe("42\u202fW");
  });

  test("axis and tooltip use the same", () => {
    const format = new SeriesFormat({ metric: "power", unit: "W", kind: kinds.power });
    format.take(212_345, 0);
    expect(joined(format.format(100_000))).toBe("100.0\u202fkW");
  });
});

describe("what is written", () => {
  const format = new SeriesFormat({ metric: "contact", unit: null, kind: kinds.state });

  test("nothing is a dash", () => {
    expect(format.format(null)).toEqual({ number: "—", unit: "" });
    expect(format.format(Number.NaN)).toEqual({ number: "—", unit: "" });
  });

  test("a minus is a minus, and zero has none", () => {
    const outdoor = new SeriesFormat({ metric: "t", unit: "°C", kind: kinds.temperature });
    expect(joined(outdoor.take(-16.2, 0))).toBe("\u221216.2\u202f°C");
    expect(outdoor.take(-0.04, 1).number).toBe("0.0");
  });

  test("percent too stands behind a narrow space", () => {
    const level = new SeriesFormat({ metric: "level", unit: "%", kind: kinds.level });
    expect(joined(level.take(63, 0))).toBe("63\u202f%");
  });

  test("a closed contact is closed although it says true", () => {
    expect(format.format(true).number).toBe("Closed");
    expect(format.format(false).number).toBe("Open");
  });

  test.each([
    ["door", "opening", true, "Open"],
    ["running", "running", false, "Stopped"],
    ["occupancy", undefined, true, "Motion"],
    ["leak", "moisture", false, "Dry"],
    ["fault", "problem", false, "OK"],
    ["relay", undefined, true, "On"],
  ])("%s of class %s: %s is %s", (metric, deviceClass, value, word) => {
    const state = new SeriesFormat({ metric, unit: null, kind: kinds.state, deviceClass });
    expect(state.format(value).number).toBe(word);
  });

  test("a coordinate keeps four decimals", () => {
    const latitude = new SeriesFormat({ metric: "lat", unit: "°", kind: kinds.coordinate });
    expect(latitude.take(53.512345, 0).number).toBe("53.5123");
  });

  test("how long a device is up is a duration", () => {
    const uptime = new SeriesFormat({ metric: "uptime", unit: "s", kind: kinds.housekeeping });
    expect(joined(uptime.take(12 * 86_400 + 4 * 3600, 0))).toBe("12 d 4 h");
  });

  test("a count over ten million is said in millions", () => {
    const energy = new SeriesFormat({ metric: "energy", unit: "kWh", kind: kinds.total });
    expect(joined(energy.take(12_345_678, 0))).toBe("12.35\u202fM kWh");
    expect(joined(energy.take(61.4, 0))).toBe("61\u202fkWh");
  });

  test.each([
    ["disk.free", null, 41_193_147_820, "41.19\u202fG"],
    ["disk.free", "B", 41_193_147_820, "41.19\u202fGB"],
    ["memory", "B", 9_000_000, "9,000,000\u202fB"],
    ["packets", null, -98_765_432, "\u221298.77\u202fM"],
    ["packets", null, 6.5e13, "65.00\u202fT"],
    ["serial", null, 305_419_896, "305,419,896"],
  ])(
    "%s in %s: so is any long number, but no number that is a name: %d",
    (metric, unit, value, text) => {
      const long = new SeriesFormat({ metric, unit, kind: kinds.number });
      expect(joined(long.take(value, 0))).toBe(text);
    },
  );
});

test.each([
  [4.21, "4.2 ms"],
  [42.4, "42 ms"],
  [428, "430 ms"],
  [1234, "1,200 ms"],
  [0, "0.1 ms"],
])("a latency of %d is said as %s", (ms, text) => {
  expect(latency(ms)).toBe(text);
});

describe("the room that numbers of a kind may need", () => {
  const room = (kind: (typeof kinds)[keyof typeof kinds], ...values: number[]) => {
    const format = new SeriesFormat({ metric: "x", unit: null, kind });
    for (const value of values) format.take(value, 0);
    return format.room;
  };

  test("follows what its values usually come to, and its decimals", () => {
    expect(room(kinds.temperature, 9.4)).toEqual({ digits: 3, marks: 1 });
    expect(room(kinds.temperature, 9)).toEqual({ digits: 2, marks: 0 });
    expect(room(kinds.humidity, 5)).toEqual({ digits: 2, marks: 0 });
  });

  test("knows that carbon dioxide and air pressure pass a thousand, without decimals then", () => {
    expect(room(kinds.co2, 998)).toEqual({ digits: 4, marks: 1 });
    expect(room(kinds.pressureFine, 998.4)).toEqual({ digits: 4, marks: 1 });
  });

  test("is nothing where nobody knows", () => {
    expect(room(kinds.power, 7.1)).toEqual({ digits: 0, marks: 0 });
  });
});
