/** A chart's columns gathered into whole minutes, for its table. */
import type { ChartColumns } from "../../state/index.ts";

/** A row of the table: a minute of one series. */
export interface Minute {
  /** Start, in s. */
  readonly time: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
}

/** Gathers columns into whole minutes, newest first; minutes without readings are left out. */
export function minutesOf(columns: ChartColumns): Minute[] {
  const minutes = new Map<number, { low: number; high: number; sum: number; n: number }>();
  for (let column = 0; column < columns.time.length; column++) {
    const mean = columns.mean[column] as number;
    if (Number.isNaN(mean)) continue;
    const time = Math.floor((columns.time[column] as number) / 60) * 60;
    const minute = minutes.get(time) ?? {
      low: Number.POSITIVE_INFINITY,
      high: Number.NEGATIVE_INFINITY,
      sum: 0,
      n: 0,
    };
    minute.low = Math.min(minute.low, columns.min[column] as number);
    minute.high = Math.max(minute.high, columns.max[column] as number);
    minute.sum += mean;
    minute.n += 1;
    minutes.set(time, minute);
  }
  return [...minutes]
    .map(([time, { low, high, sum, n }]) => ({ time, low, high, mean: sum / n }))
    .sort((a, b) => b.time - a.time);
}
