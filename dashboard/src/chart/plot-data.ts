/** Columns of several series as uPlot wants them: one time axis, gaps as null, no stroke across a gap. */
import type { ChartColumns } from "../state/index.ts";

/** A table of uPlot: times, then highest, lowest and mean of each series. */
export type PlotTable = [number[], ...(number | null | undefined)[][]];

/** Puts the columns of several series on one time axis. */
export function tableOf(lines: readonly (ChartColumns | null)[]): PlotTable {
  const times = [...new Set(lines.flatMap((line) => (line === null ? [] : [...line.time])))].sort(
    (a, b) => a - b,
  );
  const at = new Map(times.map((time, index) => [time, index]));
  const table: PlotTable = [times];
  for (const line of lines) {
    // Where another series has a time and this one none, the line goes on: undefined, not null.
    const blank = () => new Array<number | null | undefined>(times.length);
    if (line === null) {
      table.push(blank(), blank(), blank());
      continue;
    }
    for (const values of [line.max, line.min, line.mean]) {
      const column = blank();
      for (const [index, value] of values.entries()) {
        const row = at.get(line.time[index] as number) as number;
        column[row] = Number.isNaN(value) ? null : value;
      }
      table.push(column);
    }
  }
  return table;
}

/** The newest reading of a series in its columns; null while there is none. */
export function newest(line: ChartColumns): { time: number; value: number } | null {
  for (let column = line.mean.length - 1; column >= 0; column--) {
    const value = line.mean[column] as number;
    if (!Number.isNaN(value)) return { time: line.time[column] as number, value };
  }
  return null;
}

/** Lowest and highest reading of a series in its columns; null while there is none. */
export function extremes(line: ChartColumns): { low: number; high: number } | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < line.min.length; column++) {
    const min = line.min[column] as number;
    const max = line.max[column] as number;
    if (min < low) low = min;
    if (max > high) high = max;
  }
  return low <= high ? { low, high } : null;
}

/** The number of a formatted value: what stands before the narrow space of its unit. */
export function withoutUnit(text: string): string {
  return text.split("\u202f")[0] ?? text;
}

/** Labels of an axis: the series' own formatter, and no label twice in a row. */
export function axisLabels(splits: readonly number[], format: (value: number) => string): string[] {
  let last = "";
  return splits.map((value) => {
    const label = withoutUnit(format(value));
    if (label === last) return "";
    last = label;
    return label;
  });
}

/**
 * Moves labels at the right edge apart so that none covers another.
 *
 * @param tops - Wished tops in px, in any order.
 * @returns Tops in the same order, at least `height` apart, within `room` where they fit.
 */
export function spread(tops: readonly number[], height: number, room: number): number[] {
  const order = tops.map((top, index) => ({ top, index })).sort((a, b) => a.top - b.top);
  let free = 0;
  for (const each of order) {
    each.top = Math.max(each.top, free);
    free = each.top + height;
  }
  let limit = room;
  for (const each of order.toReversed()) {
    each.top = Math.max(0, Math.min(each.top, limit - height));
    limit = each.top;
  }
  const result = new Array<number>(tops.length).fill(0);
  for (const { top, index } of order) result[index] = top;
  return result;
}
