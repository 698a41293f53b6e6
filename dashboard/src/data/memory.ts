/**
 * What each series was, within a stated budget.
 *
 * Over the budget the series least recently looked at lose their past first; those on the screen never do.
 */

import type { Value } from "../wire/messages.ts";
import type { ChartAnswer, ChartRequest, EvidenceRow, TrendWindow } from "./port.ts";
import { ColumnRing, columnsPerRing, median, ReadingRing } from "./rings.ts";
import { isActive } from "./states.ts";

/** 96 MiB: about 1,500 series with an hour of readings each at one a second. */
export const defaultBudgetBytes = 96 * 1024 * 1024;

/** The past of one series. */
export interface Past {
  readonly short: ColumnRing;
  readonly long: ColumnRing;
  readonly readings: ReadingRing;
  /** Time of the first reading since this page remembers the series. */
  readonly begun: number;
}

const bytesOf = (past: Past): number => past.short.bytes + past.long.bytes + past.readings.bytes;

export class Memory {
  readonly budgetBytes: number;
  /** In the order of last use, oldest first. */
  readonly #pasts = new Map<number, Past>();
  #bytes = 0;
  /** Pasts dropped for want of memory; shown on the status page. */
  evicted = 0;

  constructor(budgetBytes = defaultBudgetBytes) {
    this.budgetBytes = budgetBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#pasts.size;
  }

  past(key: number): Past | undefined {
    return this.#pasts.get(key);
  }

  /** Marks series as looked at now. */
  touch(keys: Iterable<number>): void {
    for (const key of keys) {
      const past = this.#pasts.get(key);
      if (!past) continue;
      this.#pasts.delete(key);
      this.#pasts.set(key, past);
    }
  }

  /** Takes a reading in. States count as 1 while active, 0 at rest; `kept`: series that must not be evicted. */
  add(key: number, time: number, value: number, kept: ReadonlySet<number>): void {
    let past = this.#pasts.get(key);
    if (!past) {
      past = {
        short: new ColumnRing("15m"),
        long: new ColumnRing("24h"),
        readings: new ReadingRing(),
        begun: time,
      };
      this.#pasts.set(key, past);
      this.#bytes += bytesOf(past);
    }
    const before = past.readings.bytes;
    past.short.add(time, value);
    past.long.add(time, value);
    past.readings.add(time, value);
    this.#bytes += past.readings.bytes - before;
    if (this.#bytes > this.budgetBytes) this.#evict(kept);
  }

  #evict(kept: ReadonlySet<number>): void {
    for (const [key, past] of this.#pasts) {
      if (this.#bytes <= this.budgetBytes) return;
      if (kept.has(key)) continue;
      this.#pasts.delete(key);
      this.#bytes -= bytesOf(past);
      this.evicted += 1;
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#pasts.clear();
    this.#bytes = 0;
  }

  /** Columns of a chart: readings one by one where they are held, trend columns before that. */
  chart({ columns, from, key, to }: ChartRequest): ChartAnswer {
    const count = Math.max(1, Math.min(4000, Math.floor(columns)));
    const answer = new ChartBuilder(from, to, count);
    const past = this.#pasts.get(key);
    if (!past) return answer.finish(0);
    const oldest = past.readings.oldest;
    const ring = to - from <= columnsPerRing * past.short.columnMs ? past.short : past.long;
    const slice = ring.slice(Math.floor(from / ring.columnMs));
    for (const [index, low] of slice.min.entries()) {
      const column = slice.first + index;
      // Columns that the readings reach into would say the same twice, and less exactly.
      if ((column + 1) * ring.columnMs > oldest) break;
      answer.add((column + 0.5) * ring.columnMs, low, slice.max[index] ?? low);
    }
    past.readings.each(from, (time, value) => answer.add(time, value, value));
    return answer.finish(past.begun);
  }

  /** Median, median absolute deviation and stillness of a series; null while nothing is known. */
  evidence(key: number): EvidenceRow | null {
    const past = this.#pasts.get(key);
    if (!past || past.long.head < 0) return null;
    const { columnMs: length, head } = past.long;
    const lastHour = past.long.slice(head - Math.round(3_600_000 / length) + 1);
    const middles = Array.from(
      lastHour.min,
      (low, index) => (low + (lastHour.max[index] ?? low)) / 2,
    );
    const centre = median(middles);
    const deviation = median(middles.map((middle) => Math.abs(middle - centre)));
    return { key, median: centre, deviation, unchanged: isStill(past.long) };
  }
}

/** Nothing moved in a ring that is full: 24 h. */
function isStill(ring: ColumnRing): boolean {
  const { max, min } = ring.slice(0);
  const values = [...min, ...max].filter((value) => !Number.isNaN(value));
  const oldest = min.findIndex((value) => !Number.isNaN(value));
  const spans = (min.length - oldest) * ring.columnMs >= 0.95 * 24 * 3_600_000;
  return spans && values.every((value) => value === values[0]);
}

/** Largest magnitude and median of a ring, for scales and prefixes. */
export function extentOf(ring: ColumnRing): { readonly largest: number; readonly median: number } {
  const { max, min } = ring.slice(0);
  let largest = 0;
  min.forEach((low, index) => {
    if (Number.isNaN(low)) return;
    largest = Math.max(largest, Math.abs(low), Math.abs(max[index] ?? 0));
  });
  return { largest, median: median([...min]) };
}

/** The ring of a window. */
export function ringOf(past: Past, window: TrendWindow): ColumnRing {
  return window === "15m" ? past.short : past.long;
}

/** What a value counts as in a trend: a number itself, a state 1 or 0, nothing NaN. */
export function measure(value: Value, metric: string, deviceClass: string | undefined): number {
  if (typeof value === "number") return value;
  return value === null ? Number.NaN : Number(isActive(value, metric, deviceClass));
}

class ChartBuilder {
  readonly #from: number;
  readonly #step: number;
  readonly #count: number;
  readonly #time: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #sum: Float64Array;
  readonly #n: Float64Array;

  constructor(from: number, to: number, count: number) {
    this.#from = from;
    this.#step = Math.max(1, to - from) / count;
    this.#count = count;
    this.#time = new Float64Array(count);
    this.#min = new Float64Array(count).fill(Number.NaN);
    this.#max = new Float64Array(count).fill(Number.NaN);
    this.#sum = new Float64Array(count);
    this.#n = new Float64Array(count);
  }

  add(time: number, low: number, high: number): void {
    const column = Math.floor((time - this.#from) / this.#step);
    if (column < 0 || column >= this.#count || Number.isNaN(low)) return;
    if (!((this.#min[column] ?? Number.NaN) <= low)) this.#min[column] = low;
    if (!((this.#max[column] ?? Number.NaN) >= high)) this.#max[column] = high;
    this.#sum[column] = (this.#sum[column] ?? 0) + (low + high) / 2;
    this.#n[column] = (this.#n[column] ?? 0) + 1;
  }

  finish(oldest: number): ChartAnswer {
    for (let column = 0; column < this.#count; column += 1) {
      this.#time[column] = this.#from + (column + 0.5) * this.#step;
      this.#sum[column] = (this.#sum[column] ?? 0) / (this.#n[column] ?? 0);
    }
    return { time: this.#time, min: this.#min, max: this.#max, mean: this.#sum, oldest };
  }
}

/** Whether a cadence is slow enough for the 24 h window: less than one reading a minute. */
export function windowFor(cadenceMs: number): TrendWindow {
  return cadenceMs > 60_000 ? "24h" : "15m";
}
