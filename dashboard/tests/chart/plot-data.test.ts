import { describe, expect, it } from "vitest";
import { axisLabels, extremes, newest, spread, tableOf } from "../../src/chart/plot-data.ts";
import type { ChartColumns } from "../../src/state/index.ts";

const none = Number.NaN;

function columns(values: number[], start = 0): ChartColumns {
  const mean = Float64Array.from(values);
  return {
    from: start,
    to: start + values.length,
    time: Float64Array.from(values, (_, index) => start + index),
    min: mean.map((value) => value - 1),
    max: mean.map((value) => value + 1),
    mean,
    range: [0, 10],
    holes: [],
    format: (value) => value.toFixed(1),
    unit: "°C",
    note: "",
  };
}

describe("columns for the chart", () => {
  it("stand in one table with gaps as null and foreign times as undefined", () => {
    const [times, max, min, mean, , , other] = tableOf([columns([1, none, 2]), columns([5], 1.5)]);
    expect(times).toEqual([0, 1, 1.5, 2]);
    // One empty column is enough: the engine puts one into each gap, however long it is.
    expect(mean).toEqual([1, null, undefined, 2]);
    expect(max?.[0]).toBe(2);
    expect(min?.[0]).toBe(0);
    expect(other).toEqual([undefined, undefined, 5, undefined]);
  });

  it("hold a null where the line must end", () => {
    const [, , , mean] = tableOf([columns([1, 2, 3, none, none, none, none, none, 4])]);
    expect(mean?.slice(3, 8)).toEqual([null, null, null, null, null]);
  });

  it("know their newest reading and their extremes", () => {
    const line = columns([3, 1, 4, none]);
    expect(newest(line)).toEqual({ time: 2, value: 4 });
    expect(extremes(line)).toEqual({ low: 0, high: 5 });
    expect(newest(columns([none, none]))).toBeNull();
    expect(extremes(columns([none]))).toBeNull();
  });
});

describe("labels", () => {
  it("of an axis never repeat", () => {
    expect(axisLabels([0, 0.04, 0.08, 0.12], (value) => value.toFixed(1))).toEqual([
      "0.0",
      "",
      "0.1",
      "",
    ]);
  });

  it("of an axis leave the unit to the legend", () => {
    expect(axisLabels([0, 50], (value) => `${value}\u202fkW`)).toEqual(["0", "50"]);
  });

  it("at the edge move apart and stay in the chart", () => {
    expect(spread([100, 100, 40], 20, 300)).toEqual([100, 120, 40]);
    expect(spread([295, 290], 20, 300)).toEqual([280, 260]);
    expect(spread([-30], 20, 300)).toEqual([0]);
  });
});
