/**
 * The readings a trend line is drawn from, as columns of numbers.
 *
 * A wall draws a hundred lines of 360 columns a second: their memory is used again for each, and nothing is made for a
 * reading.
 */
import type { TrendColumns } from "../data/port.ts";
import { columnsPerRing } from "../data/rings.ts";

const hourMs = 3_600_000;

/** Readings, oldest first. */
export class Points {
  readonly time = new Float64Array(columnsPerRing);
  readonly low = new Float64Array(columnsPerRing);
  readonly high = new Float64Array(columnsPerRing);
  length = 0;

  add(time: number, low: number, high: number): void {
    const index = this.length;
    if (index >= columnsPerRing) return;
    this.time[index] = time;
    this.low[index] = low;
    this.high[index] = high;
    this.length = index + 1;
  }

  clear(): this {
    this.length = 0;
    return this;
  }

  timeAt(index: number): number {
    return this.time[index] ?? Number.NaN;
  }

  lowAt(index: number): number {
    return this.low[index] ?? Number.NaN;
  }

  highAt(index: number): number {
    return this.high[index] ?? Number.NaN;
  }

  /** Lowest and highest of all; not a range when there is none. */
  extent(): { readonly low: number; readonly high: number } {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < this.length; index += 1) {
      low = Math.min(low, this.lowAt(index));
      high = Math.max(high, this.highAt(index));
    }
    return { low, high };
  }

  /** Turns a total into its rate per hour; where the counter went back to zero there is none. */
  toRates(): this {
    let kept = 0;
    for (let index = 1; index < this.length; index += 1) {
      const [before, here] = [this.highAt(index - 1), this.highAt(index)];
      const rate = ((here - before) * hourMs) / (this.timeAt(index) - this.timeAt(index - 1));
      if (here < before) continue;
      this.time[kept] = this.timeAt(index);
      this.low[kept] = rate;
      kept += 1;
    }
    this.high.set(this.low.subarray(0, kept));
    this.length = kept;
    return this;
  }
}

/** The page's copy of a worker's ring. */
export class ColumnMirror {
  readonly columnMs: number;
  readonly #min = new Float32Array(columnsPerRing).fill(Number.NaN);
  readonly #max = new Float32Array(columnsPerRing).fill(Number.NaN);
  #head = -1;
  largest = 0;
  median = Number.NaN;

  constructor(columnMs: number) {
    this.columnMs = columnMs;
  }

  /** Takes columns in: all at mount, later those that changed. */
  take({ first, largest, max, median: centre, min }: TrendColumns): void {
    this.largest = largest;
    this.median = centre;
    for (let index = 0; index < min.length; index += 1) {
      const column = first + index;
      if (this.#head >= 0 && column > this.#head)
        for (
          let empty = Math.max(this.#head + 1, column - columnsPerRing + 1);
          empty < column;
          empty += 1
        )
          this.#put(empty, Number.NaN, Number.NaN);
      this.#head = Math.max(this.#head, column);
      this.#put(column, min[index] ?? Number.NaN, max[index] ?? Number.NaN);
    }
  }

  #put(column: number, low: number, high: number): void {
    this.#min[column % columnsPerRing] = low;
    this.#max[column % columnsPerRing] = high;
  }

  /** Puts each column that holds something and begins at `from` or later into `points`, oldest first. */
  copy(from: number, points: Points): void {
    const first = Math.max(this.#head - columnsPerRing + 1, Math.floor(from / this.columnMs), 0);
    let slot = first % columnsPerRing;
    for (let column = first; column <= this.#head; column += 1) {
      const low = this.#min[slot] ?? Number.NaN;
      if (!Number.isNaN(low))
        points.add((column + 0.5) * this.columnMs, low, this.#max[slot] ?? low);
      slot = slot + 1 === columnsPerRing ? 0 : slot + 1;
    }
  }
}
