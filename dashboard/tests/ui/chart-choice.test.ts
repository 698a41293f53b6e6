import { describe, expect, it } from "vitest";
import type { ChartColumns, DeviceView, SeriesView } from "../../src/state/index.ts";
import { chosenSeries, maxLines, toggled } from "../../src/ui/device/choice.ts";
import { minutesOf } from "../../src/ui/device/minutes.ts";

let next = 0;
const series = (metric: string, unit: string, isState = false): SeriesView => ({
  series: next++,
  metric,
  label: metric,
  unit,
  isState,
  window: "15m",
  doubt: "",
  glyph: null,
  cadence: "",
});

const power = series("power", "W");
const l1 = series("l1", "A");
const l2 = series("l2", "A");
const l3 = series("l3", "A");
const volts = series("volts", "V");
const state = series("state", "", true);

function device(rows: SeriesView[], primary: SeriesView | null): DeviceView {
  return {
    device: "d",
    name: "d",
    place: "",
    labels: [],
    card: { primary } as DeviceView["card"],
    statusLine: "",
    statusTime: 0,
    model: "",
    source: "",
    groups: [{ label: "all", series: rows }],
  };
}

describe("the metrics in a chart", () => {
  const view = device([state, power, l1, l2, l3, volts], l1);
  const names = (metrics: string[]) => chosenSeries(view, metrics).map(({ metric }) => metric);

  it("are the address's, else the most telling number", () => {
    expect(names(["power", "l2"])).toEqual(["power", "l2"]);
    expect(names([])).toEqual(["l1"]);
    expect(names(["gone"])).toEqual(["l1"]);
  });

  it("are never states, and none where a device sends no numbers", () => {
    expect(names(["state"])).toEqual(["l1"]);
    expect(chosenSeries(device([state], state), [])).toEqual([]);
  });

  it("have at most two units and four lines", () => {
    expect(names(["power", "l1", "volts", "l2"])).toEqual(["power", "l1", "l2"]);
    expect(names(["power", "l1", "l2", "l3"])).toHaveLength(maxLines);
  });

  it("join and leave at a press, but the last one stays", () => {
    expect(toggled([power], l1)).toEqual(["power", "l1"]);
    expect(toggled([power, l1], power)).toEqual(["l1"]);
    expect(toggled([power], power)).toEqual(["power"]);
  });

  it("give way by unit when a third unit is pressed, and by count when a fifth line is", () => {
    expect(toggled([power, l1, l2], volts)).toEqual(["power", "volts"]);
    const l4 = series("l4", "A");
    expect(toggled([power, l1, l2, l3], l4)).toEqual(["power", "l1", "l2", "l4"]);
  });
});

describe("the chart's table", () => {
  it("gathers readings into minutes, newest first, and leaves empty minutes out", () => {
    const mean = Float64Array.from([10, 20, Number.NaN, Number.NaN, 30]);
    const columns = {
      time: Float64Array.from([0, 30, 60, 90, 120]),
      mean,
      min: mean.map((value) => value - 1),
      max: mean.map((value) => value + 2),
    } as unknown as ChartColumns;
    expect(minutesOf(columns)).toEqual([
      { time: 120, low: 29, high: 32, mean: 30 },
      { time: 0, low: 9, high: 22, mean: 15 },
    ]);
  });
});
